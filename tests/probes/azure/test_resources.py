# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Azure Resource Manager: recordings, and a local TLS server for failures."""

from __future__ import annotations

import _thread
import gzip
import json
import re
import threading

import pytest

from azext_acrhealth.options import Target
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import arm_transport
from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from azext_acrhealth.probes.azure.resources import (
    ArmResult,
    find_registry,
    is_target,
    read_resource,
)
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.json_access import list_of, object_of
from tests.probes import servers
from tests.probes.azure_cli import GROUP, SERVICE_PRINCIPAL, SUBSCRIPTION, asked, counts, recorded
from tests.probes.clock import PROMPT, Watch, eventually, soon

ARM, PROVIDER = 'https://management.azure.com', 'providers/Microsoft.ContainerRegistry/registries'
REGISTRIES = f'{ARM}/subscriptions/{SUBSCRIPTION}/{PROVIDER}'
AT = re.compile(r'20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ')
CORRELATION = '00000000-0000-0000-0000-000000000009'
BY_NAME = Target('contoso')
IN_GROUP = Target('contoso', None, 'contoso-group', None, True)
BY_ID = Target('contoso', None, 'contoso-group', SUBSCRIPTION, True)
ENDPOINT = f'{GROUP}/providers/Microsoft.Network/privateEndpoints/contoso-endpoint'
IDENTITY = f'{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/contoso-identity'


def client_of(context):
    """Return the way to Resource Manager of a CLI."""
    held = Cli(context)
    return ArmClient(held, CliLogin(held))


@pytest.fixture
def client(azure):
    """Return it for a CLI that a service principal is signed in to."""
    azure.sign_in(SERVICE_PRINCIPAL)
    return client_of(azure.cli())


def test_a_cloud_without_an_endpoint(client, monkeypatch):
    monkeypatch.setattr(client, 'token', lambda *_: Token(value='token'))
    client._cli.context.cloud.endpoints.resource_manager = None
    for read in (
        find_registry(client, BY_ID, soon()),
        read_resource(client, IDENTITY, '2023-01-31', soon()),
    ):
        assert read.failure.kind == 'Unavailable' and 'resource_manager' in read.failure.text


def test_claims_do_not_show():
    shown = repr(ArmResult(status=200, claims={'upn': 'alice@contoso.example'}))
    assert 'status=200' in shown and 'alice' not in shown


