# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The HTTP proxy of a cluster's nodes, and which hosts of a registry they request through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.checks.cluster.proxy_exceptions import exception_for
from azext_acrhealth.probes.http.proxy_and_trust import read_proxy
from azext_acrhealth.probes.json_access import list_of, object_of, text_of

_SHOWN = 50


class NodeProxy(NamedTuple):
    """The proxy of nodes that run Linux; those that run Windows don't use it.

    `hosts` are those of the registry that the nodes request through it, and `exempt` the others.
    """

    address: str
    exceptions: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return the facts of the proxy."""
        return {
            'address': self.address,
            'noProxy': list(self.exceptions[:_SHOWN]),
            'proxiedHosts': list(self.hosts),
        }


def node_proxy(resource: ClusterResource, hosts: Sequence[str]) -> NodeProxy | None:
    """Return the proxy of a cluster's nodes, given the registry's hosts; None without one.

    Without a proxy for HTTPS, AKS uses the one for HTTP for both (Learn, "HTTP proxy support").
    """
    config = object_of(resource.properties.get('httpProxyConfig'))
    setting = text_of(config.get('httpsProxy')) or text_of(config.get('httpProxy'))
    pools = resource.active_pools
    only_windows = bool(pools) and all(pool.is_windows for pool in pools)
    if not setting or config.get('enabled') is False or only_windows:
        return None
    exceptions = tuple(text for text in list_of(config.get('noProxy')) if isinstance(text, str))
    exempt = tuple(host for host in hosts if exception_for(host, exceptions))
    proxy = read_proxy(setting).proxy
    return NodeProxy(
        proxy.shown if proxy else 'an invalid URL',
        exceptions,
        tuple(host for host in hosts if host not in exempt),
        exempt,
    )
