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
from azext_acrhealth.checks.data.pull_response import content_failure, storage_failure
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.manifest import Descriptor, digest_of, read_platform
from azext_acrhealth.probes.registry.pull import PART, WHOLE, RedirectTarget, parse_redirect

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
    skip_reason=manifest.skip_reason,
    verifies='With --image: its smallest part can be fetched from the host that the registry sends '
    'clients to.',
    problems=(
        *data_endpoints.UNREACHED,
        *_FROM_STORAGE,
        problems.CONTENT_MISMATCH,
        problems.PLATFORM_MISMATCH,
        pull_problems.QUARANTINED,
        pull_problems.UNAUTHORIZED,
        pull_problems.DENIED,
        pull_problems.BLOCKED_BY_INTERMEDIARY,
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
    descriptor = smallest(found.manifest)
    if descriptor is None:
        return not_applicable("all parts of the image lie on other servers than the registry's")
    facts: dict[str, Any] = {
        'digest': descriptor.digest,
        'size': descriptor.size,
        'mediaType': descriptor.media_type,
    }
    response = ctx.probes.blob(
        found.connection,
        found.access.repository,
        descriptor.digest,
        descriptor.size,
        found.access.token,
    )
    facts['registry'] = facts_of(response)
    if response.status == 404:
        return failed(
            problems.BLOB_MISSING,
            f'the registry has no {descriptor.digest[:19]}…, which the manifest names (404)',
            placeholders=found.placeholders,
            **facts,
        )
    refused = content_failure(
        response, f'the blob {descriptor.digest[:19]}…', login, found.placeholders, facts
    )
    if refused:
        return refused
    host, path, hops = (
        login.host,
        f'/v2/{found.access.repository}/blobs/{descriptor.digest}',
        list[dict[str, Any]](),
    )
    facts['hops'] = hops
    while (response.status or 0) // 100 == 3:
        place = (
            parse_redirect(response.header('Location') or '', host, path)
            if len(hops) < _HOPS
            else f'it leads on for the {_HOPS + 1}th time'
        )
        if isinstance(place, str):
            return failed(
                problems.BAD_REDIRECT,
                f'{host} sends clients on ({response.status}), but {place}',
                placeholders=found.placeholders,
                **facts,
            )
        step = _step(
            ctx, place, descriptor, hops, {**found.placeholders, 'host': place.host}, facts
        )
        if isinstance(step, Outcome):
            return step
        response, host, path = step, place.host, place.path
    return _judge(found, descriptor, response, host, {**found.placeholders, 'host': host}, facts)


def _step(
    ctx: Context,
    place: RedirectTarget,
    descriptor: Descriptor,
    hops: list[dict[str, Any]],
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Response | Outcome:
    """Go where a redirect leads: reach the host, and ask it for the blob."""
    connection = ctx.probes.reach(place.host, ctx.deadline)
    hops.append(facts_of_host(connection))
    blocked = obstacle(ctx, connection)
    if blocked:
        return replace(blocked, facts={**facts, **blocked.facts})
    response: Response = ctx.probes.stored(connection, place, descriptor.size)
    hops[-1].update(facts_of(response))
    return storage_failure(response, place.host, placeholders, facts) or response


def _judge(
    found: Found,
    descriptor: Descriptor,
    response: Response,
    host: str,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    """Hold what came against what the manifest says of it."""
    if descriptor.size > WHOLE:
        total, came = _total(response), len(response.body)
        if total != descriptor.size or came < min(PART, descriptor.size):
            what = 'a length that is not told' if total is None else f'{total} bytes'
            return failed(
                problems.CONTENT_MISMATCH,
                f'{host} has {what} where the manifest says {descriptor.size}',
                placeholders=placeholders,
                **facts,
            )
        return passed(
            f'the first {PART} bytes of {descriptor.size} came from {host}; their content was not '
            'verified',
            **facts,
        )
    if (
        len(response.body) != descriptor.size
        or digest_of(response.body, descriptor.digest) != descriptor.digest
    ):
        return failed(
            problems.CONTENT_MISMATCH,
            f'what came from {host} is not {descriptor.digest[:19]}… ({len(response.body)} bytes, '
            f'{descriptor.size} were promised)',
            placeholders=placeholders,
            **facts,
        )
    built = read_platform(response.json()) if descriptor is found.manifest.descriptors[0] else None
    if built and not built.fits(found.platform):
        return warned(
            problems.PLATFORM_MISMATCH,
            f'pulled from {host}, but it was built for {built}, not for {found.platform}',
            None,
            {**placeholders, 'found': str(built)},
            **facts,
            platform=str(built),
        )
    return passed(
        f'{descriptor.size} bytes came from {host}, and are what their digest says', **facts
    )


def _total(response: Response) -> int | None:
    """Return how long the blob is that an answer is of (RFC 9110, section 14.4)."""
    text = (
        (response.header('Content-Range') or '').rpartition('/')[2]
        if response.status == 206
        else response.header('Content-Length') or ''
    )
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
