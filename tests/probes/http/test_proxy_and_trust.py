# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of finding the proxy and the trusted certificates, as requests does."""

from __future__ import annotations

import os
import shutil
import ssl

import certifi
import pytest

from azext_acrhealth.probes.http.proxy_and_trust import (
    Proxy,
    Route,
    Trust,
    context_for,
    read_proxy,
    route_to,
    trust,
)

HOST = 'contoso.azurecr.io'


@pytest.mark.parametrize(
    'environment, host, shown',
    [
        ({}, HOST, None),
        ({'HTTPS_PROXY': 'http://proxy.example:3128'}, HOST, 'http://proxy.example:3128'),
        ({'https_proxy': 'http://proxy.example:3128'}, HOST, 'http://proxy.example:3128'),
        ({'HTTP_PROXY': 'http://proxy.example:3128'}, HOST, None),
        ({'ALL_PROXY': 'socks5h://proxy.example'}, HOST, 'socks5h://proxy.example:1080'),
        ({'HTTPS_PROXY': ''}, HOST, None),
        ({'HTTPS_PROXY': 'proxy.example:3128', 'NO_PROXY': 'contoso.azurecr.io'}, HOST, None),
        ({'HTTPS_PROXY': 'proxy.example:3128', 'NO_PROXY': '.azurecr.io'}, HOST, None),
        (
            {'HTTPS_PROXY': 'proxy.example:3128', 'NO_PROXY': 'other.example, azurecr.io'},
            HOST,
            None,
        ),
        ({'HTTPS_PROXY': 'proxy.example:3128', 'NO_PROXY': '*'}, HOST, None),
        (
            {'HTTPS_PROXY': 'proxy.example:3128', 'NO_PROXY': 'azurecr.io'},
            'contoso.azurecr.cn',
            'http://proxy.example:3128',
        ),
        ({'HTTPS_PROXY': 'proxy.example:3128', 'NO_PROXY': '10.0.0.0/8'}, '10.1.2.3', None),
    ],
)
def test_the_proxy_of_the_environment(monkeypatch, environment, host, shown):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    route = route_to(host)
    assert route.failure is None
    assert (route.proxy.shown if route.proxy else None) == shown


@pytest.mark.parametrize(
    'setting, proxy',
    [
        ('proxy.example:3128', Proxy('http', 'proxy.example', 3128)),
        ('proxy.example', Proxy('http', 'proxy.example', 80)),
        ('http://Proxy.Example/', Proxy('http', 'proxy.example', 80)),
        ('https://proxy.example', Proxy('https', 'proxy.example', 443)),
        ('HTTP://proxy.example:8080', Proxy('http', 'proxy.example', 8080)),
        ('http://[::1]:3128', Proxy('http', '::1', 3128)),
        ('http://192.0.2.1:3128', Proxy('http', '192.0.2.1', 3128)),
        ('socks5://proxy.example', Proxy('socks5', 'proxy.example', 1080)),
        ('socks4a://proxy.example:9', Proxy('socks4a', 'proxy.example', 9)),
        ('http://alice@proxy.example', Proxy('http', 'proxy.example', 80, 'alice', '')),
        (
            'http://alice:s3cret@proxy.example:3128',
            Proxy('http', 'proxy.example', 3128, 'alice', 's3cret'),
        ),
        (
            'http://dom%5Calice:p%40ss%3Aw%2Frd@proxy.example',
            Proxy('http', 'proxy.example', 80, 'dom\\alice', 'p@ss:w/rd'),
        ),
        ('http://alice:p@ss@proxy.example', Proxy('http', 'proxy.example', 80, 'alice', 'p@ss')),
    ],
)
def test_valid_settings(setting, proxy):
    parsed = read_proxy(setting).proxy
    assert (parsed.scheme, parsed.host, parsed.port, parsed.user) == (
        proxy.scheme,
        proxy.host,
        proxy.port,
        proxy.user,
    )
    assert (parsed.password or '') == (proxy.password or '')


@pytest.mark.parametrize(
    'setting',
    [
        'http://proxy.example:port',
        'http://proxy.example:99999',
        'http://proxy.example:-1',
        'ftp://proxy.example',
        'http://',
        'http://:3128',
        'http://[::1',
        'http://pro xy.example',
        'http://proxy\u200b.example',
        '://',
        '   ',
        'http://alice:s3cret@',
        'http://alice:s3cret@proxy.example:port',
        'http://alice:s3cret@pro xy',
        'http://s3cret@ho\u2100st',
        'http://alice:s3cret@ho\u2100st',
        'http://alice:[s3cret]@proxy.example',
        'http://alice:s3[cret@proxy.example',
        'http://alice:s3cret@proxy.example:s3cret',
        'http://proxy.example:s3cret@',
        'alice:s3cret@proxy.example:3128',
        'alice:s3cret://proxy.example',
        'http://alice:s3/cret@proxy.example',
        'http://alice:123/s3cret@proxy.example',
        'http://alice:1?s3cret@proxy.example',
        'alice:1#s3cret@proxy.example:3128',
    ],
)
def test_an_invalid_setting_is_a_failure_without_the_login(setting):
    route = read_proxy(setting)
    assert route.proxy is None and route.failure.kind == 'InvalidProxy' and route.failure.text
    for secret in ('alice', 's3cret', 'cret'):
        assert secret not in repr(route)


