# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The requests of a question, with its token and until its end."""

from __future__ import annotations

import json

import pytest

from azext_acrhealth.grammar import is_guid
from azext_acrhealth.probes.azure.arm_session import ArmSession
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.redaction import REDACTED
from tests.probes.clock import soon

TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg'


class Client:
    """A client and its transport, which keeps what it is asked to send."""

    def __init__(self) -> None:
        self.sent = []
        self.response = Response(200, (('X-Echo', TOKEN),), b'{"a": 1}')

    def transport(self):
        return self

    def url(self, path):
        return f'https://arm.example{path}'

    def send(self, *request, **options):
        self.sent.append((*request, options))
        if len(self.sent) == 2:
            raise OSError
        return self.response


def test_a_session(caplog):
    caplog.set_level('DEBUG')
    client, until = Client(), soon()
    session = ArmSession(client, Token(value=TOKEN), until)
    assert session.last is None and session.url('/a') == 'https://arm.example/a'
    response = session.send('POST', session.url('/a'), {'b': 2}, resend=False)
    assert response is session.last and response.json() == {'a': 1}
    assert response.header('x-echo') == REDACTED
    method, url, headers, body, options = client.sent[0]
    assert (method, url, json.loads(body)) == ('POST', 'https://arm.example/a', {'b': 2})
    assert headers['Authorization'] == f'Bearer {TOKEN}'
    assert headers['Content-Type'] == 'application/json'
    assert options == {'until': until, 'resend': False}
    with pytest.raises(OSError):
        session.send('GET', session.url('/b'))
    assert session.last is None, 'of the last request'
    _, _, later, content, _ = client.sent[1]
    assert content is None and 'Content-Type' not in later
    identifiers = {sent['x-ms-client-request-id'] for sent in (headers, later)}
    assert len(identifiers) == 2 and all(map(is_guid, identifiers))
    assert caplog.messages == ['POST https://arm.example/a: 200'] and TOKEN not in caplog.text


def test_the_reason_is_in_the_log(caplog):
    caplog.set_level('DEBUG')
    client = Client()
    client.response = Response(None, failure=Failure('Reset', 'the connection was reset'))
    ArmSession(client, Token(value=TOKEN), soon()).send('GET', 'https://arm.example/a')
    assert caplog.messages == ['GET https://arm.example/a: the connection was reset']
