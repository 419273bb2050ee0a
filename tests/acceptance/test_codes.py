# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Each documented code by its real cause: a fault of the sandbox, and the row that it must give."""

from __future__ import annotations

import pathlib
import sys
from typing import Any, NamedTuple, Optional

import pytest

from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import azure_cli
from tests.sandbox.services import cloud, errors

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
PASSING = (
    'login-server',
    'dns',
    'proxy',
    'connection',
    'tls',
    'challenge',
    'refresh-token',
    'access-token',
    'clock',
)
# Before 3.12.3 Python's TLS takes a reset for the connection's end (gh-115627), so that both read
# as cut.
RESET = 'ResponseReset' if sys.version_info >= (3, 12, 3) else 'ResponseIncomplete'
# Faults that are waited for end with the run.
SHORT = ('--timeout', '2')


class Case(NamedTuple):
    """A fault at a stage of contoso, and the row that must tell of it."""

    stage: str
    spec: str
    check: str
    code: str
    reason: str
    arguments: tuple[str, ...] = ()


def of_token_service(stage: str, row: str, code: str) -> tuple[Case, ...]:
    """Return what both endpoints of the token service have in common."""
    shared = {
        'status:400': 'UnexpectedStatus',
        'status:401': 'Unauthorized',
        'status:403': 'Unauthorized',
        'status:404': 'UnexpectedStatus',
        'status:500': 'ServerError',
        'status:503': 'ServerError',
        'forbidden': 'BlockedByIntermediary',
        'notjson': 'UnreadableResponse',
        'empty': 'UnreadableResponse',
        'null': 'UnreadableResponse',
        '{}': 'UnreadableResponse',
        'list': 'UnreadableResponse',
        'huge': 'UnreadableResponse',
        'binary': 'UnreadableResponse',
        'deep': 'UnreadableResponse',
        'garbage': 'UnreadableResponse',
        'truncated': 'ResponseIncomplete',
        'reset': RESET,
        'close': 'ResponseIncomplete',
        'escape:401': 'Unauthorized',
        f'redirect:https://{EVIL}/oauth2/token': 'UnexpectedStatus',
    }
    return (
        *(Case(stage, spec, row, code, reason) for spec, reason in shared.items()),
        Case(stage, 'hang', row, code, 'ResponseTimeout', SHORT),
    )


