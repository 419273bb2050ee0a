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
            'failed to pull and unpack image',
        ),
        r'imagepullbackoff|errimagepull|back-off pulling image|failed to (?:pull|inspect) image'
        r'|failed to pull and unpack image',
        'symptom',
        confidence='possible',
    ),
    Rule(
        'not-started',
        (
            'imagepullfailure',
            'trying and failing',
            'image can',
            "can't be pulled",
            'pull the image',
            'registry token',
            'image pull',
            'pulling image',
            'pull image',
            # Azure Container Apps: codes 90712 and others.
            'pulling the container',
        ),
        r'(?:error|fail(?:ed|ure)|unable|could not)[^\n]{0,60}(?:pulling|pull) (?:the )?'
        r'(?:container )?image'
        r'|image pull (?:failed|failure|error)|imagepullfailure|trying and failing to pull'
        r'|(?:image|\S{3,300}) can\'t be pulled|failed to obtain docker registry token'
        r'|persistent image pull errors',
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
        # The failure of the Dockerfile, or of a step before the registry is involved: the source,
        # its dependencies, and the digests of local images (Azure/acr-builder: builder/builder.go).
        unless=r'failed to scan dependencies|failed to (?:query|populate) digests|archive/tar: '
        r'|failed to download (?:source code|context)|unable to prepare context'
        r'|(?:copy|add) failed: '
        r'|unable to understand line|unknown instruction: |dockerfile parse error'
        r'|returned a non-zero code: |did not complete successfully: exit code',
    ),
    # Azure/iotedge: edge-agent, InternalServerErrorException of a pull. The engine's answer is
    # empty, or follows and has the cause.
    Rule(
        'edge-agent',
        ('check container registry', 'docker api responded with status code'),
        r'docker api responded with status code=\w{3,40}, image=\S'
        r'|check container registry \(possible authorization failure',
        'symptom',
        confidence='possible',
    ),
    Rule(
        'no-cause',
        (
            'retrying in',
            'timed out waiting for the condition',
            'is not ready',
            'unexpected state',
            'failed to upload blob',
        ),
        r'[0-9a-f]{12}: retrying in \d+ seconds?|(?:pre|post)-(?:install|upgrade'
        r'|rollback): timed out waiting for the condition|container1001: failed to upload blob'
        r'|(?:install(?:ation)?|upgrade|rollback) failed: timed out waiting for the condition'
        r'|helm(?:chart'
        r'|repository)[^\n]{0,100}is not ready|container_registry_task[^\n]{0,200}failed'
        r'|scheduled task to finish: unexpected state \'failed\'',
        'symptom',
        confidence='possible',
    ),
)
