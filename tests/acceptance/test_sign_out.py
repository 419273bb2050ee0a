# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The stock CLI signs out of the sandbox, and the checks then say that nobody is signed in."""

from __future__ import annotations

import pathlib

from tests.sandbox.control.sandbox import Sandbox


def test_az_logout(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    finished = sandbox.az('logout', config=config)
    assert (finished.code, finished.stdout, finished.stderr) == (0, '', '')
    finished = sandbox.az('acrhealth', 'check', '-n', 'contoso', '-o', 'json', config=config)
    reasons = {row['check']: row['reason'] for row in finished.json['checks']}
    assert (reasons['login-server'], reasons['refresh-token']) == ('NotLoggedIn', 'NotLoggedIn')
