# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the `access-token` check says about whether the repository exists."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from azext_acrhealth.checks.authentication.access_token import access_token
from azext_acrhealth.checks.authentication.scope import Login
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.options import Image, Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from tests.checks.authentication.test_refresh_token import CHALLENGED
from tests.checks.authentication.test_token_response import AT
from tests.checks.fake_probes import USER, FakeProbes, response, signed, token_response
from tests.checks.registry.test_cache_rules import listed, rule
from tests.checks.table import MYREGISTRY, Row, run, verify

FOUND = response(200, b'{"imageName":"team/app"}')
NOT_FOUND = response(404, b'{"errors":[{"code":"NAME_UNKNOWN","message":"not found"}]}')
OTHER_CODE = response(404, b'{"errors":[{"code":"NOT_FOUND","message":"no such path"}]}')
PAGE = response(404, b'<title>Not found</title>')
NO_RULES, UNREAD = listed(), ArmResult(failure=Failure('Forbidden', 'no'), status=403)
PLAIN = Options()
CACHE = listed(rule('all', 'docker.io/*', 'team/*'))


def row(
    name: str,
    status: str,
    attributes: Optional[Response],
    problem: str = '',
    actions: tuple[str, ...] = ('pull', 'metadata_read'),
    need: tuple[str, ...] = ('pull',),
    rules: ArmResult = NO_RULES,
    at: LoginServer = AT,
    options: Options = PLAIN,
    **more: Any,
) -> Row:
    """Return a row of a repository with these attributes; None: they must not be requested."""
    claims = {'type': 'repository', 'name': 'team/app', 'actions': [*actions]}
    return Row(
        f'existence: {name}',
        access_token,
        status,
        problem,
        probes=FakeProbes(
            access=token_response(signed(access=[claims])),
            pages={'attributes team/app': attributes} if attributes else {},
            lists={'cacheRules': rules},
        ),
        needs=(at, Login(CHALLENGED, 'refresh', None, USER)),
        options=options._replace(targets=(MYREGISTRY,), repository='team/app', need=need),
        has_value=True,
        **more,
    )


MISSING = 'IMAGE_PULL_ERROR NoSuchRepository'
TABLE = (
    row('it exists', 'Passed', FOUND, facts={'repositoryExists': True}),
    row(
        'it does not exist',
        'Warning',
        NOT_FOUND,
        MISSING,
        detail="team/app doesn't exist; pull granted on team/app",
        facts={'repositoryExists': False},
        solution='az acr repository list --name myregistry',
    ),
    row(
        'no cache rule is known',
        'Warning',
        NOT_FOUND,
        MISSING,
        rules=UNREAD,
        detail="team/app doesn't exist (unless a cache rule covers it: the rules couldn't be read)",
    ),
    row(
        'the registry is not known',
        'Warning',
        NOT_FOUND,
        MISSING,
        at=LoginServer(AT.host, AT.connection, True),
        detail='(unless a cache rule covers it',
    ),
    row(
        'under a cache rule',
        'Passed',
        NOT_FOUND,
        rules=CACHE,
        detail="pull granted on team/app, which isn't cached yet; cache rule all pulls it from "
        'docker.io/app',
        facts={'repositoryExists': False, 'cacheRule': 'all', 'source': 'docker.io/app'},
    ),
    row(
        'a push needs none',
        'Passed',
        NOT_FOUND,
        need=('push',),
        actions=('push', 'metadata_read'),
        detail="push granted on team/app, which doesn't exist yet; a push creates it",
    ),
    row('--push', 'Passed', None, options=Options(push=True), detail='(a push creates it)'),
    row(
        'no permission to read',
        'Passed',
        None,
        actions=('pull',),
        detail="pull granted on team/app; whether team/app exists wasn't checked (the token has "
        'no metadata_read permission)',
        facts={'repositoryExists': None},
    ),
    row('any permission', 'Passed', FOUND, actions=('*',), facts={'repositoryExists': True}),
    *(
        row(
            f'status {answer.status}',
            'Passed',
            answer,
            detail=f"whether team/app exists wasn't checked (status {answer.status})",
        )
        for answer in (response(401), response(500), response(200, b'{}'), PAGE, OTHER_CODE)
    ),
    row(
        'no response',
        'Passed',
        response(failure=Failure('Timeout', 'timed out')),
        detail="wasn't checked (timed out)",
    ),
    # The image's manifest shows it.
    row('with an image', 'Passed', None, options=Options(image=Image('team/app'))),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


def test_without_permissions_nothing_is_requested() -> None:
    outcome = run(row('', '', None, actions=('metadata_read',)))
    assert outcome.problem and outcome.problem.reason == 'ActionsMissing'