class TestFinding:
    @pytest.mark.parametrize(
        'target, recording, url',
        [
            (BY_NAME, 'registries', REGISTRIES),
            (Target('contoso', 'Contoso.AzureCR.io'), 'registries', REGISTRIES),
            (Target('contoso', 'contoso.westeurope.geo.azurecr.io'), 'registries', REGISTRIES),
            (Target('contoso', None, None, SUBSCRIPTION), 'registries', REGISTRIES),
            (IN_GROUP, 'registry', f'{ARM}{GROUP}/{PROVIDER}/contoso'),
            (BY_ID, 'registry', f'{ARM}{GROUP}/{PROVIDER}/contoso'),
            (
                Target('contoso', 'contoso.azurecr.io', 'contoso-group', None, True),
                'registries_of_a_group',
                f'{ARM}{GROUP}/{PROVIDER}',
            ),
        ],
    )
    def test_a_registry_is_read_whole_by_one_request(self, client, target, recording, url):
        with recorded(recording) as cassette:
            read = find_registry(client, target, soon())
        assert read.failure is None and read.resource['name'] == 'contoso'
        assert read.resource['properties']['loginServer'] == 'contoso.azurecr.io'
        assert read.resource['aPropertyOfTomorrow'] == {'kept': True}, (
            'the raw JSON, unknown properties included'
        )
        assert asked(cassette) == [f'GET {url}']
        assert (read.status, read.similar) == (200, ()) and AT.fullmatch(read.at)

    def test_a_label_s_host_is_another_registry_than_the_name(self, client):
        with recorded('registries'):
            read = find_registry(client, Target('labelled', 'labelled-a1b2c3.azurecr.io'), soon())
        assert read.resource['name'] == 'labelled'

    def test_further_pages_are_read(self, client):
        with recorded('registries_in_pages') as cassette:
            read = find_registry(client, BY_NAME, soon())
        assert read.resource['name'] == 'contoso' and len(asked(cassette)) == 2

    def test_no_page_is_read_after_the_registry_was_found(self, client):
        with recorded('registries_in_pages') as cassette:
            read = find_registry(client, Target('fabrikam'), soon())
        assert read.resource['name'] == 'fabrikam' and len(asked(cassette)) == 1

    @pytest.mark.parametrize(
        'target, recording',
        [
            (Target('northwind'), 'registries'),
            (BY_NAME, 'no_registries'),
            (Target('northwind'), 'registries_in_pages'),
            (Target('contoso', 'contoso.azurecr.cn'), 'registries'),
            (Target('labelled', 'labelled.azurecr.io'), 'registries'),
        ],
    )
    def test_what_is_not_there(self, client, target, recording):
        with recorded(recording):
            read = find_registry(client, target, soon())
        assert (
            read.resource is None
            and read.failure.kind == 'NotFound'
            and SUBSCRIPTION in read.failure.text
        )

    @pytest.mark.parametrize(
        'target, recording, kind, status, text',
        [
            (
                BY_NAME,
                'registries_forbidden',
                'Forbidden',
                403,
                'does not have authorization to perform action',
            ),
            (BY_ID, 'registry_not_found', 'NotFound', 404, 'was not found'),
            (BY_NAME, 'registries_failing', 'Unavailable', 500, 'internal error'),
            (
                BY_NAME,
                'registries_throttled',
                'Unavailable',
                429,
                'throttles requests (429), retry after 17 s',
            ),
        ],
    )
    def test_errors_in_resource_manager_s_own_words(
        self, client, target, recording, kind, status, text
    ):
        with recorded(recording) as cassette:
            read = find_registry(client, target, soon())
        assert (read.failure.kind, read.status, read.correlation_id) == (kind, status, CORRELATION)
        assert text in read.failure.text and '\n' not in read.failure.text and read.resource is None
        assert AT.fullmatch(read.at)
        assert [
            count
            for request, count in zip(cassette.requests, counts(cassette))
            if ARM in request.uri
        ] == [1]

    @pytest.mark.parametrize(
        'recording, status, text',
        [
            ('registries_from_a_stranger', 502, 'returned 502'),
            ('registries_not_json', 200, 'unreadable response'),
            ('registries_redirected', 302, 'returned 302'),
            ('registries_with_a_foreign_next_page', 200, 'unreadable response'),
        ],
    )
    def test_answers_that_resource_manager_did_not_write(self, client, recording, status, text):
        with recorded(recording) as cassette:
            read = find_registry(client, BY_NAME, soon())
        assert (read.failure.kind, read.status) == (
            'Unavailable',
            status,
        ) and text in read.failure.text
        assert all('elsewhere.example' not in request for request in asked(cassette)), (
            'a token went elsewhere'
        )

    def test_a_subscription_of_nobody(self, client):
        nobody = '00000000-0000-0000-0000-00000000dead'
        found = find_registry(
            client, Target('contoso', None, 'contoso-group', nobody, True), soon()
        )
        assert found.failure.kind == 'NotFound' and nobody in found.failure.text
        read = read_resource(client, ENDPOINT.replace(SUBSCRIPTION, nobody), '2022-01-01', soon())
        assert read.failure.kind == 'Forbidden', 'it may well be there'

    def test_not_logged_in(self, azure):
        assert find_registry(client_of(azure.cli()), BY_NAME, soon()).failure.kind == 'NotLoggedIn'
        assert find_registry(client_of(azure.cli()), BY_ID, soon()).failure.kind == 'NotLoggedIn'
        assert (
            read_resource(client_of(azure.cli()), IDENTITY, '2023-01-31', soon()).failure.kind
            == 'NotLoggedIn'
        )

    def test_a_sign_in_that_is_refused(self, client):
        with recorded('sign_in_refused'):
            read = find_registry(client, BY_NAME, soon())
        assert read.failure.kind == 'NotLoggedIn' and 'AADSTS7000222' in read.failure.text
        assert (
            (read.aadsts, read.status) == ('AADSTS7000222', 401)
            and AT.fullmatch(read.at)
            and read.correlation_id
        )

    def test_a_sign_in_that_cannot_be_reached(self, client, monkeypatch):
        monkeypatch.setenv('HTTPS_PROXY', f'http://127.0.0.1:{servers.unused_port()}')
        assert find_registry(client, BY_NAME, soon()).failure.kind == 'Unavailable'


