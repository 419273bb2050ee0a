# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of images that aren't for the platforms of a cluster's nodes."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue.cluster.cluster import ARGUMENTS
from azext_acrhealth.catalogue.data.pull import PULL

_BUILD = (
    Variant(
        'Build and push the image for all these platforms at once, which replaces the tag: `docker '
        'buildx build --platform {platforms} --tag {login_server}/{repository}:{tag} --push .`.',
        filled='platforms',
    ),
    Variant(
        'Build the image for Windows Server on a machine with the same version of Windows as the '
        'nodes, and push it.',
        unfilled='platforms',
    ),
)
_SHOW_POOLS = (
    f'Show the node pools: `az aks show {ARGUMENTS} --query '
    '"agentPoolProfiles[].[name, osType, osSKU, vmSize, nodeImageVersion]"`.'
)

NO_POOL = PULL.problem(
    'NoNodePoolForImage',
    "The image isn't for the operating system and the processor of any node pool, so no node of "
    'the cluster can run it. Nodes fail to pull an image whose index has no entry for them ("no '
    'match for platform in manifest"). They pull an image for a single platform, but its '
    'containers fail to start ("exec format error").',
    *_BUILD,
    'Add a node pool that the image runs on, whose nodes cost money: `az aks nodepool add '
    '--resource-group {cluster_group} --cluster-name {cluster} --subscription '
    '{cluster_subscription} --name POOL --node-vm-size SIZE`.',
)
SOME_POOLS = PULL.problem(
    'SomeNodePoolsUnsuitable',
    "The image isn't for the operating system or the processor of some node pools. Pods that are "
    'scheduled there fail to pull it, or fail to start.',
    'Schedule the pods only on nodes that the image is for: set `nodeSelector` in their '
    'specification to the labels `kubernetes.io/os` and `kubernetes.io/arch`.',
    *_BUILD,
)
UNKNOWN = PULL.problem(
    'NodePoolPlatformUnknown',
    'It could not be determined whether the image is for the platforms of all node pools: Azure '
    'Resource Manager reports no platform of a node pool, the cluster adds nodes of any size by '
    'itself, or the image names no platform or no version of Windows.',
    _SHOW_POOLS,
)

PROBLEMS = (NO_POOL, SOME_POOLS, UNKNOWN)
