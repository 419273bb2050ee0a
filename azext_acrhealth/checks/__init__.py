# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The checks, in the order in which their rows are shown. A check needs only checks that stand above it."""

from azext_acrhealth.checks.anonymous import anonymous_pull
from azext_acrhealth.checks.authentication import refresh_token
from azext_acrhealth.checks.blob import blob
from azext_acrhealth.checks.clock import clock
from azext_acrhealth.checks.connectivity import connection
from azext_acrhealth.checks.data_endpoints import data_endpoints
from azext_acrhealth.checks.encryption import encryption
from azext_acrhealth.checks.engine import engine_client, engine_version
from azext_acrhealth.checks.engine_daemon import engine_daemon
from azext_acrhealth.checks.engine_pull import engine_pull
from azext_acrhealth.checks.first_answer import challenge
from azext_acrhealth.checks.login_server import login_server
from azext_acrhealth.checks.manifest import manifest
from azext_acrhealth.checks.names import dns
from azext_acrhealth.checks.policies import policies
from azext_acrhealth.checks.private_dns import private_dns
from azext_acrhealth.checks.private_endpoints import private_endpoints
from azext_acrhealth.checks.proxy import proxy
from azext_acrhealth.checks.push import push
from azext_acrhealth.checks.registries import registries
from azext_acrhealth.checks.registry_state import registry_state
from azext_acrhealth.checks.replicas import replicas
from azext_acrhealth.checks.rights import access_token
from azext_acrhealth.checks.rules import network_rules
from azext_acrhealth.checks.stored_credentials import stored_credentials
from azext_acrhealth.checks.tls import tls
from azext_acrhealth.checks.tools import helm_client, helm_version, notary_version
from azext_acrhealth.checks.usage import usage

CHECKS = (
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
