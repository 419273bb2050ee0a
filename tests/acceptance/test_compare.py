# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""`compare` by the real CLI, with results that real runs saved under two states of the sandbox."""

from __future__ import annotations

import json
import pathlib
import shlex
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.acceptance.runs import assert_clean
from tests.sandbox import demo
from tests.sandbox.control.sandbox import Finished, Sandbox

HOST = 'contoso.azurecr.test'
PROXY = 'http://joe:s3cret@proxy.sandbox.test:3128'
PULL = ('--image', f'{HOST}/hello:v1', '--skip', 'environment')
Change = Callable[[Sandbox], object]


def save(sandbox: Sandbox, path: pathlib.Path, *arguments: str, **options: Any) -> None:
    """Save the result of a run, as a shell does."""
    finished = sandbox.az('acrhealth', 'check', *arguments, '-o', 'json', **options)
    assert finished.stdout, finished.stderr
    path.write_text(finished.stdout, encoding='utf-8')


@pytest.fixture(name='laptop')
def fixture_laptop(sandbox: Sandbox, tmp_path: pathlib.Path) -> pathlib.Path:
    """Return the result of a run in which everything works."""
    path = tmp_path / 'laptop.json'
    save(sandbox, path, *PULL)
    return path


def compare(sandbox: Sandbox, *arguments: str | pathlib.Path, **options: Any) -> Finished:
    """Compare without a sign-in, and assert that nothing was sent."""
    sandbox.clear_requests()
    finished = sandbox.az(
        'acrhealth', 'compare', '--files', *map(str, arguments), login=False, **options
    )
    assert_clean(sandbox, finished)
    assert sandbox.requests() == []
    return finished


def deny(sandbox: Sandbox) -> None:
    demo.deny(sandbox)


def resolve_to_a_private_address(sandbox: Sandbox) -> None:
    sandbox.set_dns(HOST, a=['10.1.2.3'])


def limit_permissions(sandbox: Sandbox) -> None:
    sandbox.set_grants('contoso', permissions=['metadata/read'])


# What changes on the agent, how it runs, and the first differences: subject, laptop, agent.
AGENTS: dict[str, tuple[Change, tuple[str, ...], dict[str, Any], list[tuple[str, str, str]]]] = {
    'DNS': (
        resolve_to_a_private_address,
        ('--timeout', '15'),
        {},
        [
            ('connection', 'Passed', 'Failed: Unreachable'),
            ('Addresses', '127.0.0.1', '10.1.2.3'),
            ('dns', 'Passed', 'Warning: PrivateAddressWithoutEndpoint'),
        ],
    ),
    'firewall': (
        deny,
        (),
        {},
        [('refresh-token', 'Passed', 'Failed: ClientIpNotAllowed')],
    ),
    'storage': (
        demo.block_storage,
        (),
        {},
        [
            ('blob', 'Passed', 'Failed: ConnectTimeout'),
            ('Addresses of layers', '127.0.0.1', '127.0.0.77'),
        ],
    ),
    'proxy': (
        lambda sandbox: None,
        (),
        {'env': {'HTTPS_PROXY': PROXY}},
        [
            ('Proxy', 'none', 'http://proxy.sandbox.test:3128'),
            ('Proxy settings', 'none', 'HTTPS_PROXY=http://proxy.sandbox.test:3128'),
        ],
    ),
    'permissions': (
        limit_permissions,
        (),
        {},
        [
            ('access-token', 'Passed', 'Failed: ActionsMissing'),
            (
                'Registry permissions',
                'delete, deleted/read, deleted/restore/action, metadata/read, metadata/write, '
                'read, write',
                'metadata/read',
            ),
            ('Permissions', 'metadata_read, pull', 'metadata_read'),
        ],
    ),
    'sign-in': (
        lambda sandbox: None,
        (),
        {'login': False},
        [('refresh-token', 'Passed', 'Failed: NotLoggedIn')],
    ),
    'account': (
        lambda sandbox: None,
        ('-u', 'joe', '-p', 'wrong-password'),
        {},
        [
            ('refresh-token', 'Passed', 'Failed: PasswordRefused'),
            ('Kind of account', 'service principal', 'token'),
        ],
    ),
}


@pytest.mark.parametrize('name', AGENTS)
def test_works_on_the_laptop_but_not_on_the_agent(
    sandbox: Sandbox, tmp_path: pathlib.Path, laptop: pathlib.Path, name: str
) -> None:
    change, arguments, options, expected = AGENTS[name]
    agent = tmp_path / 'agent.json'
    change(sandbox)
    save(sandbox, agent, *PULL, *arguments, **options)
    forward, backward = (
        compare(sandbox, *files, '-o', 'json') for files in ((laptop, agent), (agent, laptop))
    )
    assert (forward.code, backward.code) == (1, 1)
    assert forward.json['same'] is False
    found = [
        (entry['subject'], entry['first'], entry['second']) for entry in forward.json['differences']
    ]
    assert found[: len(expected)] == expected
    assert found == [
        (entry['subject'], entry['second'], entry['first'])
        for entry in backward.json['differences']
    ]
    assert f'ERROR: laptop.json and agent.json have {len(found)} difference' in forward.stderr
    assert forward.json['differences'][0]['text'] in forward.stderr
    assert 's3cret' not in forward.stdout + forward.stderr


