# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Patterns of names, IDs, hosts and digests."""

from __future__ import annotations

import re

import pytest

from azext_acrhealth import grammar

GROUP = '/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/My.Group-(1)'
REGISTRY = f'{GROUP}/providers/Microsoft.ContainerRegistry/registries/myregistry'


@pytest.mark.parametrize(
    'text, expected',
    [
        ('myregistry.azurecr.io', True),
        ('MyRegistry.AzureCR.io', True),
        ('a.io', True),
        ('a' * 63 + '.azurecr.io', True),
        ('a' * 64 + '.azurecr.io', False),
        ('.'.join(['a' * 60] * 5), False),
        ('localhost', False),
        ('10.0.0.10', False),
        ('my_registry.azurecr.io', False),
        ('-a.azurecr.io', False),
        ('a.azurecr.io\n', False),
        ('a.azurecr.io:443', False),
        ('\u212a.azurecr.io', False),
        (None, False),
    ],
)
def test_is_host(text: object, expected: bool) -> None:
    assert grammar.is_host(text) is expected


@pytest.mark.parametrize(
    'text, expected',
    [
        ('proxy', True),
        ('proxy.corp.example', True),
        ('proxy.corp.example.', True),
        ('squid_1', True),
        ('a', True),
        ('proxy.1', True),
        ('10.0.0.5', True),
        ('1.2.3', True),
        ('m\u00fcnchen.example', True),
        ('::1', True),
        ('2001:db8::5', True),
        ('fe80::1%eth0', True),
        ('', False),
        ('.', False),
        ('a..b', False),
        ('-proxy', False),
        ('proxy-', False),
        ('a' * 64, False),
        ('.'.join(['a' * 60] * 5), False),
        ('pro xy', False),
        ("p'x", False),
        ('p;x', False),
        ('$(id)', False),
        ('proxy\n', False),
        ('::1%$(id)', False),
        ('1:2', False),
    ],
)
def test_is_proxy_host(text: str, expected: bool) -> None:
    assert grammar.is_proxy_host(text) is expected


@pytest.mark.parametrize(
    'text, expected',
    [
        ('00000000-0000-0000-0000-00000000000a', True),
        ('0B1F6471-1BF0-4DDA-AEC3-CB9272F09501', True),
        ('00000000-0000-0000-0000-00000000000', False),
        ('00000000-0000-0000-0000-00000000000a ', False),
        ('g0000000-0000-0000-0000-00000000000a', False),
        (7, False),
    ],
)
def test_is_guid(text: object, expected: bool) -> None:
    assert grammar.is_guid(text) is expected


@pytest.mark.parametrize(
    'text, expected',
    [
        ('sha256:' + '0a' * 32, True),
        ('sha512:' + '0a' * 64, True),
        ('sha256:' + '0A' * 32, False),
        ('sha256:' + '0a' * 31, False),
        ('md5:' + '0a' * 16, False),
        (None, False),
    ],
)
def test_is_digest(text: object, expected: bool) -> None:
    assert grammar.is_digest(text) is expected


@pytest.mark.parametrize('text', ['10.0.0.1', '::1', '2001:db8::1'])
def test_is_ip_address(text: str) -> None:
    assert grammar.is_ip_address(text) and not grammar.is_ip_address(f'{text}x')


@pytest.mark.parametrize(
    'pattern, accepted, rejected',
    [
        (
            grammar.REGISTRY_ID,
            (REGISTRY, REGISTRY.lower(), REGISTRY.upper()),
            (f'{REGISTRY}/', f'{REGISTRY}/tokens/t', REGISTRY.replace('myregistry', 'my-reg')),
        ),
        (
            grammar.VNET_ID,
            (f'{GROUP}/providers/Microsoft.Network/virtualNetworks/my-vnet.1',),
            (f'{GROUP}/providers/Microsoft.Network/virtualNetworks/my-vnet/subnets/default',),
        ),
        (
            grammar.IDENTITY_ID,
            (f'{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/my_id-1',),
            (f'{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ab',),
        ),
        (
            grammar.RESOURCE_ID,
            (REGISTRY, f'{REGISTRY}/privateEndpointConnections/c.1'),
            (f'{GROUP}/providers/a/../b', f'{REGISTRY}?x', f'{REGISTRY}#x', f'{REGISTRY}/a b', ''),
        ),
        (
            grammar.LABELLED_NAME,
            ('myregistry-hsdk3f', 'MyRegistry-a'),
            ('abc-a', 'myregistry-', 'a-b-c'),
        ),
        (grammar.REGION, ('westeurope', 'eastus2'), ('West Europe', 'x', 'eastus\n')),
        (grammar.TAG, ('v1', '_a.B-c', 'a' * 128), ('.a', '-a', 'a' * 129, '')),
        (grammar.PLATFORM, ('linux/amd64', 'linux/arm/v7'), ('linux', 'linux/', 'linux/arm/7')),
    ],
)
def test_patterns(pattern: object, accepted: tuple[str, ...], rejected: tuple[str, ...]) -> None:
    assert [text for text in accepted if not pattern.fullmatch(text)] == []  # type: ignore
    assert [text for text in rejected if pattern.fullmatch(text)] == []  # type: ignore


def test_an_id_gives_its_parts() -> None:
    match = grammar.REGISTRY_ID.fullmatch(REGISTRY)
    assert match and match.groupdict() == {
        'subscription': '00000000-0000-0000-0000-00000000000a',
        'group': 'My.Group-(1)',
        'name': 'myregistry',
    }


@pytest.mark.parametrize(
    'pattern, valid, invalid',
    [
        (
            grammar.NAMESPACE,
            ('default', 'kube-system', '7', 'a' * 63),
            ('', 'Team', 'a.b', '-a', 'a-', 'a' * 64, 'a/b', '..', 'a\n'),
        ),
        (
            grammar.OBJECT_NAME,
            ('default', 'a.b-c', 'a' * 253),
            ('', 'a..b', '.a', 'a.', '-a', 'a_b', 'a' * 254, 'a/b', 'A'),
        ),
        (
            grammar.LABEL_VALUE,
            ('nodepool1', 'A_b.c-d', 'a' * 63),
            ('', '-a', 'a-', 'a' * 64, 'a b'),
        ),
        (
            grammar.KUBE_CONTEXT,
            (
                *('aks1', 'aks1-admin', 'pat@aks1', 'arn:aws:eks:eu-west-1:123:cluster/name'),
                *('gke_project_zone_name', 'default/api-example-com:6443/kube:admin'),
                'the shop',
            ),
            ('', '-a', '--user=x', 'a ', ' a', "a'b", 'a"b', '$a', 'a;b', 'a\n', '@a', 'a' * 254),
        ),
    ],
)
def test_names_in_kubernetes(
    pattern: re.Pattern[str], valid: tuple[str, ...], invalid: tuple[str, ...]
) -> None:
    assert [text for text in valid if not pattern.fullmatch(text)] == []
    assert [text for text in invalid if pattern.fullmatch(text)] == []
