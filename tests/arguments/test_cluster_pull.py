# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The options of a pull by the nodes of a cluster."""

from __future__ import annotations

import pytest
from azure.cli.core.azclierror import (
    InvalidArgumentValueError,
    MutuallyExclusiveArgumentError,
    RequiredArgumentMissingError,
)

from tests.our_cli import fixture_settings, refusal, validated  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
BAD, MISSING = InvalidArgumentValueError, RequiredArgumentMissingError
BASE = ('--image', 'myregistry.azurecr.io/app:v1', '--cluster', 'aks1')
PULL = (*BASE, '--cluster-pull')
ARN = 'arn:aws:eks:eu-west-1:123456789012:cluster/shop'
CONTEXT = (*BASE[:2], '--cluster-pull', '--kube-context', 'kind-kind')


@pytest.mark.parametrize(
    'args, expected',
    [
        (BASE, None),
        (PULL, 'kubectl'),
        ((*PULL, 'kubectl'), 'kubectl'),
        ((*PULL, 'run-command'), 'run-command'),
        ((*BASE[:2], '--cluster-pull', *BASE[2:]), 'kubectl'),
    ],
)
def test_the_way(args: tuple[str, ...], expected: str | None) -> None:
    assert validated(*args).cluster_pull == expected


def test_the_pod() -> None:
    options = validated(
        *(*PULL, '--node-pool', 'gpu1', '--namespace', 'team', '--service-account', 'web.v1'),
        *('--kube-context', 'pat@contoso.com:aks1/x'),
    )
    assert (options.node_pool, options.namespace) == ('gpu1', 'team')
    assert (options.service_account, options.kube_context) == ('web.v1', 'pat@contoso.com:aks1/x')
    defaults = validated(*PULL)
    assert defaults.node_pool is defaults.namespace is None
    assert defaults.service_account is defaults.kube_context is None


def test_contexts_without_clusters() -> None:
    options = validated(
        *(*CONTEXT, ARN, 'kind-kind', '--kube-context', 'pat@shop', 'default/api:6443/pat', 'a b'),
        *('--only', 'cluster-pull'),
    )
    names = ['kind-kind', ARN, 'pat@shop', 'default/api:6443/pat', 'a b']
    assert [cluster.shown for cluster in options.clusters] == names
    assert all(cluster.is_context and not cluster.subscription for cluster in options.clusters)
    assert options.kube_context is None and options.cluster_pull == 'kubectl'
    assert options.node_platform is None
    assert validated(*CONTEXT, '--platform', 'Linux/ARM64').node_platform == 'linux/arm64'


def test_a_context_of_a_cluster() -> None:
    options = validated(*PULL, '--kube-context', 'a b', 'a b')
    assert options.kube_context == 'a b' and not options.clusters[0].is_context


@pytest.mark.parametrize(
    'args, error, text',
    [
        ((*PULL, 'helm'), BAD, "'helm' isn't a value of --cluster-pull"),
        ((*PULL, 'Run-Command'), BAD, "'Run-Command' isn't a value of --cluster-pull"),
        (
            (*BASE[:2], '--cluster-pull', 'run-command'),
            MISSING,
            '--cluster-pull run-command requires --cluster',
        ),
        (
            (*BASE[:2], '--cluster-pull', 'run-command', '--kube-context', 'x'),
            MutuallyExclusiveArgumentError,
            "--kube-context can't be used with --cluster-pull run-command",
        ),
        (
            (*PULL, 'run-command', '--kube-context', 'x'),
            MutuallyExclusiveArgumentError,
            "--kube-context can't be used with --cluster-pull run-command",
        ),
        ((*PULL, ''), BAD, '--cluster-pull is empty'),
        (
            (*BASE[:2], '--cluster-pull'),
            MISSING,
            '--cluster-pull requires --cluster or --kube-context',
        ),
        ((*BASE, '--node-pool', 'x'), MISSING, '--node-pool requires --cluster-pull'),
        ((*BASE, '--namespace', 'x'), MISSING, '--namespace requires --cluster-pull'),
        ((*BASE, '--service-account', 'x'), MISSING, '--service-account requires --cluster-pull'),
        ((*BASE, '--kube-context', 'x'), MISSING, '--kube-context requires --cluster-pull'),
        ((*PULL, '--node-pool', 'a b'), BAD, "'a b' isn't the name of a node pool"),
        ((*PULL, '--namespace', 'A'), BAD, "'A' isn't the name of a namespace"),
        ((*PULL, '--namespace', ''), BAD, '--namespace is empty'),
        ((*PULL, '--service-account', 'a/b'), BAD, "'a/b' isn't the name of a service account"),
        ((*PULL, '--kube-context', 'a$b'), BAD, "'a$b' isn't the name of a context"),
        ((*PULL, '--kube-context', 'a '), BAD, "'a ' isn't the name of a context"),
        ((*PULL, '--kube-context', ''), BAD, '--kube-context is empty'),
        (
            (*PULL, '--kube-context', 'http://pat:hunter2@host'),
            BAD,
            "'http://[redacted]@host' isn't the name of a context",
        ),
        (
            (*PULL, '--kube-context', 'x', 'y'),
            MutuallyExclusiveArgumentError,
            '--kube-context takes only one context with --cluster',
        ),
        ((*CONTEXT[:2], *CONTEXT[3:]), MISSING, '--kube-context requires --cluster-pull'),
        (
            ('--name', 'myregistry', *CONTEXT[2:]),
            MISSING,
            '--kube-context requires --image if --cluster is omitted',
        ),
        (CONTEXT[2:], MISSING, '--kube-context requires a registry'),
        ((*CONTEXT, '--cluster-group', 'g'), MISSING, '--cluster-group requires --cluster'),
        (
            (*CONTEXT, '--only', 'pull-role', 'dns'),
            MISSING,
            '--only names checks of a cluster (pull-role)',
        ),
        (
            (*BASE[:2], '--only', 'cluster-pull'),
            MISSING,
            '--only names checks of a cluster (cluster-pull)',
        ),
        (
            (*PULL, '--cluster', 'aks2', '--kube-context', 'x'),
            MutuallyExclusiveArgumentError,
            "--kube-context can't be used with several clusters",
        ),
    ],
)
def test_what_is_rejected(args: tuple[str, ...], error: type[Exception], text: str) -> None:
    refused = refusal(*args)
    assert isinstance(refused, error) and text in str(refused) and refused.recommendations
