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


@pytest.mark.parametrize(
    'args, expected',
    [
        (BASE, None),
        (PULL, 'kubectl'),
        ((*PULL, 'kubectl'), 'kubectl'),
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


@pytest.mark.parametrize(
    'args, error, text',
    [
        ((*PULL, 'run-command'), BAD, "'run-command' isn't a value of --cluster-pull"),
        ((*PULL, ''), BAD, '--cluster-pull is empty'),
        ((*BASE[:2], '--cluster-pull'), MISSING, '--cluster-pull requires --cluster'),
        ((*BASE, '--node-pool', 'x'), MISSING, '--node-pool requires --cluster-pull'),
        ((*BASE, '--namespace', 'x'), MISSING, '--namespace requires --cluster-pull'),
        ((*BASE, '--service-account', 'x'), MISSING, '--service-account requires --cluster-pull'),
        ((*BASE, '--kube-context', 'x'), MISSING, '--kube-context requires --cluster-pull'),
        ((*PULL, '--node-pool', 'a b'), BAD, "'a b' isn't the name of a node pool"),
        ((*PULL, '--namespace', 'A'), BAD, "'A' isn't the name of a namespace"),
        ((*PULL, '--namespace', ''), BAD, '--namespace is empty'),
        ((*PULL, '--service-account', 'a/b'), BAD, "'a/b' isn't the name of a service account"),
        ((*PULL, '--kube-context', 'a$b'), BAD, "'a$b' isn't the name of a context"),
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
