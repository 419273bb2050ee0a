# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a message says failed, apart from the rules, so that checks load no patterns for it."""

from __future__ import annotations

from typing import Literal

# What failed, in the words of every tool: rules outrank kinds, and checks judge by them.
Kind = Literal[
    'name',
    'connection',
    'proxy',
    'tls',
    'firewall',
    'throttled',
    'sign-in',
    'login',
    'unauthorized',
    'anonymous',
    'denied',
    'missing',
    'platform',
    'content',
    'server',
    'disk',
    'reference',
    'engine',
    'credentials',
    'push',
    'management',
    'encryption',
    'upstream',
    'unclear',
    'foreign',
    'symptom',
]
