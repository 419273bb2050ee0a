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
from azext_acrhealth.checks.connectivity.challenge import Challenged, challenge
from azext_acrhealth.checks.connectivity.error_responses import again, facts_of
from azext_acrhealth.checks.data.manifest_not_found import why_missing
from azext_acrhealth.checks.data.pull_response import without_content
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.roles import assignment, roles_for
from azext_acrhealth.model import Context, Outcome, check, failed, passed
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.response import Answer
from azext_acrhealth.probes.registry.manifest import (
    Manifest,
    Part,
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
    fill: Mapping[str, str] = field(default_factory=dict)  # what solutions say of the image


@check(
    'manifest',
    'Image',
    'data',
    needs=(login_server, challenge),
    either=(access_token, anonymous_pull),
    idle=lambda options: None if options.image else '--image was not given',
    verifies='With --image: its manifest is there for this platform, and is what its digest says.',
    problems=(
        problems.NO_SUCH_REPOSITORY,
        problems.NO_SUCH_TAG,
        problems.NOT_SERVED,
        problems.NO_SUCH_MANIFEST,
        problems.NOT_FOUND,
        pull_problems.QUARANTINED,
        pull_problems.NO_RIGHTS,
        pull_problems.DENIED,
        pull_problems.DENIED_ON_THE_WAY,
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
    challenged: Challenged,
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
    fill = {
        'host': login.host,
        'login_server': login.host,
        'image': facts['image'],
        'repository': image.repository,
        'platform': ctx.options.platform,
        **assignment(login, chosen.account, roles_for(['pull'], login)),
    }

    def fetch(reference: str) -> Manifest | Outcome:
        answer: Answer = ctx.world.manifest(
            challenged.connection, image.repository, reference, chosen.token
        )
        steps.append({'manifest': reference, **facts_of(answer)})
        if answer.status == 404:
            listed = ctx.world.tags(challenged.connection, image.repository, chosen.token)
            asked = image if reference == image.reference else replace(image, digest=reference)
            return why_missing(answer, listed, asked, login, fill, facts)
        refused = without_content(answer, facts['image'], login, fill, facts)
        return refused or _read(answer, reference, fill, {**facts, **facts_of(answer)})

    first = fetch(image.reference)
    if isinstance(first, Outcome):
        return first
    facts.update(digest=first.digest, mediaType=first.media_type)
    wanted = _platform(ctx.options.platform)
    if not first.is_index:
        return _whole(Found(first, chosen, challenged.connection, wanted, fill), facts)
    facts['platforms'] = [str(one) for one in first.platforms()[:_SHOWN]]
    entry = first.of(wanted)
    if entry is None:
        there = ', '.join(facts['platforms']) or 'none'
        return failed(
            problems.NO_MATCHING_PLATFORM,
            f'{facts["image"]} is not there for {wanted}, but for {there}',
            fill=fill,
            **facts,
        )
    second = fetch(entry.digest)
    if isinstance(second, Outcome):
        return second
    facts.update(platform=str(entry.platform), platformDigest=second.digest)
    return _whole(Found(second, chosen, challenged.connection, wanted, fill), facts)


def _whole(found: Found, facts: dict[str, Any]) -> Outcome:
    parts = found.manifest.parts
    facts.update(parts=len(parts), size=sum(part.size for part in parts))
    return passed(
        f'{facts["image"]} is {found.manifest.digest[:19]}…, {len(parts)} '
        f'part{"" if len(parts) == 1 else "s"} of {_bytes(facts["size"])} in all',
        found,
        **facts,
    )


def _read(
    answer: Answer, reference: str, fill: dict[str, str], facts: dict[str, Any]
) -> Manifest | Outcome:
    """Read a manifest, and hold it against the digest that was asked for, or that the registry names."""
    named = reference if is_digest(reference) else answer.header('Docker-Content-Digest') or ''
    try:
        found = read_manifest(answer, named)
    except UnreadableManifest as error:
        return failed(
            problems.UNREADABLE_MANIFEST,
            f'the manifest cannot be used: {error}{again(answer)}',
            fill=fill,
            **facts,
            contentType=answer.header('Content-Type'),
        )
    if is_digest(named) and found.digest != named:
        return failed(
            problems.MANIFEST_MISMATCH,
            f'the manifest that came is {found.digest[:19]}…, not {named[:19]}…',
            fill=fill,
            **facts,
            expected=named,
            came=found.digest,
        )
    return found


def _platform(text: str) -> Platform:
    system, _, rest = text.partition('/')
    architecture, _, variant = rest.partition('/')
    return Platform(system, architecture, variant)


def smallest(found: Manifest) -> Part | None:
    """Give the smallest part that the registry itself keeps."""
    return min(
        (part for part in found.parts if not part.elsewhere),
        key=lambda part: part.size,
        default=None,
    )


def _bytes(number: int) -> str:
    for size, unit in ((2**30, 'GiB'), (2**20, 'MiB'), (2**10, 'KiB')):
        if number >= size:
            return f'{number / size:.1f} {unit}'
    return f'{number} B'
