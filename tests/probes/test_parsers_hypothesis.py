# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Property tests: any proxy setting, DNS result, resource ID or echo is parsed or rejected."""

from __future__ import annotations

import base64
import ipaddress
import socket
import string
from unittest import mock
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth import grammar
from azext_acrhealth.probes.azure import similar_names
from azext_acrhealth.probes.http import dns
from azext_acrhealth.probes.http.proxy_and_trust import Proxy, read_proxy
from azext_acrhealth.probes.http.response import Response, registry_error

SEGMENT = st.text(string.ascii_letters + './%?#@\\ \n-_', max_size=8)
SECRET = st.text(string.ascii_letters + string.digits + '._-+/=', min_size=24, max_size=80).filter(
    lambda text: sum(character.isalnum() for character in text) >= 20
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
def test_a_proxy_setting_is_a_proxy_or_a_failure(setting):
    route = read_proxy(setting)
    assert (route.proxy is None) is (route.failure is not None)
    if isinstance(route.proxy, Proxy):
        assert route.proxy.host and route.proxy.host.isprintable() and 0 <= route.proxy.port < 65536


@given(st.text(), st.text(string.ascii_letters + '!$&*', min_size=8))
def test_a_proxy_password_is_never_in_a_failure(rest, password):
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
def test_a_resource_id_has_only_plain_segments(text):
    if grammar.RESOURCE_ID.fullmatch(text):
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
        name.isascii() and name.isalnum() and 5 <= len(name) <= 50 for name in found
    )


@given(
    st.none() | st.text(),
    st.lists(st.ip_addresses().map(str) | st.just('fe80::1%eth0'), max_size=4),
)
def test_any_canonical_name_and_addresses(canonical, addresses):
    entries = [(0, 0, 0, canonical, (address, 443)) for address in addresses]
    with mock.patch.object(socket, 'getaddrinfo', lambda *_, **__: entries):
        resolution = dns.resolve('contoso.example', 1e12)
    assert resolution.host == 'contoso.example'
    assert resolution.failure is None or not resolution.addresses
    for address in resolution.addresses:
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
def test_a_secret_is_redacted_in_every_encoding(secret, context, encode):
    encoded = encode(secret)
    body = f'{context}{encoded}'.encode('utf-8', 'replace')
    response = Response(500, (('X-Echo', encoded),), body).without(secret)
    assert encoded not in response.text(10**6) and encoded not in str(response.header('X-Echo'))


@given(st.text())
def test_a_client_ip_is_a_valid_address(text):
    import json

    body = json.dumps(
        {'errors': [{'code': 'DENIED', 'message': f"client with IP '{text}' is not allowed"}]}
    )
    error = registry_error(Response(403, (), body.encode()))
    assert error and (
        error.client_ip is None or str(ipaddress.ip_address(error.client_ip)) == error.client_ip
    )
