# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The error numbers of Microsoft Entra ID."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest

from azext_acrhealth.entra_errors import KINDS, POLICIES, EntraKind, kind_of, number_in, policy_of


def test_each_number_stands_once() -> None:
    numbers = Counter(
        number for group in (KINDS, POLICIES) for row in group.values() for number in row
    )
    assert [number for number, times in numbers.items() if times > 1] == []
    assert {*KINDS, 'ConditionalAccess'} == {*get_args(EntraKind)}
    assert all(10**4 <= number < 10**7 + 10**6 for number in numbers)


@pytest.mark.parametrize(
    'kind, numbers',
    [
        ('FederatedTokenExpired', (700024,)),
        ('CertificateRefused', (700027, 700028, 700030, 7000214, 7000274)),
        ('ApplicationDisabled', (7000112, 7000116)),
        ('SecretExpired', (7000222,)),
        ('SecretRefused', (7000215, 70002, 7000218)),
        ('ApplicationUnknown', (700016, 700011, 70001)),
        ('FederationRefused', (70021, 70025, 700211, 700212, 700213, 7002131, 7002139, 7002381)),
        ('AudienceRefused', (500011, 500014, 50001, 650052, 650057, 65001, 7000117, 7000229)),
        ('InteractionNeeded', (50072, 50074, 50076, 50078, 50079)),
        ('Expired', (70043, 70044, 700081, 700082, 50173, 50132)),
        ('WrongTenant', (90002, 50020, 50034, 90072)),
        ('AccountDisabled', (50053, 50057)),
        ('Unavailable', (50196, 90033, 90024)),
        ('ConditionalAccess', (50005, 50097, 50105, 50129, 50131, 50158, 53000, 53001, 53002)),
        ('ConditionalAccess', (53003, 53004, 53011, 530001, 530021, 530033, 530036, 530084)),
        ('ConditionalAccess', (530071, 53049)),
        (None, (12345678, 65004, 90014, 54321, 7000239)),
    ],
)
def test_kinds(kind: EntraKind | None, numbers: tuple[int, ...]) -> None:
    assert {number: kind_of(number) for number in numbers} == dict.fromkeys(numbers, kind)


def test_a_number_with_two_meanings_counts_with_its_message() -> None:
    expired = 'AADSTS1000502: The provided certificate is not within its specified validity window.'
    assert kind_of(1000502, expired) == 'CertificateRefused'
    assert kind_of(1000502, 'AADSTS1000502: The resource is disabled.') == 'AudienceRefused'


@pytest.mark.parametrize(
    'number, policy',
    [
        (530084, 'token protection'),
        (53000, 'device compliance'),
        (50105, 'user assignment to the application'),
        (50158, 'external authentication'),
        (53003, 'Conditional Access'),
        (530071, 'Conditional Access'),
    ],
)
def test_policies(number: int, policy: str) -> None:
    assert policy_of(number) == policy


@pytest.mark.parametrize(
    'text, codes, number',
    [
        ('AADSTS53003: Access has been blocked.', (), 53003),
        (
            'SubError: message_only V2Error: invalid_grant AADSTS53003: Blocked. Status: x',
            (),
            53003,
        ),
        ('AADSTS70002: Error validating credentials. AADSTS7000222: Expired.', (), 7000222),
        ('AADSTS70002: Error validating credentials.', (), 70002),
        ('AADSTS50076: One. AADSTS50079: Two.', (), 50076),
        ('AADSTS50076: One.', (53003,), 50076),
        ('No number.', (53003, 50076), 53003),
        ('No number.', ('53003', True, None, 7, 10**9), None),
        ('AADSTS12: no number', (), None),
        ('', (), None),
    ],
)
def test_the_number_of_an_error(text: str, codes: tuple[object, ...], number: int | None) -> None:
    assert number_in(text, codes) == number
