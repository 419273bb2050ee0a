# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Every error code and reason as data.

Nothing else in the project holds user-facing causes or solutions.
"""

from azext_acrhealth.catalogue import internal, shared_problems
from azext_acrhealth.catalogue.authentication import (
    access_token,
    anonymous_pull,
    audience,
    clock,
    identity,
    missing_logins,
    password,
    permissions,
    refresh_token,
    service_principal,
    sign_in,
    stored_credentials,
)
from azext_acrhealth.catalogue.cluster import (
    cluster,
    cluster_dns,
    cluster_egress,
    cluster_network,
    cluster_platforms,
    cluster_pull,
    kubelet_identity,
    node_pulls,
    pull_role,
    pull_solutions,
    run_command,
)
from azext_acrhealth.catalogue.connectivity import (
    challenge,
    connection,
    dns,
    error_responses,
    proxy,
    tls,
)
from azext_acrhealth.catalogue.data import (
    blob,
    data_endpoints,
    kubelet_limits,
    manifest,
    pull,
    push,
    references,
    upstream,
)
from azext_acrhealth.catalogue.environment import (
    engine_client,
    engine_daemon,
    engine_pull,
    engine_version,
    helm_client,
    helm_version,
    notary_version,
)
from azext_acrhealth.catalogue.private_link import private_dns, private_endpoints
from azext_acrhealth.catalogue.registry import (
    arm_actions,
    arm_read,
    cache_rules,
    encryption,
    login_server,
    network_rules,
    policies,
    registries,
    registry_state,
    replicas,
    usage,
)

MODULES = (
    engine_client,
    engine_version,
    engine_daemon,
    engine_pull,
    helm_client,
    helm_version,
    notary_version,
    login_server,
    arm_read,
    arm_actions,
    encryption,
    private_dns,
    registries,
    registry_state,
    network_rules,
    policies,
    usage,
    replicas,
    cache_rules,
    dns,
    proxy,
    connection,
    challenge,
    tls,
    error_responses,
    permissions,
    sign_in,
    audience,
    refresh_token,
    identity,
    password,
    service_principal,
    access_token,
    anonymous_pull,
    stored_credentials,
    missing_logins,
    clock,
    private_endpoints,
    data_endpoints,
    pull,
    upstream,
    manifest,
    blob,
    push,
    references,
    kubelet_limits,
    cluster,
    kubelet_identity,
    pull_role,
    cluster_platforms,
    cluster_network,
    cluster_egress,
    cluster_dns,
    pull_solutions,
    cluster_pull,
    node_pulls,
    run_command,
    internal,
    shared_problems,
)

FAMILIES = tuple(family for module in MODULES for family in getattr(module, 'FAMILIES', ()))
BY_ACCOUNT = tuple(block for module in MODULES for block in getattr(module, 'BY_ACCOUNT', ()))
PROBLEMS = tuple(problem for module in MODULES for problem in module.PROBLEMS)
