# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A machine in a bad state: junk in variables and files, full or read-only folders, bad names."""

from __future__ import annotations

import json
import os
import pathlib

import pytest

from tests.acceptance.codes import HOST, SLACK
from tests.acceptance.components import lacks
from tests.acceptance.runs import assert_clean, check
from tests.sandbox.control.sandbox import Finished, Sandbox, az_command

JUNK = '\x1b[2J\u202e$(id)`;\'"%s{0}'
BASE = ('acrhealth', 'check', '-n', 'contoso', '--skip', 'environment')


def assert_ended(sandbox: Sandbox, finished: Finished, seconds: float = 60) -> None:
    """Assert that a run ended with a report or an error, in time and with clean output."""
    assert_clean(sandbox, finished)
    assert finished.code in (0, 1, 2) and finished.seconds < seconds
    assert finished.stdout or finished.stderr.startswith('ERROR: '), finished.stderr
    assert 'UNEXPECTED_ERROR' not in finished.stdout + finished.stderr


@pytest.mark.parametrize(
    'variables',
    [
        {'HTTPS_PROXY': JUNK},
        {'HTTPS_PROXY': 'http://'},
        {'HTTPS_PROXY': 'http://joe:gehe\udce4m@proxy.sandbox.test:3128'},
        {'NO_PROXY': 'joe:gehe\udce4m@contoso.azurecr.test', 'DOCKER_HOST': 'tcp://\udce4@x:1'},
        {'HTTPS_PROXY': 'http://[::1'},
        {'HTTPS_PROXY': 'ftp://x:99999'},
        {'HTTPS_PROXY': 'socks5://127.0.0.1:1'},
        {'HTTPS_PROXY': 'http://proxy.sandbox.test:3128', 'NO_PROXY': JUNK},
        {'NO_PROXY': '*,,[::,10.0.0.0/99'},
        {'REQUESTS_CA_BUNDLE': JUNK},
        {'REQUESTS_CA_BUNDLE': '/dev/null'},
        {'REQUESTS_CA_BUNDLE': '/etc'},
        {'SSL_CERT_FILE': JUNK},
        {'DOCKER_HOST': JUNK},
        {'AZURE_CLOUD_NAME': 'NoSuchCloud'},
        {'AZURE_DEFAULTS_ACR': JUNK},
        {'AZURE_CORE_OUTPUT': JUNK},
        {'AZURE_ACR_AUDIENCE_RESOURCE': JUNK},
        {'LC_ALL': 'C', 'PYTHONIOENCODING': 'ascii'},
        {'LC_ALL': 'xx_YY', 'PYTHONIOENCODING': 'cp1252'},
        {'COLUMNS': '1'},
        {'COLUMNS': JUNK},
        {'HOME': '/nowhere'},
        {'TMPDIR': '/nowhere'},
        {'TZ': JUNK},
        {'PATH': JUNK},
    ],
    ids=lambda variables: ' '.join(
        f'{name}={value[:12].encode("unicode_escape").decode()}'
        for name, value in variables.items()
    ),
)
def test_variables(sandbox: Sandbox, variables: dict[str, str]) -> None:
    assert_ended(sandbox, sandbox.az(*BASE, '-o', 'json', '--timeout', '5', env=variables))


@pytest.mark.parametrize(
    'text',
    [
        f'[defaults]\nacr = {JUNK}\n',
        '[defaults]\nacr =\n',
        f'[acrhealth]\nx = {JUNK}\n[acr]\nx = {JUNK}\n',
        '[core]\noutput = nonsense\n',
        'no ini at all\n',
        '[defaults\nacr = contoso\n',
        '[defaults]\nacr = %(x)s\n',
        '\x00\x01',
        '[core]\nonly_show_errors = perhaps\ndisable_progress_bar = 7\n',
    ],
    ids=lambda text: text[:20].encode('unicode_escape').decode(),
)
def test_config_files(sandbox: Sandbox, tmp_path: pathlib.Path, text: str) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    (config / 'config').write_text(text, encoding='utf-8')
    finished = sandbox.az(*BASE, '-o', 'json', config=config)
    # The CLI fails with a traceback of its own for files that it can't read, before any extension
    # is loaded.
    if sandbox.az('version', config=config).code == 0:
        assert_ended(sandbox, finished)


@pytest.mark.parametrize(
    'address',
    [
        '0.0.0.0',
        '::',
        '127.255.255.254',
        '255.255.255.255',
        '224.0.0.1',
        'ff02::1',
        'fe80::1',
        '169.254.169.254',
        '::ffff:127.0.0.66',
        '240.0.0.1',
    ],
)
def test_odd_addresses(sandbox: Sandbox, address: str) -> None:
    sandbox.set_dns(HOST, **{'aaaa' if ':' in address else 'a': [address]})
    run = check(sandbox, '-n', 'contoso', '--timeout', '3')
    assert run.statuses()['dns'] in ('Passed', 'Warning', 'Failed')
    assert run.finished.seconds < 3 + SLACK and 'UNEXPECTED_ERROR' not in run.finished.stdout
    # All loopback addresses reach the sandbox, whose certificate is valid.
    if address not in ('0.0.0.0', '::'):
        assert run.finished.code == 1 and not sandbox.requests('exchange')


