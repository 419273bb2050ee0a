# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""All that reads foreign data, as functions of bytes that raise only when a promise is broken.

Property tests and the coverage-guided fuzzer call the same functions. The exceptions that a parser
declares are part of its promise; any other exception, and an assertion that fails, is a bug.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPConnection
from types import SimpleNamespace
from typing import Any, NamedTuple, get_args
from unittest import mock

from azure.cli.core._profile import Profile
from azure.cli.core.azclierror import AzCLIError
from knack.util import CLIError

from azext_acrhealth import explain_report, redaction
from azext_acrhealth._compare_format import comparison_table
from azext_acrhealth._format import explanation_table
from azext_acrhealth.advice import Client
from azext_acrhealth.arguments.saved_results import decode_json
from azext_acrhealth.checks.authentication.token_response import times_of
from azext_acrhealth.checks.connectivity.error_responses import error_message
from azext_acrhealth.checks.connectivity.registry_errors import rule_for, upstream_of
from azext_acrhealth.compare.comparison import build, ranked
from azext_acrhealth.compare.difference import pair_of
from azext_acrhealth.compare.saved_result import parse_result, result_error
from azext_acrhealth.explain.explanation import Verdict, explain
from azext_acrhealth.explain.readers.encoding import decode
from azext_acrhealth.grammar import is_host
from azext_acrhealth.options import Selection
from azext_acrhealth.options import Target as Registry
from azext_acrhealth.probes import strict_json
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from azext_acrhealth.probes.azure.resource_graph import find_registries
from azext_acrhealth.probes.azure.resources import find_registry, read_resource
from azext_acrhealth.probes.azure.sign_in import Token, refusal
from azext_acrhealth.probes.cluster import leftovers, pod_state
from azext_acrhealth.probes.cluster.kubectl import Kubectl
from azext_acrhealth.probes.cluster.kubectl_errors import failure_of
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http import certificate, dns_message, www_authenticate
from azext_acrhealth.probes.http.exchange import Request, send
from azext_acrhealth.probes.http.proxy_and_trust import read_proxy
from azext_acrhealth.probes.http.response import Response, registry_error
from azext_acrhealth.probes.http.strict_http import strict_response
from azext_acrhealth.probes.local import docker_config
from azext_acrhealth.probes.local.env_secrets import environment_secrets
from azext_acrhealth.probes.local.process import CompletedCommand
from azext_acrhealth.probes.local.stored_login import stored_logins
from azext_acrhealth.probes.registry import manifest, pull, tokens
from azext_acrhealth.probes.registry.image_platform import Platform, parse_platform

HOST = 'contoso.azurecr.io'
KIB = 1024
SECRET = 'S3cret.of-the_Test+1234567890/abcdef=='
# Longer than any run of this process, and no limit of the threads that wait for it.
NEVER = 1e9
IMAGE = 'application/vnd.oci.image.manifest.v1+json'
ARM = 'https://management.azure.com'
DIGEST = 'sha256:' + '0' * 64
RESOURCE = (
    '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/'
    'Microsoft.ContainerRegistry/registries/contoso'
)


class Target(NamedTuple):
    """What reads some bytes, and inputs that lead into it. `repeated` are pieces of hostile ones.

    An input made of any of these, repeated, must not take more than linear time.
    """

    read: Callable[[bytes], object]
    seeds: Sequence[bytes]
    repeated: Sequence[bytes] = ()


def _text(data: bytes) -> str:
    """Return bytes as the text of a header, or a text with any characters, half ones included."""
    return data.decode('utf-8', 'surrogateescape')


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return _text(data)


def _shown(*values: object) -> None:
    """Require that a value can be shown: as JSON, and by any stream."""
    for value in values:
        json.dumps(redaction.sanitize(value), ensure_ascii=False).encode('utf-8')


def read_challenge(data: bytes) -> None:
    """Parse headers, one in each line."""
    with contextlib.suppress(www_authenticate.UnreadableChallenge):
        for challenge in www_authenticate.parse(data.decode('latin-1').split('\n')):
            assert challenge.scheme
            realm = tokens.parse_realm(challenge.parameters.get('realm', ''))
            assert realm is None or realm.path.isprintable()


