# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The facts that decide whether two machines, or two days, differ, and what they mean.

What differs in every run isn't among them: times, durations, correlation IDs, and validity periods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_acrhealth.compare.fact_values import NO, YES, Values, values_of

NONE = 'none'


@dataclass(frozen=True)
class DecisiveFact:
    """A fact that can explain why results differ.

    `source` is the ID of a check, or `client` or `identity` of the result, and `path` leads to the
    fact in it. `phrase` says what a value means; `phrases` has other words for some values. If it
    has none for `none`, a fact without a value isn't known.
    """

    stage: str
    source: str
    path: str
    subject: str
    phrase: str
    phrases: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the fact's name, such as `dns.addresses[].address`."""
        return f'{self.source}.{self.path}'

    def values(self, facts: Mapping[str, Any]) -> Values:
        """Return the values in the facts of the source; None where they aren't known."""
        values = values_of(self.source, self.path, facts)
        return values if values or NONE in self.phrases else None

    def differ(self, first: tuple[str, ...], second: tuple[str, ...]) -> bool:
        """Return whether two values differ."""
        tolerance = _TOLERANCES.get(self.name)
        if tolerance and len(first) == len(second) == 1:
            try:
                return abs(float(first[0]) - float(second[0])) > tolerance
            except ValueError:
                pass
        return first != second

    def describe(self, shown: str) -> str:
        """Return in words what a value means."""
        return self.phrases.get(shown) or self.phrase.replace('{}', shown)


# Numbers that differ by no more are the same.
_TOLERANCES = {'clock.skewSeconds': 60}
_NO_PROXY = {NONE: 'no proxy is used'}
_NO_PERMISSION = {NONE: 'no permission is granted'}
_NO_ROLE = {NONE: 'the kubelet identity has no role'}
_CLOUD_SHELL = {YES: 'the command ran in Cloud Shell', NO: 'the command ran outside of Cloud Shell'}

