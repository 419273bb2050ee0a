# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the result of a pull by a node means: its problem, and the words that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from azext_acrhealth.catalogue.authentication.missing_logins import NO_CREDENTIALS
from azext_acrhealth.catalogue.cluster import cluster_pull as problems
from azext_acrhealth.catalogue.connectivity.error_responses import TOO_MANY_REQUESTS
from azext_acrhealth.catalogue.data.manifest import NO_SUCH_TAG
from azext_acrhealth.catalogue.data.pull import SERVER_ERROR
from azext_acrhealth.catalogue.data.references import PULL_SECRET_MISSING, SIGNATURE_POLICY
from azext_acrhealth.explain.kinds import Kind
from azext_acrhealth.model import Problem
from azext_acrhealth.probes.cluster.kubectl_errors import KubectlKind
from azext_acrhealth.probes.cluster.pod_state import PullEnd

# Problems of the explanation engine whose texts hold for nodes, too.
SHARED = (
    NO_CREDENTIALS,
    NO_SUCH_TAG,
    PULL_SECRET_MISSING,
    SIGNATURE_POLICY,
    SERVER_ERROR,
    TOO_MANY_REQUESTS,
)
# The texts of the others are about this machine.
_BY_KIND: Mapping[Kind, Problem] = {
    'firewall': problems.ADDRESS_DENIED,
    'platform': problems.PLATFORM,
    'name': problems.NAME,
    'connection': problems.CONNECTION,
    'proxy': problems.CONNECTION,
    'tls': problems.TLS,
    'disk': problems.DISK,
    'unauthorized': problems.NOT_AUTHORIZED,
    'denied': problems.NOT_AUTHORIZED,
    'login': problems.NOT_AUTHORIZED,
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
        return PullFailure(problems.PULL_FAILED)
    match = explanation.matches[0]
    problem = match.problem
    if problem not in SHARED:
        problem = _BY_KIND.get(match.kind, problems.PULL_FAILED)
    address = match.placeholders.get('client_ip')
    evidence = match.evidence.replace(STAND_IN, host)
    return PullFailure(problem, evidence, {'client_ip': address} if address else {})