class _Socket:
    """A socket from which a response is read."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def settimeout(self, _: float) -> None: ...

    def sendall(self, _: bytes) -> None: ...

    def close(self) -> None: ...

    def makefile(self, _: str) -> io.BytesIO:
        return io.BytesIO(self._data)


class _Guard:
    aborted = False

    @contextlib.contextmanager
    def limit(self, _: float) -> Iterator[None]:
        yield


def read_http(data: bytes) -> None:
    """Read a response to a request."""
    for request in (Request('GET', '/v2/', bound=KIB), Request('HEAD', '/v2/')):
        http: Any = HTTPConnection(HOST)
        http.response_class, http.sock = strict_response(), _Socket(data)
        guard: Any = _Guard()
        result = send(http, guard, request, 1.0, 'agent')
        response = result.response
        assert (response.status is None) is (response.failure is not None)
        assert len(response.body) <= request.bound
        _shown(response.failure and response.failure.text, response.status_text)


def read_json(data: bytes) -> None:
    """Decode JSON as Go does, which accepts less than Python's own parser."""
    with contextlib.suppress(ValueError):
        decoded = strict_json.decode(data)
        json.loads(data.decode('utf-8', 'replace'))
        strict_json.type_error(decoded, {'a': [{'b': int}], 'c': {'*': bytes}})


def read_manifest(data: bytes) -> None:
    """Parse a manifest and an index, and choose from them."""
    for media_type in (*manifest.IMAGES, *manifest.INDEXES):
        _read_manifest(Response(200, (('Content-Type', media_type),), data))


def _read_manifest(response: Response) -> None:
    try:
        found = manifest.parse_manifest(response)
    except manifest.UnreadableManifest as error:
        _shown(error)
        return
    for descriptor in found.descriptors:
        assert descriptor.digest.isascii() and 0 <= descriptor.size < 2**63
    if found.is_index:
        found.entry_for(Platform('linux', 'arm64', 'v9.2'))
        found.entry_for(Platform('windows', 'amd64'))
    _shown(*(platform.description for platform in found.platforms()), found.media_type)


def read_platform(data: bytes) -> None:
    """Parse an image's config, and compare its platform."""
    platform = parse_platform(Response(200, (), data).json())
    if platform:
        assert isinstance(platform.fits(Platform('linux', 'arm64', 'v9.2')), bool)
        assert all(number < 10**9 for number in platform.windows_build)


def read_response(data: bytes) -> None:
    """Read all that a response has: the first line is a header's value, the rest the body."""
    value, _, body = data.partition(b'\n')
    names = ('Retry-After', 'Server', 'Content-Type', 'Location')
    headers = tuple((name, value.decode('latin-1')) for name in names)
    response = Response(503, headers, body).without(SECRET, SECRET + 'x')
    error = registry_error(response)
    if error:
        _shown(rule_for(error) and error.code, error.message, error.detail, *upstream_of(error))
    _shown(response.title, response.writer, response.text(), error_message(response))
    assert response.retry_after is None or 0 <= response.retry_after <= 10**6


def read_location(data: bytes) -> None:
    """Parse a redirect."""
    found = pull.parse_redirect(data.decode('latin-1'), HOST, '/v2/team/app/blobs/sha256:0?a=b')
    if isinstance(found, pull.RedirectTarget):
        assert is_host(found.host) and found.path.startswith('/')
        assert found.path.isascii() and found.path.isprintable() and ' ' not in found.path
        redaction.query_secrets(found.path, 21)
    else:
        _shown(found)


