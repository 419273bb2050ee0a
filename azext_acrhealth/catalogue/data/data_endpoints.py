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
    "A host that serves image layers can't be reached: logins succeed, but pulls fail.",
    (
        'Ask your network administrator to allow this machine to reach `{host}` on port 443 '
        '(layers come from `{wildcard}`).',
        'Allow the dedicated data endpoints in every firewall, and then enable them (Premium '
        'tier), which redirects the pulls of all clients to them and needs no wildcard: `az acr '
        'update --name {registry} --data-endpoint-enabled true`.',
    ),
    links.DATA_ENDPOINTS,
)

_CAUSES = {
    'NameNotFound': "This machine's DNS servers can't find the name of the host that serves "
    'layers: a private DNS zone might lack its record, or a DNS filter blocks it.',
    'HiddenByPrivateZone': 'The public DNS has the name of the host that serves layers as an alias '
    'of `{alias}`. This network uses a private DNS zone `{zone}`, which has no record for that '
    "host, and hides the host's public address.",
    'NoAddress': 'The name of the host that serves layers exists, but has no IPv4 or IPv6 address.',
    'ResolverFailed': "This machine's DNS servers returned an error for the name of the host that "
    "serves layers, or can't be reached.",
    'ResolverTimeout': "This machine's DNS servers didn't respond in time for the name of the host "
    'that serves layers.',
    'ConnectTimeout': "The host that serves layers didn't accept a connection in time, which is "
    'typical of a firewall that drops packets.',
    'ConnectionRefused': 'The host that serves layers refused the connection, or a firewall '
    'rejected it.',
    'ConnectionReset': 'The connection to the host that serves layers was reset while it was being '
    'established.',
    'Unreachable': 'This machine has no route to the host that serves layers.',
    'TlsIntercepted': 'The certificate has the name of the host that serves layers, but was issued '
    'by {issuer}, which is neither a public certificate authority nor trusted by this machine: a '
    'proxy or security product '
    'performs TLS inspection.',
    'CertificateNameMismatch': 'The certificate was issued for a name other than that of the host '
    'that serves layers.',
    'ProxyRefused': 'The configured proxy refused to connect to the host that serves layers.',
}
_DNS = (
    'Look up the name: `nslookup {host}`. If the registry has a private endpoint, its private DNS '
    'zone needs a record for this name, too.'
)
_RESOLVER = (
    'Run the check again, and look up the name: `nslookup {host}`.',
    'Check that this machine can reach its DNS servers, and ask your network administrator to '
    "allow DNS queries if it can't.",
)
_OTHER_SERVER = (
    "Compare the addresses of `{host}` with this machine's DNS servers, hosts file, and proxy, "
    'because '
    'another server responds: `nslookup {host}`.'
)
_SOLUTIONS = {
    'NameNotFound': (_DNS,),
    'NoAddress': (_DNS,),
    'ResolverFailed': _RESOLVER,
    'ResolverTimeout': _RESOLVER,
    'CertificateNameMismatch': (_OTHER_SERVER,),
    'NotTls': (_OTHER_SERVER,),
}
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
        transient=problem.transient,
    )


_DNS_PROBLEMS = (
    dns.NAME_NOT_FOUND,
    dns.HIDDEN_BY_PRIVATE_ZONE,
    dns.PUBLIC_ZONE_REPLACED,
    dns.ALIAS_NOT_FOUND,
    dns.NO_ADDRESS,
    dns.RESOLVER_FAILED,
    dns.RESOLVER_TIMEOUT,
)
_TLS_PROBLEMS = tuple(
    problem for problem in tls.PROBLEMS if problem is not tls.VERIFICATION_DISABLED
)
UNREACHED = tuple(
    _for_data_host(problem) for problem in (*_DNS_PROBLEMS, *connection.PROBLEMS, *_TLS_PROBLEMS)
)
BY_REASON = {problem.reason: problem for problem in UNREACHED}

FAMILIES = (DATA,)
PROBLEMS = UNREACHED
