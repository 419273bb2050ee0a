# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Messages that are about other registries, and nothing that a rule of ours would say."""

from __future__ import annotations

from azext_acrhealth.explain.rule import Rule

_PULL = r'(?:pull|push|log ?in|manifest|resolv|blobs?\b|registry|/v2/|token|chart|image|artifact)'
_FAILURE = (
    r'\b(?:error|failed|fatal|denied|unauthorized|forbidden|not found|invalid|reset|timed out'
    r'|refused|unknown)\b'
)

RULES = (
    # The login of Docker Hub; a registry in Azure says `authentication required`.
    Rule(
        'docker-hub-login',
        ('incorrect username or password',),
        r'unauthorized: incorrect username or password',
        'foreign',
        registry='docker.io',
        outranks=('login', 'unauthorized'),
        unless=r'azurecr',
    ),
    # A client that took the registry's host for a repository asks Docker Hub for it.
    Rule(
        'docker-hub-repository',
        ('library/',),
        r'\blibrary/[\w*.\[\]<>{}$ -]{0,80}\.?azurecr\.(?:io|cn|us)',
        'foreign',
        registry='docker.io',
        outranks=('login', 'unauthorized', 'anonymous', 'denied', 'unclear'),
    ),
    # dotnet/sdk: Microsoft.NET.Build.Containers, CONTAINER2020, which names a registry in Azure as
    # an example.
    Rule(
        'docker-hub-default',
        ('will be pulled from docker hub',),
        r'does not specify a registry and will be pulled from docker hub',
        'foreign',
        registry='docker.io',
        outranks=('unclear',),
    ),
    Rule(
        'other-registry',
        (
            'error',
            'fail',
            'fatal',
            'denied',
            'unauthorized',
            'not found',
            'invalid',
            'forbidden',
            'reset',
            'unknown',
        ),
        rf'{_PULL}[^\n]{{0,300}}{_FAILURE}|{_FAILURE}[^\n]{{0,300}}{_PULL}',
        'foreign',
        confidence='possible',
        specific=False,
    ),
)
