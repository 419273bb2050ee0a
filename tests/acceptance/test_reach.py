# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Reaching the login server: DNS, connections and certificates in unusual states."""

from __future__ import annotations

import pathlib

import pytest

from tests.acceptance.runs import check
from tests.acceptance.test_clock import skew_clock
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

HOST = 'contoso.azurecr.test'
DNS, SSL, CHALLENGE = (
    'CONNECTIVITY_DNS_ERROR',
    'CONNECTIVITY_SSL_ERROR',
    'CONNECTIVITY_CHALLENGE_ERROR',
)
LOGIN_SERVER = 'LOGIN_SERVER_ERROR'
PROXY = {'HTTPS_PROXY': f'http://{cloud.PROXY_HOST}:3128'}
CERTIFICATE = {
    'subject',
    'names',
    'issuer',
    'notBefore',
    'notAfter',
    'protocol',
    'verification',
    'caBundle',
    'caSource',
    'at',
}


def count_sample_queries(sandbox: Sandbox) -> int:
    """Count the DNS queries for another host."""
    return sum(
        query['name'] == cloud.SAMPLE_HOST and query['type'] == 'A'
        for query in sandbox.dns_queries()
    )


class TestNames:
    """Names that don't resolve, or resolve to unexpected addresses."""

    def test_front_end_and_region(self, sandbox: Sandbox) -> None:
        run = check(sandbox, '-n', 'contoso')
        facts = run.has('dns', 'Passed')['facts']
        assert (facts['frontEnd'], facts['region'], facts['privateEndpoints']) == (
            'r1007eus-3',
            'eastus',
            0,
        )
        assert facts[
            'canonicalName'
        ] == 'r1007eus-3.eastus.cloudapp.azure.test' and not count_sample_queries(sandbox)

    def test_the_region_is_resource_managers_else_the_front_ends(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry('contoso', {'location': 'westeurope'})
        assert check(sandbox, '-n', 'contoso').report['registries'][0]['region'] == 'westeurope'
        sandbox.set_fault('arm-list', 'status:403')
        assert check(sandbox, '-n', 'contoso').report['registries'][0]['region'] == 'eastus'

    def test_a_slip(self, sandbox: Sandbox) -> None:
        run = check(sandbox, '-n', 'contoso.azureacr.test')
        row = run.has('login-server', 'Failed', LOGIN_SERVER, 'UnknownSuffix')
        assert row['facts']['probablyMeant'] == HOST and HOST in row['detail']
        row = run.has('dns', 'Failed', DNS, 'LikelyTypo')
        assert (
            row['solutions'][0]
            == f'Run the check again with the corrected name: `az acrhealth check --name {HOST}`.'
        )
        assert not count_sample_queries(sandbox), 'the cause is known'

    def test_a_record_of_the_private_zone_gets_no_token(self, sandbox: Sandbox) -> None:
        host = 'privreg.privatelink.azurecr.test'
        run = check(sandbox, '-n', host)
        run.has('login-server', 'Failed', LOGIN_SERVER, 'PrivateLinkHost')
        row = run.has('dns', 'Warning', DNS, 'PrivateLinkName')
        assert '--name privreg.azurecr.test' in row['solutions'][0]
        assert run.statuses()['refresh-token'] == run.statuses()['access-token'] == 'Skipped'
        assert not [
            request
            for request in sandbox.requests(host=host)
            if request['tokenReceived'] or request['authorization']
        ]

    def test_capitals(self, sandbox: Sandbox) -> None:
        run = check(sandbox, '-n', 'Contoso.azurecr.test')
        assert HOST in run.has('dns', 'Warning', DNS, 'UppercaseHost')['solutions'][0]
        assert run.finished.code == 0 and run.statuses()['access-token'] == 'Passed'

    def test_private_without_an_endpoint(self, sandbox: Sandbox) -> None:
        sandbox.set_dns(HOST, a=['10.1.0.5'])
        run = check(sandbox, '-n', 'contoso')
        row = run.has('dns', 'Warning', DNS, 'PrivateAddressWithoutEndpoint')
        assert row['facts']['privateEndpoints'] == 0 and '10.1.0.5' in row['detail']
        sandbox.set_fault('arm-list', 'status:403')
        check(sandbox, '-n', 'contoso').has('dns', 'Passed')

    def test_public_despite_an_endpoint(self, sandbox: Sandbox) -> None:
        sandbox.set_dns('privreg.azurecr.test', a=['127.0.0.1'])
        row = check(sandbox, '-n', 'privreg').has(
            'dns', 'Warning', DNS, 'PublicAddressDespiteEndpoint'
        )
        assert (
            row['facts']['privateEndpoints'] == 2
            and 'privatelink.azurecr.test' in row['solutions'][0]
        )
        sandbox.patch_registry('privreg', {'properties': {'publicNetworkAccess': 'Enabled'}})
        check(sandbox, '-n', 'privreg').has('dns', 'Passed')


class TestElsewhere:
    """Whether it is this registry alone that cannot be reached."""

    @pytest.mark.parametrize(
        'stage, spec, check_id', [('tcp', 'refuse', 'connection'), ('dns', 'nxdomain', 'dns')]
    )
    def test_only_this_registry(
        self, sandbox: Sandbox, stage: str, spec: str, check_id: str
    ) -> None:
        for host in (HOST, 'basicreg.azurecr.test'):
            sandbox.set_fault(f'{stage}@{host}', spec)
        run = check(sandbox, '-n', 'contoso', 'basicreg')
        for registry in ('contoso', 'basicreg'):
            row = run.row(check_id, registry)
            assert (
                row['status'] == 'Failed' and f'{cloud.SAMPLE_HOST} is reachable' in row['detail']
            )
            elsewhere = row['facts']['elsewhere']
            assert (elsewhere['host'], elsewhere['reachable'], elsewhere['why']) == (
                cloud.SAMPLE_HOST,
                True,
                None,
            ) and elsewhere['at']
        assert count_sample_queries(sandbox) == 1 and not sandbox.requests('mcr')

    def test_nothing_resolves(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('dns', 'servfail')
        row = check(sandbox, '-n', 'contoso').has('dns', 'Failed', DNS, 'NoNameResolves')
        assert (
            row['facts']['elsewhere']['reachable'] is False and 'mcr.microsoft.com' in row['detail']
        )

    def test_a_proxy_that_refuses_this_registry(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('proxy@contoso', 'status:403')
        run = check(sandbox, '-n', 'contoso', env=PROXY)
        row = run.has('connection', 'Failed', CHALLENGE, 'ProxyRefused')
        assert row['facts']['elsewhere']['reachable'] is True
        assert {request['host'] for request in sandbox.requests('proxy')} >= {
            HOST,
            cloud.SAMPLE_HOST,
        }


class TestConnections:
    """Addresses that accept no connection."""

    def test_what_was_tried(self, sandbox: Sandbox) -> None:
        sandbox.set_fault(f'tcp@{HOST}', 'silent')
        row = check(sandbox, '-n', 'contoso').has(
            'connection', 'Failed', CHALLENGE, 'ConnectTimeout'
        )
        assert '127.0.0.77 timed out after 5.0 s' in row['detail']
        (tried,) = row['facts']['tried']
        assert (tried['family'], tried['result']) == ('IPv4', 'Timeout') and 4900 < tried[
            'elapsedMs'
        ] < 7000

    def test_one_family_has_no_route(self, extension_dir: pathlib.Path) -> None:
        # The address stays with the machine, so this sandbox is used for nothing else.
        with Sandbox.start() as other_sandbox:
            other_sandbox.extension_dir = extension_dir
            other_sandbox.prepare()
            other_sandbox.set_address('2001:db8::1')
            other_sandbox.set_dns(HOST, a=['192.0.2.1'])
            row = check(other_sandbox, '-n', 'contoso').has(
                'connection', 'Failed', CHALLENGE, 'AddressFamilyUnreachable'
            )
            assert 'no route to 192.0.2.1 (IPv4)' in row['detail'] and 'IPv4' in row['cause']


class TestCertificates:
    """What an invalid certificate shows of the server that presented it."""

    @pytest.mark.parametrize(
        'variant, reason, detail',
        [
            ('expired', 'CertificateExpired', "this machine's clock is at 2"),
            ('notyet', 'CertificateNotYetValid', 'not valid before 2'),
            (
                'wronghost',
                'CertificateNameMismatch',
                f'certificate for wrong.sandbox.test, not for {HOST}',
            ),
            ('selfsigned', 'CertificateSelfSigned', 'self-signed certificate (*.azurecr.test)'),
            ('foreign', 'TlsIntercepted', 'certificate from Contoso, not a public authority'),
            (
                'nochain',
                'CertificateUntrusted',
                "certificate from acrhealth sandbox, which doesn't chain to a trusted root",
            ),
        ],
    )
    def test_what_failed_is_shown(
        self, sandbox: Sandbox, variant: str, reason: str, detail: str
    ) -> None:
        sandbox.set_fault(f'tls@{HOST}', f'cert:{variant}')
        row = check(sandbox, '-n', 'contoso').has('tls', 'Failed', SSL, reason)
        assert detail in row['detail'] and set(row['facts']) >= CERTIFICATE
        timed = variant in ('expired', 'notyet')
        assert ('serverDate' in row['facts']) is timed
        requests = sandbox.requests(host=HOST)
        assert [request['path'] for request in requests] == ['/v2/'] * timed
        assert not [
            request for request in requests if request['tokenReceived'] or request['authorization']
        ]

    @pytest.mark.parametrize(
        'arguments, ahead, solution',
        [
            ((), 0, 'Ask your network administrator to renew'),
            (('--skip', 'clock'), 0, "Check this machine's clock"),
            ((), 400, "Correct this machine's clock, which the `clock` check found"),
        ],
    )
    def test_the_advice_on_its_dates_depends_on_the_clock(
        self, sandbox: Sandbox, arguments: tuple[str, ...], ahead: int, solution: str
    ) -> None:
        skew_clock(sandbox, ahead)
        sandbox.set_fault(f'tls@{HOST}', 'cert:expired')
        row = check(sandbox, '-n', 'contoso', *arguments).row('tls')
        assert row['solutions'][0].startswith(solution)
        assert not [text for text in row['solutions'] if 'Get-Date' in text]

    def test_a_proxy_with_tls_inspection(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('proxy@contoso', 'intercept')
        row = check(sandbox, '-n', 'contoso', env=PROXY).has('tls', 'Failed', SSL, 'TlsIntercepted')
        assert (
            'Contoso' in row['solutions'][0]
            and f'/etc/docker/certs.d/{HOST}/ca.crt' in row['solutions'][2]
        )
        assert f'cat {sandbox.info["ca"]} ROOT.pem' in row['solutions'][0]

    def test_a_valid_and_an_unverified_certificate(self, sandbox: Sandbox) -> None:
        facts = check(sandbox, '-n', 'contoso').has('tls', 'Passed')['facts']
        assert set(facts) >= CERTIFICATE and '*.azurecr.test' in facts['names']
        finished = sandbox.az(
            'acrhealth',
            'check',
            '-n',
            'contoso',
            '--only',
            'tls',
            '-o',
            'json',
            env={'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION': '1'},
        )  # the CLI warns of it too
        unverified = next(row for row in finished.json['checks'] if row['check'] == 'tls')
        assert (
            unverified['reason'] == 'VerificationDisabled'
            and unverified['facts']['issuer'] == facts['issuer']
        )
