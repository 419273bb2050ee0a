# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Connections that can be cut: what of an origin must not change, and what a chunk may not say."""

from __future__ import annotations

import pytest

from azext_acrhealth.probes.azure.bounded_adapter import origin
from tests.probes import servers
from tests.probes.azure.sign_in_bound import sign_in_bound

ARM = 'https://management.azure.com'


@pytest.mark.parametrize(
    'url, same',
    [
        (f'{ARM}/next', True),
        ('https://Management.Azure.com:443/next', True),
        ('https://management.azure.com:444/next', False),
        ('http://management.azure.com/next', False),
        ('https://management.azure.com.elsewhere.example/next', False),
        ('https://management.azure.com@elsewhere.example/', False),
    ],
)
def test_where_a_server_may_send_us(url, same):
    assert (origin(url) == origin(f'{ARM}/subscriptions')) is same


@pytest.mark.parametrize(
    'location, followed',
    [
        ('/next', True),
        ('http://localhost:{near}/next', True),
        ('http://localhost:{far}/next', False),
        ('https://localhost:{near}/next', False),
        ('//elsewhere.example/', False),
    ],
)
@pytest.mark.parametrize('status', ['302 Found', '307 Temporary Redirect'])
def test_a_secret_is_not_sent_on_to_another_host(serve, location, followed, status):
    import requests

    ports = []
    near = serve(
        lambda sock, server: servers.answering(
            servers.http(b'', status, 'Location: ' + location.format(near=ports[0], far=ports[1])),
            servers.http(b'here'),
        )(sock, server),
        tls=None,
    )
    far = serve(servers.answering(servers.http(b'there')), tls=None)
    ports.extend((near.port, far.port))
    with sign_in_bound(1000, 5):
        response = requests.post(f'http://localhost:{near.port}/', data={'secret': 'x'}, timeout=5)
    assert (response.text == 'here') is followed and far.heard == []
    assert response.status_code == (200 if followed else int(status[:3]))


@pytest.mark.parametrize(
    'chunk', [b'-1\r\n', b'-ff\r\n', b'zz\r\n', b'\r\n', b'1' * 70000, b'5;' + b'x' * 70000]
)
def test_chunks_without_a_length_are_trouble(serve, chunk):
    import requests

    server = serve(
        servers.answering(
            b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' + chunk + b'x' * 9999,
            close=True,
        ),
        tls=None,
    )
    with sign_in_bound(1000, 5), pytest.raises((requests.RequestException, ValueError)):
        requests.get(f'http://localhost:{server.port}/', timeout=5)
