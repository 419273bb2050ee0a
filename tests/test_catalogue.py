# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The catalogue of errors, and that catalogue, checks and their tables match."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain

import pytest

from azext_acrhealth import catalogue
from azext_acrhealth.advice import text_of
from azext_acrhealth.catalogue import BY_ACCOUNT, FAMILIES, PROBLEMS, internal, links
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.explain.rules import PROBLEMS as RULE_PROBLEMS
from azext_acrhealth.model import Check, Family, Problem
from azext_acrhealth.verdicts import CLUSTER_VERDICT, VERDICTS
from tests import checks as tables

DOCUMENTED = {
    'DOCKER_COMMAND_ERROR',
    'DOCKER_DAEMON_ERROR',
    'DOCKER_VERSION_ERROR',
    'DOCKER_PULL_ERROR',
    'HELM_COMMAND_ERROR',
    'HELM_VERSION_ERROR',
    'NOTARY_COMMAND_ERROR',
    'NOTARY_VERSION_ERROR',
    'LOGIN_SERVER_ERROR',
    'CONNECTIVITY_DNS_ERROR',
    'CONNECTIVITY_SSL_ERROR',
    'CONNECTIVITY_CHALLENGE_ERROR',
    'CONNECTIVITY_FORBIDDEN_ERROR',
    'CONNECTIVITY_AAD_LOGIN_ERROR',
    'CONNECTIVITY_REFRESH_TOKEN_ERROR',
    'CONNECTIVITY_ACCESS_TOKEN_ERROR',
    'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
    'CMK_ERROR',
}
OWN = {
    'CLUSTER_ERROR',
    'CLUSTER_NETWORK_ERROR',
    'CLUSTER_PULL_ERROR',
    'KUBELET_IDENTITY_ERROR',
    'PULL_ROLE_ERROR',
    'MACHINE_LIMIT_ERROR',
    'PRIVATE_ENDPOINT_ERROR',
    'REPLICATION_ERROR',
    'CACHE_RULE_ERROR',
    'REGISTRY_QUOTA_ERROR',
    'REGISTRY_STATE_ERROR',
    'DATA_ENDPOINT_ERROR',
    'IMAGE_PULL_ERROR',
    'IMAGE_PUSH_ERROR',
    'STORED_CREDENTIAL_ERROR',
    'ARM_READ_ERROR',
    'ARM_ACTION_ERROR',
    'CONNECTIVITY_PROXY_ERROR',
    'CLOCK_SKEW_ERROR',
    'UNEXPECTED_ERROR',
    'CHECK_TIMEOUT_ERROR',
}
# The table of checks in the issue: which codes each group can report.
CODES = {
    'engine': {
        'DOCKER_COMMAND_ERROR',
        'DOCKER_VERSION_ERROR',
        'DOCKER_DAEMON_ERROR',
        'DOCKER_PULL_ERROR',
    },
    'helm': {'HELM_COMMAND_ERROR', 'HELM_VERSION_ERROR'},
    'notary': {'NOTARY_COMMAND_ERROR', 'NOTARY_VERSION_ERROR'},
    'registries': {'ARM_READ_ERROR'},
    'login-server': {'LOGIN_SERVER_ERROR'},
    'registry-state': {'REGISTRY_STATE_ERROR'},
    'network-rules': {'CONNECTIVITY_FORBIDDEN_ERROR'},
    'policies': {'REGISTRY_STATE_ERROR'},
    'usage': {'REGISTRY_QUOTA_ERROR', 'ARM_READ_ERROR'},
    'replicas': {'REPLICATION_ERROR', 'ARM_READ_ERROR'},
    'cache-rules': {'CACHE_RULE_ERROR', 'ARM_READ_ERROR'},
    'encryption': {'CMK_ERROR', 'ARM_READ_ERROR'},
    'dns': {'CONNECTIVITY_DNS_ERROR'},
    'proxy': {'CONNECTIVITY_PROXY_ERROR'},
    'clock': {'CLOCK_SKEW_ERROR'},
    'connection': {'CONNECTIVITY_CHALLENGE_ERROR'},
    'tls': {'CONNECTIVITY_SSL_ERROR'},
    'challenge': {
        'CONNECTIVITY_CHALLENGE_ERROR',
        'CONNECTIVITY_FORBIDDEN_ERROR',
        'CONNECTIVITY_AAD_LOGIN_ERROR',
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
        'CMK_ERROR',
    },
    'refresh-token': {
        'CONNECTIVITY_REFRESH_TOKEN_ERROR',
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
        'CONNECTIVITY_FORBIDDEN_ERROR',
        'CMK_ERROR',
    },
    'access-token': {
        'IMAGE_PULL_ERROR',
        'CONNECTIVITY_ACCESS_TOKEN_ERROR',
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
        'CONNECTIVITY_FORBIDDEN_ERROR',
        'CMK_ERROR',
    },
    'anonymous-pull': {
        'CONNECTIVITY_ACCESS_TOKEN_ERROR',
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
        'CONNECTIVITY_FORBIDDEN_ERROR',
        'CMK_ERROR',
    },
    'stored-credentials': {'STORED_CREDENTIAL_ERROR'},
    'data-endpoints': {'DATA_ENDPOINT_ERROR'},
    'manifest': {
        'IMAGE_PULL_ERROR',
        'CACHE_RULE_ERROR',
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
        'CONNECTIVITY_FORBIDDEN_ERROR',
        'CMK_ERROR',
    },
    'blob': {
        'DATA_ENDPOINT_ERROR',
        'IMAGE_PULL_ERROR',
        'CACHE_RULE_ERROR',
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
        'CONNECTIVITY_FORBIDDEN_ERROR',
        'CMK_ERROR',
    },
    'push': {
        'IMAGE_PUSH_ERROR',
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
        'CONNECTIVITY_FORBIDDEN_ERROR',
        'CMK_ERROR',
    },
    'private-dns': {'CONNECTIVITY_DNS_ERROR', 'ARM_READ_ERROR'},
    'private-endpoints': {'PRIVATE_ENDPOINT_ERROR'},
    'cluster': {
        'CLUSTER_ERROR',
        'CLUSTER_NETWORK_ERROR',
        'CLUSTER_PULL_ERROR',
        'ARM_READ_ERROR',
        *('IMAGE_PULL_ERROR', 'CONNECTIVITY_ACCESS_TOKEN_ERROR', 'CONNECTIVITY_DNS_ERROR'),
        *('CONNECTIVITY_CHALLENGE_ERROR', 'CONNECTIVITY_SSL_ERROR'),
        *('CONNECTIVITY_FORBIDDEN_ERROR', 'CONNECTIVITY_TOOMANYREQUESTS_ERROR'),
        *('CMK_ERROR', 'STORED_CREDENTIAL_ERROR'),
    },
    'kubelet-identity': {'KUBELET_IDENTITY_ERROR', 'ARM_READ_ERROR'},
    'pull-role': {'PULL_ROLE_ERROR', 'ARM_READ_ERROR'},
    'cluster-platforms': {'IMAGE_PULL_ERROR'},
    'cluster-egress': {
        'CLUSTER_NETWORK_ERROR',
        'CONNECTIVITY_FORBIDDEN_ERROR',
        'ARM_READ_ERROR',
    },
}
BY_ACCOUNT_SOLUTIONS = [
    solution for block in BY_ACCOUNT for own in block.own.values() for solution in own
]
# Every module of tests/checks that holds a table.
TABLES = [
    module
    for module in (
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(tables.__path__, f'{tables.__name__}.')
    )
    if hasattr(module, 'TABLE')
]
# The placeholders: `registry` comes with every row of a registry, the others from the check or
# the runner.
PLACEHOLDERS = set(
    """
    explained registry host engine image path start client_ip cloud suffix check role registry_id
    object_id condition allowed second_role second_allowed abac_role scope_map fixed_scope_map
    scope_actions token subscription identity_id endpoint_group
    tenant application rule login_host audience correlation_id at address record variable source
    scheme proxy here bypass hosts other meant family issuer bundle username wildcard repository
    region platform found login_server key_id connection client file helper setting number policy
    direct elsewhere seconds records token_file configured client_audience
    restart api_version older alias zone public_zone
    identity vault key cache_rule tag target digest credential_set username_secret password_secret
    principal other_platforms cluster cluster_group cluster_subscription cluster_id
    node_group_id node_pool role_id candidates platforms
    pod job namespace kube_context
    addresses subnet_id network_resource_id
    network network_id network_group network_subscription
    endpoint_network endpoint_network_id endpoint_network_group endpoint_network_subscription
    zone_id zone_group zone_subscription link stale_address
    private_endpoint private_endpoint_group private_endpoint_subscription
""".split()
)


