# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Values of facts: known, sorted, and in any shape."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.compare.fact_values import values_at, values_of

ADDRESSES = [{'address': '10.1.0.5'}, {'address': '10.1.0.4'}, {'address': '10.1.0.5'}]


@pytest.mark.parametrize(
    'facts, path, values',
    [
        ({'addresses': ADDRESSES}, 'addresses[].address', ('10.1.0.4', '10.1.0.5')),
        ({'addresses': []}, 'addresses[].address', ()),
        ({'addresses': None}, 'addresses[].address', None),
        ({'addresses': 'text'}, 'addresses[].address', None),
        ({'addresses': [7, None, {'address': ['x']}]}, 'addresses[].address', ()),
        ({}, 'addresses[].address', None),
        ({'proxy': None}, 'proxy', ()),
        ({'proxy': ''}, 'proxy', ()),
        ({'enabled': True}, 'enabled', ('yes',)),
        ({'enabled': False}, 'enabled', ('no',)),
        ({'skew': -7}, 'skew', ('-7',)),
        ({'hops': [{'tls': {'issuer': 'A'}}, {}]}, 'hops[].tls.issuer', ('A',)),
        ({'granted': ['pull', 'delete']}, 'granted[]', ('delete', 'pull')),
        ({'issuer': 'A\x1b[31m\nB'}, 'issuer', ('A[31m B',)),
        ({'issuer': float('nan')}, 'issuer', ('nan',)),
    ],
)
def test_a_path(facts: Any, path: str, values: Any) -> None:
    assert values_at(facts, path) == values


@pytest.mark.parametrize(
    'facts, values',
    [
        ({'caSource': 'certifi', 'caBundle': '/opt/cacert.pem'}, ('certifi',)),
        ({'caSource': 'REQUESTS_CA_BUNDLE', 'caBundle': '/a'}, ('/a (REQUESTS_CA_BUNDLE)',)),
        ({'caBundle': None, 'caSource': None}, ()),
        ({'verification': 'off'}, None),
    ],
)
def test_a_ca_bundle(facts: Any, values: Any) -> None:
    assert values_of('tls', 'caBundle', facts) == values


def test_proxy_settings() -> None:
    settings = {'NO_PROXY': '.test', 'HTTPS_PROXY': 'http://joe:s3cret@proxy:3128'}
    assert values_of('proxy', 'settings', {'settings': settings}) == (
        'HTTPS_PROXY=http://[redacted]@proxy:3128',
        'NO_PROXY=.test',
    )
    assert values_of('proxy', 'settings', {}) is None


def test_stored_logins() -> None:
    stored = [{'client': 'docker', 'kept': 'token'}, {'client': 'podman', 'kept': None}, 7]
    assert values_of('stored-credentials', 'stored', {'stored': stored}) == ('docker: token',)


def test_names_of_endpoints() -> None:
    names = [{'name': 'contoso.azurecr.io', 'addresses': ['10.0.0.4']}, {'name': 'x'}]
    assert values_of('private-endpoints', 'names', {'names': names}) == (
        'contoso.azurecr.io: 10.0.0.4',
    )
