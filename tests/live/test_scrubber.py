# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Recordings can be published: the scrubber, on tables, real recordings and arbitrary content."""

from __future__ import annotations

import json
import string
import threading
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

import jwt
import pytest
import requests
import vcr
from hypothesis import given
from hypothesis import strategies as st
from vcr.request import Request

from tests.live.scrubber import SCRUBBED, Scrubber

GUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
OTHER = '9b2e4c11-0d7a-4b7e-8c55-5b1f0e6f7a02'


def token(**claims):
    """Make a token as a service signs it."""

    def part(content):
        return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b'=').decode()

    return (
        f'{part({"typ": "JWT", "alg": "RS256", "kid": "k"})}.{part(claims)}.c2lnbmF0dXJlLW9mLXR'
        'oZS1zZXJ2aWNl'
    )


ACCESS = [{'Type': 'repository', 'Name': 'hello', 'Actions': ['pull']}]
TOKEN = token(
    aud='https://containerregistry.azure.net',
    tid=GUID,
    oid=OTHER,
    upn='jane.doe@fabrikam.example',
    name='Jane Doe',
    ipaddr='203.0.113.9',
    exp=1789026417,
    access=ACCESS,
)


def claims_of(text):
    return jwt.decode(text, options={'verify_signature': False})


@pytest.fixture
def scrubber():
    return Scrubber(['fabrikamregistry'])


class TestTokens:
    def test_a_token_becomes_an_unsigned_one_with_the_same_claims(self, scrubber):
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
    def test_opaque_ones_become_a_word(self, scrubber, opaque):
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


class TestNames:
    @pytest.mark.parametrize(
        'text, expected',
        [
            (
                f'/subscriptions/{GUID}/resourceGroups/Prod-RG/providers/'
                'Microsoft.ContainerRegistry/registries/fabrikamregistry',
                '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/contoso-group/'
                'providers/'
                'Microsoft.ContainerRegistry/registries/contoso',
            ),
            ('https://fabrikamregistry.azurecr.io/v2/', 'https://contoso.azurecr.io/v2/'),
            ('fabrikamregistry.westeurope.data.azurecr.io', 'contoso.westeurope.data.azurecr.io'),
            ('fabrikamregistry.privatelink.azurecr.cn', 'contoso.privatelink.azurecr.cn'),
            ('northwind.azurecr.us', 'contoso1.azurecr.us'),
            (
                'https://wusmanaged198.blob.core.windows.net/x//y',
                'https://contosostorage1.blob.core.windows.net/x//y',
            ),
            ('user jane.doe@fabrikam.example', 'user person1@contoso.example'),
            ("client with IP '198.51.100.77' is", "client with IP '192.0.2.2' is"),
            (
                '10.0.0.7 127.0.0.1 192.168.1.1 172.20.0.1',
                '10.0.0.7 127.0.0.1 192.168.1.1 172.20.0.1',
            ),
            ('791d90cc57ca4d079aae8260bf493f20', '0' * 32),
            ('sha256:' + '90' * 32, 'sha256:' + '90' * 32),
            ('registry:catalog:*', 'registry:catalog:*'),
            (
                'Bearer realm="https://fabrikamregistry.azurecr.io/oauth2/token",'
                'service="fabrikamregistry.azurecr.io"',
                'Bearer realm="https://contoso.azurecr.io/oauth2/token",'
                'service="contoso.azurecr.io"',
            ),
        ],
    )
    def test_table(self, scrubber, text, expected):
        assert scrubber.text(text) == expected

    def test_each_is_the_same_throughout(self, scrubber):
        first, second = scrubber.text(GUID), scrubber.text(OTHER)
        assert first != second and scrubber.text(f'{GUID.upper()} {OTHER}') == f'{first} {second}'
        assert scrubber.text(first) == first and scrubber.body(
            json.dumps({'tid': GUID})
        ) == json.dumps({'tid': first}, separators=(',', ':'))

    def test_a_name_that_was_once_seen_is_known_everywhere(self, scrubber):
        scrubber.text(
            f'/subscriptions/{GUID}/resourceGroups/secret-project/providers/Microsoft.Network/'
            'virtualNetworks/vnet-9/subnets/inner-net'
        )
        assert scrubber.text('secret-project has vnet-9, not vnet-99: Inner-Net') == (
            'contoso-group has contoso-virtualnetworks, not vnet-99: contoso-subnets'
        )

    def test_words_of_the_protocol_stay_though_a_resource_is_called_so(self, scrubber):
        scrubber.text(
            f'/subscriptions/{GUID}/resourceGroups/registry/providers/Microsoft.X/things/default'
        )
        assert scrubber.text('registry:catalog:* default') == 'registry:catalog:* default'

    def test_scrubbing_twice_changes_nothing_more(self, scrubber):
        text = (
            f'/subscriptions/{GUID}/resourceGroups/prod/providers/Microsoft.ContainerRegistry/'
            'registries/'
            f'fabrikamregistry northwind.azurecr.io jane@fabrikam.example 198.51.100.77 {TOKEN}'
        )
        once = scrubber.text(text)
        assert scrubber.text(once) == once


