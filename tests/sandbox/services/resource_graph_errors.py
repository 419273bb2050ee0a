# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Error responses of the Resource Graph."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from tests.sandbox.services.http_messages import Response, json_response
from tests.sandbox.services.resource_graph_quota import format_duration

CODES = {
    400: 'BadRequest',
    401: 'Unauthorized',
    403: 'AccessDenied',
    404: 'NotFound',
    429: 'RateLimiting',
    500: 'InternalServerError',
    503: 'ServiceUnavailable',
}
# As users quote them (azure-cli-extensions#3325, aztfexport#410 and #485).
MESSAGES = {
    'AccessDenied': 'Access is denied to the requested resource. The user might not have enough '
    'permission.',
    'InvalidQuery': 'Query is invalid. Please refer to the documentation for the Azure Resource '
    'Graph service and fix the error before retrying.',
    'RateLimiting': 'Client application has been throttled and should not attempt to repeat '
    'the request until an amount of time has elapsed. Please see '
    'https://aka.ms/resourcegraph-throttling for help.',
}


def resource_graph(
    status: int, code: str = '', message: str = '', *details: dict[str, Any]
) -> Response:
    """Return an error of the Resource Graph; its details say what happened."""
    outer = CODES.get(status, 'Error')
    inner = code or outer
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%f0Z')
    correlation = str(uuid.uuid4())
    text = (
        f'Please provide below info when asking for support: timestamp = {stamp}, '
        f'correlationId = {correlation}.'
    )
    first = {
        'code': inner,
        'message': message or MESSAGES.get(inner, f'The request failed with {inner}.'),
    }
    quota = (
        (
            ('x-ms-user-quota-remaining', '0'),
            ('x-ms-user-quota-resets-after', format_duration(5)),
        )
        if status == 429
        else ()
    )
    return json_response(
        status,
        {'error': {'code': outer, 'message': text, 'details': [first, *details]}},
        ('Cache-Control', 'no-cache'),
        ('x-ms-correlation-request-id', correlation),
        ('x-ms-request-id', str(uuid.uuid4())),
        *quota,
    )
