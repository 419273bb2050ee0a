# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What acceptance tests need besides Python: without it they are skipped, but fail in CI."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.sandbox.host import azure_identity

if TYPE_CHECKING:
    from tests.sandbox.control.sandbox import Sandbox


def need(component: str) -> str:
    """Return the path of a program.

    If it isn't installed, skip the test, or fail it in CI.
    """
    return shutil.which(component) or lacks(f'{component} is not installed')


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
