# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""An upload that is begun, written to and cancelled again (OCI distribution specification): nothing comes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.exchange import Request
from azext_acrhealth.probes.http.response import GUID, Response
from azext_acrhealth.probes.registry.pull import RedirectTarget, parse_redirect

CONTENT = b'acrhealth'
_OURS = (('Content-Type', 'application/octet-stream'), ('Content-Range', f'0-{len(CONTENT) - 1}'))
REFUSED = (401, 403, 405)


@dataclass(frozen=True)
class Step:
    """One request of an upload: `kind` is begin, append, cancel or look.

    `redirect_error`: what is wrong with its Location.
    """

    kind: str
    response: Response
    redirect_error: str = ''


class Upload:
    """An upload session at a registry's login server.

    One step is taken at a time, by whichever thread.

    `remains` tells whether a session is left there; None where that cannot be told. `ended`: its
    cancel was tried.
    """

    def __init__(
        self,
        connection: Connection,
        repository: str,
        token: str,
        another: Callable[[str, float], Connection],
    ) -> None:
        self._connection, self.repository, self._token, self._another = (
            connection,
            repository,
            token,
            another,
        )
        self._turn, self._given_up = threading.Lock(), False
        self._place: RedirectTarget | None = None
        self._states: tuple[str, ...] = ()
        self.remains: bool | None = False
        self.ended = False

    def begin(self) -> Step:
        """Ask for a session."""
        with self._turn:
            if self._given_up:
                return _broken_off('begin')
            self.remains = None
            step = self._step('begin', 'POST', f'/v2/{self.repository}/blobs/uploads/')
            if step.response.status is not None:
                # Whatever else than 202 it is, no session was promised.
                self.remains = step.response.status == 202
            return step

    def append(self) -> Step:
        """Write some bytes to the session."""
        with self._turn:
            if self._given_up or not self._place:
                return _broken_off('append')
            return self._step('append', 'PATCH', self._place.path, _OURS, CONTENT)

    def cancel(self, end: float) -> list[Step]:
        """Cancel the session until an instant, and look whether it is gone."""
        with self._turn:
            # Beyond its deadline a connection that was lost is not opened again.
            late = time.monotonic() >= self._connection.deadline
            steps = self._cancel(
                self._another(self._connection.host, end) if late else self._connection, end
            )
            self.ended = True
            return steps

    def give_up(self, end: float) -> bool:
        """Put away what a run that was broken off had begun; tell whether nothing remains."""
        self._given_up = True
        # A step under way may be about to learn where the session lies; one that hangs is cut.
        took = self._take_turn(deadlines.left(end, deadlines.CANCEL / 2))
        if not took:
            self._connection.close()
            took = self._take_turn(deadlines.left(end, deadlines.CANCEL / 4))
        if took:
            try:
                if self._place and self.remains is not False:
                    self._cancel(self._another(self._connection.host, end), end)
            finally:
                self._turn.release()
        return self.remains is False

    def _take_turn(self, seconds: float) -> bool:
        # `with` waits without end
        return self._turn.acquire(timeout=seconds)  # pylint: disable=consider-using-with

    def _cancel(self, connection: Connection, end: float) -> list[Step]:
        steps, accepted = list[Step](), False
        for _ in range(2):
            if not self._place or self.remains is False:
                break
            for kind, method in (('cancel', 'DELETE'), ('look', 'GET')):
                # What hangs must leave time for the next.
                steps.append(
                    self._step(
                        kind,
                        method,
                        self._place.path,
                        connection=connection,
                        until=deadlines.half(end),
                    )
                )
                if steps[-1].response.failure:
                    connection = self._another(connection.host, end)
            cancelled, seen = steps[-2].response.status or 0, steps[-1].response.status or 0
            accepted = accepted or cancelled // 100 == 2
            if accepted and seen == 404:
                self.remains = False
            elif seen == 404 or accepted and seen // 100 != 2:
                # A place that nobody knows proves nothing, nor does an accepted cancel that cannot
                # be looked after.
                self.remains = None
            if cancelled in REFUSED or time.monotonic() >= end:
                break
        return steps

    def _step(
        self,
        kind: str,
        method: str,
        path: str,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes | None = None,
        connection: Connection | None = None,
        until: float | None = None,
    ) -> Step:
        connection = connection or self._connection
        bearer = ('Authorization', f'Bearer {self._token}')
        raw = connection.request(Request(method, path, (*headers, bearer), body), until)
        shown = raw.without(*connection.secrets, self._token)
        redirect_error = ''
        if shown.status in (202, 204) and kind != 'cancel':
            # The state in it changes with each step, but keeps so much of the last one that it
            # would be blotted out.
            place = parse_redirect(shown.header('Location') or '', connection.host, path)
            if isinstance(place, RedirectTarget) and place.host != connection.host:
                place = f'it leads to {place.host}, and a token goes to the login server alone'
            if isinstance(place, RedirectTarget):
                self._place = place
                self._states = (*self._states, *_states(place.path))
            else:
                redirect_error, session = place, shown.header('Docker-Upload-Uuid') or ''
                if kind == 'begin' and GUID.fullmatch(
                    session
                ):  # enough to look where it lies, and to cancel it
                    self._place = RedirectTarget(connection.host, f'{path}{session}')
        return Step(
            kind, raw.without(*connection.secrets, self._token, *self._states), redirect_error
        )


class Uploads:
    """The uploads of a run, so that none is left behind when it ends."""

    def __init__(self, another: Callable[[str, float], Connection]) -> None:
        self._another, self._all = another, list[Upload]()

    def prepare(self, connection: Connection, repository: str, token: str) -> Upload:
        """Return an upload that nothing has been asked for yet."""
        self._all.append(Upload(connection, repository, token, self._another))
        return self._all[-1]

    def cleanup(self) -> list[str]:
        """Put away what its check has not; give the repositories in which a session may remain."""
        end = time.monotonic() + deadlines.CANCEL
        return [one.repository for one in self._all if not one.ended and not one.give_up(end)]


def _broken_off(kind: str) -> Step:
    return Step(kind, Response(None, failure=Failure('Cut', 'the run was broken off')))


def _states(path: str) -> tuple[str, ...]:
    """Return what of a session's address opens it: the long values of its query."""
    return tuple(
        value
        for part in path.partition('?')[2].split('&')
        for value in (part.partition('=')[2],)
        if len(value) > 15
    )
