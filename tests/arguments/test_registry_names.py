# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a user can call a registry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.arguments.registry_names import deduplicate, parse_registry, strip_to_name
from azext_acrhealth.options import Target

SUFFIX = '.azurecr.io'
SUBSCRIPTION = '0AAAAAAA-0000-0000-0000-000000000001'
ID = (
    f'/subscriptions/{SUBSCRIPTION}/resourceGroups/My.Group-(1)/providers/'
    'Microsoft.ContainerRegistry/registries/'
)
LABEL = 'myregistry-hsdk3f'


@pytest.mark.parametrize(
    'text, target',
    [
        ('myregistry', Target('myregistry')),
        ('MyRegistry1', Target('myregistry1')),
        ('a' * 50, Target('a' * 50)),
        ('12345', Target('12345')),
        ('myregistry.azurecr.io', Target('myregistry', 'myregistry.azurecr.io')),
        ('MyRegistry.AzureCR.io', Target('myregistry', 'MyRegistry.AzureCR.io')),
        (f'{LABEL}.azurecr.io', Target('myregistry', f'{LABEL}.azurecr.io')),
        (
            'myregistry.eastus.geo.azurecr.io',
            Target('myregistry', 'myregistry.eastus.geo.azurecr.io'),
        ),
        ('registry.example.com', Target('registry', 'registry.example.com')),
        (LABEL.upper(), Target('myregistry', f'{LABEL}.azurecr.io')),
        (f'{ID}MyRegistry', Target('myregistry', None, 'My.Group-(1)', SUBSCRIPTION.lower(), True)),
        (
            f'{ID}myregistry/',
            Target('myregistry', None, 'My.Group-(1)', SUBSCRIPTION.lower(), True),
        ),
        (
            f'{ID}myregistry'.upper(),
            Target('myregistry', None, 'MY.GROUP-(1)', SUBSCRIPTION.lower(), True),
        ),
    ],
)
def test_names(text: str, target: Target) -> None:
    assert parse_registry(text, SUFFIX) == target


@pytest.mark.parametrize('text', ['myregistry', 'myregistry.azurecr.io', LABEL])
def test_a_group_narrows_the_search(text: str) -> None:
    target = parse_registry(text, SUFFIX, 'group')
    assert isinstance(target, Target)
    assert (target.resource_group, target.in_group_only) == ('group', True)


@pytest.mark.parametrize('group', ['My.Group-(1)', 'my.group-(1)'])
def test_an_id_in_the_group_that_is_given(group: str) -> None:
    assert parse_registry(f'{ID}myregistry', SUFFIX, group) == parse_registry(
        f'{ID}myregistry', SUFFIX
    )


NOT_A_NAME = "isn't a registry name (5 to 50 letters and digits)."
NOT_A_HOST = "isn't a host name."
BESIDE = ' includes a '
NOT_AN_ID = "isn't the resource ID of a container registry."


@pytest.mark.parametrize(
    'text, why',
    [
        ('', 'A registry name is empty'),
        ('  ', 'A registry name is empty'),
        ('\n', 'A registry name is empty'),
        ('abcd', NOT_A_NAME),
        ('a' * 51, NOT_A_NAME),
        ('my_registry', NOT_A_NAME),
        ('my registry', NOT_A_NAME),
        ('my-registry', NOT_A_NAME),
        ('myregistry-', NOT_A_NAME),
        ('-myregistry', NOT_A_NAME),
        ('myregistry-a-b', NOT_A_NAME),
        ('myregistry\n', NOT_A_NAME),
        ('myregistry:443', BESIDE),
        ('myregistry/app', BESIDE),
        ('régistry', NOT_A_NAME),
        ('\u212aegistry', NOT_A_NAME),
        ('my$(id)registry', NOT_A_NAME),
        ('٣٣٣٣٣', NOT_A_NAME),
        ('https://myregistry.azurecr.io', BESIDE),
        ('myregistry.azurecr.io:443', BESIDE),
        ('myregistry.azurecr.io/app', BESIDE),
        ('myregistry.azurecr.io\n', NOT_A_HOST),
        ('myregistry..io', NOT_A_HOST),
        ('.azurecr.io', NOT_A_HOST),
        ('myregistry.azurecr.io.', BESIDE),
        ('-my.azurecr.io', NOT_A_HOST),
        ('my-.azurecr.io', NOT_A_HOST),
        ('my_registry.azurecr.io', NOT_A_HOST),
        ('203.0.113.7', NOT_A_HOST),
        ('user@myregistry.azurecr.io', NOT_A_HOST),
        ('my registry.azurecr.io', NOT_A_HOST),
        ('a' * 64 + '.io', NOT_A_HOST),
        ('a.' * 127 + 'io', NOT_A_HOST),
        ('\u212aegistry.azurecr.io', NOT_A_HOST),
        ('a.b', NOT_A_HOST),
        ('/', NOT_AN_ID),
        ('/myregistry', NOT_AN_ID),
        (f'{ID}my', NOT_AN_ID),
        (f'{ID}myregistry/tasks/x', NOT_AN_ID),
        (ID.replace('/registries/', '/other/') + 'myregistry', NOT_AN_ID),
        (f'{ID}myregistry\n', NOT_AN_ID),
        (ID.replace(SUBSCRIPTION, 'sub') + 'myregistry', NOT_AN_ID),
        (f'{ID}\u212aegistry', NOT_AN_ID),
    ],
)
def test_what_names_no_registry_says_why(text: str, why: str) -> None:
    assert why in str(parse_registry(text, SUFFIX))
    assert not isinstance(parse_registry(text, SUFFIX), Target)


