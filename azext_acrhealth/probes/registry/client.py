# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What is asked of a registry itself and of the hosts that keep its layers."""

from __future__ import annotations

from collections.abc import Sequence

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry import pull, tokens
from azext_acrhealth.probes.registry.upload import Upload, Uploads


class DataPlane:
    """The requests to registries, by connections that say who we are.

    Deadlines: instants of `time.monotonic()`.
    """

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._uploads = Uploads(lambda host, deadline: Connection(host, deadline, user_agent))
        self._reached = deadlines.OnceEach[Connection]()

    def connect(self, host: str, deadline: float) -> Connection:
        """Begin to connect to a host in the background."""
        return Connection(host, deadline, self._user_agent).open()

    def reach(self, host: str, deadline: float) -> Connection:
        """Begin to connect to a host that layers come from.

        Whoever asks for it in the same run shares it.
        """

        def begin() -> Connection:
            reached = Connection(host, deadline, self._user_agent)
            deadlines.background(reached.handshake, f'handshake with {host}')
            return reached

        return self._reached((host, deadline), begin)

    def exchange(
        self, connection: Connection, service: str, token: Token, again: bool = True
    ) -> tokens.TokenResponse:
        """Exchange an Entra token for a refresh token, with a second try after a 401 unless told otherwise."""
        return tokens.exchange(connection, service, token.tenant, token.value, again)

    def access_token(
        self,
        connection: Connection,
        path: str,
        service: str,
        scopes: Sequence[str],
        refresh_token: str,
    ) -> tokens.TokenResponse:
        """Ask for an access token."""
        return tokens.access_token(connection, path, service, scopes, refresh_token)

    def token_by_password(
        self,
        connection: Connection,
        path: str,
        service: str,
        scopes: Sequence[str],
        username: str,
        password: str,
    ) -> tokens.TokenResponse:
        """Ask for an access token with a user name and a password."""
        return tokens.by_password(connection, path, service, scopes, username, password)

    def anonymous_token(
        self, connection: Connection, path: str, service: str, scope: str
    ) -> tokens.TokenResponse:
        """Ask for an access token as nobody."""
        return tokens.anonymously(connection, path, service, scope)

    def manifest(
        self, connection: Connection, repository: str, reference: str, token: str
    ) -> Response:
        """Ask for a manifest."""
        return pull.manifest(connection, repository, reference, token)

    def tags(self, connection: Connection, repository: str, token: str) -> Response:
        """Ask which tags a repository has."""
        return pull.tags(connection, repository, token)

    def blob(
        self, connection: Connection, repository: str, digest: str, size: int, token: str
    ) -> Response:
        """Ask the registry for a blob."""
        return pull.blob(connection, repository, digest, size, token)

    def stored(self, connection: Connection, place: pull.RedirectTarget, size: int) -> Response:
        """Ask the host that keeps a blob for it, by its signed address."""
        return pull.stored(connection, place, size)

    def upload(self, connection: Connection, repository: str, token: str) -> Upload:
        """Prepare an upload, which is put away at the latest when the run ends."""
        return self._uploads.prepare(connection, repository, token)

    def cleanup(self) -> list[str]:
        """End the uploads that were begun; give the repositories in which one may remain."""
        return self._uploads.cleanup()
