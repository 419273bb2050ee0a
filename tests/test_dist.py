# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The files of a release: the same bytes anywhere, and valid by the rules of those who read them.

The rules of an index are those of scripts/ci/test_index.py of Azure/azure-cli-extensions.
"""

from __future__ import annotations

import copy
import datetime
import email
import hashlib
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import zipfile
from typing import Any

import pytest
from azure.cli.core.extension import WHEEL_INFO_RE
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests import dist
from tests.build import EPOCH, PROJECT, SOURCES, source_date_epoch

# Noon of a day in summer, so that a time zone or daylight saving would show.
COMMIT_TIME = 1_782_993_600
ENDS = ('.whl', 'index.json', '.cdx.json', 'SUMS')
AZEXT_KEYS = {'azext.isPreview', 'azext.minCliCoreVersion', 'azext.maxCliCoreVersion'}


@pytest.fixture(name='files', scope='module')
def fixture_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pathlib.Path]:
    """Return the files of a release by the ends of their names."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(EPOCH, str(COMMIT_TIME))
        paths = dist.write_dist(tmp_path_factory.mktemp('dist'))
    return {next(end for end in ENDS if path.name.endswith(end)): path for path in paths}


@pytest.fixture(name='wheel')
def fixture_wheel(files: dict[str, pathlib.Path]) -> pathlib.Path:
    return files['.whl']


@pytest.fixture(name='index')
def fixture_index(files: dict[str, pathlib.Path]) -> dict[str, Any]:
    return dict(
        json.loads(files['index.json'].read_text(encoding='utf-8'), object_pairs_hook=unique)
    )


@pytest.fixture(name='entry')
def fixture_entry(index: dict[str, Any]) -> dict[str, Any]:
    return dict(index['extensions']['acrhealth'][0])


@pytest.fixture(name='sbom')
def fixture_sbom(files: dict[str, pathlib.Path]) -> dict[str, Any]:
    return dict(json.loads(files['.cdx.json'].read_text(encoding='utf-8')))


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; each of its keys must be in it once."""
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def digest(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, '-m', *arguments], capture_output=True, text=True)


# The wheel.


def test_a_package_index_accepts_the_wheel(wheel: pathlib.Path) -> None:
    checked = tool('twine', 'check', '--strict', str(wheel))
    assert checked.returncode == 0 and 'PASSED' in checked.stdout, checked.stdout


def test_the_wheel_holds_the_package_and_nothing_else(wheel: pathlib.Path) -> None:
    package = PROJECT / 'azext_acrhealth'
    # The error reference stays in the repository, and bytecode on the machine that wrote it.
    omitted = ('--package-omit', '*.md,*.pyc')
    options = ('--toplevel', package.name, '--package', str(package), *omitted)
    checked = tool('check_wheel_contents', '--no-config', *options, str(wheel))
    assert checked.returncode == 0, checked.stdout


def test_its_times_and_modes_are_not_the_machines(wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        members = archive.infolist()
    moment = datetime.datetime.fromtimestamp(COMMIT_TIME, datetime.timezone.utc)
    assert {member.date_time for member in members} == {moment.timetuple()[:6]}
    # setuptools gives the mode 664 to the last member, RECORD, wherever it builds.
    modes = {stat.S_IMODE(member.external_attr >> 16) for member in members[:-1]}
    assert members[-1].filename.endswith('/RECORD') and modes == {0o644}


# The index.


def test_an_index_has_the_official_format(index: dict[str, Any]) -> None:
    assert set(index) == {'extensions', 'formatVersion'} and index['formatVersion'] == '1'
    assert list(index['extensions']) == ['acrhealth'] and '_' not in 'acrhealth'
    for entry in index['extensions']['acrhealth']:
        assert set(entry) == {'downloadUrl', 'filename', 'metadata', 'sha256Digest'}


def test_its_file_name_is_of_any_platform(entry: dict[str, Any]) -> None:
    assert entry['filename'].endswith('.whl')
    parts = WHEEL_INFO_RE(entry['filename']).groupdict()
    assert parts['name'] == 'acrhealth' and parts['ver'] == entry['metadata']['version']
    assert 'py3' in parts['pyver'] and (parts['abi'], parts['plat']) == ('none', 'any')


def test_its_address_ends_with_the_file_name(entry: dict[str, Any]) -> None:
    release = f'/releases/download/v{entry["metadata"]["version"]}/'
    assert entry['downloadUrl'].startswith('https://') and release in entry['downloadUrl']
    assert os.path.basename(entry['downloadUrl']) == entry['filename']


def test_its_digest_is_the_wheels(entry: dict[str, Any], wheel: pathlib.Path) -> None:
    assert entry['filename'] == wheel.name and entry['sha256Digest'] == digest(wheel)


def test_its_metadata_is_the_wheels(entry: dict[str, Any], wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith('.dist-info/METADATA')]
        shipped = email.message_from_bytes(archive.read(names[0]))
        extension = json.loads(archive.read('azext_acrhealth/azext_metadata.json'))
    metadata = dict(entry['metadata'])
    details = metadata.pop('extensions')['python.details']
    urls = dict(line.split(', ', 1) for line in shipped.get_all('Project-URL', []))
    assert details == {
        'contacts': [
            {'role': 'author', 'name': shipped['Author'], 'email': shipped['Author-email']}
        ],
        'project_urls': {'Home': shipped['Home-page'], **urls},
    }
    assert metadata == {
        **extension,
        'name': shipped['Name'],
        'version': shipped['Version'],
        'summary': shipped['Summary'],
        'license': shipped['License'],
        'metadata_version': shipped['Metadata-Version'],
        'classifiers': shipped.get_all('Classifier'),
        'description_content_type': shipped['Description-Content-Type'],
        'requires_python': shipped['Requires-Python'],
        'extras': [],
        # azdev lists every requirement twice: once as the wheels of 2018 spelled it.
        'run_requires': [{'requires': shipped.get_all('Requires-Dist', []) * 2}],
    }


def test_it_has_no_private_flags(entry: dict[str, Any]) -> None:
    assert {key for key in entry['metadata'] if '.' in key} <= AZEXT_KEYS
    assert entry['metadata']['azext.minCliCoreVersion'] == '2.75.0'


def test_nothing_is_required_without_an_extra(entry: dict[str, Any]) -> None:
    required = entry['metadata']['run_requires'][0]['requires']
    assert required and all('extra == ' in requirement for requirement in required)


def test_earlier_versions_stay_in_it(entry: dict[str, Any]) -> None:
    versions = {}
    for version in ('1.0.0b9', '1.0.0b10', '1.0.0', '0.9.0'):
        versions[version] = copy.deepcopy(entry)
        versions[version]['metadata']['version'] = version
    again = {**versions['1.0.0'], 'sha256Digest': 'another'}
    index = dist.index_of([versions['1.0.0'], again, *versions.values()])
    assert index['extensions']['acrhealth'] == [
        versions[version] for version in ('0.9.0', '1.0.0b9', '1.0.0b10', '1.0.0')
    ]


# The SBOM and the checksums.


def validation_error(sbom: dict[str, Any]) -> object:
    """Return what CycloneDX's own schema finds wrong, or None."""
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(sbom))


