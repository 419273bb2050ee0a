# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which forms of a solution fit a client, and that every problem has one for each client."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from azext_acrhealth import report as reports
from azext_acrhealth.advice import (
    ENGINES,
    PLATFORMS,
    POSIX,
    STATES,
    WINDOWS,
    Client,
    Engine,
    Platform,
    Solution,
    Variant,
    code_parts,
    conditions,
    engine_named,
    numbered,
    platform_named,
    select,
)
from azext_acrhealth.catalogue import FAMILIES, PROBLEMS
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.model import (
    Family,
    Outcome,
    Problem,
    Result,
    failed,
    not_applicable,
    passed,
    warned,
)
from tests.made import FAMILY, ONE, TWO, result

OLD = Variant('Old form.', before='2.88')
NEW = Variant('New form.', since='2.88')
SHELL = Variant('For a shell.', platforms=POSIX)
POWERSHELL = Variant('For PowerShell.', platforms=WINDOWS)
DOCKER = Variant('For Docker.', engines=('docker',))
CLOCK = Variant('Correct the clock.', check='clock')
NO_HELPER = Variant('Install a helper.', unfilled='helper')
HELPER = Variant('Start {helper}.', filled='helper')
NO_CLOCK = Variant('Check the clock.', check='clock', states=('unknown',))
ALL: tuple[Solution, ...] = (
    'Always.',
    OLD,
    NEW,
    SHELL,
    POWERSHELL,
    DOCKER,
    CLOCK,
    NO_CLOCK,
    HELPER,
    NO_HELPER,
)


@pytest.mark.parametrize(
    'client, expected',
    [
        (Client(), ALL),
        (Client(cli='2.75.0'), {*ALL} - {NEW}),
        (Client(cli='2.87.9'), {*ALL} - {NEW}),
        (Client(cli='2.88.0'), {*ALL} - {OLD}),
        (Client(cli='2.100.0b1'), {*ALL} - {OLD}),
        (Client(cli='3.0'), {*ALL} - {OLD}),
        (Client(platform='linux'), {*ALL} - {POWERSHELL}),
        (Client(platform='macos'), {*ALL} - {POWERSHELL}),
        (Client(platform='windows'), {*ALL} - {SHELL}),
        (Client(engine='docker'), ALL),
        (Client(engine='podman'), {*ALL} - {DOCKER}),
        (Client(states={}), {*ALL} - {CLOCK}),
        (Client(filled=frozenset({'helper', 'host'})), {*ALL} - {NO_HELPER}),
        (Client(filled=frozenset({'host'})), {*ALL} - {HELPER}),
        (Client(states={'clock': 'unhealthy'}), {*ALL} - {NO_CLOCK}),
        (Client(states={'clock': 'passed'}), {*ALL} - {CLOCK, NO_CLOCK}),
    ],
)
def test_only_the_forms_that_fit_are_selected(client: Client, expected: Any) -> None:
    texts = [item if isinstance(item, str) else item.text for item in ALL if item in expected]
    assert select(ALL, client) == texts


@pytest.mark.parametrize(
    'solution, expected',
    [
        ('Always.', ''),
        (CLOCK, ''),
        (NEW, 'Azure CLI 2.88 or later'),
        (OLD, 'before Azure CLI 2.88'),
        (SHELL, 'Linux or macOS'),
        (
            Variant('x', since='2.90', platforms=WINDOWS, engines=('docker', 'nerdctl')),
            'Azure CLI 2.90 or later, Windows, Docker or nerdctl',
        ),
    ],
)
def test_the_conditions_are_named(solution: Solution, expected: str) -> None:
    assert conditions(solution) == expected


