# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The error numbers of Microsoft Entra ID (AADSTS), grouped by what the user can do about them.

Sources: Microsoft's list (learn.microsoft.com/entra/identity-platform/reference-error-codes), its
lookup page (https://login.microsoftonline.com/error), and, for the numbers that are in neither,
messages in public reports. The meaning of a number here is that of its message; where page and
list differ, the message of the lookup page counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from azext_acrhealth.lazy_patterns import lazy_pattern

EntraKind = Literal[
    'Expired',
    'InteractionNeeded',
    'ConditionalAccess',
    'WrongTenant',
    'AccountDisabled',
    'ApplicationUnknown',
    'ApplicationDisabled',
    'SecretRefused',
    'SecretExpired',
    'CertificateRefused',
    'FederatedTokenExpired',
    'FederationRefused',
    'AudienceRefused',
    'Unavailable',
]

KINDS: Mapping[EntraKind, tuple[int, ...]] = {
    # A new sign-in helps: sessions, refresh tokens and passwords that are no longer valid.
    'Expired': (
        *(50055, 50085, 50089, 50126, 50132, 50133, 50135, 50137, 50139, 50142, 50144, 50173),
        *(54005, 70000, 70008, 70043, 70044, 70045, 70046, 700081, 700082, 700083, 700084),
    ),
    # A new sign-in in a browser helps: multifactor authentication, a confirmation.
    'InteractionNeeded': (
        *(26000, 50072, 50074, 50076, 50078, 50079, 50125, 50199, 50203, 399218, 500121),
    ),
    'WrongTenant': (
        *(16000, 16003, 50014, 50020, 50034, 50049, 50059, 50128, 50177, 50178, 51004, 90002),
        *(90019, 90038, 90043, 90051, 90072, 500200, 500208, 500211, 500341, 900021, 900023),
        *(900382, 900432, 1000104, 1002021),
    ),
    'AccountDisabled': (50053, 50057, 500571),
    'ApplicationUnknown': (70001, 90049, 700011, 700016, 700038, 7000217),
    'ApplicationDisabled': (1000031, 7000112, 7000116),
    'SecretRefused': (70002, 7000215, 7000216, 7000218, 7000219),
    'SecretExpired': (7000222,),
    # A key pair signs the request: its certificate, or the assertion that it signed.
    'CertificateRefused': (
        *(50012, 50027, 50048, 500033, 500183, 700021, 700022, 700023, 700026, 700027, 700028),
        *(700029, 700030, 700031, 700032, 1000502, 7000210, 7000211, 7000212, 7000213, 7000214),
        *(7000221, 7000225, 7000274, 7000277),
    ),
    'FederatedTokenExpired': (700024,),
    'FederationRefused': (
        *(70021, 70025, 700211, 700212, 700213, 700222, 700223, 700229, 700238, 7000226),
        *(7000227, 7002131, 7002381),
    ),
    # The token's audience: its service principal is missing, disabled or not consented to.
    # 7000229 is about the client's own service principal, whose absence has the same cure.
    'AudienceRefused': (
        *(28002, 50001, 65001, 65002, 70011, 500011, 500012, 500014, 500015, 500016, 500017),
        *(500207, 650052, 650054, 650057, 650058, 700017, 700018, 1002012, 7000117, 7000229),
    ),
    'Unavailable': (
        *(40010, 40014, 50000, 50004, 50033, 50087, 50088, 50166, 50196, 70012, 90006, 90012),
        *(90024, 90025, 90030, 90031, 90032, 90033, 90035, 90039, 90041, 90045, 90055, 90090),
        *(90091, 399216, 1002022),
    ),
}
# What a policy of the tenant demands. Signing in again changes nothing, and an administrator can
# look the policy up by this.
POLICIES: Mapping[str, tuple[int, ...]] = {
    'the device platform': (50005,),
    'device registration': (50097, 50129, 50155, 50187, 501293, 501312, 700003, 1002023),
    'the state of the device, or suspicious activity': (50131, 130007, 130008, 135011),
    'device compliance': (53000, 530002, 530004),
    'a domain-joined device': (53001,),
    'a managed device': (501313, 530003),
    'approved client apps': (53002, 530021),
    'app protection': (50127, 53005, 53009, 501271, 501291, 501292),
    'the browser': (53008, 501311, 530001, 530011, 530022),
    'the location': (50077, 50081),
    'user assignment to the application': (50105,),
    'external authentication': (50158, 50159, 50161, 50170, 50172, 50176, 53006, 53007),
    'multifactor authentication methods': (53004, 53010, 54008, 54009, 54010),
    'risk': (53011, 530034),
    'Conditional Access': (53003, 530031, 530032),
    'authentication flows, such as device code flow': (530033, 530036),
    'security defaults': (530035,),
    'token protection': (530084,),
    'verifiable credentials': (399210,),
    'tenant restrictions': (50002, 500021, 500022, 500023, 500024, 500025),
    'cross-tenant access': (500212, 500213),
}
_BY_NUMBER: Mapping[int, EntraKind] = {
    **{number: kind for kind, numbers in KINDS.items() for number in numbers},
    **{number: 'ConditionalAccess' for numbers in POLICIES.values() for number in numbers},
}
_POLICY_OF = {number: policy for policy, numbers in POLICIES.items() for number in numbers}
# New numbers extend that of their kind: 530003 and 530002 belong to 53000, 7002131 to 700213.
_BY_PREFIX: tuple[tuple[str, EntraKind], ...] = (
    ('530', 'ConditionalAccess'),
    ('70021', 'FederationRefused'),
    ('700238', 'FederationRefused'),
)
# A report has this number for a disabled resource, too, so its message decides: the word that the
# number's own meaning has, and the kind without it.
_UNLESS_NAMED: Mapping[int, tuple[str, EntraKind]] = {1000502: ('certificate', 'AudienceRefused')}
# These introduce the number that says more, in the same message.
_GENERAL = (70000, 70002)
_AADSTS = lazy_pattern(r'AADSTS(\d{4,8})')


def number_in(text: str, codes: Iterable[object] = ()) -> int | None:
    """Return the number of an error by its text, else by `codes`; None without any.

    Of several numbers, the first that isn't a general one counts.
    """
    numbers = [int(digits) for digits in _AADSTS.findall(text)]
    # True is an int, but no number of an error is so small.
    numbers = numbers or [code for code in codes if isinstance(code, int) and 10**3 < code < 10**8]
    specific = (number for number in numbers if number not in _GENERAL)
    return next(specific, numbers[0] if numbers else None)


def kind_of(number: int, text: str = '') -> EntraKind | None:
    """Return the kind of an error by its number and message; None for an unknown number."""
    word, other = _UNLESS_NAMED.get(number, ('', None))
    if word not in text.lower():
        return other
    prefixes = (kind for prefix, kind in _BY_PREFIX if str(number).startswith(prefix))
    return _BY_NUMBER.get(number) or next(prefixes, None)


def policy_of(number: int) -> str:
    """Return what the policy is about that an error of the kind ConditionalAccess reports."""
    return _POLICY_OF.get(number, 'Conditional Access')