class TestReading:
    def test_a_private_endpoint_and_its_interface(self, client):
        with recorded('private_endpoint') as cassette:
            endpoint = read_resource(client, ENDPOINT, '2022-01-01', soon()).resource
            interface_id = endpoint['properties']['networkInterfaces'][0]['id']
            interface = read_resource(client, interface_id, '2022-01-01', soon()).resource
        names = [
            configuration['properties']['privateLinkConnectionProperties']['fqdns'][0]
            for configuration in interface['properties']['ipConfigurations']
        ]
        assert names == ['contoso.westeurope.data.azurecr.io', 'contoso.azurecr.io']
        assert endpoint['properties']['subnet']['id'].endswith('/contoso-network/subnets/default')
        assert len(asked(cassette)) == 2

    def test_an_identity(self, client):
        with recorded('identity'):
            read = read_resource(client, IDENTITY, '2023-01-31', soon())
        assert read.failure is None and read.resource['properties']['clientId'].endswith('5')

    @pytest.mark.parametrize(
        'resource_id, recording, kind, status',
        [
            (ENDPOINT, 'private_endpoint_forbidden', 'Forbidden', 403),
            (IDENTITY, 'identity_gone', 'NotFound', 404),
        ],
    )
    def test_errors(self, client, resource_id, recording, kind, status):
        with recorded(recording):
            read = read_resource(client, resource_id, '2022-01-01', soon())
        assert (read.failure.kind, read.status, read.correlation_id) == (kind, status, CORRELATION)

    @pytest.mark.parametrize(
        'resource_id',
        [
            '',
            None,
            'contoso',
            '/',
            'https://elsewhere.example/',
            f'https://elsewhere.example{IDENTITY}',
            f'{IDENTITY}/../../../../../../..',
            f'{IDENTITY}?x=y',
            f'{IDENTITY}#x',
            f'{IDENTITY}/a b',
            f'{IDENTITY}%2f',
            f'{IDENTITY}\n',
            f'//elsewhere.example{IDENTITY}',
            f'{IDENTITY}@elsewhere.example',
            f'{IDENTITY}/..',
            f'{GROUP}/providers/',
            f'{GROUP}/providers/Microsoft.X',
            f'{GROUP}/providers/Microsoft.Network/x/.',
            f'{GROUP}/providers/Microsoft.Network/../../..',
            f'{GROUP}/providers/Microsoft.Network/./x',
            f'/subscriptions/{SUBSCRIPTION}/resourceGroups/../providers/Microsoft.Network/'
            'privateEndpoints/x',
            f'{GROUP}/providers/../privateEndpoints/x',
            '/subscriptions/a/../b',
        ],
    )
    def test_what_is_no_resource_id_is_never_asked_for(self, client, resource_id):
        with recorded('sign_in') as cassette:
            read = read_resource(client, resource_id, '2022-01-01', soon())
        assert read.failure.kind == 'Unavailable' and "isn't a resource ID" in read.failure.text
        assert cassette.play_count == 0


