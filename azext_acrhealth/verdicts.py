# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The verdicts on a registry: whether logins, pulls, and pushes work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from azext_acrhealth.catalogue.internal import LIMITS
from azext_acrhealth.model import Result, Status


class VerdictRule(NamedTuple):
    """How a verdict on a registry is reached.

    `needed` are the checks whose failure denies it, `proof` the check that proves it, `action` the
    permission that it is about, if any.
    """

    needed: tuple[str, ...]
    proof: str
    action: str | None


# A registry whose last change failed may still let clients log in.
_LOGIN = ('login-server', 'dns', 'connection', 'tls', 'challenge', 'refresh-token')
_ACCESS = (*_LOGIN, 'registry-state', 'access-token')
VERDICTS: Mapping[str, VerdictRule] = {
    'canLogin': VerdictRule(_LOGIN, 'refresh-token', None),
    'canPull': VerdictRule((*_ACCESS, 'data-endpoints', 'manifest', 'blob'), 'blob', 'pull'),
    'canPush': VerdictRule((*_ACCESS, 'push'), 'push', 'push'),
}
# The names of the verdicts in texts for readers.
LABELS = {'canLogin': 'Log in', 'canPull': 'Pull', 'canPush': 'Push'}
# Whether a cluster can pull: only a pull by its nodes shows that it can.
CLUSTER_VERDICT = VerdictRule(
    (
        *('cluster', 'kubelet-identity', 'pull-role', 'cluster-platforms', 'cluster-egress'),
        *('cluster-dns', 'cluster-pull'),
    ),
    'cluster-pull',
    'pull',
)


def judge(results: Sequence[Result], rule: VerdictRule) -> str:
    """Return yes or no if these results of a registry or a cluster tell it, else unknown."""
    # A warning that leaves a value has seen it work: a push, say, whose cancel failed.
    proven = any(
        result.check.id == rule.proof
        and result.outcome.value is not None
        and result.outcome.status in (Status.PASSED, Status.WARNING)
        for result in results
    )
    if proven and rule.action:
        return 'yes'  # seen to work, whatever else failed: an anonymous pull needs no login
    for result in results:
        if result.outcome.problem in LIMITS.values():
            continue  # nothing was found out about the registry
        if result.check.id in rule.needed and result.outcome.status is Status.FAILED:
            # A row that names the missing actions denies only those.
            missing = result.outcome.facts.get('missing')
            if rule.action is None or not missing or rule.action in missing:
                return 'no'
    return 'yes' if proven else 'unknown'
