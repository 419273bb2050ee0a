# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Routes: the handler of a request, its stage and the form of its errors."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable

from tests.sandbox.services.http_messages import Request, Response, json_response


@dataclasses.dataclass(frozen=True)
class Route:
    """The stage and the handler of a request; `targets` are further names for faults.

    `family` is the form of the service's errors.
    """

    stage: str
    handler: Callable[[Request], Response]
    targets: tuple[str, ...] = ()
    family: str = 'registry'
    recorded: bool = True


def guarded(handler: Callable[[Request], Response], request: Request) -> Response:
    """Run a handler; an exception of the sandbox becomes a 500, not a dropped connection."""
    try:
        return handler(request)
    except Exception as error:  # pylint: disable=broad-exception-caught
        traceback.print_exc()
        return json_response(500, {'sandbox': 'defect', 'error': repr(error)})


def not_found(_request: Request) -> Response:
    """Respond to a request that no service of the sandbox serves."""
    return json_response(404, {'sandbox': 'no such path'})
