# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""stored-credentials finds what the real docker, skopeo and Helm find, and nothing else."""

from __future__ import annotations

import base64
import json
import pathlib
from typing import Any, NamedTuple

import pytest

from tests import layer_binaries
from tests.acceptance.components import need, need_binary
from tests.acceptance.programs import write_program
from tests.acceptance.runs import Run, check
from tests.acceptance.test_stored_login import CODE, HOST, docker_config, make_token
from tests.sandbox.control.sandbox import Sandbox

OTHER = 'Contoso.azurecr.test'
# What stands for a valid login in the contents below.
LOGIN = {'auth': 'LOGIN'}
CONTENTS: dict[str, Any] = {
    'plain': {'auths': {HOST: LOGIN}},
    'another spelling': {'auths': {OTHER: LOGIN}},
    'a URL': {'auths': {f'https://{HOST}': LOGIN}},
    'a URL in another spelling': {'auths': {f'https://{OTHER}/': LOGIN}},
    'a URL of the API': {'auths': {f'https://{HOST}/v2/': LOGIN}},
    'a path': {'auths': {f'{HOST}/v2': LOGIN}},
    'a repository': {'auths': {f'{HOST}/team': LOGIN}},
    'a slash': {'auths': {f'{HOST}/': LOGIN}},
    'an empty entry': {'auths': {HOST: {}, f'https://{HOST}': LOGIN}},
    'no base64': {'auths': {HOST: {'auth': '%%%'}}},
    'no colon': {'auths': {HOST: {'auth': 'dXNlcg=='}}},
    'a store': {'credsStore': 'mine'},
    'a store and a login': {'credsStore': 'none', 'auths': {HOST: LOGIN}},
    'a store that is missing': {'credsStore': 'nobodys', 'auths': {HOST: LOGIN}},
    'a helper': {'credHelpers': {HOST: 'mine'}},
    'a helper for another spelling': {'credHelpers': {OTHER: 'mine'}},
    'a helper for a URL': {'credHelpers': {f'https://{HOST}': 'mine'}},
    'a helper with nothing': {'credHelpers': {HOST: 'none'}, 'credsStore': 'mine'},
    'an empty helper': {'credHelpers': {HOST: ''}, 'credsStore': 'mine'},
    'settings in capitals': {'AUTHS': {HOST: LOGIN}},
    'a list': [],
    'null': None,
    'mistyped': {'auths': {HOST: LOGIN}, 'credsStore': 7},
}


class Machine(NamedTuple):
    """A folder for a client's files, with credential helpers in a folder on PATH."""

    sandbox: Sandbox
    folder: pathlib.Path
    env: dict[str, str]

    def write(self, content: Any) -> pathlib.Path:
        """Write a client's file, with a login that the registry accepts."""
        info = self.sandbox.info
        login = base64.b64encode(f'{info["app"]}:{info["secret"]}'.encode()).decode()
        path = self.folder / 'config.json'
        path.write_text(json.dumps(content).replace('LOGIN', login), encoding='utf-8')
        return path

    def check(self, **env: str) -> Run:
        """Run the check."""
        return check(
            self.sandbox,
            '-n',
            'contoso',
            '--only',
            'stored-credentials',
            env={**self.env, **env},
        )


@pytest.fixture(name='machine')
def fixture_machine(sandbox: Sandbox, tmp_path: pathlib.Path) -> Machine:
    """Return a machine with a helper that has a login, and one that has none."""
    login = json.dumps({'Username': sandbox.info['app'], 'Secret': sandbox.info['secret']})
    bins = tmp_path / 'bin'
    write_program(bins, 'docker-credential-mine', f"echo '{login}'")
    nothing = 'echo "credentials not found in native keychain"; exit 1'
    write_program(bins, 'docker-credential-none', nothing)
    refuses = f'case $1 in get) {nothing};; *) echo "not implemented"; exit 1;; esac'
    write_program(bins, 'docker-credential-ecr-login', refuses)
    env = {'HOME': str(tmp_path / 'home'), 'PATH': f'{bins}:/usr/local/bin:/usr/bin:/bin'}
    return Machine(sandbox, tmp_path, env)


def docker_finds(machine: Machine, env: dict[str, str]) -> bool:
    """Return whether docker finds a login, by what it says before it needs its engine."""
    need('docker')
    env = {**machine.env, 'DOCKER_HOST': 'unix:///nowhere', **env}
    finished = machine.sandbox.run(['docker', 'login', HOST], env=env)
    found = 'existing credentials' in (finished.stdout + finished.stderr).lower()
    assert found or 'Cannot perform an interactive login' in finished.stderr, finished.stderr
    return found


def skopeo_finds(machine: Machine, path: str) -> bool:
    """Return whether skopeo finds a login."""
    command = [need('skopeo'), 'login', '--get-login', '--authfile', path, HOST]
    return machine.sandbox.run(command, env=machine.env).code == 0


def helm_finds(machine: Machine, env: dict[str, str]) -> bool:
    """Return whether Helm sends a login to the registry."""
    helm = str(need_binary('helm', '4'))
    command = [helm, 'show', 'chart', f'oci://{HOST}/hello', '--version', '1.0.0']
    machine.sandbox.run(command, env={**machine.env, **env})
    return any(request['tokenReceived'] for request in machine.sandbox.requests('token'))


