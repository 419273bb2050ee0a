# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The values of options: listed ones, and times."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError

import pytest

from azext_acrhealth.arguments.option_values import (
    any_of,
    any_unlisted,
    completer_of,
    parse_seconds,
)


@pytest.mark.parametrize(
    'text, seconds',
    [
        ('60', 60),
        ('1.5', 1.5),
        ('90s', 90),
        ('1m', 60),
        (' 1M ', 60),
        ('1.5m', 90),
        ('1h', 3600),
        ('1m30s', 90),
        ('1h1m1s', 3661),
        ('0', 0),
        ('-1', -1),
        ('inf', float('inf')),
    ],
)
def test_seconds(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize('text', ['', 'soon', 'm', '1d', '1s1m', '1m 30s', '1.m', '٣m', '1ms'])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="isn't a time. Use a number of seconds"):
        parse_seconds(text)


def test_what_the_parser_shows_is_fit_for_any_stream() -> None:
    hostile = 'x\udcff\x1b[31m'
    listed, unlisted = any_of(['pull']), any_unlisted(lambda: ['dns'], 'CHECK')
    assert [settings['type'](hostile) for settings in (listed, unlisted)] == ['x[31m'] * 2
    with pytest.raises(ArgumentTypeError, match=r"^'x\[31m' isn't a time"):
        parse_seconds(hostile)


def test_any_of() -> None:
    settings = any_of(['Pull', 'push'])
    assert settings['choices'] == ['Pull', 'push']
    assert [settings['type'](text) for text in ('PULL', 'push', 'x')] == ['Pull', 'push', 'x']


def test_values_that_the_help_leaves_out() -> None:
    looked_up: list[None] = []

    def values() -> list[str]:
        looked_up.append(None)
        return ['dns', 'tls']

    settings = any_unlisted(values, 'CHECK')
    parser = ArgumentParser()
    completer = settings.pop('completer')  # a setting of the CLI alone
    parser.add_argument('--only', **settings)
    assert parser.parse_args([]).only is None and not settings['choices']
    assert looked_up == [], 'values are looked up for an option that is used'
    assert parser.parse_args(['--only', 'DNS', 'tls']).only == ['dns', 'tls']
    with pytest.raises(SystemExit):
        parser.parse_args(['--only', 'x'])
    assert completer(prefix='d') == ['dns', 'tls'], 'the shell picks what fits'


def test_completer() -> None:
    assert list(completer_of(['ab', 'b'])(prefix='a')) == ['ab']
