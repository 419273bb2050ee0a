# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the registry's cache rules and of their credential sets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.registry.cache_rules import cache_rules
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import (
    ACCOUNT,
    HOST,
    REGISTRY_ID,
    USER_CLAIMS,
    FakeConnection,
    FakeProbes,
)
from tests.checks.table import MYREGISTRY, Row, run, shown, verify

VAULT = 'https://myvault.vault.azure.net/secrets/'
PRINCIPAL = '6f1c6b55-bd08-4dc1-bbe2-fa12de5ab340'
UPDATE = (
    f'az acr credential-set update --registry myregistry --name hub --username-id {VAULT}user '
    f'--password-id {VAULT}password'
)


def rule(
    name: Any = 'nginx',
    source: Any = 'docker.io/library/nginx',
    target: Any = 'nginx',
    credentials: Any = None,
    state: Any = 'Succeeded',
) -> dict[str, Any]:
    identifier = f'{REGISTRY_ID}/credentialSets/{credentials}' if credentials else None
    return {
        'name': name,
        'properties': {
            'sourceRepository': source,
            'targetRepository': target,
            'credentialSetResourceId': identifier,
            'provisioningState': state,
        },
    }


def credential_set(
    name: str = 'hub',
    status: Any = 'Healthy',
    error: Any = None,
    message: Any = None,
    state: Any = 'Succeeded',
    vault: str = VAULT,
) -> dict[str, Any]:
    """Return a credential set; ARM returns IDs in another case than it was given."""
    return {
        'id': f'{REGISTRY_ID}/credentialSets/{name}'.upper(),
        'name': name,
        'identity': {'principalId': PRINCIPAL},
        'properties': {
            'loginServer': 'docker.io',
            'provisioningState': state,
            'authCredentials': [
                {
                    'name': 'Credential1',
                    'usernameSecretIdentifier': f'{vault}user',
                    'passwordSecretIdentifier': f'{vault}password',
                    'credentialHealth': {
                        'status': status,
                        'errorCode': error,
                        'errorMessage': message,
                    },
                }
            ],
        },
    }


def listed(*items: Any, more: bool = False) -> ArmResult:
    return ArmResult({'value': list(items), 'more': more}, status=200)


def failure(kind: str) -> ArmResult:
    return ArmResult(failure=Failure(kind, 'the request failed'), status=403)


LOGIN = LoginServer(HOST, FakeConnection(), True, {'id': REGISTRY_ID})
PLAIN, WITH_SET = rule(), rule(credentials='hub')
WILDCARD = rule('hub-all', 'docker.io/*', 'docker-hub/*', 'hub')
UNHEALTHY = credential_set(status='Unhealthy', error='Forbidden', message='no secrets get')


def row(
    name: str,
    status: str,
    problem: str = '',
    *rules: Any,
    sets: Any = None,
    read: ArmResult | None = None,
    repository: str | None = None,
    **more: Any,
) -> Row:
    """Return a row for a registry with these rules; without `sets`, they must not be read."""
    lists = {'cacheRules': read or listed(*rules)}
    if sets is not None:
        lists['credentialSets'] = sets if isinstance(sets, ArmResult) else listed(*sets)
    return Row(
        name,
        cache_rules,
        status,
        problem and (problem if ' ' in problem else f'CACHE_RULE_ERROR {problem}'),
        **{
            'needs': (LOGIN,),
            'probes': FakeProbes(lists=lists),
            'options': Options(targets=(MYREGISTRY,), repository=repository),
            'has_value': True,
            **more,
        },
    )