def read_credential_files(data: bytes) -> None:
    """Read a file of docker, podman and Helm, and the variable; a helper prints the same."""
    text = data.decode('utf-8', 'replace')

    def run(command: Sequence[str], *_: object, **__: object) -> CompletedCommand:
        version = 'Docker version 28.3.0' if '--version' in command else text
        return CompletedCommand(0, version)

    environment = {'DOCKER_AUTH_CONFIG': text.replace('\0', '')}
    with (
        mock.patch.object(docker_config, 'read_regular_file', lambda _: data),
        mock.patch('azext_acrhealth.probes.local.process.find', lambda name: f'/bin/{name}'),
        mock.patch.dict('os.environ', environment),
    ):
        for stored in stored_logins(HOST, 'team/app', NEVER, run):
            assert SECRET not in repr(stored)
            _read_secret(stored.secret)
            _shown(stored.user, stored.setting, stored.other_host)
            _shown(stored.failure and stored.failure.text)


def _read_secret(secret: str) -> None:
    """Use a stored secret as the checks do: for its claims, and to redact it."""
    tokens.claims(secret)
    times_of(secret)
    redaction.redactor((secret,))('a text')


def read_token(data: bytes) -> None:
    """Read the claims of a token, also of one whose second part these bytes are."""
    import base64

    claims = base64.urlsafe_b64encode(data).rstrip(b'=').decode()
    for token in (_text(data), f'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{claims}.c2ln'):
        times = times_of(token)
        assert times.starts is None or times.starts.tzinfo
        tokens.registry_actions(token)
        for grant in tokens.grants(token) or ():
            _shown(grant.type, grant.name, grant.actions)


class ArmPages:
    """An ArmClient whose every response is the next of some pages, again and again."""

    def __init__(self, pages: Sequence[bytes], status: int = 200) -> None:
        self._pages, self._status = pages, status
        self.urls: list[str] = []

    def token(self, *_: object) -> Token:
        return Token(value=SECRET)

    def subscription(self) -> str:
        return 'one'

    def transport(self) -> ArmPages:
        return self

    def url(self, path: str) -> str:
        return f'{ARM}{path}'

    def send(self, _: str, url: str, *__: object, **___: object) -> Response:
        page = self._pages[len(self.urls) % len(self._pages)]
        self.urls.append(url)
        return Response(self._status, (('Content-Type', 'application/json'),), page)


def read_arm(data: bytes) -> None:
    """Read a resource, a list in pages, and a refusal; find a registry."""
    read_pages([data], 200)
    read_pages([data], 403)
    read_pages(data.split(b'\n')[:4], 200)


def read_pages(pages: Sequence[bytes], status: int) -> None:
    """Read what comes in pages, each way that it is read."""
    selection, registry = Selection(everywhere=True, tags=(('a', None),)), Registry('contoso')
    readers: tuple[tuple[Callable[[Any], Any], int], ...] = (
        (lambda client: read_resource(client, RESOURCE, '2023-07-01', NEVER), 1),
        (lambda client: read_resource(client, RESOURCE, '2023-07-01', NEVER, '/usages'), 5),
        (lambda client: find_registry(client, registry, NEVER), 101),
        (lambda client: find_registries(client, TENANTS, selection, NEVER).last, 100),
    )
    for read, most in readers:
        client = ArmPages(pages, status)
        found = read(client)
        assert (found.resource is None) is (found.failure is not None) or most == 100
        assert len(client.urls) <= most
        # The token goes along.
        assert all(url.startswith((f'{ARM}/', f'{ARM}:443/')) for url in client.urls)
        _shown(found.failure and found.failure.text, found.correlation_id, found.similar)


TENANTS: Any = SimpleNamespace(
    tenants=lambda: {'tenant': 'one'}, store_tenants=lambda tenants: None
)


def read_entra(data: bytes) -> None:
    """Classify a refusal that has these bytes as its response, its message and its details."""
    error = CLIError(_text(data))
    error.msal_error = _json(data)  # type: ignore[attr-defined]
    for raised in (error, KeyError(_text(data)), ValueError(_text(data))):
        for last in (None, Response(400, (('Retry-After', '5'),), data)):
            token = refusal(raised, 'https://management.azure.com/', last)
            assert token.failure and token.value == ''
            _shown(token.failure.text, token.correlation_id, token.policy)


