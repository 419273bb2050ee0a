# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Names, requests and responses become neutral, and real recordings can be replayed."""

from __future__ import annotations

import json

import pytest
from vcr.request import Request

from tests.live.samples import GUID, OTHER, TOKEN


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

    def test_a_known_name_is_replaced_everywhere(self, scrubber):
        scrubber.text(
            f'/subscriptions/{GUID}/resourceGroups/secret-project/providers/Microsoft.Network/'
            'virtualNetworks/vnet-9/subnets/inner-net'
        )
        assert scrubber.text('secret-project has vnet-9, not vnet-99: Inner-Net') == (
            'contoso-group has contoso-virtualnetworks, not vnet-99: contoso-subnets'
        )

    def test_words_of_the_protocol_stay_even_as_names_of_resources(self, scrubber):
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
    def test_only_the_recorded_request_is_scrubbed(self, scrubber):
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

    def test_leaks_are_reported(self, scrubber):
        scrubber.body(f'refresh_token={TOKEN}&client_secret=s3cr3t-value&tenant={GUID}')
        assert scrubber.leaks('nothing here') == []
        assert scrubber.leaks(f'x {TOKEN} y') == [TOKEN]
        assert scrubber.leaks('x s3cr3t-value y') == ['s3cr3t-value']
        assert scrubber.leaks(f'x {GUID.upper()} fabrikamregistry') == [GUID, 'fabrikamregistry']
