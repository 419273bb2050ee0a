# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether a node of the cluster pulls the image, by a pod that is created and deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.catalogue.cluster import cluster_pull as problems
from azext_acrhealth.catalogue.cluster import node_pulls, run_command
from azext_acrhealth.checks.cluster.cluster import cluster
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource, cluster_placeholders
from azext_acrhealth.checks.cluster.command_pull import disabled, facts_of, pull_by_command
from azext_acrhealth.checks.cluster.pull_failures import (
    BY_END,
    BY_FAILURE,
    BY_JOB_FAILURE,
    SHARED,
    explain_pull,
)
from azext_acrhealth.checks.cluster.pull_requests import pod_requests
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import id_of
from azext_acrhealth.grammar import is_host
from azext_acrhealth.model import (
    Context,
    Outcome,
    Status,
    check,
    failed,
    not_applicable,
    passed,
    warned,
)
from azext_acrhealth.options import RUN_COMMAND, Options
from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPull
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.json_access import object_of, text_of
from azext_acrhealth.redaction import redact_queries

_SERVERS = ('fqdn', 'privateFQDN', 'azurePortalFQDN')
_WORST = (Status.FAILED, Status.WARNING, Status.PASSED)


def _skip_reason(options: Options) -> str | None:
    if not options.cluster_pull:
        return "--cluster-pull wasn't specified"
    return None if options.image else "--image wasn't specified"


@check(
    'cluster-pull',
    'Pull by nodes',
    'cluster',
    per='cluster',
    needs=(cluster, login_server),
    skip_reason=_skip_reason,
    verifies='With --image and --cluster-pull, a node of the cluster pulls the image: a pod is '
    'created in the cluster by kubectl or through Azure Resource Manager, and deleted.',
    problems=(*problems.PROBLEMS, *node_pulls.PROBLEMS, *run_command.PROBLEMS, *SHARED),
    grace=12.0,
)
def cluster_pull(ctx: Context, resource: ClusterResource, login: LoginServer) -> Outcome:
    options, image = ctx.options, ctx.options.image
    assert image is not None
    if not is_host(login.host):
        return not_applicable("the login server isn't a host name")
    if text_of(object_of(resource.properties.get('powerState')).get('code')) == 'Stopped':
        return not_applicable('the cluster is stopped; see the `cluster` check')
    if options.cluster_pull == RUN_COMMAND:
        return _pull_by_command(ctx, resource, login)
    api = ctx.probes.cluster_api()
    named = resource.cluster
    wanted = named.name if named.is_context else options.kube_context
    context = api.context(wanted, ctx.deadline)
    namespace = options.namespace or context.namespace or 'default'
    placeholders = {
        **_placeholders(ctx, resource, login),
        'namespace': namespace,
        'kube_context': context.name or wanted or '',
    }
    if context.failure:
        problem = BY_FAILURE[context.failure.kind]
        return warned(problem, context.failure.text, placeholders=placeholders)
    facts = {'context': context.name, 'apiServer': context.host, 'namespace': namespace}
    servers = _servers(resource)
    if context.host not in servers and not named.is_context:
        shown = ' or '.join(servers) or 'unknown'
        text = f'{context.name} is for {context.host}; the API server of the cluster is {shown}'
        return warned(problems.OTHER_CLUSTER, text, placeholders=placeholders, **facts)
    reference = f'{login.host}/{image.name}'
    requests = pod_requests(reference, resource, options, namespace, placeholders)
    if isinstance(requests, Outcome):
        return requests
    pulls = api.pull(context, list(requests.values()), ctx.deadline)
    return _conclude(requests, pulls, placeholders, facts)


def _pull_by_command(ctx: Context, resource: ClusterResource, login: LoginServer) -> Outcome:
    """Pull by a command that Azure Resource Manager runs in the cluster."""
    namespace = ctx.options.namespace or 'default'
    placeholders = {
        **_placeholders(ctx, resource, login),
        'namespace': namespace,
        'run_command': 'yes',
    }
    reference = f'{login.host}/{placeholders["image"]}'
    requests = disabled(resource, placeholders) or pod_requests(
        reference, resource, ctx.options, namespace, placeholders
    )
    if isinstance(requests, Outcome):
        return requests
    read = pull_by_command(ctx, resource, list(requests.values()), placeholders)
    if isinstance(read, Outcome):
        return read
    facts = {'namespace': namespace, **facts_of(read)}
    return _conclude(requests, read.pulls, placeholders, facts)


