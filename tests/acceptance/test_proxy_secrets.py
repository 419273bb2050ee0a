# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The password of a proxy appears in no output and no log file."""

from __future__ import annotations

import pathlib

import pytest

from tests.acceptance.leaks import leaking_lines, run_with_logs
from tests.sandbox.control.sandbox import Sandbox


@pytest.mark.parametrize('variable', ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])
@pytest.mark.parametrize('debug', ['--debug', '--verbose'])
def test_password_of_the_proxy(
    sandbox: Sandbox, tmp_path: pathlib.Path, variable: str, debug: str
) -> None:
    finished, config = run_with_logs(
        sandbox,
        tmp_path,
        debug,
        '-o',
        'json',
        '-n',
        'contoso',
        tokens=False,
        env={variable: 'http://joe:s3cr3t-pw@127.0.0.1:9'},
    )
    rows = {row['check']: row for row in finished.json['checks']}
    assert rows['connection']['reason'] == 'ProxyUnreachable'
    assert (
        '127.0.0.1:9' in finished.json['client']['proxy']
        and '127.0.0.1:9' in rows['connection']['detail']
    )
    assert (
        leaking_lines(sandbox, finished, config, ['s3cr3t-pw', 'czNjcjN0LXB3', 'am9lOnMzY3IzdC1wd'])
        == []
    )


@pytest.mark.parametrize(
    'setting',
    [
        'http://joe:s3cr3t-pw@',
        'joe:s3cr3t-pw@127.0.0.1:9',
        'http://joe:s3cr3t-pw@127.0.0.1:port',
        'http://joe:/s3cr3t-pw@127.0.0.1:9',
        'http://joe:?s3cr3t-pw@127.0.0.1:9',
        'http://joe:#s3cr3t-pw@127.0.0.1:9',
        'ftp://joe:s3cr3t-pw@127.0.0.1:9',
        's3cr3t-pw://joe@127.0.0.1:9',
        'socks5://joe:s3cr3t-pw@127.0.0.1:9',
        'http://joe:[s3cr3t-pw@127.0.0.1:9',
        'http://joe:s3cr3t-pw@[::1',
        'http://joe: s3cr3t-pw@127.0.0.1:9',
        'http://joe:@s3cr3t-pw@127.0.0.1:9',
        'http://joe:\\s3cr3t-pw@127.0.0.1:9',
        'http://joe:%s3cr3t-pw@127.0.0.1:9',
        'HTTP://JOE:s3cr3t-pw@127.0.0.1:9',
        'https://joe:s3cr3t-pw@127.0.0.1:9',
    ],
)
def test_password_in_a_setting_that_cannot_be_used(
    sandbox: Sandbox, tmp_path: pathlib.Path, setting: str
) -> None:
    finished, config = run_with_logs(
        sandbox,
        tmp_path,
        '--debug',
        '-o',
        'json',
        '-n',
        'contoso',
        tokens=False,
        env={'HTTPS_PROXY': setting, 'NO_PROXY': 'a.test,joe:s3cr3t-pw,joe:s3cr3t-pw@b.test'},
    )
    assert finished.code == 1 and finished.json['checks']
    assert (
        leaking_lines(sandbox, finished, config, ['s3cr3t-pw', 'czNjcjN0LXB3', 'am9lOnMzY3IzdC1wd'])
        == []
    )