class TestLists:
    REGISTRY = f'{GROUP}/providers/Microsoft.ContainerRegistry/registries/contoso'

    @pytest.mark.parametrize(
        'recording, names, more, requests',
        [
            ('replications_in_pages', ['westeurope', 'eastus'], False, 2),
            ('replications_without_an_end', ['westeurope'] * 5, True, 1),
        ],
    )
    def test_pages(self, client, recording, names, more, requests):
        with recorded(recording) as cassette:
            read = read_resource(client, self.REGISTRY, '2023-07-01', soon(), '/replications')
        assert [one['name'] for one in read.resource['value']] == names and read.resource[
            'more'
        ] is more
        assert (read.status, read.correlation_id, len(asked(cassette))) == (
            200,
            CORRELATION,
            requests,
        )

    def test_a_filter_and_a_resource_group(self, arm):
        item = servers.http(b'{"value":[]}', '200 OK', 'Content-Type: application/json')
        client, server, _ = arm(servers.answering(item, item))
        condition = "atScope() and assignedTo('x')"
        parts = '/providers/Microsoft.Authorization/roleAssignments'
        read_resource(client, self.REGISTRY, '2022-04-01', soon(), parts, condition)
        scale_sets = '/providers/Microsoft.Compute/virtualMachineScaleSets'
        read_resource(client, GROUP, '2022-03-01', soon(), scale_sets)
        assert [heard.split(b' ')[1].decode() for heard in server.heard] == [
            f'{self.REGISTRY}{parts}?api-version=2022-04-01'
            '&$filter=atScope()%20and%20assignedTo(%27x%27)',
            f'{GROUP}{scale_sets}?api-version=2022-03-01',
        ]

    @pytest.mark.parametrize('group', [f'{GROUP}/..', f'{GROUP}/x', '/subscriptions/a', ''])
    def test_what_is_no_group_has_no_resources(self, client, group):
        with recorded('sign_in') as cassette:
            read = read_resource(client, group, '1', soon(), '/providers/Microsoft.Compute/x')
        assert read.failure.kind == 'Unavailable' and cassette.play_count == 0

    def test_a_group_is_no_resource(self, client):
        assert read_resource(client, GROUP, '1', soon()).failure.kind == 'Unavailable'

    def test_no_page_is_fetched_elsewhere(self, client):
        with recorded('replications_with_a_foreign_next_page') as cassette:
            read = read_resource(client, self.REGISTRY, '2023-07-01', soon(), '/replications')
        assert read.failure.kind == 'Unavailable' and len(asked(cassette)) == 1


