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
    'A replica of the registry does not serve as it should: clients that are led to its region may '
    'miss images.',
    ('Look at the replicas: `az acr replication list --registry {registry} --output table`.',),
    links.GEO_REPLICATION,
)

FAILED = REPLICATION.problem(
    'ReplicaFailed',
    "A replica's last operation failed or was broken off: what it holds may be incomplete.",
    'See what it says: `az acr replication show --registry {registry} --name {region}`.',
    'Lead clients past it until it works: `az acr replication update --registry {registry} --name '
    '{region}'
    ' --region-endpoint-enabled false`.',
    "If it does not recover, and it is not in the registry's home region, make it anew: `az acr "
    'replication delete'
    ' --registry {registry} --name {region}`, then `az acr replication create --registry '
    '{registry} --location'
    ' {region}`.',
)
NOT_READY = REPLICATION.problem(
    'ReplicaNotReady',
    'A replica is being created, changed or deleted: images may be missing there for a while.',
    'Wait until it is done: `az acr replication show --registry {registry} --name {region} --query'
    ' "[provisioningState, status.displayStatus]"`.',
    transient=True,
)
FORBIDDEN = arm_read.ARM_READ.problem(
    'ReplicasForbidden',
    "This login may not read the registry's replicas.",
    'Ask for the role Reader on the registry: `az acr replication list --registry {registry}` must '
    'work.',
)
UNAVAILABLE = arm_read.ARM_READ.problem(
    'ReplicasUnavailable',
    "The registry's replicas could not be read.",
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
