# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Recognize why kubectl could do nothing, by its error message.

Its texts have been the same from 1.20 to 1.37: "Error from server (Reason): message" for what the
API server responded, and others for what happened before. Client-go's HTTP errors follow Go's.
"""

from __future__ import annotations

import re
from typing import Literal

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.redaction import redact_queries, sanitize

KubectlKind = Literal[
    'Missing',  # no kubectl, or one that can't be executed
    'Timeout',
    'NoContext',  # no kubeconfig file, no current context, no such context
    'InvalidContext',  # the kubeconfig file can't be used, or has a name or URL that isn't valid
    'SignInFailed',  # no login, or one that the API server doesn't accept
    'Unreachable',
    'Untrusted',  # the API server's certificate
    'Forbidden',  # no permission (RBAC)
    'Refused',  # by admission: Pod Security, a policy, a quota, a missing service account
    'NoNamespace',
    'NotFound',
    'ServerError',  # the API server, or what it calls, fails or is overloaded
    'Unexpected',
]

_LONGEST = 2000
# Lines by which kubectl itself says what happened. What else it prints is its log, or comes from a
# credential plugin, which may show the code of a sign-in.
_OWN_LINE = lazy_pattern(
    r'^(?:Error from server|Unable to connect to the server|The connection to the server|error:)',
    re.MULTILINE,
)
_CONFIGURATION = 'error loading config file'
# What stands before the reason in a refusal, with the generated name of the pod.
_PREFIX = lazy_pattern(r'^Error from server \(Forbidden\): pods "[^"]*" is forbidden: ')
# The first that matches decides.
_PATTERNS: tuple[tuple[KubectlKind, str], ...] = (
    (
        'Forbidden',
        r'User "[^"]*" cannot [a-z]+ resource|does not have access to the resource in Azure',
    ),
    ('NoNamespace', r'namespaces? "[^"]*" not found'),
    ('NotFound', r'^Error from server \(NotFound\)'),
    ('SignInFailed', r'\(Unauthorized\)|getting credentials: |[Ee]xec plugin'),
    (
        'Refused',
        r'^Error from server \((?:Forbidden|Invalid|BadRequest)\)'
        r'|admission webhook "[^"]*" denied the request',
    ),
    ('ServerError', r'^Error from server'),
    (
        'NoContext',
        r'server localhost:8080 was refused|no configuration has been provided'
        r'|context "[^"]*" does not exist|cannot locate context|current-context must exist'
        r'|context was not found for specified context',
    ),
    ('InvalidContext', rf'{_CONFIGURATION}|cannot locate|[Ii]nvalid configuration'),
    ('Untrusted', r'x509: |tls: failed to verify'),
    ('Timeout', r'Client\.Timeout|deadline exceeded|request canceled'),
    ('Unreachable', r'^Unable to connect to the server|^The connection to the server'),
)


def failure_of(stderr: str, status: int | None) -> Failure[KubectlKind]:
    """Return the failure that an error output of kubectl means; `status` is its exit status."""
    text = _own_text(stderr)
    if not text:
        return Failure('Unexpected', f'kubectl exited with status {status} without a message')
    kind: KubectlKind = next(
        (kind for kind, pattern in _PATTERNS if re.search(pattern, text)), 'Unexpected'
    )
    if _CONFIGURATION in text:
        # The parser quotes the file, which may hold secrets.
        text = "kubectl can't load its kubeconfig file"
    if kind == 'Refused':
        text = _PREFIX.sub('', text)
    return Failure(kind, sanitize(redact_queries(text), _LONGEST))


def _own_text(stderr: str) -> str:
    """Return kubectl's own message: from its last line that begins one, to the end.

    The message of an admission webhook can have several lines.
    """
    starts = [match.start() for match in _OWN_LINE.finditer(stderr)]
    return stderr[starts[-1] :].strip() if starts else ''