@pytest.mark.parametrize(
    'text, what',
    [
        ('https://myregistry.azurecr.io', 'a scheme'),
        ('myregistry.azurecr.io:443', 'a port'),
        ('myregistry:443', 'a port'),
        ('myregistry:v1', 'a tag'),
        ('myregistry.azurecr.io/app:v1', 'a path'),
        ('myregistry.azurecr.io/app', 'a path'),
        ('myregistry/', 'a path'),
        ('myregistry.azurecr.io.', 'a trailing dot'),
        ('HTTPS://MyRegistry.azurecr.io:443/v2/', 'a scheme and a port and a path'),
    ],
)
def test_what_stands_beside_a_name_is_told(text: str, what: str) -> None:
    assert parse_registry(text, SUFFIX) == f"'{text}' includes {what}."
    assert isinstance(parse_registry(strip_to_name(text), SUFFIX), Target)


def test_an_id_in_another_group_than_the_one_that_is_given() -> None:
    why = parse_registry(f'{ID}myregistry', SUFFIX, 'other')
    assert isinstance(why, str) and 'My.Group-(1)' in why and 'other' in why


def test_a_label_needs_the_clouds_suffix() -> None:
    assert NOT_A_NAME in str(parse_registry(LABEL, None))


@given(st.text())
def test_any_text_is_a_target_or_a_reason(text: str) -> None:
    found = parse_registry(text, SUFFIX)
    if isinstance(found, Target):
        assert (found.host or found.name).isascii() and found.name == found.name.lower()
    else:
        assert found.endswith('.')


NAMED, HOSTED = Target('myregistry'), Target('myregistry', 'myregistry.azurecr.io')
OTHER_CASE = Target('myregistry', 'MyRegistry.azurecr.io')
IDENTIFIED = Target('myregistry', None, 'g', 's', True)


@pytest.mark.parametrize(
    'typed, kept',
    [
        ([], []),
        ([NAMED, NAMED], [NAMED]),
        ([HOSTED, HOSTED], [HOSTED]),
        ([HOSTED, OTHER_CASE], [HOSTED]),
        ([OTHER_CASE, HOSTED], [OTHER_CASE]),
        (
            [Target('a', None, 'Group', 's', True), Target('a', None, 'group', 's', True)],
            [Target('a', None, 'Group', 's', True)],
        ),
        ([NAMED, Target('other')], [NAMED, Target('other')]),
        (
            [NAMED, HOSTED],
            [NAMED._replace(label='myregistry'), HOSTED._replace(label='myregistry.azurecr.io')],
        ),
        (
            [NAMED, OTHER_CASE],
            [
                NAMED._replace(label='myregistry'),
                OTHER_CASE._replace(label='myregistry.azurecr.io'),
            ],
        ),
        (
            [NAMED, IDENTIFIED],
            [
                NAMED._replace(label='myregistry'),
                IDENTIFIED._replace(
                    label='/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/'
                    'registries/myregistry',
                ),
            ],
        ),
    ],
)
def test_deduplicate(typed: list[Target], kept: list[Target]) -> None:
    assert deduplicate(typed) == kept
