# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The reference: list-checks, error list and error show, offline and without a login."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.rows import DISPLAY_ORDER, OF_CLUSTER
from tests.acceptance.runs import assert_clean
from tests.sandbox.control.sandbox import Finished, Sandbox

DOCUMENTED = (
    'DOCKER_COMMAND_ERROR',
    'DOCKER_DAEMON_ERROR',
    'DOCKER_VERSION_ERROR',
    'DOCKER_PULL_ERROR',
    'HELM_COMMAND_ERROR',
    'HELM_VERSION_ERROR',
    'CMK_ERROR',
    'CONNECTIVITY_DNS_ERROR',
    'CONNECTIVITY_FORBIDDEN_ERROR',
    'CONNECTIVITY_CHALLENGE_ERROR',
    'CONNECTIVITY_AAD_LOGIN_ERROR',
    'CONNECTIVITY_REFRESH_TOKEN_ERROR',
    'CONNECTIVITY_ACCESS_TOKEN_ERROR',
    'CONNECTIVITY_SSL_ERROR',
    'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
    'LOGIN_SERVER_ERROR',
    'NOTARY_COMMAND_ERROR',
    'NOTARY_VERSION_ERROR',
)
OWN = (
    'PRIVATE_ENDPOINT_ERROR',
    'REPLICATION_ERROR',
    'CACHE_RULE_ERROR',
    'REGISTRY_QUOTA_ERROR',
    'REGISTRY_STATE_ERROR',
    'ARM_READ_ERROR',
    'ARM_ACTION_ERROR',
    'CONNECTIVITY_PROXY_ERROR',
    'CLOCK_SKEW_ERROR',
    'DATA_ENDPOINT_ERROR',
    'IMAGE_PULL_ERROR',
    'IMAGE_PUSH_ERROR',
    'STORED_CREDENTIAL_ERROR',
    'CLUSTER_ERROR',
    'CLUSTER_NETWORK_ERROR',
    'CLUSTER_PULL_ERROR',
    'KUBELET_IDENTITY_ERROR',
    'PULL_ROLE_ERROR',
    'UNEXPECTED_ERROR',
    'CHECK_TIMEOUT_ERROR',
    'MACHINE_LIMIT_ERROR',
)
ADVICE = ('Cause', 'and', 'solutions')
ENTRY = {'code', 'cause', 'solutions', 'documentation', 'reasons'}


def run_offline(sandbox: Sandbox, *arguments: str) -> Finished:
    """Run a command that must send no request, without a sign-in."""
    finished = sandbox.az('acrhealth', *arguments, login=False)
    assert_clean(sandbox, finished)
    assert sandbox.requests() == [] and sandbox.connections()['accepted'] == {}
    # Old CLIs look for this host when their parser fails, to recommend examples.
    assert not [
        query for query in sandbox.dns_queries() if query['name'] != 'app.aladdin.microsoft.com'
    ]
    return finished


def assert_entry(entry: dict[str, Any]) -> None:
    """Assert what holds for each entry of the error reference."""
    assert set(entry) == ENTRY and entry['cause'] and entry['solutions'] and entry['reasons']
    for reason in entry['reasons']:
        assert set(reason) == {'reason', 'documentation', 'cause', 'solutions'}
        assert all(reason.values())
    texts = [
        entry['cause'],
        *entry['solutions'],
        *(text for reason in entry['reasons'] for text in (reason['cause'], *reason['solutions'])),
    ]
    assert not [text for text in texts if '{' in text or '}' in text]
    anchor = f'https://aka.ms/acr/errors#{entry["code"].lower()}'
    assert (entry['documentation'] == anchor) is (entry['code'] in DOCUMENTED)


def test_error_list(sandbox: Sandbox) -> None:
    finished = run_offline(sandbox, 'error', 'list', '-o', 'json')
    assert (finished.code, finished.stderr) == (0, '')
    assert {entry['code'] for entry in finished.json} == {*DOCUMENTED, *OWN}
    for entry in finished.json:
        assert_entry(entry)


def test_error_show(sandbox: Sandbox) -> None:
    for code in ('CONNECTIVITY_DNS_ERROR', 'connectivity_dns_error'):
        finished = run_offline(sandbox, 'error', 'show', '--code', code, '-o', 'json')
        assert_entry(finished.json)
        assert finished.code == 0 and finished.json['code'] == 'CONNECTIVITY_DNS_ERROR'
    assert 'NameNotFound' in {reason['reason'] for reason in finished.json['reasons']}


def test_error_show_has_the_commands_of_this_platform(sandbox: Sandbox) -> None:
    finished = run_offline(sandbox, 'error', 'show', '--code', 'CONNECTIVITY_PROXY_ERROR')
    assert '`export VARIABLE=' in finished.stdout
    assert 'PowerShell' not in finished.stdout


@pytest.mark.parametrize(
    'code, suggestion',
    [('CONNECTIVITY_DSN_ERROR', 'CONNECTIVITY_DNS_ERROR'), ('CKM_ERROR', 'CMK_ERROR')],
)
def test_unknown_code(sandbox: Sandbox, code: str, suggestion: str) -> None:
    finished = run_offline(sandbox, 'error', 'show', '--code', code)
    assert (finished.code, finished.stdout) == (2, '') and code in finished.stderr
    assert f"Did you mean '{suggestion}' ?" in finished.stderr


def test_list_checks(sandbox: Sandbox) -> None:
    finished = run_offline(sandbox, 'list-checks', '-o', 'json')
    assert (finished.code, finished.stderr) == (0, '') and [
        entry['check'] for entry in finished.json if entry['check'] != 'registries'
    ] == [*DISPLAY_ORDER, *OF_CLUSTER], 'and the one for registries that are selected'
    known = {*DOCUMENTED, *OWN}
    before: list[str] = []
    for entry in finished.json:
        assert set(entry) == {'check', 'category', 'title', 'verifies', 'needs', 'codes'}
        assert (
            set(entry['needs']) <= set(before) and entry['codes'] and set(entry['codes']) <= known
        )
        before.append(entry['check'])
    raised = {code for entry in finished.json for code in entry['codes']}
    # The scheduler's own, and what only the messages of other tools tell.
    others = {'UNEXPECTED_ERROR', 'CHECK_TIMEOUT_ERROR', 'MACHINE_LIMIT_ERROR', 'ARM_ACTION_ERROR'}
    assert raised == known - others


@pytest.mark.parametrize(
    'arguments, headers, least',
    [
        (('list-checks',), ['Check', 'Category', 'Verifies', 'Needs', 'Codes'], len(DISPLAY_ORDER)),
        (('error', 'list'), ['Code', 'Reason', *ADVICE], 60),
        (('error', 'show', '--code', 'CMK_ERROR'), ['Reason', *ADVICE], 4),
    ],
)
def test_tables(
    sandbox: Sandbox, arguments: tuple[str, ...], headers: list[str], least: int
) -> None:
    finished = run_offline(sandbox, *arguments, '-o', 'table')
    header, rule, *lines = finished.stdout.rstrip('\n').splitlines()
    assert header.split() == headers and len(lines) >= least and set(rule) == {'-', ' '}
    assert max(map(len, (header, rule, *lines))) <= 120 and '{' not in finished.stdout


def test_help(sandbox: Sandbox) -> None:
    for command in (('check',), ('list-checks',), ('error', 'show'), ('error', 'explain')):
        finished = sandbox.az('acrhealth', *command, '--help', login=False)
        assert (
            finished.code == 0
            and 'Examples' in finished.stdout
            and 'Traceback' not in finished.stderr
        )