TABLE = (
    row(
        'unread',
        'Skipped',
        needs=(LoginServer(HOST, FakeConnection(), True),),
        detail='`login-server` check',
        has_value=False,
    ),
    row('no rules', 'Skipped', detail='the registry has no cache rules'),
    row('no list', 'Skipped', read=ArmResult({'value': 'x'})),
    # Without a credential set, only one request is made.
    row(
        'all rules',
        'Passed',
        '',
        PLAIN,
        detail='1 cache rule (nginx: nginx from docker.io/library/nginx)',
        facts={
            'ruleCount': 1,
            'rules': [
                {
                    'rule': 'nginx',
                    'source': 'docker.io/library/nginx',
                    'target': 'nginx',
                    'provisioningState': 'Succeeded',
                    'credentialSet': None,
                    'credentialHealth': None,
                    'credentialError': None,
                    'keyVaultSecrets': [],
                }
            ],
        },
    ),
    row(
        'many rules',
        'Passed',
        '',
        *(rule(f'rule{number}', target=f'app{number}') for number in range(30)),
        detail='30 cache rules (rule0: app0 from docker.io/library/nginx, rule1',
        facts={'ruleCount': 30},
    ),
    row(
        'the rule of the repository',
        'Passed',
        '',
        WILDCARD,
        WITH_SET,
        sets=[credential_set()],
        repository='nginx',
        detail='nginx is a cache of docker.io/library/nginx (rule nginx, credential set hub is '
        'healthy)',
        facts={
            'rule': 'nginx',
            'source': 'docker.io/library/nginx',
            'target': 'nginx',
            'credentialSet': 'hub',
            'credentialHealth': 'Healthy',
            'keyVaultSecrets': [f'{VAULT}user', f'{VAULT}password'],
            'ruleCount': 2,
        },
    ),
    row(
        'a wildcard',
        'Passed',
        '',
        PLAIN,
        WILDCARD,
        sets=[credential_set(status=None)],
        repository='docker-hub/team/app',
        detail='docker-hub/team/app is a cache of docker.io/team/app (rule hub-all, credential '
        'set hub is of unknown health)',
        facts={'sourceRepository': 'docker.io/team/app'},
    ),
    row(
        'another repository',
        'Passed',
        '',
        PLAIN,
        repository='hello',
        detail='1 cache rule; none covers hello (nginx: nginx from',
    ),
    row(
        'another repository of many rules',
        'Passed',
        '',
        read=listed(PLAIN, more=True),
        repository='hello',
        detail='none of those read covers hello',
        facts={'more': True},
    ),
    # The rule of the repository is judged alone.
    row(
        'another rule is broken',
        'Passed',
        '',
        PLAIN,
        WILDCARD,
        sets=[UNHEALTHY],
        repository='nginx',
    ),
    row(
        'unhealthy',
        'Warning',
        'CredentialSetUnhealthy',
        PLAIN,
        WILDCARD,
        sets=[UNHEALTHY],
        detail='credential set hub of cache rule hub-all is unhealthy: Forbidden: no secrets get',
        solution=UPDATE,
    ),
    row(
        'unhealthy, the key vault',
        'Warning',
        'CredentialSetUnhealthy',
        WITH_SET,
        WILDCARD,
        sets=[UNHEALTHY],
        repository='nginx',
        detail='cache rule nginx is unhealthy',
        solution=f'az keyvault set-policy --name myvault --object-id {PRINCIPAL} ',
        facts={'credentialHealth': 'Unhealthy', 'credentialError': 'Forbidden: no secrets get'},
    ),
    row(
        'unhealthy without a message',
        'Warning',
        'CredentialSetUnhealthy',
        WITH_SET,
        WILDCARD,
        sets=[credential_set(status='unhealthy')],
        detail='is unhealthy: the registry reports no error message (and 1 more)',
    ),
    row(
        'names that no command may hold',
        'Warning',
        'CredentialSetUnhealthy',
        rule('; reboot', 'x', credentials='hub'),
        sets=[credential_set(status='Unhealthy', vault='https://$(id)/')],
        unfilled_placeholders=[
            'username_secret',
            'password_secret',
            'password_secret',
            'vault',
            'username_secret',
            'password_secret',
        ],
    ),
    row(
        'a credential set that is gone',
        'Warning',
        'CredentialSetMissing',
        PLAIN,
        WITH_SET,
        sets=[credential_set('other')],
        detail="credential set hub of cache rule nginx doesn't exist",
        solution='az acr cache update --registry myregistry --name nginx --cred-set CREDENTIAL_SET',
    ),
    row(
        'more credential sets than were read',
        'Passed',
        '',
        WITH_SET,
        sets=listed(credential_set('other'), more=True),
    ),
    *(
        row(
            f'a rule that is {state}',
            'Warning',
            'CacheRuleFailed',
            PLAIN,
            rule('bad', state=state),
            detail=f'cache rule bad is in provisioning state {state}',
            solution='az acr cache show --registry myregistry --name bad',
        )
        for state in ('Failed', 'Canceled')
    ),
    row(
        'a credential set that failed',
        'Warning',
        'CacheRuleFailed',
        WITH_SET,
        sets=[credential_set(state='Failed')],
        detail='credential set hub of cache rule nginx is in provisioning state Failed',
    ),
    *(
        row(
            f'a rule that is {state}',
            'Warning',
            'CacheRuleNotReady',
            rule(state=state),
            detail=f'cache rule nginx is in provisioning state {state or "unknown"}',
        )
        for state in ('Creating', 'Updating', 'Deleting', None)
    ),
    row(
        'a credential set that is not ready',
        'Warning',
        'CacheRuleNotReady',
        WITH_SET,
        sets=[credential_set(state='Creating')],
        detail='credential set hub of cache rule nginx is in provisioning state Creating',
    ),
    *(
        row(
            f'an invalid rule: {value!r}',
            'Warning',
            'CacheRuleNotReady',
            value,
            detail='cache rule unnamed is in provisioning state unknown',
        )
        for value in (None, 7, {}, {'properties': ['x']})
    ),
    row(
        'forbidden',
        'Warning',
        'ARM_READ_ERROR CacheRulesForbidden',
        read=failure('Forbidden')._replace(claims=USER_CLAIMS),
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role Reader',
        facts={'status': 403},
    ),
    row(
        'credential sets that are forbidden',
        'Warning',
        'ARM_READ_ERROR CacheRulesForbidden',
        WITH_SET,
        sets=failure('Forbidden')._replace(claims=USER_CLAIMS),
        detail='the request failed',
        facts={'status': 403},
    ),
    *(
        row(
            kind,
            'Warning',
            'ARM_READ_ERROR CacheRulesUnavailable',
            read=failure(kind),
            detail='the request failed',
        )
        for kind in ('Unavailable', 'NotFound', 'NotLoggedIn')
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


KEYS = ['name', 'id', 'properties', 'targetRepository', 'credentialSetResourceId', 'identity']
KEYS += ['authCredentials', 'credentialHealth', 'status', 'provisioningState']
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(JSON, JSON)
def test_any_json_makes_a_row(rules: Any, sets: Any) -> None:
    read, sets = ArmResult({'value': rules}), ArmResult({'value': sets})
    outcome = run(row('any JSON', '', read=read, sets=sets, repository='nginx'))
    assert shown(cache_rules, outcome)['status'] in ('Passed', 'Warning', 'Skipped')
