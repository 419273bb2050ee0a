# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Artifact cache: rules, their credential sets, and pulls from their source registries."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from tests.acceptance.registry_checks import check_only
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox

CACHE = 'CACHE_RULE_ERROR'
HUB = ('hub', 'docker.io/*', 'docker-hub/*', 'hubcreds')
MCR = ('mcr', 'mcr.microsoft.com/dotnet/sdk', 'dotnet/sdk')


def put_hub(sandbox: Sandbox, healthy: bool = True) -> None:
    """Put a rule for Docker Hub with a credential set."""
    sandbox.put_credential_set('contoso', 'hubcreds', healthy=healthy)
    sandbox.put_cache_rule('contoso', *HUB)


def test_rules_of_a_registry(sandbox: Sandbox) -> None:
    put_hub(sandbox)
    sandbox.put_cache_rule('contoso', *MCR)
    row = check_only(sandbox, 'contoso', 'cache-rules').has('cache-rules', 'Passed')
    assert '2 cache rules' in row['detail'] and row['facts']['ruleCount'] == 2
    assert {rule['rule']: rule['credentialHealth'] for rule in row['facts']['rules']} == {
        'hub': 'Healthy',
        'mcr': None,
    }
    assert len(sandbox.requests('arm-cache-rules')) == 1
    assert len(sandbox.requests('arm-credential-sets')) == 1


def test_no_credential_sets_are_read_that_no_rule_names(sandbox: Sandbox) -> None:
    sandbox.put_credential_set('contoso', 'unused', healthy=False)
    assert check_only(sandbox, 'contoso', 'cache-rules').has('cache-rules', 'Skipped')
    sandbox.put_cache_rule('contoso', *MCR)
    check_only(sandbox, 'contoso', 'cache-rules').has('cache-rules', 'Passed')
    assert sandbox.requests('arm-credential-sets') == []


@pytest.mark.parametrize(
    'repository, shown',
    [
        ('docker-hub/library/nginx', 'is a cache of docker.io/library/nginx (rule hub, '),
        ('dotnet/sdk', 'is a cache of mcr.microsoft.com/dotnet/sdk (rule mcr, no credential set)'),
        ('hello', '2 cache rules; none covers hello'),
    ],
)
def test_the_rule_of_a_repository(sandbox: Sandbox, repository: str, shown: str) -> None:
    put_hub(sandbox)
    sandbox.put_cache_rule('contoso', *MCR)
    run = check(sandbox, '-n', 'contoso', '--repository', repository, '--only', 'cache-rules')
    assert shown in run.has('cache-rules', 'Passed')['detail']


def test_unhealthy_credentials(sandbox: Sandbox) -> None:
    put_hub(sandbox, healthy=False)
    run = check_only(sandbox, 'contoso', 'cache-rules')
    row = run.has('cache-rules', 'Warning', CACHE, 'CredentialSetUnhealthy')
    assert 'credential set hubcreds of cache rule hub is unhealthy: Forbidden' in row['detail']
    secret = 'https://contosokeys.vault.sandbox.test/secrets/hubcreds-password'
    assert secret in row['facts']['rules'][0]['keyVaultSecrets']
    assert 'to read the secrets: `az keyvault set-policy --name contosokeys ' in row['solutions'][0]
    assert any(
        '`az acr credential-set update --registry contoso --name hubcreds ' in text
        and f'--password-id {secret}`' in text
        for text in row['solutions']
    )
    assert run.finished.code == 0


@pytest.mark.parametrize(
    'credentials, state, reason',
    [
        ('gone', 'Succeeded', 'CredentialSetMissing'),
        (None, 'Failed', 'CacheRuleFailed'),
        (None, 'Creating', 'CacheRuleNotReady'),
    ],
)
def test_broken_rules(
    sandbox: Sandbox, credentials: Optional[str], state: str, reason: str
) -> None:
    sandbox.put_cache_rule('contoso', *MCR, credentials, provisioningState=state)
    row = check_only(sandbox, 'contoso', 'cache-rules').has('cache-rules', 'Warning', CACHE, reason)
    assert 'cache rule mcr' in row['detail']
    assert any('--name mcr' in text for text in row['solutions'])


@pytest.mark.parametrize('value', [None, 7, 'x', [], {'authCredentials': [None, {}]}])
def test_odd_rules_make_rows(sandbox: Sandbox, value: Any) -> None:
    for kind in ('cacheRules', 'credentialSets'):
        resource = sandbox.patch_registry('contoso', {})['id']
        sandbox.put_resource(f'{resource}/{kind}/odd'.lstrip('/'), {'properties': value})
    sandbox.put_cache_rule('contoso', *MCR, 'odd')
    run = check_only(sandbox, 'contoso', 'cache-rules')
    assert run.statuses()['cache-rules'] in ('Passed', 'Warning')


IMAGE = 'docker-hub/library/nginx:v1'
SOURCE = 'docker.io/library/nginx'


def pull(sandbox: Sandbox, *arguments: str, image: str = IMAGE) -> Run:
    """Check the pull of an image of the rule for Docker Hub."""
    return check(sandbox, '-n', 'contoso', '--image', image, *arguments)


