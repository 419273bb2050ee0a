# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find out why a manifest is missing: no repository or tag, a dangling tag, or a deletion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.data import manifest as problems
from azext_acrhealth.catalogue.data import pull as pull_problems
from azext_acrhealth.checks.connectivity.error_responses import NO_MESSAGE, error_message, facts_of
from azext_acrhealth.checks.data.deleted_artifacts import (
    DeletedArtifact,
    deleted_outcome,
    deletion_note,
    find_deleted,
)
from azext_acrhealth.checks.data.locks import has_quarantine
from azext_acrhealth.checks.data.pull_response import content_failure
from azext_acrhealth.checks.data.repository_reader import RepositoryReader
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.replicas import replica_regions
from azext_acrhealth.grammar import DIGEST, is_digest
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.options import Image
from azext_acrhealth.probes.http.response import Response, registry_error
from azext_acrhealth.probes.json_access import list_of, object_of

_SHOWN, _COMPARED = 5, 2000
# "manifest sha256:… is not found"; a message on a cache rule's source has a digest elsewhere.
_DIGEST_IN_TEXT = lazy_pattern(rf'\bmanifest ({DIGEST.pattern})\b', re.ASCII)


@dataclass(frozen=True)
class MissingManifest:
    """A manifest for which the registry returned 404.

    `image` is what was requested. For an index's child, `child` is its digest, `index` the
    index's, and `platform` the platform that it is for.
    """

    image: Image
    response: Response
    index: str = ''
    child: str = ''
    platform: str = ''


class _Search(NamedTuple):
    """The search for the reason: what is missing, and what can be read to explain it."""

    missing: MissingManifest
    reader: RepositoryReader
    login: LoginServer
    placeholders: Mapping[str, str]
    facts: dict[str, Any]

    def failed(self, problem: Problem, detail: str, **placeholders: str) -> Outcome:
        """Return the outcome for a problem."""
        filled = {**self.placeholders, **placeholders}
        return failed(problem, detail, placeholders=filled, **self.facts)


