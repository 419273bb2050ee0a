# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Inputs that once broke a promise, by target; each stays a test."""

from __future__ import annotations

FOUND: tuple[tuple[str, bytes], ...] = (
    # Bytes of a variable that aren't UTF-8 crashed the command before its first check.
    ('environment', b'\xff'),
    ('environment', b'user:\xe4@proxy'),
    # Half a character, which JSON can spell, can't be percent-encoded.
    ('credential-files', b'{"auths":{"contoso.azurecr.io":{"username":"a","password":"\\ud800"}}}'),
    ('texts', b'\xff'),
    ('texts', b'"\\ud800"'),
    # Accounts that the CLI's own code can't read crashed every check that signs in.
    ('profile', b'[{"environmentName":"AzureCloud","isDefault":true,"user":"alice"}]'),
    ('profile', b'[{"environmentName":"AzureCloud","isDefault":true,"user":["alice"]}]'),
    ('profile', b'[7]'),
    ('profile', b'[{}]'),
    ('profile', b'7'),
    ('profile', b'"text"'),
)
