# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The pages that explain a code: one deep link per documented code, a Learn page for codes of our own."""

_ERRORS = 'https://aka.ms/acr/errors#'
_LEARN = 'https://learn.microsoft.com/azure/container-registry/'

PRIVATE_LINK = _LEARN + 'container-registry-private-link'
HEALTH = _LEARN + 'container-registry-check-health'
ROLES = _LEARN + 'container-registry-rbac-abac-repository-permissions'
FIREWALL = _LEARN + 'container-registry-firewall-access-rules'


def documented(code: str) -> str:
    """Give the error reference's link of a documented code."""
    return _ERRORS + code.lower()


def learn(page: str) -> str:
    """Give the link of a page of the registry's documentation."""
    return _LEARN + page