def test_the_sbom_is_valid(sbom: dict[str, Any]) -> None:
    assert validation_error(sbom) is None
    assert validation_error({**sbom, 'serialNumber': '9'}) is not None
    assert validation_error({**sbom, 'unknown': 1}) is not None


def test_the_sbom_describes_the_wheel(sbom: dict[str, Any], wheel: pathlib.Path) -> None:
    component = sbom['metadata']['component']
    assert component['hashes'] == [{'alg': 'SHA-256', 'content': digest(wheel)}]
    assert f'acrhealth-{component["version"]}-py3-none-any.whl' == wheel.name
    moment = datetime.datetime.fromisoformat(sbom['metadata']['timestamp'])
    assert moment.timestamp() == COMMIT_TIME
    assert {(part['name'], part['scope']) for part in sbom['components']} == {
        ('azure-identity', 'optional')
    }


def test_an_sbom_of_a_wheel_with_dependencies_is_refused(
    wheel: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    changed = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as archive, zipfile.ZipFile(changed, 'w') as target:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith('/METADATA'):
                content = content.replace(b'; extra == "identity"', b'')
            target.writestr(name, content)
    with pytest.raises(ValueError, match='The wheel requires azure-identity'):
        dist.sbom_of(changed, COMMIT_TIME)


def test_the_checksums_are_of_all_files(files: dict[str, pathlib.Path]) -> None:
    lines = [line.split('  ') for line in files['SUMS'].read_text('ascii').splitlines()]
    others = [path for path in files.values() if path.name != dist.CHECKSUMS]
    assert dict(map(reversed, lines)) == {path.name: digest(path) for path in others}


# The same bytes.


def checkout(folder: pathlib.Path, mode: int, mtime: int) -> pathlib.Path:
    """Return a clone of the project in a folder, with a commit of COMMIT_TIME."""
    for name in (*SOURCES, 'tests/__init__.py', 'tests/build.py', 'tests/dist.py'):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (PROJECT / name).is_dir() else shutil.copy)(PROJECT / name, target)
    author = {'NAME': 'a', 'EMAIL': 'a@example.com', 'DATE': f'{COMMIT_TIME} +0000'}
    names = {f'GIT_{who}_{key}': author[key] for who in ('AUTHOR', 'COMMITTER') for key in author}
    for arguments in (['init', '-q'], ['add', '.'], ['commit', '-q', '-m', 'x']):
        subprocess.run(['git', *arguments], cwd=folder, env={**os.environ, **names}, check=True)
    for path in folder.rglob('*'):
        if '.git' not in path.parts:
            path.chmod(mode | 0o111 if path.is_dir() else mode)
            os.utime(path, (mtime, mtime))
    return folder


