# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Suggestions for mistyped hosts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.registry.host_suggestions import (
    suggest_login_server,
    without_private_link,
)

SUFFIXES = ('.azurecr.io', '.azurecr.cn', '.azurecr.us', '.azurecr.sovcloud-azure.fr')


@pytest.mark.parametrize(
    'host, suggestion',
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
def test_hosts(host: str, suggestion: str | None) -> None:
    assert suggest_login_server(host, SUFFIXES) == suggestion


def test_no_suggestion_without_suffixes() -> None:
    assert suggest_login_server('contoso.azureacr.io', ()) is None
    assert without_private_link('contoso.privatelink.azurecr.io', None) is None


@given(st.from_regex(r'[a-zA-Z0-9.-]{0,80}', fullmatch=True))
def test_a_suggestion_is_a_host_of_a_cloud(host: str) -> None:
    suggestion = suggest_login_server(host, SUFFIXES)
    assert suggestion is None or (suggestion.endswith(SUFFIXES) and suggestion != host.lower())