def read_profile(data: bytes) -> None:
    """Get a token with these accounts in azureProfile.json."""
    context = SimpleNamespace(
        cloud=SimpleNamespace(
            name='AzureCloud',
            suffixes=SimpleNamespace(acr_login_server_endpoint='.azurecr.io', storage_endpoint='x'),
            endpoints=SimpleNamespace(
                active_directory='https://login.microsoftonline.com',
                active_directory_resource_id='https://management.core.windows.net/',
            ),
        ),
        data={},
    )
    profile = {'subscriptions': _json(data)}

    def refuse(*_: object, **__: object) -> object:
        raise CLIError('AADSTS50173: expired')

    with (
        mock.patch('azure.cli.core._profile.ACCOUNT', profile),
        mock.patch.object(Profile, 'get_raw_token', refuse),
    ):
        cli = Cli(context)
        login = CliLogin(cli)
        for subscription in (None, 'one'):
            login.begin(HOST, subscription)
            token = login.token(HOST, NEVER, subscription)
            assert token.failure and not token.value
            _shown(token.failure.text, token.tenant, token.application)
        login.forget_failures()
        login.store_tenants({'one': 'tenant'})
        tenants = login.tenants()
        assert isinstance(tenants, Failure) or all(isinstance(name, str) for name in tenants)
        assert isinstance(cli.subscription(), (str, Failure))


QUESTION = dns_message.encode_query(7, HOST, dns_message.A)[12:]
_HEADER_LENGTH = 12


def read_dns(data: bytes) -> None:
    """Decode a datagram, and one with the right question after its header."""
    for message in (data, data[:_HEADER_LENGTH] + QUESTION + data[_HEADER_LENGTH:]):
        decoded = dns_message.decode_response(message, 7, HOST)
        if decoded:
            names = [*decoded.aliases, *filter(None, (decoded.zone, decoded.primary))]
            assert all(name.isascii() and name.isprintable() for name in names)
            assert len(decoded.aliases) <= 16


def read_texts(data: bytes) -> None:
    """Sanitize and redact."""
    text = _text(data)
    _shown(text, _json(data))
    assert len(redaction.sanitize(text)) <= 1000
    redact = redaction.redactor((SECRET, text[:40], text[-9:]))
    assert SECRET not in redact(f'{text}{SECRET}{text}')
    redaction.redact_values(redaction.sanitize(_json(data)), (SECRET, text[:9]))
    redaction.redact_queries(text)
    redaction.redact_login(text, f'http://user:{text[:20]}@proxy:3128')
    redaction.without_login(text)


def read_environment(data: bytes) -> None:
    """Read a proxy setting, and find its login."""
    text = _text(data)
    route = read_proxy(text)
    assert (route.proxy is None) is (route.failure is not None)
    for setting in (text, f'http://user:{text}@proxy:3128'):
        environment = {'HTTPS_PROXY': setting, 'NO_PROXY': setting, 'DOCKER_HOST': setting}
        secrets = environment_secrets(environment)
        redaction.redactor(secrets)(setting)
        redaction.redact_values({setting: setting}, secrets)


def read_message(data: bytes) -> None:
    """Explain a file as `error explain` does."""
    explanation = explain(decode(data))
    result = explain_report.build(explanation, Client())
    assert result['verdict'] in get_args(Verdict)
    assert bool(result['matches']) is (result['verdict'] == 'Match')
    assert all(match['evidence'].isprintable() for match in result['matches'])
    _shown(result, explain_report.summary(result), explanation_table(result))


def read_kubectl(data: bytes) -> None:
    """Read what kubectl prints on either stream, and judge it as a pod with its events."""
    text = _text(data)
    failure = failure_of(text, 1)
    _shown(failure.kind, failure.text)
    kubectl = Kubectl('/kubectl', lambda *_, **__: CompletedCommand(0, text))
    context = kubectl.context(None, NEVER)
    assert bool(context.failure) is not bool(context.host)
    _shown(context.name, context.host, context.namespace, context.failure and context.failure.text)
    read = kubectl.get('context', '/api/v1/pods', NEVER)
    pod, events = read.object, pod_state.events_of(read.object)
    verdicts = (pod_state.judge(pod, events), pod_state.judge_at_deadline(pod, events))
    _shown(*(verdict and (verdict.end, verdict.message) for verdict in verdicts))
    _shown(pod_state.node_of(pod), pod_state.image_id(pod), pod_state.stored_image(pod))
    _shown(pod_state.secrets_of(pod), pod_state.pull_seconds(events), pod_state.warnings_of(events))
    leftovers.delete(kubectl, 'context', 'default', NEVER)


