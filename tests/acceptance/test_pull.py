# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--image: each way in which a pull can fail after a login that works, by its real cause."""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

import pytest

from tests.acceptance.runs import Run, check, clean
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

PULL, DATA, FORBIDDEN = 'IMAGE_PULL_ERROR', 'DATA_ENDPOINT_ERROR', 'CONNECTIVITY_FORBIDDEN_ERROR'
THROTTLED, ACCESS = 'CONNECTIVITY_TOOMANYREQUESTS_ERROR', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
CONTOSO, STORAGE = 'contoso.azurecr.test', cloud.BLOB_HOST
SECONDS = 20.0


class Case(NamedTuple):
    """A fault, and the row that must tell of it."""

    place: str
    spec: str
    row: str
    code: str
    reason: str
    words: str = ''


CASES = (
    Case(f'dns@{STORAGE}', 'nxdomain', 'blob', DATA, 'NameNotFound', STORAGE),
    Case(f'dns@{STORAGE}', 'servfail', 'blob', DATA, 'ResolverFailed', STORAGE),
    Case(f'dns@{STORAGE}', 'nodata', 'blob', DATA, 'NoAddress', STORAGE),
    Case(f'tcp@{STORAGE}', 'refuse', 'blob', DATA, 'ConnectionRefused', STORAGE),
    Case(f'tcp@{STORAGE}', 'unreachable', 'blob', DATA, 'Unreachable', STORAGE),
    Case(f'tcp@{STORAGE}', 'silent', 'blob', DATA, 'ConnectTimeout', STORAGE),
    Case(f'tls@{STORAGE}', 'cert:foreign', 'blob', DATA, 'TlsIntercepted', STORAGE),
    Case(f'tls@{STORAGE}', 'cert:expired', 'blob', DATA, 'CertificateExpired', STORAGE),
    Case(f'tls@{STORAGE}', 'cert:wronghost', 'blob', DATA, 'CertificateWrongName', STORAGE),
    Case(f'tls@{STORAGE}', 'reset', 'blob', DATA, 'HandshakeReset', STORAGE),
    Case('data', 'policy', 'blob', PULL, 'StorageDenied', 'AuthorizationFailure (403)'),
    Case('data', 'status:403', 'blob', PULL, 'StorageDenied'),
    Case('data', 'forbidden', 'blob', PULL, 'BlockedByIntermediary', 'CorpProxy'),
    Case('data', 'status:404', 'blob', PULL, 'BlobMissing'),
    Case('data', 'status:503', 'blob', PULL, 'ServerError', 'ServerBusy'),
    Case('data', 'truncated', 'blob', PULL, 'ResponseIncomplete'),
    Case('data', 'close', 'blob', PULL, 'ResponseIncomplete'),
    Case('data', 'garbage', 'blob', PULL, 'UnreadableResponse'),
    Case('data', 'notjson', 'blob', PULL, 'ContentDigestMismatch'),
    Case('data', 'empty', 'blob', PULL, 'ContentDigestMismatch'),
    Case('data', 'corrupt', 'blob', PULL, 'ContentDigestMismatch'),
    Case(
        'data',
        'storage:409:PublicAccessNotPermitted',
        'blob',
        PULL,
        'StorageDenied',
        'PublicAccessNotPermitted',
    ),
    Case('blob', 'location:', 'blob', PULL, 'UnexpectedStatus'),
    Case('blob', 'location:http://x.test/y', 'blob', PULL, 'UnusableRedirect'),
    Case('manifest', 'quarantined', 'manifest', PULL, 'ManifestNotServed'),
    Case(
        'manifest',
        'quarantined:always',
        'manifest',
        PULL,
        'Quarantined',
        'The image is quarantined',
    ),
    Case('manifest', 'corrupt', 'manifest', PULL, 'ManifestDigestMismatch'),
    Case('data', 'huge', 'blob', PULL, 'ContentDigestMismatch'),
    Case('data', 'endless', 'blob', PULL, 'ContentDigestMismatch'),
    Case('data', f'redirect:http://{STORAGE}/x', 'blob', PULL, 'UnusableRedirect', 'http://'),
    Case(
        'data',
        f'redirect:https://{STORAGE}/again',
        'blob',
        PULL,
        'UnusableRedirect',
        'for the 4th time',
    ),
    Case('blob', 'expired', 'blob', PULL, 'SignatureExpired', 'out of date'),
    Case('blob', 'status:404', 'blob', PULL, 'BlobMissing'),
    Case('blob', 'status:500', 'blob', PULL, 'ServerError'),
    Case('blob', 'status:401', 'blob', PULL, 'Unauthorized'),
    Case('blob', 'denied', 'blob', FORBIDDEN, 'ClientIpNotAllowed'),
    Case('blob', 'throttled:17', 'blob', THROTTLED, 'TooManyRequests'),
    Case('blob', 'frontdoor', 'blob', THROTTLED, 'ThrottledByFrontDoor'),
    Case('blob', 'redirect:http://x.test/', 'blob', PULL, 'UnusableRedirect'),
    Case('blob', 'redirect:https://user@x.test/', 'blob', PULL, 'UnusableRedirect'),
    Case('manifest', 'status:401', 'manifest', PULL, 'Unauthorized'),
    Case('manifest', 'status:403', 'manifest', PULL, 'Denied'),
    Case('manifest', 'forbidden', 'manifest', PULL, 'BlockedByIntermediary'),
    Case('manifest', 'denied', 'manifest', FORBIDDEN, 'ClientIpNotAllowed'),
    Case('manifest', 'throttled:17', 'manifest', THROTTLED, 'TooManyRequests'),
    Case('manifest', 'status:500', 'manifest', PULL, 'ServerError'),
    Case('manifest', 'status:404', 'manifest', PULL, 'ManifestNotServed'),
    Case('manifest', 'notjson', 'manifest', PULL, 'UnreadableManifest'),
    Case('manifest', '{}', 'manifest', PULL, 'UnreadableManifest'),
    Case('manifest', 'deep', 'manifest', PULL, 'UnreadableManifest'),
    Case('manifest', 'huge', 'manifest', PULL, 'UnreadableManifest'),
    Case('manifest', 'truncated', 'manifest', PULL, 'ResponseIncomplete'),
    Case(
        'manifest',
        'header:Docker-Content-Digest:sha256:' + 'a' * 64,
        'manifest',
        PULL,
        'ManifestDigestMismatch',
    ),
)


