# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real firewalls, routes and DNS servers, in the sandbox's own network namespace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

import pytest

from tests.acceptance.codes import CHALLENGE, DNS, HOST, LIMIT, SLACK
from tests.acceptance.components import lacks, need
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import network_programs

# An address of the documentation (RFC 5737): the registry's alone, so that ARM and Entra stay
# reachable.
ADDRESS = '198.51.100.7'
DEAD_UPSTREAM = f'--server=/{HOST}/127.0.0.99'


@pytest.fixture
def namespaced(sandbox: Sandbox) -> Iterator[Sandbox]:
    """Return a sandbox with a network namespace of its own, and undo a test's changes to it."""
    if sandbox.info['kind'] == 'wrapper':
        lacks('no private network namespace is to be had here')
    sandbox.set_dns(HOST, a=[ADDRESS])
    yield sandbox
    sandbox.run(
        [
            'sh',
            '-c',
            f'nft flush ruleset; ip route flush root {ADDRESS}/32; ip addr del {ADDRESS}/32 dev lo',
        ]
    )


@pytest.mark.parametrize(
    'verdict, reasons',
    [
        ('drop', ['ConnectTimeout']),
        ('reject with tcp reset', ['ConnectionRefused']),
        ('reject with icmpx type admin-prohibited', ['Unreachable', 'ConnectionRefused']),
    ],
)
def test_firewall(namespaced: Sandbox, verdict: str, reasons: list[str]) -> None:
    need('nft')
    namespaced.set_address(ADDRESS)
    rules = (
        f'table inet wall {{\nchain out {{\ntype filter hook output priority 0;\n'
        f'ip daddr {ADDRESS} tcp dport 443 {verdict}\n}}\n}}\n'
    )
    finished = namespaced.run(['nft', '-f', '-'], stdin=rules)
    assert finished.code == 0, finished.stderr
    assert_connection_failed(namespaced, reasons)


@pytest.mark.parametrize(
    'kind, reasons',
    [
        ('blackhole', ['Unreachable', 'ConnectTimeout']),
        ('unreachable', ['Unreachable']),
        ('prohibit', ['Unreachable']),
    ],
)
def test_route(namespaced: Sandbox, kind: str, reasons: list[str]) -> None:
    need('ip')
    finished = namespaced.run(['ip', 'route', 'add', kind, f'{ADDRESS}/32'])
    assert finished.code == 0, finished.stderr
    assert_connection_failed(namespaced, reasons)


def assert_connection_failed(sandbox: Sandbox, reasons: list[str]) -> None:
    """Assert that the connection fails in time, for one of the reasons, and names the address."""
    run = check(sandbox, '-n', 'contoso', '--timeout', str(LIMIT))
    row = run.row('connection')
    assert (row['status'], row['code']) == ('Failed', CHALLENGE) and row['reason'] in reasons, row
    assert ADDRESS in row['detail'] and run.finished.seconds < LIMIT + SLACK
    assert run.statuses()['login-server'] == 'Passed'
    assert not sandbox.requests('challenge') and not sandbox.requests('exchange')


@pytest.mark.parametrize(
    'options, fault, reason',
    [
        ((f'--address=/{HOST}/',), None, 'NotInLocalDns'),
        ((DEAD_UPSTREAM,), None, 'ResolverFailed'),
        ((), 'servfail', 'ResolverFailed'),
        ((f'--address=/{HOST}/::1',), None, None),
        (
            (
                f'--cname={HOST},fe.sandbox.test,fe2.sandbox.test',
                '--host-record=fe2.sandbox.test,127.0.0.1',
            ),
            None,
            None,
        ),
        ((), 'slow:0.5', None),
    ],
)
def test_dnsmasq(
    sandbox: Sandbox, options: tuple[str, ...], fault: Optional[str], reason: Optional[str]
) -> None:
    need('dnsmasq')
    if sandbox.info['kind'] == 'wrapper':
        lacks('no private network namespace is to be had here')
    if fault:
        sandbox.set_fault(f'dns@{HOST}', fault)
    with network_programs.dnsmasq(sandbox, *options):
        run = check(sandbox, '-n', 'contoso', '--timeout', '12')
    if reason:
        run.has('dns', 'Failed', DNS, reason)
        assert not sandbox.requests('challenge')
    else:
        assert run.has('dns', 'Passed') and run.statuses()['access-token'] == 'Passed'
    assert run.finished.seconds < 12 + SLACK
