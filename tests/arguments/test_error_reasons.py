# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Codes and reasons of `error show`, and suggestions for what is neither."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from azure.cli.core.azclierror import AzCLIError

from azext_acrhealth._validators import validate_show
from azext_acrhealth.arguments.error_reasons import parse_code_and_reason, reasons


@pytest.mark.parametrize(
    'code, reason, expected',
    [
        ('CMK_ERROR', None, ('CMK_ERROR', None)),
        (None, 'ClientIpNotAllowed', ('CONNECTIVITY_FORBIDDEN_ERROR', 'ClientIpNotAllowed')),
        (None, ' clientipnotallowed ', ('CONNECTIVITY_FORBIDDEN_ERROR', 'ClientIpNotAllowed')),
        (None, 'cmk_error', ('CMK_ERROR', None)),
        ('CMK_ERROR', 'CMK_ERROR', ('CMK_ERROR', None)),
        ('IMAGE_PUSH_ERROR', 'Unauthorized', ('IMAGE_PUSH_ERROR', 'Unauthorized')),
    ],
)
def test_a_code_and_a_reason(
    code: str | None, reason: str | None, expected: tuple[str, str | None]
) -> None:
    assert parse_code_and_reason(code, reason) == expected


@pytest.mark.parametrize(
    'code, reason, message, recommendation',
    [
        (None, None, 'Neither a code nor a reason', '--reason'),
        (None, 'Unauthorized', 'codes have the reason Unauthorized', '--code'),
        (None, 'ClientIpNotAllowd', "isn't a code or a reason", 'Did you mean ClientIpNotAllowed?'),
        (None, 'xyz', "isn't a code or a reason", 'az acrhealth error list'),
        ('CMK_ERROR', 'NoSuchTag', 'has no reason NoSuchTag', '--code IMAGE_PULL_ERROR'),
        ('CMK_ERROR', 'IMAGE_PULL_ERROR', "isn't a code or a reason", ''),
    ],
)
def test_what_is_rejected(
    code: str | None, reason: str | None, message: str, recommendation: str
) -> None:
    with pytest.raises(AzCLIError) as caught:
        parse_code_and_reason(code, reason)
    assert message in str(caught.value) and recommendation in caught.value.recommendations[0]


def test_the_completions() -> None:
    assert {'ClientIpNotAllowed', 'CMK_ERROR'} <= set(reasons())
    assert reasons() == sorted(set(reasons()))


def test_the_validator() -> None:
    namespace: Any = SimpleNamespace(code=None, reason='nosuchtag')
    validate_show(namespace)
    assert vars(namespace) == {'code': 'IMAGE_PULL_ERROR', 'reason': 'NoSuchTag'}
