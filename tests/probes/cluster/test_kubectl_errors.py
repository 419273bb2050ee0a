# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of recognizing kubectl's error messages, as kubectl 1.20 to 1.37 print them."""

from __future__ import annotations

import pytest

from azext_acrhealth.probes.cluster.kubectl_errors import failure_of

SERVER = 'Error from server'
FORBIDDEN = (
    f'{SERVER} (Forbidden): pods is forbidden: User "u" cannot create resource "pods" in API group '
    '"" in the namespace "default"'
)


@pytest.mark.parametrize(
    'text, kind',
    [
        (FORBIDDEN, 'Forbidden'),
        (
            f'{FORBIDDEN}: User does not have access to the resource in Azure. Update role '
            'assignment to allow access.',
            'Forbidden',
        ),
        (
            f'{SERVER} (Forbidden): pods "x" is forbidden: violates PodSecurity '
            '"restricted:latest": runAsNonRoot != true',
            'Refused',
        ),
        (f'{SERVER} (Forbidden): pods "x" is forbidden: exceeded quota: small', 'Refused'),
        (
            f'{SERVER} (Forbidden): pods "x" is forbidden: error looking up service account '
            'ns/sa: serviceaccount "sa" not found',
            'Refused',
        ),
        (
            f'{SERVER} (Forbidden): admission webhook "validation.gatekeeper.sh" denied the '
            'request: [azurepolicy-a]\n[azurepolicy-b]',
            'Refused',
        ),
        (f'{SERVER}: admission webhook "w.contoso.com" denied the request: no', 'Refused'),
        (f'{SERVER} (BadRequest): pod in version "v1" cannot be handled', 'Refused'),
        (f'{SERVER} (NotFound): pods "x" not found', 'NotFound'),
        (f'{SERVER} (NotFound): namespaces "x" not found', 'NoNamespace'),
        (f'{SERVER} (InternalError): Internal error occurred: failed calling', 'ServerError'),
        (f'{SERVER} (ServiceUnavailable): the server is currently unable', 'ServerError'),
        (f'{SERVER}: etcdserver: request timed out', 'ServerError'),
        ('error: You must be logged in to the server (Unauthorized)', 'SignInFailed'),
        (
            'Unable to connect to the server: getting credentials: exec: executable kubelogin '
            'not found',
            'SignInFailed',
        ),
        (
            'Unable to connect to the server: dial tcp: lookup aks1.hcp.westeurope.azmk8s.io: no '
            'such host',
            'Unreachable',
        ),
        (
            'The connection to the server 10.0.0.1:443 was refused - did you specify the right '
            'host or port?',
            'Unreachable',
        ),
        (
            'The connection to the server localhost:8080 was refused - did you specify the right '
            'host or port?',
            'NoContext',
        ),
        ('error: context "nope" does not exist', 'NoContext'),
        ('error: cannot locate context nope', 'NoContext'),
        ('error: cannot locate cluster nope', 'InvalidContext'),
        ('error: current-context must exist in order to minify', 'NoContext'),
        (
            'Unable to connect to the server: tls: failed to verify certificate: x509: '
            'certificate signed by unknown authority',
            'Untrusted',
        ),
        (
            'Unable to connect to the server: net/http: request canceled while waiting for '
            'connection (Client.Timeout exceeded while awaiting headers)',
            'Timeout',
        ),
        ('error: unknown flag: --raw', 'Unexpected'),
        ('panic: runtime error', 'Unexpected'),
        ('', 'Unexpected'),
    ],
)
def test_the_kind(text: str, kind: str) -> None:
    failure = failure_of(text, 1)
    assert failure.kind == kind and failure.text


def test_only_what_kubectl_itself_says_is_shown() -> None:
    printed = (
        'W1130 loader.go:223] Config not found: /home/pat/.kube/config\n'
        'To sign in, open https://microsoft.com/devicelogin and enter the code ABC123\n'
        'error: You must be logged in to the server (Unauthorized)\n'
    )
    assert (
        failure_of(printed, 1).text == 'error: You must be logged in to the server (Unauthorized)'
    )


def test_a_message_of_several_lines_is_shown_whole() -> None:
    denied = 'Error from server (Forbidden): admission webhook "a" denied the request: [b]\n[c] d'
    assert failure_of(f'Warning: e\n{denied}\n', 1).text == denied.replace('\n', ' ')


@pytest.mark.parametrize(
    'secret',
    ['eyJhbGciOiJub25lIn0.eyJhIjoxfQ.', 'https://pat:hunter2@proxy.example', 'sig=AbCdEf123456'],
)
def test_no_secret_is_shown(secret: str) -> None:
    text = failure_of(f'Unable to connect to the server: Get "https://a/?{secret}": EOF', 1).text
    assert secret not in text and 'hunter2' not in text


def test_a_file_is_never_quoted() -> None:
    printed = 'error: error loading config file "/home/pat/c": yaml: cannot unmarshal `sekret`'
    assert failure_of(printed, 1).text == "kubectl can't load its kubeconfig file"


def test_a_refusal_begins_with_its_reason() -> None:
    text = f'{SERVER} (Forbidden): pods "acrhealth-pull-1" is forbidden: exceeded quota: small'
    assert failure_of(text, 1).text == 'exceeded quota: small'
    webhook = f'{SERVER} (Forbidden): admission webhook "w.contoso.com" denied the request: no'
    assert failure_of(webhook, 1).text == webhook
