# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Links to the documentation of codes: the error reference, or a Learn page for other codes."""

_ERRORS = 'https://aka.ms/acr/errors#'
_LEARN = 'https://learn.microsoft.com/azure/container-registry/'

HEALTH = _LEARN + 'container-registry-check-health'
FIREWALL = _LEARN + 'container-registry-firewall-access-rules'
DATA_ENDPOINTS = _LEARN + 'container-registry-dedicated-data-endpoints'
FAQ = _LEARN + 'container-registry-faq'
GEO_REPLICATION = _LEARN + 'container-registry-geo-replication'
PRIVATE_LINK = _LEARN + 'container-registry-private-link'
TIERS = _LEARN + 'container-registry-skus'
TROUBLESHOOT_ACCESS = _LEARN + 'container-registry-troubleshoot-access'
TROUBLESHOOT_LOGIN = _LEARN + 'container-registry-troubleshoot-login'


def documented(code: str) -> str:
    """Return the link to a documented code in the error reference."""
    return _ERRORS + code.lower()
