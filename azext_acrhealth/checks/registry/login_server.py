# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which host is the registry's login server, and whether a token may be sent to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from azext_acrhealth.catalogue.registry import login_server as problems
from azext_acrhealth.checks.registry.host_suggestions import probably_meant, without_private_link
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.azure.arm_response import ArmKind
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.json_access import list_of, object_of

HOST = re.compile(
    r'(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}', re.IGNORECASE | re.ASCII
)
# Resource Manager names one host for each region; whoever answers in its place may name any number.
LISTED = 64

_UNREAD: Mapping[ArmKind, Problem] = {
    'NotLoggedIn': problems.NOT_LOGGED_IN,
    'Forbidden': problems.ARM_FORBIDDEN,
    'NotFound': problems.NOT_IN_ARM,
    'Unavailable': problems.ARM_UNAVAILABLE,
    'NoSubscription': problems.NO_SUBSCRIPTION,
}


@dataclass(frozen=True)
class LoginServer:
    """The host to check. `trusted`: a token may be sent there.

    `resource`: ARM's JSON of the registry, if read.
    """

    host: str
    connection: Connection = field(repr=False)
    trusted: bool
    resource: Mapping[str, Any] | None = field(default=None, repr=False)
    read: ArmResult = field(default=ArmResult(), repr=False)

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return the resource's properties, as far as they are known."""
        return object_of(object_of(self.resource).get('properties'))

    def listed(self, key: str) -> list[str]:
        """Return the hosts that Resource Manager lists for the registry under a key, each once, in lower case."""
        hosts = (
            host.lower()
            for host in list_of(self.properties.get(key))[:LISTED]
            if isinstance(host, str) and HOST.fullmatch(host)
        )
        return list(dict.fromkeys(hosts))

    @property
    def closed(self) -> bool:
        """Return whether ARM says that public access is off."""
        return self.properties.get('publicNetworkAccess') == 'Disabled'


@check(
    'login-server',
    'Login server',
    'registry',
    verifies="The registry's login server is known: through Resource Manager, else from the name "
    'and the cloud.',
    problems=(
        *_UNREAD.values(),
        problems.NO_SUFFIX,
        problems.OTHER_CLOUD,
        problems.PRIVATE_LINK_HOST,
        problems.UNKNOWN_SUFFIX,
    ),
)
def login_server(ctx: Context) -> Outcome:
    target, suffix = ctx.target, ctx.probes.suffix
    assert target is not None
    guess = target.host or (f'{target.name}{suffix}' if suffix else None)
    # While ARM is being asked, the most likely host is being connected to; no token is sent before
    # ARM has answered.
    connection = ctx.probes.connect(guess, ctx.deadline) if guess else None
    read = ctx.probes.find_registry(target, ctx.deadline)
    host, failure = _named(read)
    if failure:
        return _assumed(ctx, guess, connection, read, failure)
    host = target.host or host
    if connection is None or host.lower() != connection.host.lower():
        if connection:
            connection.close()
        connection = ctx.probes.connect(host, ctx.deadline)
    resource = read.resource or {}
    region, resource_id = (
        resource[key] if isinstance(resource.get(key), str) else None for key in ('location', 'id')
    )
    return passed(
        f'{host}{f" in {region}" if region else ""}, as Resource Manager says',
        LoginServer(host, connection, True, resource, read),
        loginServer=host,
        region=region,
        resourceId=resource_id,
        source='ResourceManager',
        **support_of(read),
    )


def _named(read: ArmResult) -> tuple[str, Failure[ArmKind] | None]:
    if read.failure:
        return '', read.failure
    host = object_of(object_of(read.resource).get('properties')).get('loginServer')
    if isinstance(host, str) and HOST.fullmatch(host):
        return host, None
    return '', Failure('Unavailable', "the registry's resource has no login server yet")


def _assumed(
    ctx: Context,
    guess: str | None,
    connection: Connection | None,
    read: ArmResult,
    failure: Failure[ArmKind],
) -> Outcome:
    """Judge a host that ARM did not name."""
    target, suffix = ctx.target, ctx.probes.suffix
    assert target is not None
    facts: dict[str, Any] = {'source': 'Assumed', **support_of(read)}
    similar = ', '.join(read.similar)
    if guess is None or connection is None:
        return failed(
            problems.NO_SUFFIX, f'{failure.text}; this cloud has no registry suffix', **facts
        )
    facts['loginServer'] = guess
    value = LoginServer(guess, connection, False, read.resource, read)
    linked = without_private_link(guess, suffix)
    if linked:
        return failed(
            problems.PRIVATE_LINK_HOST,
            f'{guess} is no login server; {linked} is meant',
            value,
            {'meant': linked},
            **facts,
            probablyMeant=linked,
        )
    if suffix and guess.lower().endswith(suffix):
        value = replace(value, trusted=True)
        # The cause first: tables cut the end.
        near = f' (there is {similar})' if similar else ''
        return warned(
            _UNREAD[failure.kind],
            f'{failure.text.rstrip(".")}{near}; {guess} is assumed',
            value,
            {'suffix': suffix},
            **facts,
            similar=list(read.similar),
        )
    for cloud, other in ctx.probes.other_clouds().items():
        if guess.lower().endswith(other):
            return failed(
                problems.OTHER_CLOUD,
                f'{guess} belongs to {cloud}',
                value,
                {'cloud': cloud},
                **facts,
                cloud=cloud,
            )
    meant = probably_meant(guess, suffixes(ctx))
    return failed(
        problems.UNKNOWN_SUFFIX,
        f'{guess} is not known as a registry of this cloud'
        f'{f"; {meant} was probably meant" if meant else ""}',
        value,
        {'suffix': suffix or '', 'here': f'{target.name}{suffix}' if suffix else ''},
        **facts,
        **({'probablyMeant': meant} if meant else {}),
    )


def support_of(read: ArmResult) -> dict[str, Any]:
    """Return the facts of a question to Resource Manager that a support engineer asks for."""
    return {
        'at': read.at or None,
        'status': read.status,
        'correlationId': read.correlation_id,
        **({'aadsts': read.aadsts} if read.aadsts else {}),
    }


def suffixes(ctx: Context) -> tuple[str, ...]:
    """Return the registry suffixes of all clouds, the current one's first."""
    return tuple(one for one in (ctx.probes.suffix, *ctx.probes.other_clouds().values()) if one)
