# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check the data endpoints and regional endpoints of a registry, or name the storage hosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azext_acrhealth.catalogue.data import data_endpoints as problems
from azext_acrhealth.checks.data.data_host import address_warning_of, facts_of_host, host_failure
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, Status, check, not_applicable, passed
from azext_acrhealth.protocols import HostConnection


@check(
    'data-endpoints',
    'Data endpoints',
    'data',
    needs=(login_server,),
    verifies='Every dedicated data endpoint and regional endpoint of the registry can be reached.',
    problems=problems.UNREACHED,
)
def data_endpoints(ctx: Context, login: LoginServer) -> Outcome:
    if not login.properties:
        return not_applicable(
            "the data endpoints are unknown because the registry wasn't read (see the "
            '`login-server` check)'
        )
    data, regional = (
        [host for host in login.listed(key) if host != login.host.lower()]
        for key in ('dataEndpointHostNames', 'regionalEndpointHostNames')
    )
    if not data and not regional:
        storage = ctx.probes.storage_suffix or 'core.windows.net'
        return not_applicable(
            f'*.blob.{storage} serves layers and must be allowed in firewalls (use --image to test '
            'a pull)',
            allow=[f'*.blob.{storage}'],
        )
    connections: list[tuple[str, HostConnection]] = [
        (host, ctx.connections.reach(host, ctx.deadline)) for host in (*data, *regional)
    ]
    outcomes = [(host, host_failure(ctx, connection)) for host, connection in connections]
    failures = [(host, failure) for host, failure in outcomes if failure]
    facts: dict[str, Any] = {
        'hosts': [facts_of_host(connection) for _, connection in connections],
        'failed': [host for host, _ in failures],
    }
    warnings = [address_warning_of(connection) for _, connection in connections]
    warning = next(filter(None, warnings), None)
    if warning and not failures:
        return warning._replace(facts=facts)
    if not failures:
        return passed(f'{_summary(data, regional)} can be reached', **facts)
    worst = next((failure for host, failure in failures if host in data), failures[0][1])
    more = f' (and {len(failures) - 1} more)' if len(failures) > 1 else ''
    unreachable = {host for host, _ in failures}
    pulls_work = _serving_region_works(login, data, unreachable)
    status = Status.WARNING if pulls_work else Status.FAILED
    return worst._replace(
        status=status, detail=f'{worst.detail}{more}', facts={**facts, **worst.facts}
    )


def _serving_region_works(login: LoginServer, data: Sequence[str], unreachable: set[str]) -> bool:
    """Return whether pulls from this machine need none of the unreachable hosts.

    They need the data endpoint of the region that serves this machine, where that is known.
    """
    region = login.connection.resolution().region
    needed = [host for host in data if region and host.split('.')[1:2] == [region]]
    if unreachable.isdisjoint(data):
        return True
    return bool(needed) and unreachable.isdisjoint(needed)


def _summary(data: Sequence[str], regional: Sequence[str]) -> str:
    counts = [
        f'{len(hosts)} {kind}{"s" if len(hosts) > 1 else ""}'
        for hosts, kind in ((data, 'data endpoint'), (regional, 'regional endpoint'))
        if hosts
    ]
    first = (data or regional)[0]
    return f'{" and ".join(counts)} ({first}{", …" if len(data) + len(regional) > 1 else ""})'