class TestBadDays:
    """Resource Manager is a local TLS server, and so is the endpoint of a managed identity."""

    def test_the_token_goes_to_resource_manager(self, arm):
        client, server, _ = arm(
            servers.answering(
                servers.http(
                    b'{"value":[{"name":"contoso"}]}', '200 OK', 'Content-Type: application/json'
                )
            )
        )
        assert find_registry(client, BY_NAME, soon()).resource == {'name': 'contoso'}
        assert b'\r\nAuthorization: Bearer e.y.J\r\n' in server.heard[0] and len(server.heard) == 1

    @pytest.mark.parametrize(
        'status, kind',
        [('200 OK', None), ('403 Forbidden', 'Unavailable'), ('500 Oops', 'Unavailable')],
    )
    def test_what_support_asks_for(self, arm, status, kind):
        client, _, _ = arm(
            servers.answering(
                servers.http(
                    b'{"value":[],"name":"x","properties":{}}',
                    status,
                    'Content-Type: application/json',
                    'Date: Thu, 01 Jan 2026 00:00:00 GMT',
                    f'x-ms-correlation-request-id: {CORRELATION}',
                )
            )
        )
        for read in (
            find_registry(client, BY_ID, soon()),
            read_resource(client, IDENTITY, '2023-01-31', soon()),
        ):
            assert (read.failure and read.failure.kind) == kind
            assert (read.status, read.date) == (int(status[:3]), 'Thu, 01 Jan 2026 00:00:00 GMT')
            assert read.correlation_id == CORRELATION and AT.fullmatch(read.at)

    @pytest.mark.parametrize(
        'code, message, asked_again',
        [
            (
                'NoRegisteredProviderFound',
                "The supported api-versions are '2019-05-01, 2025-11-01, 2025-05-01-preview'.",
                '2025-11-01',
            ),
            (
                'InvalidApiVersionParameter',
                'supported: 2023-07-01,2026-09-01-preview',
                '2023-07-01',
            ),
            ('NoRegisteredProviderFound', 'no version is named', None),
            ('NoRegisteredProviderFound', 7, None),
            ('BadRequest', '2025-11-01', None),
        ],
    )
    def test_a_cloud_without_the_version(self, arm, code, message, asked_again):
        error = json.dumps({'error': {'code': code, 'message': message}}).encode()
        found = b'{"value":[{"name":"contoso"}]}'
        client, server, _ = arm(
            servers.answering(
                servers.http(error, '400 Bad Request', 'Content-Type: application/json'),
                servers.http(found, '200 OK', 'Content-Type: application/json'),
            )
        )
        read = find_registry(client, BY_NAME, soon())
        versions = [heard.split(b' ')[1].rpartition(b'=')[2].decode() for heard in server.heard]
        assert versions == ['2026-09-01-preview', *([asked_again] if asked_again else [])]
        assert (read.failure is None) == bool(asked_again)

    def test_a_cloud_without_the_version_of_another_resource(self, arm):
        message = "The supported api-versions are '2019-05-01, 2025-11-01'."
        error = json.dumps({'error': {'code': 'NoRegisteredProviderFound', 'message': message}})
        client, server, _ = arm(
            servers.answering(
                servers.http(error.encode(), '400 Bad Request', 'Content-Type: application/json'),
                servers.http(b'{"properties":{}}', '200 OK', 'Content-Type: application/json'),
            )
        )
        assert read_resource(client, IDENTITY, '2026-01-31', soon()).failure is None
        assert [heard.split(b' ')[1].decode() for heard in server.heard] == [
            f'{IDENTITY}?api-version={version}' for version in ('2026-01-31', '2025-11-01')
        ]

    @pytest.mark.parametrize(
        'names, similar',
        [
            (['contosso', 'fabrikam'], ('contosso',)),
            (['Contoso1', 'ccontoso', 'cont0so', 'contos'], 3),
            (['cont\x1b[31moso', 'contoso;rm', 'conto so', 7, None, 'cntso' * 20], ()),
            ([], ()),
        ],
    )
    def test_names_that_it_may_have_been_mistaken_for(self, arm, names, similar):
        body = json.dumps({'value': [{'name': name} for name in names]}).encode()
        client, _, _ = arm(
            servers.answering(servers.http(body, '200 OK', 'Content-Type: application/json'))
        )
        read = find_registry(client, BY_NAME, soon())
        assert read.failure.kind == 'NotFound' and read.status == 200
        assert read.similar == similar or len(read.similar) == similar

    @pytest.mark.parametrize(
        'head, body',
        [
            ('Content-Length: 99999999', b' ' * 300000),
            ('Transfer-Encoding: chunked', b'40000\r\n' + b' ' * 0x40000 + b'\r\n'),
            (
                'Content-Encoding: gzip\r\nContent-Length: 1100',
                gzip.compress(b' ' * 1100000)[:1100],
            ),
            ('Connection: close', b' ' * 300000),
        ],
        ids=['length', 'chunks', 'gzip', 'no length'],
    )
    @pytest.mark.parametrize(
        'ask',
        [
            lambda one: find_registry(one, BY_NAME, soon()),
            lambda one: find_registry(one, BY_ID, soon()),
            lambda one: read_resource(one, IDENTITY, '2023-01-31', soon()),
        ],
        ids=['list', 'get', 'resource'],
    )
    def test_an_answer_that_is_too_long_is_not_read(self, arm, monkeypatch, head, body, ask):
        monkeypatch.setattr(arm_transport, 'ARM_SIZE', 2**18)
        client, _, _ = arm(
            servers.answering(f'HTTP/1.1 200 OK\r\n{head}\r\n\r\n'.encode() + body * 2)
        )
        read = ask(client)
        assert read.failure.kind == 'Unavailable'
        assert read.failure.text == 'Azure Resource Manager: the response exceeded 0.25 MiB'

    def test_a_thread_that_was_left_behind_ends(self, arm, monkeypatch):
        monkeypatch.setattr(deadlines, 'ARM', 0.4)
        client, server, _ = arm(
            servers.answering(servers.http(b'{"value":[' + b' ' * 9999), pause=0.01)
        )
        # The server has threads, too, one for each connection.
        before = _thread._count()
        assert 'timed out after' in find_registry(client, BY_NAME, soon()).failure.text
        assert eventually(lambda: _thread._count() <= before, 2)
        assert len(server.heard) == 1

    @pytest.mark.parametrize(
        'talk',
        [
            servers.silent,
            servers.answering(servers.http(b'{"value":[' + b' ' * 9999), pause=0.01),
            servers.answering(b'HTTP/1.1 200 OK\r\n' + b'X-Drip: drop\r\n' * 99, pause=0.01),
            servers.answering(
                b'HTTP/1.1 503 Unavailable\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n'
            ),
        ],
        ids=['silent', 'drip', 'dripping head', 'retry after'],
    )
    @pytest.mark.parametrize(
        'ask',
        [
            lambda one: find_registry(one, BY_NAME, soon()),
            lambda one: find_registry(one, BY_ID, soon()),
            lambda one: read_resource(one, IDENTITY, '2023-01-31', soon()),
        ],
        ids=['list', 'get', 'resource'],
    )
    def test_it_ends_in_time(self, arm, monkeypatch, talk, ask):
        monkeypatch.setattr(deadlines, 'ARM', 0.6)
        client, _, _ = arm(talk)
        with Watch() as watch:
            read = ask(client)
        assert read.failure.kind == 'Unavailable' and watch.took < PROMPT

    @pytest.mark.parametrize('repeated, most', [(True, 2), (False, 110)])
    def test_endless_pages_end(self, arm, repeated, most):
        port, asked = [], []

        def page(target, _):
            asked.append(target)
            suffix = '' if repeated else len(asked)
            link = f'https://localhost:{port[0]}/next{suffix}'
            body = {'value': [{'name': 'x'}], 'nextLink': link}
            return servers.http(
                json.dumps(body).encode(), '200 OK', 'Content-Type: application/json'
            )

        client, server, _ = arm(servers.routed(page))
        port.append(server.port)
        read = find_registry(client, BY_NAME, soon())
        assert read.failure.kind == 'Unavailable' and 'too many pages' in read.failure.text
        assert 1 < len(asked) <= most

    @pytest.mark.parametrize(
        'body',
        [
            b'',
            b'[]',
            b'null',
            b'"x"',
            b'7',
            b'{',
            b'<html>',
            b'[' * 90000,
            b'{"value":7}',
            b'{"value":null}',
            b'{}',
            b'{"value":[7,null,"x",[]]}',
            b'{"value":[{"name":7,"properties":[]}]}',
            b'{"value":[],"nextLink":7}',
            b'{"value":{"name":"contoso"}}',
            b'\xff\xfe',
            b'{"value":[],"nextLink":"/relative"}',
            b'{"value":[],"nextLink":"https://[::1"}',
            b'{"value":[],"nextLink":["x"]}',
        ],
    )
    def test_odd_answers_are_typed_trouble(self, arm, body):
        once = servers.http(body, '200 OK', 'Content-Type: application/json')
        client, _, _ = arm(servers.answering(once, servers.http(b'', '404 Not Found')))
        for read in (
            find_registry(client, BY_NAME, soon()),
            read_resource(client, IDENTITY, '2023-01-31', soon()),
        ):
            assert isinstance(read, ArmResult) and (read.failure or isinstance(read.resource, dict))
            assert (
                read.failure is None
                or read.failure.kind in ('Unavailable', 'NotFound')
                and read.failure.text
            )

    @pytest.mark.parametrize(
        'talk',
        [
            servers.closing,
            servers.reset_when_spoken_to,
            servers.answering(b'SSH-2.0\r\n'),
            servers.answering(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"value"', close=True),
        ],
    )
    def test_connections_that_break(self, arm, talk):
        client, _, _ = arm(talk)
        for read in (
            find_registry(client, BY_NAME, soon()),
            read_resource(client, IDENTITY, '2023-01-31', soon()),
        ):
            assert (
                read.failure.kind == 'Unavailable' and read.failure.text and read.resource is None
            )

    @pytest.mark.parametrize(
        'ask',
        [
            lambda one: find_registry(one, BY_NAME, soon()),
            lambda one: read_resource(one, IDENTITY, '2023-01-31', soon()),
        ],
    )
    def test_a_token_never_follows_a_redirect(self, arm, serve, ask):
        elsewhere = serve(servers.answering(servers.http(b'{}')))
        location = f'Location: https://localhost:{elsewhere.port}/'
        client, _, _ = arm(servers.answering(servers.http(b'', '302 Found', location)))
        assert ask(client).failure.kind == 'Unavailable' and elsewhere.heard == []

    def test_a_certificate_that_nobody_trusts(self, arm, monkeypatch):
        client, server, _ = arm(servers.answering(servers.http(b'{}')))
        monkeypatch.delenv('REQUESTS_CA_BUNDLE')
        for read in (
            find_registry(client, BY_NAME, soon()),
            read_resource(client, IDENTITY, '2023-01-31', soon()),
        ):
            assert read.failure.kind == 'Unavailable' and server.heard == []

    def test_a_refused_token(self, arm):
        error = (
            b'{"error":{"code":"InvalidAuthenticationToken","message":"The access token is '
            b'invalid."}}'
        )
        client, _, _ = arm(
            servers.answering(
                servers.http(error, '401 Unauthorized', 'Content-Type: application/json')
            )
        )
        read = find_registry(client, BY_NAME, soon())
        assert (read.failure.kind, read.status) == (
            'NotLoggedIn',
            401,
        ) and 'access token' in read.failure.text
        assert 'e.y.J' not in repr(read)

    def test_side_by_side(self, arm):
        response = servers.http(
            b'{"name":"x","properties":{}}', '200 OK', 'Content-Type: application/json'
        )
        client, _, _ = arm(servers.answering(response))
        found = []
        threads = [
            threading.Thread(
                target=lambda: found.append(read_resource(client, IDENTITY, '2023-01-31', soon()))
            )
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        assert eventually(lambda: len(found) == 5, 10) and all(
            read.resource == {'name': 'x', 'properties': {}} for read in found
        )


@pytest.mark.parametrize(
    'item, target, expected',
    [
        ({'name': 'Contoso'}, BY_NAME, True),
        ({'name': 'contoso2'}, BY_NAME, False),
        ({}, BY_NAME, False),
        ({'name': None}, BY_NAME, False),
        ({'name': 7}, BY_NAME, False),
        (None, BY_NAME, False),
        ('contoso', BY_NAME, False),
        ([], BY_NAME, False),
        (
            {'name': 'h', 'properties': {'loginServer': 'h.azurecr.io'}},
            Target('h', 'h.azurecr.cn'),
            False,
        ),
        (
            {'name': 'x', 'properties': {'loginServer': 'CONTOSO.example'}},
            Target('contoso', 'Contoso.example'),
            True,
        ),
        (
            {'properties': {'regionalEndpointHostNames': ['a', 7, 'h.example']}},
            Target('h', 'h.example'),
            True,
        ),
        (
            {'properties': {'regionalEndpointHostNames': 'h.example'}},
            Target('h', 'h.example'),
            False,
        ),
        ({'properties': 'x'}, Target('h', 'h.example'), False),
        ({}, Target('h', 'h.example'), False),
    ],
)
def test_is_target(item, target, expected):
    assert is_target(item, target) is expected


@pytest.mark.parametrize(
    'value, as_object, as_list',
    [
        ({'a': 1}, {'a': 1}, []),
        ([1], {}, [1]),
        (None, {}, []),
        ('x', {}, []),
        (7, {}, []),
    ],
)
def test_raw_json_is_taken_for_what_it_should_be(value, as_object, as_list):
    assert (object_of(value), list_of(value)) == (as_object, as_list)
