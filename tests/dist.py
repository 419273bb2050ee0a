# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Write the files of a release: the wheel, its index, its SBOM, and their checksums.

The index has the format of the Azure CLI's own, so `az extension add --name` can use it.

Usage: python -m tests.dist FOLDER [--downloads URL] [--previous INDEX] [--tag TAG --repository URL]
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import pathlib
import re
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Optional

from azdev.operations.extensions.metadata import read_pkginfo
from azdev.operations.extensions.util import get_ext_metadata
from packaging.requirements import Requirement
from packaging.version import Version

from tests.build import EPOCH, PROJECT, build, source_date_epoch

NAME = 'acrhealth'
INDEX, CHECKSUMS = 'index.json', 'SHA256SUMS'
FORMAT_VERSION = '1'
PREVIEW, STABLE = 'Development Status :: 4 - Beta', 'Development Status :: 5 - Production/Stable'


def write_dist(
    folder: pathlib.Path,
    previous: Sequence[dict[str, Any]] = (),
    downloads: Optional[str] = None,
) -> list[pathlib.Path]:
    """Write the files of a release into a folder, and return their paths.

    Raise ValueError if the time of the sources isn't known. `previous` has the entries of the index
    of the release before, which stay in the index, so that users can install an earlier version.
    `downloads` is as for `index_entry`.
    """
    commit_time = source_date_epoch(PROJECT)
    if commit_time is None:
        raise ValueError(f'This is no git repository: set {EPOCH} to the time of the sources.')
    wheel = build(folder)
    files = {
        INDEX: index_of([index_entry(wheel, downloads), *previous]),
        sbom_name(wheel): sbom_of(wheel, int(commit_time)),
    }
    paths = [wheel]
    for name, document in files.items():
        paths.append(folder / name)
        paths[-1].write_text(json.dumps(document, indent=4, sort_keys=True) + '\n', 'utf-8')
    lines = ''.join(f'{sha256_of(path)}  {path.name}\n' for path in paths)
    (folder / CHECKSUMS).write_text(lines, encoding='ascii')
    return [*paths, folder / CHECKSUMS]


def index_entry(wheel: pathlib.Path, downloads: Optional[str] = None) -> dict[str, Any]:
    """Return a wheel's entry in an index, as azdev writes it for the Azure CLI's own.

    `downloads` is the URL of the folder that the wheel is downloaded from, by default the release
    on GitHub.
    """
    with tempfile.TemporaryDirectory() as folder:
        metadata = get_ext_metadata(folder, str(wheel), NAME)
    release = f'{home_of(metadata)}/releases/download/v{metadata["version"]}'
    return {
        'downloadUrl': f'{(downloads or release).rstrip("/")}/{wheel.name}',
        'filename': wheel.name,
        'metadata': metadata,
        'sha256Digest': sha256_of(wheel),
    }


def home_of(metadata: dict[str, Any]) -> str:
    """Return the URL of the repository that setup.py names."""
    return str(metadata['extensions']['python.details']['project_urls']['Home'])


def entries_of(index: pathlib.Path) -> list[dict[str, Any]]:
    """Return the entries of an index file; raise ValueError if it isn't one."""
    document = json.loads(index.read_text(encoding='utf-8'))
    if document.get('formatVersion') != FORMAT_VERSION or 'extensions' not in document:
        raise ValueError(f'{index} is not an index of extensions in format {FORMAT_VERSION}.')
    return list(document['extensions'].get(NAME, []))


