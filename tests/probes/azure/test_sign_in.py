# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The words of a refused sign-in, whoever raised them."""

from __future__ import annotations

import errno
import json

import pytest
import requests
from azure.cli.core.azclierror import AuthenticationError
from hypothesis import given
from hypothesis import strategies as st
from knack.util import CLIError

from azext_acrhealth.probes.azure.sign_in import Token, refine, refusal
from azext_acrhealth.probes.http.response import Response

AUDIENCE = 'https://containerregistry.azure.net'
CORRELATION = '0f3e6f8b-7a01-4c07-a6a1-5d9f3c1a8e70'


@pytest.mark.parametrize(
    'error, kind, aadsts',
    [
        (
            AuthenticationError('AADSTS70043: The refresh token has expired.'),
            'Expired',
            'AADSTS70043',
        ),
        (
            AuthenticationError('AADSTS700082: The refresh token has expired.'),
            'Expired',
            'AADSTS700082',
        ),
        (AuthenticationError('AADSTS50076: MFA. Run az login'), 'InteractionNeeded', 'AADSTS50076'),
        (
            AuthenticationError('AADSTS53003: Access has been blocked.'),
            'ConditionalAccess',
            'AADSTS53003',
        ),
        (AuthenticationError("AADSTS90002: Tenant 'x' not found."), 'WrongTenant', 'AADSTS90002'),
        (
            AuthenticationError('AADSTS7000222: The secret has expired.'),
            'SecretExpired',
            'AADSTS7000222',
        ),
        (
            AuthenticationError('AADSTS500011: The resource principal was not found.'),
            'AudienceRefused',
            'AADSTS500011',
        ),
        (AuthenticationError('{"error":{"code":"AudienceNotSupported"}}'), 'AudienceRefused', None),
        (AuthenticationError('AADSTS90033: A transient error.'), 'Unavailable', 'AADSTS90033'),
        (AuthenticationError('AADSTS12345678: Nobody knows.'), 'Refused', 'AADSTS12345678'),
        (CLIError("Please run 'az login' to setup account."), 'NotLoggedIn', None),
        (
            CLIError("User 'a' does not exist in MSAL token cache. Run `az login`."),
            'NotLoggedIn',
            None,
        ),
        (
            AuthenticationError(
                f'Audience {AUDIENCE} is not a supported MSI token audience.',
                msal_error={'error': 'AudienceNotSupported'},
            ),
            'AudienceRefused',
            None,
        ),
        (
            AuthenticationError('Not for this.', msal_error={'error': 'AudienceNotSupported'}),
            'AudienceRefused',
            None,
        ),
        (
            AuthenticationError('MSIS9602: Unknown.', msal_error={'error': 'invalid_resource'}),
            'AudienceRefused',
            None,
        ),
        (
            AuthenticationError(
                'Consent.', msal_error={'error': 'invalid_grant', 'suberror': 'consent_required'}
            ),
            'AudienceRefused',
            None,
        ),
        (
            AuthenticationError('Blocked.', msal_error={'error_codes': [530084]}),
            'ConditionalAccess',
            'AADSTS530084',
        ),
        (
            AuthenticationError(
                "{'error': 'SSO failure, to mitigated it please try to click Jupyter. az login'}",
                msal_error={'error': 'invalid_scope'},
            ),
            'Refused',
            None,
        ),
        (
            AuthenticationError('No.', msal_error={'error': ['x'], 'error_codes': 7}),
            'Refused',
            None,
        ),
        (AuthenticationError("Can't find token from MSAL cache."), 'Expired', None),
        (CLIError('Something else.'), 'Refused', None),
        (requests.ConnectionError('no route'), 'Unavailable', None),
        (requests.exceptions.SSLError('certificate verify failed'), 'Unavailable', None),
        (requests.exceptions.ProxyError('407'), 'Unavailable', None),
        (ConnectionResetError(104, 'Connection reset by peer'), 'Unavailable', None),
        (OSError(errno.ENOSPC, 'No space left on device'), 'Unstored', None),
        (OSError(errno.EFBIG, 'File too large'), 'Unstored', None),
        (
            IsADirectoryError(errno.EISDIR, 'Is a directory', '/x/msal_token_cache.json'),
            'Unstored',
            None,
        ),
        (
            PermissionError(errno.EACCES, 'Permission denied', '/x/msal_token_cache.json'),
            'Unstored',
            None,
        ),
        (json.JSONDecodeError('Expecting value', '<html>', 0), 'Unavailable', None),
        (ValueError('authority'), 'Unavailable', None),
        (KeyError('access_token'), 'Unavailable', None),
        (RuntimeError('ended by SystemExit(1)'), 'Unavailable', None),
        (Exception(), 'Unavailable', None),
    ],
)
def test_whatever_a_sign_in_raises(error, kind, aadsts):
    token = refusal(error, AUDIENCE)
    assert (token.failure.kind, token.aadsts, token.audience) == (
        kind,
        aadsts,
        AUDIENCE,
    ) and token.failure.text
    assert token.value == '' and 'None' not in token.failure.text


