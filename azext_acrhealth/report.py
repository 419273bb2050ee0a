# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Turn results into the object that the command returns: rows, counts and verdicts, all of it fit to be shown."""

from __future__ import annotations

import math
import re
import shlex
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from azext_acrhealth.model import Check, Result, Status
from azext_acrhealth.options import Target

SCHEMA_VERSION = '1.0'

# A secret that a server or a tool repeats must not come out again: anything shaped like a JWT, a
# bearer header, a signature, or the login in an address.
_SECRET = re.compile(
    r'eyJ[\w-]{6,}(?:\.[\w-]*){0,2}|(?i:\b(bearer|basic)\s+[\w.~+/=-]{16,})'
    r'|(?i:\b(sig|signature|password|client_secret)["\']?\s*(?:=|:|%3D)\s*["\']?[^&\s"\'<>]+)'
    # `refresh_token:86` tells a place in a text, or a length.
    r'|(?i:\b(access_token|refresh_token)["\']?\s*(?:=|:|%3D)\s*["\']?'
    r'(?!\d{1,6}(?:[&\s"\'<>,;:.)}]|$))[^&\s"\'<>]+)'
    r'|[\w.~-]{3}\dQ~[\w.~-]{31,34}'  # as Microsoft Entra ID makes the secrets of applications
    r'|(?<=://)[^\s/@:"\']{0,500}:[^\s"\']{1,500}(?=@)'
)
_ACTS = re.compile('[;|&<>]')
# So much of a text is looked through; a secret that began in what is shown ends before.
_READ = 8192
_DETAIL_LENGTH, _FACT_LENGTH, _FACT_DEPTH = 400, 1000, 20

# What a verdict needs, the check that proves it, and the right that it is about.
# A registry whose last change failed may let in all the same.
_LOGIN = ('login-server', 'dns', 'connection', 'tls', 'challenge', 'refresh-token')
VERDICTS: Mapping[str, tuple[tuple[str, ...], str, str | None]] = {
    'canLogin': (_LOGIN, 'refresh-token', None),
    'canPull': (
        (*_LOGIN, 'registry-state', 'access-token', 'data-endpoints', 'manifest', 'blob'),
        'blob',
        'pull',
    ),
    'canPush': ((*_LOGIN, 'registry-state', 'access-token', 'push'), 'push', 'push'),
}


