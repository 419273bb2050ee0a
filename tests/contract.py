# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Write what scripts can rely on, tests/contract.json: `python -m tests.contract --write`.

It is what the commands return and how they end, read off runs in this process without a network.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import pathlib
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, get_args

import pytest

from azext_acrhealth import AcrHealthCommandsLoader, custom, report
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.checks.authentication.identity import identity_facts
from azext_acrhealth.compare.difference import Kind
from azext_acrhealth.compare.stages import STAGES
from azext_acrhealth.explain.explanation import Verdict
from azext_acrhealth.interruption import Interrupted, exit_status
from azext_acrhealth.model import CATEGORIES, Status
from azext_acrhealth.options import Cluster, Identity, Target
from azext_acrhealth.probes.probes import AzureProbes
from tests.our_cli import az, command_parser, our_cli, use_settings_of

FILE = pathlib.Path(__file__).parent / 'contract.json'
# Runs that need no network: where no program is installed, docker is missing, which fails, and
# Helm, which is a warning.
MESSAGE = 'manifest for myregistry.azurecr.io/app:v1 not found: manifest unknown'
# What the CLI adds to every command, or doesn't show.
INTERNAL_OPTIONS = {'-h', '--help', '--cmd', '--__OPTIONS', '--__RESULTS', '--__TEXT'}
RUNS = {
    'check, healthy': ('check', '--only', 'notary-version'),
    'check, with a failure': ('check', '--only', 'engine-client'),
    'check --ignore-errors, with a failure': (
        'check',
        '--only',
        'engine-client',
        '--ignore-errors',
    ),
    'check, with a warning': ('check', '--only', 'helm-client'),
    'check --strict, with a warning': ('check', '--only', 'helm-client', '--strict'),
    'error explain, known message': ('error', 'explain', '--message', MESSAGE),
    'error explain, unknown message': ('error', 'explain', '--message', 'all is well'),
    'invalid value': ('check', '--name', 'not_a_registry'),
    'unknown option': ('check', '--no-such-option'),
}


def contract() -> dict[str, Any]:
    """Return what scripts can rely on, in the form of the file."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        use_settings_of(pathlib.Path(folder), patched)
        patched.setenv('PATH', folder)
        return {
            'schemaVersion': report.SCHEMA_VERSION,
            'values': _values(),
            'keys': {**dict(_keys()), **dict(_keys_of_comparison(pathlib.Path(folder)))},
            'exitStatus': {
                **{name: _run(*arguments)[0] for name, arguments in RUNS.items()},
                'compare, same': _compare(pathlib.Path(folder), 'one', 'again')[0],
                'compare, different': _compare(pathlib.Path(folder), 'one', 'both')[0],
                'check, interrupted by Ctrl-C': exit_status(KeyboardInterrupt()),
                'check, ended by SIGTERM': exit_status(Interrupted(signal.SIGTERM)),
            },
            'checks': {check.id: check.category for check in CHECKS},
            'reasons': {
                entry['code']: sorted(reason['reason'] for reason in entry['reasons'])
                for entry in _result('error', 'list')
            },
            'options': dict(_options()),
        }


def _values() -> dict[str, list[str]]:
    return {
        'status': [status.value for status in Status],
        'category': list(CATEGORIES),
        'explain verdict': list(get_args(Verdict)),
        'compare kind': list(get_args(Kind)),
        'compare stage': list(STAGES),
    }


def _keys() -> Iterator[tuple[str, list[str]]]:
    whole = report.build(
        (),
        CHECKS,
        [Target('myregistry')],
        client=custom._client(AzureProbes(our_cli(), None)),
        started=datetime(2026, 1, 2, tzinfo=timezone.utc),
        duration=0,
        clusters=[Cluster('myakscluster')],
    )
    ran = _result(*RUNS['check, with a failure'])
    assert set(ran) == set(whole)
    registry = whole['registries'][0]
    yield from _keys_of(
        {
            'check': whole,
            'check client': whole['client'],
            'check summary': whole['summary'],
            'check registries[]': registry,
            'check registries[].clusters[]': registry['clusters'][0],
            'check checks[]': ran['checks'][0],
            'check wait': _result('check', '--only', 'engine-client', '--wait', '1')['wait'],
            'check identity': identity_facts(Identity('system'), None),
            'list-checks []': _result('list-checks')[0],
        }
    )
    entry = _result('error', 'list')[0]
    explained = _result(*RUNS['error explain, known message'])
    yield from _keys_of(
        {
            'error list []': entry,
            'error list [].reasons[]': entry['reasons'][0],
            'error explain': explained,
            'error explain matches[]': explained['matches'][0],
        }
    )


def _keys_of_comparison(folder: pathlib.Path) -> Iterator[tuple[str, list[str]]]:
    compared = json.loads(_compare(folder, 'one', 'both')[1])
    yield from _keys_of(
        {
            'compare': compared,
            'compare first': compared['first'],
            'compare differences[]': compared['differences'][0],
        }
    )


def _compare(folder: pathlib.Path, *names: str) -> tuple[int, str]:
    """Save results, and return the exit status and the standard output of their comparison."""
    checks = {'one': ('engine-client',), 'again': ('engine-client',)}
    for name in names:
        only = checks.get(name, ('engine-client', 'helm-client'))
        (folder / name).write_text(_run('check', '--only', *only)[1], encoding='utf-8')
    return _run('compare', '--files', *(str(folder / name) for name in names))


def _keys_of(objects: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    for name, value in objects.items():
        yield name, sorted(value)


def _options() -> Iterator[tuple[str, list[str]]]:
    """Yield the commands with the options that are not the CLI's own."""
    for command in sorted(AcrHealthCommandsLoader(cli_ctx=our_cli()).load_command_table([])):
        words = command.split()
        parser = command_parser(*words)
        for word in words:
            branches = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
            parser = branches[0].choices[word]
        groups = [group for group in parser._action_groups if not _is_global(group.title)]
        actions = [action for group in groups for action in group._group_actions]
        options = {option for action in actions for option in action.option_strings}
        yield command, sorted(options - INTERNAL_OPTIONS)


def _is_global(title: str) -> bool:
    return title.lower().startswith('global')


def _result(*arguments: str) -> Any:
    return json.loads(_run(*arguments)[1])


def _run(*arguments: str) -> tuple[int, str]:
    """Return the exit status and the standard output of a command."""
    with contextlib.redirect_stderr(io.StringIO()):
        ended = az('acrhealth', *arguments, '--only-show-errors', '-o', 'json')
    return ended.status, ended.stdout


def text() -> str:
    """Return what belongs into the file."""
    return json.dumps(contract(), indent=2) + '\n'


if __name__ == '__main__':
    if sys.argv[1:] == ['--write']:
        FILE.write_text(text(), encoding='utf-8')
    else:
        print(text(), end='')
