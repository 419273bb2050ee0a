# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The HTTP proxy of a cluster's nodes."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.node_proxy import NodeProxy, node_proxy
from tests.checks.cluster.fixtures import cluster_resource, pool

HOSTS = ('contoso.azurecr.io', 'contoso.eastus.data.azurecr.io')


def proxy(pools: Any = None, **config: Any) -> NodeProxy | None:
    resource = cluster_resource(httpProxyConfig=config or None, agentPoolProfiles=pools or [pool()])
    return node_proxy(resource, HOSTS)


def test_hosts_through_the_proxy() -> None:
    found = proxy(httpsProxy='http://10.9.0.4:3128/', noProxy=['localhost', HOSTS[0], None])
    assert found
    assert (found.address, found.hosts, found.exempt) == (
        'http://10.9.0.4:3128',
        HOSTS[1:],
        HOSTS[:1],
    )
    assert found.facts() == {
        'address': 'http://10.9.0.4:3128',
        'noProxy': ['localhost', HOSTS[0]],
        'proxiedHosts': [HOSTS[1]],
    }


@pytest.mark.parametrize(
    'config, address',
    [
        ({'httpProxy': 'http://a.example:80'}, 'http://a.example:80'),
        ({'httpProxy': 'http://a.example:80', 'httpsProxy': 'http://b.example:1'}, 'b.example:1'),
        ({'httpsProxy': 'http://user:hunter2@a.example:80'}, 'http://a.example:80'),
        ({'httpsProxy': 'http://hunter2@/'}, 'an invalid URL'),
        ({'httpsProxy': 'http://a.example:80', 'enabled': True}, 'http://a.example:80'),
    ],
)
def test_the_address_has_no_login(config: dict[str, Any], address: str) -> None:
    found = proxy(**config)
    assert found and address in found.address and 'hunter2' not in repr(found)


@pytest.mark.parametrize(
    'config',
    [
        {},
        {'noProxy': ['*']},
        {'httpsProxy': ''},
        {'httpsProxy': 7},
        {'httpsProxy': 'http://a.example:80', 'enabled': False},
    ],
)
def test_no_proxy(config: dict[str, Any]) -> None:
    assert proxy(**config) is None


def test_nodes_that_run_windows_use_none() -> None:
    config = {'httpsProxy': 'http://a.example:80'}
    windows = pool('win', osType='Windows')
    assert proxy([windows], **config) is None and proxy([windows, pool()], **config)
