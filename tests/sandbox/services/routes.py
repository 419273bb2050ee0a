# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Where a request belongs, and how its handler is run."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable

from tests.sandbox.services.http_messages import Request, Response, as_json


@dataclasses.dataclass(frozen=True)
class Route:
    """Where a request belongs: its stage, what a fault may name it by, its error form, its handler."""

    stage: str
    handler: Callable[[Request], Response]
    targets: tuple[str, ...] = ()
    family: str = 'registry'
    recorded: bool = True


def guarded(handler: Callable[[Request], Response], request: Request) -> Response:
    """Run a handler; a defect of the sandbox shows as a 500 that says so, not as a dropped connection."""
    try:
        return handler(request)
    except Exception as error:  # pylint: disable=broad-exception-caught
        traceback.print_exc()
        return as_json(500, {'sandbox': 'defect', 'error': repr(error)})


def not_found(_request: Request) -> Response:
    """Answer what no service of the sandbox serves."""
    return as_json(404, {'sandbox': 'no such path'})
