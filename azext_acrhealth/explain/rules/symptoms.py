# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Texts that say that a pull failed, and not why."""

from __future__ import annotations

from azext_acrhealth.explain.rule import Rule

RULES = (
    Rule(
        'image-pull-back-off',
        (
            'imagepullbackoff',
            'errimagepull',
            'back-off pulling image',
            'imageinspecterror',
            'failed to pull image',
        ),
        r'imagepullbackoff|errimagepull|back-off pulling image|failed to pull image',
        'symptom',
    ),
    Rule(
        'not-started',
        ('image pull', 'pulling image', 'pull image'),
        r'(?:error|fail(?:ed|ure)|unable)[^\n]{0,60}(?:pulling|pull) (?:the )?(?:container'
        r' )?image|image'
        r' pull (?:failed|failure|error)|imagepullfailure|persistent image pull errors',
        'symptom',
    ),
)