def test_a_pull_through_a_rule(sandbox: Sandbox) -> None:
    put_hub(sandbox)
    run = pull(sandbox)
    assert run.report['registries'][0]['canPull'] == 'yes'
    assert f'is a cache of {SOURCE}' in run.has('cache-rules', 'Passed')['detail']


@pytest.mark.parametrize('only', [(), ('--only', 'data')])
def test_a_pull_with_unhealthy_credentials(sandbox: Sandbox, only: tuple[str, ...]) -> None:
    put_hub(sandbox, healthy=False)
    run = pull(sandbox, *only)
    row = run.has('manifest', 'Failed', CACHE, 'CredentialSetUnhealthy')
    assert row['detail'].startswith(f"docker-hub/library/nginx can't be pulled from {SOURCE} (401)")
    assert 'credential set hubcreds of cache rule hub is unhealthy: Forbidden' in row['detail']
    assert not any('role assignment' in text for text in row['solutions'])
    assert any('az acr credential-set update' in text for text in row['solutions'])
    assert row['facts']['credentialHealth'] == 'Unhealthy'
    assert run.report['registries'][0]['canPull'] == 'no'


@pytest.mark.parametrize(
    'kind, code, reason, shown',
    [
        ('throttled', 'CONNECTIVITY_TOOMANYREQUESTS_ERROR', 'UpstreamThrottled', '429'),
        ('failed', 'IMAGE_PULL_ERROR', 'UpstreamFailed', '424'),
        ('unauthorized', 'IMAGE_PULL_ERROR', 'UpstreamUnauthorized', '401'),
        ('denied', 'IMAGE_PULL_ERROR', 'UpstreamUnauthorized', '403'),
    ],
)
def test_a_source_that_refuses(
    sandbox: Sandbox, kind: str, code: str, reason: str, shown: str
) -> None:
    sandbox.put_cache_rule('contoso', *HUB[:3])
    sandbox.set_cache_source('contoso', 'hub', kind)
    row = pull(sandbox).has('manifest', 'Failed', code, reason)
    assert f'({shown})' in row['detail'] and "cache rule 'hub'" in row['detail']
    assert f'; cache rule hub pulls it from {SOURCE}, no credential set' in row['detail']
    assert row['facts']['cacheRule'] == 'hub' and row['facts']['source'] == SOURCE
    assert any('--name hub' in text for text in row['solutions'])
    assert 'role assignment' not in str(row['solutions']) and '--sku' not in str(row['solutions'])


@pytest.mark.parametrize('kind', ['throttled', 'failed'])
def test_a_source_is_waited_for(sandbox: Sandbox, kind: str) -> None:
    put_hub(sandbox)
    sandbox.set_cache_source('contoso', 'hub', kind, times=2)
    finished = sandbox.az(
        *('acrhealth', 'check', '-n', 'contoso', '--image', IMAGE, '--skip', 'environment'),
        *('--wait', '60', '-o', 'json'),
    )
    assert finished.code == 0 and finished.json['registries'][0]['canPull'] == 'yes'
    assert finished.json['wait']['attempts'] >= 2 and 'waiting for manifest' in finished.stderr


def test_an_unknown_tag_of_a_cache(sandbox: Sandbox) -> None:
    put_hub(sandbox)
    pull(sandbox)
    row = pull(sandbox, image='docker-hub/library/nginx:v9').row('manifest')
    assert (row['status'], row['reason']) == ('Failed', 'NoSuchTag')
    assert f'cache rule hub pulls it from {SOURCE}' in row['detail']


def push(sandbox: Sandbox, repository: str = 'docker-hub/app') -> Run:
    """Check the push to a repository."""
    return check(sandbox, '-n', 'contoso', '--repository', repository, '--push')


def test_a_push_to_a_cache(sandbox: Sandbox) -> None:
    put_hub(sandbox)
    run = push(sandbox)
    row = run.has('push', 'Failed', 'IMAGE_PUSH_ERROR', 'CacheRepository')
    assert 'docker-hub/app is a cache of docker.io/app (rule hub), and the' in row['detail']
    assert any('properties.writableCacheRepos=Enabled' in text for text in row['solutions'])
    assert run.report['registries'][0]['canPush'] == 'no'
    push(sandbox, 'hello').has('push', 'Passed')
    sandbox.patch_registry('contoso', {'properties': {'writableCacheRepos': 'Enabled'}})
    run = push(sandbox)
    assert 'is a cache of docker.io/app' in run.has('push', 'Passed')['detail']
    assert run.report['registries'][0]['canPush'] == 'yes'


def test_a_push_to_a_cache_that_only_starts(sandbox: Sandbox) -> None:
    # The registry's front end accepts an upload although ARM lists a rule for the repository: here,
    # because the sandbox doesn't know wildcards within a name.
    sandbox.put_cache_rule('contoso', 'all', 'docker.io/*', 'hell*')
    run = push(sandbox, 'hello')
    run.has('push', 'Warning', 'IMAGE_PUSH_ERROR', 'CacheRepository')
    assert run.report['registries'][0]['canPush'] == 'unknown'