def duplicates(values: Iterable[object]) -> list[object]:
    return [value for value, times in Counter(values).items() if times > 1]


def name(problem: Problem) -> str:
    return f'{problem.code} {problem.reason}'


def test_codes_reasons_and_ids_are_unique() -> None:
    assert duplicates(family.code for family in FAMILIES) == []
    assert duplicates(map(name, PROBLEMS)) == []
    assert duplicates(check.id for check in CHECKS) == []
    assert duplicates(check.title for check in CHECKS) == []


def test_every_documented_code_is_there_and_few_others() -> None:
    assert {family.code for family in FAMILIES} == DOCUMENTED | OWN


@pytest.mark.parametrize('family', FAMILIES, ids=lambda family: family.code)
def test_a_family(family: Family) -> None:
    assert re.fullmatch(r'[A-Z]+(_[A-Z]+)*_ERROR', family.code)
    assert family.cause.endswith('.') and family.solutions
    assert any(problem.code == family.code for problem in PROBLEMS), (
        'a code without a reason is never reported'
    )
    if family.code in DOCUMENTED:
        assert family.link == f'https://aka.ms/acr/errors#{family.code.lower()}'
    else:
        assert family.link.startswith('https://learn.microsoft.com/')


@pytest.mark.parametrize('problem', PROBLEMS, ids=name)
def test_a_problem(problem: Problem) -> None:
    assert problem.code in {family.code for family in FAMILIES}
    assert re.fullmatch(r'([A-Z][a-z]*)+', problem.reason)
    assert problem.cause.endswith('.') and all(map(text_of, problem.solutions))
    assert re.match(r'https://(aka\.ms/acr/errors#|learn\.microsoft\.com/)', problem.link)
    texts = ' '.join((problem.cause, *map(text_of, problem.solutions)))
    assert set(re.findall(r'\{(\w+)\}', texts)) <= PLACEHOLDERS
    assert not re.search(r'\s\s|[{}]', re.sub(r'\{\w+\}', 'x', texts))
    assert texts.count('`') % 2 == 0