@pytest.mark.parametrize(
    'setting, shown',
    [
        ('http://alice:s3cret@proxy.example:3128', 'http://proxy.example:3128'),
        ('https://alice:s3cret@[2001:db8::1]:3128', 'https://[2001:db8::1]:3128'),
        ('socks5h://alice:s3cret@proxy.example', 'socks5h://proxy.example:1080'),
    ],
)
def test_a_login_is_never_shown(setting, shown):
    route = read_proxy(setting)
    assert route.proxy.shown == shown
    assert 's3cret' not in f'{route!r}{route.proxy}' and 'alice' not in f'{route!r}{route.proxy}'


@pytest.mark.parametrize('login', ['joe:gehe\udce4m', 'j\udcf6e:x', 'j\udcf6e'])
def test_a_login_that_is_not_utf_8(login):
    route = read_proxy(f'http://{login}@proxy.example:3128')
    assert (route.failure.kind, route.failure.text) == (
        'InvalidProxy',
        "the user name or password isn't valid UTF-8",
    )


def test_no_proxy_is_an_empty_route():
    assert route_to(HOST) == Route()


class TestTrust:
    @pytest.mark.parametrize(
        'environment, expected',
        [
            ({'REQUESTS_CA_BUNDLE': 'a.pem'}, Trust(True, 'a.pem', 'REQUESTS_CA_BUNDLE')),
            ({'CURL_CA_BUNDLE': 'b.pem'}, Trust(True, 'b.pem', 'CURL_CA_BUNDLE')),
            (
                {'REQUESTS_CA_BUNDLE': 'a.pem', 'CURL_CA_BUNDLE': 'b.pem'},
                Trust(True, 'a.pem', 'REQUESTS_CA_BUNDLE'),
            ),
            (
                {'REQUESTS_CA_BUNDLE': '', 'CURL_CA_BUNDLE': 'b.pem'},
                Trust(True, 'b.pem', 'CURL_CA_BUNDLE'),
            ),
            (
                {'REQUESTS_CA_BUNDLE': 'a.pem', 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION': '1'},
                Trust(False, '', 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION'),
            ),
        ],
    )
    def test_the_setting_that_decides(self, monkeypatch, environment, expected):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert trust() == expected

    def test_certifi_without_a_setting(self):
        trusted = trust()
        assert (trusted.verify, trusted.source) == (True, 'certifi') and trusted.bundle.endswith(
            '.pem'
        )
        assert context_for(trusted).cert_store_stats()['x509_ca'] > 50


class TestContext:
    def test_a_bundle_file(self, certificates):
        context = context_for(Trust(True, str(certificates.bundle), 'REQUESTS_CA_BUNDLE'))
        assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED
        assert context.cert_store_stats()['x509_ca'] == 1

    def test_a_folder_of_certificates(self, tmp_path):
        assert (
            context_for(Trust(True, str(tmp_path), 'REQUESTS_CA_BUNDLE')).verify_mode
            is ssl.CERT_REQUIRED
        )

    def test_verification_disabled(self):
        context = context_for(Trust(False, '', 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION'))
        assert not context.check_hostname and context.verify_mode is ssl.CERT_NONE

    @pytest.mark.parametrize(
        'content', [None, b'', b'no certificate', b'-----BEGIN CERTIFICATE-----\nxx\n']
    )
    def test_an_unreadable_bundle_is_an_oserror(self, tmp_path, content):
        bundle = tmp_path / 'bundle.pem'
        if content is not None:
            bundle.write_bytes(content)
        with pytest.raises(OSError):
            context_for(Trust(True, str(bundle), 'REQUESTS_CA_BUNDLE'))


def test_connections_share_a_context_until_the_bundle_changes(tmp_path):
    bundle = tmp_path / 'bundle.pem'
    shutil.copy(certifi.where(), bundle)
    trusted = Trust(True, str(bundle), 'REQUESTS_CA_BUNDLE')
    first = context_for(trusted)
    assert context_for(trusted) is first is not context_for(Trust(False, '', ''))
    os.utime(bundle, ns=(1, 1))
    assert context_for(trusted) is not first
    bundle.write_text('no certificate')
    for _ in range(2):
        with pytest.raises(OSError):
            context_for(trusted)
