# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The checks of this machine and of registries, in the order in which their rows are shown.

A check needs only checks that stand above it.
"""

from __future__ import annotations

from azext_acrhealth.checks.authentication.access_token import access_token
from azext_acrhealth.checks.authentication.anonymous_pull import anonymous_pull
from azext_acrhealth.checks.authentication.clock import clock
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.authentication.stored_credentials import stored_credentials
from azext_acrhealth.checks.connectivity.challenge import challenge
from azext_acrhealth.checks.connectivity.connection import connection
from azext_acrhealth.checks.connectivity.dns import dns
from azext_acrhealth.checks.connectivity.proxy import proxy
from azext_acrhealth.checks.connectivity.tls import tls
from azext_acrhealth.checks.data.blob import blob
from azext_acrhealth.checks.data.data_endpoints import data_endpoints
from azext_acrhealth.checks.data.manifest import manifest
from azext_acrhealth.checks.data.push import push
from azext_acrhealth.checks.environment.engine_client import engine_client
from azext_acrhealth.checks.environment.engine_daemon import engine_daemon
from azext_acrhealth.checks.environment.engine_pull import engine_pull
from azext_acrhealth.checks.environment.engine_version import engine_version
from azext_acrhealth.checks.environment.helm_client import helm_client
from azext_acrhealth.checks.environment.helm_version import helm_version
from azext_acrhealth.checks.environment.notary_version import notary_version
from azext_acrhealth.checks.private_link.private_dns import private_dns
from azext_acrhealth.checks.private_link.private_endpoints import private_endpoints
from azext_acrhealth.checks.registry.cache_rules import cache_rules
from azext_acrhealth.checks.registry.encryption import encryption
from azext_acrhealth.checks.registry.login_server import login_server
from azext_acrhealth.checks.registry.network_rules import network_rules
from azext_acrhealth.checks.registry.policies import policies
from azext_acrhealth.checks.registry.registries import registries
from azext_acrhealth.checks.registry.registry_state import registry_state
from azext_acrhealth.checks.registry.replicas import replicas
from azext_acrhealth.checks.registry.usage import usage
from azext_acrhealth.model import Check
from azext_acrhealth.options import Options

CHECKS_WITHOUT_CLUSTERS = (
    engine_client,
    engine_version,
    engine_daemon,
    engine_pull,
    helm_client,
    helm_version,
    notary_version,
    registries,
    login_server,
    registry_state,
    network_rules,
    policies,
    usage,
    replicas,
    cache_rules,
    encryption,
    dns,
    proxy,
    connection,
    tls,
    challenge,
    refresh_token,
    access_token,
    anonymous_pull,
    stored_credentials,
    clock,
    private_dns,
    private_endpoints,
    data_endpoints,
    manifest,
    blob,
    push,
)


def checks_for(options: Options) -> tuple[Check, ...]:
    """Return the checks that can get a row with these options, in display order.

    Those of clusters are loaded only for clusters: that takes a sixth of the time of all checks.
    """
    if not options.clusters:
        return CHECKS_WITHOUT_CLUSTERS
    from azext_acrhealth.checks.all_checks import CHECKS

    return CHECKS
