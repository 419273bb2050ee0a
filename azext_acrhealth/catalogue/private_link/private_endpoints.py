# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry's private endpoints: their connections and their DNS records."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.connectivity.dns import FORWARD
from azext_acrhealth.model import Family

PRIVATE_ENDPOINT = Family(
    'PRIVATE_ENDPOINT_ERROR',
    "A private endpoint of the registry isn't connected, or lacks DNS records that clients need.",
    (
        'List the connections: `az acr private-endpoint-connection list --registry-name {registry} '
        '--output table`.',
    ),
    links.PRIVATE_LINK,
)

PENDING = PRIVATE_ENDPOINT.problem(
    'ConnectionPending',
    'The connection of a private endpoint is waiting for approval, and carries no traffic until it '
    'is approved.',
    "Approve the connection, which gives the endpoint's virtual network access to the registry: "
    '`az acr private-endpoint-connection approve --registry-name {registry} --name {connection}`.',
    transient=True,
)
REJECTED = PRIVATE_ENDPOINT.problem(
    'ConnectionRejected',
    'The connection of a private endpoint was rejected, so it carries no traffic.',
    "Ask the registry's owner to approve the connection if the endpoint is needed, which gives the "
    "endpoint's virtual network access to the registry: `az acr private-endpoint-connection "
    'approve --registry-name {registry} --name {connection}`.',
    "Delete the connection if the endpoint isn't needed, which disconnects the endpoint "
    'permanently: '
    '`az acr private-endpoint-connection delete --registry-name {registry} --name {connection}`.',
)
DISCONNECTED = PRIVATE_ENDPOINT.problem(
    'ConnectionDisconnected',
    "A private endpoint is disconnected: it was deleted, or its connection was removed. It can't "
    'be reconnected.',
    'Delete the remaining connection: `az acr private-endpoint-connection delete --registry-name '
    '{registry} --name {connection}`.',
    'Create a new private endpoint if it is still needed: `az network private-endpoint create '
    '--name NAME --connection-name NAME --resource-group GROUP --vnet-name VNET --subnet SUBNET '
    '--group-id registry --private-connection-resource-id {registry_id}`.',
)
NOT_APPROVED = PRIVATE_ENDPOINT.problem(
    'ConnectionNotApproved',
    "The connection of a private endpoint isn't approved, and its state isn't documented.",
    'Show the connection: `az acr private-endpoint-connection show --registry-name {registry} '
    '--name {connection}`.',
)
_ADD_RECORD = (
    'Add the record: `az network private-dns record-set a add-record --resource-group GROUP '
    '--zone-name privatelink{suffix} --record-set-name {record} --ipv4-address {address}`.',
    Variant('Add the other missing records, too: {records}.', filled='records'),
    "Let Azure manage the endpoint's records instead, which can replace existing records in "
    'the zone: `az network private-endpoint dns-zone-group create --name default --resource-group '
    'GROUP --endpoint-name ENDPOINT --private-dns-zone privatelink{suffix} --zone-name registry`.',
)
RECORD_MISSING = PRIVATE_ENDPOINT.problem(
    'RecordMissing',
    "Other names of the registry resolve to its private endpoint, but this name doesn't resolve: "
    'the private DNS zone has no record for it, for example after a replica was added or data '
    'endpoints were enabled.',
    *_ADD_RECORD,
    transient=True,
)
NAME_RESOLVES_PUBLICLY = PRIVATE_ENDPOINT.problem(
    'NameResolvesPublicly',
    'Other names of the registry resolve to its private endpoint, but this name resolves to a '
    "public address, so requests to it don't use the private endpoint.",
    *_ADD_RECORD,
    *FORWARD,
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
