# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The files of `compare`: where they come from, how they are named, and what is rejected."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from azure.cli.core.azclierror import AzCLIError, FileOperationError, InvalidArgumentValueError

from azext_acrhealth._validators import validate_compare
from azext_acrhealth.arguments import saved_results
from azext_acrhealth.arguments.saved_results import labels, parse_files
from tests.compare.results import result, row
from tests.our_cli import az, fixture_settings  # noqa: F401

GOOD = json.dumps(result(row('dns', detail='ü')))


@pytest.fixture(name='good')
def fixture_good(tmp_path: Path) -> str:
    path = tmp_path / 'good.json'
    path.write_text(GOOD, encoding='utf-8')
    return str(path)


def rejected(*paths: str) -> AzCLIError:
    with pytest.raises(AzCLIError) as caught:
        parse_files(paths)
    assert caught.value.recommendations
    return caught.value


@pytest.mark.parametrize(
    'content',
    [
        GOOD.encode(),
        b'\xef\xbb\xbf' + GOOD.encode(),
        GOOD.encode('utf-16'),
        GOOD.encode('utf-16-le'),
        GOOD.replace('\\u00fc', 'ü').encode(),
        f'\ufeff{GOOD}\r\n'.encode('utf-16'),
    ],
    ids=['UTF-8', 'BOM', 'UTF-16', 'UTF-16 without BOM', 'no escapes', 'two BOMs'],
)
def test_every_encoding(tmp_path: Path, good: str, content: bytes) -> None:
    path = tmp_path / 'other.json'
    path.write_bytes(content)
    pair = parse_files([good, str(path)])
    assert (pair.first.label, pair.second.label) == ('good.json', 'other.json')
    assert pair.first.rows == pair.second.rows