def _placeholders(ctx: Context, resource: ClusterResource, login: LoginServer) -> dict[str, str]:
    image = ctx.options.image
    assert image is not None
    return {
        **cluster_placeholders(resource.cluster),
        'registry_id': id_of(login),
        'login_server': login.host,
        'host': login.host,
        'repository': image.repository,
        'image': image.name,
    }


def _servers(resource: ClusterResource) -> list[str]:
    """Return the host names of the cluster's API server, in lower case."""
    names = (text_of(resource.properties.get(key)) for key in _SERVERS)
    return [name.lower() for name in names if name]


def _conclude(
    requests: Mapping[str, PodRequest],
    pulls: Sequence[ClusterPull],
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    outcomes = [_judge(name, pull, placeholders) for name, pull in zip(requests, pulls)]
    worst = _worst(outcomes)
    detail = worst.detail
    if worst.status is Status.PASSED:
        detail = '; '.join(outcome.detail for outcome in outcomes)
    # The pod of another pull may be the one that remains.
    given = [outcome.placeholders for outcome in (worst, *outcomes)]
    left = {
        name: next(filter(None, (placeholder.get(name) for placeholder in given)), '')
        for name in ('pod', 'job')
    }
    return worst._replace(
        detail=detail,
        placeholders={**worst.placeholders, **left},
        facts={**facts, 'pulls': [dict(outcome.facts) for outcome in outcomes]},
    )


def _worst(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome that decides: a failure, else a warning, else a pull that passed.

    An image that nodes pull isn't broken because it isn't for the platform of others.
    """
    works = any(outcome.value for outcome in outcomes)
    softened = [
        outcome._replace(status=Status.WARNING)
        if works and outcome.problem is node_pulls.PLATFORM
        else outcome
        for outcome in outcomes
    ]
    # A warning about a pod that pulled, but remains, proves nothing about the others.
    return min(
        softened, key=lambda outcome: (_WORST.index(outcome.status), outcome.value is not None)
    )


def _judge(name: str, pull: ClusterPull, placeholders: Mapping[str, str]) -> Outcome:
    """Return the outcome of one pod, which is named by what its node is."""
    where = f'{name}, {pull.node}' if pull.node else name
    message = ' '.join(redact_queries(pull.message).split())
    denied = pull.events_failure is not None and pull.events_failure.kind == 'Forbidden'
    note = '; the permission to list events is missing' if denied else ''
    if pull.delete_command:
        note += f'; the Job {pull.job} remains' if pull.job else f'; the pod {pull.pod} remains'
    given = {
        **placeholders,
        'pod': pull.pod if pull.delete_command and not pull.job else '',
        'job': pull.job if pull.delete_command else '',
        'events': 'yes' if denied else '',
    }
    facts = _facts(name, pull, message, denied)
    if pull.end is None:
        assert pull.failure is not None
        problem = (BY_JOB_FAILURE if pull.job else BY_FAILURE)[pull.failure.kind]
        return warned(problem, f'{pull.failure.text} ({where}){note}', None, given, **facts)
    if pull.end == 'Pulled':
        seconds = f' in {pull.seconds:.1f} s' if pull.seconds is not None else ''
        detail = f'pulled by {where}{seconds}{note}'
        if pull.delete_command:
            return warned(problems.NOT_DELETED, detail, True, given, **facts)
        return passed(detail, **facts)
    if pull.end == 'PullFailed':
        failure = explain_pull('\n'.join((pull.message, *pull.warnings)), placeholders['host'])
        evidence = redact_queries(failure.evidence).strip(' :')
        # The note comes early: a long message is cut.
        lead = f'{evidence} ({where})' if evidence else where
        given = {**given, **failure.placeholders}
        return failed(failure.problem, f'{lead}{note}: {message}', None, given, **facts)
    problem, lead = BY_END[pull.end]
    text = f': {message}' if message else ''
    return warned(problem, f'{lead} ({where}){note}{text}', None, given, **facts)


def _facts(name: str, pull: ClusterPull, message: str, denied: bool) -> dict[str, Any]:
    facts = {
        'nodes': name,
        'end': pull.end,
        'pod': pull.pod,
        'node': pull.node,
        'message': message,
        'imageId': pull.image_id,
        'seconds': pull.seconds,
        'pullSecrets': list(pull.pull_secrets),
        'warnings': list(map(redact_queries, pull.warnings)),
        'missingPermission': 'events list' if denied else None,
        'deleteCommand': pull.delete_command,
    }
    return {key: value for key, value in facts.items() if value not in (None, '', [])}
