# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What says what is pulled, and by whom: what is refused, and what becomes of the rest."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.cli.core.azclierror import (
    ArgumentUsageError,
    InvalidArgumentValueError,
    MutuallyExclusiveArgumentError,
    RequiredArgumentMissingError,
)

from azext_acrhealth.arguments.image_references import own_platform
from azext_acrhealth.options import NEEDS, Image, Target
from tests.our_cli import az, fixture_settings, refusal, validated  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')

BAD, MISSING, AGAINST = (
    InvalidArgumentValueError,
    RequiredArgumentMissingError,
    MutuallyExclusiveArgumentError,
)
SHA = 'sha256:' + 'a' * 64
HOST, MY = 'myregistry.azurecr.io', ('-n', 'myregistry')
ID = (
    '/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/Group/providers'
    '/Microsoft.ContainerRegistry/registries/myregistry'
)
SECRET = 'hunter2-Zx9'

# Arguments, the kind of the error, what it says, what it recommends.
REFUSED: tuple[tuple[tuple[str, ...], type[Exception], str, str], ...] = (
    # Images
    (
        (*MY, '-t', ''),
        BAD,
        'The value of --image is empty. A variable might be unset',
        'Specify a value for --image',
    ),
    ((*MY, '-t', ' '), BAD, 'The value of --image is empty', 'Specify a value for --image'),
    ((*MY, '-t', ':v1'), BAD, "':v1' doesn't name a repository", 'team/app:v1'),
    ((*MY, '-t', 'App:v1'), BAD, 'names are lowercase', 'team/app:v1'),
    ((*MY, '-t', 'app:'), BAD, "'' isn't a tag", 'team/app:v1'),
    ((*MY, '-t', 'app@sha256:abc'), BAD, "'sha256:abc' isn't a digest", 'team/app:v1'),
    ((*MY, '-t', SHA), BAD, "doesn't name a repository", 'team/app:v1'),
    ((*MY, '-t', 'app\x1b[31m'), BAD, "isn't a repository name", 'team/app:v1'),
    ((*MY, '-t', '\udcff'), BAD, "isn't a repository name", 'team/app:v1'),
    (
        ('-t', 'team/app:v1'),
        MISSING,
        '--image requires a registry, but none is specified',
        'Specify the registry with --name',
    ),
    (
        ('-n', 'onereg', 'tworeg', '-t', 'app'),
        ArgumentUsageError,
        '--image requires exactly one registry, but 2',
        'once for each',
    ),
    (
        (*MY, '-t', HOST),
        BAD,
        f'names the registry {HOST}, but no repository',
        f'{HOST}/team/app:v1',
    ),
    (
        ('-t', f'{HOST}:v1'),
        BAD,
        f'names the registry {HOST}, but no repository',
        f'{HOST}/team/app:v1',
    ),
    (('-t', f'{HOST}/'), BAD, "doesn't name a repository", 'team/app:v1'),
    # Pushing
    (
        (*MY, '--push'),
        MISSING,
        '--push requires a repository, but none is specified',
        'with --repository or --image',
    ),
    (('--push',), MISSING, '--push requires a repository', 'with --repository or --image'),
    (
        ('-n', 'onereg', 'tworeg', '--repository', 'app', '--push'),
        ArgumentUsageError,
        '--repository requires exactly one registry',
        'once for each',
    ),
    (
        (*MY, '--repository', 'app', '--push-size', '200M'),
        MISSING,
        '--push-size requires --push',
        'Add --push, or omit --push-size',
    ),
    (
        (*MY, '--repository', 'app', '--push', '--push-size', ''),
        BAD,
        'The value of --push-size is empty',
        'Specify a value for --push-size',
    ),
    *(
        (
            (*MY, '--repository', 'app', '--push', f'--push-size={size}'),
            BAD,
            f"'{size}' isn't a size for --push-size: it must be between 1 byte and 10G",
            'such as 200M',
        )
        for size in ('0', '-1', '0M', '11G', '10241M', '1.5G', '200X', 'M', '1e9', '9' * 99, '٣M')
    ),
    # The host of an image
    (('-t', f'{HOST}:443/app'), BAD, 'includes a port', 'without a port'),
    (
        ('-t', 'localhost/app'),
        BAD,
        "'localhost' isn't a login server",
        'myregistry.azurecr.io/team/app:v1',
    ),
    (('-t', 'localhost:5000/app'), BAD, "'localhost:5000' isn't a login server", 'without a port'),
    (
        ('-t', '10.0.0.1/app'),
        BAD,
        "The host in the image reference isn't a registry",
        'myregistry.azurecr.io/team/app:v1',
    ),
    (
        ('-t', '../app'),
        BAD,
        "The host in the image reference isn't a registry",
        'myregistry.azurecr.io/team/app:v1',
    ),
    (
        ('-t', 'a b.test/app'),
        BAD,
        "The host in the image reference isn't a registry",
        'myregistry.azurecr.io/team/app:v1',
    ),
    (
        (*MY, '-t', 'otherreg.azurecr.io/app'),
        AGAINST,
        'is in otherreg.azurecr.io, but --name is myregistry',
        'Omit --name',
    ),
    (
        ('-n', HOST, '-t', 'otherreg.azurecr.io/app'),
        AGAINST,
        f'but --name is {HOST}',
        'Omit --name',
    ),
    (
        ('-n', HOST, '-t', 'myregistry.azurecr.cn/app'),
        AGAINST,
        f'but --name is {HOST}',
        'Omit --name',
    ),
    (
        ('-n', ID, '-t', 'otherreg.azurecr.io/app'),
        AGAINST,
        'but --name is myregistry',
        'Omit --name',
    ),
    (
        ('-n', 'onereg', 'tworeg', '-t', 'onereg.azurecr.io/app'),
        AGAINST,
        'but --name is tworeg',
        'Omit --name',
    ),
    # Platforms
    (
        (*MY, '--platform', 'linux/arm64'),
        MISSING,
        'but none is specified',
        'Specify the image with --image',
    ),
    (
        ('--platform', 'linux/arm64'),
        MISSING,
        'but none is specified',
        'Specify the image with --image',
    ),
    *(
        ((*MY, '-t', 'app', '--platform', text), BAD, f"'{text}' isn't a platform", 'linux/amd64')
        for text in (
            'linux',
            'amd64',
            'linux/',
            'linux/arm/7',
            'linux/amd64,linux/arm64',
            '$(id)/x',
        )
    ),
    (
        (*MY, '-t', 'app', '--platform', ''),
        BAD,
        'The value of --platform is empty',
        'Specify a value for --platform',
    ),
    # Repositories and rights
    (
        (*MY, '-t', 'team/app:v1', '--repository', 'other'),
        AGAINST,
        '--image is in the repository team/app, but --repository is other',
        'Omit --repository',
    ),
    (
        (*MY, '-t', 'app:v1', '--repository', 'app:v1'),
        BAD,
        "'app:v1' includes a tag",
        'Use --repository app',
    ),
    (
        (*MY, '--need', 'pull'),
        MISSING,
        '--need requires a repository',
        'Specify the repository with --repository or --image',
    ),
    # Pushing
    # Logins
    (
        (*MY, '-u', '', '-p', SECRET),
        BAD,
        'The value of --username is empty',
        'Specify a value for --username',
    ),
    (
        (*MY, '-u', 'bob'),
        MISSING,
        '--username requires a password, and the command never prompts',
        '--password-stdin',
    ),
    (
        (*MY, '-p', SECRET),
        MISSING,
        'A password requires a user name',
        'Specify the user name with --username',
    ),
    (
        (*MY, '-p', ''),
        MISSING,
        'A password requires a user name',
        'Specify the user name with --username',
    ),
    (
        (*MY, '--password-stdin'),
        MISSING,
        'A password requires a user name',
        'Specify the user name with --username',
    ),
    (
        (*MY, '-u', 'bob', '-p', SECRET, '--password-stdin'),
        AGAINST,
        "--password and --password-stdin can't be used together",
        'Omit --password',
    ),
    (
        (*MY, '-p', SECRET, '--password-stdin'),
        AGAINST,
        "--password and --password-stdin can't be used together",
        'Omit --password',
    ),
    (
        ('-u', 'bob', '-p', SECRET),
        MISSING,
        '--username requires a registry',
        'Specify the registry with --name',
    ),
    (
        ('-n', 'onereg', 'tworeg', '-u', 'bob', '-p', SECRET),
        ArgumentUsageError,
        '2 are specified',
        'once for each',
    ),
    *(
        (
            (*MY, '-u', name, '-p', SECRET),
            BAD,
            'The value of --username starts or ends',
            'Specify only the name',
        )
        for name in ('bob\n', ' bob', 'bob ', 'b\nob', 'bob\r', '\udcff', 'b\x00')
    ),
    *(
        (
            (*MY, '-u', 'bob', '-p', word),
            BAD,
            'The password is empty',
            'Specify --username and a password, or neither',
        )
        for word in ('', ' ', '\n')
    ),
    *(
        (
            (*MY, '-u', 'bob', '-p', word),
            BAD,
            'The password contains a line break',
            'Specify only the password',
        )
        for word in (
            f'{SECRET}\n',
            f'{SECRET}\r',
            f'{SECRET}\n{SECRET}',
            f'{SECRET}\udcff',
            f'{SECRET}\x00',
        )
    ),
)


