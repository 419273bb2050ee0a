# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Fetch a layer as a client does: from the target of the registry's redirect, without a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.data import blob as problems
from azext_acrhealth.catalogue.data import data_endpoints, upstream
from azext_acrhealth.catalogue.data import pull as pull_problems
from azext_acrhealth.catalogue.registry import cache_rules as cache_rule_problems
from azext_acrhealth.checks.connectivity.error_responses import facts_of, is_not_found
from azext_acrhealth.checks.connectivity.registry_errors import EVERYWHERE
from azext_acrhealth.checks.data.cached_repository import with_cache_rule
from azext_acrhealth.checks.data.data_host import address_warning_of, facts_of_host, host_failure
from azext_acrhealth.checks.data.manifest import VerifiedImage, manifest, smallest_descriptor
from azext_acrhealth.checks.data.pull_response import (
    PullRequest,
    content_failure,
    is_redirect,
    storage_failure,
)
from azext_acrhealth.checks.registry.cache_rules import cache_rules
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
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
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.image_platform import platform_of_config
from azext_acrhealth.probes.registry.manifest import Descriptor, digest_of
from azext_acrhealth.probes.registry.pull import (
    MAX_VERIFIED_SIZE,
    RANGE_SIZE,
    RedirectTarget,
    parse_redirect,
)

# Clients make ten requests (Go, net/http, client.go, defaultCheckRedirect).
_MAX_REDIRECTS = 9
_STORAGE_PROBLEMS = (
    problems.BLOB_MISSING,
    problems.BAD_REDIRECT,
    problems.SIGNATURE_EXPIRED,
    problems.STORAGE_DENIED,
)


@check(
    'blob',
    'Image layers',
    'data',
    needs=(login_server, manifest),
    after=(cache_rules,),
    skip_reason=manifest.skip_reason,
    verifies='With --image, the config or the smallest layer can be downloaded from the host that '
    'the registry redirects to, and matches its digest; an image for a single platform is for the '
    'requested one.',
    problems=(
        *data_endpoints.UNREACHED,
        *_STORAGE_PROBLEMS,
        problems.CONTENT_MISMATCH,
        problems.PLATFORM_MISMATCH,
        problems.PLATFORM_UNVERIFIED,
        pull_problems.QUARANTINED,
        pull_problems.UNAUTHORIZED,
        pull_problems.DENIED,
        pull_problems.BLOCKED_BY_INTERMEDIARY,
        *pull_problems.DENIALS,
        upstream.SOURCE_FAILED,
        upstream.SOURCE_UNAUTHORIZED,
        pull_problems.SERVER_ERROR,
        pull_problems.UNEXPECTED_STATUS,
        pull_problems.TIMEOUT,
        pull_problems.CUT,
        pull_problems.RESET,
        pull_problems.NOT_HTTP,
        *cache_rule_problems.CREDENTIALS,
        *EVERYWHERE,
    ),
)
@with_cache_rule
def blob(ctx: Context, login: LoginServer, image: VerifiedImage) -> Outcome:
    descriptor = _descriptor_to_fetch(image)
    if descriptor is None:
        return not_applicable('all layers of the image are stored outside the registry')
    facts: dict[str, Any] = {
        'digest': descriptor.digest,
        'size': descriptor.size,
        'mediaType': descriptor.media_type,
    }
    repository = image.access.repository
    client = image.token_endpoint.client(ctx.probes, image.access.token)
    response = client.blob(repository, descriptor.digest, descriptor.size)
    facts['registry'] = facts_of(response)
    if is_not_found(response):
        return failed(
            problems.BLOB_MISSING,
            f'blob {descriptor.digest[:19]}…, which the manifest lists, not found (404)',
            placeholders=image.placeholders,
            **facts,
        )
    assert ctx.options.image is not None
    request = PullRequest(client, ctx.options.image, image.access)
    failure = content_failure(
        response,
        f'blob {descriptor.digest[:19]}…',
        login,
        image.placeholders,
        facts,
        request,
        _accepted(descriptor),
    )
    if failure:
        return failure
    host, path = login.host, f'/v2/{repository}/blobs/{descriptor.digest}'
    hops: list[dict[str, Any]] = []
    facts['hops'] = hops
    while is_redirect(response):
        target = (
            parse_redirect(response.header('Location') or '', host, path)
            if len(hops) < _MAX_REDIRECTS
            else f'more than {_MAX_REDIRECTS} redirects'
        )
        if isinstance(target, str):
            return failed(
                problems.BAD_REDIRECT,
                f'unusable redirect from {host} ({response.status}): {target}',
                placeholders=image.placeholders,
                **facts,
            )
        followed = _follow(
            ctx, target, descriptor, hops, {**image.placeholders, 'host': target.host}, facts
        )
        if isinstance(followed, Outcome):
            return followed
        response, host, path = followed, target.host, target.path
    outcome = _verify(
        image, descriptor, response, host, {**image.placeholders, 'host': host}, facts
    )
    warning = address_warning_of(ctx.connections.reach(host, ctx.deadline)) if hops else None
    if warning and outcome.status is Status.PASSED:
        return warning._replace(facts=outcome.facts, value=outcome.value)
    return outcome


