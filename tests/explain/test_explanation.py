# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Explanations: traps, forms of texts, secrets, and any text in bounded time."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_acrhealth import explain_report
from azext_acrhealth.advice import Client
from azext_acrhealth.explain.explanation import Explanation, explain
from azext_acrhealth.explain.rules import RULES
from tests.explain.message_files import entries

IMAGE = 'contoso.azurecr.io/app:v1'
DENIED = "denied: client with IP '203.0.113.7' is not allowed access"
ANONYMOUS = (
    f'failed to pull and unpack image "{IMAGE}": failed to authorize: failed to fetch anonymous '
    'token: unexpected status: 401 Unauthorized'
)


def first(explanation: Explanation) -> str:
    return explanation.matches[0].problem.reason if explanation.matches else explanation.verdict


@pytest.mark.parametrize(
    'text, reason',
    [
        # The kubelet prints an anonymous 401 after the real cause.
        (f'[manifest tagged by "v1" is not found, {ANONYMOUS}]', 'NoSuchTag'),
        (
            f"[client with IP '203.0.113.7' is not allowed access, {ANONYMOUS}]",
            'ClientIpNotAllowed',
        ),
        (f'[dial tcp: lookup contoso.azurecr.io: no such host, {ANONYMOUS}]', 'NameNotFound'),
        (ANONYMOUS, 'NoCredentialsSent'),
        ('contoso.azurecr.io: no match for platform in manifest: not found', 'NoMatchingPlatform'),
        (
            'https://contoso.azurecr.io/v2/: x509: certificate has expired or is not yet valid: '
            'current time 2026-11-23T22:36:16Z is after 2026-11-20T22:36:16Z',
            'CertificateExpired',
        ),
        (
            'https://contoso.azurecr.io/v2/: proxyconnect tcp: tls: first record does not look '
            'like a TLS handshake',
            'InvalidProxy',
        ),
        (
            'docker: lookup contoso.azurecr.io on 10.0.0.10:53: read udp 10.0.0.4:5->10.0.0.10:53: '
            'i/o timeout',
            'ResolverTimeout',
        ),
        ('docker: contoso.azurecr.io: dial tcp 203.0.113.9:443: i/o timeout', 'ConnectTimeout'),
        (
            'error pulling image configuration: download failed: dial tcp 203.0.113.9:443: i/o '
            'timeout',
            'ConnectTimeout',
        ),
        ('open /root/.docker/config.json: permission denied', 'ConfigUnreadable'),
        (
            "PermissionError: [Errno 13] Permission denied: '/x/msal_token_cache.json'",
            'LoginStoreUnusable',
        ),
        (
            'error getting credentials - err: exec: "docker-credential-desktop": executable file '
            'not found in $PATH, out: ``',
            'HelperMissing',
        ),
        ('exec: "python": executable file not found in $PATH', 'NoMatch'),
        (
            f'Login Succeeded contoso.azurecr.io\n{ANONYMOUS}',
            'NoCredentialsSent',
        ),
        (
            'Successfully logged into contoso.azurecr.io\ntoomanyrequests: You have reached your '
            'pull rate limit.',
            'OtherRegistry',
        ),
        ('Failed to pull image "mcrprod.azurecr.io/x:1": not found', 'OtherRegistry'),
        (
            "Cannot open server 'sql1'. Client with IP address '203.0.113.7' is not allowed to "
            'access the server.',
            'NoMatch',
        ),
        (
            'kv1.vault.azure.net: Client address is not authorized, caller is no trusted service.',
            'NoMatch',
        ),
        ('dial tcp: lookup db.example.com on 10.0.0.10:53: no such host', 'NoMatch'),
        ('Error acquiring the state lock: state blob is already locked', 'NoMatch'),
        ('Last State: Terminated Reason: OOMKilled Exit Code: 137', 'NoMatch'),
        ('Back-off restarting failed container', 'NoMatch'),
        (f'Successfully pulled image "{IMAGE}"\nReadiness probe failed: 500', 'NoMatch'),
        (f'Image: {IMAGE}\ngetaddrinfo ENOTFOUND mydb', 'NoMatch'),
        ('Image: nginx:1.25\nState: Terminated\nReason: Error\nOOMKilled', 'NoMatch'),
        (
            'unauth\norized: authentication req\nuired, visit https://aka.ms/acr/authorization',
            'Unauthorized',
        ),
    ],
)
def test_traps(text: str, reason: str) -> None:
    assert first(explain(text)) == reason


