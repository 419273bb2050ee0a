# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a registry is asked, bound to a real CLI."""

from __future__ import annotations

from urllib.parse import parse_qsl

from tests.probes import servers
from tests.probes.azure_cli import recorded
from tests.probes.clock import PROMPT, Watch, eventually, soon


def test_a_login_from_sign_in_to_access_token(probes, serve):
    responses = (
        servers.http(b'{}', '401 No'),
        servers.http(b'{"refresh_token":"r.e.f"}'),
        servers.http(b'{"access_token":"a.c.c"}'),
    )
    server = serve(servers.answering(*responses))
    with recorded('sign_in'):
        token = probes.sign_in(probes.audiences()[0], soon())
    connection = probes.host_connections().connect('localhost', soon())
    assert connection.challenge().status == 401
    client = probes.registry_client(connection, 'contoso.azurecr.io', '/oauth2/token')
    refresh = client.exchange(token)
    access = client.access_token(('registry:catalog:*',), refresh.token)
    assert 'a.c.c' not in repr([client.with_token(access.token), access])
    assert access.token == 'a.c.c' and server.accepted == 1
    assert b'User-Agent: AZURECLI/' in server.heard[0]
    form = dict(parse_qsl(server.heard[1].split(b'\r\n\r\n')[1].decode()))
    assert form['access_token'] == token.value and form['tenant'] == token.tenant
    connection.close()


def test_connecting_begins_at_once_and_waits_for_nobody(probes, serve):
    server = serve(servers.silent)
    with Watch() as watch:
        connection = probes.host_connections().connect('localhost', soon())
    assert watch.took < PROMPT and eventually(lambda: server.accepted == 1)
    connection.close()
