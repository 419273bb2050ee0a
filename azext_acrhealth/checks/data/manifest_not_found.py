# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find out why a manifest is missing: no repository, no such tag, or a quarantined image."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from azext_acrhealth.catalogue.data import manifest as manifest_problems
from azext_acrhealth.catalogue.data import pull as pull_problems
from azext_acrhealth.checks.connectivity.error_responses import error_message, facts_of
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Outcome, failed
from azext_acrhealth.options import Image
from azext_acrhealth.probes.http.response import Response, registry_error
from azext_acrhealth.probes.json_access import list_of, object_of

_SHOWN, _COMPARED = 5, 2000


def not_found_outcome(
    response: Response,
    tag_list: Response,
    image: Image,
    login: LoginServer,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    """Judge a 404 for a manifest. `tag_list` is the response with the repository's tags.

    The 404 alone does not say whether the repository, the tag or the manifest is missing.
    """
    facts = {**facts, **facts_of(response), 'tagList': facts_of(tag_list)}
    if registry_error(response) is None:
        writer = response.header('Server') or 'an unidentified server'
        return failed(
            pull_problems.UNEXPECTED_STATUS,
            f'404 from {writer}, not in the error format of a registry',
            placeholders=placeholders,
            **facts,
        )
    tags = [tag for tag in list_of(object_of(tag_list.json()).get('tags')) if isinstance(tag, str)]
    name = f'{image.repository}{"@" if image.digest else ":"}{image.reference}'
    if tag_list.status == 404 and registry_error(tag_list):
        return failed(
            manifest_problems.NO_SUCH_REPOSITORY,
            f'repository {image.repository} not found',
            placeholders=placeholders,
            **facts,
        )
    if tag_list.status != 200:
        return failed(
            manifest_problems.NOT_FOUND,
            f'{name} not found: {error_message(response)}',
            placeholders=placeholders,
            **facts,
        )
    facts['tags'] = tags[:_SHOWN]
    if _has_quarantine(login) and (image.digest is not None or image.reference in tags):
        return failed(
            pull_problems.QUARANTINED,
            f"{name} exists, but the registry's quarantine policy hides it",
            placeholders=placeholders,
            **facts,
        )
    if image.digest:
        return failed(
            manifest_problems.NO_SUCH_MANIFEST,
            f'{image.repository} has no manifest {image.digest[:19]}…',
            placeholders=placeholders,
            **facts,
        )
    if image.reference in tags:
        return failed(
            manifest_problems.NOT_SERVED,
            f'{image.repository} lists tag {image.reference}, but returns no manifest for it',
            placeholders=placeholders,
            **facts,
        )
    similar = get_close_matches(image.reference, tags[:_COMPARED], 3)
    if similar:
        existing = f'similar tags: {", ".join(similar)}'
    else:
        existing = f'existing tags: {", ".join(tags[:3])}' if tags else 'it has no tags'
    return failed(
        manifest_problems.NO_SUCH_TAG,
        f'{image.repository} has no tag {image.reference}; {existing}',
        placeholders=placeholders,
        **facts,
    )


def _has_quarantine(login: LoginServer) -> bool:
    """Return whether the quarantine policy hides images until a scanner approves them."""
    policy = object_of(object_of(login.properties.get('policies')).get('quarantinePolicy'))
    return policy.get('status') == 'enabled'
