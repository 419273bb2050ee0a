# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Pulls and pushes of repositories that a cache rule covers."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, Optional

import pytest

from azext_acrhealth.checks.data.manifest import manifest
from azext_acrhealth.checks.registry.artifact_cache import ArtifactCache, CacheRule, CredentialSet
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.http.response import Response
from tests.checks.authentication.test_token_response import AT
from tests.checks.data.test_blob import at_registry
from tests.checks.data.test_manifest import pulled
from tests.checks.data.test_manifest_not_found import tag_list
from tests.checks.data.test_push import error, uploaded
from tests.checks.fake_probes import DENIED, DENIED_ADDRESS, REGISTRY_ID, UNAUTHORIZED, response
from tests.checks.registry.test_cache_rules import UNHEALTHY, UPDATE, VAULT, listed, rule
from tests.checks.table import Row, run, verify

CACHE, PULL, PUSH = 'CACHE_RULE_ERROR', 'IMAGE_PULL_ERROR', 'IMAGE_PUSH_ERROR'
SET = CredentialSet('hub', 'Succeeded', 'Healthy', None, (f'{VAULT}user', f'{VAULT}password'), None)
RULE = CacheRule('team', 'docker.io/x/*', 'team/*', 'Succeeded', f'{REGISTRY_ID}/hub', SET)
HEALTHY = ArtifactCache((RULE,))
BROKEN = ArtifactCache(
    (RULE._replace(credentials=SET._replace(health='Unhealthy', error='Forbidden: no get')),)
)
GONE = ArtifactCache((RULE._replace(credentials=None, credentials_missing=True),))
WITHOUT = ArtifactCache((RULE._replace(credentials=None, credential_id=None),))
OTHER = ArtifactCache((RULE._replace(target='other/*'),))
TOO_MANY = error(429, 'TOOMANYREQUESTS', "too many requests to source registry for cache rule 'x'")
FAILED = error(424, 'UNKNOWN', "request to pull from source 'a/b' for cache rule 'x' has failed")
LOGIN = error(
    401, 'UNAUTHORIZED', "authentication required with source registry for cache rule 'x'"
)
UNKNOWN_TAG = error(404, 'MANIFEST_UNKNOWN', 'manifest tagged by "v9" is not found')


def under(cache: Optional[ArtifactCache], row: Row) -> Row:
    """Return a row whose check gets these cache rules."""
    return replace(row, needs=(*row.needs[:-1], cache))


def pulls(
    name: str, cache: Optional[ArtifactCache], problem: str, first: Response, **more: Any
) -> Row:
    return under(cache, pulled(f'under a rule: {name}', 'Failed', problem, first, **more))


def pushes(name: str, setting: Optional[str], status: str, problem: str = '', **more: Any) -> Row:
    """Return a row of a push to a cache, with a setting for pushes to caches."""
    properties = {'writableCacheRepos': setting} if setting else {}
    resource = {'id': REGISTRY_ID, 'properties': properties}
    row = uploaded(f'a cache: {name}', status, problem, at=AT._replace(resource=resource), **more)
    return under(HEALTHY, row)


