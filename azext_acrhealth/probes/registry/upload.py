# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Try an upload: begin it, write some bytes and cancel it (OCI distribution specification)."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from azext_acrhealth.grammar import is_guid
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.exchange import Filler, Request
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.pull import RedirectTarget, parse_redirect
from azext_acrhealth.protocols import HostConnection
from azext_acrhealth.redaction import query_values

CONTENT = b'acrhealth'
REFUSED = (401, 403, 405)
# Values of a session's query that are as long open it.
_SHORTEST_STATE = 16
# One segment that names a session, as the registry and docker's distribution make it. Nothing that
# a server can decode or resolve, and no other segment: repositories can be called `blobs/uploads`,
# too.
_SESSION = lazy_pattern(r'(?!\.+\Z)[\w.~=+-]{1,512}', re.ASCII)
Connect = Callable[[str, float], HostConnection]


class Step(NamedTuple):
    """One request of an upload: `kind` is begin, append, cancel or verify.

    `redirect_error` says what is wrong with its Location.
    """

    kind: str
    response: Response
    redirect_error: str = ''


class TrialUpload:
    """An upload session at a registry's login server; its steps are taken one at a time.

    `remains`: whether a session is left there, None where that can't be told. `ended`: its cancel
    was tried.
    """

    def __init__(
        self, connection: HostConnection, repository: str, token: str, connect: Connect
    ) -> None:
        self._connection, self._connect = connection, connect
        self.repository, self._token = repository, token
        self._lock, self._abandoned = threading.Lock(), False
        self._session: RedirectTarget | None = None
        self._session_secrets: tuple[str, ...] = ()
        self._reconnected: list[HostConnection] = []
        self.remains: bool | None = False
        self.ended = False

    def begin(self) -> Step:
        """Request a session."""
        with self._lock:
            if self._abandoned:
                return _interrupted('begin')
            self.remains = None
            step = self._step('begin', 'POST', f'/v2/{self.repository}/blobs/uploads/')
            if step.response.status is not None:
                # Any other status than 202 promises no session.
                self.remains = step.response.status == 202
            return step

    def append(self, size: int | None = None) -> Step:
        """Write some bytes to the session in one request, or as many as `size` says."""
        content = CONTENT if size is None else Filler(size)
        headers = (
            ('Content-Type', 'application/octet-stream'),
            ('Content-Range', f'0-{(len(CONTENT) if size is None else size) - 1}'),
        )
        with self._lock:
            if self._abandoned or not self._session:
                return _interrupted('append')
            return self._step('append', 'PATCH', self._session.path, headers, content)

    def cancel(self, end: float) -> list[Step]:
        """Cancel the session until an instant, and check that it is gone."""
        with self._lock:
            connection = self._connection
            if time.monotonic() >= connection.deadline:
                # Beyond its deadline a lost connection is not opened again.
                connection = self._reconnect(end)
            try:
                return self._cancel(connection, end)
            finally:
                self.ended = True
                self._close_reconnected()

    def abandon(self, end: float) -> None:
        """Cancel what an interrupted run had begun."""
        self._abandoned = True
        # A step under way may be about to learn the session's URL; one that hangs is cut.
        locked = self._acquire(deadlines.left(end, deadlines.CANCEL / 2))
        if not locked:
            self._connection.close()
            locked = self._acquire(deadlines.left(end, deadlines.CANCEL / 4))
        if locked:
            try:
                if self._session and self.remains is not False:
                    self._cancel(self._reconnect(end), end)
            finally:
                self._close_reconnected()
                self._lock.release()

    def _reconnect(self, end: float) -> HostConnection:
        connection = self._connect(self._connection.host, end)
        self._reconnected.append(connection)
        return connection

    def _close_reconnected(self) -> None:
        while self._reconnected:
            self._reconnected.pop().close()

    def _acquire(self, seconds: float) -> bool:
        # A `with` statement would wait without end.
        return self._lock.acquire(timeout=seconds)  # pylint: disable=consider-using-with

    def _cancel(self, connection: HostConnection, end: float) -> list[Step]:
        steps, accepted = list[Step](), False
        for _ in range(2):
            if not self._session or self.remains is False:
                break
            for kind, method in (('cancel', 'DELETE'), ('verify', 'GET')):
                # A request that hangs must leave time for the next one.
                until = deadlines.half(end)
                path = self._session.path
                steps.append(self._step(kind, method, path, connection=connection, until=until))
                if steps[-1].response.failure:
                    connection = self._reconnect(end)
            canceled, seen = steps[-2].response.status or 0, steps[-1].response.status or 0
            accepted = accepted or canceled // 100 == 2
            if accepted and seen == 404:
                self.remains = False
            elif seen == 404 or accepted and seen // 100 != 2:
                # An unknown session proves nothing, nor does an accepted cancel that can't be
                # verified.
                self.remains = None
            if canceled in REFUSED or time.monotonic() >= end:
                break
        return steps

    def _step(
        self,
        kind: str,
        method: str,
        path: str,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes | Filler | None = None,
        connection: HostConnection | None = None,
        until: float | None = None,
    ) -> Step:
        connection = connection or self._connection
        bearer = ('Authorization', f'Bearer {self._token}')
        raw = connection.request(Request(method, path, (*headers, bearer), body), until)
        response = raw.without(*connection.secrets, self._token)
        redirect_error = ''
        if response.status in (202, 204) and kind != 'cancel':
            redirect_error = self._follow(kind, response, connection, path)
        secrets = (*connection.secrets, self._token, *self._session_secrets)
        return Step(kind, raw.without(*secrets), redirect_error)

    def _follow(self, kind: str, response: Response, connection: HostConnection, path: str) -> str:
        """Store where the session goes on; return what is wrong with the Location.

        The state in it changes with each step, but keeps so much of the last one that it would be
        redacted: so the response must not be redacted for the states.
        """
        target = parse_redirect(response.header('Location') or '', connection.host, path)
        if isinstance(target, RedirectTarget) and target.host != connection.host:
            target = f'Location points to {target.host}; tokens are sent to the login server only'
        if isinstance(target, RedirectTarget) and not self._is_session(target.path):
            target = f"Location isn't an upload session of {self.repository}"
        if isinstance(target, RedirectTarget):
            self._session = target
            states = query_values(target.path, _SHORTEST_STATE)
            self._session_secrets = (*self._session_secrets, *states)
            return ''
        session = response.header('Docker-Upload-Uuid') or ''
        if kind == 'begin' and is_guid(session):
            # Enough to verify where it lies, and to cancel it.
            self._session = RedirectTarget(connection.host, f'{path}{session}')
        return target

    def _is_session(self, path: str) -> bool:
        """Return whether a path is that of an upload session of this repository.

        A Location that names a manifest or a blob would make the cancel delete it.
        """
        start, place = f'/v2/{self.repository}/blobs/uploads/', path.partition('?')[0]
        return place.startswith(start) and bool(_SESSION.fullmatch(place.removeprefix(start)))


class Uploads:
    """The uploads of a run, so that none is left behind when it ends."""

    def __init__(self, connect: Connect) -> None:
        self._connect, self._uploads = connect, list[TrialUpload]()

    def prepare(self, connection: HostConnection, repository: str, token: str) -> TrialUpload:
        """Return an upload that nothing has been requested for yet."""
        self._uploads.append(TrialUpload(connection, repository, token, self._connect))
        return self._uploads[-1]

    def cleanup(self) -> None:
        """Cancel what is not canceled."""
        end = time.monotonic() + deadlines.CANCEL
        for upload in self._uploads:
            if not upload.ended:
                upload.abandon(end)

    def unfinished(self) -> list[str]:
        """Return the repositories where a session may remain, whose check couldn't report it."""
        return [
            upload.repository
            for upload in self._uploads
            if not upload.ended and upload.remains is not False
        ]


def _interrupted(kind: str) -> Step:
    return Step(kind, Response(None, failure=Failure('Cut', 'the run was interrupted')))