def test_the_sentence_of_an_address(
    sandbox: Sandbox, tmp_path: pathlib.Path, laptop: pathlib.Path
) -> None:
    agent = tmp_path / 'agent.json'
    resolve_to_a_private_address(sandbox)
    save(sandbox, agent, *PULL, '--timeout', '15')
    finished = compare(sandbox, agent, laptop, '--query', 'differences[1].text', '-o', 'tsv')
    assert finished.stdout == (
        'On agent.json, the name resolves to 10.1.2.3; on laptop.json, the name resolves to '
        '127.0.0.1.\n'
    )


def test_two_runs_are_the_same(
    sandbox: Sandbox, tmp_path: pathlib.Path, laptop: pathlib.Path
) -> None:
    later = tmp_path / 'later.json'
    save(sandbox, later, *PULL)
    assert json.loads(later.read_text()) != json.loads(laptop.read_text())
    finished = compare(sandbox, laptop, later, '-o', 'json')
    assert (finished.code, finished.stderr) == (0, '')
    assert finished.json['same'] is True and finished.json['differences'] == []
    table = compare(sandbox, laptop, later, '-o', 'table')
    assert table.code == 0 and 'none' in table.stdout


def test_other_options(sandbox: Sandbox, tmp_path: pathlib.Path, laptop: pathlib.Path) -> None:
    other = tmp_path / 'other.json'
    save(sandbox, other, '-n', 'contoso', '--only', 'connectivity')
    finished = compare(sandbox, laptop, other, '-o', 'json')
    missing = [
        entry
        for entry in finished.json['differences']
        if entry['kind'] == 'MissingChecks' and entry['registry']
    ]
    assert len(missing) == 1 and finished.code == 1
    assert 'refresh-token' in missing[0]['first'] and missing[0]['second'] == 'none'
    assert missing[0]['text'].startswith('These checks are only in laptop.json: ')