def test_standard_input_once(good: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.write(writer, GOOD.encode())
    os.close(writer)
    with os.fdopen(reader) as stream:
        monkeypatch.setattr('sys.stdin', stream)
        pair = parse_files([good, '-'])
    assert pair.second.label == 'standard input' and pair.first.rows == pair.second.rows


@pytest.mark.parametrize(
    'paths, shown',
    [
        (['/a/laptop.json', 'agent.json'], ['laptop.json', 'agent.json']),
        (['mon/contoso.json', 'tue/contoso.json'], ['mon/contoso.json', 'tue/contoso.json']),
        (['-', 'a.json'], ['standard input', 'a.json']),
        (['a\x1b/x', 'a/x'], ['first file', 'second file']),
        (['/dev/fd/3', '/dev/fd/4'], ['3', '4']),
        (['\x1b', 'x'], ['first file', 'second file']),
        (['standard input', '-'], ['first file', 'second file']),
    ],
)
def test_labels(paths: list[str], shown: list[str]) -> None:
    assert labels(paths) == shown


@pytest.mark.parametrize(
    'content, message, advice',
    [
        (b'', 'is empty', 'error message'),
        (b' \n', 'is empty', 'error message'),
        ('\ufeff'.encode('utf-16'), 'is empty', 'error message'),
        (b'{"checks": [', "isn't JSON: the error is in line 1, column 13", '--output json'),
        (b'Check    Status\n-----', "isn't JSON: the error is in line 1", '--output json'),
        (b'[' * 100_000, "isn't JSON: it is nested too deeply", '--output json'),
        (b'9' * 5000, "isn't JSON: a number is too long", '--output json'),
        (b'\xff\x00\x01', "isn't JSON", '--output json'),
        (b'[]', "isn't a result of `az acrhealth check`", '--query'),
        (b'{"verdict": "Match"}', "isn't a result of `az acrhealth check`", '--query'),
        (
            json.dumps({**result(row('dns')), 'schemaVersion': '2.0'}).encode(),
            "is in version 2.0 of the result's format",
            'same version',
        ),
        (
            json.dumps({**result(row('dns')), 'schemaVersion': '\x1b[31m' + 'x' * 9999}).encode(),
            'is in version [31mxxx',
            'same version',
        ),
    ],
)
def test_contents_that_are_rejected(
    tmp_path: Path, good: str, content: bytes, message: str, advice: str
) -> None:
    path = tmp_path / 'other'
    path.write_bytes(content)
    error = rejected(good, str(path))
    assert isinstance(error, InvalidArgumentValueError)
    assert message in str(error) and str(path) in str(error) and '\x1b' not in str(error)
    assert advice in error.recommendations[0] and len(str(error)) < 1200


def test_what_can_not_be_read(tmp_path: Path, good: str) -> None:
    missing, folder = rejected(good, '/nosuch'), rejected(str(tmp_path), good)
    assert isinstance(missing, FileOperationError) and str(missing) == "'/nosuch' doesn't exist."
    assert isinstance(folder, FileOperationError) and "can't be read" in str(folder)
    assert "can't be read" in str(rejected(good, '/dev/zero'))
    assert "can't be read" in str(rejected(good, 'a\0b'))


def test_a_file_that_is_too_large(tmp_path: Path, good: str) -> None:
    path = tmp_path / 'large'
    with path.open('wb') as stream:
        stream.truncate(saved_results.LONGEST + 1)
    assert 'is larger than 64 MiB' in str(rejected(good, str(path)))


def test_a_pipe_that_never_ends(good: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_results, '_SECONDS', 0.1)
    reader, writer = os.pipe()
    with os.fdopen(reader) as stream, os.fdopen(writer, 'w'):
        monkeypatch.setattr('sys.stdin', stream)
        assert "didn't end" in str(rejected(good, '-'))


def test_no_standard_input(good: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('sys.stdin', None)
    assert 'is a terminal or closed' in str(rejected('-', good))


@pytest.mark.parametrize(
    'count, message',
    [(1, 'but 1 is specified'), (3, 'but 3 are specified')],
)
def test_another_number_of_files(good: str, count: int, message: str) -> None:
    assert message in str(rejected(*[good] * count))


def test_the_same_file_twice(tmp_path: Path, good: str) -> None:
    link = tmp_path / 'link'
    link.symlink_to(good)
    for other in (good, str(link), f'{tmp_path}/../{tmp_path.name}/good.json'):
        assert 'is specified twice' in str(rejected(good, other))
    assert 'Standard input is specified twice' in str(rejected('-', '-'))


@pytest.mark.parametrize('path', ['', ' '])
def test_an_empty_name(good: str, path: str) -> None:
    assert 'is empty' in str(rejected(good, path))


@pytest.mark.parametrize(
    'rows, content',
    [
        ([row('dns', registry='fabrikam')], 'other.json is about fabrikam'),
        ([row('engine-client', registry=None)], 'other.json is about its machine only'),
        (
            [row('dns', registry=f'registry{number}') for number in range(5)],
            'registry0, registry1, registry2, and 2 more',
        ),
    ],
)
def test_nothing_in_common(tmp_path: Path, good: str, rows: Any, content: str) -> None:
    path = tmp_path / 'other.json'
    path.write_text(json.dumps(result(*rows)), encoding='utf-8')
    error = rejected(good, str(path))
    assert 'no check in common: good.json is about contoso, and' in str(error)
    assert content in str(error)


def test_the_validator_replaces_the_arguments(tmp_path: Path, good: str) -> None:
    other = tmp_path / 'other.json'
    other.write_text(GOOD, encoding='utf-8')
    namespace: Any = SimpleNamespace(files=[good, str(other)])
    validate_compare(namespace)
    assert list(vars(namespace)) == ['results']


@pytest.mark.usefixtures('settings')
def test_rejected_files_leave_standard_output_empty(good: str) -> None:
    ended = az('acrhealth', 'compare', '--files', good)
    assert (ended.status, ended.stdout) == (1, '')
    assert az('acrhealth', 'compare').status == 2
