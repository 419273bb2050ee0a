# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What ARM requires of a request: a version that the type has, and permission to read it."""

from __future__ import annotations

from typing import Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import errors
from tests.sandbox.services.http_messages import Request, Response

# Some versions of the types that the extension asks for; an api-version that a type doesn't have
# is an error. Those of other types are not checked, because every CLI has its own.
VERSIONS = {
    **{
        f'microsoft.containerservice/managedclusters{child}': (
            *('2024-09-01', '2025-01-01', '2025-05-01', '2025-10-01', '2026-06-01'),
        )
        for child in ('', '/runcommand', '/commandresults')
    },
    'microsoft.compute/virtualmachinescalesets': ('2022-03-01', '2024-11-01', '2026-04-01'),
    **{
        f'microsoft.network/privatednszones{child}': (
            *('2018-09-01', '2020-01-01', '2020-06-01', '2024-06-01'),
        )
        for child in ('', '/virtualnetworklinks', '/a')
    },
    **{
        f'microsoft.network/{kind}': ('2022-01-01', '2024-07-01', '2025-07-01')
        for kind in (
            *('virtualnetworks', 'publicipaddresses', 'publicipprefixes', 'natgateways'),
            *('routetables', 'networksecuritygroups'),
        )
    },
    'microsoft.authorization/roleassignments': (
        *('2015-07-01', '2020-04-01-preview', '2022-04-01'),
    ),
    'microsoft.authorization/roledefinitions': (
        *('2015-07-01', '2018-01-01-preview', '2022-04-01', '2022-05-01-preview'),
    ),
}


def error_of(state: State, request: Request, parts: list[str]) -> Optional[Response]:
    """Return the error of a request to read a type or to run an action, by the parts of its path.

    None for no error.
    """
    kind, verb = type_of(parts), {'GET': 'read', 'POST': 'action'}.get(request.method)
    if kind is None or verb is None:
        return None
    action = f'{kind}/{verb}'
    if action.lower() in [denied.lower() for denied in state.settings['deniedActions']]:
        return errors.arm(403, message=errors.forbidden_message('/' + '/'.join(parts), action))
    version = request.query.get('api-version', [''])[0]
    supported = VERSIONS.get(kind.lower())
    if supported is None or version in supported:
        return None
    name = kind.partition('/')[2]
    return errors.arm(
        400,
        'NoRegisteredProviderFound',
        f"No registered resource provider found for location 'eastus' and API version '{version}' "
        f"for type '{name}'. The supported api-versions are '{', '.join(supported)}'. The "
        "supported locations are ''.",
    )


def type_of(parts: list[str]) -> Optional[str]:
    """Return the type of a path's last resource, as the path spells it; None without a type."""
    lower = [part.lower() for part in parts]
    if 'providers' not in lower:
        return None
    last = len(lower) - lower[::-1].index('providers')
    return '/'.join([parts[last], *parts[last + 1 :: 2]]) if parts[last:] else None
