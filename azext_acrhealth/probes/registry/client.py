# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The requests to one registry, over one connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry import pull, tokens
from azext_acrhealth.probes.registry.tokens import TokenResponse
from azext_acrhealth.probes.registry.upload import TrialUpload, Uploads
from azext_acrhealth.protocols import HostConnection


class RegistryClient(NamedTuple):
    """A registry's API: its connection, what its challenge named, and an access token ('': none).

    Tokens go to the connection's host only. `service` and `token_path` are the challenge's.
    """

    connection: HostConnection
    service: str
    token_path: str
    uploads: Uploads
    token: str = ''

    def __repr__(self) -> str:  # without the token
        return f'RegistryClient(service={self.service!r})'

    def with_token(self, token: str) -> RegistryClient:
        """Return the client with another access token."""
        return RegistryClient(self.connection, self.service, self.token_path, self.uploads, token)

    def exchange(self, entra_token: Token, retry_unauthorized: bool = True) -> TokenResponse:
        """Exchange a token of Microsoft Entra ID for a refresh token."""
        return tokens.exchange(
            self.connection, self.service, entra_token.tenant, entra_token.value, retry_unauthorized
        )

    def access_token(self, scopes: Sequence[str], refresh_token: str) -> TokenResponse:
        """Request an access token with a refresh token."""
        return tokens.access_token(
            self.connection, self.token_path, self.service, scopes, refresh_token
        )

    def access_token_by_password(
        self, scopes: Sequence[str], username: str, password: str
    ) -> TokenResponse:
        """Request an access token with a user name and a password."""
        return tokens.by_password(
            self.connection, self.token_path, self.service, scopes, username, password
        )

    def anonymous_token(self, scope: str) -> TokenResponse:
        """Request an access token without credentials."""
        return tokens.anonymous(self.connection, self.token_path, self.service, scope)

    def manifest(self, repository: str, reference: str) -> Response:
        """Request a manifest by its tag or digest."""
        return pull.get_manifest(self.connection, repository, reference, self.token)

    def tags(self, repository: str) -> Response:
        """Request the tags of a repository."""
        return pull.get_tags(self.connection, repository, self.token)

    def attributes(self, repository: str, path: str) -> Response:
        """Request the attributes of a repository, or of a tag or manifest at a path in it."""
        return pull.get_attributes(self.connection, repository, path, self.token)

    def deleted(self, repository: str, part: Literal['tags', 'manifests']) -> Response:
        """Request the tags or manifests of a repository that soft delete keeps."""
        return pull.get_deleted(self.connection, repository, part, self.token)

    def blob(self, repository: str, digest: str, size: int) -> Response:
        """Request a blob; `size` is in bytes."""
        return pull.get_blob(self.connection, repository, digest, size, self.token)

    def upload(self, repository: str) -> TrialUpload:
        """Return a test upload, which is canceled at the latest when the run ends."""
        return self.uploads.prepare(self.connection, repository, self.token)