FORMS = {
    'JSON': json.dumps,
    'JSON in JSON': lambda text: json.dumps(json.dumps(text)),
    'CSV': lambda text: f'1,"{text.replace(chr(34), chr(34) * 2)}",x',
    'ANSI': lambda text: f'\x1b[31m{text}\x1b[0m',
    'CRLF': lambda text: f'line\r\n{text}\r\n',
    'a log': lambda text: f'2026-01-05T10:00:00.0000000Z ##[error]{text}',
    'wrapped': lambda text: text.replace(': ', ':\n      '),
    'in capitals': str.upper,
    'HTML': lambda text: text.replace('"', '&quot;').replace("'", '&#39;'),
    'NULs': lambda text: text.replace('a', 'a\0'),
}


@pytest.mark.parametrize('form', FORMS)
def test_the_form_does_not_matter(form: str) -> None:
    text = f'Failed to pull image "{IMAGE}": {DENIED}'
    explanation = explain(FORMS[form](text))
    assert first(explanation) == 'ClientIpNotAllowed'
    assert explanation.subject.host == 'contoso.azurecr.io'


def test_prefixes_that_are_removed_show_the_tool() -> None:
    assert explain(f'##[error]{DENIED}').tool == 'azure-pipelines'


SECRETS = (
    'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
    'Bearer abcdefghijklmnopqrstuvwxyz123456',
    'https://x.blob.core.windows.net/y?sv=1&sig=Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA%3D%3D',
    'https://alice:hunter2hunter2@contoso.azurecr.io/v2/',
    'password=hunter2hunter2',
)


@pytest.mark.parametrize('secret', SECRETS)
def test_no_secret_comes_back(secret: str) -> None:
    text = (
        f'docker login contoso.azurecr.io {secret} unauthorized: authentication required {secret}'
    )
    for message in (
        text,
        f'failed to fetch oauth token: unexpected status from GET request to {secret}: 401',
    ):
        shown = json.dumps(explain_report.build(explain(message), Client()))
        for part in ('hunter2', 'c2lnbmF0', 'abcdefghij', 'Zm9vYmFy'):
            assert part not in shown


PARTS = sorted({word for rule in RULES for word in rule.words})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(PARTS),
            st.sampled_from(['contoso.azurecr.io/app:v1', 'https://', '"', '\x1b[31m', '\n', ': ']),
        ),
        max_size=40,
    )
)
def test_any_text_ends_without_a_traceback_or_an_escape_code(parts: list[str]) -> None:
    result = explain_report.build(explain(' '.join(parts)), Client())
    shown = json.dumps(result, ensure_ascii=False)
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    explain_report.summary(result)


def duration(text: str) -> float:
    started = time.process_time()
    explain(text)
    return time.process_time() - started


def test_a_password_in_a_command_is_no_evidence() -> None:
    (match, *_) = explain('docker login contoso.azurecr.io -p Hunter-2: unauthorized').matches
    assert 'Hunter-2' not in match.evidence and match.evidence.endswith('unauthorized')


HOSTILE = [
    *('a.', 'https://', '%25', '\\\\', '""', '\x1b[', ' \n', '[](', 'pull image ', '&amp;', ': '),
    *('lookup contoso.azurecr.io on ', 'unexpected status from get request to https://', '***.'),
    'contoso.azurecr.io/' + 'a/' * 50,
]


@pytest.mark.parametrize('part', HOSTILE)
def test_hostile_text_takes_no_longer_than_any_other(part: str) -> None:
    size = 1_000_000
    explain('docker pull contoso.azurecr.io/app:v1 unauthorized')
    plain = duration('compiling the project\n' * (size // 22))
    assert duration((part * size)[:size]) < 2 + 10 * plain


def test_repeated_messages_take_no_longer_than_any_other_text() -> None:
    plain = duration('compiling the project\n' * 20_000)
    longest = max(entries(), key=lambda entry: len(entry.text)).text
    for text in (longest, *(entry.text[: len(entry.text) // 2] for entry in entries()[::25])):
        assert duration((text * 400_000)[:400_000]) < 2 + 10 * plain
