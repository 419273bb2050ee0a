# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Build the object that `error explain` returns, fit to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azext_acrhealth.advice import Client, engine_named, numbered, quote_word, select
from azext_acrhealth.explain.explanation import Explanation, Match
from azext_acrhealth.explain.subject import Subject
from azext_acrhealth.model import Problem
from azext_acrhealth.redaction import redact_queries, sanitize
from azext_acrhealth.report import SCHEMA_VERSION, fill_placeholders

# Which checks decide, by the beginning of a code; the first that fits counts.
_CHECK = 'az acrhealth check'
_OF_MACHINE = f'{_CHECK} --only environment'
_BY_CODE: tuple[tuple[tuple[str, ...], str], ...] = (
    (('DOCKER_PULL_ERROR',), f'{_CHECK} --yes --only environment'),
    (('DOCKER_', 'HELM_', 'NOTARY_'), _OF_MACHINE),
    (('IMAGE_PUSH_ERROR',), f'{_CHECK} {{push}} --skip environment'),
    (('STORED_CREDENTIAL_ERROR',), f'{_CHECK} --name {{registry}} --only stored-credentials'),
    (('CONNECTIVITY_REFRESH_TOKEN_ERROR',), f'{_CHECK} --name {{registry}} --only authentication'),
    (('ARM_ACTION_ERROR', 'CMK_ERROR'), f'{_CHECK} --name {{registry}} --only registry'),
    (('CACHE_RULE_ERROR',), f'{_CHECK} {{pull}} --only cache-rules data'),
    (('',), f'{_CHECK} {{pull}}'),
)
# Where the cause is, by the tool whose message doesn't have it.
_PODS = (
    'kubectl describe pod POD --namespace NAMESPACE',
    'kubectl get events --namespace NAMESPACE --field-selector reason=Failed',
)
_SYMPTOMS = {
    **dict.fromkeys(('kubelet', 'containerd', 'cri-o', 'flux', 'argo-cd'), _PODS),
    'acr-task': ('az acr task logs --registry REGISTRY --run-id RUN_ID',),
}


def build(explanation: Explanation, client: Client) -> dict[str, Any]:
    """Return the result of section 1 of the design for `client`, this machine."""
    subject = explanation.subject
    return {
        'schemaVersion': SCHEMA_VERSION,
        'verdict': explanation.verdict,
        'registry': subject.host or None,
        'image': sanitize(subject.image.full) if subject.image else None,
        'tool': explanation.tool,
        'matches': [_match(match, explanation, client) for match in explanation.matches],
        'next': list(_next(explanation)),
    }


def _match(match: Match, explanation: Explanation, client: Client) -> dict[str, Any]:
    problem = match.problem
    engine = engine_named(explanation.tool)
    placeholders = {
        'engine': engine or 'docker',
        'client': engine or 'docker',
        **{key: sanitize(value) for key, value in match.placeholders.items()},
    }
    fitting = Client(
        client.cli,
        client.platform,
        engine,
        filled=frozenset(placeholders),
    )
    return {
        'code': problem.code,
        'reason': problem.reason,
        'confidence': match.confidence,
        'evidence': sanitize(redact_queries(match.evidence)),
        'cause': fill_placeholders(problem.cause, placeholders),
        'solutions': [
            fill_placeholders(text, placeholders, client.platform)
            for text in select(problem.solutions, fitting)
        ],
        'documentation': problem.link,
    }


def _next(explanation: Explanation) -> Iterator[str]:
    """Yield the commands that decide, or that find out more."""
    subject = explanation.subject
    if explanation.verdict == 'Match':
        yield _command(explanation.matches[0].problem, subject)
    elif explanation.verdict == 'SymptomOnly':
        yield from _SYMPTOMS.get(explanation.tool or 'kubelet', ())
        if subject.host:
            yield _fill(_BY_CODE[-1][1], subject)


def _command(problem: Problem, subject: Subject) -> str:
    return next(
        _fill(template, subject)
        for beginnings, template in _BY_CODE
        if problem.code.startswith(beginnings)
    )


def _fill(template: str, subject: Subject) -> str:
    registry, image = quote_word(subject.host or 'REGISTRY'), subject.image
    pull, push = f'--name {registry}', f'--name {registry} --repository REPOSITORY --push'
    if image and image.host == subject.host:
        pull = f'--image {quote_word(image.full)}'
        push = f'--name {registry} --repository {quote_word(image.repository)} --push'
        if image.tag or image.digest:
            push = f'{pull} --push'
    return template.format(registry=registry, pull=pull, push=push)


def summary(result: Mapping[str, Any]) -> list[str]:
    """Return the lines that follow a table: the best match's cause, what to do, and what next."""
    if not result['matches']:
        return [*_without_match(result), *_what_next(result)]
    best = result['matches'][0]
    return [
        f'{best["code"]} {best["reason"]}: {best["cause"]}',
        *numbered(best['solutions']),
        f'Learn more: {best["documentation"]}',
        *_what_next(result),
    ]


def _what_next(result: Mapping[str, Any]) -> Iterator[str]:
    for command in result['next']:
        yield f'Next: `{command}`'


def _without_match(result: Mapping[str, Any]) -> Iterator[str]:
    registry = result['registry']
    if result['verdict'] == 'OtherRegistry':
        named = f' ({registry})' if registry else ''
        yield f'The message is about another registry{named}, not about Azure Container Registry.'
    elif result['verdict'] == 'SymptomOnly':
        yield (
            'The message says that something failed, but not why. The cause is in earlier lines, '
            'or in the events of the pod.'
        )