def build(
    results: Iterable[Result],
    checks: Sequence[Check],
    targets: Sequence[Target],
    *,
    client: Mapping[str, Any],
    started: datetime,
    duration: float,
    strict: bool = False,
    subscription: str | None = None,
    secrets: Sequence[str] = (),
    wait: Mapping[str, Any] | None = None,
    identity: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Build the report of section 2 of the design. `started` is in UTC, `duration` in seconds.

    `subscription` is the one that the command was told to use; commands to paste then name it, too.
    `secrets` stand nowhere in it, whoever repeated them. `wait` and `identity` tell of the options
    of those names.
    """
    order = {check: place for place, check in enumerate(checks)}
    of: dict[Target | None, list[Result]] = {target: [] for target in (None, *targets)}
    for result in sorted(results, key=lambda result: order[result.check]):
        of[result.target].append(result)
    results = [result for held in of.values() for result in held]
    counts = {
        status: sum(result.outcome.status is status for result in results) for status in Status
    }
    report = {
        'schemaVersion': SCHEMA_VERSION,
        'healthy': not any(is_unhealthy(result, strict) for result in results),
        'startedAt': started.strftime('%Y-%m-%dT%H:%M:%S.%fZ'),
        'durationMs': round(duration * 1000),
        'wait': dict(wait) if wait else None,
        'client': {key: sanitize(value) for key, value in client.items()},
        'identity': sanitize(identity),
        'summary': {status.name.lower(): counts[status] for status in Status},
        'registries': [_registry(target, of[target], strict) for target in targets],
        'checks': [_row(result, subscription) for result in results],
    }
    return _without(report, secrets) if secrets else report


def _without(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {_without(key, secrets): _without(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, secrets) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, '[redacted]')
    return value


def is_unhealthy(result: Result, strict: bool) -> bool:
    """Return whether a result makes a report unhealthy."""
    return result.outcome.status in (
        (Status.FAILED, Status.WARNING) if strict else (Status.FAILED,)
    )


def _registry(target: Target, results: Sequence[Result], strict: bool) -> dict[str, Any]:
    seen: dict[str, Any] = {'loginServer': target.host, 'region': None}
    for result in results:
        # The first row that tells counts: Resource Manager's word before what a name seems to say.
        seen = {key: told or result.outcome.facts.get(key) for key, told in seen.items()}
    return {
        'name': _label(target),
        **{key: sanitize(value) for key, value in seen.items()},
        'healthy': not any(is_unhealthy(result, strict) for result in results),
        **{verdict: _verdict(results, *rule) for verdict, rule in VERDICTS.items()},
    }


def _verdict(
    results: Sequence[Result], needed: Sequence[str], proof: str, action: str | None
) -> str:
    # A warning that leaves a value has seen it work: a push, say, whose trial could not be put
    # away.
    proven = any(
        result.check.id == proof
        and result.outcome.value is not None
        and result.outcome.status in (Status.PASSED, Status.WARNING)
        for result in results
    )
    if proven and action:
        return 'yes'  # seen to work, whatever else failed: an anonymous pull needs no login
    for result in results:
        if result.check.id in needed and result.outcome.status is Status.FAILED:
            # A row that names the missing actions denies only those.
            missing = result.outcome.facts.get('missing')
            if action is None or not missing or action in missing:
                return 'no'
    return 'yes' if proven else 'unknown'


def _row(result: Result, subscription: str | None) -> dict[str, Any]:
    outcome, problem, placeholders = (
        result.outcome,
        result.outcome.problem,
        _placeholders(result, subscription),
    )
    return {
        'registry': _label(result.target) if result.target else None,
        'check': result.check.id,
        'category': result.check.category,
        'title': result.check.title,
        'status': outcome.status.value,
        'code': problem.code if problem else None,
        'reason': problem.reason if problem else None,
        'detail': sanitize(outcome.detail, _DETAIL_LENGTH),
        'cause': fill_placeholders(problem.cause, placeholders) if problem else None,
        'solutions': [fill_placeholders(text, placeholders) for text in problem.solutions]
        if problem
        else [],
        'documentation': problem.link if problem else None,
        'facts': sanitize(dict(outcome.facts)),
        'durationMs': round(result.duration * 1000),
    }


def _label(target: Target) -> str:
    return target.label or target.name


def _placeholders(result: Result, subscription: str | None) -> Mapping[str, str]:
    named = {'registry': _named(result.target, subscription)} if result.target else {}
    return {
        **named,
        **{key: _harmless(sanitize(value)) for key, value in result.outcome.placeholders.items()},
    }


def _harmless(text: str) -> str:
    """Take out what a shell would act on: it may end up in a command that somebody pastes.

    Quoted text stays quoted.
    """
    text = text.replace('`', '').replace('$(', '(')
    return text if text[:1] in ('"', "'") else _ACTS.sub('', text)


def _named(target: Target, subscription: str | None) -> str:
    """Return a registry's name as commands take it, with its subscription where that is not the one in force."""
    elsewhere = target.subscription or subscription
    return f'{target.name} --subscription {shlex.quote(elsewhere)}' if elsewhere else target.name


def fill_placeholders(template: str, placeholders: Mapping[str, str] | None = None) -> str:
    """Fill `{names}` of a cause or solution.

    What is not known stays, in capitals, for the reader to replace.
    """
    return re.sub(
        r'\{(\w+)\}',
        lambda match: str((placeholders or {}).get(match[1]) or match[1].upper()),
        template,
    )


def sanitize(value: Any, length: int = _FACT_LENGTH, depth: int = _FACT_DEPTH) -> Any:
    """Make what strangers sent fit to be shown: no control characters, no secrets, no endless text.

    JSON types only.
    """
    if (
        value is None
        or isinstance(value, (bool, int))
        or isinstance(value, float)
        and math.isfinite(value)
    ):
        return value
    if isinstance(value, (Mapping, list, tuple, set, frozenset)) and not depth:
        return '…'
    if isinstance(value, Mapping):
        return {
            sanitize(str(key), length): sanitize(item, length, depth - 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [sanitize(item, length, depth - 1) for item in items]
    # Cc: escape codes; Cf: invisible and direction-changing characters; Cs: lone surrogates, which
    # no stream takes.
    text = ''.join(
        ' ' if character.isspace() else character
        for character in str(value)[:_READ]
        if character.isspace()
        or unicodedata.category(character) not in ('Cc', 'Cf', 'Cs', 'Co', 'Cn')
    )
    text = _SECRET.sub('[redacted]', ' '.join(text.split()))
    return text if len(text) <= length else text[: length - 1] + '…'


def unhealthy_rows(report: Mapping[str, Any], strict: bool) -> list[Mapping[str, Any]]:
    """Return the rows that make the report unhealthy: failures first, a registry's before this machine's."""
    wanted = ('Failed', 'Warning') if strict else ('Failed',)
    return sorted(
        (row for row in report['checks'] if row['status'] in wanted),
        key=lambda row: (wanted.index(row['status']), row['registry'] is None),
    )


def headline(report: Mapping[str, Any], strict: bool) -> str:
    """Say in one sentence how many checks failed, and name five of them."""
    rows, completed = (
        unhealthy_rows(report, strict),
        sum(row['status'] != 'Skipped' for row in report['checks']),
    )
    several = len(report['registries']) > 1
    named = [
        f'{row["check"]}{" of " + row["registry"] if several and row["registry"] else ""} '
        f'({row["code"]}, {row["reason"]})'
        for row in rows[:5]
    ]
    more = f', and {len(rows) - 5} more' if len(rows) > 5 else ''
    warned = sum(row['status'] == 'Warning' for row in rows)
    what = 'failed' if not warned else 'failed or warned, and --strict counts warnings'
    return f'{len(rows)} of {completed} checks {what}: {", ".join(named)}{more}.'


def recommendations(report: Mapping[str, Any], strict: bool) -> list[str]:
    """Return the first solution of each unhealthy row, three at most, none twice."""
    first = [row['solutions'][0] for row in unhealthy_rows(report, strict) if row['solutions']]
    return list(dict.fromkeys(first))[:3]