@pytest.mark.parametrize('name', CONTENTS)
def test_it_finds_what_the_clients_find(machine: Machine, name: str) -> None:
    path = str(machine.write(CONTENTS[name]))
    docker, own = {'DOCKER_CONFIG': str(machine.folder)}, {'HELM_REGISTRY_CONFIG': path}
    found = {
        'docker': docker_finds(machine, docker),
        'podman': skopeo_finds(machine, path),
        'helm': helm_finds(machine, own),
    }
    row = machine.check(**docker, **own, REGISTRY_AUTH_FILE=path).row('stored-credentials')
    stored = {entry['client']: entry['kept'] == 'password' for entry in row['facts']['stored']}
    assert stored == found, row['detail']
    # What stops one client or leaves it without a login must show even where others find theirs.
    assert row['status'] != 'Passed' or any(found.values())


@pytest.mark.parametrize('major', layer_binaries.PACKAGES['helm'])
@pytest.mark.parametrize('variable', [None, 'HELM_REGISTRY_CONFIG', 'HELM_CONFIG_HOME'])
def test_what_helm_stores(machine: Machine, major: str, variable: str | None) -> None:
    folder = machine.folder / 'config'
    place = {
        'HELM_REGISTRY_CONFIG': {'HELM_REGISTRY_CONFIG': str(folder / 'mine.json')},
        'HELM_CONFIG_HOME': {'HELM_CONFIG_HOME': str(folder)},
        None: {'XDG_CONFIG_HOME': str(folder)},
    }[variable]
    user, secret = machine.sandbox.info['app'], machine.sandbox.info['secret']
    helm = str(need_binary('helm', major))
    command = [helm, 'registry', 'login', HOST, '-u', user, '--password-stdin']
    finished = machine.sandbox.run(command, env={**machine.env, **place}, stdin=secret)
    assert finished.code == 0, finished.stderr
    row = machine.check(**place).has('stored-credentials', 'Passed')
    assert row['detail'].startswith('Helm stores a password')
    assert row['facts']['stored'][0]['client'] == 'helm'


def test_an_expired_login_of_helm(machine: Machine) -> None:
    path = machine.folder / 'helm.json'
    path.write_text(json.dumps(docker_config(make_token(HOST, -60))), encoding='utf-8')
    run = machine.check(HELM_REGISTRY_CONFIG=str(path))
    row = run.has('stored-credentials', 'Warning', CODE, 'StoredTokenExpired')
    assert 'helm registry login contoso.azurecr.test' in row['solutions'][0]


def test_a_login_under_another_spelling(machine: Machine) -> None:
    path = machine.write({'auths': {OTHER: LOGIN}})
    row = machine.check(DOCKER_CONFIG=str(path.parent)).has(
        'stored-credentials', 'Warning', CODE, 'HostCaseMismatch'
    )
    assert f'under {OTHER}' in row['detail']
    assert f'docker logout {OTHER}' in ' '.join(row['solutions'])


def test_a_helper_that_refuses_to_store(machine: Machine) -> None:
    need('docker')
    path = machine.write({'credsStore': 'ecr-login'})
    user, secret = machine.sandbox.info['app'], machine.sandbox.info['secret']
    env = {**machine.env, 'DOCKER_CONFIG': str(path.parent), 'DOCKER_HOST': 'unix:///nowhere'}
    command = ['docker', 'login', '-u', user, '--password-stdin', HOST]
    finished = machine.sandbox.run(command, env=env, stdin=secret)
    assert finished.code != 0 and 'error storing credentials' in finished.stderr
    row = machine.check(DOCKER_CONFIG=str(path.parent)).has(
        'stored-credentials', 'Warning', CODE, 'HelperReadOnly'
    )
    assert 'docker-credential-ecr-login refuses to store one' in row['detail']
    assert 'az acr login' in row['cause']


@pytest.mark.parametrize('version, is_read', [('28.2.2', False), ('28.3.0', True)])
def test_a_login_in_a_variable(machine: Machine, version: str, is_read: bool) -> None:
    write_program(machine.folder / 'bin', 'docker', f'echo Docker version {version}, build x')
    env = {'DOCKER_AUTH_CONFIG': json.dumps(docker_config(make_token(HOST, -60)))}
    run = machine.check(**env)
    if is_read:
        row = run.has('stored-credentials', 'Warning', CODE, 'StoredTokenExpired')
        assert row['solutions'][0].endswith('`unset DOCKER_AUTH_CONFIG`.')
    else:
        run.has('stored-credentials', 'Skipped')


def test_the_real_docker_and_the_variable(machine: Machine) -> None:
    info = machine.sandbox.info
    login = base64.b64encode(f'{info["app"]}:{info["secret"]}'.encode()).decode()
    variable = {'DOCKER_AUTH_CONFIG': json.dumps({'auths': {HOST: {'auth': login}}})}
    found = docker_finds(machine, variable)
    row = machine.check(**variable).row('stored-credentials')
    assert (row['status'] == 'Passed') is found, row['detail']
