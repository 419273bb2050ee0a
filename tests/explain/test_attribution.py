# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which host a match is about."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.catalogue.connectivity import connection
from azext_acrhealth.catalogue.data import data_endpoints
from azext_acrhealth.explain.attribution import judge
from azext_acrhealth.explain.message import message_of
from azext_acrhealth.explain.rule import Finding, Rule, compiled


def judged(text: str, **more: Any) -> Finding | None:
    rule = Rule(
        'refused',
        ('refused',),
        r'connection refused',
        'connection',
        connection.REFUSED,
        **{
            'elsewhere': {'data': data_endpoints.BY_REASON['ConnectionRefused']},
            'specific': False,
            **more,
        },
    )
    message = message_of(text, ())
    match = compiled(rule.pattern).search(message.folded)
    assert match
    return judge(rule, match, message)


@pytest.mark.parametrize(
    'text, code',
    [
        (
            'Get "https://contoso.azurecr.io/v2/": connection refused',
            'CONNECTIVITY_CHALLENGE_ERROR',
        ),
        ('copying https://x.blob.core.windows.net/a: connection refused', 'DATA_ENDPOINT_ERROR'),
        (
            'contoso.azurecr.io: failed to copy: httpReadSeeker: failed open: connection refused',
            'DATA_ENDPOINT_ERROR',
        ),
        ('Logged in to contoso.azurecr.io\nconnection refused', 'CONNECTIVITY_CHALLENGE_ERROR'),
        ('docker: connection refused', 'CONNECTIVITY_CHALLENGE_ERROR'),
    ],
)
def test_the_problem_is_that_of_the_host(text: str, code: str) -> None:
    finding = judged(text)
    assert finding and finding.problem and finding.problem.code == code and not finding.is_foreign


@pytest.mark.parametrize(
    'text',
    [
        'GET https://intranet.example.com/x: connection refused',
        'panic: https://x.blob.core.windows.net: connection refused',
        'GET https://login.microsoftonline.com/x: connection refused',
        'image: contoso.azurecr.io/app:v1\ndial tcp 10.0.0.5:5432: connection refused',
        'image: contoso.azurecr.io/app:v1\nconnection refused, port 6379',
    ],
)
def test_a_host_that_does_not_matter(text: str) -> None:
    assert judged(text) is None


def test_another_registry() -> None:
    finding = judged(
        'Logged in to contoso.azurecr.io\nGet "https://ghcr.io/v2/": connection refused'
    )
    assert finding and finding.is_foreign


def test_a_rule_about_the_registry_whatever_stands_near() -> None:
    finding = judged('https://ghcr.io/v2/ connection refused', anywhere=True)
    assert finding and not finding.is_foreign
