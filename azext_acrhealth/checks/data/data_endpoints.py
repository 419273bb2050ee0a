# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The hosts of its own that a registry serves layers from, or the word on where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from azext_acrhealth.catalogue.data import data_endpoints as problems
from azext_acrhealth.checks.data.data_host import facts_of_host, obstacle
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, Status, check, not_applicable, passed
from azext_acrhealth.probes.http.connection import Connection


@check(
    'data-endpoints',
    'Data endpoints',
    'data',
    needs=(login_server,),
    verifies='Every host of its own that the registry serves layers from, or is addressed by, can '
    'be reached.',
    problems=problems.UNREACHED,
)
def data_endpoints(ctx: Context, login: LoginServer) -> Outcome:
    if not login.properties:
        return not_applicable(
            'which data endpoints the registry has is not known (row login-server)'
        )
    data, regional = (
        [host for host in login.listed(key) if host != login.host.lower()]
        for key in ('dataEndpointHostNames', 'regionalEndpointHostNames')
    )
    if not data and not regional:
        storage = ctx.probes.storage_suffix or 'core.windows.net'
        return not_applicable(
            f'layers come from blob storage: firewalls must allow *.blob.{storage}; --image tries '
            'it',
            allow=[f'*.blob.{storage}'],
        )
    hosts = [(host, ctx.probes.reach(host, ctx.deadline)) for host in (*data, *regional)]
    failures = [
        (host, found)
        for host, found in ((host, obstacle(ctx, connection)) for host, connection in hosts)
        if found
    ]
    facts: dict[str, Any] = {
        'hosts': [facts_of_host(connection) for _, connection in hosts],
        'failed': [host for host, _ in failures],
    }
    if not failures:
        return passed(f'{_counted(data, regional)} can be reached', **facts)
    host, worst = next(((host, found) for host, found in failures if host in data), failures[0])
    more = f' (and {len(failures) - 1} more)' if len(failures) > 1 else ''
    bad = {host for host, _ in failures}
    status = Status.WARNING if _spared(login, data, bad) else Status.FAILED
    return replace(
        worst, status=status, detail=f'{worst.detail}{more}', facts={**facts, **worst.facts}
    )


def _spared(login: LoginServer, data: Sequence[str], bad: set[str]) -> bool:
    """Tell whether pulls from here do without the hosts that failed: those are of other regions than ours."""
    serving: Connection = login.connection
    region = serving.resolution().region
    ours = [host for host in data if region and host.split('.')[1:2] == [region]]
    return bad.isdisjoint(data) or (bool(ours) and bad.isdisjoint(ours))


def _counted(data: Sequence[str], regional: Sequence[str]) -> str:
    words = [
        f'{len(hosts)} {what}{"s" if len(hosts) > 1 else ""}'
        for hosts, what in ((data, 'data endpoint'), (regional, 'regional endpoint'))
        if hosts
    ]
    first = (data or regional)[0]
    return f'{" and ".join(words)} ({first}{", …" if len(data) + len(regional) > 1 else ""})'
