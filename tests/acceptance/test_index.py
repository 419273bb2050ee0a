# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A private index of extensions: install, list, and update by name, from preview to release."""

from __future__ import annotations

import json
import pathlib
import shutil
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import filelock
import pytest
import trustme

from tests import dist
from tests.acceptance import https_folder
from tests.acceptance.components import lacks
from tests.acceptance.runs import assert_clean
from tests.build import PROJECT, build, copy_sources
from tests.sandbox.control.sandbox import Finished, Sandbox
from tests.sandbox.host.network_programs import daemon

HOST, PORT = 'localhost', 8893
PREVIEW, NEXT, STABLE = '1.0.0b101', '1.0.0b102', '1.0.0'
ALLOWED = "No stable version of 'acrhealth' to install. Preview versions allowed."


@pytest.fixture(name='wheels', scope='session')
def fixture_wheels(shared: pathlib.Path) -> dict[str, pathlib.Path]:
    """Build the wheels of two previews and of a release, once for all workers."""
    folder = shared / 'releases'
    with filelock.FileLock(f'{folder}.lock'):
        for version in (PREVIEW, NEXT, STABLE):
            if not (folder / version).exists():
                build(folder / version, sources_of(version, folder / f'sources-{version}'))
    return {path.parent.name: path for path in folder.glob('*/*.whl')}


def sources_of(version: str, folder: pathlib.Path) -> pathlib.Path:
    """Return a copy of the project as of a version."""
    folder.mkdir(parents=True)
    copy_sources(PROJECT, folder)
    setup, metadata = folder / 'setup.py', folder / 'azext_acrhealth' / 'azext_metadata.json'
    before, marker, rest = setup.read_text(encoding='utf-8').partition("\nVERSION = '")
    setup.write_text(f'{before}{marker}{version}{rest[rest.index(chr(39)) :]}', encoding='utf-8')
    described = json.loads(metadata.read_text(encoding='utf-8'))
    described['azext.isPreview'] = 'b' in version
    metadata.write_text(json.dumps(described), encoding='utf-8')
    return folder


class Index(NamedTuple):
    """A private index on a server of its own, and a CLI that has it instead of the public one."""

    sandbox: Sandbox
    folder: pathlib.Path
    wheels: dict[str, pathlib.Path]
    url: str
    env: dict[str, str]

    def publish(self, *versions: str, **changes: str) -> None:
        """Replace the index by one with these versions; `changes` are made to their entries."""
        entries = []
        for version in versions:
            shutil.copy(self.wheels[version], self.folder)
            entries.append({**dist.index_entry(self.wheels[version], self.url), **changes})
        text = json.dumps(dist.index_of(entries))
        (self.folder / dist.INDEX).write_text(text, encoding='utf-8')

    def az(self, *arguments: str, **options: Any) -> Finished:
        """Run `az` with the index."""
        address = {'AZURE_EXTENSION_INDEX_URL': f'{self.url}/{dist.INDEX}'}
        return self.run(*arguments, env={**self.env, **address}, **options)

    def run(self, *arguments: str, **options: Any) -> Finished:
        """Run `az` without the index."""
        finished = self.sandbox.az(*arguments, login=False, **{'env': self.env, **options})
        assert_clean(self.sandbox, finished)
        return finished

    def manage(self, *arguments: str) -> str:
        """Run a command of `az extension`, which must succeed, and return its stderr."""
        finished = self.az('extension', *arguments)
        assert finished.code == 0, finished.stderr
        return finished.stderr

    @property
    def installed(self) -> dict[str, bool]:
        """Return the installed version, and whether it is a preview."""
        listed = self.az('extension', 'list', '-o', 'json').json
        return {entry['version']: entry['preview'] for entry in listed}


@pytest.fixture(name='index')
def fixture_index(
    sandbox: Sandbox, wheels: dict[str, pathlib.Path], tmp_path: pathlib.Path
) -> Iterator[Index]:
    if sandbox.info['kind'] == 'wrapper':
        lacks('ports of its own take private namespaces')
    authority = trustme.CA()
    certificate, bundle = tmp_path / 'server.pem', tmp_path / 'bundle.pem'
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(certificate)
    bundle.write_bytes(
        authority.cert_pem.bytes()
        + pathlib.Path(sandbox.environment['REQUESTS_CA_BUNDLE']).read_bytes()
    )
    folder = tmp_path / 'www'
    folder.mkdir()
    env = {
        'AZURE_EXTENSION_DIR': str(tmp_path / 'extensions'),
        'REQUESTS_CA_BUNDLE': str(bundle),
    }
    program = [sys.executable, https_folder.__file__, str(folder), str(PORT), str(certificate)]
    with daemon(sandbox, program, PORT):
        yield Index(sandbox, folder, wheels, f'https://{HOST}:{PORT}', env)


