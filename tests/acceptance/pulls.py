# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the tests of --image share: hosts, verdicts, and assertions about secrets."""

from __future__ import annotations

from tests.acceptance.runs import Run
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

PULL, DATA, FORBIDDEN = 'IMAGE_PULL_ERROR', 'DATA_ENDPOINT_ERROR', 'CONNECTIVITY_FORBIDDEN_ERROR'
THROTTLED, ACCESS = 'CONNECTIVITY_TOOMANYREQUESTS_ERROR', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
CONTOSO, STORAGE = 'contoso.azurecr.test', cloud.BLOB_HOST


def verdicts(run: Run) -> tuple[str, ...]:
    """Return the verdicts on the only registry: login, pull, push."""
    return tuple(run.report['registries'][0][name] for name in ('canLogin', 'canPull', 'canPush'))


def assert_no_token_at_storage(sandbox: Sandbox) -> None:
    """Assert that only the registry, ARM and Entra got a token, and few requests."""
    trusted_hosts = (CONTOSO, cloud.ARM_HOST, cloud.LOGIN_HOST)
    assert not [
        request
        for request in sandbox.requests()
        if request['authorization'] and request['host'] not in trusted_hosts
    ]
    assert len(sandbox.requests('manifest')) <= 2 and len(sandbox.requests('data')) <= 10


def assert_no_secrets(sandbox: Sandbox, text: str) -> None:
    """Assert that no token, password or signature is in a text.

    ARM's and Entra's own are the CLI's to show or not.
    """
    assert not [secret for secret in sandbox.secrets() if secret in text]
