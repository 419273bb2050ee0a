# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Recordings are public: no signed token, no real IDs, names or addresses.

Each recording is played by a test.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import yaml

RECORDINGS = Path(__file__).parent.parent / 'recordings'
FILES = sorted(RECORDINGS.rglob('*.yaml'))
HOSTS = re.compile(
    r'login\.microsoftonline\.com|management\.azure\.com|contoso\d*\.azurecr\.[a-z.]+'
    r'|contosostorage\d+\.blob\.[a-z.]+'
)


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def text(request):
    return request.param.read_text(encoding='utf-8')


def test_there_are_recordings():
    assert len(FILES) > 10


def test_tokens_are_unsigned(text):
    for token in re.findall(r'eyJ[\w-]+\.[\w-]+\.[\w-]*', text):
        assert jwt.get_unverified_header(token)['alg'] == 'none' and token.endswith('.')
        assert 'exp' in jwt.decode(token, options={'verify_signature': False})


def test_ids_and_people_are_fictitious(text):
    for guid in re.findall(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', text, re.IGNORECASE):
        assert guid.startswith('00000000-0000-0000-0000-00000000')
    assert not re.search(r'@(?!contoso\.example)[\w-]+\.\w', text)
    for address in re.findall(r'\b(?:\d{1,3}\.){3}\d{1,3}\b', text):
        assert address.startswith(('10.', '192.0.2.')), address


def test_messages_contain_no_secrets(text):
    for interaction in yaml.safe_load(text)['interactions']:
        request, response = interaction['request'], interaction['response']
        assert HOSTS.fullmatch(urlsplit(request['uri']).hostname)
        for name, value in (*request['headers'].items(), *response['headers'].items()):
            if name.lower() in {'authorization', 'cookie', 'set-cookie', 'proxy-authorization'}:
                assert re.fullmatch(r'(\w+ )?(scrubbed|eyJ[\w.-]+\.)', ''.join(value))
        for name in (
            'client_secret',
            'password',
            'refresh_token',
            'access_token',
            'client_assertion',
        ):
            for value in parse_qs(request['body'] or '').get(name, []):
                assert value == 'scrubbed' or value.startswith('eyJ')
        assert 'sig=' not in text.replace('sig=scrubbed', '')


def test_each_recording_is_played():
    tests = ''.join(
        file.read_text(encoding='utf-8') for file in Path(__file__).parent.rglob('test_*.py')
    )
    assert [file.stem for file in RECORDINGS.glob('*.yaml') if f"'{file.stem}'" not in tests] == []
