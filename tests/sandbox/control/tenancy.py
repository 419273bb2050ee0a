# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Steers what belongs to a whole company: many registries, managed identities, applications, service accounts."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.control.holdings import Holdings
from tests.sandbox.services import cloud
from tests.sandbox.services.principals import CLUSTER_ISSUER, EXCHANGE_AUDIENCE

SERVICE_ACCOUNT = 'system:serviceaccount:apps:builder'


class Tenancy(Holdings):
    """A part of the steering (steering.py)."""

    def registries(
        self,
        count: int,
        subscriptions: int | Sequence[str] | None = None,
        locations: Sequence[str] = (),
        groups: Sequence[str] = (),
        tags: Optional[Mapping[str, str]] = None,
        prefix: str = 'fleet',
        sku: str = 'Premium',
        **properties: Any,
    ) -> list[dict[str, str]]:
        """Add registries `fleet000`, `fleet001`, … over so many new subscriptions (or these), each with its own host.

                Return `name`, `loginServer`, `id`, `subscription`, `group`, `location` of each.
        Subscriptions, groups and locations are dealt out in turn. A dead one: fault(f'tcp@{name}',
        'silent').
        """
        return list(
            self.control(
                'PUT',
                '/estate',
                {
                    'count': count,
                    'subscriptions': subscriptions
                    if subscriptions is None or isinstance(subscriptions, int)
                    else list(subscriptions),
                    'locations': list(locations),
                    'groups': list(groups),
                    'tags': dict(tags or {}),
                    'prefix': prefix,
                    'sku': sku,
                    'properties': properties,
                },
            )
        )

    def identities(
        self, system: bool = False, users: Sequence[str] = (), imds: str = 'serve'
    ) -> list[dict[str, Any]]:
        """Make the machine one of Azure's, with these managed identities: its own, and user-assigned ones by name.

                `imds` is what http://169.254.169.254 does: serve, refuse, silent, absent (as
        without this call). Return `clientId`, `principalId`, `tenantId`, `resourceId` of each, the
        machine's own first.
        """
        return list(
            self.control(
                'PUT', '/identities', {'system': system, 'users': list(users), 'imds': imds}
            )
        )

    def app_service(self) -> dict[str, str]:
        """Return the variables of a machine of App Service.

        Its identities are those of identities().
        """
        return dict(self.control('GET', '/info')['appService'])

    def application(
        self, name: str, tenant: str = cloud.TENANT, secret: bool = True
    ) -> dict[str, Any]:
        """Register an application; return `clientId`, `principalId`, `tenantId`, `secret`."""
        return dict(
            self.control('PUT', f'/applications/{name}', {'tenant': tenant, 'secret': secret})
        )

    def federate(
        self,
        client_id: str,
        subject: str = SERVICE_ACCOUNT,
        issuer: str = CLUSTER_ISSUER,
        audience: str = EXCHANGE_AUDIENCE,
    ) -> None:
        """Let an application or a managed identity trust a service account."""
        self.control(
            'PUT',
            f'/federation/{client_id}',
            [{'subject': subject, 'issuer': issuer, 'audience': audience}],
        )

    def service_account_token(
        self,
        subject: str = SERVICE_ACCOUNT,
        issuer: str = CLUSTER_ISSUER,
        audience: str = EXCHANGE_AUDIENCE,
        seconds: int = 3600,
    ) -> str:
        """Return what the cluster writes into a pod's token file.

        Below zero seconds it has run out.
        """
        return str(
            self.control(
                'POST',
                '/assertions',
                {'subject': subject, 'issuer': issuer, 'audience': audience, 'seconds': seconds},
            )['token']
        )

    def pod(self, client_id: str, token_file: pathlib.Path, **token: Any) -> dict[str, str]:
        """Write a service account's token and return the variables of a pod with workload identity."""
        token_file.write_text(self.service_account_token(**token), encoding='ascii')
        return {
            'AZURE_CLIENT_ID': client_id,
            'AZURE_TENANT_ID': cloud.TENANT,
            'AZURE_FEDERATED_TOKEN_FILE': str(token_file),
            'AZURE_AUTHORITY_HOST': f'https://{cloud.LOGIN_HOST}/',
        }

    def service_principal(self, application: Mapping[str, Any]) -> dict[str, str]:
        """Return the variables of a pipeline that has an application's secret."""
        return {
            'AZURE_CLIENT_ID': application['clientId'],
            'AZURE_TENANT_ID': application['tenantId'],
            'AZURE_CLIENT_SECRET': application['secret'],
            'AZURE_AUTHORITY_HOST': f'https://{cloud.LOGIN_HOST}/',
        }
