# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Codes, hosts and reasons that several acceptance tests use."""

from __future__ import annotations

import sys

HOST, EVIL = 'contoso.azurecr.test', 'evil.example.test'
REALM, SERVICE = f'realm="https://{HOST}/oauth2/token"', f'service="{HOST}"'
DNS, SSL, CHALLENGE = (
    'CONNECTIVITY_DNS_ERROR',
    'CONNECTIVITY_SSL_ERROR',
    'CONNECTIVITY_CHALLENGE_ERROR',
)
AAD_LOGIN, FORBIDDEN = 'CONNECTIVITY_AAD_LOGIN_ERROR', 'CONNECTIVITY_FORBIDDEN_ERROR'
REFRESH, ACCESS = 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
THROTTLED, LOGIN_SERVER = 'CONNECTIVITY_TOOMANYREQUESTS_ERROR', 'LOGIN_SERVER_ERROR'
CMK, ARM_READ = 'CMK_ERROR', 'ARM_READ_ERROR'
# Before 3.12.3 Python's TLS takes a reset for the connection's end (gh-115627), so that both read
# as cut.
RESET = 'ResponseReset' if sys.version_info >= (3, 12, 3) else 'ResponseIncomplete'
# Faults that make the run wait end at its timeout, which leaves a busy machine the time to get to
# them. (All limits are in seconds.)
LIMIT = 8
SHORT = ('--timeout', str(LIMIT))
# What a run may take besides its limits: a hang would take longer, a busy machine doesn't.
SLACK = 30.0
