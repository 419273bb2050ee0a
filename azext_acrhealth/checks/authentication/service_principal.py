# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Recognize why the registry rejects an application ID and a secret, by its message."""

from __future__ import annotations

from collections.abc import Mapping

from azext_acrhealth.catalogue.authentication import service_principal as problems
from azext_acrhealth.entra_errors import EntraKind, kind_of, number_in
from azext_acrhealth.grammar import is_guid
from azext_acrhealth.model import Problem
from azext_acrhealth.probes.registry.tokens import NULL_GUID

_BY_KIND: Mapping[EntraKind, Problem] = {
    'SecretRefused': problems.SECRET_REFUSED,
    'SecretExpired': problems.SECRET_REFUSED,
    'ApplicationUnknown': problems.UNKNOWN,
    'ApplicationDisabled': problems.DISABLED,
}
# The registry's own words, in lower case (Azure/docker-login#46, Azure/acr#366).
_BY_TEXT: Mapping[str, Problem] = {
    'invalid clientid or client secret': problems.SECRET_REFUSED,
    'application not registered with aad': problems.UNKNOWN,
}


def problem_of_message(username: str, message: str | None) -> Problem | None:
    """Return the problem that a refusal's message names; None for another user or message."""
    if not message or not is_guid(username) or username == NULL_GUID:
        return None
    number = number_in(message)
    if number:
        kind = kind_of(number, message)
        return _BY_KIND.get(kind) if kind else None
    return next((problem for text, problem in _BY_TEXT.items() if text in message.lower()), None)
