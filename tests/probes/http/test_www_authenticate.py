# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of parsing challenges (RFC 9110): valid forms, invalid lines, and hostile input."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_acrhealth.probes.http.www_authenticate import Challenge, UnreadableChallenge, parse

REALM, SERVICE = 'https://contoso.azurecr.io/oauth2/token', 'contoso.azurecr.io'
BEARER = Challenge('bearer', {'realm': REALM, 'service': SERVICE})


@pytest.mark.parametrize(
    'lines, expected',
    [
        ([], ()),
        ([''], ()),
        ([' , ,\t,'], ()),
        # As the registry sends it.
        ([f'Bearer realm="{REALM}",service="{SERVICE}"'], (BEARER,)),
        (
            [f'Bearer realm="{REALM}",service="{SERVICE}",scope="registry:catalog:*"'],
            (
                Challenge(
                    'bearer', {'realm': REALM, 'service': SERVICE, 'scope': 'registry:catalog:*'}
                ),
            ),
        ),
        # Any case, and all optional whitespace.
        ([f'bEARER ReAlM="{REALM}" ,\t SERVICE="{SERVICE}"'], (BEARER,)),
        ([f'Bearer  realm = "{REALM}" , service\t=\t"{SERVICE}"  '], (BEARER,)),
        ([f'Bearer\trealm="{REALM}",service="{SERVICE}"'], (BEARER,)),
        # Tokens as values.
        ([f'Bearer realm="{REALM}",service={SERVICE}'], (BEARER,)),
        (['Basic realm=simple'], (Challenge('basic', {'realm': 'simple'}),)),
        (
            ["Basic realm=!#$%&'*+-.^_`|~0aZ"],
            (Challenge('basic', {'realm': "!#$%&'*+-.^_`|~0aZ"}),),
        ),
        # Quoted commas, spaces, equals signs and escapes.
        (
            [
                'Bearer scope="repository:a/b:pull,push repository:c:pull", x="a=b, Basic '
                'realm=\\"y\\""'
            ],
            (
                Challenge(
                    'bearer',
                    {
                        'scope': 'repository:a/b:pull,push repository:c:pull',
                        'x': 'a=b, Basic realm="y"',
                    },
                ),
            ),
        ),
        (['Basic realm="a\\\\b\\c\\\td"'], (Challenge('basic', {'realm': 'a\\bc\td'}),)),
        (['Basic realm=""'], (Challenge('basic', {'realm': ''}),)),
        (['Basic realm="caf\xe9"'], (Challenge('basic', {'realm': 'caf\xe9'}),)),
        # Several challenges on one line, and on several lines.
        (
            [f'Basic realm="x", Bearer realm="{REALM}",service="{SERVICE}"'],
            (Challenge('basic', {'realm': 'x'}), BEARER),
        ),
        (
            [f'Bearer realm="{REALM}",service="{SERVICE}", Basic realm="x"'],
            (BEARER, Challenge('basic', {'realm': 'x'})),
        ),
        (
            [f'Bearer realm="{REALM}",service="{SERVICE}"', 'Basic realm="x"'],
            (BEARER, Challenge('basic', {'realm': 'x'})),
        ),
        (
            ['Negotiate, NTLM', 'Basic realm=x'],
            (Challenge('negotiate'), Challenge('ntlm'), Challenge('basic', {'realm': 'x'})),
        ),
        (
            [
                'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"'
            ],  # RFC 9110's own example
            (
                Challenge('newauth', {'realm': 'apps', 'type': '1', 'title': 'Login to "apps"'}),
                Challenge('basic', {'realm': 'simple'}),
            ),
        ),
        # Empty elements.
        ([f',, Bearer realm="{REALM}",, ,service="{SERVICE}", ,'], (BEARER,)),
        (
            ['Negotiate,,Basic realm=x,'],
            (Challenge('negotiate'), Challenge('basic', {'realm': 'x'})),
        ),
        # A token68 and a single word have no parameters.
        (['Negotiate YII=='], (Challenge('negotiate'),)),
        (
            ['Negotiate YII/+-._~=, Basic realm=x'],
            (Challenge('negotiate'), Challenge('basic', {'realm': 'x'})),
        ),
        (['Bearer realm'], (Challenge('bearer'),)),
        (['Bearer realm='], (Challenge('bearer'),)),
        (['Bearer '], (Challenge('bearer'),)),
        (['Bearer'], (Challenge('bearer'),)),
        # A repeated parameter with the same value is not ambiguous.
        (['Basic realm=x, REALM="x"'], (Challenge('basic', {'realm': 'x'}),)),
    ],
)
def test_forms(lines, expected):
    assert parse(lines) == expected


@pytest.mark.parametrize(
    'line',
    [
        '"Bearer"',
        '=',
        'Bearer realm="x',
        'Bearer realm="x\\',
        'Bearer realm="x" service="y"',
        'Bearer realm=x service=y',
        'Bearer realm=, service="y"',
        'Bearer realm="a",realm="b"',
        'Bearer realm="a"b',
        'Bearer realm=@',
        'Bearer @',
        '<html>',
        'Bearer realm="x\x01"',
        'Bearer realm="\u20ac"',
        'B\xe9arer realm=x',
        'Bearer realm="x"; service="y"',
        'Bearer: realm="x"',
        'a,' * 30000,
        f'Bearer realm="{"x" * 40000}"',
        'Bearer "realm"="x"',
        'Bearer token68== realm="x"',
        'Bearer realm=x=y',
        '{"errors": []}',
        'Bearer realm="x", @',
    ],
)
def test_invalid_lines(line):
    with pytest.raises(UnreadableChallenge) as caught:
        parse([line])
    assert str(caught.value)
    with pytest.raises(UnreadableChallenge):
        parse(['Basic realm="fine"', line])


