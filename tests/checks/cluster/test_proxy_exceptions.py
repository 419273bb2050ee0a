# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which hosts `noProxy` exempts, by the rules of Go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.cluster.proxy_exceptions import exception_for

HOST = 'contoso.azurecr.io'
DATA = 'contoso.westeurope.data.azurecr.io'
LABEL = st.from_regex(r'[a-z][a-z0-9]{0,8}', fullmatch=True)
NAME = st.lists(LABEL, min_size=2, max_size=5).map('.'.join)


@pytest.mark.parametrize(
    'entry, exempts',
    [
        (HOST, True),
        ('Contoso.AzureCR.io', True),
        (f'  {HOST} ', True),
        (f'{HOST}:443', True),
        (f'{HOST}:', True),
        (f'{HOST}:80', False),
        (f'[{HOST}]:443', True),
        ('azurecr.io', True),
        ('.azurecr.io', True),
        ('.azurecr.io:443', True),
        ('*.azurecr.io', True),
        ('*.azurecr.io:8443', False),
        ('*azurecr.io', False),
        ('*', True),
        ('a.example,*', True),
        (f'a.example, {HOST}', True),
        (f'.{HOST}', False),
        (f'*.{HOST}', False),
        ('ntoso.azurecr.io', False),
        ('other.azurecr.io', False),
        ('contoso', False),
        ('10.0.0.0/8', False),
        ('0.0.0.0/0', False),
        ('::/0', False),
        ('20.1.2.3', False),
        ('20.1.2.3:443', False),
        ('[::1]:443', False),
        ('https://contoso.azurecr.io', False),
        (':443', False),
        ('[]:443', False),
        ('.', False),
        ('*.', False),
        (',,', False),
        ('', False),
    ],
)
def test_entries(entry: str, exempts: bool) -> None:
    assert (exception_for(HOST, [entry]) is not None) == exempts


def test_the_entry_is_returned_as_it_is_written() -> None:
    assert exception_for(HOST, ['localhost', 'a.example, .AzureCR.io']) == '.AzureCR.io'
    assert exception_for(HOST, [None, 7, {}, 'localhost']) is None
    assert exception_for(HOST, []) is None
    assert exception_for(DATA, [HOST]) is None, 'a data endpoint has another name'
    assert exception_for(DATA, ['.data.azurecr.io'])


@given(NAME, st.lists(LABEL, max_size=3))
def test_a_name_exempts_itself_and_what_is_below_it(name: str, below: list[str]) -> None:
    host = '.'.join([*below, name])
    assert exception_for(host, [name]) == name
    assert (exception_for(host, [f'.{name}']) is None) == (not below)
    assert exception_for(host, [f'*.{name}:443']) == (f'*.{name}:443' if below else None)
    assert exception_for(f'x{host}', [host]) is None, 'only at the boundary of a label'


@given(NAME, st.ip_addresses(v=4), st.integers(0, 32))
def test_no_range_exempts_a_name(name: str, address: object, length: int) -> None:
    assert exception_for(name, [f'{address}/{length}', str(address), f'{address}:443']) is None


@given(NAME, st.lists(st.text(max_size=20)), st.lists(st.text(max_size=20)))
def test_a_further_entry_takes_nothing_away(name: str, some: list[str], more: list[str]) -> None:
    if exception_for(name, some) is not None:
        assert exception_for(name, [*some, *more]) == exception_for(name, some)
    assert exception_for(name, [*some, *more, '*']) is not None
