# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which host is the registry's login server, and whether a token may be sent to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.registry import login_server as problems
from azext_acrhealth.checks.authentication.account import reader_placeholders
from azext_acrhealth.checks.registry.host_suggestions import (
    suggest_login_server,
    without_private_link,
)
from azext_acrhealth.entra_errors import kind_of, number_in
from azext_acrhealth.grammar import is_host
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.azure.arm_response import ArmKind
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, properties_of
from azext_acrhealth.protocols import HostConnection

# Azure Resource Manager lists a host per region; a server in its place could list any number.
MAX_HOSTS = 64

_READ_PROBLEMS: Mapping[ArmKind, Problem] = {
    'NotLoggedIn': problems.NOT_LOGGED_IN,
    'InvalidProfile': problems.INVALID_PROFILE,
    'Forbidden': problems.ARM_FORBIDDEN,
    'NotFound': problems.NOT_IN_ARM,
    'Unavailable': problems.ARM_UNAVAILABLE,
    'NoSubscription': problems.NO_SUBSCRIPTION,
}


class LoginServer(NamedTuple):
    """The host to check. `trusted`: a token may be sent to it.

    `resource`: the registry as ARM's JSON, None if it couldn't be read. `read`: the result of that.
    `suffix`: that of the cloud's registries.
    """

    host: str
    connection: HostConnection
    trusted: bool
    resource: Mapping[str, Any] | None = None
    read: ArmResult = ArmResult()
    suffix: str | None = None

    @property
    def audiences(self) -> set[str]:
        """Return the audiences that a token for this registry can have, in lower case.

        A regional host, such as NAME.REGION.geo.SUFFIX, accepts tokens for the login server, too.
        """
        stated = self.properties.get('loginServer')
        host = self.host.lower()
        return {
            host,
            *([f'{host.partition(".")[0]}{self.suffix}'] if self.suffix else []),
            *([stated.lower()] if isinstance(stated, str) else []),
        }

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return the resource's properties; empty if they aren't known."""
        return properties_of(self.resource)

    def listed(self, key: str) -> list[str]:
        """Return the hosts at a key of the properties: distinct, lowercase, at most MAX_HOSTS."""
        hosts = (
            host.lower() for host in list_of(self.properties.get(key))[:MAX_HOSTS] if is_host(host)
        )
        return list(dict.fromkeys(hosts))

    @property
    def closed(self) -> bool:
        """Return whether ARM reports that public network access is disabled."""
        return self.properties.get('publicNetworkAccess') == 'Disabled'


@check(
    'login-server',
    'Login server',
    'registry',
    verifies="The registry's login server is known from Azure Resource Manager, or assumed from "
    'the registry name and the cloud.',
    problems=(
        *_READ_PROBLEMS.values(),
        problems.NO_SUFFIX,
        problems.OTHER_CLOUD,
        problems.PRIVATE_LINK_HOST,
        problems.UNKNOWN_SUFFIX,
    ),
)
def login_server(ctx: Context) -> Outcome:
    target, suffix = ctx.target, ctx.probes.suffix
    assert target is not None
    assumed_host = target.host or (f'{target.name}{suffix}' if suffix else None)
    # The connection to the most likely host opens while ARM is queried, to save time. No token is
    # sent before ARM has responded.
    connection = ctx.connections.connect(assumed_host, ctx.deadline) if assumed_host else None
    read = ctx.probes.find_registry(target, ctx.deadline)
    host, failure = _login_server_of(read)
    if failure:
        return _check_assumed_host(ctx, assumed_host, connection, read, failure)
    host = target.host or host
    if connection is None or host.lower() != connection.host.lower():
        if connection:
            connection.close()
        connection = ctx.connections.connect(host, ctx.deadline)
    resource = read.resource or {}
    region, resource_id = (
        resource[key] if isinstance(resource.get(key), str) else None for key in ('location', 'id')
    )
    return passed(
        f'{host}{f" in {region}" if region else ""}, reported by Azure Resource Manager',
        LoginServer(host, connection, True, resource, read, suffix),
        loginServer=host,
        region=region,
        resourceId=resource_id,
        source='ResourceManager',
        **support_facts(read),
    )


def _login_server_of(read: ArmResult) -> tuple[str, Failure[ArmKind] | None]:
    if read.failure:
        return '', read.failure
    host = properties_of(read.resource).get('loginServer')
    if is_host(host):
        return host, None
    return '', Failure('Unavailable', "the registry's resource has no login server")


def _check_assumed_host(
    ctx: Context,
    assumed_host: str | None,
    connection: HostConnection | None,
    read: ArmResult,
    failure: Failure[ArmKind],
) -> Outcome:
    """Return the outcome for a host that ARM did not report."""
    target, suffix = ctx.target, ctx.probes.suffix
    assert target is not None
    facts: dict[str, Any] = {'source': 'Assumed', **support_facts(read)}
    if assumed_host is None or connection is None:
        return failed(
            problems.NO_SUFFIX, f'{failure.text}; this cloud has no registry suffix', **facts
        )
    facts['loginServer'] = assumed_host
    value = LoginServer(assumed_host, connection, False, read.resource, read, suffix)
    public_host = without_private_link(assumed_host, suffix)
    if public_host:
        return failed(
            problems.PRIVATE_LINK_HOST,
            f"{assumed_host} isn't a login server; use {public_host}",
            value,
            {'meant': public_host},
            **facts,
            probablyMeant=public_host,
        )
    if suffix and assumed_host.lower().endswith(suffix):
        value = value._replace(trusted=True)
        # What the name should be, and the cause, come first because a table cuts the end.
        question = f'did you mean {" or ".join(read.similar)}? ' if read.similar else ''
        return warned(
            _READ_PROBLEMS[failure.kind],
            f'{question}{failure.text.rstrip(".")}; assuming {assumed_host}',
            value,
            {
                'suffix': suffix,
                **({'meant': read.similar[0]} if read.similar else {}),
                **_reader_placeholders(ctx, read),
                **refused_sign_in(read),
            },
            **facts,
            similar=list(read.similar),
        )
    for cloud, cloud_suffix in ctx.probes.other_clouds().items():
        if assumed_host.lower().endswith(cloud_suffix):
            return failed(
                problems.OTHER_CLOUD,
                f'{assumed_host} belongs to {cloud}',
                value,
                {'cloud': cloud},
                **facts,
                cloud=cloud,
            )
    suggestion = suggest_login_server(assumed_host, suffixes(ctx))
    return failed(
        problems.UNKNOWN_SUFFIX,
        f'{f"did you mean {suggestion}? " if suggestion else ""}'
        f"{assumed_host} isn't a login server of this cloud",
        value,
        {
            'suffix': suffix or '',
            'here': f'{target.name}{suffix}' if suffix else '',
            **({'meant': suggestion} if suggestion else {}),
        },
        **facts,
        **({'probablyMeant': suggestion} if suggestion else {}),
    )


def _reader_placeholders(ctx: Context, read: ArmResult) -> dict[str, str]:
    target = ctx.target
    known = target is not None and not target.host and target.subscription and target.resource_group
    return reader_placeholders(
        read.claims,
        ctx.options.identity,
        registry_id=target.full_name if target and known else '',
    )


def refused_sign_in(read: ArmResult) -> dict[str, str]:
    """Return the number of an error of Microsoft Entra ID, as a placeholder of solutions.

    It's left out where a new sign-in solves the error, and where there is none.
    """
    number = number_in(read.aadsts or '')
    text = read.failure.text if read.failure else ''
    if number is None or kind_of(number, text) in ('Expired', 'InteractionNeeded'):
        return {}
    return {'number': str(number)}


def support_facts(read: ArmResult) -> dict[str, Any]:
    """Return the facts of a request to Azure Resource Manager that a support engineer asks for."""
    return {
        'at': read.at or None,
        'status': read.status,
        'correlationId': read.correlation_id,
        **({'aadsts': read.aadsts} if read.aadsts else {}),
    }


def suffixes(ctx: Context) -> tuple[str, ...]:
    """Return the registry suffixes of all clouds, the current one's first."""
    candidates = (ctx.probes.suffix, *ctx.probes.other_clouds().values())
    return tuple(suffix for suffix in candidates if suffix)
