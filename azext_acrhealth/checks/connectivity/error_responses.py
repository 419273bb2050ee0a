# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Judge error responses: by the registry's own code and message first, then by the status."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.checks.connectivity.firewall_denial import judge_firewall_denial
from azext_acrhealth.checks.connectivity.registry_errors import ErrorRule, rule_for, upstream_of
from azext_acrhealth.checks.registry.encryption import key_denial
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.grammar import is_guid
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.probes.http.response import RegistryError, Response, registry_error
from azext_acrhealth.redaction import redact_queries

NO_MESSAGE = 'no error message'
# A code and a message are shown as the registry wrote them, but not without end.
_CODE_LENGTH, _MESSAGE_LENGTH = 100, 300

# Headers, besides Server, that identify the device that wrote a response.
_INTERMEDIARY_HEADERS = ('Via', 'X-Squid-Error', 'Proxy-Agent', 'X-Azure-Ref', 'CF-Ray')


def facts_of(response: Response) -> dict[str, Any]:
    """Return the facts about a request that a support engineer asks for."""
    facts: dict[str, Any] = {
        'at': response.at or None,
        'status': response.status,
        'server': response.header('Server'),
        'correlationId': response.header('x-ms-correlation-request-id'),
        'elapsedMs': round(response.seconds * 1000),
    }
    remaining = response.header('x-ms-ratelimit-remaining-calls-per-second')
    if remaining:
        facts['remainingCallsPerSecond'] = remaining
    if response.earlier:
        facts['firstTry'] = facts_of(response.earlier)
    return facts


def support_placeholders(response: Response) -> dict[str, str]:
    """Return the placeholders for a support request; empty unless the correlation ID is a GUID."""
    correlation_id = response.header('x-ms-correlation-request-id') or ''
    return {'correlation_id': correlation_id, 'at': response.at} if is_guid(correlation_id) else {}


def retry_note(response: Response) -> str:
    """Return a note, for the end of a detail, when the request was retried."""
    return (
        f' (second attempt; the first returned {response.earlier.status})'
        if response.earlier
        else ''
    )


class Endpoint(NamedTuple):
    """What an endpoint reports for an error that it was not asked for.

    `problems` are its own problems: by the kind of an error (registry_errors.RULES), `unknown` for
    a code without an explanation, and `foreign` for a response that the registry didn't write.
    `summaries` are the starts of details by kind, and `context` is their end.
    """

    problems: Mapping[str, Problem]
    summaries: Mapping[str, str] = MappingProxyType({})
    context: str = ''


def judge_error(
    response: Response,
    endpoint: Endpoint,
    login: LoginServer,
    placeholders: Mapping[str, str],
) -> Outcome | None:
    """Judge an error response by the registry's code and message, or by who wrote it.

    Return None for a response that is no error, and for one that only its status explains.
    """
    status, error = response.status or 0, registry_error(response)
    if status < 400:
        return None
    if error is None:
        return _judge_foreign(response, endpoint, placeholders)
    rule = rule_for(error)
    facts = {**facts_of(response), **_error_facts(error)}
    if rule is None:
        return _judge_unknown(response, error, endpoint, placeholders, facts)
    if rule.kind == 'throttled':
        return _judge_throttling(response, placeholders, facts)
    if rule.kind == 'firewall':
        if error.client_ip:
            return judge_firewall_denial(error.client_ip, login, placeholders, facts)
        problem: Problem | None = error_responses.DENIED
    else:
        problem = rule.problem or endpoint.problems.get(rule.kind)
    if problem is None:
        return _judge_unknown(response, error, endpoint, placeholders, facts)
    if rule.kind.startswith('source'):
        name, source = upstream_of(error)
        facts.update(cacheRule=name, source=source, retryAfter=response.header('Retry-After'))
        placeholders = {**placeholders, **({'cache_rule': name} if name else {})}
    if rule.kind in ('key', 'key identity'):
        problem, key_placeholders, key_facts = key_denial(problem, login)
        placeholders, facts = {**placeholders, **key_placeholders}, {**facts, **key_facts}
    return failed(
        problem,
        _detail(response, rule, endpoint),
        placeholders=placeholders,
        **facts,
    )


def _detail(response: Response, rule: ErrorRule, endpoint: Endpoint) -> str:
    status, message = response.status, error_message(response)[:_MESSAGE_LENGTH]
    summary = endpoint.summaries.get(rule.kind)
    if summary:
        return f'{summary} ({status}){retry_note(response)}: {message}'
    return f'{message} ({status}){endpoint.context}{retry_note(response)}'