@pytest.mark.parametrize(
    'description, expected',
    [
        ('Linux-6.1.0-x86_64-with-glibc2.36', 'linux'),
        ('macOS-14.5-arm64-arm-64bit', 'macos'),
        ('Darwin-23.5.0-arm64-arm-64bit', 'macos'),
        ('Windows-11-10.0.22631-SP0', 'windows'),
        ('FreeBSD-14.0-amd64', 'linux'),
        ('', None),
        (None, None),
    ],
)
def test_a_platform_is_recognized(description: str | None, expected: Platform | None) -> None:
    assert platform_named(description) == expected


@pytest.mark.parametrize(
    'command, expected',
    [
        ('docker', 'docker'),
        ('/usr/bin/podman', 'podman'),
        (r'C:\Program Files\Docker\Docker.EXE', 'docker'),
        ('nerdctl', 'nerdctl'),
        ('finch', 'finch'),
        ('lima', None),
        ('', None),
        (None, None),
    ],
)
def test_an_engine_is_recognized(command: str | None, expected: Engine | None) -> None:
    assert engine_named(command) == expected


def clients(problem: Problem | Family) -> Iterator[Client]:
    """Yield a client for each combination of what the problem's solutions depend on."""
    variants = [item for item in problem.solutions if isinstance(item, Variant)]
    limits = {limit for item in variants for limit in (item.since, item.before) if limit}
    checks = {item.check for item in variants if item.check}
    states = (dict(zip(checks, given)) for given in itertools.product(STATES, repeat=len(checks)))
    for found, cli, platform, engine, known in itertools.product(
        states, ('2.75.0', '2.91.0', *limits), PLATFORMS, ENGINES, (None, frozenset())
    ):
        yield Client(cli, platform, engine, found, known)


@pytest.mark.parametrize('problem', (*FAMILIES, *PROBLEMS), ids=lambda problem: problem.code)
def test_every_client_gets_a_solution(problem: Problem | Family) -> None:
    for client in clients(problem):
        texts = select(problem.solutions, client)
        assert texts, (problem, client)
        assert len(set(texts)) == len(texts), (problem, client)


def test_the_checks_of_conditions_exist() -> None:
    checks = {
        item.check
        for problem in PROBLEMS
        for item in problem.solutions
        if isinstance(item, Variant) and item.check
    }
    assert checks <= {check.id for check in CHECKS}


def solutions_of(
    *others: tuple[str, Outcome, Any], engine: str | None = None, **client: str
) -> list[str]:
    """Return the solutions of a failed check in a report, after other checks' results."""
    problem = FAMILY.problem('Reason', 'Because.', *ALL)
    outcome = failed(problem, 'bad', placeholders={'engine': engine} if engine else None)
    return shown([*(result(*other) for other in others), result('last', outcome)], **client)


def shown(results: list[Result], **client: str) -> list[str]:
    """Return the solutions of the check `last` in a report."""
    report = reports.build(
        results,
        list(dict.fromkeys(item.check for item in results)),
        [ONE, TWO],
        client=client,
        started=datetime.now(timezone.utc),
        duration=0.0,
    )
    return [text for row in report['checks'] if row['check'] == 'last' for text in row['solutions']]


def test_a_report_selects_by_the_version_and_the_platform() -> None:
    new = solutions_of(azureCli='2.91.0', platform='Windows-11-10.0.22631-SP0')
    others = ['For Docker.', 'Check the clock.', 'Install a helper.']
    assert new == ['Always.', 'New form.', 'For PowerShell.', *others]
    old = solutions_of(azureCli='2.75.0', platform='Linux-6.1')
    assert old == ['Always.', 'Old form.', 'For a shell.', *others]


def test_a_report_selects_by_the_row_s_engine_before_this_machine_s() -> None:
    podman = ('engine-client', passed('podman', client='/usr/bin/podman'), None)
    assert 'For Docker.' not in solutions_of(podman)
    assert 'For Docker.' in solutions_of(podman, engine='docker')
    docker = ('engine-client', passed('docker', client='docker'), None)
    assert 'For Docker.' not in solutions_of(docker, engine='podman')


