# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of retrying a request once."""

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


def sender(*responses):
    """Return a function that returns these responses in turn, and the list of the remaining."""
    remaining = list(responses)
    return (lambda: remaining.pop(0)), remaining


@pytest.mark.parametrize('status', [429, 500, 502, 503, 504])
def test_a_transient_status_is_retried_once(status):
    send, remaining = sender(Response(status, at='then'), Response(200, at='now'), Response(200))
    response = with_retry(send, soon())
    assert (response.status, response.at, response.earlier.status, response.earlier.at) == (
        200,
        'now',
        status,
        'then',
    )
    assert len(remaining) == 1


@pytest.mark.parametrize('status', [200, 302, 400, 401, 403, 404, 501, None])
def test_other_statuses_are_not_retried(status):
    send, remaining = sender(
        Response(status, failure=None if status else Failure('Cut', 'gone')), Response(200)
    )
    response = with_retry(send, soon())
    assert (response.status, response.earlier, len(remaining)) == (status, None, 1)


def test_a_status_that_the_caller_adds():
    send, _ = sender(Response(401), Response(401))
    response = with_retry(send, soon(), 401)
    assert (response.status, response.earlier.status, response.earlier.earlier) == (401, 401, None)


@pytest.mark.parametrize(
    'value, retried',
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
def test_retry_after(value, retried):
    send, _ = sender(Response(429, (('retry-after', value),)), Response(200))
    since = time.monotonic()
    assert (with_retry(send, soon()).status == 200) is retried
    assert (time.monotonic() - since >= 0.9) is (value == '1')


def test_no_time_left():
    send, remaining = sender(Response(503), Response(200))
    assert with_retry(send, time.monotonic()).status == 503 and remaining
