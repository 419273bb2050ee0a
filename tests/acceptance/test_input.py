# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Bad input is refused before any check runs: what is wrong, what to do, nothing on standard output, no request."""

from __future__ import annotations

import pathlib
import sys

import pytest

from tests.acceptance.runs import clean
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

CONTOSO = ('-n', 'contoso')
SECRET = 'hunter2-Zx9'
VNET_ID = cloud.resource_id('rg-network', 'Microsoft.Network/virtualNetworks', 'vnet1')
# Arguments, what the message says, what it recommends.
REFUSED = [
    # Names
    (('-n', ''), 'An empty value does not name a registry', 'Give a name (myregistry)'),
    (('-n', ' '), 'An empty value does not name a registry', 'Give a name (myregistry)'),
    (('-n', 'contoso', ''), 'An empty value does not name a registry', 'Give a name (myregistry)'),
    (('-n', 'abcd'), "'abcd' is not a registry name", '5 to 50 letters and digits'),
    (('-n', 'a' * 51), 'is not a registry name', 'Give a name (myregistry)'),
    (('-n', 'con_toso'), "'con_toso' is not a registry name", 'Give a name (myregistry)'),
    (('-n', 'contoso;id'), "'contoso;id' is not a registry name", 'Give a name (myregistry)'),
    (('-n', 'contoso,basicreg'), 'is not a registry name', 'Use --name contoso basicreg'),
    (('-n', 'contoso@evil.example.test'), 'is not a host name', 'without scheme, port or path'),
    (
        ('-n', 'https://contoso.azurecr.test'),
        'holds a scheme beside the name',
        'Use --name contoso.azurecr.test',
    ),
    (
        ('-n', 'contoso.azurecr.test:443'),
        'holds a port beside the name',
        'Use --name contoso.azurecr.test',
    ),
    (
        ('-n', 'contoso.azurecr.test/hello'),
        'holds a path beside the name',
        'Use --name contoso.azurecr.test',
    ),
    (
        ('-n', 'contoso.azurecr.test.'),
        'holds a dot at its end beside the name',
        'Use --name contoso.azurecr.test',
    ),
    (('-n', '10.0.0.1'), 'is not a host name', 'without scheme, port or path'),
    (('-n', 'contoso..azurecr.test'), 'is not a host name', 'without scheme, port or path'),
    (('-n', 'contoso.azurecr.test\nx'), 'is not a host name', 'without scheme, port or path'),
    (('-n', 'k\u00f6nig.azurecr.test'), 'is not a host name', 'without scheme, port or path'),
    (('-n', VNET_ID), 'is not the resource id of a container registry', 'a resource id'),
    (
        ('-n', cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, '../x')),
        'is not the resource id',
        'a resource id',
    ),
    (
        ('-n', cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'contoso'), '-g', 'rg-other'),
        'lies in the resource group rg-apps, but --resource-group says rg-other',
        'Give a name (myregistry)',
    ),
    ((*CONTOSO, '-g', ''), 'The value of --resource-group is empty', 'a variable may be unset'),
    # Repositories and rights
    (
        (*CONTOSO, '--repository', ''),
        'The value of --repository is empty',
        'a variable may be unset',
    ),
    ((*CONTOSO, '--repository', 'hello:v1'), "'hello:v1' holds a tag", 'Use --repository hello'),
    (
        (*CONTOSO, '--repository', 'hello@sha256:' + 'a' * 64),
        'holds a digest',
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'hello:v1@sha256:' + 'a' * 64),
        'holds a tag and a digest',
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'Hello'),
        "'Hello' is not a repository name",
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'Hello World'),
        "'Hello World' is not a repository name",
        'team/app',
    ),
    ((*CONTOSO, '--repository', 'a//b'), "'a//b' is not a repository name", 'team/app'),
    ((*CONTOSO, '--repository', '/hello'), "'/hello' is not a repository name", 'team/app'),
    ((*CONTOSO, '--repository', 'a b'), "'a b' is not a repository name", 'team/app'),
    (
        (*CONTOSO, '--repository', 'a&scope=registry:catalog:*'),
        'is not a repository name',
        'team/app',
    ),
    ((*CONTOSO, '--repository', 'a' * 256), 'is not a repository name', 'team/app'),
    (
        (*CONTOSO, '--repository', 'contoso.azurecr.test/hello'),
        "holds the registry's host",
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'contoso.azurecr.io/team/app:v1'),
        "holds the registry's host and a tag",
        'Use --repository team/app',
    ),
    (('--repository', 'hello'), '--repository belongs to a registry', 'Name it with --name.'),
    (
        ('-n', 'contoso', 'basicreg', '--repository', 'hello'),
        '--repository takes one registry, but 2 are named',
        'once for each registry',
    ),
    (
        (*CONTOSO, '--need', 'pull'),
        'but no repository is named',
        'Name one with --repository or --image.',
    ),
    # Images and platforms
    ((*CONTOSO, '-t', ''), 'The value of --image is empty', 'a variable may be unset'),
    ((*CONTOSO, '-t', 'Hello:v1'), "'Hello' is not a repository name", 'team/app:v1'),
    ((*CONTOSO, '-t', 'hello:'), "'' is not a tag", 'team/app:v1'),
    ((*CONTOSO, '-t', 'hello@sha256:abc'), "'sha256:abc' is not a digest", 'team/app:v1'),
    ((*CONTOSO, '-t', 'sha256:' + 'a' * 64), 'names no repository', 'team/app:v1'),
    (('-t', 'hello:v1'), '--image belongs to a registry', 'Name it with --name.'),
    (('-t', 'contoso.azurecr.test'), 'no repository in it', 'contoso.azurecr.test/team/app:v1'),
    (('-t', 'contoso.azurecr.test:443/hello'), 'holds a port', 'without a port'),
    (
        ('-t', 'localhost/hello'),
        "'localhost' is no login server",
        'myregistry.azurecr.io/team/app:v1',
    ),
    (
        (*CONTOSO, '-t', 'basicreg.azurecr.test/hello'),
        'but --name says contoso',
        'Leave --name out',
    ),
    (
        ('-n', 'contoso', 'basicreg', '-t', 'hello'),
        '--image takes one registry, but 2',
        'once for each registry',
    ),
    (
        (*CONTOSO, '-t', 'hello', '--repository', 'other'),
        '--repository says other',
        'Leave --repository out.',
    ),
    ((*CONTOSO, '--platform', 'linux/arm64'), 'but no image is named', 'Name one with --image.'),
    ((*CONTOSO, '-t', 'hello', '--platform', 'arm64'), "'arm64' is no platform", 'linux/arm64'),
    # Logins
    (
        (*CONTOSO, '-u', 'bob'),
        '--username needs a password, and nothing is ever asked',
        '--password-stdin',
    ),
    (
        (*CONTOSO, '-p', SECRET),
        'A password is given, but no user name',
        'Name the user with --username.',
    ),
    (
        (*CONTOSO, '--password-stdin'),
        'A password is given, but no user name',
        'Name the user with --username.',
    ),
    (
        (*CONTOSO, '-u', '', '-p', SECRET),
        'The value of --username is empty',
        'a variable may be unset',
    ),
    ((*CONTOSO, '-u', 'bob\n', '-p', SECRET), 'or holds a line break', 'Give the name alone'),
    ((*CONTOSO, '-u', 'bob', '-p', ''), 'The password is empty', 'a variable may be unset'),
    (
        (*CONTOSO, '-u', 'bob', '-p', f'{SECRET}\n'),
        'The password holds a line break',
        'Give the password alone',
    ),
    (
        (*CONTOSO, '-u', 'bob', '-p', SECRET, '--password-stdin'),
        'given twice',
        'Leave --password out',
    ),
    (('-u', 'bob', '-p', SECRET), '--username belongs to a registry', 'Name it with --name.'),
    # Virtual networks
    (('--vnet', 'vnet1'), '--vnet belongs to a registry', 'Name it with --name.'),
    (
        ('-n', 'contoso', 'basicreg', '--vnet', 'vnet1'),
        '--vnet takes one registry, but 2',
        'once for each registry',
    ),
    ((*CONTOSO, '--vnet', ''), 'The value of --vnet is empty', 'a variable may be unset'),
    (
        (*CONTOSO, '--vnet', 'a/b'),
        "'a/b' is neither a virtual network's name nor",
        'az network vnet list',
    ),
    ((*CONTOSO, '--vnet', f'{VNET_ID}/subnets/default'), 'is neither', 'az network vnet list'),
    # Time
    *(
        (
            (*CONTOSO, f'--timeout={value}'),
            'must be a positive number of seconds',
            'Leave it out to use 60 seconds',
        )
        for value in ('0', '-1', 'nan', 'inf')
    ),
    # What to run
    (
        (*CONTOSO, '--only', 'dns', '--skip', 'DNS'),
        'dns cannot be in both --only and --skip',
        'Leave it out of one',
    ),
    (
        ('--only', 'dns'),
        '--only names checks of a registry (dns), but no registry is named',
        'Name it with --name.',
    ),
    (('--skip', 'environment'), 'Nothing is left to check', '--name'),
    (
        (*CONTOSO, '--strict', '--ignore-errors'),
        '--strict and --ignore-errors contradict',
        'Use --strict',
    ),
]
# What the shell does with the standard input, what the message says, what it recommends.
PIPED = [
    (
        '',
        'The password is empty',
        'Give --username and a password',
    ),  # the tests' own standard input is empty
    ('<&-', 'nothing is piped into it', '| az acrhealth check'),
    ('</dev/zero', 'too long for a password', '| az acrhealth check'),
    (f'<<.\n{SECRET}\xff\n.\n', 'is no text', '| az acrhealth check'),
    (f'<<.\n{SECRET}\n{SECRET}\n.\n', 'holds a line break', 'Give the password alone'),
]
# What the parser refuses: arguments, what it says.
UNPARSED = [
    (('--need', 'pul', '--repository', 'hello'), 'pul'),
    (('--timeout', 'soon'), 'soon'),
    (('--name',), 'expected at least one argument'),
    (('--repository',), 'expected one argument'),
    (('--nosuch',), '--nosuch'),
    (('--only',), 'expected at least one argument'),
    (('--image',), 'expected one argument'),
    (('--username', 'bob', '--password'), 'expected one argument'),
    (('--username', 'bob', '--password', f'-{SECRET}'), 'expected one argument'),
]


