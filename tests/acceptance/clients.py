# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real clients of registries, run inside the sandbox."""

from __future__ import annotations

from tests.acceptance.components import need
from tests.sandbox.control.sandbox import Finished, Sandbox


def skopeo(sandbox: Sandbox, *arguments: str, code: int = 0) -> Finished:
    """Run skopeo and assert its exit status."""
    finished = sandbox.run([need('skopeo'), '--insecure-policy', *arguments], timeout=60)
    assert finished.code == code, finished.stderr
    return finished


def client_credentials(sandbox: Sandbox, option: str = '--creds') -> list[str]:
    """Return the option that gives a client the signed-in application's name and secret."""
    return [option, f'{sandbox.info["app"]}:{sandbox.info["secret"]}']