def not_found_outcome(
    missing: MissingManifest,
    reader: RepositoryReader,
    login: LoginServer,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    """Judge a 404 for a manifest.

    The 404 alone does not say whether the repository, the tag or the manifest is missing.
    """
    response = missing.response
    error = registry_error(response)
    response_facts = {**facts_of(response), 'message': error and (error.message or error.code)}
    search = _Search(missing, reader, login, placeholders, {**facts, **response_facts})
    if error is None:
        writer = response.header('Server') or 'an unidentified server'
        return search.failed(
            pull_problems.UNEXPECTED_STATUS,
            f'404 from {writer}, not in the error format of a registry',
        )
    if missing.child:
        return _child_missing(search)
    named = None if missing.image.digest else _digest_in(response)
    return _dangling(search, named) if named else _nothing_found(search)


def _child_missing(search: _Search) -> Outcome:
    """Judge a manifest that an index lists, and that the registry does not have."""
    missing = search.missing
    search.facts.update(indexDigest=missing.index, platformDigest=missing.child)
    what = f'the manifest of {missing.image.name} for {missing.platform} ({missing.child[:19]}…)'
    deleted = find_deleted(search.reader, digest=missing.child)
    if deleted:
        return _restorable(search, deleted, what)
    return search.failed(
        problems.CHILD_MISSING,
        f'index {missing.index[:19]}… of {missing.image.name} lists {missing.child[:19]}… for '
        f"{missing.platform}, but the registry doesn't have that manifest"
        f'{_replication_note(search)}{deletion_note(search.reader, search.login)}',
    )


def _dangling(search: _Search, digest: str) -> Outcome:
    """Judge a tag that names a manifest which the registry does not have."""
    name, reader = search.missing.image.name, search.reader
    search.facts['missingDigest'] = digest
    if has_quarantine(search.login):
        # The registry denies a quarantined manifest by its digest, rather than call it missing.
        by_digest = _quarantined(search, reader.manifest(digest))
        if by_digest:
            return by_digest
    deleted = find_deleted(reader, digest=digest)
    if deleted:
        return _restorable(search, deleted, f'manifest {digest[:19]}…, which {name} names,')
    return search.failed(
        problems.DANGLING_TAG,
        f"{name} names manifest {digest[:19]}…, which the registry doesn't have"
        f'{_replication_note(search)}{deletion_note(search.reader, search.login)}',
    )


def _nothing_found(search: _Search) -> Outcome:
    """Judge a tag or digest that the registry does not know."""
    image, reader = search.missing.image, search.reader
    tag_list = reader.tags()
    search.facts['tagList'] = facts_of(tag_list)
    tags = [tag for tag in list_of(object_of(tag_list.json()).get('tags')) if isinstance(tag, str)]
    if tag_list.status == 200:
        search.facts['tags'] = tags[:_SHOWN]
        listed = not image.digest and image.reference in tags
        if listed or (not image.digest and tag_list.header('Link')):  # the list has more pages
            digest = reader.digest_of(image.reference)
            if listed or digest:
                return _not_served(search, digest)
        if image.digest and has_quarantine(search.login):
            return _hidden_by_quarantine(search)
    deleted = (
        find_deleted(reader, digest=image.digest)
        if image.digest
        else find_deleted(reader, tag=image.reference)
    )
    if deleted:
        return _restorable(search, deleted, search.missing.image.name)
    return _no_such_image(search, tag_list, tags)


def _not_served(search: _Search, digest: str | None) -> Outcome:
    """Judge a tag that the registry lists, although it returns no manifest for it."""
    image = search.missing.image
    by_digest = search.reader.manifest(digest) if digest else None
    if by_digest:
        denied = _quarantined(search, by_digest)
        if denied:
            return denied
    if has_quarantine(search.login):
        return _hidden_by_quarantine(search)
    search.facts['tagDigest'] = digest
    replicas = _replicas(search)
    if replicas == [] and digest and by_digest and by_digest.status == 404:
        return _dangling(search, digest)
    listed = f'{image.repository} lists tag {image.reference}, but returns no manifest for it'
    if by_digest and by_digest.status == 200:
        return search.failed(
            problems.NOT_SERVED, f'{listed}, although it has manifest {(digest or "")[:19]}…'
        )
    if replicas != []:
        return search.failed(problems.NOT_SERVED, f'{listed}{_cause_note(search, replicas)}')
    if by_digest is None:
        return search.failed(problems.DANGLING_TAG, listed)
    text = by_digest.failure.text if by_digest.failure else error_message(by_digest)
    return search.failed(
        problems.NOT_SERVED, f'{listed}; by its digest: {text or NO_MESSAGE} ({by_digest.status})'
    )


def _no_such_image(search: _Search, tag_list: Response, tags: list[str]) -> Outcome:
    image, note = search.missing.image, deletion_note(search.reader, search.login)
    if tag_list.status == 404 and registry_error(tag_list):
        return search.failed(
            problems.NO_SUCH_REPOSITORY, f'repository {image.repository} not found{note}'
        )
    if tag_list.status != 200:
        message = error_message(search.missing.response)
        return search.failed(
            problems.NOT_FOUND, f'{search.missing.image.name} not found: {message}{note}'
        )
    if image.digest:
        return search.failed(
            problems.NO_SUCH_MANIFEST,
            f'{image.repository} has no manifest {image.digest[:19]}…{note}',
        )
    similar = get_close_matches(image.reference, tags[:_COMPARED], 3)
    if similar:
        existing = f'similar tags: {", ".join(similar)}'
    else:
        existing = f'existing tags: {", ".join(tags[:3])}' if tags else 'it has no tags'
    return search.failed(
        problems.NO_SUCH_TAG,
        f'{image.repository} has no tag {image.reference}; {existing}{note}',
        **({'meant': f'{image.repository}:{similar[0]}'} if similar else {}),
    )


def _restorable(search: _Search, deleted: DeletedArtifact, what: str) -> Outcome:
    repository = search.missing.image.repository
    return deleted_outcome(
        deleted, what, repository, search.login, search.placeholders, search.facts
    )


def _hidden_by_quarantine(search: _Search) -> Outcome:
    return search.failed(
        pull_problems.QUARANTINED,
        f"{search.missing.image.name} exists, but the registry's quarantine policy hides it",
    )


def _quarantined(search: _Search, response: Response) -> Outcome | None:
    """Return the outcome if the registry says of a manifest that it is quarantined."""
    failure = content_failure(
        response, search.missing.image.name, search.login, search.placeholders, search.facts
    )
    return failure if failure and failure.problem is pull_problems.QUARANTINED else None


def _replicas(search: _Search) -> list[str] | None:
    regions = replica_regions(search.reader.ctx, search.login)
    if regions is not None:
        search.facts['replicas'] = regions[:_SHOWN]
    return regions


def _replication_note(search: _Search) -> str:
    """Return a note on replicas, which might not have the manifest yet; empty without any."""
    replicas = _replicas(search)
    if replicas is None:
        return "; whether a replica is behind is unknown because the replicas couldn't be read"
    if not replicas:
        return ''
    return f'; a new image might not be replicated yet ({", ".join(replicas[:_SHOWN])})'


def _cause_note(search: _Search, replicas: list[str] | None) -> str:
    if replicas:
        return f'; the registry has replicas: {", ".join(replicas[:_SHOWN])}'
    unread = 'replicas' if search.login.properties else 'replicas and quarantine policy'
    return f"; its {unread} couldn't be read"


def _digest_in(response: Response) -> str | None:
    """Return the digest that a 404 names as missing: in its message, or in its details."""
    error = registry_error(response)
    found = _DIGEST_IN_TEXT.search(error.message) if error else None
    if found:
        return found[1]
    errors = list_of(object_of(response.json()).get('errors'))
    revision = object_of(object_of(errors[0] if errors else None).get('detail')).get('Revision')
    return revision if is_digest(revision) else None