@pytest.mark.parametrize('args, kind, why, advice', REFUSED)
def test_what_is_refused(
    args: tuple[str, ...], kind: type[Exception], why: str, advice: str
) -> None:
    error = refusal(*args)
    assert type(error) is kind
    assert why in str(error) and any(advice in one for one in error.recommendations)
    said = f'{error!r} {error} {error.recommendations}'
    assert SECRET not in said and str(error).isprintable() and len(str(error)) <= 1000


@pytest.mark.parametrize('args, kind, why, advice', [REFUSED[0], REFUSED[20], REFUSED[-1]])
def test_a_refusal_ends_the_command_and_prints_nothing(
    args: tuple[str, ...], kind: type[Exception], why: str, advice: str, capsys: Any
) -> None:
    ended = az('acrhealth', 'check', *args)
    assert (ended.status, ended.stdout) == (1, '') and why in str(ended.error)
    assert SECRET not in ''.join(capsys.readouterr()) and type(ended.error) is kind and advice


@pytest.mark.parametrize(
    'args, image, targets',
    [
        (('-n', 'myregistry', '-t', 'team/app'), Image('team/app'), [Target('myregistry')]),
        (('-n', 'MyRegistry', '-t', 'app:v1'), Image('app', 'v1'), [Target('myregistry')]),
        (
            ('-n', ID, '-t', f'app@{SHA}'),
            Image('app', None, SHA),
            [Target('myregistry', None, 'Group', '00000000-0000-0000-0000-00000000000a', True)],
        ),
        # The image names its registry
        (
            ('-t', f'{HOST}/team/app:v1'),
            Image('team/app', 'v1', None, HOST),
            [Target('myregistry', HOST)],
        ),
        (
            ('-t', f'docker-pullable://{HOST}/app@{SHA}'),
            Image('app', None, SHA, HOST),
            [Target('myregistry', HOST)],
        ),
        (
            ('-t', f'{HOST}/app', '-g', 'rg'),
            Image('app', None, None, HOST),
            [Target('myregistry', HOST, 'rg', None, True)],
        ),
        (
            ('-t', 'myregistry-a1b2.azurecr.io/app'),
            Image('app', None, None, 'myregistry-a1b2.azurecr.io'),
            [Target('myregistry', 'myregistry-a1b2.azurecr.io')],
        ),
        # Both agree
        (
            ('-n', 'myregistry', '-t', f'{HOST}/app'),
            Image('app', None, None, HOST),
            [Target('myregistry')],
        ),
        (
            ('-n', 'myregistry', '-t', 'MyRegistry.AzureCR.io/app'),
            Image('app', None, None, 'MyRegistry.AzureCR.io'),
            [Target('myregistry')],
        ),
        (
            ('-n', HOST.upper(), '-t', f'{HOST}/app'),
            Image('app', None, None, HOST),
            [Target('myregistry', HOST.upper())],
        ),
        (
            ('-n', HOST, 'MYREGISTRY.azurecr.io', '-t', f'{HOST}/app'),
            Image('app', None, None, HOST),
            [Target('myregistry', HOST)],
        ),
        # A name or a resource whose login server has a label, or another region, in it
        (
            ('-n', 'myregistry', '-t', 'myregistry-a1b2.azurecr.io/app'),
            Image('app', None, None, 'myregistry-a1b2.azurecr.io'),
            [Target('myregistry', 'myregistry-a1b2.azurecr.io')],
        ),
        (
            ('-n', ID, '-t', 'myregistry-a1b2.azurecr.io/app'),
            Image('app', None, None, 'myregistry-a1b2.azurecr.io'),
            [
                Target(
                    'myregistry',
                    'myregistry-a1b2.azurecr.io',
                    'Group',
                    '00000000-0000-0000-0000-00000000000a',
                    True,
                )
            ],
        ),
        (
            ('-n', 'myregistry', '-t', 'myregistry.eastus.geo.azurecr.io/app'),
            Image('app', None, None, 'myregistry.eastus.geo.azurecr.io'),
            [Target('myregistry', 'myregistry.eastus.geo.azurecr.io')],
        ),
    ],
)
def test_images_and_their_registries(
    args: tuple[str, ...], image: Image, targets: list[Target]
) -> None:
    options = validated(*args)
    assert (options.image, list(options.targets), options.repository) == (
        image,
        targets,
        image.repository,
    )
    assert (options.need, options.platform) == (('pull',), own_platform())


