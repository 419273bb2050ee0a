# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the names of a private endpoint in a virtual network."""

from azext_acrhealth.catalogue.connectivity.dns import DNS
from azext_acrhealth.catalogue.registry.arm_read import ARM_READ

NO_ENDPOINT_HERE = DNS.problem(
    'NoEndpointInNetwork',
    "None of the registry's private endpoints lies in the virtual network given by --vnet.",
    'Check the name of the virtual network, or give its resource id: a bare name is looked for in '
    "the registry's"
    ' resource group and subscription.',
    "List the registry's endpoints: `az acr private-endpoint-connection list --registry-name "
    '{registry}`.',
    transient=True,
)

NO_ENDPOINT = DNS.problem(
    'NoPrivateEndpoint',
    'The registry has no private endpoint.',
    'Create one, or leave out --vnet: the registry is reached over its public address.',
    transient=True,
)

NOT_PRIVATE_ENDPOINT_ADDRESS = DNS.problem(
    'NotPrivateEndpointAddress',
    "A name of the private endpoint does not resolve here to the endpoint's private address, so "
    'that requests leave by another way.',
    'Link the private DNS zone (`privatelink{suffix}`) to the network that this machine is in, and '
    'make sure that it'
    ' holds a record for each name under `facts` (see `-o json`).',
    'Add the record that is missing: `az network private-dns record-set a add-record '
    '--resource-group GROUP '
    '--zone-name privatelink{suffix} --record-set-name {record} --ipv4-address {address}`.',
    'If this machine uses name servers of its own, let them forward `{host}` to Azure DNS '
    '(168.63.129.16) in that'
    ' network.',
    transient=True,
)

ENDPOINT_WITHOUT_RECORDS = DNS.problem(
    'EndpointWithoutRecords',
    'The private endpoint in that network lists no names or addresses: it is not provisioned, or '
    'its '
    'connection is not approved.',
    "Look at the connection's state: `az acr private-endpoint-connection list --registry-name "
    '{registry}`.',
    transient=True,
)

ENDPOINT_FORBIDDEN = ARM_READ.problem(
    'EndpointForbidden',
    "This login may not read the registry's private endpoints, so that their names could not be "
    'checked.',
    'Ask for the role Reader on the private endpoints and their network interfaces (they can lie '
    'in another resource'
    ' group or subscription than the registry).',
)

ENDPOINT_UNAVAILABLE = ARM_READ.problem(
    'EndpointUnavailable',
    "The registry's private endpoints could not be read.",
    'Try again; if it persists, look at the endpoint: `az network private-endpoint show --ids ID`.',
    transient=True,
)

REGISTRY_UNREADABLE = ARM_READ.problem(
    'RegistryUnreadable',
    "The registry's resource could not be read, so that it is not known which private endpoints it "
    'has.',
    'Log in as somebody who can read the registry (role Reader): the row `login-server` says why '
    'it could not be read.',
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
