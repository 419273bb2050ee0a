# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of reading the proxy settings in force, and of finding the one that decides."""

from __future__ import annotations

import urllib.request
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.http import proxy_settings as module
from azext_acrhealth.probes.http.proxy_and_trust import Route, route_to
from azext_acrhealth.probes.http.proxy_settings import SYSTEM, ProxySettings, proxy_settings

HOST, PROXY, SHOWN = 'contoso.azurecr.io', 'http://proxy.example:3128', 'http://proxy.example:3128'
LOGIN = 'http://alice:s3cret@proxy.example:3128'


@pytest.mark.parametrize(
    'environment, why',
    [
        ({}, 'no proxy is set'),
        ({'HTTP_PROXY': PROXY}, 'no proxy is set'),
        ({'HTTPS_PROXY': PROXY}, 'HTTPS_PROXY'),
        ({'https_proxy': PROXY}, 'https_proxy'),
        ({'https_proxy': PROXY, 'HTTPS_PROXY': 'http://other.example'}, 'https_proxy'),
        ({'ALL_PROXY': PROXY}, 'ALL_PROXY'),
        ({'all_proxy': PROXY, 'HTTPS_PROXY': PROXY}, 'HTTPS_PROXY'),
        ({'https_proxy': '', 'HTTPS_PROXY': PROXY}, 'no proxy is set'),
        ({'HTTPS_PROXY': 'http://'}, 'HTTPS_PROXY'),
        (
            {'HTTPS_PROXY': PROXY, 'NO_PROXY': 'a.example, .azurecr.io'},
            'NO_PROXY entry `.azurecr.io`',
        ),
        ({'HTTPS_PROXY': PROXY, 'NO_PROXY': 'AZURECR.IO'}, 'NO_PROXY entry `AZURECR.IO`'),
        ({'HTTPS_PROXY': PROXY, 'NO_PROXY': '*'}, 'NO_PROXY entry `*`'),
        ({'HTTPS_PROXY': PROXY, 'NO_PROXY': '.azurecr.cn'}, 'HTTPS_PROXY'),
        (
            {'HTTPS_PROXY': PROXY, 'no_proxy': 'azurecr.io', 'NO_PROXY': 'x'},
            'no_proxy entry `azurecr.io`',
        ),
        (
            {'HTTPS_PROXY': PROXY, 'no_proxy': '', 'NO_PROXY': 'azurecr.io'},
            'NO_PROXY entry `azurecr.io`',
        ),
    ],
)
def test_the_setting_that_decides(monkeypatch, environment, why):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_settings().why(HOST, route_to(HOST)) == why


@pytest.mark.parametrize(
    'entry',
    [
        'a.example',
        '.a.example',
        '*.a.example',
        '*',
        '10.0.0.0/8',
        '10.1.2.3:8080',
        'localhost:443',
        'fd00::1',
        'fd00::/8',
        '[fd00::1]:443',
        'http://a.example',
        'under_score',
        '::1',
        '-',
        'a.example:',
        '2001:db8::10.1.2.3',
    ],
)
def test_an_entry_that_is_a_host_or_a_network_is_shown(monkeypatch, entry):
    monkeypatch.setenv('NO_PROXY', f'{entry}, x')
    assert dict(proxy_settings().shown)['NO_PROXY'] == f'{entry},x'


@pytest.mark.parametrize(
    'entry',
    [
        'alice:s3cret',
        'alice:s3cret@a.example',
        'alice:123456',
        'http://alice:s3cret@a.example',
        'alice%3As3cret%40a',
        'alice:s3/cret',
        's3cret!',
        'ab:cret',
        'alice:s3cret:443',
        '[alice:s3cret]',
    ],
)
def test_an_entry_that_may_be_a_login_is_not_shown(monkeypatch, entry):
    monkeypatch.setenv('HTTPS_PROXY', PROXY)
    monkeypatch.setenv('NO_PROXY', f'a.example,{entry}')
    assert dict(proxy_settings().shown)['NO_PROXY'] == 'a.example,[redacted]'
    assert 'cret' not in proxy_settings().why(f'x{entry}', Route())


@pytest.mark.parametrize(
    'deciding, variable',
    [
        ('https_proxy', 'https_proxy'),
        ('ALL_PROXY', 'ALL_PROXY'),
        (SYSTEM, 'HTTPS_PROXY'),
        (None, 'HTTPS_PROXY'),
    ],
)
def test_the_variable_that_sets_the_proxy(deciding, variable):
    assert ProxySettings(proxy=deciding).variable == variable


