# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Files are written as a whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from azext_acrhealth.report_writers import files
from azext_acrhealth.report_writers.files import check_writable, ending, write, write_reports
from tests.report_writers.sample import CONTOSO, build, results

pytestmark = pytest.mark.skipif(os.name != 'posix', reason='permissions are of a POSIX system')


@pytest.fixture
def umask() -> Any:
    before = os.umask(0o027)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path, umask: None) -> None:
    path = tmp_path / 'a.html'
    write(str(path), 'text\n')
    assert (path.read_bytes(), mode(path), os.listdir(tmp_path)) == (b'text\n', 0o640, ['a.html'])


def test_an_existing_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / 'a.html'
    path.write_text('old')
    path.chmod(0o604)
    write(str(path), 'é')
    assert (path.read_bytes(), mode(path)) == (b'\xc3\xa9', 0o604)


@pytest.mark.parametrize('exists', [True, False])
def test_a_symbolic_link_stays_one(tmp_path: Path, exists: bool) -> None:
    (tmp_path / 'real').mkdir()
    target, link = tmp_path / 'real' / 'b.html', tmp_path / 'a.html'
    link.symlink_to(target)
    if exists:
        target.write_text('old')
    write(str(link), 'new')
    assert link.is_symlink() and target.read_text() == 'new'
    assert os.listdir(target.parent) == ['b.html']


@pytest.mark.parametrize('error', [OSError(errno.ENOSPC, 'disk full'), KeyboardInterrupt()])
@pytest.mark.parametrize('call', ['fsync', 'replace'])
def test_a_failure_leaves_the_earlier_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, call: str
) -> None:
    path = tmp_path / 'a.html'
    path.write_text('old')

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(error)):
        write(str(path), 'new')
    assert path.read_text() == 'old' and os.listdir(tmp_path) == ['a.html']


def test_a_system_without_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, 'chown')
    path = tmp_path / 'a.html'
    path.write_text('old')
    write(str(path), 'new')
    assert path.read_text() == 'new'


def test_an_owner_that_may_not_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(os, 'chown', refuse)
    path = tmp_path / 'a.html'
    path.write_text('old')
    write(str(path), 'new')
    assert path.read_text() == 'new'


def test_what_can_be_written_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / 'a.html'
    check_writable(str(path))
    assert os.listdir(tmp_path) == []
    path.write_text('old')
    check_writable(str(path))
    assert path.read_text() == 'old' and os.listdir(tmp_path) == ['a.html']


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'a.html')
    with pytest.raises(ValueError, match='regular file'):
        check_writable(str(tmp_path / 'a.html'))


def test_a_file_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'a.html').write_text('old')
    monkeypatch.setattr(os, 'access', lambda path, wanted: wanted != os.W_OK)
    with pytest.raises(PermissionError, match='read-only'):
        check_writable(str(tmp_path / 'a.html'))


@pytest.mark.parametrize('name', ['a.html', 'b' * 300 + '.html'])
def test_a_place_where_nothing_can_be_created(tmp_path: Path, name: str) -> None:
    folder = tmp_path / 'missing' if name == 'a.html' else tmp_path
    with pytest.raises(OSError):
        check_writable(str(folder / name))


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / 'a.html').symlink_to(tmp_path / 'a.html')
    with pytest.raises(OSError):
        check_writable(str(tmp_path / 'a.html'))


@pytest.mark.parametrize(
    'path, expected',
    [('a.HTML', '.html'), ('a.b.Md', '.md'), ('.html', ''), ('a', ''), ('a.html/b', '')],
)
def test_endings(path: str, expected: str) -> None:
    assert ending(path) == expected


def test_the_ending_selects_the_format(tmp_path: Path) -> None:
    report = build(results(), CONTOSO)
    paths = [str(tmp_path / name) for name in ('a.JSON', 'a.html', 'a.xml', 'a.md')]
    assert write_reports(paths, report, False) == []
    assert json.loads(Path(paths[0]).read_text('utf-8')) == report
    beginnings = [Path(path).read_text('utf-8')[:5] for path in paths[1:]]
    assert beginnings == ['<!doc', '<?xml', '### ✅']


def test_the_other_files_are_written_if_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = files.write

    def fail_first(path: str, text: str) -> None:
        if path.endswith('.html'):
            raise OSError(errno.ENOSPC, 'No space left on device')
        written(path, text)

    monkeypatch.setattr(files, 'write', fail_first)
    paths = [str(tmp_path / 'a.html'), str(tmp_path / 'a.json')]
    assert write_reports(paths, build(results(), CONTOSO), False) == [
        f"'{paths[0]}': No space left on device"
    ]
    assert os.listdir(tmp_path) == ['a.json']
