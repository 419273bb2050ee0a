# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The zones and the record of a name, in every cloud."""

from __future__ import annotations

from typing import Optional

import pytest

from azext_acrhealth.checks.private_link.zone_names import private_zone_of, zone_placeholders


@pytest.mark.parametrize(
    'host, suffix, record',
    [
        ('contoso.azurecr.io', '.azurecr.io', 'contoso'),
        ('Contoso-a1b2.azurecr.io', '.azurecr.io', 'contoso-a1b2'),
        ('contoso.azurecr.cn', '.azurecr.cn', 'contoso'),
        ('contoso.eastus.data.azurecr.us', '.azurecr.us', 'contoso.eastus.data'),
        ('contoso.eastus.geo.azurecr.io', '.azurecr.io', 'contoso.eastus.geo'),
        ('contoso.privatelink.azurecr.io', '.azurecr.io', 'contoso'),
        ('weu1.blob.core.windows.net', '.blob.core.windows.net', 'weu1'),
    ],
)
def test_the_zones_of_a_host(host: str, suffix: str, record: str) -> None:
    assert zone_placeholders(host) == {
        'suffix': suffix,
        'public_zone': suffix[1:],
        'record': record,
    }


@pytest.mark.parametrize('host', ['localhost', 'azurecr.io', ''])
def test_a_host_without_zones(host: str) -> None:
    assert zone_placeholders(host) == {}


@pytest.mark.parametrize(
    'alias, reported, zone',
    [
        ('contoso.privatelink.azurecr.io', None, 'privatelink.azurecr.io'),
        ('contoso.PrivateLink.azurecr.cn', 'azurecr.cn', 'privatelink.azurecr.cn'),
        ('contoso.privatelink.azurecr.io', 'privatelink.azurecr.io', 'privatelink.azurecr.io'),
        (
            'contoso.eastus.data.privatelink.azurecr.us',
            'eastus.data.privatelink.azurecr.us',
            'eastus.data.privatelink.azurecr.us',
        ),
        ('contoso.privatelink.azurecr.io', 'evil.privatelink.azurecr.io', 'privatelink.azurecr.io'),
        ('contoso.privatelink.azurecr.io', 'contoso.example', 'privatelink.azurecr.io'),
        ('eus-acr-reg.trafficmanager.net', 'trafficmanager.net', None),
        ('privatelink.azurecr.io', None, None),
    ],
)
def test_the_private_zone_of_an_alias(
    alias: str, reported: Optional[str], zone: Optional[str]
) -> None:
    assert private_zone_of(alias, reported) == zone