@pytest.mark.parametrize(
    'clock, target, expected',
    [
        (passed('right'), ONE, []),
        (warned(FAMILY.problem('Wrong', 'So.'), 'wrong'), ONE, ['Correct the clock.']),
        (failed(FAMILY.problem('Wrong', 'So.'), 'wrong'), None, ['Correct the clock.']),
        (failed(FAMILY.problem('Wrong', 'So.'), 'wrong'), TWO, ['Check the clock.']),
        (not_applicable('left out'), ONE, ['Check the clock.']),
    ],
)
def test_a_report_selects_by_other_checks_of_the_registry_and_this_machine(
    clock: Outcome, target: Any, expected: list[str]
) -> None:
    found = solutions_of(('clock', clock, target))
    assert [text for text in found if 'clock' in text] == expected


QUOTED = {
    'registry': "contoso --subscription 'Pay as you go'",
    'start': 'systemctl --user start podman.socket',
    'plain': 'a-b@c.example',
    'name': "O'Neil & sons",
    'bypass': '"$NO_PROXY,host"',
    'role': 'Container Registry "Reader" $HOME',
}


@pytest.mark.parametrize(
    'template, posix, windows',
    [
        ('a {name}', "a O'Neil & sons", None),
        ('`{name}`', "`O'Neil & sons`", None),
        ('`az x --name {plain}`', '`az x --name a-b@c.example`', None),
        ('`az x --name {registry} --y`', f'`az x --name {QUOTED["registry"]} --y`', None),
        ('`sudo {start}`', f'`sudo {QUOTED["start"]}`', None),
        ('`export X={bypass}`', '`export X="$NO_PROXY,host"`', None),
        (
            '`az x --name {name} y`',
            """`az x --name 'O'"'"'Neil & sons' y`""",
            "`az x --name 'O''Neil & sons' y`",
        ),
        (
            '`az x --id {name}/y/{plain}`',
            """`az x --id 'O'"'"'Neil & sons/y/a-b@c.example'`""",
            "`az x --id 'O''Neil & sons/y/a-b@c.example'`",
        ),
        ('`az x --role "{role}"`', '`az x --role "Container Registry Reader HOME"`', None),
        ("`az x --filter '{name}:.*'`", "`az x --filter 'ONeil & sons:.*'`", None),
        ('`az x --role "{name}"`', '`az x --role "O\'Neil & sons"`', None),
        ('`az x --name {missing} "y`', '`az x --name MISSING "y`', None),
        ('`az x --name GROUP` and {plain}', '`az x --name GROUP` and a-b@c.example', None),
    ],
)
def test_values_are_quoted_in_commands(template: str, posix: str, windows: str | None) -> None:
    assert reports.fill_placeholders(template, QUOTED, 'linux') == posix
    assert reports.fill_placeholders(template, QUOTED, 'windows') == (windows or posix)


@pytest.mark.parametrize(
    'placeholders, expected',
    [
        ({}, ['Always.', 'Install a helper.']),
        ({'helper': ''}, ['Always.', 'Install a helper.']),
        ({'helper': 'pass'}, ['Always.', 'Start pass.']),
    ],
)
def test_a_report_selects_by_what_is_known(
    placeholders: dict[str, str], expected: list[str]
) -> None:
    problem = FAMILY.problem('Reason', 'Because.', 'Always.', HELPER, NO_HELPER)
    outcome = failed(problem, 'bad', placeholders=placeholders)
    assert shown([result('last', outcome)]) == expected


def test_code_in_a_text() -> None:
    assert code_parts('Run `az x`, or `y`') == [
        (False, 'Run '),
        (True, 'az x'),
        (False, ', or '),
        (True, 'y'),
    ]
    assert code_parts('') == []


def test_solutions_have_numbers() -> None:
    assert numbered(['Wait.', 'Stop.']) == ['1. Wait.', '2. Stop.'] and numbered([]) == []
