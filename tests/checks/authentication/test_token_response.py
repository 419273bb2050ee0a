# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of token responses, and the rows that both token endpoints share."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from azext_acrhealth.catalogue.authentication import access_token as problems
from azext_acrhealth.checks.authentication.token_response import (
    ValidityPeriod,
    times_of,
    token_failure,
    validity_error,
)
from azext_acrhealth.checks.connectivity.error_responses import facts_of
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from tests.checks.fake_probes import (
    ACCOUNT,
    DENIED,
    DENIED_ADDRESS,
    HOST,
    REGISTRY_ID,
    TOO_MANY,
    UNAUTHORIZED,
    FakeConnection,
    response,
    signed,
    token_response,
)
from tests.checks.table import Row

FORBIDDEN, THROTTLED = 'CONNECTIVITY_FORBIDDEN_ERROR', 'CONNECTIVITY_TOOMANYREQUESTS_ERROR'
AT = LoginServer(HOST, FakeConnection(), True, {'id': REGISTRY_ID})


def resource_with_rules(*allowed: str, public: str = 'Enabled') -> dict[str, Any]:
    """Return a registry's resource with IP rules for these addresses."""
    rules = [{'action': 'Allow', 'value': value} for value in allowed]
    return {
        'id': REGISTRY_ID,
        'properties': {
            'publicNetworkAccess': public,
            'networkRuleSet': {'defaultAction': 'Deny', 'ipRules': rules},
        },
    }


NO_INBOUND_ACCESS = AT._replace(resource=resource_with_rules(public='Disabled'))
WITH_MATCHING_RULE = AT._replace(resource=resource_with_rules('203.0.113.0/24'))
ENDPOINT = {'properties': {'privateLinkServiceConnectionState': {'status': 'Approved'}}}
WITH_ENDPOINT = AT._replace(
    resource={
        **resource_with_rules('198.51.100.0/24'),
        'properties': {
            **resource_with_rules('198.51.100.0/24')['properties'],
            'privateEndpointConnections': [ENDPOINT],
        },
    },
)
KEY_ID = 'https://vault1.vault.azure.net/keys/key1'
IDENTITY = (
    '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09501/resourceGroups/g/providers'
    '/Microsoft.ManagedIdentity/userAssignedIdentities/keys1'
)


def with_key(identity: str) -> LoginServer:
    """Return a registry whose key is accessed by an identity: `system` or a client ID."""
    key = {'identity': identity, 'keyIdentifier': f'{KEY_ID}/0123456789abcdef'}
    return AT._replace(
        resource={
            'id': REGISTRY_ID,
            'identity': {'userAssignedIdentities': {IDENTITY: {'clientId': ACCOUNT}}},
            'properties': {'encryption': {'status': 'enabled', 'keyVaultProperties': key}},
        },
    )


PRIVATE = AT._replace(connection=FakeConnection().resolving('10.1.2.3'))


def silent(kind: str) -> Response:
    return response(failure=Failure(kind, 'it said so'))


def denial_rows(make_row: Any) -> tuple[Row, ...]:
    """Return the rows that every endpoint of the registry shares: by the registry's own errors."""
    return (
        *firewall_rows(make_row),
        *key_rows(make_row),
        *upstream_rows(make_row),
        make_row(
            'throttled',
            'Failed',
            f'{THROTTLED} TooManyRequests',
            response(429, TOO_MANY, Retry_After='9'),
            facts={'retryAfter': '9', 'writtenBy': 'registry'},
            detail='retry after 9 s: slow down',
        ),
        make_row(
            'throttled, with another status',
            'Failed',
            f'{THROTTLED} TooManyRequests',
            response(503, TOO_MANY),
            detail='the registry throttles requests (503): slow down',
        ),
        make_row(
            'throttled by Azure Front Door',
            'Failed',
            f'{THROTTLED} ThrottledByFrontDoor',
            response(429, b'Ref A: 1 Ref B: 2'),
            facts={'retryAfter': None, 'writtenBy': 'front door'},
            detail='in front of the registry throttles requests (429): Ref A: 1 Ref B: 2',
        ),
    )


def error_of(status: int, code: str, message: str) -> Response:
    """Return an error of the registry."""
    return response(status, json.dumps({'errors': [{'code': code, 'message': message}]}).encode())


