# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether a repository exists, on which permissions are granted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.codes import LIMIT
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox


def repository(sandbox: Sandbox, name: str, *arguments: str) -> dict[str, Any]:
    """Return the row about the permissions on a repository."""
    return check(sandbox, '-n', 'contoso', '--repository', name, *arguments).row('access-token')


@pytest.mark.parametrize('registry', ['contoso', 'fabrikam'])
def test_a_repository_that_does_not_exist(sandbox: Sandbox, registry: str) -> None:
    run = check(sandbox, '-n', registry, '--repository', 'nosuch', '--need', 'pull')
    row = run.has('access-token', 'Warning', 'IMAGE_PULL_ERROR', 'NoSuchRepository')
    assert row['detail'] == "nosuch doesn't exist; pull granted on nosuch"
    assert run.finished.code == 0 and row['facts']['repositoryExists'] is False


def test_a_repository_that_exists_somehow(sandbox: Sandbox) -> None:
    assert repository(sandbox, 'hello')['facts']['repositoryExists'] is True
    sandbox.put_cache_rule('contoso', 'hub', 'docker.io/*', 'docker-hub/*')
    cached = repository(sandbox, 'docker-hub/app', '--need', 'pull')
    assert cached['status'] == 'Passed'
    assert cached['detail'].endswith("isn't cached yet; cache rule hub pulls it from docker.io/app")
    pushed = repository(sandbox, 'new', '--need', 'push')
    assert pushed['status'] == 'Passed' and 'a push creates it' in pushed['detail']
    sandbox.set_grants('contoso', permissions=[], repositories={'nosuch': ['pull']})
    unread = repository(sandbox, 'nosuch', '--need', 'pull')
    assert unread['status'] == 'Passed' and unread['facts']['repositoryExists'] is None
    assert "whether nosuch exists wasn't checked (the token has no" in unread['detail']


@pytest.mark.parametrize(
    'spec, shown',
    [
        ('reset', 'the connection was'),
        ('close', 'the connection was'),
        ('hang', 'timed out'),
        ('notjson', 'status 200'),
        ('{}', 'status 200'),
        ('endless', 'status 200'),
        ('status:404', 'status 404'),
        ('status:500', 'status 500'),
        ('forbidden', 'status 403'),
        ('throttled', 'status 429'),
        ('nochallenge', 'status 401'),
    ],
)
def test_attributes_that_cannot_be_read(sandbox: Sandbox, spec: str, shown: str) -> None:
    sandbox.set_fault('attributes', spec)
    row = repository(sandbox, 'hello', '--only', 'access-token', '--timeout', str(LIMIT))
    assert row['status'] == 'Passed' and row['facts']['repositoryExists'] is None
    assert "whether hello exists wasn't checked (" in row['detail'] and shown in row['detail']
    assert len(sandbox.requests('attributes')) <= 2


def test_attributes_are_requested_once(sandbox: Sandbox) -> None:
    repository(sandbox, 'hello')
    assert len(sandbox.requests('attributes')) == 1
    sandbox.clear_requests()
    pushed = repository(sandbox, 'new', '--push')
    assert "exists wasn't checked (a push creates it)" in pushed['detail']
    assert len(sandbox.requests('attributes')) == 1
    sandbox.clear_requests()
    check(sandbox, '-n', 'contoso', '--image', 'hello:v1')
    assert sandbox.requests('attributes') == []
