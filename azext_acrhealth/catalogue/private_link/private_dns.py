# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the names of a private endpoint in a virtual network."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue.connectivity.dns import DNS, FORWARD
from azext_acrhealth.catalogue.registry.arm_read import ARM_READ, READ_ENDPOINTS

NO_ENDPOINT_HERE = DNS.problem(
    'NoEndpointInNetwork',
    "None of the registry's private endpoints is in the virtual network that --vnet specifies.",
    'Check the name of the virtual network, or specify its resource ID: a bare name is looked up '
    "in the registry's resource group and subscription.",
    "List the registry's private endpoint connections: `az acr private-endpoint-connection list "
    '--registry-name {registry}`.',
    transient=True,
)

NO_ENDPOINT = DNS.problem(
    'NoPrivateEndpoint',
    'The registry has no private endpoints.',
    'Create a private endpoint for the registry in that virtual network, or omit --vnet if clients '
    'should use the public address of the registry.',
    transient=True,
)

NOT_PRIVATE_ENDPOINT_ADDRESS = DNS.problem(
    'NotPrivateEndpointAddress',
    "A name of the private endpoint doesn't resolve to the endpoint's private IP address on this "
    "machine, so requests don't use the private endpoint.",
    "Link the private DNS zone `privatelink{suffix}` to this machine's virtual network if it isn't "
    'linked.',
    'Add the missing record: `az network private-dns record-set a add-record --resource-group '
    'GROUP --zone-name privatelink{suffix} --record-set-name {record} --ipv4-address {address}`.',
    Variant('Add the other missing records, too: {records}.', filled='records'),
    *FORWARD,
    transient=True,
)

ENDPOINT_WITHOUT_RECORDS = DNS.problem(
    'EndpointWithoutRecords',
    "The private endpoint in that virtual network lists no DNS names or IP addresses: it isn't "
    "provisioned, or its connection isn't approved.",
    'Check the state of the connection: `az acr private-endpoint-connection list --registry-name '
    '{registry}`.',
    transient=True,
)

ENDPOINT_FORBIDDEN = ARM_READ.problem(
    'EndpointForbidden',
    "This account doesn't have permission to read the registry's private endpoints, so their names "
    "couldn't be checked.",
    *READ_ENDPOINTS.general,
    'Ask the same for the network interfaces of the private endpoints if they are in another '
    'resource group.',
)

ENDPOINT_UNAVAILABLE = ARM_READ.problem(
    'EndpointUnavailable',
    "The registry's private endpoints couldn't be read completely.",
    'Try again in a few minutes. Inspect the private endpoint if the problem persists: `az network '
    'private-endpoint show --ids ID`.',
    transient=True,
)

REGISTRY_UNREADABLE = ARM_READ.problem(
    'RegistryUnreadable',
    "The registry's resource couldn't be read, so its private endpoints are unknown.",
    "Follow the solutions of the `login-server` check, which reports why it couldn't be read.",
    'Sign in with an account that can read the registry (Reader role) if a permission is missing.',
)

PROBLEMS = (
    NO_ENDPOINT_HERE,
    NO_ENDPOINT,
    NOT_PRIVATE_ENDPOINT_ADDRESS,
    ENDPOINT_WITHOUT_RECORDS,
    ENDPOINT_FORBIDDEN,
    ENDPOINT_UNAVAILABLE,
    REGISTRY_UNREADABLE,
)
