# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tokens and ids for the tests of the scrubber."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import jwt

GUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
OTHER = '9b2e4c11-0d7a-4b7e-8c55-5b1f0e6f7a02'


def token(**claims):
    """Make a token as a service signs it."""

    def part(content):
        return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b'=').decode()

    return (
        f'{part({"typ": "JWT", "alg": "RS256", "kid": "k"})}.{part(claims)}.c2lnbmF0dXJlLW9mLXR'
        'oZS1zZXJ2aWNl'
    )


ACCESS = [{'Type': 'repository', 'Name': 'hello', 'Actions': ['pull']}]
TOKEN = token(
    aud='https://containerregistry.azure.net',
    tid=GUID,
    oid=OTHER,
    upn='jane.doe@fabrikam.example',
    name='Jane Doe',
    ipaddr='203.0.113.9',
    exp=1789026417,
    access=ACCESS,
)


def claims_of(text):
    return jwt.decode(text, options={'verify_signature': False})