@pytest.mark.parametrize('case', CASES, ids=[f'{case.place} {case.spec[:40]}' for case in CASES])
def test_a_pull_that_fails(sandbox: Sandbox, case: Case) -> None:
    sandbox.set_fault(case.place, case.spec)
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1')
    row = run.has(case.row, 'Failed', case.code, case.reason)
    assert case.words in row['detail'] and run.done.code == 1 and run.done.seconds < SECONDS
    for before in ('refresh-token', 'access-token', *(('manifest',) if case.row == 'blob' else ())):
        assert run.row(before)['status'] == 'Passed'
    assert verdicts(run) == ('yes', 'no', 'unknown')
    no_token_at_storage(sandbox)


def verdicts(run: Run) -> tuple[str, ...]:
    """Return what the one registry can be used for."""
    return tuple(run.report['registries'][0][name] for name in ('canLogin', 'canPull', 'canPush'))


def no_token_at_storage(sandbox: Sandbox) -> None:
    """Assert that no host but the registry's, ARM's and the login's got a token, and that none was asked often."""
    ours = (CONTOSO, cloud.ARM_HOST, cloud.LOGIN_HOST)
    assert not [
        one for one in sandbox.requests() if one['authorization'] and one['host'] not in ours
    ]
    assert len(sandbox.requests('manifest')) <= 2 and len(sandbox.requests('data')) <= 6