PAGE = b'<html><title>Access Denied</title></html>'
OWN = json.dumps({'error': 'server_error', 'correlation_id': CORRELATION}).encode()
NO_JSON = json.JSONDecodeError('Expecting value', '<html>', 0)


@pytest.mark.parametrize(
    'error, last, kind, text',
    [
        (
            NO_JSON,
            Response(403, (('Server', 'CorpProxy/2.1'),), PAGE),
            'Unavailable',
            'an intermediary returned 403 (CorpProxy/2.1: Access Denied)',
        ),
        (
            NO_JSON,
            Response(302),
            'Unavailable',
            'an intermediary returned 302',
        ),
        (
            NO_JSON,
            Response(200, (), PAGE),
            'Unavailable',
            'Microsoft Entra ID returned an unreadable response (200) (Access Denied)',
        ),
        (
            AuthenticationError("Can't find token from MSAL cache."),
            Response(200, (), b'{}'),
            'Unavailable',
            'Microsoft Entra ID returned an unreadable response (200)',
        ),
        (
            AuthenticationError('AADSTS99999: New.'),
            Response(503),
            'Unavailable',
            'AADSTS99999: New.',
        ),
        (
            KeyError('access_token'),
            Response(200),
            'Unavailable',
            'Microsoft Entra ID returned an unreadable response (200)',
        ),
        (
            RuntimeError('HTTP Error: 503'),
            Response(503),
            'Unavailable',
            'Microsoft Entra ID returned 503',
        ),
        (
            RuntimeError('HTTP Error: 503'),
            None,
            'Unavailable',
            'Microsoft Entra ID returned 503',
        ),
        (
            ValueError('HTTP status: 400'),
            Response(400, (), OWN),
            'Unavailable',
            'Microsoft Entra ID returned 400',
        ),
        (
            requests.ConnectionError('no route'),
            Response(200),
            'Unavailable',
            'Microsoft Entra ID: no route',
        ),
        (
            NO_JSON,
            Response(429, (('Retry-After', '7'),), b'Ref A: 1'),
            'Unavailable',
            'an intermediary throttles requests (429), retry after 7 s',
        ),
        (
            ValueError('no'),
            Response(429, (), OWN),
            'Unavailable',
            'Microsoft Entra ID throttles requests (429)',
        ),
        (
            AuthenticationError('AADSTS50196: A loop. Trace ID: 1'),
            Response(400, (('Retry-After', '60'),)),
            'Unavailable',
            'Microsoft Entra ID throttles requests, retry after 60 s: AADSTS50196: A loop.',
        ),
        (
            AuthenticationError('AADSTS50196: A loop.'),
            None,
            'Unavailable',
            'Microsoft Entra ID throttles requests: AADSTS50196: A loop.',
        ),
        (
            AuthenticationError('AADSTS50076: MFA.'),
            Response(400),
            'InteractionNeeded',
            'AADSTS50076: MFA.',
        ),
    ],
)
def test_what_was_answered(error, last, kind, text):
    token = refusal(error, AUDIENCE, last)
    assert (token.failure.kind, token.failure.text) == (kind, text)


