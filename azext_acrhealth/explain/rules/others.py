# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Messages that are about other registries, and nothing that a rule of ours would say."""

from __future__ import annotations

from azext_acrhealth.explain.rule import Rule

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
        ('error', 'fail', 'fatal', 'denied', 'unauthorized', 'not found', 'invalid', 'forbidden'),
        r'\b(?:error|failed|fatal|denied|unauthorized|forbidden|not found|invalid)\b',
        'foreign',
        confidence='possible',
    ),
)
