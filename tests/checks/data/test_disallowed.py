# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the causes for which the registry disallows a push; rows are in test_push.py."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.catalogue.data import push as problems
from azext_acrhealth.checks.data.disallowed import STORAGE_LIMIT, explain_disallowed
from azext_acrhealth.checks.data.locks import Attributes, Locks
from azext_acrhealth.model import Context, Problem, failed
from azext_acrhealth.options import Options, Target
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.authentication.test_token_response import AT
from tests.checks.data.test_pull_response import with_quarantine
from tests.checks.data.test_push import size_of
from tests.checks.fake_probes import FakeProbes

READ, UNREAD = Locks(), Locks(unread='no permission')
IN_QUARANTINE = Locks((Attributes('team/app:v1', {'quarantineState': 'Failed'}),))
GIB, TIB = 2**30, 2**40


@pytest.mark.parametrize(
    'stored, policy, locks, problem',
    [
        (GIB, 'disabled', READ, problems.DISALLOWED),
        (GIB, 'disabled', UNREAD, problems.DISALLOWED),
        (TIB, 'disabled', READ, problems.QUOTA),
        (TIB, 'disabled', UNREAD, problems.DISALLOWED),
        (TIB, 'enabled', UNREAD, problems.DISALLOWED),
        (40 * TIB, 'enabled', UNREAD, problems.QUOTA),
        (GIB, 'enabled', READ, problems.QUARANTINED),
        (GIB, 'disabled', IN_QUARANTINE, problems.QUARANTINED),
    ],
)
def test_the_cause(stored: int, policy: str, locks: Locks, problem: Problem) -> None:
    probes = FakeProbes(lists={'listUsages': size_of(stored)})
    context = Context(Target('myregistry'), Options(), probes, 1e9)
    outcome = explain_disallowed(
        context, with_quarantine(policy), locks, failed(problems.DISALLOWED, 'no')
    )
    assert outcome.problem is problem
    assert outcome.facts['storedBytes'] == stored and 'no' in outcome.detail
    if problem is problems.DISALLOWED:
        assert f'{stored / TIB:.2f} TiB stored, quarantine is ' in outcome.detail


@pytest.mark.parametrize(
    'usage, stored, problem',
    [
        ({'name': 'Size', 'currentValue': STORAGE_LIMIT}, STORAGE_LIMIT, problems.QUOTA),
        ({'name': 'Size', 'currentValue': 10, 'limit': 10}, 10, problems.QUOTA),
        ({'name': 'Size', 'currentValue': 10, 'limit': 0}, 10, problems.DISALLOWED),
        ({'name': 'Size', 'currentValue': 10, 'limit': 'all'}, 10, problems.DISALLOWED),
        ({'name': 'Size', 'currentValue': True}, None, problems.DISALLOWED),
        ({'name': 'Webhooks', 'currentValue': 2, 'limit': 2}, None, problems.DISALLOWED),
        ('Size', None, problems.DISALLOWED),
    ],
)
def test_the_stored_size(usage: Any, stored: int | None, problem: Problem) -> None:
    result = ArmResult({'value': [None, usage]})
    context = Context(
        Target('myregistry'), Options(), FakeProbes(lists={'listUsages': result}), 1e9
    )
    outcome = explain_disallowed(
        context, with_quarantine('disabled'), READ, failed(problems.DISALLOWED, 'no')
    )
    assert (outcome.facts['storedBytes'], outcome.problem) == (stored, problem)


def test_a_registry_that_could_not_be_read() -> None:
    login = type(AT)(AT.host, AT.connection, True)
    context = Context(Target('myregistry'), Options(), FakeProbes(), 1e9)
    outcome = explain_disallowed(context, login, READ, failed(problems.DISALLOWED, 'no'))
    assert outcome.detail == (
        "no; no write lock, the stored size couldn't be read, the quarantine policy couldn't be "
        'read'
    )