CASES = (
    Case('dns', 'nxdomain', 'dns', DNS, 'NotInLocalDns'),
    Case('dns', 'nodata', 'dns', DNS, 'NoAddress'),
    Case('dns', 'servfail', 'dns', DNS, 'ResolverFailed'),
    Case('dns', 'refused', 'dns', DNS, 'ResolverFailed'),
    Case('dns', 'silent', 'dns', DNS, 'ResolverFailed'),
    Case('dns', 'silent', 'dns', DNS, 'ResolverTimeout', ('--timeout', '0.7')),
    Case('tcp', 'refuse', 'connection', CHALLENGE, 'ConnectionRefused'),
    Case('tcp', 'silent', 'connection', CHALLENGE, 'ConnectTimeout', SHORT),
    Case('tcp', 'unreachable', 'connection', CHALLENGE, 'Unreachable'),
    Case('tcp', 'reset', 'tls', SSL, 'HandshakeReset'),
    Case('tcp', 'close', 'tls', SSL, 'HandshakeInterrupted'),
    Case('tls', 'cert:expired', 'tls', SSL, 'CertificateExpired'),
    Case('tls', 'cert:notyet', 'tls', SSL, 'CertificateNotYetValid'),
    Case('tls', 'cert:wronghost', 'tls', SSL, 'CertificateWrongName'),
    Case('tls', 'cert:selfsigned', 'tls', SSL, 'CertificateSelfSigned'),
    Case('tls', 'cert:foreign', 'tls', SSL, 'TlsIntercepted'),
    Case('tls', 'cert:nochain', 'tls', SSL, 'CertificateUntrusted'),
    Case('tls', 'plain', 'tls', SSL, 'NotTls'),
    Case('tls', 'garbage', 'tls', SSL, 'NotTls'),
    Case('tls', 'old', 'tls', SSL, 'ProtocolTooOld'),
    Case('tls', 'alert', 'tls', SSL, 'HandshakeFailed'),
    Case('tls', 'reset', 'tls', SSL, 'HandshakeReset'),
    Case('tls', 'close', 'tls', SSL, 'HandshakeInterrupted'),
    Case('tls', 'hang', 'tls', SSL, 'HandshakeTimeout', SHORT),
    Case('challenge', 'hang', 'challenge', CHALLENGE, 'ResponseTimeout', SHORT),
    Case('challenge', 'reset', 'challenge', CHALLENGE, RESET),
    Case('challenge', 'close', 'challenge', CHALLENGE, 'ResponseIncomplete'),
    Case('challenge', 'truncated', 'challenge', CHALLENGE, 'ResponseIncomplete'),
    Case('challenge', 'garbage', 'challenge', CHALLENGE, 'NotHttp'),
    Case('challenge', 'status:400', 'challenge', CHALLENGE, 'UnexpectedStatus'),
    Case('challenge', 'status:404', 'challenge', CHALLENGE, 'NotARegistry'),
    Case('challenge', 'status:500', 'challenge', CHALLENGE, 'ServerError'),
    Case('challenge', 'status:503', 'challenge', CHALLENGE, 'ServerError'),
    Case('challenge', 'escape:500', 'challenge', CHALLENGE, 'ServerError'),
    Case('challenge', 'notjson', 'challenge', CHALLENGE, 'UnexpectedSuccess'),
    Case('challenge', 'empty', 'challenge', CHALLENGE, 'UnexpectedSuccess'),
    Case('challenge', 'huge', 'challenge', CHALLENGE, 'UnexpectedSuccess'),
    Case('challenge', f'redirect:https://{EVIL}/', 'challenge', CHALLENGE, 'Redirected'),
    Case('challenge', f'redirect:307:https://{EVIL}/v2/', 'challenge', CHALLENGE, 'Redirected'),
    Case('challenge', 'forbidden', 'challenge', CHALLENGE, 'BlockedByIntermediary'),
    Case('challenge', 'nochallenge', 'challenge', CHALLENGE, 'NoChallenge'),
    Case('challenge', 'challenge:"""', 'challenge', CHALLENGE, 'UnreadableChallenge'),
    Case(
        'challenge',
        f'challenge:Bearer realm="https://{HOST}/oauth2/token',
        'challenge',
        CHALLENGE,
        'UnreadableChallenge',
    ),
    Case(
        'challenge',
        f'challenge:Bearer realm="https://{HOST}@{EVIL}/oauth2/token",{SERVICE}',
        'challenge',
        CHALLENGE,
        'UnreadableChallenge',
    ),
    Case(
        'challenge',
        f'challenge:Bearer {REALM},service="a&b"',
        'challenge',
        CHALLENGE,
        'UnreadableChallenge',
    ),
    Case('challenge', 'foreignrealm', 'challenge', CHALLENGE, 'RealmMismatch'),
    Case(
        'challenge',
        f'challenge:Bearer realm="https://{HOST}.{EVIL}/oauth2/token",{SERVICE}',
        'challenge',
        CHALLENGE,
        'RealmMismatch',
    ),
    Case(
        'challenge',
        f'challenge:Bearer realm="https://{HOST}:8443/oauth2/token",{SERVICE}',
        'challenge',
        CHALLENGE,
        'RealmMismatch',
    ),
    Case('challenge', 'httprealm', 'challenge', CHALLENGE, 'InsecureRealm'),
    Case('challenge', 'challenge:Negotiate', 'challenge', AAD_LOGIN, 'NoBearerChallenge'),
    Case(
        'challenge',
        'challenge:Basic realm="a, Bearer b"',
        'challenge',
        AAD_LOGIN,
        'NoBearerChallenge',
    ),
    Case('challenge', 'challenge:Bearer', 'challenge', AAD_LOGIN, 'IncompleteChallenge'),
    Case('challenge', f'challenge:Bearer {REALM}', 'challenge', AAD_LOGIN, 'IncompleteChallenge'),
    Case('challenge', f'challenge:Bearer {SERVICE}', 'challenge', AAD_LOGIN, 'IncompleteChallenge'),
    *(
        Case(stage, 'denied', row, FORBIDDEN, 'ClientIpNotAllowed')
        for stage, row in (
            ('challenge', 'challenge'),
            ('exchange', 'refresh-token'),
            ('token', 'access-token'),
        )
    ),
    Case('challenge', 'status:403', 'challenge', FORBIDDEN, 'AccessDenied'),
    Case('challenge', 'escape:403', 'challenge', FORBIDDEN, 'AccessDenied'),
    *(
        Case(stage, spec, row, THROTTLED, reason)
        for stage, row in (
            ('challenge', 'challenge'),
            ('exchange', 'refresh-token'),
            ('token', 'access-token'),
        )
        for spec, reason in (
            ('throttled:17', 'TooManyRequests'),
            ('frontdoor', 'ThrottledByFrontDoor'),
        )
    ),
    *of_token_service('exchange', 'refresh-token', REFRESH),
    *of_token_service('token', 'access-token', ACCESS),
    Case('token', 'opaque', 'access-token', ACCESS, 'UnreadableToken', ('--repository', 'hello')),
    Case('token', 'noaccess', 'access-token', ACCESS, 'UnreadableToken', ('--repository', 'hello')),
    Case(
        'token', 'grant:pull', 'access-token', ACCESS, 'ActionsMissing', ('--repository', 'hello')
    ),
)
# The codes that this module raises by their real causes; those of the tools stand in the tests of
# the tools.
CODES = frozenset({*(case.code for case in CASES), LOGIN_SERVER, CMK, ARM_READ})
NAMES = [
    f'{case.stage} {case.spec[:40]}{" in a hurry" if case.arguments == SHORT else ""}'
    for case in CASES
]


