# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Recordings can be published: the scrubber, on tables, real recordings and arbitrary content."""

from __future__ import annotations

import json
import string
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

import jwt
import pytest
import requests
import vcr
from hypothesis import given
from hypothesis import strategies as st

from tests.live.samples import ACCESS, GUID, OTHER, TOKEN, claims_of
from tests.live.scrubber import Scrubber
from tests.live.scrubber_rules import SCRUBBED


class TestTokens:
    def test_a_token_becomes_unsigned_with_the_same_claims(self, scrubber):
        scrubbed = scrubber.text(TOKEN)
        claims = claims_of(scrubbed)
        assert jwt.get_unverified_header(scrubbed) == {
            'typ': 'JWT',
            'alg': 'none',
        } and scrubbed.endswith('.')
        assert (
            claims['aud'] == 'https://containerregistry.azure.net' and claims['exp'] == 1789026417
        )
        assert claims['access'] == ACCESS
        assert set(claims) == set(claims_of(TOKEN))
        shown = json.dumps(claims)
        assert all(
            word not in shown for word in (GUID, OTHER, 'jane', 'Jane', 'fabrikam', '203.0.113.9')
        )

    @pytest.mark.parametrize(
        'text',
        [
            f'Bearer {TOKEN}',
            f'{{"odd":"{TOKEN}"}}',
            f'a={TOKEN}&b=c',
            f'<a href="{TOKEN}">',
            f'error: {TOKEN} is refused',
            f'{TOKEN}.Y2lwaGVydGV4dA.dGFn',
        ],
    )
    def test_wherever_it_stands(self, scrubber, text):
        scrubbed = scrubber.text(text)
        assert (
            'c2lnbmF0dXJl' not in scrubbed
            and TOKEN.split('.')[1] not in scrubbed
            and 'Y2lwaGVydGV4' not in scrubbed
        )

    @pytest.mark.parametrize(
        'opaque', ['0.AXoA-opaque-refresh-token', 'M.C5_BAY.0.U.-Cq', 'eyJub3QganNvbg.e30x.sig']
    )
    def test_opaque_tokens_become_a_word(self, scrubber, opaque):
        assert scrubber.secret(opaque) == SCRUBBED


class TestForms:
    @pytest.mark.parametrize(
        'field',
        [
            'access_token',
            'refresh_token',
            'client_secret',
            'password',
            'client_assertion',
            'code',
            'Access_Token',
        ],
    )
    @pytest.mark.parametrize('value', ['s3cr3t+value/=&', 'plain-s3cr3t', TOKEN])
    def test_secret_fields(self, scrubber, field, value):
        body = urlencode(
            {'grant_type': 'password', field: value, 'service': 'fabrikamregistry.azurecr.io'}
        ).encode()
        scrubbed = scrubber.body(body, 'application/x-www-form-urlencoded')
        assert (
            isinstance(scrubbed, bytes)
            and b's3cr3t' not in scrubbed
            and b'c2lnbmF0dXJl' not in scrubbed
        )
        fields = parse_qs(scrubbed.decode())
        assert (
            fields['grant_type'] == ['password']
            and fields['service'] == ['contoso.azurecr.io']
            and field in fields
        )
        if value == TOKEN:
            assert claims_of(fields[field][0])['exp'] == 1789026417

    def test_what_is_not_secret_stays(self, scrubber):
        body = (
            'grant_type=refresh_token&scope=repository%3Ahello%3Apull&scope=registry%3Acatalog%'
            '3A%2A'
        )
        assert scrubber.body(body, 'application/x-www-form-urlencoded') == body

    def test_a_form_without_its_type(self, scrubber):
        assert 's3cr3t' not in scrubber.body('client_id=x&client_secret=s3cr3t')