@given(st.lists(st.text(), max_size=4))
def test_any_lines(lines):
    check_parsed_or_rejected(lines)


PIECES = [
    'Bearer',
    'realm',
    '=',
    '"',
    ',',
    ' ',
    '\\',
    '\t',
    'x',
    '==',
    '/',
    '@',
    '\xe9',
    'a=b',
    '""',
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(''.join))
def test_any_mixture_of_valid_pieces(line):
    check_parsed_or_rejected([line])


def check_parsed_or_rejected(lines):
    try:
        challenges = parse(lines)
    except UnreadableChallenge:
        return
    for challenge in challenges:
        assert challenge.scheme and challenge.scheme == challenge.scheme.lower()
        assert all(
            name == name.lower() and isinstance(value, str)
            for name, value in challenge.parameters.items()
        )


MARKS = "!#$%&'*+-.^_`|~"
TOKENS = st.text(MARKS + string.digits + string.ascii_letters, min_size=1, max_size=12)
VALUES = st.text(
    st.one_of(
        st.just('\t'),
        st.characters(min_codepoint=32, max_codepoint=126),
        st.characters(min_codepoint=128, max_codepoint=255),
    ),
    max_size=30,
)
PARAMETERS = st.dictionaries(TOKENS.map(str.lower), VALUES, max_size=4)
BARE = set(MARKS + string.digits + string.ascii_letters)
SPACES, OPTIONAL_SPACES = (
    st.sampled_from([' ', '  ', '\t', ' \t ']),
    st.sampled_from(['', '', ' ', '\t']),
)
COMMAS = st.sampled_from([',', ', ', ' ,', ',,', ' , ,\t'])


@st.composite
def written(draw):
    """Draw challenges, and a line that encodes them in any form that the grammar allows."""
    challenges = draw(st.lists(st.tuples(TOKENS, PARAMETERS), max_size=4))
    line = draw(st.sampled_from(['', ' ', ',', ', ,']))
    for number, (scheme, parameters) in enumerate(challenges):
        line += draw(COMMAS) if number else ''
        line += scheme
        for index, (name, value) in enumerate(parameters.items()):
            line += draw(COMMAS) if index else draw(SPACES)
            name = name.upper() if draw(st.booleans()) else name
            line += name + draw(OPTIONAL_SPACES) + '=' + draw(OPTIONAL_SPACES)
            if value and set(value) <= BARE and draw(st.booleans()):
                line += value
            else:
                needless = draw(st.sampled_from(['', 'e', ' ,x']))
                line += (
                    '"'
                    + ''.join(
                        '\\' + character if character in '"\\' + needless else character
                        for character in value
                    )
                    + '"'
                )
    line += draw(st.sampled_from(['', ' ', ',', ', ,']))
    return line, tuple(Challenge(scheme.lower(), parameters) for scheme, parameters in challenges)


@given(written())
@settings(max_examples=300)
def test_valid_lines_round_trip(line_and_challenges):
    line, challenges = line_and_challenges
    assert parse([line]) == challenges


KIB = 1024


@pytest.mark.parametrize(
    'make',
    [
        lambda size: ',' * size,
        lambda size: ' ' * size,
        lambda size: ' ,' * (size // 2),
        lambda size: 'a' * size,
        lambda size: 'a,' * (size // 2),
        lambda size: 'a ' * (size // 2),
        lambda size: 'a=' * (size // 2),
        lambda size: 'B ' + 'a=' * (size // 2),
        lambda size: 'B ' + 'a=b,' * (size // 4),
        lambda size: 'B a=b,' * (size // 6),
        lambda size: 'B ' + '=' * size,
        lambda size: 'B ' + 'a' * size + ' ' * size + '@',
        lambda size: 'B ' + 'a' * (size // 2) + '=' * (size // 2) + '@',
        lambda size: ('B ' + 'a' * 50 + ' ' * 50 + ',') * (size // 104),
        lambda size: 'B a="' + '\\' * size,
        lambda size: 'B a="' + '\\a' * (size // 2),
        lambda size: 'B a="' + 'x' * size,
        lambda size: 'B a="' + 'x' * size + '"',
        lambda size: '"' * size,
        lambda size: 'B a=b' + ' ' * size + '@',
        lambda size: 'B a=b,' + ' ,' * (size // 2) + '@',
        lambda size: 'B a' + ' ' * size + '=' + ' ' * size + 'b',
        lambda size: ','.join(f'B{number} a=b' for number in range(size // 8)),
        lambda size: 'B ' + ','.join(f'a{number}=b' for number in range(size // 8)),
    ],
)
def test_hostile_lines_take_linear_time(make):
    def spent(size):
        line, since = make(size), time.process_time()
        check_parsed_or_rejected([line])
        return time.process_time() - since

    small = min(spent(8 * KIB) for _ in range(3))
    assert min(spent(64 * KIB) for _ in range(2)) < max(8 * 4 * small, 0.05), (
        'eight times as long a line'
    )
