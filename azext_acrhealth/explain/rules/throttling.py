# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Too many requests: by the registry, by the source of a cache rule, or by another registry."""

from __future__ import annotations

from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.catalogue.data import kubelet_limits, upstream
from azext_acrhealth.explain.rule import Rule

RULES = (
    # Docker Hub's own words (docs.docker.com: docker-hub/usage), also where the line before names
    # another registry.
    Rule(
        'docker-hub-limit',
        ('pull rate limit', 'docker.com/increase-rate-limit', 'dckr.io'),
        r'you have reached your (?:unauthenticated )?pull rate limit'
        r'|docker\.com/increase-rate-limit|too many login attempts…(?:docker|hub)',
        'foreign',
        registry='docker.io',
        outranks=('throttled', 'unclear'),
        unless=r'too many requests to source registry',
    ),
    # Azure/acr#754: the registry passes the limit of the source on.
    Rule(
        'source-throttles',
        ('to source registry',),
        r'too many requests to source registry(?: for cache rule)?',
        'upstream',
        upstream.THROTTLED_BY_SOURCE,
        outranks=('throttled', 'unclear', 'anonymous', 'docker-hub-limit'),
        anywhere=True,
    ),
    # azure-cli: acr/_errors.py, CONNECTIVITY_TOOMANYREQUESTS_ERROR; before that code existed, and
    # in older versions, a 429 of the exchange was reported as REFRESH_TOKEN_ERROR.
    Rule(
        'cli-429',
        (
            'connectivity_toomanyrequests_error',
            'response code: 429',
            'too many requests, access to',
        ),
        r'connectivity_toomanyrequests_error|access to registry…response code: 429'
        r'|too many requests, access to registry',
        'throttled',
        error_responses.TOO_MANY_REQUESTS,
        outranks=('anonymous', 'unauthorized', 'login', 'unclear'),
        anywhere=True,
    ),
    Rule(
        'status-429',
        ('429', 'toomanyrequests', 'too many requests', 'too_many_requests'),
        r'\btoomanyrequests\b|\btoo many requests\b|\btoo_many_requests\b'
        r'|(?:status(?: code)?|http|code)[: =]{1,2}429\b|: 429\b',
        'throttled',
        error_responses.TOO_MANY_REQUESTS,
        outranks=('anonymous', 'unauthorized', 'login', 'unclear'),
        elsewhere={'data': error_responses.TOO_MANY_REQUESTS},
        specific=False,
    ),
    # The kubelet's own limit (kubernetes: pkg/kubelet/images/puller.go, image_manager.go).
    Rule(
        'kubelet-qps',
        ('pull qps exceeded',),
        r'pull qps exceeded',
        'throttled',
        kubelet_limits.PULL_QPS_EXCEEDED,
        outranks=('unclear', 'anonymous'),
    ),
)
