# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""All checks, in the order in which their rows are shown: those of clusters come last."""

from azext_acrhealth.checks import CHECKS_WITHOUT_CLUSTERS
from azext_acrhealth.checks.cluster.cluster import cluster
from azext_acrhealth.checks.cluster.cluster_dns import cluster_dns
from azext_acrhealth.checks.cluster.cluster_egress import cluster_egress
from azext_acrhealth.checks.cluster.cluster_platforms import cluster_platforms
from azext_acrhealth.checks.cluster.cluster_pull import cluster_pull
from azext_acrhealth.checks.cluster.kubelet_identity import kubelet_identity
from azext_acrhealth.checks.cluster.pull_role import pull_role

CHECKS = (
    *CHECKS_WITHOUT_CLUSTERS,
    cluster,
    kubelet_identity,
    pull_role,
    cluster_platforms,
    cluster_egress,
    cluster_dns,
    cluster_pull,
)
