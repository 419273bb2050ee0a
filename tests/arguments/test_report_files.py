# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The files of --report: what is rejected before any check runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from azure.cli.core.azclierror import FileOperationError, InvalidArgumentValueError

from azext_acrhealth.arguments.report_files import parse_report_files

pytestmark = pytest.mark.skipif(os.name != 'posix', reason='the paths are of a POSIX system')
ENDINGS = ('.html', '.xml', '.md', '.json')


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('HOME', str(tmp_path))
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'folder.html').mkdir()
    (tmp_path / 'file').touch()
    os.mkfifo('pipe.html')
    (tmp_path / 'null.json').symlink_to('/dev/null')
    (tmp_path / 'loop.html').symlink_to('loop.html')
    (tmp_path / 'dangling.html').symlink_to('missing/x.html')


def refused(*paths: str) -> tuple[type[Exception], str, str]:
    with pytest.raises((FileOperationError, InvalidArgumentValueError)) as caught:
        parse_report_files(paths)
    error = caught.value
    return type(error), str(error), '\n'.join(error.recommendations)


def test_none() -> None:
    assert parse_report_files(None) == ()


@pytest.mark.parametrize('ending', [*ENDINGS, '.HTML', '.Json'])
def test_every_format_in_any_case(ending: str, tmp_path: Path) -> None:
    before = sorted(os.listdir(tmp_path))
    assert parse_report_files([f'a{ending}', f'folder/b.c{ending}']) == (
        f'a{ending}',
        f'folder/b.c{ending}',
    )
    assert sorted(os.listdir(tmp_path)) == before


def test_a_home_folder_that_the_shell_did_not_expand(tmp_path: Path) -> None:
    assert parse_report_files(['~/a.html']) == (f'{tmp_path}/a.html',)


@pytest.mark.parametrize(
    'path, message',
    [
        ('', 'The value of --report is empty'),
        (' ', 'The value of --report is empty'),
        ('-', '--report requires a file, because stdout has the result already'),
        ('/dev/stdout', '--report requires a file'),
        ('/dev/stderr', '--report requires a file'),
        ('/dev/fd/63', '--report requires a file'),
        ('/proc/self/fd/1', '--report requires a file'),
        ('CON', '--report requires a file'),
        ('folder', "'folder' is a folder"),
        ('folder/', "'folder/' is a folder"),
        ('folder.html', "'folder.html' is a folder"),
        ('missing/', "'missing/' is a folder"),
        ('.', "'.' is a folder"),
        ('a', "The ending of 'a' isn't one that --report knows"),
        ('a.txt', "The ending of 'a.txt'"),
        ('.html', "The ending of '.html'"),
        ('a.html.bak', "The ending of 'a.html.bak'"),
        ('a.htm', "The ending of 'a.htm'"),
        ('a.html ', "The ending of 'a.html '"),
        ('a.\x1b[31mhtml', "The ending of 'a.[31mhtml'"),
    ],
)
def test_what_is_not_a_file_of_a_known_format(path: str, message: str) -> None:
    kind, text, recommendation = refused(path)
    assert kind is InvalidArgumentValueError and text.startswith(message) and recommendation


def test_an_unknown_ending_names_the_known_ones() -> None:
    assert 'ends with .html, .xml, .md, or .json' in refused('a.txt')[2]


@pytest.mark.parametrize(
    'path, message',
    [
        ('missing/a.html', "'missing/a.html' can't be written, because there is no folder '"),
        ('dangling.html', "'dangling.html' can't be written, because there is no folder '"),
        ('file/a.html', "'file/a.html' can't be written, because there is no folder '"),
        ('pipe.html', "'pipe.html' can't be written: it isn't a regular file."),
        ('null.json', "'null.json' can't be written: it isn't a regular file."),
        ('loop.html', "'loop.html' can't be written: Too many levels of symbolic links."),
        ('x' * 300 + '.html', "' can't be written: File name too long."),
    ],
)
def test_what_cannot_be_written(path: str, message: str) -> None:
    kind, text, recommendation = refused(path)
    assert kind is FileOperationError and message in text and recommendation


@pytest.mark.skipif(not os.path.isdir('/proc/self'), reason='this system has no /proc')
def test_a_folder_in_which_nothing_can_be_created() -> None:
    assert (
        "'/proc/a.html' can't be written: No such file or directory." in refused('/proc/a.html')[1]
    )


def test_a_folder_that_denies_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = open

    def deny(path: str, mode: str = 'r', **options: object) -> object:
        if 'x' in mode:
            raise PermissionError(13, 'Permission denied')
        return real(path, mode)

    monkeypatch.setattr('builtins.open', deny)
    assert "'a.html' can't be written: Permission denied." in refused('a.html')[1]


@pytest.mark.parametrize(
    'paths', [('a.html', 'a.html'), ('a.html', 'b.md', './a.html'), ('a.html', 'folder/../a.html')]
)
def test_a_file_that_is_named_twice(paths: tuple[str, ...]) -> None:
    kind, text, _ = refused(*paths)
    assert kind is InvalidArgumentValueError
    assert text == f"--report names the file '{paths[-1]}' twice."


def test_a_link_and_its_target_are_the_same_file(tmp_path: Path) -> None:
    (tmp_path / 'link.html').symlink_to('a.html')
    assert 'twice' in refused('a.html', 'link.html')[1]


def test_case_tells_files_apart_except_on_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_report_files(['a.html', 'A.html']) == ('a.html', 'A.html')
    monkeypatch.setattr(sys, 'platform', 'darwin')
    assert 'twice' in refused('a.html', 'A.html')[1]


def test_case_does_not_tell_files_apart_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, 'normcase', str.lower)
    assert 'twice' in refused('a.html', 'A.html')[1]


def test_nothing_is_created_if_another_file_is_rejected(tmp_path: Path) -> None:
    before = sorted(os.listdir(tmp_path))
    refused('a.html', 'b.txt')
    assert sorted(os.listdir(tmp_path)) == before


def test_a_current_folder_that_was_deleted(tmp_path: Path) -> None:
    os.chdir(tmp_path / 'folder')
    os.rmdir(tmp_path / 'folder')
    kind, message, advice = refused('a.html')
    assert kind is FileOperationError and "the current folder doesn't exist any more" in message
    assert 'specify the full path' in advice
    assert parse_report_files([f'{tmp_path}/a.html']) == (f'{tmp_path}/a.html',)