def own_code_rows(make_row: Any, code: str) -> tuple[Row, ...]:
    """Return the rows of an unknown code, and of a request that is too large."""
    return (
        make_row(
            'a code without an explanation',
            'Failed',
            f'{code} UnknownErrorCode',
            error_of(409, 'BREW_FAILED', 'I am a teapot'),
            detail='BREW_FAILED: I am a teapot (409 Conflict)',
            facts={'errorCode': 'BREW_FAILED', 'status': 409},
        ),
        make_row(
            'too large for an intermediary',
            'Failed',
            f'{code} RequestTooLarge',
            response(413, b'<title>413 Request Entity Too Large</title>', Server='nginx'),
            detail='413 from nginx: 413 Request Entity Too Large',
            facts={'pageTitle': '413 Request Entity Too Large'},
        ),
        make_row(
            'too large for the registry',
            'Failed',
            f'{code} RequestTooLarge',
            error_of(413, 'BREW_FAILED', 'no more'),
            detail='BREW_FAILED: no more (413 Request Entity Too Large)',
        ),
    )


INACTIVE = error_of(
    403,
    'DENIED',
    'The identity associated with the registry is inactive. This could be due to attempted '
    'removal of the identity. Reassign the identity manually',
)
KEY_FORBIDDEN = error_of(
    403,
    'DENIED',
    'Access to Key Encryption Key is forbidden. View troubleshooting steps at '
    'https://aka.ms/acr/cmk',
)


def key_rows(make_row: Any) -> tuple[Row, ...]:
    """Return the rows of a registry that can't use its key."""
    return (
        make_row(
            'an inactive identity',
            'Failed',
            'CMK_ERROR IdentityInactive',
            INACTIVE,
            detail='The identity associated with the registry is inactive',
            solution='support request',
            unfilled_placeholders=['identity'],
        ),
        make_row(
            'an inactive user-assigned identity',
            'Failed',
            'CMK_ERROR UserIdentityInactive',
            INACTIVE,
            at=with_key(ACCOUNT),
            facts={'identity': ACCOUNT},
            solution=f'--identities {IDENTITY}`',
        ),
        make_row(
            'an inactive identity that is not attached',
            'Failed',
            'CMK_ERROR UserIdentityInactive',
            INACTIVE,
            at=with_key('0b1f6471-1bf0-4dda-aec3-cb9272f09501'),
            unfilled_placeholders=['identity'],
        ),
        make_row(
            'an inactive system-assigned identity',
            'Failed',
            'CMK_ERROR SystemIdentityInactive',
            INACTIVE,
            at=with_key('system'),
            facts={'identity': 'system'},
            solution='support request',
        ),
        make_row(
            'a key that the registry may not use',
            'Failed',
            'CMK_ERROR KeyAccessForbidden',
            KEY_FORBIDDEN,
            at=with_key('system'),
            detail='Access to Key Encryption Key is forbidden',
            solution=f'az keyvault key show --id {KEY_ID} ',
        ),
        make_row(
            'a key of a registry that could not be read',
            'Failed',
            'CMK_ERROR KeyAccessForbidden',
            replace(KEY_FORBIDDEN, status=401),
            unfilled_placeholders=['key_id', 'vault', 'vault', 'key'],
        ),
        make_row(
            'a key, with a status that means something else',
            'Failed',
            'CMK_ERROR KeyAccessForbidden',
            replace(KEY_FORBIDDEN, status=404),
            unfilled_placeholders=['key_id', 'vault', 'vault', 'key'],
        ),
    )


CACHE = "for cache rule 'docker-io'"


def upstream_rows(make_row: Any) -> tuple[Row, ...]:
    """Return the row of the source registry behind a cache rule, where every endpoint has it."""
    return (
        make_row(
            'the source throttles',
            'Failed',
            f'{THROTTLED} UpstreamThrottled',
            error_of(429, 'TOOMANYREQUESTS', f'too many requests to source registry {CACHE}'),
            facts={'cacheRule': 'docker-io', 'source': None},
            solution='az acr cache update --registry myregistry --name docker-io --cred-set',
        ),
    )