@pytest.mark.parametrize(
    'image, words',
    [
        ('hello:v1', 'are what their digest says'),
        (f'{CONTOSO}/hello:v1', 'are what their digest says'),
        ('samples/multi:v1', 'are what their digest says'),
    ],
)
def test_a_pull_that_works(sandbox: Sandbox, image: str, words: str) -> None:
    run = check(
        sandbox, *(() if image.startswith(CONTOSO) else ('-n', 'contoso')), '--image', image
    )
    assert words in run.has('blob', 'Passed')['detail'] and verdicts(run) == (
        'yes',
        'yes',
        'unknown',
    )
    facts = run.row('blob')['facts']
    assert [hop['host'] for hop in facts['hops']] == [STORAGE]
    assert facts['hops'][0]['status'] == 200
    assert facts['hops'][0]['kind'] == 'blob storage' and facts['registry']['status'] == 307
    tokens = [one['form']['scope'] for one in sandbox.requests('token')]
    assert tokens == [f'repository:{image.removeprefix(CONTOSO + "/").partition(":")[0]}:pull']
    no_token_at_storage(sandbox)
    stages = [one['stage'] for one in sandbox.requests() if one['host'] in (CONTOSO, STORAGE)]
    assert stages == [
        'challenge',
        'exchange',
        'token',
        *(['manifest'] * (2 if 'multi' in image else 1)),
        'blob',
        'data',
    ]
    assert (
        sandbox.connections()['handshakes'][CONTOSO]
        == sandbox.connections()['handshakes'][STORAGE]
        == 1
    )


def test_a_small_part_of_a_large_image_is_fetched_whole(sandbox: Sandbox) -> None:
    # The layer is large, the config is small.
    sandbox.put_image('contoso', 'big', 'v1', text=secrets.token_hex(40_000))
    run = check(sandbox, '-n', 'contoso', '--image', 'big:v1')
    assert run.has('blob', 'Passed')['facts']['size'] < 16 * 1024
    assert all('Range' not in one['headers'] for one in sandbox.requests('data'))


@pytest.mark.parametrize(
    'image, reason, words',
    [
        ('hello:v2', 'NoSuchTag', 'hello has no tag v2; there is v1'),
        ('helo:v1', 'NoSuchRepository', 'no repository helo'),
        ('hello@sha256:' + 'a' * 64, 'NoSuchManifest', 'hello holds no sha256:aaaaaaaaaaaa…'),
    ],
)
def test_an_image_that_is_not_there(sandbox: Sandbox, image: str, reason: str, words: str) -> None:
    run = check(sandbox, '-n', 'contoso', '--image', image)
    assert words in run.has('manifest', 'Failed', PULL, reason)['detail']
    assert run.row('blob')['detail'] == 'needs manifest, which failed'


def test_quarantine_as_a_policy(sandbox: Sandbox) -> None:
    sandbox.patch_registry(
        'contoso', {'properties': {'policies': {'quarantinePolicy': {'status': 'enabled'}}}}
    )
    sandbox.set_fault('manifest', 'quarantined')
    row = check(sandbox, '-n', 'contoso', '--image', 'hello:v1').has(
        'manifest', 'Failed', PULL, 'Quarantined'
    )
    assert 'properties.policies.quarantinePolicy.status=disabled' in ' '.join(row['solutions'])


@pytest.mark.parametrize(
    'platform, found',
    [
        ('linux/amd64', True),
        ('linux/arm64', True),
        ('linux/s390x', False),
        ('windows/amd64', False),
    ],
)
def test_platforms_of_an_index(sandbox: Sandbox, platform: str, found: bool) -> None:
    run = check(sandbox, '-n', 'contoso', '--image', 'samples/multi:v1', '--platform', platform)
    if found:
        assert run.has('manifest', 'Passed')['facts']['platform'] == platform and run.has(
            'blob', 'Passed'
        )
    else:
        row = run.has('manifest', 'Failed', PULL, 'NoMatchingPlatform')
        assert (
            row['detail']
            == f'samples/multi:v1 is not there for {platform}, but for linux/amd64, linux/arm64'
        )


