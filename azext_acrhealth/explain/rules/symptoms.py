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
            'failed to inspect image',
        ),
        r'imagepullbackoff|errimagepull|back-off pulling image|failed to (?:pull|inspect) image',
        'symptom',
        confidence='possible',
    ),
    Rule(
        'not-started',
        (
            'imagepullfailure',
            'trying and failing',
            'image can',
            'image pull',
            'pulling image',
            'pull image',
        ),
        r'(?:error|fail(?:ed|ure)|unable)[^\n]{0,60}(?:pulling|pull) (?:the )?(?:container )?image'
        r'|image pull (?:failed|failure|error)|imagepullfailure|trying and failing to pull'
        r'|image can\'t be pulled|persistent image pull errors',
        'symptom',
        confidence='possible',
    ),
    # ACR Tasks: the log of the run has the cause (Azure/acr-builder).
    Rule(
        'task-failed',
        ('failed to run step', 'run failed', 'failed during run', 'unsuccessful status'),
        r'failed to run step id|failed during run, err|^(?:error: )?run failed$'
        r'|finished with unsuccessful status',
        'symptom',
        confidence='possible',
    ),
    Rule(
        'no-cause',
        ('retrying in', 'timed out waiting for the condition', 'is not ready', 'unexpected state'),
        r'[0-9a-f]{12}: retrying in \d+ seconds?|(?:pre|post)-(?:install|upgrade'
        r'|rollback): timed out waiting for the condition|helm(?:chart'
        r'|repository)[^\n]{0,100}is not ready|container_registry_task[^\n]{0,200}failed'
        r'|scheduled task to finish: unexpected state \'failed\'',
        'symptom',
        confidence='possible',
    ),
)