def _follow(
    ctx: Context,
    target: RedirectTarget,
    descriptor: Descriptor,
    hops: list[dict[str, Any]],
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Response | Outcome:
    """Follow a redirect: connect to its host, and request the blob. Adds its facts to `hops`."""
    connection = ctx.connections.reach(target.host, ctx.deadline)
    hops.append(facts_of_host(connection))
    failure = host_failure(ctx, connection)
    if failure:
        return failure._replace(facts={**facts, **failure.facts})
    response = ctx.probes.stored_blob(connection, target, descriptor.size)
    hops[-1].update(facts_of(response))
    accepted = _accepted(descriptor)
    return storage_failure(response, target.host, placeholders, facts, accepted) or response


def _accepted(descriptor: Descriptor) -> tuple[int, ...]:
    """Return the statuses of a response with the content: a part only where one was requested."""
    return (200, 206) if descriptor.size > MAX_VERIFIED_SIZE else (200,)


def _verify(
    image: VerifiedImage,
    descriptor: Descriptor,
    response: Response,
    host: str,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    """Verify the size, the digest and the platform of the content against the manifest."""
    if descriptor.size > MAX_VERIFIED_SIZE:
        total, received = _total_size(response), len(response.body)
        if total != descriptor.size or received < min(RANGE_SIZE, descriptor.size):
            length = 'no size' if total is None else f'a size of {total} bytes'
            mismatch = (
                f'{host} sent {received} of the first {RANGE_SIZE} bytes'
                if total == descriptor.size
                else f'{host} reports {length}, but the manifest states {descriptor.size} bytes'
            )
            return failed(
                problems.CONTENT_MISMATCH,
                mismatch,
                placeholders=placeholders,
                **facts,
            )
        summary = f'downloaded the first {RANGE_SIZE} of {descriptor.size} bytes from {host}'
        return _judge_platform(
            image, None, f"{summary}; the content wasn't verified", placeholders, facts
        )
    if (
        len(response.body) != descriptor.size
        or digest_of(response.body, descriptor.digest) != descriptor.digest
    ):
        return failed(
            problems.CONTENT_MISMATCH,
            f"content from {host} doesn't match {descriptor.digest[:19]}… ({len(response.body)} "
            f'bytes received, {descriptor.size} expected)',
            placeholders=placeholders,
            **facts,
        )
    summary = f'downloaded {descriptor.size} bytes from {host}; the digest matches'
    config = response if descriptor == image.manifest.config else None
    return _judge_platform(image, config, summary, placeholders, facts)


def _needs_config(image: VerifiedImage) -> bool:
    """Return whether only the config tells an image's platform, because no index states it."""
    return image.manifest.is_image and image.stated is None


def _descriptor_to_fetch(image: VerifiedImage) -> Descriptor | None:
    """Return the blob to fetch: the config if it tells the platform, else the smallest."""
    config = image.manifest.config
    if _needs_config(image) and config.size <= MAX_VERIFIED_SIZE and not config.foreign:
        return config
    return smallest_descriptor(image.manifest)


def _judge_platform(
    image: VerifiedImage,
    config: Response | None,
    summary: str,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    """Judge the platform in an image's config, None if another blob was fetched.

    Clients pull an image for a single platform whatever it was built for, and its containers then
    fail to start. Other artifacts have no platform.
    """
    manifest_config = image.manifest.config
    if not image.manifest.is_image:
        kind = manifest_config.media_type
        return passed(f"{summary}; an artifact ({kind}), which isn't for a platform", **facts)
    platform = platform_of_config(config.body) if config else None
    if platform and not platform.fits(image.platform):
        return warned(
            problems.PLATFORM_MISMATCH,
            f'built for {platform.description}, not for {image.platform} ({summary})',
            None,
            {**placeholders, 'found': str(platform)},
            **facts,
            platform=platform.description,
        )
    if platform is None and _needs_config(image):
        reason = (
            'the config names none'
            if config
            else f'the config has {manifest_config.size} bytes, more than the {MAX_VERIFIED_SIZE} '
            'bytes that the check reads'
        )
        return warned(
            problems.PLATFORM_UNVERIFIED,
            f'platform not verified: {reason} ({summary})',
            None,
            placeholders,
            **facts,
        )
    found = platform or image.stated
    if found is None:
        return passed(summary, **facts)
    # A Windows host runs only images of versions that it is compatible with.
    note = f'; built for {found.description}' if found.os_version else ''
    return passed(f'{summary}{note}', found, **facts, platform=found.description)


def _total_size(response: Response) -> int | None:
    """Return the size of the blob that a response belongs to (RFC 9110, section 14.4), in bytes.

    None if the response does not state it.
    """
    text = (
        (response.header('Content-Range') or '').rpartition('/')[2]
        if response.status == 206
        else response.header('Content-Length') or ''
    )
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