def test_an_image_of_another_platform(sandbox: Sandbox) -> None:
    # Its layer does not pack well, so that its config, which tells the platform, is its smallest
    # part.
    sandbox.put_image('contoso', 'arm', 'v1', architecture='s390x', text=secrets.token_hex(4000))
    run = check(sandbox, '-n', 'contoso', '--image', 'arm:v1', '--platform', 'linux/amd64')
    run.has('blob', 'Warning', PULL, 'PlatformMismatch')
    assert verdicts(run) == ('yes', 'unknown', 'unknown')


def test_a_data_endpoint(sandbox: Sandbox) -> None:
    host = 'privreg.eastus.data.azurecr.test'
    run = check(sandbox, '-n', 'privreg', '--image', 'hello:v1')
    assert host in run.has('data-endpoints', 'Passed')['detail']
    assert run.has('blob', 'Passed')['facts']['hops'][0]['addresses'] == [
        {'address': '10.1.0.4', 'private': True}
    ]
    assert sandbox.connections()['handshakes'][host] == 1  # whoever goes there shares it
    sandbox.set_fault(f'dns@{host}', 'nxdomain')
    run = check(sandbox, '-n', 'privreg', '--image', 'hello:v1')
    assert [
        run.has(row, 'Failed', DATA, 'NameNotFound')['facts']['host']
        for row in ('data-endpoints', 'blob')
    ] == [
        host,
        host,
    ]


def test_rights(sandbox: Sandbox) -> None:
    sandbox.set_grants('contoso', permissions=['write'])
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1')
    row = run.has('access-token', 'Failed', ACCESS, 'NoPermissions')
    assert '--role "AcrPull"' in row['solutions'][0] and verdicts(run) == ('yes', 'no', 'unknown')
    assert (
        run.row('manifest')['detail']
        == 'needs access-token or anonymous-pull, which gave nothing to use'
    )
    sandbox.patch_registry('fabrikam', {})
    sandbox.set_grants('fabrikam', repositories={})
    run = check(sandbox, '-n', 'fabrikam', '--image', 'hello:v1')
    row = run.row('access-token')
    assert row['code'] == ACCESS and 'Container Registry Repository Reader' in ' '.join(
        row['solutions']
    )


def test_a_partial_right_that_suffices(sandbox: Sandbox) -> None:
    sandbox.set_grants('contoso', permissions=['read'])
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', '--need', 'pull', 'push')
    run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')
    assert run.has('blob', 'Passed') and verdicts(run) == ('yes', 'yes', 'no')


@pytest.mark.parametrize('claims', ['capitals', 'lowercase'])
def test_a_partial_grant_in_either_case(sandbox: Sandbox, claims: str) -> None:
    sandbox.set_grants('contoso', permissions=['read'])
    sandbox.set_fault('token', claims)
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', '--need', 'pull', 'metadata-read')
    assert run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')['facts']['granted'] == [
        'pull'
    ]
    assert run.has('blob', 'Passed')


