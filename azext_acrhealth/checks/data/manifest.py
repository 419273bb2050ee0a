# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Fetch and verify the image's manifest, as a client does that pulls the image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_acrhealth.catalogue.data import manifest as problems
from azext_acrhealth.catalogue.data import pull as pull_problems
from azext_acrhealth.catalogue.data import upstream
from azext_acrhealth.catalogue.registry import cache_rules as cache_rule_problems
from azext_acrhealth.checks.authentication.access_token import access_token
from azext_acrhealth.checks.authentication.anonymous_pull import anonymous_pull
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.authentication.registry_token import with_scope_map
from azext_acrhealth.checks.authentication.scope import Access, Login, includes
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint, challenge
from azext_acrhealth.checks.connectivity.error_responses import facts_of, is_not_found, retry_note
from azext_acrhealth.checks.connectivity.registry_errors import EVERYWHERE
from azext_acrhealth.checks.data.cached_repository import with_cache_rule
from azext_acrhealth.checks.data.pull_response import PullRequest, content_failure
from azext_acrhealth.checks.registry.cache_rules import cache_rules
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.roles import grant_placeholders
from azext_acrhealth.grammar import is_digest
from azext_acrhealth.model import Context, Outcome, check, failed, passed, warned
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.image_platform import Platform
from azext_acrhealth.probes.registry.manifest import (
    Descriptor,
    Manifest,
    UnreadableManifest,
    parse_manifest,
)

_SHOWN = 20


@dataclass(frozen=True)
class VerifiedImage:
    """An image's verified manifest, and what is needed to fetch its blobs.

    `platform` is the requested platform; `stated` is what the index says of the image, and `index`
    the index itself, both None without an index. `placeholders` are those of solutions that name
    the image.
    """

    manifest: Manifest
    access: Access
    token_endpoint: TokenEndpoint = field(repr=False)
    platform: Platform
    placeholders: Mapping[str, str] = field(default_factory=dict)
    stated: Platform | None = None
    index: Manifest | None = None


