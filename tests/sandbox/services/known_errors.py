# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Errors that the registry, or a server in front of it, was seen or documented to return.

Each names its source. `recorded`: the response, or what a client printed of it, is in a public
report; `documented`: in Microsoft's documentation; `inferred`: a part that no source has.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.sandbox.services import errors
from tests.sandbox.services.http_messages import Response


class KnownError(NamedTuple):
    """An error in the registry's format."""

    status: int
    code: str
    message: str


CACHE_HELP = 'For more information, please visit https://aka.ms/acr/cache'
KNOWN_ERRORS = {
    # Code, message and empty detail recorded (a lab's output of PUT manifests on a locked tag);
    # the status 405 recorded (Azure/azure-sdk-for-net#22827).
    'disallowed': KnownError(
        405,
        'REGISTRY_DISALLOWED_OPERATION',
        'The operation is disallowed on this registry, repository or image. View troubleshooting '
        'steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-'
        'operation-',
    ),
    # The message of 2018 as docker printed it after `unknown:` (Azure/acr#84); code inferred.
    'disallowed-2018': KnownError(405, 'UNKNOWN', 'The operation is disallowed.'),
    # Status and message documented (tutorial-troubleshoot-customer-managed-keys, "Identity expiry
    # error"); the code is inferred.
    'identity-inactive': KnownError(
        403,
        'DENIED',
        'The identity associated with the registry is inactive. This could be due to attempted '
        'removal of the identity. Reassign the identity manually',
    ),
    # Message documented (the support article on push errors); status and code are inferred.
    'key-forbidden': KnownError(
        403,
        'DENIED',
        'Access to Key Encryption Key is forbidden. View troubleshooting steps at '
        'https://aka.ms/acr/cmk',
    ),
    # Code and message recorded (Azure/acr#754, and the support article on Docker Hub's limits).
    'cache-throttled': KnownError(
        429,
        'TOOMANYREQUESTS',
        f"too many requests to source registry for cache rule 'docker-io'. {CACHE_HELP}",
    ),
    # Status and message recorded (Azure/acr#892); the code that of Azure/acr#891.
    'cache-failed': KnownError(
        424,
        'UNKNOWN',
        "request to pull from source 'docker.io/library/hello' for cache rule 'docker-io' has "
        f'failed. {CACHE_HELP}',
    ),
    # Message recorded (Azure/acr#599), code and status from docker's word `unauthorized`.
    'cache-unauthorized': KnownError(
        401,
        'UNAUTHORIZED',
        f"authentication required with source registry for cache rule 'docker-io'. {CACHE_HELP}",
    ),
    # Code and status recorded (goharbor/harbor#23016); the message is inferred.
    'no-length': KnownError(400, 'CONTENT_LENGTH_INVALID', 'invalid content length'),
}


def known(name: str) -> Response:
    """Return a known error by its name. Raises KeyError for another name."""
    error = KNOWN_ERRORS[name]
    return errors.registry(error.status, error.code, error.message, {})


def too_large(server: str = 'nginx') -> Response:
    """Return the page with which nginx refuses a body above its limit.

    Recorded (Azure/application-gateway-kubernetes-ingress#968, goharbor/harbor#23015): the same
    page names other servers that are built on nginx, among them AzureContainerRegistry.
    """
    title = '413 Request Entity Too Large'
    page = (
        f'<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1>'
        f'</center>\r\n<hr><center>{server}</center>\r\n</body>\r\n</html>\r\n'
    )
    return Response(413, page.encode(), (('Server', server), ('Content-Type', 'text/html')))