def test_a_thousand_addresses(sandbox: Sandbox) -> None:
    sandbox.set_dns(HOST, a=[f'127.1.{number // 250}.{number % 250 + 1}' for number in range(1000)])
    run = check(sandbox, '-n', 'contoso', '--timeout', '5')
    assert (
        run.finished.seconds < 5 + SLACK
        and run.finished.code == 1
        and 'UNEXPECTED_ERROR' not in run.finished.stdout
    )
    assert max(len(row['detail']) for row in run.report['checks']) < 1000


@pytest.mark.parametrize(
    'name',
    [
        '\x1b[31mred.example.test',
        'under_score.example.test',
        '.'.join(['a' * 60] * 4),
        '-dash-.example.test',
        '$(id).example.test',
        'a b.example.test',
    ],
)
def test_odd_canonical_names(sandbox: Sandbox, name: str) -> None:
    sandbox.set_dns(HOST, a=['127.0.0.1'], cname=[name])
    run = check(sandbox, '-n', 'contoso')
    assert run.finished.code in (0, 1) and not [
        text for row in run.report['checks'] for text in row['solutions'] if '$(id)' in text
    ]


@pytest.mark.parametrize('form', ['json', 'jsonc', 'yaml', 'yamlc', 'table', 'tsv', 'none'])
def test_hostile_responses_in_every_format(sandbox: Sandbox, form: str) -> None:
    sandbox.set_fault('exchange@contoso', 'escape:400')
    finished = sandbox.az(*BASE, '-o', form)
    texts = finished.stderr if form in ('jsonc', 'yamlc') else finished.stdout + finished.stderr
    assert finished.code == 1 and 'Traceback' not in finished.stderr
    for odd in ('\x1b', '\x9b', '\u202e', '\x07'):
        assert odd not in texts
    assert (
        '\x1b]' not in finished.stdout
        and '\x1b[2J' not in finished.stdout
        and '\u202e' not in finished.stdout
    )


@pytest.mark.parametrize('variable', ['AZURE_CONFIG_DIR', 'HOME', 'TMPDIR'])
def test_full_disk(sandbox: Sandbox, tmp_path: pathlib.Path, variable: str) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    disk = tmp_path / 'disk'
    disk.mkdir()
    mounted = sandbox.run(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'none', str(disk)])
    if mounted.code != 0:
        lacks('no file system can be mounted here')
    try:
        sandbox.run(
            ['sh', '-c', f'cp -r {config} {disk}/config; dd if=/dev/zero of={disk}/full bs=1k']
        )
        folder = str(disk / 'config') if variable == 'AZURE_CONFIG_DIR' else str(disk)
        finished = sandbox.az(*BASE, '-o', 'json', config=config, env={variable: folder})
        if variable == 'AZURE_CONFIG_DIR':
            # The CLI's log of commands then prints a traceback of its own with every command, and
            # the result stands.
            assert (
                json.loads(finished.stdout)['summary']['passed']
                and 'UNEXPECTED_ERROR' not in finished.stdout
            )
        else:
            assert_ended(sandbox, finished)
    finally:
        sandbox.run(['umount', str(disk)])


@pytest.mark.parametrize('mode', [0o000, 0o555])
def test_forbidden_config_dir(sandbox: Sandbox, tmp_path: pathlib.Path, mode: int) -> None:
    if os.geteuid() != 0:
        lacks('only root can become another user here')
    config = sandbox.config_dir(tmp_path / 'config')
    config.chmod(mode)
    # Without these capabilities root is a user like others: modes count.
    env = sandbox.cli_environment(config)
    weak = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search', *az_command()]
    finished, plain = (
        sandbox.run([*weak, *BASE, '-o', 'json'], env=env),
        sandbox.run([*weak, 'version'], env=env),
    )
    config.chmod(0o755)
    if plain.code == 0:
        assert_ended(sandbox, finished)
    else:
        assert finished.code == plain.code


@pytest.mark.parametrize('user', ['alice', None, ['alice'], 7])
def test_a_profile_that_the_cli_did_not_write(
    sandbox: Sandbox, tmp_path: pathlib.Path, user: object
) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    file = config / 'azureProfile.json'
    profile = json.loads(file.read_text(encoding='utf-8-sig'))
    for account in profile['subscriptions']:
        account['user'] = user
    file.write_text(json.dumps(profile), encoding='utf-8')
    finished = sandbox.az(*BASE, '-o', 'json', config=config)
    assert_ended(sandbox, finished)
    reasons = {row['check']: row['reason'] for row in finished.json['checks']}
    assert reasons['login-server'] == reasons['refresh-token'] == 'InvalidProfile'