def named(cases: list[tuple[tuple[str, ...], str, str]]) -> list[str]:
    """Name each case by its arguments."""
    return [' '.join(arguments)[-60:].replace('\n', ' ') for arguments, *_ in cases]


@pytest.mark.parametrize('arguments, message, advice', REFUSED, ids=named(REFUSED))
def test_refused(sandbox: Sandbox, arguments: tuple[str, ...], message: str, advice: str) -> None:
    done = sandbox.az('acrhealth', 'check', *arguments, '-o', 'json')
    assert (done.code, done.stdout) == (1, '')
    assert done.stderr.startswith('ERROR: ') and message in done.stderr and advice in done.stderr
    assert (
        'Traceback' not in done.stderr and 'usage:' not in done.stderr and SECRET not in done.stderr
    )
    assert (
        sandbox.requests() == []
        and sandbox.connections()['accepted'] == {}
        and sandbox.dns_queries() == []
    )


@pytest.mark.parametrize('how, message, advice', PIPED)
def test_standard_input(
    sandbox: Sandbox, tmp_path: pathlib.Path, how: str, message: str, advice: str
) -> None:
    script = tmp_path / 'script'
    script.write_bytes(f'"$@" {how}\n'.encode('latin-1'))
    environment = {
        'AZURE_CONFIG_DIR': str(sandbox.config_dir(tmp_path / 'config')),
        'AZURE_EXTENSION_DIR': str(sandbox.extension_dir),
    }
    done = sandbox.run(
        [
            'sh',
            str(script),
            sys.executable,
            '-m',
            'azure.cli',
            'acrhealth',
            'check',
            *CONTOSO,
            '-u',
            'bob',
            '--password-stdin',
            '-o',
            'json',
        ],
        env=environment,
    )
    clean(sandbox, done)
    assert (
        (done.code, done.stdout) == (1, '') and message in done.stderr and advice in done.stderr
    ), done.stderr
    assert SECRET not in done.stderr and sandbox.requests() == []


