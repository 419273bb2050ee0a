# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The table from the registry's error codes and messages to problems."""

from __future__ import annotations

import time

import pytest

from azext_acrhealth.catalogue.data import upstream
from azext_acrhealth.catalogue.registry import encryption
from azext_acrhealth.checks.connectivity.registry_errors import (
    EVERYWHERE,
    RULES,
    rule_for,
    upstream_of,
)
from azext_acrhealth.model import Problem
from azext_acrhealth.probes.http.response import RegistryError

CACHE = "for cache rule 'docker-io'. For more information, please visit https://aka.ms/acr/cache"
# code, message, kind, and the problem if it is the same at every endpoint
ERRORS: tuple[tuple[str, str, str, Problem | None], ...] = (
    ('DENIED', "client with IP '203.0.113.7' is not allowed access.", 'firewall', None),
    ('TOOMANYREQUESTS', 'Too many requests.', 'throttled', None),
    (
        'TOOMANYREQUESTS',
        f'too many requests to source registry {CACHE}',
        'source throttled',
        upstream.THROTTLED_BY_SOURCE,
    ),
    (
        'TOOMANYREQUESTS',
        'the rate limit of the source registry is reached',
        'source throttled',
        upstream.THROTTLED_BY_SOURCE,
    ),
    (
        'UNKNOWN',
        f"request to pull from source 'docker.io/library/alpine' {CACHE} has failed",
        'source failed',
        None,
    ),
    (
        'UNKNOWN',
        "request to fetch referrers from source 'ghcr.io/a/b' for cache rule 'ghcr-io' returned "
        'status code 303.',
        'source failed',
        None,
    ),
    (
        'UNKNOWN',
        "request to pull from source 'ghcr.io/a/b' for cache rule 'ghcr-io' returned status code "
        '429.',
        'source throttled',
        upstream.THROTTLED_BY_SOURCE,
    ),
    (
        'UNKNOWN',
        "request to pull from source 'ghcr.io/a/b' for cache rule 'ghcr-io' returned status code "
        '403.',
        'source unauthorized',
        None,
    ),
    (
        'UNAUTHORIZED',
        f'authentication required with source registry {CACHE}',
        'source unauthorized',
        None,
    ),
    ('DENIED', f'the source refuses {CACHE}', 'source unauthorized', None),
    (
        'DENIED',
        'The identity associated with the registry is inactive. This could be due to attempted '
        'removal of the identity. Reassign the identity manually',
        'key identity',
        encryption.KEY_IDENTITY_INACTIVE,
    ),
    (
        'DENIED',
        'Access to Key Encryption Key is forbidden. View troubleshooting steps at '
        'https://aka.ms/acr/cmk',
        'key',
        encryption.KEY_FORBIDDEN,
    ),
    ('UNKNOWN', 'The key vault was not found.', 'key', encryption.KEY_FORBIDDEN),
    ('CMK_ERROR', '', 'key', encryption.KEY_FORBIDDEN),
    ('IMAGE_QUARANTINED', '', 'quarantined', None),
    ('DENIED', 'The image is quarantined.', 'quarantined', None),
    ('REGISTRY_DISALLOWED_OPERATION', 'whatever', 'disallowed', None),
    ('registry_disallowed_operation', '', 'disallowed', None),
    ('UNKNOWN', 'The operation is disallowed.', 'disallowed', None),
    ('DENIED', 'Storage quota exceeded', 'quota', None),
    ('UNKNOWN', 'the storage limit is reached', 'quota', None),
    ('UNKNOWN', 'the request body is too large', 'large', None),
    ('SIZE_INVALID', 'provided length did not match content length', 'length', None),
    ('CONTENT_LENGTH_INVALID', 'invalid content length', 'length', None),
    ('NAME_INVALID', 'invalid repository name', 'name', None),
    ('NAME_UNKNOWN', 'repository name not known to registry', 'name', None),
    ('MANIFEST_UNKNOWN', 'manifest tagged by "v9" is not found', 'missing', None),
    ('BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry', 'session', None),
    ('UNSUPPORTED', 'The operation is unsupported.', 'unsupported', None),
    ('UNAUTHORIZED', 'authentication required', 'unauthorized', None),
    ('DENIED', 'requested access to the resource is denied', 'denied', None),
)


@pytest.mark.parametrize('code, message, kind, problem', ERRORS)
def test_rule(code: str, message: str, kind: str, problem: Problem | None) -> None:
    rule = rule_for(RegistryError(code, message))
    assert rule and (rule.kind, rule.problem) == (kind, problem)


@pytest.mark.parametrize('code', ['UNKNOWN', 'BAD_REQUEST', 'MANIFEST_INVALID', 'BREW_FAILED', ''])
def test_a_code_without_an_explanation(code: str) -> None:
    assert rule_for(RegistryError(code, 'so it is')) is None


def test_each_rule_matches_an_error_of_the_table() -> None:
    matched = [rule_for(RegistryError(code, message)) for code, message, _, _ in ERRORS]
    rest = [rule for rule in RULES if rule not in matched]
    # The same meaning by another feature, and codes that no public report has.
    assert [(rule.kind, rule.codes) for rule in rest] == [
        ('quota', ('QUOTA_EXCEEDED', 'STORAGE_LIMIT_EXCEEDED', 'INSUFFICIENT_STORAGE')),
        ('large', ('PAYLOAD_TOO_LARGE', 'REQUEST_ENTITY_TOO_LARGE', 'REQUEST_TOO_LARGE')),
    ]


def test_every_shared_problem_can_be_reported_everywhere() -> None:
    assert {rule.problem for rule in RULES if rule.problem} <= {*EVERYWHERE}
    assert len(EVERYWHERE) == len({*EVERYWHERE})


@pytest.mark.parametrize(
    'message, rule, source',
    [
        (
            "request to pull from source 'dhi.io/python' for cache rule 'dhi-python' has failed",
            'dhi-python',
            'dhi.io/python',
        ),
        (f'too many requests to source registry {CACHE}', 'docker-io', None),
        ('for cache rule "a"', 'a', None),
        ("from source '$(rm -rf)' for cache rule '; rm'", None, None),
        ('the cache is cold', None, None),
    ],
)
def test_the_rule_and_the_source_in_a_message(
    message: str, rule: str | None, source: str | None
) -> None:
    assert upstream_of(RegistryError('UNKNOWN', message)) == (rule, source)


@pytest.mark.parametrize('text', ['denied ' * 40_000, 'source registry ' * 20_000, "'" * 200_000])
def test_an_endless_message_takes_no_time(text: str) -> None:
    since = time.process_time()
    rule_for(RegistryError('UNKNOWN', text))
    upstream_of(RegistryError('UNKNOWN', text))
    assert time.process_time() - since < 2