# A resolver that is silent is waited for 10 s, whatever else is 5 s at most; the rest is the CLI's
# start.
SECONDS = 18.0
# What must not have been asked for when a row failed.
LATER = {
    **dict.fromkeys(('dns', 'connection'), ('challenge', 'exchange', 'token')),
    # Whoever shows an old certificate is asked for the time, without a credential.
    **dict.fromkeys(('tls', 'challenge'), ('exchange', 'token')),
    'refresh-token': ('token',),
    'access-token': (),
}


def nothing_astray(sandbox: Sandbox, case: Case) -> None:
    """Assert that nothing was asked for after a failure, nothing often, and that no token went to another host."""
    requests = sandbox.requests()
    asked = [one['stage'] for one in requests]
    # A token that is out of date here is tried all the same.
    assert not set(asked) & set(LATER[case.check] if case.reason != 'TokenNotValidNow' else ())
    assert max(map(asked.count, ('challenge', 'exchange', 'token', 'arm-list'))) <= 3
    ours = (HOST, cloud.ARM_HOST, cloud.LOGIN_HOST)
    assert {one['host'] for one in requests} <= {*ours, cloud.SAMPLE_HOST}
    assert not [
        one
        for one in requests
        if (one['tokenReceived'] or one['authorization']) and one['host'] not in ours
    ]