@pytest.mark.parametrize(
    'args, targets',
    [
        (('-t', 'app'), [Target('defaultone')]),
        (('-t', f'{HOST}/app'), [Target('myregistry', HOST)]),
        ((*MY, '-t', 'app'), [Target('myregistry')]),
        (('-u', 'bob', '-p', SECRET), [Target('defaultone')]),
    ],
)
def test_the_default_registry_serves_where_nothing_names_one(
    args: tuple[str, ...], targets: list[Target], settings: Path
) -> None:
    settings.write_text('[defaults]\nacr = DefaultOne\n')
    assert list(validated(*args).targets) == targets


def test_a_default_registry_that_is_none_is_nothing_to_an_image_that_names_its_own(
    settings: Path,
) -> None:
    settings.write_text('[defaults]\nacr = a_b\n')
    assert list(validated('-t', f'{HOST}/app').targets) == [Target('myregistry', HOST)]
    error = refusal('-t', 'app')
    assert type(error) is BAD and "'a_b' isn't a registry name" in str(error)
    assert 'defaults.acr' in error.recommendations[0]


@pytest.mark.parametrize(
    'typed, expected',
    [
        ('linux/arm64', 'linux/arm64'),
        ('Linux/AMD64', 'linux/amd64'),
        ('linux/arm/v7', 'linux/arm/v7'),
        ('windows/amd64', 'windows/amd64'),
        ('linux/aarch64', 'linux/arm64'),
    ],
)
def test_platforms(typed: str, expected: str) -> None:
    assert validated(*MY, '-t', 'app', '--platform', typed).platform == expected