@check(
    'manifest',
    'Image manifest',
    'data',
    needs=(login_server, challenge),
    either=(access_token, anonymous_pull),
    after=(refresh_token, cache_rules),
    skip_reason=lambda options: None if options.image else "--image wasn't specified",
    verifies='With --image, the manifest for this platform can be downloaded, and matches its '
    'digest.',
    problems=(
        problems.NO_SUCH_REPOSITORY,
        problems.NO_SUCH_TAG,
        problems.NOT_SERVED,
        problems.NO_SUCH_MANIFEST,
        problems.CHILD_MISSING,
        problems.DANGLING_TAG,
        problems.SOFT_DELETED,
        problems.NOT_FOUND,
        pull_problems.QUARANTINED,
        pull_problems.UNAUTHORIZED,
        pull_problems.DENIED,
        pull_problems.BLOCKED_BY_INTERMEDIARY,
        problems.NO_MATCHING_PLATFORM,
        problems.NESTED_INDEX,
        problems.UNREADABLE_MANIFEST,
        problems.MANIFEST_MISMATCH,
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
def manifest(
    ctx: Context,
    login: LoginServer,
    token_endpoint: TokenEndpoint,
    access: Access | None,
    anonymous: Access | None,
    login_session: Login | None,
) -> Outcome:
    image = ctx.options.image
    assert image is not None
    # A registry with anonymous pull serves accounts without the permission to pull, too.
    able = [
        candidate
        for candidate in (access, anonymous)
        if candidate and (candidate.actions is None or includes(candidate.actions, 'pull'))
    ]
    pull_access = next(iter(able), access or anonymous)
    assert pull_access is not None
    client = token_endpoint.client(ctx.probes, pull_access.token)
    request = PullRequest(client, image, pull_access)
    platform = _parse_platform(ctx.options.platform)
    requests: list[dict[str, Any]] = []
    facts: dict[str, Any] = {
        'image': image.name,
        'requests': requests,
    }
    placeholders = {
        'host': login.host,
        'login_server': login.host,
        'image': facts['image'],
        'platform': ctx.options.platform,
        'tag': '' if image.digest else image.reference,
        **grant_placeholders(
            login, pull_access.account, ['pull'], image.repository, pull_access.actions
        ),
    }

    def fetch(reference: str, parent: Manifest | None = None) -> Manifest | Outcome:
        response = client.manifest(image.repository, reference)
        requests.append({'manifest': reference, **facts_of(response)})
        if is_not_found(response):
            # Most runs don't need these modules.
            from azext_acrhealth.checks.data import manifest_not_found, repository_reader

            reader = repository_reader.RepositoryReader(
                ctx, token_endpoint, pull_access, login_session, image.repository, requests
            )
            missing = manifest_not_found.MissingManifest(image, response)
            if parent:
                missing = manifest_not_found.MissingManifest(
                    image, response, parent.digest, reference, str(platform)
                )
            return manifest_not_found.not_found_outcome(missing, reader, login, placeholders, facts)
        failure = content_failure(
            response, facts['image'], login, placeholders, facts, request, follows_redirects=False
        )
        if failure:
            return failure
        return _verify(response, reference, placeholders, {**facts, **facts_of(response)})

    found = fetch(image.reference)
    if isinstance(found, Outcome):
        return with_scope_map(ctx, login, pull_access.account, found)
    facts.update(digest=found.digest, mediaType=found.media_type)
    stated: Platform | None = None
    index = found if found.is_index else None
    if found.is_index:
        entry = _entry_for(found, platform, placeholders, facts)
        if isinstance(entry, Outcome):
            return entry
        child = fetch(entry.digest, found)
        if isinstance(child, Outcome):
            return with_scope_map(ctx, login, pull_access.account, child)
        if child.is_index:
            return warned(
                problems.NESTED_INDEX,
                f'{facts["image"]} lists another index, {child.digest[:19]}…, for {platform}: only '
                'some clients can pull it',
                None,
                {**placeholders, 'digest': child.digest},
                **facts,
                nestedDigest=child.digest,
            )
        found, stated = child, entry.platform
        facts.update(platform=stated and stated.description, platformDigest=found.digest)
    return _passed(
        VerifiedImage(found, pull_access, token_endpoint, platform, placeholders, stated, index),
        facts,
    )


def _entry_for(
    index: Manifest, platform: Platform, placeholders: Mapping[str, str], facts: dict[str, Any]
) -> Descriptor | Outcome:
    """Return the entry of an index for a platform."""
    available = index.platforms()
    listed = [entry.description for entry in available[:_SHOWN]]
    # All of them, because a build for some of them removes the others from the tag.
    others = '' if len(available) > _SHOWN else ','.join(dict.fromkeys(map(str, available)))
    facts['platforms'] = listed
    return index.entry_for(platform) or failed(
        problems.NO_MATCHING_PLATFORM,
        f'{facts["image"]} has no manifest for {platform}; available: '
        f'{", ".join(facts["platforms"]) or "none"}',
        placeholders={
            **placeholders,
            'found': next(iter(facts['platforms']), ''),
            'other_platforms': others,
        },
        **facts,
    )


def _passed(image: VerifiedImage, facts: dict[str, Any]) -> Outcome:
    """Return the outcome for an image whose manifest was verified."""
    descriptors = image.manifest.descriptors
    layers = len(descriptors) - 1  # the first descriptor is the config
    facts.update(
        descriptors=len(descriptors), size=sum(descriptor.size for descriptor in descriptors)
    )
    chosen = image.stated
    differs = chosen is not None and chosen.description != str(image.platform)
    note = f' for {chosen.description}' if chosen and differs else ''
    return passed(
        f'{facts["image"]} has digest {image.manifest.digest[:19]}…{note}, {layers} '
        f'layer{"" if layers == 1 else "s"}, {_format_size(facts["size"])} in total',
        image,
        **facts,
    )


def _verify(
    response: Response, reference: str, placeholders: dict[str, str], facts: dict[str, Any]
) -> Manifest | Outcome:
    """Parse a manifest, and verify the digest that was requested or that the response names.

    Without a digest to compare, the manifest is returned as it is.
    """
    expected = reference if is_digest(reference) else response.header('Docker-Content-Digest') or ''
    try:
        parsed = parse_manifest(response, expected)
    except UnreadableManifest as error:
        return failed(
            problems.UNREADABLE_MANIFEST,
            f'unusable manifest: {error}{retry_note(response)}',
            placeholders=placeholders,
            **facts,
            contentType=response.header('Content-Type'),
        )
    if is_digest(expected) and parsed.digest != expected:
        return failed(
            problems.MANIFEST_MISMATCH,
            f'the manifest has digest {parsed.digest[:19]}…, not {expected[:19]}…',
            placeholders=placeholders,
            **facts,
            expected=expected,
            came=parsed.digest,
        )
    return parsed


def _parse_platform(text: str) -> Platform:
    """Parse `os/architecture[/variant]`."""
    system, _, rest = text.partition('/')
    architecture, _, variant = rest.partition('/')
    return Platform(system, architecture, variant)


def smallest_descriptor(image_manifest: Manifest) -> Descriptor | None:
    """Return the smallest blob that the registry itself stores, None if it stores none."""
    return min(
        (descriptor for descriptor in image_manifest.descriptors if not descriptor.foreign),
        key=lambda descriptor: descriptor.size,
        default=None,
    )


def _format_size(size_in_bytes: int) -> str:
    for factor, unit in ((2**30, 'GiB'), (2**20, 'MiB'), (2**10, 'KiB')):
        if size_in_bytes >= factor:
            return f'{size_in_bytes / factor:.1f} {unit}'
    return f'{size_in_bytes} B'
