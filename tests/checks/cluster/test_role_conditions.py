# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Conditions of role assignments: what is evaluated, and what stays unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.cluster.role_conditions import (
    all_of,
    any_of,
    evaluate,
    is_about_repositories,
    matches,
)
from azext_acrhealth.checks.cluster.role_permissions import PULL, READ_CONTENT

CONTENT, METADATA = READ_CONTENT
NAME = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'
READS = f"!(ActionMatches{{'{CONTENT}'}}) AND !(ActionMatches{{'{METADATA}'}})"
# As the portal and Microsoft's documentation write conditions, with line breaks.
ONE_REPOSITORY = f"""(
 ({READS})
 OR
 ({NAME} StringEqualsIgnoreCase 'team/App')
)"""
PREFIX = f"(({READS}) OR ({NAME} StringStartsWithIgnoreCase 'team/'))"
SEVERAL = f"(({READS}) OR ({NAME} StringEqualsIgnoreCase 'a' OR {NAME} StringEqualsIgnoreCase 'b'))"
ONLY_CONTENT = f"((NOT (ActionMatches{{'{CONTENT}'}})) OR ({NAME} StringEquals 'a'))"
# The condition by which the portal limits what an owner can assign.
OF_AN_OWNER = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
    '(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] '
    'ForAnyOfAllValues:GuidNotEquals {8e3af657-a8ff-443c-a75c-2fe8c4bcb635}))'
)


@pytest.mark.parametrize(
    'condition, action, repository, expected',
    [
        (ONE_REPOSITORY, CONTENT, 'team/app', True),
        (ONE_REPOSITORY, METADATA, 'TEAM/APP', True),
        (ONE_REPOSITORY, CONTENT, 'team/app2', False),
        (ONE_REPOSITORY, CONTENT, None, None),
        (ONE_REPOSITORY, PULL, None, True),
        (ONE_REPOSITORY.replace('AND', '&&').replace('OR\n', '||'), CONTENT, 'team/app', True),
        (PREFIX, CONTENT, 'team/other', True),
        (PREFIX, CONTENT, 'team', False),
        (PREFIX, CONTENT, 'teams/x', False),
        (SEVERAL, CONTENT, 'b', True),
        (SEVERAL, CONTENT, 'c', False),
        (ONLY_CONTENT, METADATA, 'b', True),
        (ONLY_CONTENT, CONTENT, 'b', False),
        (ONLY_CONTENT, CONTENT, 'A', False),
        (ONLY_CONTENT.replace('StringEquals', 'StringStartsWith'), CONTENT, 'abc', True),
        (OF_AN_OWNER, PULL, None, True),
        (OF_AN_OWNER, CONTENT, 'a', True),
        (OF_AN_OWNER, 'Microsoft.Authorization/roleAssignments/write', 'a', None),
        ("ActionMatches{'Microsoft.ContainerRegistry/*'}", CONTENT, 'a', True),
        ("!ActionMatches{'*'}", CONTENT, 'a', False),
        (f'{ONE_REPOSITORY} AND {ONLY_CONTENT}', CONTENT, 'team/app', False),
        (f"{NAME} StringEquals 'a' AND @Principal[x] StringEquals 'y'", CONTENT, 'a', None),
        (f"{NAME} StringEquals 'a' AND @Principal[x] StringEquals 'y'", CONTENT, 'b', False),
        (f"{NAME} StringEquals 'a' OR SubOperationMatches{{'x'}}", CONTENT, 'a', True),
        ('@Environment[isPrivateLink] BoolEquals true', CONTENT, 'a', None),
    ],
)
def test_conditions(
    condition: str, action: str, repository: str | None, expected: bool | None
) -> None:
    assert evaluate(condition, action, repository) is expected


@pytest.mark.parametrize(
    'condition',
    [
        '',
        ' ',
        '(',
        ')',
        '((',
        'AND',
        "ActionMatches{'x'} AND",
        f"({NAME} StringEquals 'a'",
        f"{NAME} StringEquals 'a' 'b'",
        f"{NAME} StringEquals 'a''b'",
        f"{NAME} StringLike 'a'",
        f"{NAME} StringNotEquals 'b'",
        f"{NAME} ForAnyOfAnyValues:StringEquals {{'a', 'b'}}",
        f'{NAME} StringEquals @Resource[x:y]',
        "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'a'",
        f"{NAME} StringEquals 'a' AND {NAME} StringEquals 'a' OR {NAME} StringEquals 'a'",
        f"{NAME} StringEquals 'a' \\",
        '(' * 60 + f"{NAME} StringEquals 'a'" + ')' * 60,
        f"{NAME} StringEquals '{'a' * 9000}'",
    ],
)
def test_what_is_not_understood_is_unknown(condition: str) -> None:
    assert evaluate(condition, CONTENT, 'a') is None


@pytest.mark.parametrize(
    'pattern, action, expected',
    [
        ('*', PULL, True),
        ('*/read', PULL, True),
        ('*/READ', PULL, True),
        ('Microsoft.ContainerRegistry/*/read', PULL, True),
        ('Microsoft.ContainerRegistry/registries/*', PULL, True),
        ('Microsoft.ContainerRegistry/registries/read', PULL, False),
        ('Microsoft.ContainerRegistry/registries/pull/rea', PULL, False),
        ('MicrosoftXContainerRegistry/registries/pull/read', PULL, False),
    ],
)
def test_patterns(pattern: str, action: str, expected: bool) -> None:
    assert matches(pattern, action) is expected


def test_what_is_about_repositories() -> None:
    assert is_about_repositories(PREFIX) and is_about_repositories(PREFIX.upper())
    assert not is_about_repositories(OF_AN_OWNER)


@pytest.mark.parametrize(
    'values, any_value, all_value',
    [
        ([], False, True),
        ([True, None], True, None),
        ([False, None], None, False),
        ([True, False], True, False),
        ([None], None, None),
    ],
)
def test_unknown_values(
    values: list[bool | None], any_value: bool | None, all_value: bool | None
) -> None:
    assert (any_of(values), all_of(values)) == (any_value, all_value)


WORDS = st.sampled_from(
    ['(', ')', '!', 'NOT', 'AND', 'OR', '&&', '||', f"ActionMatches{{'{CONTENT}'}}", '{x}', '@a[b]']
    + [NAME, 'StringEquals', "'a'", 'x', '7', '"', '\n']
)


@given(st.lists(WORDS).map(' '.join) | st.text(max_size=50))
def test_any_text_has_a_value(condition: str) -> None:
    assert evaluate(condition, CONTENT, 'a') in (True, False, None)
