# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A real Azure CLI with its own configuration directory, and recordings that play responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import pytest
import vcr

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import arm_transport
from azext_acrhealth.probes.http.exchange import Request
from azext_acrhealth.probes.http.response import Response

SUBSCRIPTION, TENANT, APPLICATION = (
    f'00000000-0000-0000-0000-00000000000{number}' for number in (1, 2, 3)
)
OTHER_SUBSCRIPTION = '00000000-0000-0000-0000-0000000000ff'
GROUP = f'/subscriptions/{SUBSCRIPTION}/resourceGroups/contoso-group'
RECORDINGS = Path(__file__).parent.parent / 'recordings'

SERVICE_PRINCIPAL = {'name': APPLICATION, 'type': 'servicePrincipal'}
MANAGED_IDENTITY = {
    'name': 'systemAssignedIdentity',
    'type': 'servicePrincipal',
    'assignedIdentityInfo': 'MSI',
}
USER = {'name': 'alice@contoso.example', 'type': 'user'}


class Azure:
    """A configuration directory of the CLI; `cli()` returns a real CLI that uses it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from azure.cli.core.auth.identity import Identity

        self.folder, self._monkeypatch = folder, monkeypatch
        monkeypatch.setenv('AZURE_CONFIG_DIR', str(folder))
        # The CLI checks for updates whenever it starts.
        monkeypatch.setattr('azure.cli.core.util.handle_version_update', lambda: None)
        # The path is set at import time, and Identity caches the sign-in of an earlier test.
        monkeypatch.setattr('azure.cli.core.cloud.CLOUD_CONFIG_FILE', str(folder / 'clouds.config'))
        for name in ('_msal_token_cache', '_msal_http_cache', '_service_principal_store_instance'):
            monkeypatch.setattr(Identity, name, None)
        self.configure()

    def configure(self, **sections: dict[str, str]) -> None:
        """Write the settings of `az config`."""
        sections['core'] = {
            'encrypt_token_cache': 'no',
            'use_msal_http_cache': 'no',
            'collect_telemetry': 'no',
            **sections.get('core', {}),
        }
        self._write('config', sections)

    def clouds(self, **sections: dict[str, str]) -> None:
        """Write the clouds that were registered or changed."""
        self._write('clouds.config', sections)

    def _write(self, file: str, sections: dict[str, dict[str, str]]) -> None:
        lines = (
            f'[{name}]\n' + ''.join(f'{key} = {value}\n' for key, value in section.items())
            for name, section in sections.items()
        )
        (self.folder / file).write_text(''.join(lines), encoding='utf-8')

    def sign_in(self, user: dict[str, str], cloud: str = 'AzureCloud') -> None:
        """Write the files that `az login` writes: two subscriptions, and a secret for `user`."""
        accounts = [
            {
                'id': identifier,
                'name': name,
                'state': 'Enabled',
                'user': user,
                'isDefault': default,
                'tenantId': TENANT,
                'environmentName': cloud,
                'homeTenantId': TENANT,
                'managedByTenants': [],
            }
            for identifier, name, default in (
                (SUBSCRIPTION, 'One', True),
                (OTHER_SUBSCRIPTION, 'Two', False),
            )
        ]
        (self.folder / 'azureProfile.json').write_text(
            json.dumps({'subscriptions': accounts}), encoding='utf-8'
        )
        entry = {'client_id': APPLICATION, 'tenant': TENANT, 'client_secret': 'a-secret'}
        (self.folder / 'service_principal_entries.json').write_text(
            json.dumps([entry]), encoding='utf-8'
        )

    def cli(self) -> Any:
        """Return a new CLI context."""
        from azure.cli.core.mock import DummyCli

        return DummyCli()


@contextmanager
def recorded(name: str) -> Iterator[Any]:
    """Play a recording; a request that it doesn't contain fails.

    The API version is ignored, because the SDK chooses it.
    """
    player = vcr.VCR(
        record_mode='none',
        match_on=('method', 'scheme', 'host', 'port', 'path', 'query without version'),
    )
    player.register_matcher(
        'query without version', lambda first, second: _query(first) == _query(second)
    )
    with (
        player.use_cassette(
            str(RECORDINGS / f'{name}.yaml'), allow_playback_repeats=True
        ) as cassette,
        patch.object(_Played, 'cassette', cassette),
        patch.object(arm_transport, 'Connection', _Played),
    ):
        yield cassette


class _Played:
    """A connection whose responses are those of a cassette."""

    cassette: Any = None

    def __init__(self, host: str, deadline: float, user_agent: str, port: int | None) -> None:
        self.host, self.deadline = host, deadline
        assert port is None and user_agent

    def request(self, request: Request, _: float) -> Response:
        """Return the response to a request; one that wasn't recorded fails."""
        asked = vcr.request.Request(
            request.method, f'https://{self.host}{request.path}', request.body, request.headers
        )
        response = self.cassette.play_response(asked)
        headers = tuple(
            (name, value) for name, values in response['headers'].items() for value in values
        )
        body = response['body']['string']
        return Response(
            response['status']['code'],
            headers,
            body[: request.bound],
            at=deadlines.utc(),
            complete=len(body) <= request.bound,
        )

    def close(self) -> None:
        """Close nothing."""


def _query(request: Any) -> list[tuple[str, str]]:
    return [
        (key, value)
        for key, value in parse_qsl(urlsplit(request.uri).query)
        if key != 'api-version'
    ]


def asked(cassette: Any) -> list[str]:
    """Return the method and URL of the requests that were played, without sign-in and version."""
    played = [request for request, count in zip(cassette.requests, counts(cassette)) if count]
    return [
        f'{request.method} {request.uri.split("?")[0]}'
        for request in played
        if 'login.microsoftonline.com' not in request.uri
    ]


def counts(cassette: Any) -> list[int]:
    """Return how often each request of a recording was played."""
    return [cassette.play_counts.get(index, 0) for index in range(len(cassette.requests))]
