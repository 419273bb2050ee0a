# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The object that `error explain` returns, and the lines that follow its table."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.advice import Client
from azext_acrhealth.explain.explanation import explain
from azext_acrhealth.explain_report import build, summary
from azext_acrhealth.report import SCHEMA_VERSION


def result(text: str, client: Client | None = None) -> dict[str, Any]:
    return build(explain(text), client or Client())


def test_the_keys() -> None:
    for text in ('manifest unknown docker', 'nothing', 'toomanyrequests: pull rate limit'):
        assert list(result(text)) == [
            *('schemaVersion', 'verdict', 'registry', 'image', 'tool', 'matches', 'next')
        ]
    assert result('nothing')['schemaVersion'] == SCHEMA_VERSION


@pytest.mark.parametrize(
    'text, command',
    [
        ('contoso.azurecr.io/app:v1: manifest unknown', '--image contoso.azurecr.io/app:v1'),
        (
            "contoso.azurecr.io: client with IP '203.0.113.7' is not allowed access",
            '--name contoso.azurecr.io',
        ),
        ('manifest unknown docker', '--name REGISTRY'),
        (
            'docker push contoso.azurecr.io/app:v1\nunauthorized: authentication required',
            '--image contoso.azurecr.io/app:v1 --push --skip environment',
        ),
        (
            'The push refers to repository [contoso.azurecr.io/app]\nunauthorized: authentication '
            'required',
            '--name contoso.azurecr.io --repository app --push --skip environment',
        ),
        (
            'docker push\nunauthorized: authentication required',
            '--name REGISTRY --repository REPOSITORY --push --skip environment',
        ),
        (
            'Cannot connect to the Docker daemon at unix:///var/run/docker.sock',
            '--only environment',
        ),
        ('AADSTS700082: The refresh token has expired', '--name REGISTRY --only authentication'),
        (
            'error getting credentials - err: exit status 1 docker',
            '--name REGISTRY --only stored-credentials',
        ),
        ('Access to Key Encryption Key is forbidden', '--name REGISTRY --only registry'),
    ],
)
def test_the_command_that_decides(text: str, command: str) -> None:
    assert result(text)['next'] == [f'az acrhealth check {command}']


def test_the_next_commands_of_a_symptom() -> None:
    shown = result('Back-off pulling image "contoso.azurecr.io/app:v1"')
    assert shown['next'][0] == 'kubectl describe pod POD --namespace NAMESPACE'
    assert shown['next'][-1] == 'az acrhealth check --image contoso.azurecr.io/app:v1'
    assert 'not why' in summary(shown)[0]


def test_another_registry() -> None:
    shown = result('Failed to pull image "ghcr.io/x/y:1": denied')
    assert (shown['registry'], shown['image'], shown['next']) == ('ghcr.io', 'ghcr.io/x/y:1', [])
    assert summary(shown) == [
        'The message is about another registry (ghcr.io), not about Azure Container Registry.'
    ]


def test_placeholders_are_filled_by_what_the_text_says() -> None:
    shown = result("contoso.azurecr.io: client with IP '203.0.113.7' is not allowed access")
    assert '--name contoso --ip-address 203.0.113.7' in shown['matches'][0]['solutions'][0]


def test_what_is_no_address_enters_no_command() -> None:
    shown = result("contoso.azurecr.io: client with IP '$(reboot)' is not allowed access")
    assert 'reboot' not in ' '.join(shown['matches'][0]['solutions'])


def test_solutions_fit_the_machine_and_the_engine() -> None:
    text = 'docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock'
    solutions = ' '.join(result(text, Client('2.91.0', 'linux'))['matches'][0]['solutions'])
    assert 'docker info' in solutions and 'podman' not in solutions


def test_signed_urls_are_cut() -> None:
    shown = result(
        'docker: https://x.blob.core.windows.net/a?sv=1&sig=abcdef: 403 Server failed to '
        'authenticate the request'
    )
    assert 'sig=' not in str(shown)