class TestMessages:
    def test_a_request_is_scrubbed_and_the_one_that_is_sent_is_not(self, scrubber):
        uri = (
            f'https://fabrikamregistry.azurecr.io/v2/?tenant={GUID}&sig=s3cr3t%2B%3D&code=s3cr3t'
            '&api-version=1'
        )
        sent = Request(
            'POST',
            uri,
            f'access_token={TOKEN}',
            {'Authorization': f'Bearer {TOKEN}', 'Accept': '*/*'},
        )
        scrubbed_request = scrubber.request(sent)
        assert (
            sent.uri == uri
            and TOKEN in sent.headers['Authorization']
            and TOKEN.encode() in sent.body
        )
        assert scrubbed_request.uri == (
            'https://contoso.azurecr.io/v2/?tenant=00000000-0000-0000-0000-000000000001&sig=scrubbe'
            'd'
            '&code=scrubbed&api-version=1'
        )
        assert (
            scrubbed_request.headers['Authorization'].startswith('Bearer eyJ')
            and scrubbed_request.headers['Accept'] == '*/*'
        )
        assert (
            b'c2lnbmF0dXJl' not in scrubbed_request.body
            and 'c2lnbmF0dXJl' not in scrubbed_request.headers['Authorization']
        )

    @pytest.mark.parametrize(
        'header, value, expected',
        [
            ('Authorization', 'Basic YTpi', 'Basic scrubbed'),
            ('Proxy-Authorization', 'Basic YTpi', 'Basic scrubbed'),
            ('X-Ms-Authorization-Auxiliary', f'Bearer {TOKEN}, Bearer {TOKEN}', 'scrubbed'),
            ('Set-Cookie', 'fpc=AbCd; path=/', 'scrubbed'),
            (
                'Location',
                'https://wusmanaged198.blob.core.windows.net/a//b?se=2026&sig=abc%2Fdef%3D&sv=2018',
                'https://contosostorage1.blob.core.windows.net/a//b?se=2026&sig=scrubbed&sv=2018',
            ),
            ('X-Ms-Correlation-Request-Id', GUID, '00000000-0000-0000-0000-000000000001'),
            ('Content-Type', 'application/json; charset=utf-8', 'application/json; charset=utf-8'),
            (
                'User-Agent',
                'AZURECLI/2.91.0 azsdk-python-core/1.39.0 (Linux-6.1-myhost)',
                'AZURECLI/2.91.0',
            ),
        ],
    )
    def test_headers_of_a_response(self, scrubber, header, value, expected):
        original = {
            'status': {'code': 200, 'message': 'OK'},
            'headers': {header: [value]},
            'body': {'string': b''},
        }
        values = scrubber.response(original)['headers'][header]
        assert [
            value if not value.startswith('Bearer eyJ') else 'scrubbed' for value in values
        ] == [expected]
        assert original['headers'] == {header: [value]}

    def test_a_signed_address_in_a_body(self, scrubber):
        body = (
            b'<a href="https://wusmanaged198.blob.core.windows.net/x?se=1&amp;'
            b'sig=s3cr3t%3D&amp;sp=r">Redirect</a>.'
        )
        assert b's3cr3t' not in scrubber.body(body, 'text/html')

    def test_leaks_are_told(self, scrubber):
        scrubber.body(f'refresh_token={TOKEN}&client_secret=s3cr3t-value&tenant={GUID}')
        assert scrubber.leaks('nothing here') == []
        assert scrubber.leaks(f'x {TOKEN} y') == [TOKEN]
        assert scrubber.leaks('x s3cr3t-value y') == ['s3cr3t-value']
        assert scrubber.leaks(f'x {GUID.upper()} fabrikamregistry') == [GUID, 'fabrikamregistry']


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
def test_whatever_is_recorded_can_be_scrubbed(text, kind):
    scrubber = Scrubber()
    assert isinstance(scrubber.body(text, kind), str)
    assert isinstance(scrubber.text(text), str)


@given(
    st.dictionaries(st.text(), st.text() | st.lists(st.text())),
    st.text(string.ascii_lowercase, min_size=12),
)
def test_no_secret_survives_wherever_it_lies(content, secret):
    scrubber = Scrubber()
    content = {'outer': [content, {'access_token': secret}]}
    scrubbed = scrubber.body(json.dumps(content))
    assert json.loads(scrubbed)['outer'][1] == {'access_token': SCRUBBED}
