# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of finding this machine's DNS servers."""

from __future__ import annotations

import contextlib
import importlib
import os
import types

import pytest

from azext_acrhealth.probes.http import dns_servers as module
from azext_acrhealth.probes.http.dns_servers import MAX_SERVERS, dns_servers

FIRST, SECOND = (
    rf'SYSTEM\CurrentControlSet\Services\{family}\Parameters\Interfaces'
    for family in ('Tcpip', 'Tcpip6')
)


@pytest.mark.parametrize(
    'text, servers',
    [
        ('nameserver 10.0.0.4\nnameserver 10.0.0.5\n', ('10.0.0.4', '10.0.0.5')),
        ('# nameserver 1.2.3.4\n;nameserver 1.2.3.4\nsearch x.test\noptions ndots:5\n', ()),
        ('nameserver\t 2001:db8::1\r\nnameserver fe80::1%eth0\n', ('2001:db8::1', 'fe80::1%eth0')),
        ('nameserver 10.0.0.4\nnameserver 10.0.0.4\n', ('10.0.0.4',)),
        ('nameserver\nnameserver dns.example\nnameserver 999.1.1.1\n', ()),
        ('nameserver 127.0.0.53\n', ('127.0.0.53', '10.9.0.1')),
        ('nameserver 127.0.0.53\nnameserver 10.0.0.4\n', ('127.0.0.53', '10.0.0.4')),
        (''.join(f'nameserver 10.0.0.{n}\n' for n in range(20)), None),
        ('\x00\ud800', ()),
        (None, ()),
    ],
)
def test_resolv_conf(monkeypatch, tmp_path, text, servers):
    path, stub = tmp_path / 'resolv.conf', tmp_path / 'stub.conf'
    stub.write_text('nameserver 10.9.0.1\n', 'ascii')
    if text is not None:
        path.write_text(text, 'utf-8', 'surrogatepass')
    monkeypatch.setattr(module, 'RESOLV_CONF', path)
    monkeypatch.setattr(module, 'STUB_SERVERS', stub)
    found = dns_servers()
    assert found == servers if servers is not None else len(found) == MAX_SERVERS


def fake_registry(keys):
    """Return a module like winreg that has these keys: their values, or the names in them."""

    def open_key(_root, path):
        if path not in keys:
            raise FileNotFoundError(path)
        return contextlib.nullcontext(keys[path])

    def query_value(key, name):
        if name not in key:
            raise FileNotFoundError(name)
        return key[name], 1

    return types.SimpleNamespace(
        HKEY_LOCAL_MACHINE=1,
        OpenKey=open_key,
        QueryInfoKey=lambda key: (len(key), 0, 0),
        EnumKey=lambda key, index: key[index],
        QueryValueEx=query_value,
    )


@pytest.mark.parametrize(
    'keys, servers',
    [
        ({}, ()),
        ({FIRST: ['{a}']}, ()),
        (
            {FIRST: ['{a}'], rf'{FIRST}\{{a}}': {'DhcpNameServer': '10.0.0.4 10.0.0.5'}},
            ('10.0.0.4', '10.0.0.5'),
        ),
        (
            {
                FIRST: ['{a}', '{b}'],
                rf'{FIRST}\{{a}}': {
                    'NameServer': '10.1.0.4,10.1.0.5',
                    'DhcpNameServer': '10.0.0.4',
                },
                rf'{FIRST}\{{b}}': {'NameServer': '', 'DhcpNameServer': '10.2.0.4'},
            },
            ('10.1.0.4', '10.1.0.5', '10.2.0.4'),
        ),
        (
            {SECOND: ['{a}'], rf'{SECOND}\{{a}}': {'NameServer': ['2001:db8::1', 'x']}},
            ('2001:db8::1',),
        ),
    ],
)
def test_the_windows_registry(monkeypatch, keys, servers):
    # Windows alone has winreg.
    monkeypatch.setattr(importlib, 'import_module', lambda _: fake_registry(keys))
    monkeypatch.setattr(os, 'name', 'nt')
    found = dns_servers()
    monkeypatch.undo()
    assert found == servers
