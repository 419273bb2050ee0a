# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What names an image: references, charts, and pull policies."""

from __future__ import annotations

from azext_acrhealth.catalogue.data import references
from azext_acrhealth.explain.rule import Rule

_NOISE = ('anonymous', 'unauthorized', 'unclear')

RULES = (
    Rule(
        'no-chart-index',
        ('index.yaml', 'valid chart repository'),
        r'(?:not valid|is not a valid) chart repository|/index\.yaml"?\)? ?:? (?:40[0-9])',
        'missing',
        references.NOT_A_CHART_REPOSITORY,
        outranks=_NOISE,
    ),
    # The reference itself (distribution: reference/reference.go; kubelet: InvalidImageName).
    Rule(
        'upper-case',
        ('must be lowercase',),
        r'(?:repository name|invalid reference format)[^\n]{0,200}must be lowercase',
        'reference',
        references.INVALID_REFERENCE,
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'invalid-reference',
        (
            'invalid reference format',
            'did not resolve to an alias',
            'repository can only contain',
            'is not a valid repository/tag',
            'unsupported protocol scheme',
            'first path segment',
            'invalidimagename',
            'could not parse reference',
            'failed to apply default image',
            "couldn't parse image",
        ),
        r'did not resolve to an alias|repository can only contain|is not a valid repository/tag'
        r'|unsupported protocol scheme|first path segment in url cannot contain colon'
        r'|invalid reference format|invalidimagename|could not parse reference'
        r'|failed to apply default image tag|couldn\'t parse image (?:name|reference)',
        'reference',
        references.INVALID_REFERENCE,
        outranks=_NOISE,
        anywhere=True,
    ),
    # App Service and others remap user IDs; the runtime's words (moby: pkg/idtools).
    Rule(
        'user-namespace',
        ('cannot be mapped to a host id',),
        r'container id \d{1,12} cannot be mapped to a host id',
        'content',
        references.USER_NAMESPACE,
        outranks=('disk', 'unclear', *_NOISE),
        anywhere=True,
    ),
    # containerd: the overlaybd snapshotter.
    Rule(
        'streaming',
        ('/sys/kernel/config/target', 'overlaybd', 'open remote file as tar'),
        r'failed to enable target for /sys/kernel/config|overlaybd[^\n]{0,100}failed'
        r'|failed to open remote file as tar',
        'content',
        references.STREAMING_FAILED,
        outranks=('missing', 'unclear', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'never-pulled',
        ('errimageneverpull', 'is not present with pull policy of never'),
        r'errimageneverpull|is not present with pull policy of never',
        'reference',
        references.NEVER_PULLED,
        outranks=('unclear',),
        anywhere=True,
    ),
)