def test_an_address_in_a_range_is_explained_by_the_variable(monkeypatch):
    monkeypatch.setenv('HTTPS_PROXY', PROXY)
    monkeypatch.setenv('NO_PROXY', '10.0.0.0/8')
    assert proxy_settings().why('10.1.2.33', route_to('10.1.2.33')) == 'NO_PROXY'


@pytest.mark.parametrize(
    'environment, disagreeing',
    [
        ({'https_proxy': PROXY, 'HTTPS_PROXY': PROXY + '/'}, ()),
        (
            {'https_proxy': PROXY, 'HTTPS_PROXY': 'http://other.example'},
            ('https_proxy', 'HTTPS_PROXY'),
        ),
        ({'https_proxy': PROXY, 'HTTPS_PROXY': LOGIN}, ('https_proxy', 'HTTPS_PROXY')),
        ({'https_proxy': '', 'HTTPS_PROXY': PROXY}, ('https_proxy', 'HTTPS_PROXY')),
        ({'all_proxy': PROXY, 'ALL_PROXY': 'socks5://other.example'}, ('all_proxy', 'ALL_PROXY')),
        ({'HTTPS_PROXY': PROXY, 'no_proxy': 'a,b', 'NO_PROXY': 'B, a,'}, ()),
        ({'HTTPS_PROXY': PROXY, 'no_proxy': 'a', 'NO_PROXY': 'a,b'}, ('no_proxy', 'NO_PROXY')),
        ({'HTTPS_PROXY': PROXY, 'no_proxy': '', 'NO_PROXY': 'a'}, ('NO_PROXY', 'no_proxy')),
        ({'no_proxy': 'a', 'NO_PROXY': 'b'}, ()),
        ({'https_proxy': '', 'HTTPS_PROXY': ''}, ()),
    ],
)
def test_two_spellings_with_different_values(monkeypatch, environment, disagreeing):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_settings().conflicting == disagreeing


def test_no_login_is_shown(monkeypatch):
    monkeypatch.setenv('https_proxy', LOGIN)
    monkeypatch.setenv('ALL_PROXY', 'http://alice:s3/cret@proxy.example')
    monkeypatch.setenv('NO_PROXY', 'a.example,alice:s3cret@proxy.example')
    settings = proxy_settings()
    shown = dict(settings.shown)
    assert shown['https_proxy'] == SHOWN and shown['ALL_PROXY'].startswith('unreadable: ')
    assert shown['NO_PROXY'] == 'a.example,[redacted]'
    assert 'cret' not in str(shown) and 'alice' not in settings.why(
        'alice:s3cret@proxy.example', route_to(HOST)
    )


def test_a_huge_list_is_bounded(monkeypatch):
    monkeypatch.setenv('HTTPS_PROXY', PROXY)
    monkeypatch.setenv('NO_PROXY', ','.join(f'h{number}.example' for number in range(8000)))
    settings = proxy_settings()
    assert len(settings.entries) == 1000 and len(dict(settings.shown)['NO_PROXY']) < 20000


@pytest.mark.parametrize(
    'proxies, expected',
    [
        ({}, ProxySettings()),
        ({'http': PROXY}, ProxySettings()),
        (
            {'https': LOGIN, 'http': PROXY},
            ProxySettings((('system https', SHOWN),), SYSTEM, SYSTEM),
        ),
    ],
)
def test_the_system_settings_without_variables(monkeypatch, proxies, expected):
    monkeypatch.setattr(urllib.request, 'getproxies', lambda: proxies)
    assert proxy_settings() == expected
    if expected.proxy:
        assert expected.why(HOST, route_to('10.0.0.1')) == f'an exception in {SYSTEM}'


def test_windows_has_a_single_spelling(monkeypatch):
    monkeypatch.setenv('https_proxy', PROXY)
    monkeypatch.setenv('HTTPS_PROXY', 'http://other.example')
    monkeypatch.setattr(module.os, 'name', 'nt')
    settings = proxy_settings()
    monkeypatch.undo()
    assert settings.proxy == 'HTTPS_PROXY' and settings.conflicting == ()


TEXT = st.text(st.characters(codec='utf-8', exclude_characters='\0'), max_size=40)


@given(TEXT, TEXT, TEXT)
def test_any_values(https: str, fallback: str, bypass: str) -> None:
    with patch.dict(
        'os.environ', {'HTTPS_PROXY': https, 'all_proxy': fallback, 'NO_PROXY': bypass}
    ):
        settings = proxy_settings()
        assert settings.why(HOST, route_to(HOST))