def firewall_rows(make_row: Any) -> tuple[Row, ...]:
    """Return the rows of denials by the registry's firewall."""
    return (
        make_row(
            'an invalid address is denied',
            'Failed',
            f'{FORBIDDEN} AccessDenied',
            response(403, DENIED_ADDRESS.replace(b'203.0.113.7', b'203.0.113.7:1')),
            detail='203.0.113.7:1',
        ),
        make_row(
            'an address is denied',
            'Failed',
            f'{FORBIDDEN} ClientIpNotAllowed',
            response(403, DENIED_ADDRESS),
            facts={'clientIp': '203.0.113.7'},
            solution='--ip-address 203.0.113.7',
        ),
        make_row(
            'public access is off',
            'Failed',
            f'{FORBIDDEN} PublicAccessDisabled',
            response(403, DENIED_ADDRESS),
            at=NO_INBOUND_ACCESS,
            facts={'clientIp': '203.0.113.7'},
            detail='public access is disabled; the registry denies client IP 203.0.113.7',
            solution='private endpoint',
        ),
        make_row(
            'a rule allows it',
            'Failed',
            f'{FORBIDDEN} RuleNotYetEffective',
            response(403, DENIED_ADDRESS),
            at=WITH_MATCHING_RULE,
            facts={'matchingRule': '203.0.113.0/24', 'ipRules': 1, 'defaultAction': 'Deny'},
            solution='Wait',
        ),
        make_row(
            'all networks are allowed',
            'Failed',
            f'{FORBIDDEN} RuleNotYetEffective',
            response(403, DENIED_ADDRESS),
            at=AT._replace(
                resource={
                    'id': REGISTRY_ID,
                    'properties': {'networkRuleSet': {'defaultAction': 'Allow'}},
                },
            ),
            detail='although the default action is Allow',
        ),
        make_row(
            'routed outside private link',
            'Failed',
            f'{FORBIDDEN} RoutedOutsidePrivateLink',
            response(403, DENIED_ADDRESS),
            at=PRIVATE,
            facts={'resolved': ['10.1.2.3'], 'clientIp': '203.0.113.7'},
            solution=f',{HOST}"',
        ),
        make_row(
            'the private endpoint is not used',
            'Failed',
            f'{FORBIDDEN} PrivateEndpointNotUsed',
            response(403, DENIED_ADDRESS),
            at=WITH_ENDPOINT,
            facts={'privateEndpoints': 1, 'clientIp': '203.0.113.7'},
            detail=f"the private endpoint isn't used because {HOST} resolves to 203.0.113.10",
            solution='`privatelink.azurecr.io` to the network of this machine',
        ),
        make_row(
            'a private address',
            'Failed',
            f'{FORBIDDEN} PrivateClientIp',
            response(403, DENIED_ADDRESS.replace(b'203.0.113.7', b'10.9.8.7')),
            solution='service endpoint',
        ),
    )


def failure_rows(make_row: Any, code: str) -> tuple[Row, ...]:
    """Return the rows that both token endpoints share."""
    return (
        make_row(
            'unauthorized',
            'Failed',
            f'{code} Unauthorized',
            response(401, UNAUTHORIZED),
            detail='the registry rejects this account (401): authentication required',
            facts={'status': 401, 'correlationId': 'c0ffee'},
            solution='az role assignment create',
        ),
        make_row(
            'denied, without an address', 'Failed', f'{code} Unauthorized', response(403, DENIED)
        ),
        *denial_rows(make_row),
        *own_code_rows(make_row, code),
        make_row(
            'denied by a proxy',
            'Failed',
            f'{code} BlockedByIntermediary',
            response(403, b'blocked', Server='squid'),
            detail='403 from squid: blocked',
            solution=f'https://{HOST}/oauth2/',
        ),
        *(
            make_row(
                f'status {status}',
                'Failed',
                f'{code} ServerError',
                response(status, x_ms_correlation_request_id=ACCOUNT),
                unfilled_placeholders=[],
            )
            for status in (500, 503)
        ),
        *(
            make_row(f'status {status}', 'Failed', f'{code} UnexpectedStatus', response(status))
            for status in (201, 302, 400, 404)
        ),
        make_row(
            'no token',
            'Failed',
            f'{code} UnreadableResponse',
            response(200),
            detail='has no token',
        ),
        make_row(
            'a token for another registry',
            'Failed',
            f'{code} TokenForAnotherRegistry',
            token_response(signed(aud='other.azurecr.io')),
            detail=f'the token is for other.azurecr.io, not for {HOST}',
        ),
        make_row('not HTTP', 'Failed', f'{code} UnreadableResponse', silent('NotHttp')),
        make_row(
            'a timeout', 'Failed', f'{code} ResponseTimeout', silent('Timeout'), detail='it said so'
        ),
        *(
            make_row(
                f'connection lost: {kind}', 'Failed', f'{code} ResponseIncomplete', silent(kind)
            )
            for kind in ('Cut', 'Refused', 'Unreachable', 'Expired')
        ),
        make_row(
            'reset',
            'Failed',
            f'{code} ResponseReset',
            silent('Reset'),
            solution=f'https://{HOST}/oauth2/',
        ),
    )


ENDPOINT_PROBLEMS = {
    'Cut': problems.TOKEN_INCOMPLETE,
    'server': problems.TOKEN_SERVER_ERROR,
    'status': problems.TOKEN_STATUS,
    'refused': problems.TOKEN_REFUSED,
    'foreign': problems.TOKEN_BLOCKED_BY_INTERMEDIARY,
    'audience': problems.TOKEN_MISMATCH,
}
REGIONAL = AT._replace(host=f'{HOST.partition(".")[0]}.eastus.geo.azurecr.io', suffix='.azurecr.io')


