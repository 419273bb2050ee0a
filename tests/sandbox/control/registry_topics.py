# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The control of what registries hold and count: images, upload sessions, users, usages, a real registry."""

from __future__ import annotations

from typing import Any

from tests.sandbox.control.state import State
from tests.sandbox.services import images
from tests.sandbox.services.http_messages import Request


class Depot:
    """A part of the control endpoint (control.py)."""

    def __init__(self, state: State) -> None:
        self._state = state

    def put_images(self, rest: str, value: dict[str, Any], _request: Request) -> dict[str, str]:
        """Store an image, an index or an artifact in a registry, see described()."""
        name, tag, one = value.pop('name'), value.pop('tag'), described(value)
        real, registry = self._state.real.get(rest), self._state.known[rest.lower()]
        return {
            'digest': self._state.real.push(real, registry, name, tag, one)
            if real
            else self._state.storage(registry['name']).fill(name, tag, one)
        }

    def put_backend(self, rest: str, *_: Any) -> dict[str, str]:
        """Put a real registry, empty, behind a login server until the reset.

        Return the folder of its storage.
        """
        return {'folder': str(self._state.real.start(self._state.known[rest.lower()]).folder)}

    def delete_backend(self, rest: str, *_: Any) -> None:
        """Take the real registry away, and what it holds."""
        self._state.real.stop(rest)

    def get_uploads(self, rest: str, *_: Any) -> list[dict[str, Any]]:
        """Return the upload sessions of a registry that are open."""
        real, storage = self._state.real.get(rest), self._state.storage(rest)
        if real:
            return real.uploads()
        with storage.lock:
            return [
                {'session': session, 'repository': one.repository, 'bytes': len(one.data)}
                for session, one in storage.uploads.items()
            ]

    def put_users(self, rest: str, value: dict[str, str], _request: Request) -> None:
        """Return a registry users with passwords, as its own tokens are."""
        self._state.users(rest).update(value)
        for password in value.values():
            self._state.journal.secret(password)

    def get_users(self, rest: str, *_: Any) -> dict[str, str]:
        """Return a registry's users with their passwords, the admin user among them, whether on or off."""
        self._state.password_of(self._state.known[rest.lower()]['name'])
        return self._state.users(rest)

    def put_usages(self, rest: str, value: dict[str, Any], _request: Request) -> None:
        """Set what ARM reports of a registry's usages, by name: {currentValue, limit, unit}.

        Null takes one away.
        """
        self._state.usages.setdefault(rest.lower(), {}).update(value)


def described(value: dict[str, Any]) -> images.Image:
    """Return the image that a description asks for; all of it is optional.

    `text`, `architecture` or `platform` (os/architecture[/variant]), `size` (of each layer),
    `layers` (their number), `configSize`, `docker` (schema 2), `foreign` (the address of a layer
    that the registry does not hold); `platforms` makes an index of them, with `attestations` if
    wanted; `artifact` makes what `helm push` makes.
    """
    known = {
        'text',
        'architecture',
        'platform',
        'size',
        'layers',
        'configSize',
        'docker',
        'foreign',
        'platforms',
        'attestations',
        'artifact',
    }
    if set(value) - known:
        raise ValueError(
            f'no property {sorted(set(value) - known)} of an image; there are {sorted(known)}'
        )
    text = value.get('text', 'hello')
    if value.get('artifact'):
        return images.artifact(text)
    if value.get('platforms'):
        return images.index(
            text,
            tuple(value['platforms']),
            bool(value.get('attestations')),
            bool(value.get('docker')),
        )
    return images.image(
        text,
        value.get('architecture', 'amd64'),
        int(value.get('size', 0)),
        platform=value.get('platform', ''),
        layers=int(value.get('layers', 1)),
        config_size=int(value.get('configSize', 0)),
        docker=bool(value.get('docker')),
        foreign=value.get('foreign', ''),
    )