def test_several_registries(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    both, one = tmp_path / 'both.json', tmp_path / 'one.json'
    save(sandbox, both, '-n', 'contoso', 'fabrikam', '--skip', 'environment')
    sandbox.set_dns('fabrikam.azurecr.test', answer='nxdomain')
    save(sandbox, one, '-n', 'fabrikam', '--skip', 'environment')
    lines = compare(sandbox, both, one, '-o', 'table').stdout.splitlines()
    assert lines[0].split()[:2] == ['Registry', 'Difference']
    assert lines[2].split()[:4] == ['fabrikam', 'dns', 'Passed', 'Failed:']
    assert any(line.split()[:3] == ['contoso', 'Whole', 'registry'] for line in lines)


def test_registries_without_anything_in_common(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    files = [tmp_path / f'{name}.json' for name in ('contoso', 'fabrikam')]
    for path in files:
        save(sandbox, path, '-n', path.stem, '--only', 'dns')
    finished = compare(sandbox, *files)
    assert (finished.code, finished.stdout) == (1, '')
    assert 'contoso.json is about contoso, and fabrikam.json is about fabrikam' in finished.stderr


@pytest.mark.parametrize('columns', [80, 120])
def test_the_table_fits(
    sandbox: Sandbox, tmp_path: pathlib.Path, laptop: pathlib.Path, columns: int
) -> None:
    agent = tmp_path / 'agent.json'
    resolve_to_a_private_address(sandbox)
    save(sandbox, agent, *PULL, '--timeout', '15', env={'HTTPS_PROXY': PROXY})
    finished = compare(sandbox, laptop, agent, '-o', 'table', env={'COLUMNS': f'{columns}'})
    lines = finished.stdout.splitlines()
    assert max(map(len, lines)) <= columns
    assert lines[0].split('  ')[0] == 'Difference' and 'On laptop.json' in lines[0]
    assert '10.1.2.3' in finished.stdout


@pytest.mark.parametrize('output', ['jsonc', 'yaml', 'yamlc', 'tsv', 'none'])
def test_formats(
    sandbox: Sandbox, tmp_path: pathlib.Path, laptop: pathlib.Path, output: str
) -> None:
    agent = tmp_path / 'agent.json'
    save(sandbox, agent, *PULL, login=False)
    finished = sandbox.az(
        'acrhealth', 'compare', '-f', str(laptop), '-f', str(agent), '-o', output, login=False
    )
    assert finished.code == 1 and bool(finished.stdout) == (output != 'none')
    if output == 'yaml':
        assert yaml.safe_load(finished.stdout)['same'] is False


def test_standard_input(sandbox: Sandbox, laptop: pathlib.Path, tmp_path: pathlib.Path) -> None:
    small = {'checks': [{'check': 'dns', 'status': 'Failed', 'registry': 'contoso'}]}
    finished = compare(sandbox, laptop, '-', '-o', 'json', stdin=json.dumps(small))
    assert finished.json['second']['file'] == 'standard input' and finished.code == 1
    first = finished.json['differences'][0]
    assert (first['subject'], first['first'], first['second']) == ('dns', 'Passed', 'Failed')


def test_what_powershell_writes(sandbox: Sandbox, laptop: pathlib.Path) -> None:
    text = laptop.read_text(encoding='utf-8').replace('\n', '\r\n')
    for name, content in (
        ('bom.json', b'\xef\xbb\xbf' + text.encode()),
        ('utf16.json', text.encode('utf-16')),
    ):
        path = laptop.with_name(name)
        path.write_bytes(content)
        assert compare(sandbox, laptop, path).code == 0


def test_a_result_of_an_earlier_version(sandbox: Sandbox, laptop: pathlib.Path) -> None:
    value = json.loads(laptop.read_text(encoding='utf-8'))
    for name in ('identity', 'wait', 'client', 'schemaVersion', 'summary', 'startedAt'):
        del value[name]
    for row in value['checks']:
        for name in ('cluster', 'facts', 'cause', 'documentation', 'durationMs', 'title'):
            del row[name]
    for registry in value['registries']:
        del registry['clusters'], registry['loginServer']
    path = laptop.with_name('earlier.json')
    path.write_text(json.dumps(value), encoding='utf-8')
    finished = compare(sandbox, laptop, path, '-o', 'json')
    assert (finished.code, finished.json['differences']) == (0, [])


def test_a_hostile_file(sandbox: Sandbox, laptop: pathlib.Path) -> None:
    value = json.loads(laptop.read_text(encoding='utf-8'))
    token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
    value['client']['cloud'] = '\x1b[2J\u202egnp\x07' + 'x' * 99999
    for row in value['checks']:
        if row['check'] == 'tls':
            row.update(
                status='Failed',
                code='`reboot`',
                reason='\x1b]0;title\x07',
                detail=f'Bearer {token}',
                facts={'issuer': token, 'protocol': {'a': [1]}},
            )
    path = laptop.with_name('hostile.json')
    path.write_text(json.dumps(value), encoding='utf-8')
    for output in ('json', 'table'):
        finished = compare(sandbox, laptop, path, '-o', output)
        assert finished.code == 1 and token not in finished.stdout + finished.stderr
        assert 'error show' not in finished.stderr and len(finished.stdout) < 20_000


REJECTED = {
    'one file': ('{good}', 'requires exactly two files, but 1 is specified'),
    'three files': ('{good} {good} {good}', 'requires exactly two files, but 3 are specified'),
    'twice': ('{good} {good}', 'is specified twice'),
    'standard input twice': ('- -', 'Standard input is specified twice'),
    'missing': ('{good} /nosuch', "'/nosuch' doesn't exist"),
    'folder': ('{good} /', "'/' can't be read"),
    'device': ('{good} /dev/zero', "'/dev/zero' can't be read"),
    'empty name': ("{good} ''", 'A value of --files is empty'),
    'empty': ('{good} /dev/null', "'/dev/null' can't be read"),
    'no input': ('{good} -', 'Standard input is empty'),
    'table': ('{good} {table}', "isn't JSON: the error is in line 1, column 1"),
    'part': ('{good} {part}', "isn't a result of `az acrhealth check`"),
    'version': ('{good} {version}', "is in version 9.9 of the result's format"),
    'large': ('{good} {large}', 'is larger than 64 MiB'),
}


@pytest.mark.parametrize('name', REJECTED)
def test_what_is_rejected(sandbox: Sandbox, tmp_path: pathlib.Path, name: str) -> None:
    files = {key: tmp_path / key for key in ('good', 'table', 'part', 'version', 'large')}
    rows = [{'check': 'dns', 'status': 'Passed'}]
    files['good'].write_text(json.dumps({'schemaVersion': '1.0', 'checks': rows}))
    files['table'].write_text('Check    Status\n-------  ------\ndns      Passed\n')
    files['part'].write_text(json.dumps(rows))
    files['version'].write_text(json.dumps({'schemaVersion': '9.9', 'checks': rows}))
    with files['large'].open('wb') as stream:
        stream.truncate(64 * 1024 * 1024 + 1)
    line, message = REJECTED[name]
    finished = compare(sandbox, *shlex.split(line.format(**files)))
    assert (finished.code, finished.stdout) == (1, ''), finished.stdout
    error, *advice = finished.stderr.splitlines()
    assert error.startswith('ERROR: ') and message in error and advice


def test_no_file(sandbox: Sandbox) -> None:
    finished = sandbox.az('acrhealth', 'compare', login=False)
    assert (finished.code, finished.stdout) == (2, '') and '--files' in finished.stderr