def test_two_machines_write_the_same_bytes(tmp_path: pathlib.Path) -> None:
    machines = (
        (tmp_path / 'a', 0o644, 1_000_000_000, 0o022, {'LC_ALL': 'C', 'TZ': 'Pacific/Auckland'}),
        (
            tmp_path / 'other folder' / 'é',
            0o600,
            1_900_000_001,
            0o077,
            {'LC_ALL': 'tr_TR.UTF-8', 'TZ': 'America/St_Johns', 'PYTHONHASHSEED': '7'},
        ),
    )
    written = []
    for folder, mode, mtime, umask, variables in machines:
        environment = {key: value for key, value in os.environ.items() if key != EPOCH}
        done = subprocess.run(
            [sys.executable, '-m', 'tests.dist', 'dist'],
            cwd=checkout(folder, mode, mtime),
            env={**environment, **variables},
            umask=umask,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        written.append({path.name: path.read_bytes() for path in (folder / 'dist').iterdir()})
    assert len(written[0]) == 4 and written[0] == written[1]


def test_the_time_is_the_commits_or_the_variables(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(EPOCH, raising=False)
    assert source_date_epoch(checkout(tmp_path / 'a', 0o644, 0)) == str(COMMIT_TIME)
    monkeypatch.setenv('GIT_CEILING_DIRECTORIES', str(tmp_path))
    (tmp_path / 'b').mkdir()
    assert source_date_epoch(tmp_path / 'b') is None
    monkeypatch.setenv('PATH', '')
    assert source_date_epoch(tmp_path / 'a') is None
    monkeypatch.setenv(EPOCH, '7')
    assert source_date_epoch(tmp_path / 'a') == '7'


# The release.

HOME = 'https://github.com/contoso/acrhealth'


def metadata_of(entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return an entry's metadata as of a project that is ready for a release, with changes."""
    metadata = copy.deepcopy(entry['metadata'])
    details = metadata['extensions']['python.details']
    details['project_urls']['Home'] = HOME
    details['contacts'][0]['email'] = 'maintainers@contoso.com'
    return {**metadata, **changes}


def release_errors(metadata: dict[str, Any], tag: str = '', repository: str = HOME) -> list[str]:
    return list(dist.release_errors(metadata, tag or f'v{metadata["version"]}', repository))


def test_a_release_of_what_fits_has_no_errors(entry: dict[str, Any]) -> None:
    assert release_errors(metadata_of(entry)) == []


def test_a_release_of_another_tag_or_repository_is_refused(entry: dict[str, Any]) -> None:
    assert release_errors(metadata_of(entry), tag='v9')[0].startswith('The tag is v9, and the ')
    other = release_errors(metadata_of(entry), repository=f'{HOME}2')
    assert other == [f'The repository is {HOME}2, and URL in setup.py is {HOME}.']


def test_a_release_without_a_contact_is_refused(entry: dict[str, Any]) -> None:
    metadata = metadata_of(entry)
    metadata['extensions']['python.details']['contacts'][0]['email'] = 'a@example.com'
    assert release_errors(metadata) == ['EMAIL in setup.py is a@example.com, which reaches nobody.']


def test_a_stable_release_is_no_preview(
    entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dist, 'newest_version', lambda _: '1.0.0')
    stable = metadata_of(entry, version='1.0.0')
    assert release_errors(stable) == [
        'azext.isPreview in azext_metadata.json does not fit 1.0.0.',
        'The development status in setup.py does not fit 1.0.0.',
    ]
    del stable['azext.isPreview']
    assert release_errors({**stable, 'classifiers': [dist.STABLE]}) == []


def test_a_release_without_a_history_is_refused(entry: dict[str, Any]) -> None:
    newer = metadata_of(entry, version='1.0.0b99')
    assert release_errors(newer) == ['The newest version in HISTORY.rst is not 1.0.0b99.']
    assert dist.newest_version('nothing') == ''


def test_the_command_checks_the_release(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(EPOCH, str(COMMIT_TIME))
    first = tmp_path / 'first'
    assert dist.main([str(first)]) == 0
    again = [
        '--downloads',
        'https://example.com/a/',
        '--previous',
        str(first / dist.INDEX),
        '--tag',
        'v9',
        '--repository',
        HOME,
    ]
    assert dist.main([str(tmp_path / 'second'), *again]) == 1
    assert 'The tag is v9' in capsys.readouterr().out
    # The version that is built replaces the same one of the previous index.
    (entry,) = dist.entries_of(tmp_path / 'second' / dist.INDEX)
    assert entry['downloadUrl'] == f'https://example.com/a/{entry["filename"]}'
    (tmp_path / 'no-index').write_text('{}', encoding='ascii')
    assert dist.main([str(tmp_path / 'third'), '--previous', str(tmp_path / 'no-index')]) == 1
    assert 'is not an index of extensions in format 1.' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        dist.main([str(first), '--tag', 'v9'])


def test_without_a_time_nothing_is_written(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dist, 'source_date_epoch', lambda _: None)
    with pytest.raises(ValueError, match='set SOURCE_DATE_EPOCH'):
        dist.write_dist(tmp_path)
    assert list(tmp_path.iterdir()) == []
