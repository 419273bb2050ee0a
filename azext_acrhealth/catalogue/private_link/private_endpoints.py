# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry's private endpoints: their connections and their DNS records."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

PRIVATE_ENDPOINT = Family(
    'PRIVATE_ENDPOINT_ERROR',
    'A private endpoint of the registry is not connected, or does not have all names that clients '
    'need.',
    (
        'Look at the connections: `az acr private-endpoint-connection list --registry-name '
        '{registry} --output table`.',
    ),
    links.PRIVATE_LINK,
)

PENDING = PRIVATE_ENDPOINT.problem(
    'ConnectionPending',
    'A private endpoint waits for its connection to be approved. Until then nothing goes over it.',
    'Approve it: `az acr private-endpoint-connection approve --registry-name {registry} --name '
    '{connection}`.',
    transient=True,
)
REJECTED = PRIVATE_ENDPOINT.problem(
    'ConnectionRejected',
    'Somebody has rejected the connection of a private endpoint. Nothing goes over it.',
    'Ask whoever owns the registry. If it should be there after all: `az acr '
    'private-endpoint-connection approve'
    ' --registry-name {registry} --name {connection}`.',
    'If not, delete the endpoint, and the connection: `az acr private-endpoint-connection delete '
    '--registry-name'
    ' {registry} --name {connection}`.',
)
DISCONNECTED = PRIVATE_ENDPOINT.problem(
    'ConnectionDisconnected',
    'A private endpoint is cut off: it was deleted, or its connection was taken away. It cannot be '
    'connected again.',
    'Take the rest of it away: `az acr private-endpoint-connection delete --registry-name '
    '{registry} --name'
    ' {connection}`.',
    'If it is still needed, make a new one: `az network private-endpoint create --name NAME '
    '--connection-name NAME'
    ' --resource-group GROUP --vnet-name VNET --subnet SUBNET --group-id registry '
    '--private-connection-resource-id'
    ' {registry_id}`.',
)
NOT_APPROVED = PRIVATE_ENDPOINT.problem(
    'ConnectionNotApproved',
    'The connection of a private endpoint is not approved, for a reason that this check does not '
    'know.',
    'Look at it: `az acr private-endpoint-connection show --registry-name {registry} --name '
    '{connection}`.',
)
_ADD_RECORD = (
    'Add the record: `az network private-dns record-set a add-record --resource-group GROUP '
    '--zone-name'
    ' privatelink{suffix} --record-set-name {record} --ipv4-address {address}`. All that are '
    'missing stand under'
    ' `facts.missing` (see `-o json`).',
    'Or let Azure keep the records of the endpoint: `az network private-endpoint dns-zone-group '
    'create --name default'
    ' --resource-group GROUP --endpoint-name ENDPOINT --private-dns-zone privatelink{suffix} '
    '--zone-name registry`.',
)
RECORD_MISSING = PRIVATE_ENDPOINT.problem(
    'RecordMissing',
    'Other names of the registry lead to its private endpoint here, but this one has no address at '
    'all: the private DNS'
    ' zone has no record for it, as after a new replica or after data endpoints were switched on.',
    *_ADD_RECORD,
    transient=True,
)
NAME_RESOLVES_PUBLICLY = PRIVATE_ENDPOINT.problem(
    'NameResolvesPublicly',
    'Other names of the registry lead to its private endpoint here, but this one leads to a public '
    'address, so that the'
    ' requests to it leave by another way.',
    *_ADD_RECORD,
    'If this machine uses name servers of its own, let them forward `{host}` to Azure DNS '
    '(168.63.129.16) in the'
    " endpoint's network, like the others.",
    transient=True,
)

FAMILIES = (PRIVATE_ENDPOINT,)
PROBLEMS = (
    PENDING,
    REJECTED,
    DISCONNECTED,
    NOT_APPROVED,
    RECORD_MISSING,
    NAME_RESOLVES_PUBLICLY,
)
