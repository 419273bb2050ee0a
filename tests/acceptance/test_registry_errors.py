# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's own errors at every endpoint: their code and message decide before the status."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.acceptance.codes import LIMIT
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox

PULL, PUSH, CMK, THROTTLED = (
    'IMAGE_PULL_ERROR',
    'IMAGE_PUSH_ERROR',
    'CMK_ERROR',
    'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
)
# The endpoints, the checks that report them, and the codes of their own problems.
ENDPOINTS = {
    'challenge': ('challenge', 'CONNECTIVITY_CHALLENGE_ERROR'),
    'exchange': ('refresh-token', 'CONNECTIVITY_REFRESH_TOKEN_ERROR'),
    'token': ('access-token', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'),
    'manifest': ('manifest', PULL),
    'blob': ('blob', PULL),
    'upload-begin': ('push', PUSH),
    'upload-append': ('push', PUSH),
}
IMAGE = ('-t', 'hello:v1', '--push', '--skip', 'environment', '--timeout', str(LIMIT))
BREW = 'error:{}:BREW_FAILED:I am a teapot'


def run_on(sandbox: Sandbox, registry: str = 'contoso', *more: str) -> Run:
    return check(sandbox, '-n', registry, *IMAGE, *more)


def push_verdict(run: Run) -> str:
    return str(run.report['registries'][0]['canPush'])


@pytest.mark.parametrize('stage', ENDPOINTS)
@pytest.mark.parametrize('status, meaning', [(403, 'Forbidden'), (405, 'Method Not Allowed')])
def test_an_unknown_code_is_shown_as_it_is(
    sandbox: Sandbox, stage: str, status: int, meaning: str
) -> None:
    sandbox.set_fault(f'{stage}@contoso', BREW.format(status))
    check_id, code = ENDPOINTS[stage]
    row = run_on(sandbox).has(check_id, 'Failed', code, 'UnknownErrorCode')
    assert row['detail'].startswith(f'BREW_FAILED: I am a teapot ({status} {meaning})')
    assert row['facts']['errorCode'] == 'BREW_FAILED'
    advice = f'{row["cause"]} {row["solutions"]}'.lower()
    assert not [word for word in ('proxy', 'network', 'firewall') if word in advice]


class Denial(NamedTuple):
    """A denial because of the key of a registry, and what must be in the first solution."""

    registry: str
    fault: str
    reason: str
    solution: str


DENIALS = (
    Denial('cmkuser', 'known:identity-inactive', 'UserIdentityInactive', 'az acr identity assign'),
    Denial('cmksystem', 'known:identity-inactive', 'SystemIdentityInactive', 'support request'),
    Denial('contoso', 'known:identity-inactive', 'IdentityInactive', 'az acr encryption show'),
    Denial('cmkuser', 'known:key-forbidden', 'KeyAccessForbidden', 'az keyvault key show --id htt'),
)


@pytest.mark.parametrize('stage', ENDPOINTS)
@pytest.mark.parametrize('denial', DENIALS, ids=lambda denial: f'{denial.registry}-{denial.reason}')
def test_a_registry_without_its_key(sandbox: Sandbox, stage: str, denial: Denial) -> None:
    sandbox.set_fault(f'{stage}@{denial.registry}', denial.fault)
    run = run_on(sandbox, denial.registry)
    row = run.has(ENDPOINTS[stage][0], 'Failed', CMK, denial.reason)
    assert denial.solution in row['solutions'][0] and 'role assignment' not in str(row['solutions'])


SOURCES = (
    *((stage, 'known:cache-throttled', THROTTLED, 'UpstreamThrottled') for stage in ENDPOINTS),
    *(
        (stage, fault, PULL, reason)
        for stage in ('manifest', 'blob')
        for fault, reason in (
            ('known:cache-failed', 'UpstreamFailed'),
            ('known:cache-unauthorized', 'UpstreamUnauthorized'),
        )
    ),
)


@pytest.mark.parametrize('stage, fault, code, reason', SOURCES)
def test_the_source_of_a_cache_rule(
    sandbox: Sandbox, stage: str, fault: str, code: str, reason: str
) -> None:
    sandbox.set_fault(f'{stage}@contoso', fault)
    row = run_on(sandbox).has(ENDPOINTS[stage][0], 'Failed', code, reason)
    assert row['facts']['cacheRule'] == 'docker-io' and '--name docker-io' in str(row['solutions'])
    assert '--sku' not in str(row['solutions']) and 'role assignment' not in str(row['solutions'])


@pytest.mark.parametrize('stage', ENDPOINTS)
@pytest.mark.parametrize('server', ['nginx', 'AzureContainerRegistry'])
def test_a_request_that_is_too_large(sandbox: Sandbox, stage: str, server: str) -> None:
    sandbox.set_fault(f'{stage}@contoso', f'toolarge:-1:{server}')
    check_id, code = ENDPOINTS[stage]
    row = run_on(sandbox).has(check_id, 'Failed', code, 'RequestTooLarge')
    assert row['detail'].startswith(f'413 from {server}: 413 Request Entity Too Large')


class TestLocks:
    """Locks, which are set with the CLI's own commands, or with the sandbox."""

    def test_a_locked_tag_is_found_although_uploads_work(self, sandbox: Sandbox) -> None:
        repository = ('acr', 'repository', 'update', '-n', 'contoso', '-t', 'hello:v1')
        assert sandbox.az(*repository, '--write-enabled', 'false').code == 0
        run = run_on(sandbox)
        row = run.has('push', 'Failed', PUSH, 'ImageLocked')
        assert [step['status'] for step in row['facts']['requests']] == [202, 202, 204, 404]
        assert row['detail'].startswith('hello:v1 is locked against writes')
        assert push_verdict(run) == 'no' and not sandbox.uploads('contoso')
        command = row['solutions'][1].split('`')[1]
        assert sandbox.az(*command.split()[1:]).code == 0
        assert run_on(sandbox).has('push', 'Passed')['detail'].count('; no write lock;') == 1

    @pytest.mark.parametrize(
        'reference, reason, name',
        [('', 'RepositoryLocked', 'repository hello'), ('v1', 'ImageLocked', 'hello:v1')],
    )
    def test_a_lock_against_reads(
        self, sandbox: Sandbox, reference: str, reason: str, name: str
    ) -> None:
        sandbox.lock('contoso', 'hello', reference, readEnabled=False)
        row = run_on(sandbox).has('manifest', 'Failed', PULL, reason)
        assert row['detail'].startswith(f'{name} is locked against reads')
        assert '--read-enabled true' in str(row['solutions'])

    @pytest.mark.parametrize('fault', ['known:disallowed', 'known:disallowed-2018'])
    def test_a_locked_repository(self, sandbox: Sandbox, fault: str) -> None:
        sandbox.lock('contoso', 'hello', writeEnabled=False)
        sandbox.set_fault('upload-begin', fault)
        row = run_on(sandbox).has('push', 'Failed', PUSH, 'RepositoryLocked')
        assert '--repository hello --write-enabled true' in row['solutions'][1]

    def test_locks_that_the_token_may_not_read(self, sandbox: Sandbox) -> None:
        sandbox.lock('contoso', 'hello', 'v1', writeEnabled=False)
        sandbox.set_fault('token', 'grant:pull,push,delete')
        row = run_on(sandbox).has('push', 'Passed')
        assert "locks couldn't be read (the token has no metadata_read" in row['detail']
        assert row['facts']['locksUnread'] and not sandbox.requests('attributes')


class TestDisallowed:
    """What REGISTRY_DISALLOWED_OPERATION means where no lock is found."""

    @staticmethod
    def quarantine(sandbox: Sandbox, status: str) -> None:
        policies = {'quarantinePolicy': {'status': status}}
        sandbox.patch_registry('contoso', {'properties': {'policies': policies}})

    def test_the_storage_limit(self, sandbox: Sandbox) -> None:
        sandbox.set_usage('contoso', 'Size', 41 * 2**40, 500 * 2**30, 'Bytes')
        sandbox.set_fault('upload-append', 'known:disallowed')
        row = run_on(sandbox).has('push', 'Failed', PUSH, 'QuotaExceeded')
        assert row['detail'].startswith('41.00 TiB stored, which is at the storage limit')

    @pytest.mark.parametrize(
        'stage, check_id, code', [('manifest', 'manifest', PULL), ('upload-begin', 'push', PUSH)]
    )
    def test_quarantine(self, sandbox: Sandbox, stage: str, check_id: str, code: str) -> None:
        self.quarantine(sandbox, 'enabled')
        sandbox.set_fault(stage, 'known:disallowed')
        run_on(sandbox).has(check_id, 'Failed', code, 'Quarantined')

    @pytest.mark.parametrize(
        'stage, check_id, code',
        [('manifest', 'manifest', PULL), ('blob', 'blob', PULL), ('upload-begin', 'push', PUSH)],
    )
    def test_nothing_that_can_be_read(
        self, sandbox: Sandbox, stage: str, check_id: str, code: str
    ) -> None:
        self.quarantine(sandbox, 'disabled')
        sandbox.set_fault(stage, 'known:disallowed')
        row = run_on(sandbox).has(check_id, 'Failed', code, 'OperationDisallowed')
        advice = str(row['solutions'])
        assert 'changeableAttributes' in advice and 'show-usage' in advice
        assert 'quarantinePolicy' in advice and 'quarantine is off' in row['detail']


class TestGrants:
    """A 401 although the access token grants what the request needs."""

    @pytest.mark.parametrize(
        'stage, check_id, code',
        [('manifest', 'manifest', PULL), ('blob', 'blob', PULL), ('upload-begin', 'push', PUSH)],
    )
    def test_no_role_is_advised(
        self, sandbox: Sandbox, stage: str, check_id: str, code: str
    ) -> None:
        sandbox.set_fault(stage, 'status:401')
        row = run_on(sandbox).has(check_id, 'Failed', code, 'GrantRejected')
        assert 'role assignment' not in str(row['solutions'])
        assert 'az acr cache list' in row['solutions'][0]


class TestPushSize:
    """--push-size finds what rejects a large layer."""

    def push(self, sandbox: Sandbox, *more: str) -> tuple[Run, dict[str, Any]]:
        run = check(
            sandbox,
            '-n',
            'contoso',
            '--repository',
            'hello',
            '--push',
            '--skip',
            'environment',
            *more,
        )
        return run, run.row('push')

    def test_nine_bytes_pass_where_megabytes_do_not(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('upload-append', f'toolarge:{2**20}')
        run, row = self.push(sandbox)
        assert row['status'] == 'Passed' and 'large layers not tested' in row['detail']
        run, row = self.push(sandbox, '--push-size', '1M')
        assert row['status'] == 'Passed' and 'uploaded 1 MiB' in row['detail']
        run, row = self.push(sandbox, '--push-size', '3M')
        run.has('push', 'Failed', PUSH, 'RequestTooLarge')
        assert row['detail'].startswith('413 from nginx: 413 Request Entity Too Large')
        assert push_verdict(run) == 'no' and row['facts']['size'] == 3 * 2**20
        assert not sandbox.uploads('contoso')

    def test_a_size_that_takes_longer_than_the_run_may(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('upload-append', 'hang')
        run, row = self.push(sandbox, '--push-size', '2M', '--timeout', str(LIMIT))
        run.has('push', 'Warning', PUSH, 'SizeUnverified')
        assert push_verdict(run) == 'unknown' and not sandbox.uploads('contoso')

    def test_a_length_that_is_lost_on_the_way(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('upload-append', 'known:no-length')
        run, _ = self.push(sandbox, '--push-size', '1K')
        run.has('push', 'Failed', PUSH, 'ContentLengthChanged')
