# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A part of the image, fetched as a client does: from wherever the registry's redirect leads, without a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.catalogue.data import blob as problems
from azext_acrhealth.catalogue.data import data_endpoints
from azext_acrhealth.catalogue.data import pull as pull_problems
from azext_acrhealth.checks.connectivity.error_responses import facts_of
from azext_acrhealth.checks.data.data_host import facts_of_host, obstacle
from azext_acrhealth.checks.data.manifest import Found, manifest, smallest
from azext_acrhealth.checks.data.pull_response import not_from_storage, without_content
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.http.response import Answer
from azext_acrhealth.probes.registry.manifest import Part, digest_of, read_platform
from azext_acrhealth.probes.registry.pull import PART, WHOLE, Place, place_of

# The registry sends clients on once; what is sent on for ever is no storage.
_HOPS = 3
_FROM_STORAGE = (
    problems.BLOB_MISSING,
    problems.BAD_REDIRECT,
    problems.SIGNATURE_EXPIRED,
    problems.STORAGE_DENIED,
)


@check(
    'blob',
    'Image content',
    'data',
    needs=(login_server, manifest),
    idle=manifest.idle,
    verifies='With --image: its smallest part can be fetched from the host that the registry sends '
    'clients to.',
    problems=(
        *data_endpoints.UNREACHED,
        *_FROM_STORAGE,
        problems.CONTENT_MISMATCH,
        problems.FOREIGN_PLATFORM,
        pull_problems.QUARANTINED,
        pull_problems.NO_RIGHTS,
        pull_problems.DENIED,
        pull_problems.DENIED_ON_THE_WAY,
        pull_problems.SERVER_ERROR,
        pull_problems.UNEXPECTED_STATUS,
        pull_problems.TIMEOUT,
        pull_problems.CUT,
        pull_problems.RESET,
        pull_problems.NOT_HTTP,
        *error_responses.PROBLEMS,
    ),
)
def blob(ctx: Context, login: LoginServer, found: Found) -> Outcome:
    part = smallest(found.manifest)
    if part is None:
        return not_applicable("all parts of the image lie on other servers than the registry's")
    facts: dict[str, Any] = {'digest': part.digest, 'size': part.size, 'mediaType': part.media_type}
    answer = ctx.world.blob(
        found.connection, found.access.repository, part.digest, part.size, found.access.token
    )
    facts['registry'] = facts_of(answer)
    if answer.status == 404:
        return failed(
            problems.BLOB_MISSING,
            f'the registry has no {part.digest[:19]}…, which the manifest names (404)',
            fill=found.fill,
            **facts,
        )
    refused = without_content(answer, f'the blob {part.digest[:19]}…', login, found.fill, facts)
    if refused:
        return refused
    host, path, hops = (
        login.host,
        f'/v2/{found.access.repository}/blobs/{part.digest}',
        list[dict[str, Any]](),
    )
    facts['hops'] = hops
    while (answer.status or 0) // 100 == 3:
        place = (
            place_of(answer.header('Location') or '', host, path)
            if len(hops) < _HOPS
            else f'it leads on for the {_HOPS + 1}th time'
        )
        if isinstance(place, str):
            return failed(
                problems.BAD_REDIRECT,
                f'{host} sends clients on ({answer.status}), but {place}',
                fill=found.fill,
                **facts,
            )
        step = _step(ctx, place, part, hops, {**found.fill, 'host': place.host}, facts)
        if isinstance(step, Outcome):
            return step
        answer, host, path = step, place.host, place.path
    return _judge(found, part, answer, host, {**found.fill, 'host': host}, facts)


def _step(
    ctx: Context,
    place: Place,
    part: Part,
    hops: list[dict[str, Any]],
    fill: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Answer | Outcome:
    """Go where a redirect leads: reach the host, and ask it for the blob."""
    opened = ctx.world.reach(place.host, ctx.deadline)
    hops.append(facts_of_host(opened))
    blocked = obstacle(ctx, opened)
    if blocked:
        return replace(blocked, facts={**facts, **blocked.facts})
    answer: Answer = ctx.world.stored(opened, place, part.size)
    hops[-1].update(facts_of(answer))
    return not_from_storage(answer, place.host, fill, facts) or answer


def _judge(
    found: Found,
    part: Part,
    answer: Answer,
    host: str,
    fill: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    """Hold what came against what the manifest says of it."""
    if part.size > WHOLE:
        total, came = _total(answer), len(answer.body)
        if total != part.size or came < min(PART, part.size):
            what = 'a length that is not told' if total is None else f'{total} bytes'
            return failed(
                problems.CONTENT_MISMATCH,
                f'{host} has {what} where the manifest says {part.size}',
                fill=fill,
                **facts,
            )
        return passed(
            f'the first {PART} bytes of {part.size} came from {host}; their content was not '
            'verified',
            **facts,
        )
    if len(answer.body) != part.size or digest_of(answer.body, part.digest) != part.digest:
        return failed(
            problems.CONTENT_MISMATCH,
            f'what came from {host} is not {part.digest[:19]}… ({len(answer.body)} bytes, '
            f'{part.size} were promised)',
            fill=fill,
            **facts,
        )
    built = read_platform(answer.json()) if part is found.manifest.parts[0] else None
    if built and not built.fits(found.platform):
        return warned(
            problems.FOREIGN_PLATFORM,
            f'pulled from {host}, but it was built for {built}, not for {found.platform}',
            None,
            {**fill, 'found': str(built)},
            **facts,
            platform=str(built),
        )
    return passed(f'{part.size} bytes came from {host}, and are what their digest says', **facts)


def _total(answer: Answer) -> int | None:
    """Give how long the blob is that an answer is of (RFC 9110, section 14.4)."""
    text = (
        (answer.header('Content-Range') or '').rpartition('/')[2]
        if answer.status == 206
        else answer.header('Content-Length') or ''
    )
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
