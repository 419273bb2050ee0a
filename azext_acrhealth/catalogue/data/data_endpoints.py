# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the hosts that serve layers: the login server's reasons with texts of their own."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.connectivity import connection, dns, tls
from azext_acrhealth.model import Family, Problem

DATA = Family(
    'DATA_ENDPOINT_ERROR',
    'A host that the layers of images come from cannot be reached: logins work, and pulls fail.',
    (
        'Ask whoever runs the firewall or proxy to let this machine reach `{host}` (layers come '
        'from `{wildcard}`) on'
        ' port 443.',
        'With dedicated data endpoints (tier Premium) a firewall needs no wildcard: `az acr update '
        '--name {registry}'
        ' --data-endpoint-enabled true`; clients that may only reach blob storage then need a new '
        'rule first.',
    ),
    links.DATA_ENDPOINTS,
)

_CAUSES = {
    'NameNotFound': "The host that layers come from has a name that this machine's name servers do "
    'not know: a private'
    ' zone may lack its record, or a filter hides it.',
    'NoAddress': 'The name of the host that layers come from exists, but has no address of either '
    'family.',
    'ResolverFailed': 'No name server of this machine gave an answer for the host that layers come '
    'from.',
    'ResolverTimeout': 'The name servers of this machine did not answer in time for the host that '
    'layers come from.',
    'ConnectTimeout': 'The host that layers come from took no connection in time: packets are '
    'dropped on the way.',
    'ConnectionRefused': 'The host that layers come from refuses connections, or a firewall '
    'rejects them.',
    'ConnectionReset': 'The connection with the host that layers come from was cut while it was '
    'being made.',
    'Unreachable': 'This machine has no route to the host that layers come from.',
    'TlsIntercepted': "The certificate that was shown is for the data host's name, but comes from "
    '{issuer}, which is'
    ' no authority that this machine or the public knows: a proxy or security product opens the'
    ' traffic.',
    'CertificateWrongName': 'The certificate that was shown is for another name than the data '
    "host's.",
    'ProxyRefused': 'The configured proxy refuses to connect to the host that layers come from.',
}
_DNS = (
    'Look the name up: `nslookup {host}`; if the registry has a private endpoint, its zone needs a '
    'record for this'
    ' name too (row `private-endpoints`).'
)
_SOLUTIONS = {
    'NameNotFound': (_DNS,),
    'NoAddress': (_DNS,),
    'ResolverFailed': (
        'Try again; look the name up: `nslookup {host}`, and at the name servers of this machine.',
    ),
    'ResolverTimeout': (
        'Try again; look the name up: `nslookup {host}`, and at the name servers of this machine.',
    ),
}
_TRANSIENT = (
    'NameNotFound',
    'ResolverFailed',
    'ResolverTimeout',
    'ConnectTimeout',
    'ConnectionRefused',
    'ConnectionReset',
    'Unreachable',
    'ConnectFailed',
    'ProxyUnreachable',
    'HandshakeReset',
    'HandshakeInterrupted',
    'HandshakeTimeout',
)
_FIREWALL_REASONS = (
    'ConnectTimeout',
    'ConnectionRefused',
    'ConnectionReset',
    'Unreachable',
    'ConnectFailed',
    'HandshakeReset',
    'HandshakeInterrupted',
    'HandshakeTimeout',
    'ProxyRefused',
)


def _for_data_host(problem: Problem) -> Problem:
    """Return a problem of the login server as that of a data host, under the same reason."""
    solutions = _SOLUTIONS.get(
        problem.reason, () if problem.reason in _FIREWALL_REASONS else problem.solutions
    )
    return DATA.problem(
        problem.reason,
        _CAUSES.get(problem.reason, problem.cause),
        *solutions,
        transient=problem.reason in _TRANSIENT,
    )


_DNS_PROBLEMS = (dns.NAME_NOT_FOUND, dns.NO_ADDRESS, dns.RESOLVER_FAILED, dns.RESOLVER_SILENT)
_TLS_PROBLEMS = tuple(
    problem for problem in tls.PROBLEMS if problem is not tls.VERIFICATION_DISABLED
)
UNREACHED = tuple(
    _for_data_host(problem) for problem in (*_DNS_PROBLEMS, *connection.PROBLEMS, *_TLS_PROBLEMS)
)
BY_REASON = {problem.reason: problem for problem in UNREACHED}

FAMILIES = (DATA,)
PROBLEMS = UNREACHED
