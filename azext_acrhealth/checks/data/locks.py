# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read the locks and the quarantine that make the registry disallow an operation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from azext_acrhealth.checks.authentication.scope import (
    METADATA_ACTION,
    NO_METADATA_PERMISSION,
    includes,
)
from azext_acrhealth.checks.connectivity.error_responses import facts_of
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.grammar import is_digest
from azext_acrhealth.options import Image
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import bool_of, object_of, text_of

# By what is known of the policy.
QUARANTINE_TEXTS: Mapping[bool | None, str] = {
    True: 'quarantine is on',
    False: 'quarantine is off',
    None: "the quarantine policy couldn't be read",
}
Access = Literal['readEnabled', 'writeEnabled']
ReadAttributes = Callable[[str, str], Response]


class Attributes(NamedTuple):
    """The changeable attributes of a repository, or of a tag or manifest in it.

    `image` is `repository:tag` or `repository@digest`; empty for the repository itself.
    """

    image: str
    values: Mapping[str, Any]

    def forbids(self, access: Access) -> bool:
        """Return whether the item is locked against this access."""
        return bool_of(self.values.get(access)) is False


class Locks(NamedTuple):
    """What was read about locks. `unread` says why it isn't complete; empty if it is."""

    items: tuple[Attributes, ...] = ()
    unread: str = ''
    requests: tuple[Mapping[str, Any], ...] = ()

    def against(self, access: Access) -> Attributes | None:
        """Return the first item that is locked against an access, the repository before images."""
        return next((item for item in self.items if item.forbids(access)), None)

    @property
    def quarantined(self) -> bool:
        """Return whether the image is in quarantine: its scan has not passed."""
        states = (text_of(item.values.get('quarantineState')) for item in self.items)
        return any(state is not None and state.lower() != 'passed' for state in states)

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts about locks."""
        return {
            'locks': {item.image or 'repository': dict(item.values) for item in self.items},
            'locksUnread': self.unread or None,
            'lockRequests': list(self.requests),
        }


def read_locks(
    read: ReadAttributes, repository: str, image: Image | None, actions: Sequence[str] | None
) -> Locks:
    """Read the locks of a repository, and of an image in it if there is one.

    `read` requests the attributes of a path in a repository. `actions` are those that the token
    grants, None if they are unknown.
    """
    if actions is not None and not includes(actions, METADATA_ACTION):
        return Locks(unread=NO_METADATA_PERMISSION)
    items, requests = list[Attributes](), list[Mapping[str, Any]]()
    pending = deque([('', '')])
    if image:
        path = f'_manifests/{image.digest}' if image.digest else f'_tags/{image.reference}'
        pending.append((path, image.name))
    while pending:
        path, name = pending.popleft()
        response = read(repository, path)
        requests.append({'path': path or repository, **facts_of(response)})
        if response.status == 404:
            break  # what doesn't exist yet isn't locked
        entry = _entry(response, path)
        if response.status != 200 or not object_of(entry.get('changeableAttributes')):
            return Locks((*items,), _describe_unread(response), (*requests,))
        items.append(Attributes(name, object_of(entry['changeableAttributes'])))
        digest = entry.get('digest')
        if path.startswith('_tags/') and is_digest(digest):
            pending.append((f'_manifests/{digest}', f'{repository}@{digest}'))
    return Locks((*items,), requests=(*requests,))


def _entry(response: Response, path: str) -> Mapping[str, Any]:
    """Return the object that has the attributes: of a repository, of a tag, or of a manifest."""
    content = object_of(response.json())
    kind = {'_tags': 'tag', '_manifests': 'manifest'}.get(path.partition('/')[0])
    return object_of(content.get(kind)) if kind else content


def _describe_unread(response: Response) -> str:
    if response.failure:
        return response.failure.text
    if response.status in (401, 403):
        return NO_METADATA_PERMISSION
    return f'the request for them returned {response.status}'


def has_quarantine(login: LoginServer) -> bool | None:
    """Return whether the registry's policy puts pushed images in quarantine, None if unknown."""
    policies = object_of(login.properties.get('policies'))
    status = text_of(object_of(policies.get('quarantinePolicy')).get('status'))
    return status.lower() == 'enabled' if status else None
