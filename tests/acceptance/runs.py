# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run `az acrhealth check`, and assert what must hold for every run."""

from __future__ import annotations

import unicodedata
from typing import Any, NamedTuple, Optional

from tests.sandbox.control.sandbox import Finished, Sandbox

ROW = {
    'registry',
    'cluster',
    'check',
    'category',
    'title',
    'status',
    'code',
    'reason',
    'detail',
    'cause',
    'solutions',
    'documentation',
    'facts',
    'durationMs',
}
REPORT = {
    'schemaVersion',
    'healthy',
    'startedAt',
    'durationMs',
    'wait',
    'identity',
    'client',
    'summary',
    'registries',
    'checks',
}
CLIENT = {'azureCli', 'extension', 'python', 'platform', 'cloud', 'cloudShell', 'proxy'}
REGISTRY = {
    *('name', 'loginServer', 'region', 'healthy', 'canLogin', 'canPull', 'canPush'),
    'clusters',
}
VERDICTS = {'yes', 'no', 'unknown'}
STATUSES = ('passed', 'warning', 'failed', 'skipped')


class Run(NamedTuple):
    """A run that printed a report."""

    finished: Finished
    report: dict[str, Any]

    def row(self, check: str, registry: Optional[str] = None) -> dict[str, Any]:
        """Return the only row of a check (of a registry, if there are several)."""
        rows = [
            row
            for row in self.report['checks']
            if row['check'] == check and registry in (None, row['registry'])
        ]
        assert len(rows) == 1, f'{len(rows)} rows {check}'
        return dict(rows[0])

    def statuses(self, registry: Optional[str] = None) -> dict[str, str]:
        """Return each check's status, without the rows that --skip excluded."""
        return {
            row['check']: row['status']
            for row in self.report['checks']
            if registry in (None, row['registry']) and row['detail'] != 'excluded by --skip'
        }

    def has(
        self,
        check: str,
        status: str,
        code: Optional[str] = None,
        reason: Optional[str] = None,
        registry: Optional[str] = None,
    ) -> dict[str, Any]:
        """Assert the status, code and reason of a check's row, and return the row."""
        row = self.row(check, registry)
        assert (row['status'], row['code'], row['reason']) == (status, code, reason), row
        return row


def check(sandbox: Sandbox, *arguments: str, environment: bool = False, **options: Any) -> Run:
    """Run the checks and assert what holds for every report.

    The checks of this machine are skipped unless `environment` is true.
    """
    finished = sandbox.az(
        'acrhealth',
        'check',
        *arguments,
        *(() if environment else ('--skip', 'environment')),
        '-o',
        'json',
        **options,
    )
    assert_clean(sandbox, finished)
    assert finished.stdout, finished.stderr
    run = Run(finished, finished.json)
    assert_well_formed(run.report)
    assert_consistent_exit(run, '--strict' in arguments, '--ignore-errors' in arguments)
    return run


def assert_clean(sandbox: Sandbox, finished: Finished) -> None:
    """Assert that an output holds no traceback, no secret and no control character."""
    for text in (finished.stdout, finished.stderr):
        assert 'Traceback' not in text
        assert not [secret for secret in sandbox.secrets() if secret in text]
        odd = {
            f'{ord(character):#x}'
            for character in text
            if unicodedata.category(character) in ('Cc', 'Cf') and character not in '\n\t'
        }
        assert not odd, text


def assert_well_formed(report: dict[str, Any]) -> None:
    """Assert the schema of section 2 of the design."""
    assert set(report) == REPORT and report['schemaVersion'] == '1.0'
    assert set(report['client']) == CLIENT and set(report['summary']) == set(STATUSES)
    for registry in report['registries']:
        assert set(registry) == REGISTRY
        assert {registry[verdict] for verdict in ('canLogin', 'canPull', 'canPush')} <= VERDICTS
        for cluster in registry['clusters']:
            # The Azure CLI itself adds a resource group to whatever has a resource ID.
            assert set(cluster) - {'resourceGroup'} == {'name', 'id', 'canPull'}
            assert cluster['canPull'] in VERDICTS
    for row in report['checks']:
        assert set(row) == ROW
        assert (
            isinstance(row['facts'], dict) and isinstance(row['solutions'], list) and row['detail']
        )
        texts = [row['code'], row['reason'], row['cause'], row['documentation'], *row['solutions']]
        if row['status'] in ('Warning', 'Failed'):
            assert all(isinstance(text, str) and text for text in texts) and row['solutions'], row
            assert row['documentation'].startswith('https://')
        else:
            assert row['status'] in ('Passed', 'Skipped') and not any(texts), row
    for status in STATUSES:
        assert report['summary'][status] == sum(
            row['status'].lower() == status for row in report['checks']
        )


def assert_consistent_exit(run: Run, strict: bool, ignore_errors: bool) -> None:
    """Assert that exit status, standard error and report agree."""
    rows = [
        row
        for status in ('Failed', 'Warning')
        if status == 'Failed' or strict
        for row in run.report['checks']
        if row['status'] == status
    ]
    rows.sort(
        key=lambda row: (row['status'] == 'Warning', row['registry'] is None)
    )  # those of a registry first
    ran = sum(row['status'] != 'Skipped' for row in run.report['checks'])
    assert run.report['healthy'] is not bool(rows)
    lines = run.finished.stderr.splitlines()
    if not rows:
        assert (run.finished.code, lines) == (0, [])
        return
    assert run.finished.code == (0 if ignore_errors else 1)
    heading = next(line for line in lines if line.startswith('ERROR: '))
    assert heading.startswith(f'ERROR: {len(rows)} of {ran} checks failed')
    names = _names(rows, run.report['registries'])
    for name, row in list(zip(names, rows))[:5]:
        assert f'{name} ({row["code"]}, {row["reason"]})' in heading
    assert (f'and {len(rows) - 5} more' in heading) is (len(rows) > 5)
    several = len(run.report['registries']) > 1
    _assert_solutions(lines[lines.index(heading) + 1 :], rows, names, several)


def _names(rows: list[dict[str, Any]], registries: list[dict[str, Any]]) -> list[str]:
    """Return the check of each row, with its registry and its cluster if there are several."""
    several = len(registries) > 1
    clusters = any(len(registry['clusters']) > 1 for registry in registries)
    named = [(several and row['registry'], clusters and row['cluster']) for row in rows]
    subjects = [' and '.join(name for name in names if name) for names in named]
    return [
        f'{row["check"]} of {subject}' if subject else row['check']
        for row, subject in zip(rows, subjects)
    ]


def _assert_solutions(
    lines: list[str], rows: list[dict[str, Any]], names: list[str], several: bool
) -> None:
    """Assert that lines hold the solutions, and whose they are.

    For several registries, they are three first ones, and the last line counts the others.
    """
    of_rows = [row['solutions'][:1] if several else row['solutions'] for row in rows]
    shown = list(dict.fromkeys(text for texts in of_rows for text in texts))
    shown = shown[:3] if several else shown
    left_out = {text for row in rows for text in row['solutions']} - set(shown)
    if left_out:
        assert lines[-1].startswith(f'For {len(left_out)} more solution')
        assert lines[-1].endswith('see the output of `-o json`.')
        lines = lines[:-1]
    if len(rows) == 1:
        assert lines == shown
        return
    assert len(lines) == len(shown)
    for line, solution in zip(lines, shown):
        owners = [name for name, texts in zip(names, of_rows) if solution in texts]
        more = f', and {len(owners) - 3} more' if len(owners) > 3 else ''
        assert line == f'{", ".join(owners[:3])}{more}: {solution}'
