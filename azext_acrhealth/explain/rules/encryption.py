# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Customer-managed keys of encrypted registries, and the identities that access them."""

from __future__ import annotations

from azext_acrhealth.catalogue.registry import encryption
from azext_acrhealth.explain.rule import Rule

_NOISE = ('anonymous', 'unauthorized', 'unclear')

RULES = (
    # What the registry says about its key decides whatever follows.
    Rule(
        'key-forbidden',
        (
            'key encryption key',
            'customer-managed',
            'customer managed',
            'encryption key',
            'failed to access keyid',
        ),
        r'access to key encryption key is forbidden|failed to access keyid'
        r'|(?:azurecr|acr|registry)[^\n]{0,200}(?:customer[- ]managed key)[^\n]{0,120}(?:forbidden'
        r'|denied|disabled|not accessible|expired)|encryption key[^\n]{0,80}(?:forbidden'
        r'|not accessible|disabled)',
        'encryption',
        encryption.KEY_FORBIDDEN,
        outranks=('firewall', 'denied', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'key-identity',
        ('identity associated with the registry is inactive',),
        r'identity associated with the registry is inactive',
        'encryption',
        encryption.KEY_IDENTITY_INACTIVE,
        candidates=(encryption.USER_IDENTITY_INACTIVE, encryption.SYSTEM_IDENTITY_INACTIVE),
        outranks=('firewall', 'denied', 'login', *_NOISE),
        anywhere=True,
    ),
    # azure-cli: acr/_errors.py, CMK_ERROR, and acr/check_health.py: the identity isn't assigned to
    # the registry, or its client ID is that of no identity.
    Rule(
        'cli-key-identity',
        ('cmk_error', 'encryption doesn'),
        r'cmk_error|identity used for registry \S{1,80} encryption doesn\'t exist',
        'encryption',
        encryption.KEY_IDENTITY_GONE,
        'likely',
        (encryption.KEY_IDENTITY_DETACHED, encryption.SYSTEM_IDENTITY_OFF),
        ('login', 'denied', *_NOISE),
        anywhere=True,
    ),
)