def read_results(data: bytes) -> None:
    """Compare a saved result with another one, in both orders, and draw the table."""
    try:
        value = decode_json(data, 'the file')
    except AzCLIError as error:
        _shown(str(error), *error.recommendations)
        return
    if result_error(value):
        return
    results = [parse_result(value, 'a'), parse_result(_RESULT, 'b')]
    for first, second in (results, results[::-1]):
        pair = pair_of(first, second)
        comparison = build(pair, ranked(pair))
        _shown(comparison, comparison_table(comparison))
        assert all(entry['text'].isprintable() for entry in comparison['differences'])
    assert not ranked(pair_of(results[0], parse_result(value, 'b')))


def read_certificate(data: bytes) -> None:
    """Parse a certificate that nobody verified."""
    found = certificate.parse_der(data)
    if found:
        _shown(found.subject, found.issuer, found.organization, *found.names)
        found.covers(HOST)


def _certificate() -> bytes:
    import trustme
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    pem = trustme.CA().issue_cert(HOST, '10.0.0.1').cert_chain_pems[0].bytes()
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


_DESCRIPTOR = {'mediaType': IMAGE, 'size': 7, 'digest': DIGEST}
_PLATFORM = {'os': 'linux', 'architecture': 'arm64', 'variant': 'v8', 'os.version': '10.0.1'}
_ACCOUNT = {
    'id': 'one',
    'name': 'One',
    'isDefault': True,
    'tenantId': 'tenant',
    'environmentName': 'AzureCloud',
    'state': 'Enabled',
    'user': {'name': 'alice', 'type': 'user'},
}
_RESULT = {
    'schemaVersion': '1.0',
    'healthy': False,
    'client': {'proxy': None, 'cloud': 'AzureCloud'},
    'identity': None,
    'registries': [{'name': 'contoso', 'loginServer': HOST, 'canPull': 'no', 'clusters': []}],
    'checks': [
        {
            'registry': 'contoso',
            'check': 'dns',
            'status': 'Failed',
            'code': 'CONNECTIVITY_DNS_ERROR',
            'reason': 'NotInLocalDns',
            'detail': 'no such host',
            'facts': {'addresses': [{'address': '10.1.0.5'}]},
        },
        {'check': 'connection', 'status': 'Passed', 'facts': {'proxy': 'http://proxy:3128'}},
    ],
}
_POD = {
    'metadata': {'name': 'acrhealth-abcde', 'creationTimestamp': '2026-01-01T00:00:00Z'},
    'spec': {'nodeName': 'node1', 'imagePullSecrets': [{'name': 'secret'}]},
    'status': {
        'phase': 'Pending',
        'conditions': [{'type': 'PodScheduled', 'status': 'False', 'message': 'no node'}],
        'containerStatuses': [
            {'name': 'pull', 'state': {'waiting': {'reason': 'ErrImagePull', 'message': 'denied'}}}
        ],
    },
}
_EVENT = {
    'reason': 'Failed',
    'type': 'Warning',
    'message': 'Successfully pulled image "x" in 1.5s (1.5s including waiting)',
    'involvedObject': {'fieldPath': 'spec.containers{pull}'},
}
_NEXT = f'{ARM}{RESOURCE}/usages?api-version=2023-07-01&page=2'