# By stage and source: path, subject, phrase and phrases. The first difference on the path explains
# the others.
_TABLE: tuple[tuple[str, str, tuple[tuple[Any, ...], ...]], ...] = (
    (
        *('settings', 'client'),
        (
            ('cloud', 'Cloud', 'the Azure CLI uses the cloud {}'),
            ('cloudShell', 'Cloud Shell', 'Cloud Shell: {}', _CLOUD_SHELL),
        ),
    ),
    ('settings', 'clock', (('skewSeconds', 'Clock', 'the clock deviates by {} s'),)),
    ('proxy', 'client', (('proxy', 'Proxy', 'the proxy is {}', _NO_PROXY),)),
    ('proxy', 'connection', (('proxy', 'Proxy', 'the proxy is {}', _NO_PROXY),)),
    (
        *('proxy', 'proxy'),
        (('settings', 'Proxy settings', 'the proxy settings are {}', {NONE: 'no proxy is set'}),),
    ),
    (
        *('dns', 'dns'),
        (
            ('addresses[].address', 'Addresses', 'the name resolves to {}'),
            ('region', 'Region of the front end', 'the name resolves to a front end in {}'),
        ),
    ),
    (
        *('dns', 'private-endpoints'),
        (('names', 'Names of the endpoints', 'the names of the private endpoints resolve to {}'),),
    ),
    (
        *('tls', 'tls'),
        (
            ('verification', 'TLS verification', 'the verification of certificates is {}'),
            ('caBundle', 'CA bundle', 'the trusted CAs come from {}'),
            ('issuer', 'Certificate issuer', 'the certificate is from {}'),
            ('protocol', 'TLS version', 'the connection uses {}'),
        ),
    ),
    (
        *('registry', 'login-server'),
        (
            ('loginServer', 'Login server', 'the login server is {}'),
            ('resourceId', 'Resource ID', 'the resource of the registry is {}'),
        ),
    ),
    (
        *('registry', 'registry-state'),
        (
            ('sku', 'Service tier', 'the service tier is {}'),
            ('provisioningState', 'Provisioning state', 'the provisioning state is {}'),
        ),
    ),
    (
        *('registry', 'network-rules'),
        (
            ('publicNetworkAccess', 'Public network access', 'public network access is {}'),
            ('defaultAction', 'Default action', "the firewall's default action is {}"),
            (
                *('allowed[]', 'Allowed addresses', 'the firewall allows {}'),
                {NONE: 'the firewall has no IP rule'},
            ),
            (
                *('approvedPrivateEndpoints', 'Private endpoints'),
                'the number of approved private endpoints is {}',
            ),
        ),
    ),
    (
        *('registry', 'policies'),
        (
            ('anonymousPull', 'Anonymous pull', 'anonymous pulls are allowed: {}'),
            ('adminUser', 'Admin user', 'the admin user is enabled: {}'),
            ('armAudience', 'ARM tokens', 'tokens for Azure Resource Manager are {}'),
            ('quarantine', 'Quarantine', 'the quarantine policy is {}'),
            ('export', 'Export', 'the export policy is {}'),
        ),
    ),
    (
        *('registry', 'replicas'),
        (('replicas[].region', 'Replicas', 'the registry has replicas in {}'),),
    ),
    *(
        (
            *('registry', check),
            (('clientIp', 'Client IP', 'the registry sees the client IP {}'),),
        )
        for check in ('challenge', 'refresh-token', 'access-token')
    ),
    (
        *('identity', 'identity'),
        (
            (
                *('kind', 'Kind of identity', 'the identity that is checked is of the kind {}'),
                {NONE: 'no --identity is specified'},
            ),
            ('objectId', 'Account', 'the account has the object ID {}'),
        ),
    ),
    (
        *('identity', 'refresh-token'),
        (
            ('accountKind', 'Kind of account', 'the account is of the kind {}'),
            ('account', 'Account', 'the account has the object ID {}'),
            ('username', 'User name', 'the user name is {}'),
            ('tenant', 'Tenant', 'the account is in the tenant {}'),
            ('audience', 'Token audience', 'the token is for {}'),
        ),
    ),
    (
        *('identity', 'stored-credentials'),
        (
            (
                *('stored', 'Stored credentials', 'the stored credentials are {}'),
                {NONE: 'no credentials are stored'},
            ),
        ),
    ),
    (
        *('permissions', 'refresh-token'),
        (('actions[]', 'Registry permissions', 'the registry grants {}', _NO_PERMISSION),),
    ),
    (
        *('permissions', 'access-token'),
        (
            ('granted[]', 'Permissions', 'the registry grants {}', _NO_PERMISSION),
            ('scope', 'Requested scope', 'the requested scope is {}'),
        ),
    ),
    (
        *('data', 'manifest'),
        (
            ('image', 'Image', 'the image is {}'),
            ('digest', 'Digest', 'the image has the digest {}'),
        ),
    ),
    (
        *('data', 'blob'),
        (
            ('platform', 'Platform of the image', 'the image is for {}'),
            ('hops[].host', 'Host of layers', 'layers come from {}'),
            (
                'hops[].addresses[].address',
                'Addresses of layers',
                'the host of layers resolves to {}',
            ),
            (
                *('hops[].proxy', 'Proxy of layers', 'layers come through {}'),
                {NONE: 'layers come without a proxy'},
            ),
            (
                *('hops[].tls.issuer', 'Issuer for layers'),
                'the certificate of the host of layers is from {}',
            ),
        ),
    ),
    (
        *('cluster', 'cluster'),
        (
            ('powerState', 'Power state', 'the cluster is {}'),
            ('outboundType', 'Outbound type', 'the outbound type of the cluster is {}'),
            ('kubernetesVersion', 'Kubernetes', 'the version of Kubernetes is {}'),
        ),
    ),
    (
        *('cluster', 'kubelet-identity'),
        (('objectId', 'Kubelet identity', 'the kubelet identity has the object ID {}'),),
    ),
    (
        *('cluster', 'pull-role'),
        (('assignments[].role', 'Roles', 'the roles of the kubelet identity are {}', _NO_ROLE),),
    ),
    (
        *('cluster', 'cluster-egress'),
        (('addresses[].address', 'Outbound addresses', 'traffic of the nodes leaves by {}'),),
    ),
    (
        *('cluster', 'cluster-dns'),
        (
            ('networks[].dnsServers[]', 'DNS servers of nodes', 'the nodes use the DNS servers {}'),
            (
                *('networks[].names[].found[]', 'Addresses for nodes'),
                "the registry's names resolve on the nodes to {}",
            ),
        ),
    ),
    ('engine', 'engine-client', (('client', 'Engine', 'the container engine is {}'),)),
    (
        *('engine', 'engine-version'),
        (
            ('version', 'Engine version', 'the version of the container engine is {}'),
            ('platform', 'Engine platform', 'the container engine is for {}'),
        ),
    ),
    ('engine', 'engine-daemon', (('endpoint', 'Engine address', 'the engine is at {}'),)),
    ('engine', 'helm-version', (('version', 'Helm version', 'the version of Helm is {}'),)),
    (
        *('versions', 'client'),
        (
            ('extension', 'acrhealth', 'the version of acrhealth is {}'),
            ('azureCli', 'Azure CLI', 'the version of the Azure CLI is {}'),
            ('python', 'Python', 'the version of Python is {}'),
            ('platform', 'Operating system', 'the operating system is {}'),
        ),
    ),
)


def _facts() -> Iterator[DecisiveFact]:
    for stage, source, entries in _TABLE:
        for entry in entries:
            yield DecisiveFact(stage, source, *entry)


FACTS = tuple(_facts())