def test_a_pipe_that_nobody_closes(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    environment = {
        'AZURE_CONFIG_DIR': str(sandbox.config_dir(tmp_path / 'config')),
        'AZURE_EXTENSION_DIR': str(sandbox.extension_dir),
    }
    # Opened for both ways, a pipe is its own writer.
    done = sandbox.run(
        [
            'sh',
            '-c',
            'mkfifo "$0" && "$@" <>"$0"',
            str(tmp_path / 'pipe'),
            sys.executable,
            '-m',
            'azure.cli',
            'acrhealth',
            'check',
            *CONTOSO,
            '-u',
            'bob',
            '--password-stdin',
            '--timeout',
            '0.5',
        ],
        env=environment,
    )
    clean(sandbox, done)
    assert (done.code, done.stdout) == (
        1,
        '',
    ) and 'did not end within 0.5 seconds' in done.stderr, done.stderr
    assert done.seconds < 20


@pytest.mark.parametrize('arguments, message', UNPARSED)
def test_not_parsed(sandbox: Sandbox, arguments: tuple[str, ...], message: str) -> None:
    done = sandbox.az('acrhealth', 'check', *CONTOSO, *arguments)
    clean(sandbox, done)
    assert (
        (done.code, done.stdout) == (2, '') and message in done.stderr and SECRET not in done.stderr
    )
    assert sandbox.requests() == []


def test_sample_image(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    with (config / 'config').open('a', encoding='ascii') as settings:
        settings.write('[acrhealth]\nsample_image = --privileged evil; id\n')
    done = sandbox.az('acrhealth', 'check', '--yes', config=config)
    assert (done.code, done.stdout) == (1, '') and 'acrhealth.sample_image' in done.stderr
    assert 'az config set acrhealth.sample_image=' in done.stderr


def test_default_registry_that_is_none(sandbox: Sandbox) -> None:
    done = sandbox.az('acrhealth', 'check', env={'AZURE_DEFAULTS_ACR': 'not a registry'})
    assert (
        (done.code, done.stdout) == (1, '')
        and "'not a registry'" in done.stderr
        and sandbox.requests() == []
    )


@pytest.mark.parametrize(
    'arguments',
    [
        (*CONTOSO, '--timeout', '60.5', '--repository', 'a/b-c__d.e', '--need', 'pull'),
        (*CONTOSO, '--vnet', 'vnet.1_x-'[:-1]),
        (*CONTOSO, '--vnet', f'{VNET_ID}/'),
    ],
)
def test_taken(sandbox: Sandbox, arguments: tuple[str, ...]) -> None:
    done = sandbox.az('acrhealth', 'check', *arguments, '--only', 'login-server', '-o', 'json')
    assert done.code == 0 and done.json['checks'][0]['status'] == 'Passed'