TABLE = (
    *(
        pulls(
            f'credentials are unhealthy, {name}',
            BROKEN,
            f'{CACHE} CredentialSetUnhealthy',
            first,
            detail="team/app can't be pulled from docker.io/x/app (",
            solution=UPDATE,
            facts={
                'cacheRule': 'team',
                'source': 'docker.io/x/app',
                'credentialHealth': 'Unhealthy',
            },
            unfilled_placeholders=['principal'],
        )
        for name, first in (
            ('401', response(401, UNAUTHORIZED)),
            ('403', response(403, DENIED)),
            ('the error of the source', LOGIN),
        )
    ),
    pulls(
        'the credential set is gone',
        GONE,
        f'{CACHE} CredentialSetMissing',
        response(401, UNAUTHORIZED),
        detail="credential set hub of cache rule team doesn't exist",
    ),
    pulls(
        'credentials are healthy',
        HEALTHY,
        f'{PULL} GrantRejected',
        response(401, UNAUTHORIZED),
        detail='; cache rule team pulls it from docker.io/x/app, credential set hub is healthy',
        facts={'cacheRule': 'team', 'credentialHealth': 'Healthy'},
    ),
    # Other problems than permissions keep their reason.
    pulls(
        'a denied address',
        BROKEN,
        'CONNECTIVITY_FORBIDDEN_ERROR ClientIpNotAllowed',
        response(403, DENIED_ADDRESS),
    ),
    pulls(
        'throttled',
        WITHOUT,
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR UpstreamThrottled',
        TOO_MANY,
        detail='; cache rule team pulls it from docker.io/x/app, no credential set',
        solution='az acr cache update --registry myregistry --name team --cred-set ',
    ),
    pulls(
        'failed',
        BROKEN,
        f'{PULL} UpstreamFailed',
        FAILED,
        detail='; cache rule team pulls it from docker.io/x/app, credential set hub is unhealthy',
    ),
    pulls(
        'no such tag',
        HEALTHY,
        f'{PULL} NoSuchTag',
        UNKNOWN_TAG,
        tags=tag_list('v2'),
        detail='; cache rule team pulls it from docker.io/x/app',
    ),
    pulls('another repository', OTHER, f'{PULL} GrantRejected', response(401, UNAUTHORIZED)),
    under(
        BROKEN,
        at_registry(
            'unhealthy credentials',
            'Failed',
            f'{CACHE} CredentialSetUnhealthy',
            response(401, UNAUTHORIZED),
            unfilled_placeholders=['principal'],
        ),
    ),
    under(
        GONE,
        at_registry(
            'no credentials',
            'Failed',
            f'{CACHE} CredentialSetMissing',
            response(403, DENIED),
        ),
    ),
    under(HEALTHY, pulled('under a rule', 'Passed')),
    pushes(
        'allowed',
        'Enabled',
        'Passed',
        detail='nothing remains',
        facts={'cacheRule': 'team', 'writableCacheRepos': 'Enabled'},
    ),
    pushes(
        'allowed, and refused',
        'Enabled',
        'Failed',
        f'{PUSH} Denied',
        started=error(403, 'DENIED', 'no'),
        canceled=(),
        detail='; team/app is a cache of docker.io/x/app (rule team)',
    ),
    pushes(
        'an upload',
        'Disabled',
        'Warning',
        f'{PUSH} CacheRepository',
        has_value=False,
        detail='team/app is a cache of docker.io/x/app (rule team); the registry denies pushes to '
        'caches, although an upload could be started',
        solution=f'az resource update --ids {REGISTRY_ID} --api-version',
    ),
    pushes(
        'an unknown setting',
        None,
        'Warning',
        f'{PUSH} CacheRepository',
        has_value=False,
        detail='; it can deny pushes to caches, although',
        facts={'writableCacheRepos': None},
    ),
    *(
        pushes(
            f'refused, {status} {code}',
            setting,
            'Failed',
            f'{PUSH} CacheRepository',
            started=error(status, code, text),
            canceled=(),
            detail='(rule team), and the registry denies pushes to it: ',
            facts={'writableCacheRepos': setting},
        )
        for setting in ('Disabled', None)
        for status, code, text in (
            (405, 'UNSUPPORTED', 'The operation is unsupported.'),
            (409, 'CONFLICT', 'no'),
            (403, 'DENIED', 'no'),
            (405, 'UNKNOWN', "read-only because of cache rule 'team'"),
        )
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


def test_the_rules_are_read_if_only_the_pull_is_checked() -> None:
    row = pulls('not read', None, '', response(401, UNAUTHORIZED))
    lists = {
        'cacheRules': listed(rule('team', 'docker.io/x', 'team/app', 'hub')),
        'credentialSets': listed(UNHEALTHY),
    }
    outcome = run(replace(row, probes=replace(row.probes, lists=lists)))
    assert outcome.problem and outcome.problem.reason == 'CredentialSetUnhealthy'
    probes = copy.deepcopy(replace(row.probes, lists={'cacheRules': ArmResult()}))
    outcome = run(replace(row, probes=probes))
    assert outcome.problem and outcome.problem.reason == 'GrantRejected'


def test_no_rules_are_read_of_a_registry_that_cannot_be_read() -> None:
    row = pulls(
        '', None, '', response(401, UNAUTHORIZED), at=LoginServer(AT.host, AT.connection, True)
    )
    outcome = run(row)
    assert outcome.problem and outcome.problem.reason == 'GrantRejected' and row.check is manifest