@pytest.mark.parametrize(
    'login, token',
    [
        (AT, 'opaque'),
        (AT, signed()),
        (AT, signed(aud=HOST)),
        (AT, signed(aud=HOST.upper())),
        (AT, signed(aud=['other.azurecr.io', HOST])),
        (AT, signed(aud=7)),
        (AT, signed(aud='')),
        (REGIONAL, signed(aud=HOST)),
        (REGIONAL, signed(aud=REGIONAL.host)),
        (
            AT._replace(host='reg-x1.azurecr.io', resource={'properties': {'loginServer': HOST}}),
            signed(aud=HOST),
        ),
    ],
)
def test_a_token_is_not_a_failure(login: LoginServer, token: str) -> None:
    assert token_failure(token_response(token), ENDPOINT_PROBLEMS, login, {}, {}) is None


@pytest.mark.parametrize(
    'login, audience',
    [
        (AT, 'other.azurecr.io'),
        (AT, ['other.azurecr.io', 'https://management.azure.com']),
        (AT, f'{HOST}.evil.example'),
        (REGIONAL, 'other.azurecr.io'),
        (REGIONAL, f'{HOST.partition(".")[0]}.azurecr.cn'),
    ],
)
def test_a_token_for_another_registry(login: LoginServer, audience: object) -> None:
    outcome = token_failure(
        token_response(signed(aud=audience)), ENDPOINT_PROBLEMS, login, {}, {'scope': 's'}
    )
    assert outcome and outcome.problem is problems.TOKEN_MISMATCH and outcome.value is None
    names = audience if isinstance(audience, list) else [audience]
    assert outcome.facts == {
        'scope': 's',
        'tokenAudience': names,
        **facts_of(token_response().response),
    }
    assert outcome.detail == f'the token is for {", ".join(names)}, not for {login.host}'


@pytest.mark.parametrize(
    'correlation_id, placeholders',
    [(ACCOUNT, {'correlation_id': ACCOUNT, 'at': '2026-01-02T03:04:05Z'}), ('`rm -rf ~`', {})],
)
def test_only_a_correlation_id_enters_a_solution(
    correlation_id: str, placeholders: dict[str, str]
) -> None:
    given = replace(response(503), headers=(('x-ms-correlation-request-id', correlation_id),))
    outcome = token_failure(
        token_response(None, given), ENDPOINT_PROBLEMS, AT, {'host': 'h'}, {'scope': 's'}
    )
    assert outcome and outcome.problem is problems.TOKEN_SERVER_ERROR
    assert outcome.placeholders == {'host': 'h', **placeholders} and outcome.facts['scope'] == 's'


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize(
    'claims, text',
    [
        ({'nbf': SECONDS - 900, 'exp': SECONDS + 900}, None),
        ({'exp': SECONDS - 30}, None),
        ({'nbf': SECONDS + 30}, None),
        ({'exp': SECONDS - 90}, 'it expired 90 s ago'),
        ({'nbf': SECONDS + 90}, 'it becomes valid in 90 s by'),
        ({'exp': 0}, 'it expired'),
        ({'nbf': 253402300799}, 'it becomes valid in'),
        ({}, None),
    ],
)
def test_the_times_of_a_token(claims: dict[str, Any], text: str | None) -> None:
    error = validity_error(signed(**claims), NOW)
    assert (error is None) == (text is None) and (text or '') in (error or '')


@pytest.mark.parametrize(
    'value',
    [
        -1,
        -1e308,
        1e300,
        10**400,
        float('nan'),
        float('inf'),
        True,
        None,
        '1767323045',
        'soon',
        [1],
        {},
    ],
    ids=repr,
)
@pytest.mark.parametrize('name', ['exp', 'nbf', 'EXP'])
def test_invalid_times_are_reported_as_unreadable(name: str, value: Any) -> None:
    token = (
        'e30.'
        + base64.urlsafe_b64encode(json.dumps({name: value}).encode()).decode().strip('=')
        + '.'
    )
    assert (
        times_of(token) == ValidityPeriod(unreadable=(name.lower(),))
        and validity_error(token, NOW) is None
    )
    assert (
        times_of(token).facts == {'unreadableTimes': [name.lower()]}
        and times_of('opaque').facts == {}
    )


@pytest.mark.parametrize('token', [None, '', 'opaque', 'a.b.c'])
def test_a_token_without_times(token: str | None) -> None:
    assert validity_error(token, NOW) is None


def test_a_retry_is_shown() -> None:
    given = replace(response(503), earlier=response(429))
    outcome = token_failure(token_response(None, given), ENDPOINT_PROBLEMS, AT, {}, {})
    assert outcome and '(503) (second attempt; the first returned 429): ' in outcome.detail
    assert outcome.facts['firstTry']['status'] == 429
