# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Names that don't resolve, in the words of Go, .NET, Java, Python, Node.js, and curl."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import identity, sign_in
from azext_acrhealth.catalogue.connectivity import dns
from azext_acrhealth.catalogue.data import data_endpoints
from azext_acrhealth.catalogue.registry import login_server
from azext_acrhealth.explain.hosts import Role
from azext_acrhealth.explain.rule import Rule
from azext_acrhealth.model import Problem

_NOISE = ('anonymous', 'unauthorized', 'unclear', 'login', 'connection')
_NOT_FOUND = (dns.NOT_IN_LOCAL_DNS, dns.HIDDEN_BY_PRIVATE_ZONE)


def _elsewhere(problem: Problem) -> dict[Role, Problem]:
    return {
        'data': data_endpoints.BY_REASON[problem.reason],
        'entra': sign_in.SIGN_IN_UNAVAILABLE,
        'arm': login_server.ARM_UNAVAILABLE,
        'metadata': identity.NO_ENDPOINT,
    }


_HOST = r'(?P<host>[\w*<>.-]{1,253}?)\.?'

RULES = (
    # An address that has the wrong domain: azureacr.io, azurecr.com (SupportArticles), or a hyphen
    # before the domain, where a name of a secret can have one, too.
    Rule(
        'typo',
        (
            *('azureacr.', 'azurecr.co', 'azurecr.net', 'azurecr.oi', 'azcr.io'),
            *('azurerc.io', 'azurcr.io', '-azurecr.io'),
        ),
        r'[\w\]>}*-]{1,63}\.(?:azureacr\.(?:io|com)|azurecr\.(?:com?|net|oi)\b|azcr\.io'
        r'|azurerc\.io|azurcr\.io)'
        r'|(?:https?://|\blookup |\b(?:image|repository|reference|pull|push|login)'
        r' ["\[]?)[\w.-]{1,120}-azurecr\.io\b',
        'name',
        dns.LIKELY_TYPO,
        'likely',
        outranks=('no-such-host', 'name-unknown', *_NOISE),
        anywhere=True,
    ),
    # Container Apps validates the server of a registry, which must be in lowercase.
    Rule(
        'uppercase-server',
        ('containerappinvalidregistryservervalue',),
        r"containerappinvalidregistryservervalue…invalid value '(?P<host>[\w.-]{1,253})'"
        r'…lower case',
        'reference',
        dns.UPPER_CASE_HOST,
        outranks=_NOISE,
    ),
    Rule(
        'privatelink-name',
        ('privatelink.azurecr',),
        r'(?:image|reference|repository|https?:/|login server)[^\n]{0,80}[\w-]{1,63}\.privatelink'
        r'\.azurecr\.\w{2,3}[/"\']|login(?: to)? [\w-]{1,63}\.privatelink\.azurecr',
        'name',
        dns.PRIVATE_LINK_NAME,
        outranks=('tls', 'unclear'),
        anywhere=True,
    ),
    # Go: net/dnsclient_unix.go and net/net.go. The server's address follows `on`.
    Rule(
        'no-such-host',
        ('no such host',),
        rf'lookup {_HOST}(?: on [\w.:\[\]%-]{{1,80}})?: no such host',
        'name',
        dns.NAME_NOT_FOUND,
        candidates=_NOT_FOUND,
        outranks=_NOISE,
        elsewhere=_elsewhere(dns.NAME_NOT_FOUND),
        unless=r'proxyconnect tcp: dial tcp: lookup',
    ),
    Rule(
        'lookup-timeout',
        ('i/o timeout', 'timeout: no servers', 'operation timed out'),
        rf'lookup {_HOST}(?: on [\w.:\[\]%-]{{1,80}})?:…(?:i/o timeout|no servers could be reached'
        r'|operation timed out)',
        'name',
        dns.RESOLVER_TIMEOUT,
        outranks=_NOISE,
        elsewhere=_elsewhere(dns.RESOLVER_TIMEOUT),
        unless=r'proxyconnect tcp: dial tcp: lookup',
    ),
    Rule(
        'lookup-failed',
        ('lookup ',),
        rf'lookup {_HOST}(?: on [\w.:\[\]%-]{{1,80}})?: (?:server misbehaving|temporary failure'
        rf' in name'
        r' resolution|(?:read|write|dial) udp [^\n]{1,160}(?:refused|unreachable|reset)'
        r'|cannot unmarshal dns|device or resource busy|try again|no address associated)',
        'name',
        dns.RESOLVER_FAILED,
        outranks=_NOISE,
        elsewhere=_elsewhere(dns.RESOLVER_FAILED),
        unless=r'proxyconnect tcp: dial tcp: lookup',
    ),
    # Python: socket.gaierror; urllib3 and requests; curl; .NET; Java; Node.js; PowerShell.
    Rule(
        'name-unknown',
        (
            'unable to resolve',
            'name or service not known',
            'nodename nor servname',
            'no such host is known',
            'could not resolve',
            'failed to resolve',
            'unknownhost',
            'getaddrinfo',
            'nameresolutionerror',
            'no address associated',
            'connectivity_dns_error',
            'failed to reach dns',
            'temporary failure in name resolution',
            'remote name could not be resolved',
            'no such host',
        ),
        r'unable to resolve (?:host )?[\w*.-]{1,100}azurecr|name or service not known'
        r'|nodename nor servname provided|no such host(?: is known)?'
        r'|could not resolve (?:host|hostname|proxy)(?:: (?P<host>[\w*.-]{1,253}))?'
        r'|failed to resolve \'(?P<host_2>[\w.-]{1,253})\''
        r'|unknownhostexception(?:: (?P<host_3>[\w.-]{1,253}))?'
        r'|getaddrinfo (?:failed|(?:enotfound|eai_again)(?: (?P<host_4>[\w.-]{1,253}))?)'
        r'|nameresolutionerror|no address associated with hostname|connectivity_dns_error'
        r'|failed to reach dns for registry|temporary failure in name resolution'
        r'|remote name could not be resolved',
        'name',
        dns.NAME_NOT_FOUND,
        candidates=(*_NOT_FOUND, dns.RESOLVER_FAILED),
        outranks=_NOISE,
        elsewhere=_elsewhere(dns.NAME_NOT_FOUND),
        specific=False,
        unless=r'proxyconnect tcp: dial tcp: lookup|could not resolve proxy',
    ),
)
