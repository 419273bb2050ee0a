# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whatever a proxy setting, a name server, an id of a server or an echo may be: it is read, or refused, never both."""

from __future__ import annotations

import base64
import ipaddress
import socket
import string
from unittest import mock
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.azure import resources, similar_names
from azext_acrhealth.probes.http import dns
from azext_acrhealth.probes.http.proxy_and_trust import Proxy, read_proxy
from azext_acrhealth.probes.http.response import Response, registry_error

SEGMENT = st.text(string.ascii_letters + './%?#@\\ \n-_', max_size=8)
SECRET = st.text(string.ascii_letters + string.digits + '._-+/=', min_size=24, max_size=80).filter(
    lambda text: sum(one.isalnum() for one in text) >= 20
)


@given(
    st.text()
    | st.builds(
        '{}://{}:{}@{}:{}'.format,
        st.sampled_from(['http', 'https', 'socks5h', 'ftp', '']),
        st.text(),
        st.text(),
        st.text(),
        st.text(),
    )
)
def test_a_proxy_s_setting_gives_a_proxy_or_trouble(setting):
    route = read_proxy(setting)
    assert (route.proxy is None) is (route.failure is not None)
    if isinstance(route.proxy, Proxy):
        assert route.proxy.host and route.proxy.host.isprintable() and 0 <= route.proxy.port < 65536


@given(st.text(), st.text(string.ascii_letters + '!$&*', min_size=8))
def test_a_proxy_s_password_is_never_in_its_trouble(rest, password):
    route = read_proxy(f'http://user:{password}@{rest}')
    assert route.failure is None or password not in route.failure.text


@given(
    st.lists(SEGMENT, max_size=12).map(lambda parts: '/subscriptions/' + '/'.join(parts))
    | st.builds(
        '/subscriptions/1/resourceGroups/{}/providers/{}/{}/{}'.format,
        SEGMENT,
        SEGMENT,
        SEGMENT,
        SEGMENT,
    )
)
def test_a_resource_s_id_leads_nowhere_else(text):
    if resources._ID.fullmatch(text):
        assert not {'.', '..', ''} & set(text.split('/')[1:])
        assert not set(text) & set('%?#@\\ \n\t')


@given(
    st.lists(
        st.none()
        | st.text()
        | st.integers()
        | st.dictionaries(st.sampled_from(['name', 'x']), st.text())
    ),
    st.text(),
)
def test_similar_names_are_names(items, name):
    found = similar_names.similar_to(name, items)
    assert len(found) <= 3 and all(
        one.isascii() and one.isalnum() and 5 <= len(one) <= 50 for one in found
    )


@given(
    st.none() | st.text(),
    st.lists(st.ip_addresses().map(str) | st.just('fe80::1%eth0'), max_size=4),
)
def test_whatever_a_name_server_calls_a_host(canonical, addresses):
    responses = [(0, 0, 0, canonical, (address, 443)) for address in addresses]
    with mock.patch.object(socket, 'getaddrinfo', lambda *_, **__: responses):
        found = dns.resolve('contoso.example', 1e12)
    assert found.host == 'contoso.example' and (found.failure is None or not found.addresses)
    for address in found.addresses:
        ipaddress.ip_address(address)
        assert isinstance(dns.is_private(address), bool) and dns.family(address) in ('IPv4', 'IPv6')


@given(
    SECRET,
    st.text(),
    st.sampled_from(
        [
            str,
            quote,
            quote_plus,
            str.upper,
            lambda text: text.encode().hex(),
            lambda text: base64.b64encode(text.encode()).decode(),
            lambda text: quote(quote(text)),
            lambda text: base64.urlsafe_b64encode(b'x' + text.encode()).decode(),
            lambda text: '-'.join(text),
        ]
    ),
)
def test_a_secret_survives_in_no_writing(secret, around, write):
    written = write(secret)
    body = f'{around}{written}'.encode('utf-8', 'replace')
    seen = Response(500, (('X-Echo', written),), body).without(secret)
    assert written not in seen.text(10**6) and written not in str(seen.header('X-Echo'))


@given(st.text())
def test_the_address_that_a_registry_names_is_one(text):
    import json

    body = json.dumps(
        {'errors': [{'code': 'DENIED', 'message': f"client with IP '{text}' is not allowed"}]}
    )
    error = registry_error(Response(403, (), body.encode()))
    assert error and (
        error.client_ip is None or str(ipaddress.ip_address(error.client_ip)) == error.client_ip
    )
