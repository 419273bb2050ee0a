# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Texts and problems that several codes have in common, each in the family of its endpoint."""

from azext_acrhealth.catalogue.shell import BYPASS_PROXY
from azext_acrhealth.model import Family, Problem

PROBLEMS: tuple[Problem, ...] = ()
DID_YOU_MEAN = (
    'Did you mean {meant}? Run the check with that name: `az acrhealth check --name {meant}`.'
)
SUPPORT = (
    'Open an Azure support request if the problem persists, and attach the output of `-o json`: it '
    'has the timestamps and correlation IDs.'
)


def unknown_code(family: Family) -> Problem:
    """Return the problem of an error of the registry whose code has no explanation here."""
    return family.problem(
        'UnknownErrorCode',
        'The registry itself returned this error. The detail has its code and message as the '
        'registry wrote them; this command has no explanation for the code.',
        'Follow the message of the registry.',
        'Try again in a few minutes if the message names no cause.',
        SUPPORT,
    )


def too_large(family: Family, *more: str) -> Problem:
    """Return the problem of a request that exceeds a size limit; `more` are further solutions."""
    return family.problem(
        'RequestTooLarge',
        'A server between this machine and the registry limits the size of a request, or of its '
        'URL and headers, and this request is larger. Proxies, gateways, and the front end of the '
        'registry itself have such limits. Smaller requests can still work.',
        'Ask the administrator of the server that the detail names to raise its limits for '
        'requests to `{host}`. In nginx, these are `client_max_body_size` for the body, and '
        '`large_client_header_buffers` for the URL and the headers.',
        *BYPASS_PROXY,
        *more,
    )
