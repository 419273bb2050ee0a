# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Limits of the kubelet on its own pulls, which no registry knows."""

from azext_acrhealth.catalogue.connectivity.error_responses import THROTTLED

PULL_QPS_EXCEEDED = THROTTLED.problem(
    'KubeletPullQpsExceeded',
    "The kubelet limits the number of its own pulls per second, and didn't ask the registry. The "
    "limits of the registry and its service tier aren't involved.",
    'Wait: the kubelet tries again, and images that are on the node need no pull.',
    'Start fewer pods with new images at once on a node.',
    'Raise registryPullQPS and registryBurst in the configuration of the kubelet, if you manage '
    'the nodes yourself.',
    transient=True,
)

PROBLEMS = (PULL_QPS_EXCEEDED,)
