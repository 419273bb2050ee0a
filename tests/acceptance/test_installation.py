# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The wheel: its content, its installation without a network, and that it is what runs."""

from __future__ import annotations

import email
import json
import pathlib
import re
import zipfile

from tests.acceptance.runs import assert_clean
from tests.sandbox.control.sandbox import PROJECT, Sandbox, az_command

MODULE = re.compile(r"(?:code object from '|matches )(/\S+?azext_acrhealth/[\w/]+\.py)")
CLI = az_command()[0]


def test_wheel(wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = email.message_from_bytes(
            archive.read(next(n for n in names if n.endswith('.dist-info/METADATA')))
        )
        extension = json.loads(archive.read('azext_acrhealth/azext_metadata.json'))
    assert {name.split('/')[0] for name in names} == {
        'azext_acrhealth',
        'acrhealth-1.0.0b1.dist-info',
    }
    assert not [
        name for name in names if 'test' in name.lower() or name.endswith(('.pyc', '.orig'))
    ]
    assert metadata['Version'] == '1.0.0b1' and metadata['Requires-Python'] == '>=3.10'
    required = metadata.get_all('Requires-Dist') or []
    assert [requirement for requirement in required if 'extra ==' not in requirement] == []
    assert all('identity' in requirement for requirement in required)
    assert extension == {'azext.isPreview': True, 'azext.minCliCoreVersion': '2.75.0'}
    # Every module of the tree is in it, and nothing else.
    tree = {str(path.relative_to(PROJECT)) for path in (PROJECT / 'azext_acrhealth').rglob('*.py')}
    assert {name for name in names if name.endswith('.py')} == tree
    assert wheel.stat().st_size < 800_000


def test_installs_without_a_network(
    sandbox: Sandbox, wheel: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    environment = {'AZURE_EXTENSION_DIR': str(tmp_path / 'extensions')}
    finished = sandbox.az(
        'extension', 'add', '--source', str(wheel), '-y', login=False, env=environment
    )
    assert_clean(sandbox, finished)
    assert (
        finished.code == 0
        and finished.seconds < 60
        and sandbox.requests() == []
        and sandbox.dns_queries() == []
    )
    shown = sandbox.az(
        'extension', 'show', '-n', 'acrhealth', '-o', 'json', login=False, env=environment
    ).json
    assert shown['version'] == '1.0.0b1'
    assert pathlib.Path(shown['path']) == tmp_path / 'extensions' / 'acrhealth'
    assert shown['metadata']['azext.isPreview'] is True
    assert shown['metadata']['azext.minCliCoreVersion'] == '2.75.0'
    installed = {path.name for path in (tmp_path / 'extensions' / 'acrhealth').iterdir()}
    # The CLI keeps the wheel beside what it installs; nothing else came with it.
    assert installed == {'azext_acrhealth', 'acrhealth-1.0.0b1.dist-info', wheel.name}
    removed = sandbox.az('extension', 'remove', '-n', 'acrhealth', login=False, env=environment)
    assert removed.code == 0 and not (tmp_path / 'extensions' / 'acrhealth').exists()


def test_what_runs_lies_in_the_extension_folder(
    sandbox: Sandbox, extension_dir: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    # `az` is `python -m azure.cli`: the current folder comes first on its path, so it must be
    # empty.
    config, empty = sandbox.config_dir(tmp_path / 'config'), tmp_path / 'empty'
    empty.mkdir()
    finished = sandbox.run(
        [
            CLI,
            '-v',
            '-m',
            'azure.cli',
            'acrhealth',
            'check',
            '-n',
            'contoso',
            '--only',
            'dns',
            '-o',
            'json',
        ],
        env={'AZURE_CONFIG_DIR': str(config), 'AZURE_EXTENSION_DIR': str(extension_dir)},
        cwd=empty,
    )
    assert finished.code == 0 and finished.json['client']['extension'] == '1.0.0b1'
    loaded = {pathlib.Path(path) for path in MODULE.findall(finished.stderr)}
    installed_package = extension_dir / 'acrhealth' / 'azext_acrhealth'
    assert {
        installed_package / name
        for name in (
            '__init__.py',
            'custom.py',
            'scheduler.py',
            'checks/connectivity/connection.py',
        )
    } <= loaded
    assert all(path.is_relative_to(installed_package) for path in loaded), loaded
    assert list(empty.iterdir()) == []


def test_installed_help_is_found(sandbox: Sandbox) -> None:
    finished = sandbox.az('acrhealth', '--help', login=False)
    assert finished.code == 0 and all(
        command in finished.stdout for command in ('check', 'list-checks', 'error')
    )
