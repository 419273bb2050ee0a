# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The stages of the path from this machine to the data of a registry."""

from __future__ import annotations

from collections.abc import Mapping

# Each with its checks, in the order in which they explain a failure.
STAGES: Mapping[str, tuple[str, ...]] = {
    'settings': ('clock',),
    'proxy': ('proxy',),
    'dns': ('dns', 'private-dns', 'private-endpoints'),
    'connection': ('connection',),
    'tls': ('tls', 'challenge'),
    'registry': (
        *('registries', 'login-server', 'registry-state', 'network-rules', 'policies', 'usage'),
        *('replicas', 'cache-rules', 'encryption'),
    ),
    'identity': ('refresh-token', 'stored-credentials'),
    'permissions': ('access-token', 'anonymous-pull'),
    'data': ('data-endpoints', 'manifest', 'blob', 'push'),
    'cluster': (
        *('cluster', 'kubelet-identity', 'pull-role', 'cluster-platforms', 'cluster-egress'),
        *('cluster-dns', 'cluster-pull'),
    ),
    'engine': (
        *('engine-client', 'engine-version', 'engine-daemon', 'engine-pull', 'helm-client'),
        *('helm-version', 'notary-version'),
    ),
    # They differ between most machines, and seldom explain anything.
    'versions': (),
}
_PATH = tuple(STAGES)[: tuple(STAGES).index('cluster')]
# The stages whose facts can explain a failure at a stage.
EXPLAINED_BY: Mapping[str, tuple[str, ...]] = {
    **{stage: _PATH[: number + 1] for number, stage in enumerate(_PATH)},
    'cluster': ('registry', 'cluster'),
    'engine': ('proxy', 'engine'),
    'versions': (),
}


def stage_of(check: str) -> str:
    """Return the stage of a check; the last one for a check that this version doesn't know."""
    return next((stage for stage, checks in STAGES.items() if check in checks), 'versions')


def order_of(check: str) -> int:
    """Return the position of a check in its stage."""
    checks = STAGES[stage_of(check)]
    return checks.index(check) if check in checks else len(checks)


def position(stage: str | None) -> int:
    """Return the position of a stage on the path; what belongs to none comes last."""
    return tuple(STAGES).index(stage) if stage else len(STAGES)