def is_unauthorized(response: Response) -> bool:
    """Return whether a 401 means missing permissions, and not what its error code says."""
    error = registry_error(response)
    rule = rule_for(error) if error else None
    return response.status == 401 and (error is None or bool(rule and rule.kind == 'unauthorized'))


def is_not_found(response: Response) -> bool:
    """Return whether a response means that something is missing, and not what its code says.

    A 404 without a code, or with one that has no explanation, means it, too.
    """
    error = registry_error(response)
    rule = rule_for(error) if error else None
    if rule is None:
        return response.status == 404
    return rule.kind == 'missing' or rule.kind == 'name' and response.status == 404


def _judge_unknown(
    response: Response,
    error: RegistryError,
    endpoint: Endpoint,
    placeholders: Mapping[str, str],
    facts: dict[str, Any],
) -> Outcome | None:
    """Show an error whose code has no explanation as the registry wrote it, the status second."""
    status = response.status or 0
    if status == 429:
        return _judge_throttling(response, placeholders, facts)
    if status >= 500:
        return None
    kind = 'large' if status == 413 and 'large' in endpoint.problems else 'unknown'
    code, message = error.code[:_CODE_LENGTH], redact_queries(error.message)[:_MESSAGE_LENGTH]
    text = f'{code}: {message or NO_MESSAGE}' if code else message or NO_MESSAGE
    return failed(
        endpoint.problems[kind],
        f'{text} ({response.status_text}){endpoint.context}{retry_note(response)}',
        placeholders=placeholders,
        **facts,
    )


def _error_facts(error: RegistryError) -> dict[str, Any]:
    return {
        'errorCode': error.code[:_CODE_LENGTH],
        **({'errorDetail': error.detail} if error.detail else {}),
    }


def _judge_foreign(
    response: Response, endpoint: Endpoint, placeholders: Mapping[str, str]
) -> Outcome | None:
    """Judge a response that isn't in the registry's error format."""
    facts, status = facts_of(response), response.status
    if status == 429:
        return _judge_throttling(response, placeholders, facts)
    page = bool(response.body.strip())
    # The registry's own 401 is in its format; a proxy writes a page.
    if status == 403 or status == 401 and page:
        kind = 'foreign'
    elif is_too_large(response):
        kind = 'large'
    else:
        return None
    facts.update(
        {name: response.header(name) for name in _INTERMEDIARY_HEADERS if response.header(name)},
        pageTitle=response.title,
    )
    writer = response.header('Server') or response.header('Via') or 'an unnamed server'
    return failed(
        endpoint.problems[kind],
        f'{status} from {writer}: {error_message(response) or response.title or NO_MESSAGE}'
        f'{endpoint.context if kind == "large" else ""}',
        placeholders=placeholders,
        **facts,
    )


# 413 Content Too Large, 414 URI Too Long, 431 Request Header Fields Too Large (RFC 9110 and 6585);
# nginx writes 400 and "Request Header Or Cookie Too Large" in the place of 431.
_TOO_LARGE = (413, 414, 431)


def is_too_large(response: Response) -> bool:
    """Return whether a server refuses a request because of its size."""
    return response.status in _TOO_LARGE or (
        response.status == 400 and 'too large' in (response.title or '').lower()
    )


def _judge_throttling(
    response: Response, placeholders: Mapping[str, str], facts: dict[str, Any]
) -> Outcome:
    # The registry writes its errors as JSON; Azure Front Door, in front of it, writes plain text.
    from_registry = registry_error(response) is not None
    wait = response.retry_after
    facts.update(
        retryAfter=response.header('Retry-After'),
        writtenBy='registry' if from_registry else 'front door',
    )
    source = (
        'the registry throttles requests'
        if from_registry
        else 'a service in front of the registry throttles requests'
    )
    delay = f', retry after {wait} s' if wait is not None else ''
    return failed(
        error_responses.TOO_MANY_REQUESTS
        if from_registry
        else error_responses.THROTTLED_BY_FRONT_DOOR,
        f'{source} ({response.status}){delay}{retry_note(response)}: '
        f'{error_message(response) or NO_MESSAGE}',
        placeholders={**placeholders, **({'seconds': str(wait)} if wait else {})},
        **facts,
    )


def error_message(response: Response) -> str:
    """Return the message of an error response: the registry's own, or plain text.

    Empty for markup, which is unreadable on one line.
    """
    error = registry_error(response)
    if error:
        message = redact_queries(error.message)
        if not message:
            return error.code
        return message if rule_for(error) else f'{error.code}: {message}'
    text = response.text().strip('\ufeff \t\r\n')
    return '' if text.startswith('<') else redact_queries(text)
