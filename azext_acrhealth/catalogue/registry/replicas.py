# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry's replicas in other regions."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.registry import arm_read
from azext_acrhealth.model import Family

REPLICATION = Family(
    'REPLICATION_ERROR',
    "A replica of the registry isn't ready. Clients that are routed to its region might not find "
    'all images.',
    ('Check the replicas: `az acr replication list --registry {registry} --output table`.',),
    links.GEO_REPLICATION,
)

FAILED = REPLICATION.problem(
    'ReplicaFailed',
    'The last operation on a replica failed or was canceled, so the replica might not contain all '
    'images.',
    'Check the status of the replica: `az acr replication show --registry {registry} --name '
    '{region}`.',
    'Route clients to other replicas until this one recovers: `az resource update --ids '
    '{registry_id}/replications/{region} --set properties.regionEndpointEnabled=false`.',
    "Delete the replica if it doesn't recover and isn't in the registry's home region: `az acr "
    'replication delete --registry {registry} --name {region}`.',
    'Create the replica again after its deletion: `az acr replication create --registry '
    '{registry} --location {region}`.',
)
NOT_READY = REPLICATION.problem(
    'ReplicaNotReady',
    'A replica is being created, updated, or deleted. Until that finishes, it might not contain '
    'all images.',
    'Wait until the operation finishes: `az acr replication show --registry {registry} --name '
    '{region} --query "[provisioningState, status.displayStatus]"`.',
    transient=True,
)
FORBIDDEN = arm_read.ARM_READ.problem(
    'ReplicasForbidden',
    "Your account doesn't have permission to read the registry's replicas.",
    *arm_read.READ_REGISTRY.general,
    'Verify that you can read the replicas: `az acr replication list --registry {registry}`.',
)
UNAVAILABLE = arm_read.ARM_READ.problem(
    'ReplicasUnavailable',
    "Azure Resource Manager didn't return the registry's replicas.",
    'Try again later: `az acr replication list --registry {registry}`.',
    transient=True,
)

FAMILIES = (REPLICATION,)
PROBLEMS = (
    FAILED,
    NOT_READY,
    FORBIDDEN,
    UNAVAILABLE,
)