class TestAnonymous:
    """A registry that lets nobody in particular pull."""

    def test_without_a_login(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry('contoso', {'properties': {'anonymousPullEnabled': True}})
        run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', login=False)
        assert run.has('anonymous-pull', 'Passed') and run.has('blob', 'Passed')
        assert run.row('refresh-token')['reason'] == 'NotLoggedIn' and verdicts(run) == (
            'no',
            'yes',
            'no',
        )

    def test_with_a_login(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry('contoso', {'properties': {'anonymousPullEnabled': True}})
        run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1')
        assert run.has('anonymous-pull', 'Passed') and run.done.code == 0

    def test_what_the_resource_says_is_not_so(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry('contoso', {'properties': {'anonymousPullEnabled': True}})
        sandbox.set_fault('token', 'status:401')
        run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', login=False)
        assert (
            run.row('anonymous-pull')['status'] == 'Skipped' or run.row('anonymous-pull')['reason']
        )
        assert run.row('blob')['status'] == 'Skipped'


class TestPassword:
    """A login of its own instead of the CLI's."""

    ARGUMENTS = ('-n', 'contoso', '--image', 'hello:v1', '--username')

    @pytest.mark.parametrize('given', ['stdin', 'option'])
    def test_a_token_of_the_registry(self, sandbox: Sandbox, given: str) -> None:
        sandbox.set_users('contoso', puller='pass-word-of-puller')
        how: dict[str, Any] = {'stdin': 'pass-word-of-puller\n'} if given == 'stdin' else {}
        option = (
            ('--password-stdin',) if given == 'stdin' else ('--password', 'pass-word-of-puller')
        )
        run = check(sandbox, *self.ARGUMENTS, 'puller', *option, login=False, **how)
        assert run.has('refresh-token', 'Passed')['facts']['username'] == 'puller'
        assert run.has('blob', 'Passed') and verdicts(run) == ('yes', 'yes', 'unknown')
        assert not sandbox.requests('signin') and not sandbox.requests('exchange')
        assert len(sandbox.requests('token')) == 1

    def test_a_wrong_password(self, sandbox: Sandbox) -> None:
        run = check(
            sandbox, *self.ARGUMENTS, 'puller', '--password-stdin', stdin='wrong-password\n'
        )
        row = run.has(
            'refresh-token', 'Failed', 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'PasswordRefused'
        )
        assert (
            'az acr token credential generate --registry contoso --name puller'
            in row['solutions'][0]
        )
        assert 'wrong-password' not in run.done.stdout + run.done.stderr

    def test_the_admin_user_is_off(self, sandbox: Sandbox) -> None:
        run = check(sandbox, *self.ARGUMENTS, 'contoso', '--password-stdin', stdin='x' * 30)
        run.has('refresh-token', 'Failed', 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'AdminUserDisabled')

    def test_a_service_principal(self, sandbox: Sandbox) -> None:
        run = check(
            sandbox,
            *self.ARGUMENTS,
            sandbox.info['app'],
            '--password-stdin',
            stdin=sandbox.info['secret'],
            login=False,
        )
        assert run.has('blob', 'Passed')

    def test_the_password_is_in_no_debug_output(self, sandbox: Sandbox) -> None:
        sandbox.set_users('contoso', puller='pass-word-of-puller')
        done = sandbox.az(
            'acrhealth',
            'check',
            *self.ARGUMENTS,
            'puller',
            '--password-stdin',
            '--debug',
            '-o',
            'json',
            stdin='pass-word-of-puller\n',
        )
        clean_of_secrets(sandbox, done.stdout + done.stderr)
        assert 'acrhealth' in done.stderr and done.json['registries'][0]['canPull'] == 'yes'


def clean_of_secrets(sandbox: Sandbox, text: str) -> None:
    """Assert that no token, password or signature is in a text.

    ARM's and Entra's own are the CLI's to show or not.
    """
    assert not [one for one in sandbox.secrets() if one in text]


def test_no_signed_address_is_in_any_output(sandbox: Sandbox) -> None:
    for options in ((), ('--debug',), ('--verbose', '-o', 'table')):
        done = sandbox.az('acrhealth', 'check', '-n', 'contoso', '--image', 'hello:v1', *options)
        assert 'sig=' not in done.stdout + done.stderr
        clean_of_secrets(sandbox, done.stdout)
    clean(
        sandbox,
        sandbox.az('acrhealth', 'check', '-n', 'contoso', '--image', 'hello:v1', '-o', 'yaml'),
    )


def test_a_storage_host_that_hangs_is_left_at_the_deadline(sandbox: Sandbox) -> None:
    sandbox.set_fault('data', 'hang')
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', '--timeout', '3')
    run.has('blob', 'Failed', PULL, 'ResponseTimeout')
    assert run.done.seconds < 3 + 6