TARGETS: Mapping[str, Target] = {
    'messages': Target(
        read_message,
        [
            b'Failed to pull image "contoso.azurecr.io/app:v1": denied: client with IP '
            b"'203.0.113.7' is not allowed access.",
            b'{"message": "AADSTS700082: The refresh token has expired"}\r\n\x1b[31merror\x1b[0m',
            'manifest tagged by "v1" is not found'.encode('utf-16'),
            f'docker login contoso.azurecr.io -p {SECRET}: unauthorized'.encode(),
        ],
        [
            *(b'a', b'a ', b'\n', b'contoso.azurecr.io ', b'contoso.azurecr.io/a:1 ', b'\\u0000'),
            *(
                b'/',
                b'.',
                b'a.',
                b'"',
                b': ',
                b'[',
                b'AADSTS7 ',
                b'\x1b[',
                b'\0',
                b'manifest unknown ',
            ),
            *(b'failed to ', b'https://', b'error: ', b'x509: ', b"client with IP '", b'{"a":'),
        ],
    ),
    'kubectl': Target(
        read_kubectl,
        [
            b'https://contoso.hcp.eastus.azmk8s.io:443\naks1\ndefault',
            b'I0101 log\nError from server (Forbidden): pods is forbidden: User "x" cannot list '
            b'resource "pods"',
            _dumped(_POD),
            _dumped({'items': [_EVENT, {'metadata': _POD['metadata']}]}),
        ],
        [
            *(b'\n', b'Error from server', b'error:', b'error:\n', b'User "', b'namespace "', b'['),
            *(b'getting credentials: ', b'{"items":[', b'{"a":', b'context "', b'a'),
        ],
    ),
    'results': Target(
        read_results,
        [_dumped(_RESULT), _dumped(_RESULT).decode().encode('utf-16')],
        [b'[', b'{"checks":', b'{"a":1},', b'9', b'\\u0000', b'\0', b'\xff'],
    ),
    'challenge': Target(
        read_challenge,
        [
            b'Bearer realm="https://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io"',
            b'Basic realm="x\\"y", Bearer a=b , c = "d"\nNegotiate abc==',
        ],
        [b',', b' ', b'a=b,', b'B a="', b'\\', b'B a=b,', b'a ', b'='],
    ),
    'http': Target(
        read_http,
        [
            b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 1\r\n\r\n[]',
            b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
            b'2;a=b\r\n[]\r\n0\r\na: b\r\n\r\n',
            b'HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n'
            + gzip.compress(b'{}' * 999, mtime=0),
        ],
        [b'a: b\r\n', b'1\r\na\r\n', b'a', b'\r\n', b'HTTP/1.1 100 Continue\r\n\r\n', b' ', b','],
    ),
    'json': Target(
        read_json,
        [b'{"a":[{"B":1}],"A":null,"c":{"x":"YQ=="}}', b'[NaN,1e999,"\\ud800"]'],
        [b'[', b'{"a":', b'"a":1,', b'9', b'\\u0000', b'[],'],
    ),
    'manifest': Target(
        read_manifest,
        [
            _dumped({'schemaVersion': 2, 'config': _DESCRIPTOR, 'layers': [_DESCRIPTOR]}),
            _dumped(
                {
                    'schemaVersion': 2,
                    'mediaType': manifest.INDEXES[0],
                    'manifests': [{**_DESCRIPTOR, 'platform': _PLATFORM}],
                }
            ),
        ],
        [b'[', b'{"a":', b'1', b'"', b'\\u0000', b' ', b'[],', _dumped(_DESCRIPTOR) + b','],
    ),
    'platform': Target(read_platform, [_dumped(_PLATFORM)], [b'{"os":"', b'1.', b'[']),
    'response': Target(
        read_response,
        [
            b'5\n{"errors":[{"code":"DENIED","message":"client with IP \'10.0.0.1\' is not allowed '
            b'access","detail":[1]}]}',
            b'nginx\n<html><head><title>503 Service Unavailable</title></head></html>',
        ],
        [b'<title', b'>', b'</title', b'client with IP ', b'%25', b'S3cret.o', b"'", b'\xff'],
    ),
    'location': Target(
        read_location,
        [
            b'https://x.blob.core.windows.net//a?sig=abcdefghijklmnopqrstuvwxyz%3D#b',
            b'/v2/team/app/blobs/uploads/1?_state=a',
            b'//[::1]:443/x',
        ],
        [b'/', b'?', b'//', b'%2F', b'&a=', b'..', b':', b'@', b'['],
    ),
    'credential-files': Target(
        read_credential_files,
        [
            _dumped({'auths': {HOST: {'auth': 'YTpi'}}, 'credsStore': 'desktop'}),
            _dumped({'auths': {f'https://{HOST}/v1/': {'identitytoken': 'a.b.c'}}}),
            _dumped({'credHelpers': {HOST: 'acr-env'}, 'auths': {HOST.upper(): {}}}),
            _dumped({'Username': '<token>', 'Secret': SECRET, 'credsStore': 'x'}),
            b'{"auths":{"contoso.azurecr.io":{"username":"a","password":"\\ud800"}}}',
        ],
        [b'[', b'{"auths":', b'"', b'{"auths":{"a":{"auth":"', b'A', b' ', b'\xef\xbb\xbf'],
    ),
    'token': Target(
        read_token,
        [
            _dumped({'exp': 1, 'nbf': 2.5, 'access': [{'type': 'x', 'actions': ['pull']}]}),
            _dumped({'permissions': {'Actions': ['read']}, 'aud': HOST}),
        ],
        [b'.', b'a', b'[', b'{"exp":', b'9'],
    ),
    'arm': Target(
        read_arm,
        [
            _dumped({'properties': {}, 'value': [], 'nextLink': _NEXT}),
            _dumped({'error': {'code': 'AuthorizationFailed', 'message': 'no'}}),
            b'{"value":[],"nextLink":"https://management.azure.com:x/"}',
            _dumped({'data': [{'id': RESOURCE, 'tags': {'a': 1}}], '$skipToken': 'next'}),
            _dumped({'value': [], 'nextLink': _NEXT}) + b'\n' + _dumped({'value': [{}]}),
        ],
        [b'{', b'[', b'{"value":[', b'"', b'{"error":{"code":"', b'/..'],
    ),
    'entra': Target(
        read_entra,
        [
            _dumped({'error': 'invalid_grant', 'error_codes': [50173], 'suberror': 'x'}),
            b'AADSTS50173: expired. Trace ID: 1 Correlation ID: 00000000-0000-0000-0000-00000000000'
            b'1 Timestamp: x',
        ],
        [b'AADSTS', b'AADSTS50173', b'Trace ID: ', b'Correlation ID: ', b'[', b' '],
    ),
    'profile': Target(
        read_profile,
        [
            _dumped([_ACCOUNT]),
            _dumped([{**_ACCOUNT, 'user': 'alice'}]),
            _dumped([{**_ACCOUNT, 'user': {'name': 'x', 'type': 'servicePrincipal'}}]),
            _dumped([{'environmentName': 'AzureCloud'}]),
            b'[7, {}]',
        ],
    ),
    'dns': Target(
        read_dns,
        [
            b'\0\7\x81\x80\0\1\0\1\0\0\0\0',
            b'\0\7\x81\x83\0\1\0\2\xc0\x0c\0\5\0\1\0\0\0\1\0\4\1a\xc0\x0c',
        ],
        [b'\xc0\x0c', b'\1a', b'\0', b'\x3f', b'\xc0\x0c\0\5\0\1\0\0\0\1\0\2\xc0\x0c', b'\xff'],
    ),
    'texts': Target(
        read_texts,
        [
            f'Bearer {SECRET} https://u:p@h/?sig=abc&password=x eyJhbGciOi.eyJhIjox.abc'.encode(),
            b'access_token: abcdefgh refresh_token:86 client_secret="x" abc8Q~' + b'x' * 34,
        ],
        [
            *(b'://', b'?', b'#', b'a:b@', b'eyJ', b'%25', b'S3cret.o', b'Bearer ', b'sig='),
            *(b'aaa', b'://a:', b'\xff', b'[', b'-', b'1Q~'),
        ],
    ),
    'environment': Target(
        read_environment,
        [b'http://user:p%40ss@proxy:3128', b'socks5h://[::1]:1080', b'unix:///x@y', b'\xff'],
        [b'%25', b'@', b',', b'://', b':', b'a@b,', b'\xff'],
    ),
    'certificate': Target(read_certificate, [_certificate()], [b'\x30\x80', b'\0', b'\x30\x82']),
}