class TestJson:
    @pytest.mark.parametrize(
        'content',
        [
            {'access_token': TOKEN},
            {'refresh_token': 's3cr3t'},
            {'id_token': TOKEN, 'x': 1},
            {'password': 's3cr3t'},
            {'passwords': [{'name': 'password', 'value': 's3cr3t'}]},
            {'a': [{'Client_Secret': {'b': ['s3cr3t']}}]},
            {'client_info': 's3cr3t'},
        ],
    )
    def test_secrets(self, scrubber, content):
        scrubbed = scrubber.body(json.dumps(content).encode(), 'application/json')
        assert b's3cr3t' not in scrubbed and b'c2lnbmF0dXJl' not in scrubbed
        assert json.loads(scrubbed).keys() == content.keys()

    def test_what_is_not_secret_stays(self, scrubber):
        content = {
            'errors': [{'code': 'DENIED', 'message': 'requested access is denied', 'detail': None}],
            'n': 7,
            'f': 1.5,
            'b': True,
            'properties': {'roleAssignmentMode': 'LegacyRegistryPermissions'},
        }
        assert json.loads(scrubber.body(json.dumps(content))) == content

    def test_the_registry_s_last_newline_stays(self, scrubber):
        assert scrubber.body(b'{"errors":[]}\n') == b'{"errors":[]}\n'

    @pytest.mark.parametrize(
        'body', [None, b'', b'\xff\xfe\x00', 'text', b'<html>', b'[1,2]', b'null']
    )
    def test_bodies_of_other_kinds_keep_their_type(self, scrubber, body):
        assert isinstance(scrubber.body(body), type(body))


def test_a_real_recording_is_clean_and_plays(tmp_path):
    """Let vcrpy record an exchange on loopback through the scrubber, and replay it offline."""

    class Registry(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers['Content-Length']))
            body = json.dumps({'refresh_token': TOKEN, 'tenant': GUID}).encode()
            self.send_response(200)
            for name, value in (
                ('Content-Length', str(len(body))),
                ('Content-Type', 'application/json'),
                ('X-Ms-Correlation-Request-Id', OTHER),
                ('Set-Cookie', 'c=s3cr3t'),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format, *args):  # pylint: disable=redefined-builtin
            pass

    def ask(port):
        return requests.post(
            f'http://localhost:{port}/oauth2/exchange?sig=s3cr3t',
            timeout=5,
            data={
                'grant_type': 'access_token',
                'service': 'fabrikamregistry.azurecr.io',
                'tenant': GUID,
                'access_token': TOKEN,
            },
            headers={'Authorization': 'Basic czNjcjN0'},
        )

    def recorder(mode):
        scrubber = Scrubber(['fabrikamregistry'])
        return scrubber, vcr.VCR(
            record_mode=mode,
            before_record_request=scrubber.request,
            before_record_response=scrubber.response,
        ).use_cassette(str(tmp_path / 'x.yaml'))

    server = ThreadingHTTPServer(('127.0.0.1', 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scrubber, recording = recorder('all')
    with recording:
        assert ask(server.server_port).json()['refresh_token'] == TOKEN, (
            'the program sees what the server said'
        )
    server.shutdown()
    server.server_close()
    text = (tmp_path / 'x.yaml').read_text()
    assert scrubber.leaks(text) == [] and len(scrubber.secrets) >= 3
    for secret in (GUID, OTHER, 's3cr3t', 'czNjcjN0', 'c2lnbmF0dXJl', 'fabrikam', 'jane'):
        assert secret not in text
    with recorder('none')[1] as cassette:
        played = ask(server.server_port).json()
    assert cassette.all_played and claims_of(played['refresh_token'])['exp'] == 1789026417


@given(st.text(), st.sampled_from(['', 'application/json', 'application/x-www-form-urlencoded']))
def test_any_recording_can_be_scrubbed(text, kind):
    scrubber = Scrubber()
    assert isinstance(scrubber.body(text, kind), str)
    assert isinstance(scrubber.text(text), str)


@given(
    st.dictionaries(st.text(), st.text() | st.lists(st.text())),
    st.text(string.ascii_lowercase, min_size=12),
)
def test_no_secret_survives_anywhere(content, secret):
    scrubber = Scrubber()
    content = {'outer': [content, {'access_token': secret}]}
    scrubbed = scrubber.body(json.dumps(content))
    assert json.loads(scrubbed)['outer'][1] == {'access_token': SCRUBBED}
