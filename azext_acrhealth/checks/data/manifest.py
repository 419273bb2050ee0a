# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The image's manifest, asked for and verified as a client does that pulls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.catalogue.data import manifest as problems
from azext_acrhealth.catalogue.data import pull as pull_problems
from azext_acrhealth.checks.authentication.access_token import access_token
from azext_acrhealth.checks.authentication.anonymous_pull import anonymous_pull
from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint, challenge
from azext_acrhealth.checks.connectivity.error_responses import again, facts_of
from azext_acrhealth.checks.data.manifest_not_found import why_missing
from azext_acrhealth.checks.data.pull_response import content_failure
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.roles import assignment, roles_for
from azext_acrhealth.model import Context, Outcome, check, failed, passed
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.manifest import (
    Descriptor,
    Manifest,
    Platform,
    UnreadableManifest,
    is_digest,
    read_manifest,
)

_SHOWN = 20


@dataclass(frozen=True)
class Found:
    """An image's verified manifest, and what its parts are to be asked for with."""

    manifest: Manifest
    access: Access
    connection: Connection = field(repr=False)
    platform: Platform
    placeholders: Mapping[str, str] = field(default_factory=dict)  # what solutions say of the image


@check(
    'manifest',
    'Image',
    'data',
    needs=(login_server, challenge),
    either=(access_token, anonymous_pull),
    skip_reason=lambda options: None if options.image else '--image was not given',
    verifies='With --image: its manifest is there for this platform, and is what its digest says.',
    problems=(
        problems.NO_SUCH_REPOSITORY,
        problems.NO_SUCH_TAG,
        problems.NOT_SERVED,
        problems.NO_SUCH_MANIFEST,
        problems.NOT_FOUND,
        pull_problems.QUARANTINED,
        pull_problems.UNAUTHORIZED,
        pull_problems.DENIED,
        pull_problems.BLOCKED_BY_INTERMEDIARY,
        problems.NO_MATCHING_PLATFORM,
        problems.UNREADABLE_MANIFEST,
        problems.MANIFEST_MISMATCH,
        pull_problems.SERVER_ERROR,
        pull_problems.UNEXPECTED_STATUS,
        pull_problems.TIMEOUT,
        pull_problems.CUT,
        pull_problems.RESET,
        pull_problems.NOT_HTTP,
        *error_responses.PROBLEMS,
    ),
)
def manifest(
    ctx: Context,
    login: LoginServer,
    token_endpoint: TokenEndpoint,
    access: Access | None,
    anonymous: Access | None,
) -> Outcome:
    image = ctx.options.image
    assert image is not None
    # Whoever may not pull with a login may do so without one where the registry allows that.
    able = [
        one
        for one in (access, anonymous)
        if one and (one.actions is None or {'pull', '*'} & {*one.actions})
    ]
    chosen = next(iter(able), access or anonymous)
    assert chosen is not None
    steps: list[dict[str, Any]] = []
    facts: dict[str, Any] = {
        'image': f'{image.repository}{"@" if image.digest else ":"}{image.reference}',
        'requests': steps,
    }
    placeholders = {
        'host': login.host,
        'login_server': login.host,
        'image': facts['image'],
        'repository': image.repository,
        'platform': ctx.options.platform,
        **assignment(login, chosen.account, roles_for(['pull'], login)),
    }

    def fetch(reference: str) -> Manifest | Outcome:
        response: Response = ctx.probes.manifest(
            token_endpoint.connection, image.repository, reference, chosen.token
        )
        steps.append({'manifest': reference, **facts_of(response)})
        if response.status == 404:
            listed = ctx.probes.tags(token_endpoint.connection, image.repository, chosen.token)
            asked = image if reference == image.reference else replace(image, digest=reference)
            return why_missing(response, listed, asked, login, placeholders, facts)
        refused = content_failure(response, facts['image'], login, placeholders, facts)
        return refused or _read(response, reference, placeholders, {**facts, **facts_of(response)})

    first = fetch(image.reference)
    if isinstance(first, Outcome):
        return first
    facts.update(digest=first.digest, mediaType=first.media_type)
    wanted = _platform(ctx.options.platform)
    if not first.is_index:
        return _whole(Found(first, chosen, token_endpoint.connection, wanted, placeholders), facts)
    facts['platforms'] = [str(one) for one in first.platforms()[:_SHOWN]]
    entry = first.of(wanted)
    if entry is None:
        there = ', '.join(facts['platforms']) or 'none'
        return failed(
            problems.NO_MATCHING_PLATFORM,
            f'{facts["image"]} is not there for {wanted}, but for {there}',
            placeholders=placeholders,
            **facts,
        )
    second = fetch(entry.digest)
    if isinstance(second, Outcome):
        return second
    facts.update(platform=str(entry.platform), platformDigest=second.digest)
    return _whole(Found(second, chosen, token_endpoint.connection, wanted, placeholders), facts)


def _whole(found: Found, facts: dict[str, Any]) -> Outcome:
    descriptors = found.manifest.descriptors
    facts.update(
        descriptors=len(descriptors), size=sum(descriptor.size for descriptor in descriptors)
    )
    return passed(
        f'{facts["image"]} is {found.manifest.digest[:19]}…, {len(descriptors)} '
        f'part{"" if len(descriptors) == 1 else "s"} of {_bytes(facts["size"])} in all',
        found,
        **facts,
    )


def _read(
    response: Response, reference: str, placeholders: dict[str, str], facts: dict[str, Any]
) -> Manifest | Outcome:
    """Read a manifest, and hold it against the digest that was asked for, or that the registry names."""
    named = reference if is_digest(reference) else response.header('Docker-Content-Digest') or ''
    try:
        found = read_manifest(response, named)
    except UnreadableManifest as error:
        return failed(
            problems.UNREADABLE_MANIFEST,
            f'the manifest cannot be used: {error}{again(response)}',
            placeholders=placeholders,
            **facts,
            contentType=response.header('Content-Type'),
        )
    if is_digest(named) and found.digest != named:
        return failed(
            problems.MANIFEST_MISMATCH,
            f'the manifest that came is {found.digest[:19]}…, not {named[:19]}…',
            placeholders=placeholders,
            **facts,
            expected=named,
            came=found.digest,
        )
    return found


def _platform(text: str) -> Platform:
    system, _, rest = text.partition('/')
    architecture, _, variant = rest.partition('/')
    return Platform(system, architecture, variant)


def smallest(found: Manifest) -> Descriptor | None:
    """Return the smallest part that the registry itself keeps."""
    return min(
        (descriptor for descriptor in found.descriptors if not descriptor.elsewhere),
        key=lambda descriptor: descriptor.size,
        default=None,
    )


def _bytes(number: int) -> str:
    for size, unit in ((2**30, 'GiB'), (2**20, 'MiB'), (2**10, 'KiB')):
        if number >= size:
            return f'{number / size:.1f} {unit}'
    return f'{number} B'
