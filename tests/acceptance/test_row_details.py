# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the rows of some faults show besides code and reason."""

from __future__ import annotations

from typing import Optional

import pytest

from tests.acceptance.codes import EVIL, FORBIDDEN, HOST, LOGIN_SERVER, REALM, REFRESH, SERVICE, SSL
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import errors


class TestDetails:
    """What the rows of some faults show besides code and reason."""

    @pytest.mark.parametrize('stage', ['challenge', 'exchange', 'token'])
    def test_firewall(self, sandbox: Sandbox, stage: str) -> None:
        sandbox.set_fault(f'{stage}@contoso', 'denied')
        run = check(sandbox, '-n', 'contoso')
        row = next(row for row in run.report['checks'] if row['status'] == 'Failed')
        assert row['facts']['clientIp'] == errors.CLIENT_IP and errors.CLIENT_IP in row['detail']
        assert (
            row['facts']['status'] == 403
            and row['facts']['correlationId']
            and row['facts']['server'] == 'openresty'
        )
        assert (
            f'az acr network-rule add --name contoso --ip-address {errors.CLIENT_IP}'
            in row['solutions'][0]
        )
        assert 'az login' not in run.finished.stderr
        assert row['documentation'] == 'https://aka.ms/acr/errors#connectivity_forbidden_error'

    def test_public_access_is_off(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry('contoso', {'properties': {'publicNetworkAccess': 'Disabled'}})
        sandbox.set_fault('auth@contoso', 'denied')
        run = check(sandbox, '-n', 'contoso')
        row = run.has('refresh-token', 'Failed', FORBIDDEN, 'PublicAccessDisabled')
        assert (
            row['facts']['clientIp'] == errors.CLIENT_IP
            and 'network-rule' not in row['solutions'][0]
        )

    @pytest.mark.parametrize(
        'address, expected_address',
        [
            ('2001:db8::7', '2001:db8::7'),
            ('300.2.3.4', None),
            ('$(rm -rf ~)', None),
            ('1.2.3.4`; rm -rf ~', '1.2.3.4'),
        ],
    )
    def test_only_an_address_enters_a_command(
        self, sandbox: Sandbox, address: str, expected_address: Optional[str]
    ) -> None:
        text = f"client with IP '{address}' is not allowed access."
        body = '{"errors":[{"code":"DENIED","message":"%s"}]}' % text
        sandbox.set_fault('exchange@contoso', f'body:403:application/json:{body}')
        row = check(sandbox, '-n', 'contoso').has(
            'refresh-token',
            'Failed',
            FORBIDDEN,
            'ClientIpNotAllowed' if expected_address else 'AccessDenied',
        )
        assert not [solution for solution in row['solutions'] if 'rm -rf' in solution]
        assert not expected_address or f'--ip-address {expected_address}`.' in row['solutions'][0]

    def test_proxy_page(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'forbidden')
        row = check(sandbox, '-n', 'contoso').row('challenge')
        assert 'CorpProxy/2.1' in row['detail'] and '<' not in row['detail']
        assert not [text for text in row['solutions'] if 'network-rule' in text]

    def test_throttled(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('exchange@contoso', 'throttled:17')
        row = check(sandbox, '-n', 'contoso').row('refresh-token')
        assert row['facts']['retryAfter'] == '17' and 'Too many requests' in row['detail']
        assert len(sandbox.requests('exchange')) == 1

    def test_name_not_found(self, sandbox: Sandbox) -> None:
        sandbox.set_fault(f'dns@{HOST}', 'nxdomain')
        run = check(sandbox, '-n', 'contoso')
        row = run.row('dns')
        assert HOST in row['detail'] and 'nslookup contoso.azurecr.test' in row['solutions'][0]
        assert row['documentation'] == 'https://aka.ms/acr/errors#connectivity_dns_error'
        assert sandbox.connections()['accepted'].get(HOST) is None

    def test_ca_bundle(self, sandbox: Sandbox) -> None:
        run = check(sandbox, '-n', 'contoso', env={'REQUESTS_CA_BUNDLE': '/nowhere/ca.pem'})
        run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable')
        row = run.has('tls', 'Failed', SSL, 'CaBundleUnreadable')
        assert (
            '/nowhere/ca.pem' in row['detail'] and row['facts']['caSource'] == 'REQUESTS_CA_BUNDLE'
        )

    def test_several_addresses(self, sandbox: Sandbox) -> None:
        sandbox.set_address('127.0.5.1', 'refuse')
        sandbox.set_dns(HOST, a=['127.0.5.1', '127.0.0.1'], aaaa=['::1'])
        sandbox.set_address('::1', 'refuse')
        run = check(sandbox, '-n', 'contoso')
        facts = run.row('dns')['facts']
        assert {address['address'] for address in facts['addresses']} == {
            '127.0.5.1',
            '127.0.0.1',
            '::1',
        }
        assert {address['family'] for address in facts['addresses']} == {'IPv4', 'IPv6'}
        row = run.has('connection', 'Warning', 'CONNECTIVITY_CHALLENGE_ERROR', 'AddressUnreachable')
        assert row['facts']['address'] == '127.0.0.1' and '(IPv6 and IPv4, ' in row['detail']

    def test_only_ipv6(self, sandbox: Sandbox) -> None:
        sandbox.set_address('::1')
        sandbox.set_dns(HOST, aaaa=['::1'])
        run = check(sandbox, '-n', 'contoso')
        assert run.finished.code == 0 and run.row('connection')['facts']['address'] == '::1'


class TestChallenges:
    """Unusual challenges that are valid."""

    @pytest.mark.parametrize(
        'value',
        [
            f'Basic realm="a, b", Bearer {REALM}, {SERVICE}, scope="repository:x:pull,push"',
            f'Basic realm="a"\nBearer   {REALM} , {SERVICE}',
            f'Bearer {REALM},{SERVICE}\nNegotiate',
            f'BEARER REALM="https://CONTOSO.azurecr.test:443/oauth2/token",SERVICE="{HOST}"',
            f', ,Bearer {SERVICE},\terror="insufficient_scope" , {REALM},,',
            f'Bearer realm = "https://{HOST}/oauth2/token", service = {HOST}',
            f'Bearer realm="https://contoso.azurecr\\.test/oauth2/token",{SERVICE}',
        ],
    )
    def test_read(self, sandbox: Sandbox, value: str) -> None:
        sandbox.set_fault('challenge@contoso', f'challenge:{value}')
        assert check(sandbox, '-n', 'contoso').statuses()['access-token'] == 'Passed'

    def test_the_service_asked_for_is_the_one_named(self, sandbox: Sandbox) -> None:
        sandbox.set_fault(
            'challenge@contoso', f'challenge:Bearer {REALM},service="elsewhere.example.test"'
        )
        check(sandbox, '-n', 'contoso').has('refresh-token', 'Failed', REFRESH, 'UnknownErrorCode')
        assert sandbox.requests('exchange')[0]['form']['service'] == 'elsewhere.example.test'

    @pytest.mark.parametrize('spec', ['foreignrealm', 'httprealm'])
    def test_no_other_host_gets_a_token(self, sandbox: Sandbox, spec: str) -> None:
        sandbox.set_fault('challenge@contoso', spec)
        run = check(sandbox, '-n', 'contoso', '--repository', 'hello')
        assert 'No token was sent' in run.row('challenge')['cause']
        assert run.statuses()['refresh-token'] == 'Skipped'
        assert not [
            request
            for request in sandbox.requests()
            if request['tokenReceived'] and request['host'] in (EVIL, HOST)
        ]
        assert EVIL not in sandbox.connections()['accepted']
