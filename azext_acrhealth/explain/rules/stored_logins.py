# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The logins that clients store: their files, and the credential helpers of Docker and others."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import missing_logins
from azext_acrhealth.catalogue.authentication import stored_credentials as stored
from azext_acrhealth.explain.rule import Rule

_NOISE = ('anonymous', 'unauthorized', 'unclear', 'engine')

RULES = (
    # docker-credential-helpers: client/client.go and credentials/error.go. Go's os/exec writes
    # `executable file not found in $PATH`, also for the command of a container.
    Rule(
        'helper-missing',
        ('docker-credential-', 'credential helper', 'credsstore'),
        r'docker-credential-[\w.-]{1,60}(?:\.exe)?"?\)?[^\n]{0,160}(?:executable file not found'
        r'|\' not found|not found in|no such file or directory|cannot find the file)'
        r'|exec: "?docker-credential-[\w.-]{1,60}"?:[^\n]{0,60}not found',
        'credentials',
        stored.HELPER_MISSING,
        outranks=('helper-failed', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'no-stored-login',
        ('credentials not found in native keychain', 'credsnotfound', 'not logged in to'),
        r'credentials not found in native keychain|credsnotfoundexception'
        r'|you are not logged in to \S{1,200}\.azurecr',
        'credentials',
        missing_logins.NO_LOGIN,
        'likely',
        (stored.HELPER_FAILED,),
        ('helper-failed', *_NOISE),
    ),
    Rule(
        'helper-read-only',
        ('not implemented', 'does not support', 'read-only', 'acr-env', 'ecr-login'),
        r'error saving credentials[^\n]{0,200}(?:not implemented|not supported|read[- ]only)',
        'credentials',
        stored.HELPER_READ_ONLY,
        outranks=('helper-failed', *_NOISE),
    ),
    Rule(
        'helper-failed',
        (
            'error saving credentials',
            'error getting credentials',
            'error storing credentials',
            'docker-credential-',
            'failed retrieving credentials',
            'credential helper',
        ),
        r'error (?:saving|getting|storing|erasing) credentials(?! from acr)'
        r'(?: - err: [^\n]{1,200})?'
        r'|docker-credential-[\w-]{1,60}[^\n]{0,120}(?:exit status|failed|error)'
        r'|failed retrieving credentials',
        'credentials',
        stored.HELPER_FAILED,
        'likely',
        outranks=_NOISE,
        unless=r'aadsts|docker-credential-(?:ecr-login|gcloud|gcr)',
        anywhere=True,
    ),
    # docker, podman, helm: the file that stores logins.
    Rule(
        'config-unreadable',
        ('config.json', 'auth.json', '.docker', 'containers/auth', 'illegal base64 data'),
        r'(?:error loading config file|loading config|open |read(?:ing)? |mkdir |stat |lstat '
        r'|chmod )[^\n]{0,160}(?:\.docker(?:[/\\][\w.-]{1,60})?|config\.json'
        r'|auth\.json)["\']?:?[^\n]{0,60}(?:permission denied|access is denied|invalid character'
        r'|unexpected end|read-only file|cannot unmarshal|used by another process|resource busy'
        r'|no space left|device or resource)'
        # podman, containers/image: pkg/docker/config (the `auth` of an entry).
        r'|get(?:ting)? credentials: illegal base64 data'
        r'|invalid character[^\n]{0,80}(?:config\.json|auth\.json)',
        'credentials',
        stored.UNREADABLE,
        outranks=_NOISE,
        anywhere=True,
    ),
)
