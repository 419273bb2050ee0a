# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Slips of the pen in hosts, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.registry.host_suggestions import probably_meant, without_private_link

SUFFIXES = ('.azurecr.io', '.azurecr.cn', '.azurecr.us', '.azurecr.sovcloud-azure.fr')


@pytest.mark.parametrize(
    'host, meant',
    [
        ('contoso.azureacr.io', 'contoso.azurecr.io'),
        ('contoso.azurecr.com', 'contoso.azurecr.io'),
        ('contoso.acurecr.io', 'contoso.azurecr.io'),
        ('Contoso.AzureAcr.io', 'contoso.azurecr.io'),
        ('contosoazurecr.io', 'contoso.azurecr.io'),
        ('contoso.azurecr', 'contoso.azurecr.io'),
        ('contoso.azurecr.cm', 'contoso.azurecr.cn'),
        ('contoso-abc123.azureacr.us', 'contoso-abc123.azurecr.us'),
        ('contoso.eastus.geo.azureacr.io', 'contoso.eastus.geo.azurecr.io'),
        ('contoso.privatelink.azurecr.io', 'contoso.azurecr.io'),
        ('contoso.eastus.data.privatelink.azurecr.cn', 'contoso.eastus.data.azurecr.cn'),
        ('contoso.azurecr.io', None),
        ('contoso.azurecr.cn', None),
        ('contoso.eastus.geo.azurecr.io', None),
        ('registry.example.com', None),
        ('contoso.gcr.io', None),
        ('contoso.azure.com', None),
        ('contoso.azurewebsites.net', None),
        ('contoso.azurecr.io.evil.example', None),
        ('azurecr.io', None),
        ('evilazurecr.io', None),
        ('a_b.azureacr.io', None),
    ],
)
def test_hosts(host: str, meant: str | None) -> None:
    assert probably_meant(host, SUFFIXES) == meant


def test_without_suffixes_nothing_is_meant() -> None:
    assert probably_meant('contoso.azureacr.io', ()) is None
    assert without_private_link('contoso.privatelink.azurecr.io', None) is None


@given(st.from_regex(r'[a-zA-Z0-9.-]{0,80}', fullmatch=True))
def test_what_is_meant_is_a_host_of_a_cloud(host: str) -> None:
    meant = probably_meant(host, SUFFIXES)
    assert meant is None or (meant.endswith(SUFFIXES) and meant != host.lower())