@pytest.mark.parametrize(
    'error, last, status, correlation',
    [
        (NO_JSON, Response(500, (), OWN, at='then'), 500, CORRELATION),
        (NO_JSON, Response(502, at='then'), 502, None),
        (NO_JSON, Response(400, (), b'{"correlation_id":"no number"}', at='then'), 400, None),
        (
            AuthenticationError(f'AADSTS50076: x Correlation ID: {CORRELATION}'),
            Response(400, at='then'),
            400,
            CORRELATION,
        ),
    ],
)
def test_what_support_asks_for(error, last, status, correlation):
    token = refusal(error, AUDIENCE, last)
    assert (token.status, token.correlation_id, token.at) == (status, correlation, 'then')


@pytest.mark.parametrize('spell', [str, lambda text: text.encode().hex(), str.upper])
def test_a_secret_that_is_repeated(spell):
    secret = 'q8W7e6R5t4Y3u2I1o0P9a8S7d6F5'
    last = Response(400, (('Server', spell(secret)),), PAGE).without(secret)
    for error in (
        AuthenticationError(f'AADSTS7000215: wrong: {spell(secret)}'),
        NO_JSON,
        CLIError(spell(secret)),
    ):
        told = repr(refusal(error, AUDIENCE, last))
        assert spell(secret)[:16] not in told and '[redacted]' in told


@pytest.mark.parametrize(
    'number, credential, kind',
    [
        (700024, 'federated', 'FederatedTokenExpired'),
        (700024, 'certificate', 'CertificateRefused'),
        (700024, 'secret', 'FederatedTokenExpired'),
        (700024, None, 'FederatedTokenExpired'),
        (700027, 'certificate', 'CertificateRefused'),
        (700027, 'federated', 'FederationRefused'),
        (7000215, 'secret', 'SecretRefused'),
    ],
)
def test_what_the_credential_makes_of_a_refusal(number, credential, kind):
    token = refine(refusal(AuthenticationError(f'AADSTS{number}: no'), AUDIENCE), credential)
    assert (token.failure.kind, token.credential, token.number) == (kind, credential, str(number))


def test_a_policy_is_named():
    token = refusal(AuthenticationError('AADSTS530084: Blocked.'), AUDIENCE)
    assert (token.failure.kind, token.policy) == ('ConditionalAccess', 'token protection')
    assert refusal(AuthenticationError('AADSTS50076: MFA.'), AUDIENCE).policy is None


def test_a_token_s_value_is_not_in_its_representation():
    assert 'e.y.J' not in repr(Token('e.y.J', 't', AUDIENCE))


def test_what_lies_under_the_words_of_msal():
    try:
        try:
            raise ValueError(
                'OIDC Discovery failed. Error: AADSTS90002: Tenant x not found. Correlation ID: '
                f'{CORRELATION}'
            )
        except ValueError:
            raise ValueError('Unable to get authority configuration for https://login.example/x.')
    except ValueError as error:
        token = refusal(error, AUDIENCE)
    assert (token.failure.kind, token.aadsts, token.correlation_id) == (
        'WrongTenant',
        'AADSTS90002',
        CORRELATION,
    )
    assert token.failure.text == 'AADSTS90002: Tenant x not found.'


def test_the_tail_of_entra_s_words_becomes_facts():
    token = refusal(
        AuthenticationError(
            f'AADSTS50076: Use MFA. Trace ID: 1 Correlation ID: {CORRELATION} Timestamp: 2026'
        ),
        AUDIENCE,
    )
    assert (token.failure.text, token.correlation_id) == ('AADSTS50076: Use MFA.', CORRELATION)
    assert token.at.endswith('Z')


@given(st.text())
def test_any_words_make_a_kind(text):
    for error in (
        CLIError(text),
        AuthenticationError(text),
        ValueError(text),
        OSError(text),
        RuntimeError(text),
    ):
        token = refusal(error, AUDIENCE)
        assert token.failure.kind and token.failure.text and not token.value