def index_of(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return an index with these entries; of two of the same version, the first one stays."""
    versions: dict[str, dict[str, Any]] = {}
    for entry in entries:
        versions.setdefault(entry['metadata']['version'], entry)
    ordered = sorted(versions.values(), key=lambda entry: Version(entry['metadata']['version']))
    return {'extensions': {NAME: ordered}, 'formatVersion': FORMAT_VERSION}


def sbom_name(wheel: pathlib.Path) -> str:
    """Return the name of a wheel's SBOM; `.cdx.json` is CycloneDX's own ending."""
    return '-'.join(wheel.name.split('-')[:2]) + '.cdx.json'


def sbom_of(wheel: pathlib.Path, seconds: int) -> dict[str, Any]:
    """Return a wheel's software bill of materials, in CycloneDX 1.6.

    The wheel holds no code of others. What it can use, and doesn't require, is optional.
    """
    package = read_pkginfo(wheel)
    digest = sha256_of(wheel)
    reference = f'pkg:generic/{NAME}@{package["version"]}?checksum=sha256:{digest}'
    optional = [_optional_component(text) for text in package['requires_dist']]
    return {
        'bomFormat': 'CycloneDX',
        'specVersion': '1.6',
        'serialNumber': f'urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, reference)}',
        'version': 1,
        'metadata': {
            'timestamp': datetime.datetime.fromtimestamp(
                seconds, datetime.timezone.utc
            ).isoformat(),
            'component': {
                'type': 'library',
                'bom-ref': reference,
                'name': NAME,
                'version': package['version'],
                'description': package['summary'],
                'hashes': [{'alg': 'SHA-256', 'content': digest}],
                'licenses': [{'license': {'id': package['license']}}],
                'purl': reference,
                'externalReferences': [{'type': 'vcs', 'url': package['home_page']}],
            },
        },
        'components': optional,
        'dependencies': [
            {'ref': reference, 'dependsOn': [component['bom-ref'] for component in optional]},
            *({'ref': component['bom-ref']} for component in optional),
        ],
    }


def _optional_component(requirement: str) -> dict[str, Any]:
    parsed = Requirement(requirement)
    if parsed.marker is None or 'extra' not in str(parsed.marker):
        raise ValueError(f'The wheel requires {parsed.name}; it must have no dependencies.')
    purl = f'pkg:pypi/{parsed.name}'
    return {
        'type': 'library',
        'bom-ref': purl,
        'name': parsed.name,
        'purl': purl,
        'scope': 'optional',
    }


def sha256_of(path: pathlib.Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def release_errors(metadata: dict[str, Any], tag: str, repository: str) -> Iterator[str]:
    """Return why a wheel with this metadata in an index can't be released as a tag."""
    version = metadata['version']
    contact = metadata['extensions']['python.details']['contacts'][0]['email']
    stable = not Version(version).is_prerelease
    if tag != f'v{version}':
        yield f'The tag is {tag}, and the version in setup.py is {version}.'
    if home_of(metadata) != repository:
        yield f'The repository is {repository}, and URL in setup.py is {home_of(metadata)}.'
    if contact.endswith('@example.com'):
        yield f'EMAIL in setup.py is {contact}, which reaches nobody.'
    if metadata.get('azext.isPreview', False) is stable:
        yield f'azext.isPreview in azext_metadata.json does not fit {version}.'
    if (STABLE if stable else PREVIEW) not in metadata['classifiers']:
        yield f'The development status in setup.py does not fit {version}.'
    if version != newest_version((PROJECT / 'HISTORY.rst').read_text(encoding='utf-8')):
        yield f'The newest version in HISTORY.rst is not {version}.'


def newest_version(history: str) -> str:
    """Return the first version in the release history."""
    found = re.search(r'^(\d\S*)\n\++$', history, re.MULTILINE)
    return found.group(1) if found else ''


def main(argv: Sequence[str]) -> int:
    """Write the files of a release, and return the exit status."""
    parser = argparse.ArgumentParser(prog='python -m tests.dist')
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('--downloads', help='URL of the folder that the wheel is downloaded from')
    parser.add_argument('--previous', type=pathlib.Path, help='index of the release before')
    parser.add_argument('--tag', help='with --repository, check that the release fits both')
    parser.add_argument('--repository', help='URL of the repository that releases')
    options = parser.parse_args(argv)
    if bool(options.tag) != bool(options.repository):
        parser.error('--tag and --repository must be used together')
    try:
        previous = entries_of(options.previous) if options.previous else []
        paths = write_dist(options.folder, previous, options.downloads)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    errors = []
    if options.tag:
        metadata = index_entry(paths[0])['metadata']
        errors = list(release_errors(metadata, options.tag, options.repository))
    print('\n'.join([*map(str, paths), *errors]))
    return 1 if errors else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
