# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read what a registry knows of a repository, to explain why an image is missing."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

from azext_acrhealth.checks.authentication.scope import Access, Login
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.checks.connectivity.error_responses import facts_of
from azext_acrhealth.grammar import is_digest
from azext_acrhealth.model import Context
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import object_of
from azext_acrhealth.protocols import RegistryApi

# Listing tags takes `metadata_read` (Azure/acr#423), and what was deleted `deleted_read`. The
# registry grants those of the actions that the account has.
_ACTIONS, _ANONYMOUS_ACTIONS = 'pull,metadata_read,deleted_read', 'pull,metadata_read'


class RepositoryReader:
    """Reads tags, attributes and deleted artifacts of a repository, after a pull has failed.

    `access` is the token of that pull, `login` the account's login, None for an anonymous pull.
    `requests` gets the facts of each request.
    """

    def __init__(
        self,
        ctx: Context,
        token_endpoint: TokenEndpoint,
        access: Access,
        login: Login | None,
        repository: str,
        requests: list[dict[str, Any]],
    ) -> None:
        self.ctx, self.token_endpoint = ctx, token_endpoint
        self.access, self.login = access, login
        self.repository, self.requests = repository, requests

    def tags(self) -> Response:
        """Request the tags."""
        return self._note('tags', self._api.tags(self.repository))

    def digest_of(self, tag: str) -> str | None:
        """Return the digest that a tag names, by its attributes; None if they can't be read."""
        response = self._note('tag', self._api.attributes(self.repository, f'_tags/{tag}'))
        digest = object_of(object_of(response.json()).get('tag')).get('digest')
        return digest if response.status == 200 and is_digest(digest) else None

    def deleted(self, part: Literal['tags', 'manifests']) -> Response:
        """Request the tags or manifests that soft delete keeps."""
        return self._note(f'deleted {part}', self._api.deleted(self.repository, part))

    def manifest(self, digest: str) -> Response:
        """Request a manifest by its digest."""
        client = self.token_endpoint.client(self.ctx.probes, self.access.token)
        return self._note('manifest', client.manifest(self.repository, digest))

    @cached_property
    def _api(self) -> RegistryApi:
        """The registry's API with a token for the metadata, or with the pull's if there is none."""
        api = self.token_endpoint.client(self.ctx.probes)
        scope = f'repository:{self.repository}:{_ACTIONS}'
        options = self.ctx.options
        if self.login is None:
            found = api.anonymous_token(f'repository:{self.repository}:{_ANONYMOUS_ACTIONS}')
        elif options.username:
            found = api.access_token_by_password((scope,), options.username, options.password or '')
        else:
            found = api.access_token((scope,), self.login.refresh_token)
        self._note('token', found.response)
        return api.with_token(found.token or self.access.token)

    def _note(self, what: str, response: Response) -> Response:
        self.requests.append({'lookup': what, **facts_of(response)})
        return response
