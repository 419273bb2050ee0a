# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Steers a sandbox over its control socket: faults, the world, names, and what was seen."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.control.tenancy import Tenancy
from tests.sandbox.faults.fault_matrix import GROUPS
from tests.sandbox.services.cloud import SUFFIX


class _Connection(http.client.HTTPConnection):
    """HTTP over the control socket, which a network namespace does not hide."""

    def __init__(self, path: str) -> None:
        super().__init__('control.sandbox.test', timeout=30)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket in the file system."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


class Steering(Tenancy):
    """The control endpoint, a method for each of its topics."""

    def __init__(self, path: str) -> None:
        self._connection = _Connection(path)

    # What is steered

    def fault(self, place: str, spec: str, times: Optional[int] = None) -> None:
        """Switch a fault on at `stage` or `stage@registry-or-host`, for so many times or until cleared."""
        self.control('PUT', '/faults', {'place': place, 'spec': spec, 'times': times})

    def clear(self, place: Optional[str] = None) -> None:
        """Switch one fault off, or all."""
        self.control('DELETE', '/faults' + (f'?place={urllib.parse.quote(place)}' if place else ''))

    def reset(self) -> None:
        """Go back to the default world and forget the requests."""
        self.control('POST', '/reset')

    def registry(self, name: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Change a registry's ARM resource by a merge patch and return it."""
        return dict(self.control('PATCH', f'/registries/{name}', patch))

    def resource(self, identifier: str, value: Optional[Mapping[str, Any]] = None) -> None:
        """Put an ARM resource, or take it away when no value is given."""
        self.control(
            'PUT' if value is not None else 'DELETE',
            f'/resources{urllib.parse.quote(identifier)}',
            value,
        )

    def grants(
        self,
        registry: str,
        permissions: Optional[Sequence[str]] = None,
        repositories: Optional[Mapping[str, Sequence[str]]] = None,
        catalog: Optional[bool] = None,
        login: bool = True,
        application: str = '',
    ) -> None:
        """Set the rights of who signs in: the registry's (`read`, `write`, …), a repository's actions.

                Everybody's, but for those identities that were given rights of their own by their
        client id.
        """
        self.control(
            'PUT',
            f'/grants/{registry}',
            {
                'permissions': permissions,
                'repositories': repositories,
                'catalog': catalog,
                'login': login,
                'application': application,
            },
        )

    def dns(
        self,
        name: str,
        a: Sequence[str] = (),
        aaaa: Sequence[str] = (),
        cname: Sequence[str] = (),
        answer: Optional[str] = None,
        slow: float = 0,
    ) -> None:
        """Set what a name answers: records, or nxdomain, nodata, servfail, refused, silent."""
        self.control(
            'PUT',
            f'/dns/{name}',
            {
                'a': list(a),
                'aaaa': list(aaaa),
                'cname': list(cname),
                'answer': answer,
                'slow': slow,
            },
        )

    def address(self, address: str, answer: str = 'serve') -> None:
        """Make an address of the sandbox's own machine answer: serve, refuse or silent."""
        self.control('POST', '/addresses', {'address': address, 'answer': answer})

    def inside(self, addresses: Mapping[str, str]) -> None:
        """Stand inside a private network: names answer with their addresses there, and these serve."""
        for host, address in addresses.items():
            self.dns(host, a=[address], cname=[host.replace(SUFFIX, '.privatelink' + SUFFIX)])
            self.address(address)

    def settings(self, **values: Any) -> None:
        """Change settings: pageSize, unreadable (names), unreadableSubscriptions, graphQuota, graphWindow."""
        self.control('PUT', '/settings', values)

    def users(self, registry: str, **passwords: str) -> None:
        """Return a registry users with passwords."""
        self.control('PUT', f'/users/{registry}', passwords)

    # What was seen

    def requests(
        self, stage: Optional[str] = None, host: Optional[str] = None
    ) -> list[dict[str, Any]]:
        """Return the requests seen, oldest first.

        A group's name, as `upload`, stands for all its stages.
        """
        return [
            one
            for one in self.control('GET', '/requests')
            if (stage in (None, one['stage']) or one['stage'] in GROUPS.get(str(stage), ()))
            and host in (None, one['host'])
        ]

    def forget(self) -> None:
        """Forget requests, connections and DNS questions."""
        self.control('DELETE', '/requests')

    def connections(self) -> dict[str, Any]:
        """Return `accepted`, `handshakes`, `failedHandshakes` by host and `addresses`."""
        return dict(self.control('GET', '/connections'))

    def queries(self) -> list[dict[str, Any]]:
        """Return the DNS questions, oldest first."""
        return list(self.control('GET', '/queries'))

    def secrets(self) -> list[str]:
        """Return every token, password and signature issued so far."""
        return list(self.control('GET', '/secrets'))

    def control(self, method: str, path: str, value: Any = None) -> Any:
        """Ask the control endpoint; ValueError with its text when it refuses."""
        self._connection.request(method, path, json.dumps(value) if value is not None else None)
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise ValueError(answer.get('error'))
        return answer
