# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""One more try, and no more."""

from __future__ import annotations

import time

import pytest

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http import retry
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.http.retry import with_retry
from tests.probes.clock import soon


@pytest.fixture(autouse=True)
def _pauses(monkeypatch):
    monkeypatch.setattr(retry, 'PAUSE', 0.01)


def asking(*responses):
    """Return a question that gets these answers, one after the other, and the list of those that are left."""
    left = list(responses)
    return (lambda: left.pop(0)), left


@pytest.mark.parametrize('status', [429, 500, 502, 503, 504])
def test_what_passes_by_itself_is_asked_once_more(status):
    ask, left = asking(Response(status, at='then'), Response(200, at='now'), Response(200))
    response = with_retry(ask, soon())
    assert (response.status, response.at, response.earlier.status, response.earlier.at) == (
        200,
        'now',
        status,
        'then',
    )
    assert len(left) == 1


@pytest.mark.parametrize('status', [200, 302, 400, 401, 403, 404, 501, None])
def test_the_rest_is_not(status):
    ask, left = asking(
        Response(status, failure=None if status else Failure('Cut', 'gone')), Response(200)
    )
    response = with_retry(ask, soon())
    assert (response.status, response.earlier, len(left)) == (status, None, 1)


def test_a_status_of_the_caller_s():
    ask, _ = asking(Response(401), Response(401))
    response = with_retry(ask, soon(), 401)
    assert (response.status, response.earlier.status, response.earlier.earlier) == (401, 401, None)


@pytest.mark.parametrize(
    'value, again',
    [
        ('0', True),
        ('1', True),
        ('4', False),
        ('86400', False),
        ('-1', True),
        ('soon', True),
        ('٣', True),
        ('Wed, 21 Oct 2026 07:28:00 GMT', True),
        ('99999999999', False),
        ('', True),
    ],
)
def test_what_the_server_wants(value, again):
    ask, _ = asking(Response(429, (('retry-after', value),)), Response(200))
    since = time.monotonic()
    assert (with_retry(ask, soon()).status == 200) is again
    assert (time.monotonic() - since >= 0.9) is (value == '1')


def test_no_time_is_left():
    ask, left = asking(Response(503), Response(200))
    assert with_retry(ask, time.monotonic()).status == 503 and left