def test_the_newest_preview_is_installed_by_name(index: Index) -> None:
    index.publish(PREVIEW, NEXT)
    assert ALLOWED in index.manage('add', '--name', 'acrhealth', '--yes')
    assert index.installed == {NEXT: True}
    listed = index.az('acrhealth', 'list-checks', '-o', 'json')
    assert listed.code == 0 and len(listed.json) > 20


def test_versions_are_listed(index: Index) -> None:
    index.publish(PREVIEW, NEXT, STABLE)
    index.manage('add', '--name', 'acrhealth', '--version', NEXT, '--allow-preview', 'true')
    versions = index.az('extension', 'list-versions', '--name', 'acrhealth', '-o', 'json').json
    newest = f'{STABLE} (max compatible version)'
    assert [(entry['version'], entry['preview'], entry['installed']) for entry in versions] == [
        (PREVIEW, True, False),
        (NEXT, True, 'True (upgrade available)'),
        (newest, False, False),
    ]
    assert all(entry['compatible'] for entry in versions)
    available = index.az('extension', 'list-available', '-o', 'json').json
    # The index stands in for the public one.
    assert [entry['name'] for entry in available] == ['acrhealth']
    assert available[0]['installed'] == 'True (upgrade available)'


def test_a_preview_is_updated_to_the_release(index: Index) -> None:
    index.publish(PREVIEW)
    index.manage('add', '--name', 'acrhealth', '--yes')
    assert index.installed == {PREVIEW: True}
    index.publish(PREVIEW, NEXT)
    index.manage('update', '--name', 'acrhealth')
    assert index.installed == {NEXT: True}
    index.publish(PREVIEW, NEXT, STABLE)
    index.manage('add', '--name', 'acrhealth', '--upgrade', '--yes')
    assert index.installed == {STABLE: False}
    assert 'already installed' in index.manage('update', '--name', 'acrhealth')
    assert index.installed == {STABLE: False}


def test_a_release_goes_before_the_previews(index: Index) -> None:
    index.publish(PREVIEW, NEXT, STABLE)
    assert ALLOWED not in index.manage('add', '--name', 'acrhealth', '--yes')
    assert index.installed == {STABLE: False}
    index.manage('remove', '--name', 'acrhealth')
    preview = ('extension', 'add', '--name', 'acrhealth', '--version', PREVIEW)
    refused = index.az(*preview)
    assert refused.code == 1 and f"Version '{PREVIEW}' not found" in refused.stderr
    assert index.az(*preview, '--allow-preview', 'true').code == 0
    assert index.installed == {PREVIEW: True}


def test_another_wheel_than_the_listed_one_is_refused(index: Index) -> None:
    index.publish(PREVIEW, sha256Digest='0' * 64)
    refused = index.az('extension', 'add', '--name', 'acrhealth', '--yes')
    assert refused.code == 1 and 'checksum' in refused.stderr
    assert index.installed == {}


def test_the_setting_replaces_the_public_index(index: Index, tmp_path: pathlib.Path) -> None:
    index.publish(PREVIEW)
    config = index.sandbox.config_dir(tmp_path / 'config', login=False)
    setting = f'extension.index_url={index.url}/{dist.INDEX}'
    assert index.run('config', 'set', setting, config=config).code == 0
    added = index.run('extension', 'add', '--name', 'acrhealth', '--yes', config=config)
    assert added.code == 0 and index.installed == {PREVIEW: True}
    available = index.run('extension', 'list-available', '-o', 'json', config=config).json
    assert [entry['name'] for entry in available] == ['acrhealth']
    # The public extension isn't found as long as the setting is there.
    other = index.run('extension', 'add', '--name', 'azure-devops', '--yes', config=config)
    assert other.code == 1 and "No extension found with name 'azure-devops'" in other.stderr
    assert index.run('config', 'unset', 'extension.index_url', config=config).code == 0
    elsewhere = index.run('extension', 'list-available', config=config)
    assert elsewhere.code == 1 and 'Unable to get extension index' in elsewhere.stderr