def test_no_token_is_sent_before_resource_manager_has_answered(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm-list', 'slow:1.5')
    assert check(sandbox, '-n', 'contoso').done.code == 0
    begun = {one['stage']: one['time'] for one in sandbox.requests()}
    assert begun['challenge'] < begun['arm-list'] + 1.5 <= begun['exchange'] < begun['token']


def test_a_guessed_host_gets_no_token(sandbox: Sandbox) -> None:
    # Resource Manager names another host than the name suggests.
    assert check(sandbox, '-n', 'dnlreg').done.code == 0
    guessed = sandbox.requests(host='dnlreg.azurecr.test')
    assert {one['stage'] for one in guessed} <= {'challenge'}
    assert not [one for one in guessed if one['tokenReceived'] or one['authorization']]


@pytest.mark.parametrize('case', CASES, ids=NAMES)
def test_code(sandbox: Sandbox, case: Case) -> None:
    place = HOST if case.stage in ('dns', 'tcp', 'tls') else 'contoso'
    sandbox.set_fault(f'{case.stage}@{place}', case.spec)
    run = check(sandbox, '-n', 'contoso', *case.arguments)
    run.has(case.check, 'Failed', case.code, case.reason)
    assert run.done.code == 1
    statuses, hurried = run.statuses(), '--timeout' in case.arguments
    assert [name for name, status in statuses.items() if status == 'Failed'] == [case.check]
    ran = sum(status != 'Skipped' for status in statuses.values())
    assert run.done.stderr.startswith(
        f'ERROR: 1 of {ran} checks failed: {case.check} ({case.code}, {case.reason}).\n'
    )
    for before in PASSING[: PASSING.index(case.check)]:
        assert statuses[before] == 'Passed'
    for after in PASSING[PASSING.index(case.check) + 1 :]:
        if after == 'proxy' or (after == 'clock' and not hurried):
            assert (
                statuses[after] == 'Passed'
            )  # the login server's name is enough, and Resource Manager's date
        elif after == 'clock' and statuses[after] != 'Passed':
            # It waits for the row that failed: no failure of its own, if no time was left.
            run.has(after, 'Skipped')
            assert (
                run.row(after)['detail']
                == f'the {case.arguments[1]} s of --timeout were used up before it began'
            )
        elif after != 'clock':
            assert statuses[after] == 'Skipped' and 'needs ' in run.row(after)['detail']
    assert run.done.seconds < SECONDS
    nothing_astray(sandbox, case)
    registry = run.report['registries'][0]
    assert registry['healthy'] is False
    assert registry['canLogin'] == ('yes' if case.check == 'access-token' else 'no')
    assert (registry['canPull'], registry['canPush']) == (
        'unknown' if case.spec == 'grant:pull' else 'no',
        'no',
    )


class TestWords:
    """What the rows of some faults tell beyond code and reason."""

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
        assert 'az login' not in run.done.stderr
        assert row['documentation'] == 'https://aka.ms/acr/errors#connectivity_forbidden_error'

    def test_public_access_is_off(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry('contoso', {'properties': {'publicNetworkAccess': 'Disabled'}})
        sandbox.set_fault('auth@contoso', 'denied')
        run = check(sandbox, '-n', 'contoso')
        row = run.has('refresh-token', 'Failed', FORBIDDEN, 'PublicAccessDisabled')
        assert (
            row['facts']['clientIp'] == errors.CLIENT_IP and 'network-rule' not in run.done.stderr
        )

    @pytest.mark.parametrize(
        'address, named',
        [
            ('2001:db8::7', '2001:db8::7'),
            ('300.2.3.4', None),
            ('$(rm -rf ~)', None),
            ('1.2.3.4`; rm -rf ~', '1.2.3.4'),
        ],
    )
    def test_only_an_address_enters_a_command(
        self, sandbox: Sandbox, address: str, named: Optional[str]
    ) -> None:
        text = f"client with IP '{address}' is not allowed access."
        body = '{"errors":[{"code":"DENIED","message":"%s"}]}' % text
        sandbox.set_fault('exchange@contoso', f'body:403:application/json:{body}')
        row = check(sandbox, '-n', 'contoso').has(
            'refresh-token', 'Failed', FORBIDDEN, 'ClientIpNotAllowed' if named else 'AccessDenied'
        )
        assert not [solution for solution in row['solutions'] if 'rm -rf' in solution]
        assert not named or f'--ip-address {named}` ' in row['solutions'][0]

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
        assert {one['address'] for one in facts['addresses']} == {'127.0.5.1', '127.0.0.1', '::1'}
        assert {one['family'] for one in facts['addresses']} == {'IPv4', 'IPv6'}
        assert run.has('connection', 'Passed')['facts']['address'] == '127.0.0.1'

    def test_only_ipv6(self, sandbox: Sandbox) -> None:
        sandbox.set_address('::1')
        sandbox.set_dns(HOST, aaaa=['::1'])
        run = check(sandbox, '-n', 'contoso')
        assert run.done.code == 0 and run.row('connection')['facts']['address'] == '::1'


class TestChallenges:
    """Odd challenges that are right all the same."""

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
        check(sandbox, '-n', 'contoso').has('refresh-token', 'Failed', REFRESH, 'UnexpectedStatus')
        assert sandbox.requests('exchange')[0]['form']['service'] == 'elsewhere.example.test'

    @pytest.mark.parametrize('spec', ['foreignrealm', 'httprealm'])
    def test_nobody_else_gets_a_token(self, sandbox: Sandbox, spec: str) -> None:
        sandbox.set_fault('challenge@contoso', spec)
        run = check(sandbox, '-n', 'contoso', '--repository', 'hello')
        assert 'No token was sent' in run.row('challenge')['cause']
        assert run.statuses()['refresh-token'] == 'Skipped'
        assert not [
            one
            for one in sandbox.requests()
            if one['tokenReceived'] and one['host'] in (EVIL, HOST)
        ]
        assert EVIL not in sandbox.connections()['accepted']


class TestRights:
    """What an access token shows."""

    @pytest.mark.parametrize(
        'stage, spec, arguments, missing',
        [
            ('token', 'lowercase', (), []),
            ('token', 'capitals', (), []),
            ('token', 'grant:pull', ('--need', 'pull'), []),
            ('token', 'grant:pull', ('--need', 'PULL', 'push'), ['push']),
            (
                'token',
                'grant:pull',
                ('--need', 'pull', '--need', 'metadata-read', 'pull'),
                ['metadata_read'],
            ),
            ('token', 'grant:pull,push', (), ['delete', 'metadata_read', 'metadata_write']),
        ],
    )
    def test_of_a_repository(
        self,
        sandbox: Sandbox,
        stage: str,
        spec: str,
        arguments: tuple[str, ...],
        missing: list[str],
    ) -> None:
        sandbox.set_fault(f'{stage}@contoso', spec)
        run = check(sandbox, '-n', 'contoso', '--repository', 'hello', *arguments)
        row = run.row('access-token')
        assert row['facts']['missing'] == missing and run.done.code == (1 if missing else 0)
        if missing:
            run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')
            assert [text for text in row['solutions'] if '--need' in text]
            assert row['facts']['granted'] == sorted(spec.partition(':')[2].split(','))
            assert ', '.join(missing) in row['detail']
        registry = run.report['registries'][0]
        assert registry['canLogin'] == 'yes' and registry['canPull'] == 'unknown'
        assert registry['canPush'] == ('no' if 'push' in missing else 'unknown')

    def test_nothing_granted(self, sandbox: Sandbox) -> None:
        sandbox.set_grants('fabrikam', repositories={'hello': ['pull', 'metadata_read']})
        for repository, need, code in (
            ('hello', ['pull', 'metadata-read'], 0),
            ('samples/multi', ['pull'], 1),
        ):
            run = check(sandbox, '-n', 'fabrikam', '--repository', repository, '--need', *need)
            assert run.done.code == code
        row = run.has(
            'access-token', 'Failed', ACCESS, 'AbacRoleNeeded'
        )  # fabrikam grants by repository
        assert row['facts']['asked'] == ['pull'] and row['facts']['granted'] == []
        assert row['facts']['roles'] == ['Container Registry Repository Reader']
        assert '--role "Container Registry Repository Reader"' in row['solutions'][0]
        assert run.report['registries'][0]['canPull'] == 'no'

    def test_without_a_repository(self, sandbox: Sandbox) -> None:
        for registry, grants, expected in (
            ('fabrikam', {}, ('Warning', ACCESS, 'RepositoryNeeded')),
            (
                'contoso',
                {'permissions': [], 'catalog': False},
                ('Warning', ACCESS, 'PermissionsUnverified'),
            ),
            ('basicreg', {'permissions': ['read'], 'catalog': False}, ('Passed', None, None)),
        ):
            sandbox.set_grants(registry, **grants)  # type: ignore[arg-type]
            run = check(sandbox, '-n', registry)
            assert run.done.code == 0
            run.has('access-token', *expected)
            assert run.report['registries'][0]['canPull'] == 'unknown'
        assert {one['form']['scope'] for one in sandbox.requests('token')} == {'registry:catalog:*'}

    def test_no_login_at_the_registry(self, sandbox: Sandbox) -> None:
        sandbox.set_grants('contoso', login=False)
        check(sandbox, '-n', 'contoso').has('refresh-token', 'Failed', REFRESH, 'Unauthorized')

    def test_opaque_refresh_token(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('exchange@contoso', 'opaque')
        run = check(sandbox, '-n', 'contoso')
        run.has('refresh-token', 'Passed')
        assert run.row('access-token')['status'] in ('Passed', 'Warning')


class TestEncryption:
    """CMK_ERROR, and what is no CMK_ERROR."""

    IDENTITY = cloud.resource_id(
        'rg-apps', 'Microsoft.ManagedIdentity/userAssignedIdentities', 'cmkidentity'
    )

    def run(self, sandbox: Sandbox, registry: str) -> Run:
        return check(sandbox, '-n', registry, '--only', 'encryption', 'login-server')

    def test_works(self, sandbox: Sandbox) -> None:
        for registry in ('cmkuser', 'cmksystem'):
            self.run(sandbox, registry).has('encryption', 'Passed')
        assert len(sandbox.requests('arm-identity')) == 1

    @pytest.mark.parametrize(
        'registry, patch, reason',
        [
            ('cmkuser', {'identity': None}, 'IdentityNotAttached'),
            (
                'cmkuser',
                {
                    'identity': {
                        'type': 'SystemAssigned',
                        'principalId': 'a',
                        'userAssignedIdentities': None,
                    }
                },
                'IdentityNotAttached',
            ),
            ('cmksystem', {'identity': None}, 'SystemIdentityMissing'),
            (
                'cmkuser',
                {'properties': {'encryption': {'keyVaultProperties': {'identity': None}}}},
                'IdentityNotAttached',
            ),
        ],
    )
    def test_not_attached(
        self, sandbox: Sandbox, registry: str, patch: dict[str, Any], reason: str
    ) -> None:
        sandbox.patch_registry(registry, patch)
        run = self.run(sandbox, registry)
        row = run.has('encryption', 'Failed', CMK, reason)
        assert f'--name {registry}' in row['solutions'][0] and run.done.code == 1

    @pytest.mark.parametrize(
        'spec, status, code, reason',
        [
            ('status:404', 'Failed', CMK, 'IdentityDeleted'),
            ('status:403', 'Warning', ARM_READ, 'IdentityForbidden'),
            ('status:500', 'Warning', ARM_READ, 'IdentityUnavailable'),
            ('notjson', 'Warning', ARM_READ, 'IdentityUnavailable'),
            ('list', 'Warning', ARM_READ, 'IdentityUnavailable'),
            ('reset', 'Warning', ARM_READ, 'IdentityUnavailable'),
        ],
    )
    def test_identity_unread(
        self, sandbox: Sandbox, spec: str, status: str, code: str, reason: str
    ) -> None:
        sandbox.set_fault('arm-identity', spec)
        run = self.run(sandbox, 'cmkuser')
        run.has('encryption', status, code, reason)
        assert run.done.code == (1 if status == 'Failed' else 0)

    def test_deleted_or_replaced(self, sandbox: Sandbox) -> None:
        sandbox.put_resource(self.IDENTITY, {'properties': {'clientId': cloud.guid('another')}})
        self.run(sandbox, 'cmkuser').has('encryption', 'Failed', CMK, 'IdentityReplaced')
        sandbox.delete_resource(self.IDENTITY)
        self.run(sandbox, 'cmkuser').has('encryption', 'Failed', CMK, 'IdentityDeleted')


class TestLoginServer:
    """LOGIN_SERVER_ERROR: hosts that are assumed, and hosts that get no token."""

    @pytest.mark.parametrize(
        'host, reason',
        [
            ('contoso.azurecr.cn', 'OtherCloud'),
            ('other.azurecr.foreign', 'UnknownSuffix'),
            ('contosoazurecr.test', 'UnknownSuffix'),
            ('contoso.azurecr.test.evil.example.test', 'UnknownSuffix'),
        ],
    )
    def test_foreign(self, sandbox: Sandbox, host: str, reason: str) -> None:
        sandbox.set_dns(host, a=['127.0.0.1'])
        run = check(sandbox, '-n', host)
        row = run.has('login-server', 'Failed', LOGIN_SERVER, reason)
        assert (
            run.statuses()['dns'] == 'Passed' and run.report['registries'][0]['loginServer'] == host
        )
        assert run.statuses()['refresh-token'] == run.statuses()['access-token'] == 'Skipped'
        assert not [
            one
            for one in sandbox.requests(host=host)
            if one['tokenReceived'] or one['authorization']
        ]
        assert not sandbox.requests('signin')
        if reason == 'OtherCloud':
            assert 'az cloud set --name AzureChinaCloud' in row['solutions'][0]
        if host == 'other.azurecr.foreign':
            assert run.statuses()['challenge'] == 'Passed'
            assert run.row('refresh-token')['detail'].startswith(f'no token is sent to {host}')

    @pytest.mark.parametrize('suffix', [None, ''])
    def test_no_suffix(
        self, sandbox: Sandbox, tmp_path: pathlib.Path, suffix: Optional[str]
    ) -> None:
        config = sandbox.config_dir(tmp_path / 'config')
        line = f'suffix_acr_login_server_endpoint = {cloud.SUFFIX}\n'
        assert line in azure_cli.CLOUDS_CONFIG
        (config / 'clouds.config').write_text(
            azure_cli.CLOUDS_CONFIG.replace(
                line, '' if suffix is None else line.replace(cloud.SUFFIX, suffix)
            ),
            encoding='ascii',
        )
        run = check(sandbox, '-n', 'contoso', config=config)
        assert (
            run.done.code == 0 and run.statuses()['access-token'] == 'Passed'
        )  # ARM names the host
        sandbox.set_fault('arm-list', 'status:403')
        run = check(sandbox, '-n', 'contoso', config=config)
        run.has('login-server', 'Failed', LOGIN_SERVER, 'NoSuffix')
        assert (
            run.statuses()['dns'] == 'Skipped' and run.report['registries'][0]['canLogin'] == 'no'
        )

    def test_no_such_registry(self, sandbox: Sandbox) -> None:
        run = check(sandbox, '-n', 'contosso')
        row = run.has('login-server', 'Warning', LOGIN_SERVER, 'NotFoundInArm')
        assert (
            row['facts']['loginServer'] == 'contosso.azurecr.test'
            and 'az account show' in row['solutions'][0]
        )
        run.has('dns', 'Failed', DNS, 'NameNotFound')
