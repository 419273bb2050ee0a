# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the result of a pull by a node means: its problem, and the words that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from azext_acrhealth.catalogue.authentication import access_token, missing_logins
from azext_acrhealth.catalogue.cluster import cluster_pull as problems
from azext_acrhealth.catalogue.cluster import node_pulls, run_command
from azext_acrhealth.catalogue.connectivity import connection, error_responses
from azext_acrhealth.catalogue.data import (
    blob,
    kubelet_limits,
    manifest,
    pull,
    references,
    upstream,
)
from azext_acrhealth.catalogue.registry import encryption
from azext_acrhealth.explain.kinds import Kind
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import Problem
from azext_acrhealth.probes.cluster.kubectl_errors import KubectlKind
from azext_acrhealth.probes.cluster.pod_state import PullEnd

# Problems of the explanation engine whose texts hold for nodes, too.
SHARED = (
    missing_logins.NO_CREDENTIALS,
    missing_logins.PROVIDER_FAILED,
    references.PULL_SECRET_MISSING,
    references.SECRET_INVALID,
    references.PRESENT_NOT_AUTHORIZED,
    references.NEVER_PULLED,
    references.SIGNATURE_POLICY,
    references.REGISTRY_BLOCKED,
    references.NOT_AN_IMAGE,
    references.USER_NAMESPACE,
    manifest.NO_SUCH_REPOSITORY,
    manifest.NO_SUCH_TAG,
    manifest.NO_SUCH_MANIFEST,
    manifest.DANGLING_TAG,
    manifest.UNREADABLE_MANIFEST,
    blob.BLOB_MISSING,
    pull.QUARANTINED,
    pull.DISALLOWED,
    pull.DENIED,
    pull.SERVER_ERROR,
    pull.TIMEOUT,
    pull.CUT,
    error_responses.TOO_MANY_REQUESTS,
    kubelet_limits.PULL_QPS_EXCEEDED,
    upstream.THROTTLED_BY_SOURCE,
    upstream.SOURCE_FAILED,
    encryption.KEY_FORBIDDEN,
    encryption.KEY_IDENTITY_INACTIVE,
)
# The texts of the others are about this machine.
_BY_PROBLEM: Mapping[Problem, Problem] = {
    blob.CONTENT_MISMATCH: node_pulls.CONTENT_ALTERED,
    manifest.MANIFEST_MISMATCH: node_pulls.CONTENT_ALTERED,
    blob.SIGNATURE_EXPIRED: node_pulls.SIGNATURE_EXPIRED,
    blob.STORAGE_DENIED: node_pulls.STORAGE_DENIED,
    connection.CONNECT_FAILED: node_pulls.CONNECTION,
    access_token.TOKEN_UNREADABLE: node_pulls.INTERMEDIARY,
    access_token.TOKEN_BLOCKED_BY_INTERMEDIARY: node_pulls.INTERMEDIARY,
    pull.BLOCKED_BY_INTERMEDIARY: node_pulls.INTERMEDIARY,
}
_BY_KIND: Mapping[Kind, Problem] = {
    'firewall': node_pulls.ADDRESS_DENIED,
    'platform': node_pulls.PLATFORM,
    'name': node_pulls.NAME,
    'connection': node_pulls.CONNECTION,
    'proxy': node_pulls.CONNECTION,
    'tls': node_pulls.TLS,
    'disk': node_pulls.DISK,
    'unauthorized': node_pulls.NOT_AUTHORIZED,
    'denied': node_pulls.NOT_AUTHORIZED,
    'login': node_pulls.NOT_AUTHORIZED,
}
BY_END: Mapping[PullEnd, tuple[Problem, str]] = {
    'AlreadyPresent': (problems.ALREADY_PRESENT, 'the image was already present'),
    'Unverified': (problems.UNVERIFIED, 'no event shows a pull'),
    'StillPulling': (problems.STILL_PULLING, 'not finished in time'),
    'Unschedulable': (problems.UNSCHEDULABLE, 'not scheduled'),
    'NotStarted': (problems.NOT_STARTED, 'the pull did not begin'),
    'Removed': (problems.REMOVED, 'the pod was deleted'),
    'Replaced': (problems.REPLACED, 'image replaced'),
}
BY_FAILURE: Mapping[KubectlKind, Problem] = {
    'Missing': problems.NO_KUBECTL,
    'Timeout': problems.TIMEOUT,
    'NoContext': problems.NO_CONTEXT,
    'InvalidContext': problems.INVALID_CONTEXT,
    'SignInFailed': problems.SIGN_IN,
    'Unreachable': problems.UNREACHABLE,
    'Untrusted': problems.UNTRUSTED,
    'Forbidden': problems.PODS_FORBIDDEN,
    'Refused': problems.REFUSED,
    'NoNamespace': problems.NO_NAMESPACE,
    'NotFound': problems.KUBECTL_FAILED,
    'ServerError': problems.SERVER,
    'Unexpected': problems.KUBECTL_FAILED,
}
# For a pod that a Job creates, in a command that Azure Resource Manager runs.
BY_JOB_FAILURE: Mapping[KubectlKind, Problem] = {
    **BY_FAILURE,
    'Forbidden': run_command.JOBS_FORBIDDEN,
}


# What containerd writes before the cause, which a table would cut.
_CONTEXT = lazy_pattern(r'^(?:failed to (?:pull and unpack image|resolve reference) "[^"]*": )+')


@dataclass(frozen=True)
class PullFailure:
    """A problem, the words of the kubelet that show it, and what they say."""

    problem: Problem
    evidence: str = ''
    placeholders: Mapping[str, str] = field(default_factory=dict)


def explain_pull(text: str, host: str) -> PullFailure:
    """Return why a node couldn't pull from a registry's host, by the messages of its kubelet."""
    # The rules load only for a pull that failed.
    from azext_acrhealth.explain.explanation import explain
    from azext_acrhealth.explain.failure_kind import STAND_IN, message_about

    explanation = explain(message_about(text, host))
    if not explanation.matches:
        return PullFailure(node_pulls.PULL_FAILED)
    match = explanation.matches[0]
    address = match.placeholders.get('client_ip')
    placeholders = {'client_ip': address} if address else {}
    others = [other.problem for other in explanation.matches[1:]]
    if match.problem is manifest.NO_SUCH_TAG and manifest.NO_SUCH_REPOSITORY in others:
        placeholders['ambiguous'] = 'yes'
    problem = _problem_of(match.problem, match.kind)
    if problem is None:
        problem = node_pulls.PULL_FAILED
        placeholders['explained'] = match.problem.reason
    evidence = _CONTEXT.sub('', match.evidence).replace(STAND_IN, host)
    return PullFailure(problem, evidence, placeholders)


def _problem_of(problem: Problem, kind: Kind) -> Problem | None:
    """Return the problem of nodes for one of any client; None if there is none."""
    if problem in SHARED:
        return problem
    return _BY_PROBLEM.get(problem) or _BY_KIND.get(kind)
