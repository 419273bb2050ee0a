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
        # helm: pkg/repo/chartrepo.go, which names the repository.
        r'(?:looks like "https?://(?P<host>[^\s/"]{1,253})[^\s"]{0,300}" )?is not a valid chart'
        r' repository|not valid chart repository|/index\.yaml"?\)? ?:? (?:40[0-9])',
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
    ),
    Rule(
        'invalid-reference',
        (
            'invalid reference format',
            'did not resolve to an alias',
            'can only contain the',
            'characters in length',
            'must be specified',
            'invalid image reference',
            'invalid reference: ',
            'invalid_reference: ',
            'is not a valid repository/tag',
            'unsupported protocol scheme',
            'first path segment',
            'invalidimagename',
            'could not parse reference',
            'failed to apply default image',
            "couldn't parse image",
        ),
        r'did not resolve to an alias|(?:repository|tag|digest) can only contain the'
        r'|(?:repository|tag) must be between \d{1,3} and \d{1,3} characters in length'
        r'|a repository name must be specified|invalid image reference, expecting <'
        r'|invalid[ _]reference: (?:missing|invalid)|is not a valid repository/tag'
        r'|unsupported protocol scheme|first path segment in url cannot contain colon'
        r'|invalid reference format|invalidimagename|could not parse reference'
        r'|failed to apply default image tag|couldn\'t parse image (?:name|reference)',
        'reference',
        references.INVALID_REFERENCE,
        outranks=_NOISE,
    ),
    # App Service and others remap user IDs; the runtime's words (moby: pkg/idtools;
    # containers/storage: pkg/idtools).
    Rule(
        'user-namespace',
        ('cannot be mapped to a host id', 'insufficient uids or gids'),
        r'container id \d{1,12} cannot be mapped to a host id'
        r'|potentially insufficient uids or gids available in user namespace',
        'content',
        references.USER_NAMESPACE,
        outranks=('disk', *_NOISE),
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
        outranks=('missing', *_NOISE),
        anywhere=True,
    ),
    # containers/image: signature/policy_eval*.go; kubernetes: SignatureValidationFailed of CRI.
    Rule(
        'signature-policy',
        (
            'source image rejected',
            'signature was required',
            'rejected by policy',
            'signaturevalidationfailed',
            'the signature validation failed',
            'policy.json',
        ),
        r'source image rejected|a signature was required, but no signature exists'
        r'|running image [^\n]{1,300} is rejected by policy|signaturevalidationfailed'
        r'|because the signature validation failed|no policy\.json file found'
        r'|open [^\n]{0,80}containers/policy\.json: ',
        'denied',
        references.SIGNATURE_POLICY,
        outranks=_NOISE,
    ),
    # containers/image: docker/docker_client.go and docker_image_src.go.
    Rule(
        'registry-blocked',
        ('is blocked in',),
        r'registry \S{1,253} is blocked in \S',
        'denied',
        references.REGISTRY_BLOCKED,
        outranks=_NOISE,
        specific=False,
    ),
    # helm: pkg/registry/client.go.
    Rule(
        'no-chart',
        (
            'could not load config with mediatype',
            'minimum number of descriptors',
            'contain a layer with mediatype',
        ),
        r'could not load config with mediatype|manifest does not contain (?:minimum number of'
        r' descriptors|a layer with mediatype)',
        'content',
        references.NOT_A_CHART,
        outranks=_NOISE,
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