def test_every_module_of_the_catalogue_lists_all_that_it_defines() -> None:
    found = [
        module.name
        for module in pkgutil.walk_packages(catalogue.__path__, f'{catalogue.__name__}.')
        if not module.ispkg and not module.name.endswith(('.links', '.shell', '.by_account'))
    ]
    assert {module.__name__ for module in catalogue.MODULES} == set(found)
    families = {
        family: module for module in catalogue.MODULES for family in getattr(module, 'FAMILIES', ())
    }
    for module in catalogue.MODULES:
        defined = [value for value in vars(module).values() if isinstance(value, Problem)]
        assert set(defined) <= set(module.PROBLEMS), module.__name__
        own = {value for value in vars(module).values() if isinstance(value, Family)}
        assert own <= set(families), module.__name__
        assert {family for family, home in families.items() if home is module} <= own, (
            module.__name__
        )


def test_the_catalogue_matches_the_checks_and_rules_both_ways() -> None:
    declared = {problem for check in CHECKS for problem in check.problems} | set(RULE_PROBLEMS)
    assert sorted(name(problem) for problem in declared.difference(PROBLEMS)) == []
    assert (
        sorted(name(problem) for problem in set(PROBLEMS) - declared - set(internal.PROBLEMS)) == []
    )
    assert declared.isdisjoint(internal.PROBLEMS), "those are the runner's"


@pytest.mark.parametrize('check', CHECKS, ids=lambda check: check.id)
def test_every_problem_that_a_check_declares_is_reported_by_a_row_of_its_table(
    check: Check,
) -> None:
    reported = {
        row.problem for table in TABLES for row in table.TABLE if row.check is check and row.problem
    }
    assert reported == {name(problem) for problem in check.problems}


@pytest.mark.parametrize('check', CHECKS, ids=lambda check: check.id)
def test_every_check_has_a_row_that_passes(check: Check) -> None:
    assert any(
        row.check is check and row.status == 'Passed' for table in TABLES for row in table.TABLE
    )


def test_a_check_declares_each_problem_once() -> None:
    assert {
        check.id: duplicates(check.problems) for check in CHECKS if duplicates(check.problems)
    } == {}


def test_the_codes_of_the_checks_are_those_of_the_issue() -> None:
    for prefix, codes in CODES.items():
        own = [check for check in CHECKS if check.id.startswith(prefix)]
        assert own and {problem.code for check in own for problem in check.problems} == codes, (
            prefix
        )


def test_the_verdicts_name_checks() -> None:
    ids = {check.id for check in CHECKS}
    assert set(CLUSTER_VERDICT.needed) <= {check.id for check in CHECKS if check.per == 'cluster'}
    for verdict, (needed, proof, _) in VERDICTS.items():
        assert set(needed) | ({proof} if proof else set()) <= ids, verdict


def test_a_verdict_needs_all_that_its_proof_needs() -> None:
    by_id = {check.id: check for check in CHECKS}
    for needed, proof, _ in VERDICTS.values():
        below = [by_id[check_id] for check_id in ((proof,) if proof else needed)]
        while below:
            check = below.pop()
            assert check.id in needed
            below += check.needs


def test_links() -> None:
    assert links.documented('SOME_ERROR') == 'https://aka.ms/acr/errors#some_error'


def test_placeholders_are_all_in_use() -> None:
    texts = chain(
        chain.from_iterable(
            (problem.cause, *map(text_of, problem.solutions)) for problem in PROBLEMS
        ),
        (solution.text for solution in BY_ACCOUNT_SOLUTIONS),
    )
    assert {found for text in texts for found in re.findall(r'\{(\w+)\}', text)} == PLACEHOLDERS
