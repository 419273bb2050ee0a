# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find a tag or manifest among those that the registry's soft delete policy keeps."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any, Literal, NamedTuple

from azext_acrhealth.catalogue.data import manifest as problems
from azext_acrhealth.checks.data.repository_reader import RepositoryReader
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.grammar import is_digest
from azext_acrhealth.model import Outcome, failed
from azext_acrhealth.probes.deadlines import format_utc
from azext_acrhealth.probes.json_access import list_of, object_of, text_of, time_of


class DeletedArtifact(NamedTuple):
    """A deleted tag or manifest. `deleted_at` is in UTC, None if the registry doesn't state it."""

    digest: str
    tag: str | None
    deleted_at: datetime | None


def find_deleted(
    reader: RepositoryReader, *, tag: str | None = None, digest: str | None = None
) -> DeletedArtifact | None:
    """Return a tag, or a manifest by its digest, that was deleted last; None if none is kept."""
    part: Literal['tags', 'manifests'] = 'tags' if tag else 'manifests'
    response = reader.deleted(part)
    listed = list_of(object_of(response.json()).get(part)) if response.status == 200 else []
    found = [
        DeletedArtifact(entry['digest'], tag, time_of(entry.get('deletedAt')))
        for entry in map(object_of, listed)
        if is_digest(entry.get('digest'))
        and (entry.get('tag') == tag if tag else entry['digest'] == digest)
    ]
    earliest = datetime.min.replace(tzinfo=timezone.utc)
    return max(found, key=lambda artifact: artifact.deleted_at or earliest, default=None)


def deleted_outcome(
    artifact: DeletedArtifact,
    what: str,
    repository: str,
    login: LoginServer,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    """Return the outcome for an artifact, described by `what`, that can be restored."""
    days = _policy(login).get('retentionDays')
    at, until = artifact.deleted_at, None
    if at and isinstance(days, int) and not isinstance(days, bool) and 0 < days < 1000:
        with suppress(OverflowError):  # a registry can state any year
            until = at + timedelta(days=days)
    times = {
        'deletedAt': at and format_utc(at),
        'restorableUntil': until and format_utc(until),
    }
    when = f' at {times["deletedAt"]}' if at else ''
    limit = f' until {times["restorableUntil"]}' if until else ''
    target = f'{repository}:{artifact.tag}' if artifact.tag else repository
    return failed(
        problems.SOFT_DELETED,
        f'{what} was deleted{when}, and can be restored{limit}',
        placeholders={**placeholders, 'target': target, 'digest': artifact.digest},
        **{**facts, 'deletedDigest': artifact.digest, **times},
    )


def deletion_note(reader: RepositoryReader, login: LoginServer) -> str:
    """Return a note where soft delete keeps artifacts, but this account can't list them."""
    statuses = [
        request['status']
        for request in reader.requests
        if str(request.get('lookup')).startswith('deleted')
    ]
    enabled = (text_of(_policy(login).get('status')) or '').lower() == 'enabled'
    if not enabled or not statuses or statuses[-1] in (200, 404):
        return ''
    return "; soft delete is enabled, but this account can't list what was deleted"


def _policy(login: LoginServer) -> Mapping[str, Any]:
    """Return the registry's soft delete policy as ARM's JSON; empty if it isn't known."""
    return object_of(object_of(login.properties.get('policies')).get('softDeletePolicy'))