def test_without_an_image_there_is_no_platform() -> None:
    assert validated(*MY).platform == '' and validated().platform == ''


@pytest.mark.parametrize(
    'args, need',
    [
        (('-t', 'app'), ['pull']),
        (('-t', 'app', '--repository', 'app'), ['pull']),
        (('--repository', 'app'), list(NEEDS)),
        (('-t', 'app', '--need', 'delete', 'PULL', '--need', 'delete'), ['delete', 'pull']),
    ],
)
def test_which_rights_count(args: tuple[str, ...], need: list[str]) -> None:
    options = validated(*MY, *args)
    assert (options.need, options.repository) == (tuple(need), 'app')


@pytest.mark.parametrize(
    'name', ['bob', 'my token', '00000000-0000-0000-0000-000000000001', 'b\xf6b', '-x-']
)
@pytest.mark.parametrize(
    'password', ['x', SECRET, ' a b ', 'p\xe4ss', '-p', '`$(id)`', 'x' * 20000]
)
def test_logins(name: str, password: str) -> None:
    options = validated(*MY, f'--username={name}', f'--password={password}')
    assert (options.username, options.password) == (name, password)


def test_nobody_is_named() -> None:
    options = validated(*MY)
    assert (options.username, options.password) == (None, None)


@pytest.fixture(name='pipe')
def fixture_pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Pipe bytes into this process, and close the pipe unless told."""
    ends: list[int] = []

    def make(content: bytes, closed: bool = True) -> None:
        far, near = os.pipe()
        monkeypatch.setattr(sys, 'stdin', io.TextIOWrapper(os.fdopen(far, 'rb'), encoding='utf-8'))
        os.write(near, content)
        if closed:
            os.close(near)
        else:
            ends.append(near)

    yield make
    for end in ends:
        os.close(end)


BY_PIPE = (*MY, '-u', 'bob', '--password-stdin')


@pytest.mark.parametrize(
    'content, password',
    [
        (b'hunter2-Zx9\n', SECRET),
        (b'hunter2-Zx9', SECRET),
        (b'hunter2-Zx9\r\n', SECRET),
        (b' a ', ' a '),
        (b'\xef\xbb\xbfhunter2-Zx9\r\n', SECRET),
        ('p\xe4ss\n'.encode(), 'p\xe4ss'),
        (b'x' * 16384, 'x' * 16384),
    ],
)
def test_a_password_that_is_piped_in(
    pipe: Callable[..., None], content: bytes, password: str
) -> None:
    pipe(content)
    assert validated(*BY_PIPE).password == password


@pytest.mark.parametrize(
    'content, why, advice',
    [
        (b'', 'The password is empty', 'a password, or neither'),
        (b'\n', 'The password is empty', 'a password, or neither'),
        (b'  \r\n', 'The password is empty', 'a password, or neither'),
        (b'hunter2-Zx9\xff', "isn't valid text", '--password-stdin'),
        (b'hunter2-Zx9' * 2000, 'is too long', '--password-stdin'),
        (b'hunter2-Zx9\n\n', 'contains a line break', 'Specify only the password'),
        (b'hunter2-Zx9\nx\n', 'contains a line break', 'Specify only the password'),
        (b'hunter2-Zx9\x00', 'contains a line break', 'Specify only the password'),
    ],
)
def test_what_is_piped_in_and_is_no_password(
    pipe: Callable[..., None], content: bytes, why: str, advice: str, capsys: Any
) -> None:
    pipe(content)
    error = refusal(*BY_PIPE)
    assert type(error) is BAD and why in str(error) and advice in error.recommendations[0]
    assert SECRET not in f'{error!r}{error}{error.recommendations}{"".join(capsys.readouterr())}'
    assert error.__cause__ is None and error.__context__ is None, (
        'a traceback would show what was read'
    )


def test_nothing_is_piped_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'stdin', None)
    error = refusal(*BY_PIPE)
    assert type(error) is BAD and 'nothing is piped to it' in str(error)
    assert (
        '| az acrhealth check --name REGISTRY --username NAME --password-stdin'
        in error.recommendations[0]
    )


def test_a_pipe_that_nobody_closes_is_given_up_at_the_timeout(pipe: Callable[..., None]) -> None:
    pipe(b'hunter2', closed=False)
    error = refusal(*BY_PIPE, '--timeout', '0.2')
    assert (
        type(error) is BAD
        and "didn't end within 0.2 seconds" in str(error)
        and error.recommendations
    )


def test_the_standard_input_is_read_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        'azext_acrhealth.probes.local.stdin.read_stdin', lambda *_: pytest.fail('it was read')
    )
    assert validated(*MY, '-u', 'bob', '-p', SECRET).password == SECRET
    assert validated(*MY).password is None
    assert 'requires a registry' in str(refusal('-u', 'bob', '--password-stdin'))


@pytest.mark.parametrize(
    'text, size',
    [
        ('1', 1),
        ('9B', 9),
        ('100k', 100 * 2**10),
        ('200M', 200 * 2**20),
        ('200MB', 200 * 2**20),
        (' 200 MiB ', 200 * 2**20),
        ('10g', 10 * 2**30),
        ('10737418240', 10 * 2**30),
    ],
)
def test_the_size_of_a_test_upload(text: str, size: int) -> None:
    options = validated(*MY, '--repository', 'app', '--push', '--push-size', text)
    assert options.push_size == size and options.push


def test_without_a_size_a_few_bytes_are_uploaded() -> None:
    assert validated(*MY, '--repository', 'app', '--push').push_size is None
