# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The principals of Entra: applications and managed identities, and whose tokens they trust."""

from __future__ import annotations

import dataclasses
import secrets
import time
from typing import Any, Optional

from tests.sandbox.control.recorder import Recorder
from tests.sandbox.services import cloud, tokens

# The issuer of a cluster's service account tokens, and their audience for workload identity.
CLUSTER_ISSUER = f'https://{cloud.REGION}.oic.sandbox.test/{cloud.TENANT}/{cloud.guid("cluster")}/'
EXCHANGE_AUDIENCE = 'api://AzureADTokenExchange'
# The Azure CLI's own application, in the name of which users sign in.
CLI_APPLICATION = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
SYSTEM = cloud.resource_id('rg-apps', 'Microsoft.Compute/virtualMachines', 'build1')
MANAGED_SECONDS = 86400


@dataclasses.dataclass
class Principal:
    """An application or a managed identity.

    `resource` is the ARM id of the identity, or of its machine; '' for an application.
    """

    application: str
    principal: str
    tenant: str
    secret: Optional[str] = None
    resource: str = ''
    federated: list[dict[str, str]] = dataclasses.field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the principal as the control endpoint shows it."""
        return {
            'clientId': self.application,
            'principalId': self.principal,
            'tenantId': self.tenant,
            'secret': self.secret,
            'resourceId': self.resource or None,
        }

    def claims(self, audience: str) -> dict[str, Any]:
        """Return the claims of the principal's token for an audience."""
        claims = tokens.entra_claims(audience, self.tenant, self.application, self.principal)
        if not self.resource:
            return claims
        # A managed identity authenticates by a certificate of the platform, for a day; its token
        # names its resource.
        return {
            **claims,
            'appidacr': '2',
            'exp': claims['iat'] + MANAGED_SECONDS,
            'xms_mirid': self.resource.replace('/resourceGroups/', '/resourcegroups/'),
        }


class Principals:
    """All principals, those assigned to the machine, and the cluster's signer of tokens."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.cluster = tokens.Signer(recorder)
        # The secrets of each run differ, so that a leaked one is found in the output.
        self._secrets: dict[str, str] = {}
        self.identity_header = recorder.add_secret(secrets.token_hex(16).upper())
        self.reset()

    def reset(self) -> None:
        """Restore the two default applications, without identities on the machine."""
        self.assigned: list[Principal] = []
        self.user: Optional[Principal] = None
        self.known: dict[str, Principal] = {}
        for application, tenant in (
            (cloud.APP, cloud.TENANT),
            (cloud.OTHER_APP, cloud.OTHER_TENANT),
        ):
            self.known[application] = Principal(
                application,
                cloud.guid(application + '/principal'),
                tenant,
                self.secret(application),
            )

    def secret(self, application: str) -> str:
        """Return the secret of an application, the same for the whole run."""
        if application not in self._secrets:
            self._secrets[application] = self._recorder.add_secret(
                'Sbx8Q~' + secrets.token_urlsafe(24)
            )
        return self._secrets[application]

    def passwords(self, tenant: str) -> dict[str, str]:
        """Return the applications of a tenant that have a secret, each with its own."""
        return {
            principal.application: principal.secret
            for principal in self.known.values()
            if principal.secret and principal.tenant == tenant
        }

    def add(
        self,
        name: str,
        tenant: str = cloud.TENANT,
        secret: bool = True,
        federated: Optional[list[dict[str, str]]] = None,
    ) -> Principal:
        """Register an application."""
        application = cloud.guid(f'{name}/application')
        self.known[application] = Principal(
            application,
            cloud.guid(application + '/principal'),
            tenant,
            self.secret(application) if secret else None,
            '',
            federated or [],
        )
        return self.known[application]

    def add_user(self, tenant: str = cloud.TENANT) -> Principal:
        """Add the user who signs in with a password."""
        password = self.secret('user')
        self.user = Principal(CLI_APPLICATION, cloud.guid('user'), tenant, password)
        # Without a secret, because the registry doesn't accept the password of a user.
        self.known[CLI_APPLICATION] = dataclasses.replace(self.user, secret=None)
        return self.user

    def assign(self, system: bool, users: list[str]) -> list[Principal]:
        """Assign managed identities to the machine: system-assigned, user-assigned by name."""
        self.assigned = (
            [
                Principal(
                    cloud.guid('system/client'),
                    cloud.guid('system/principal'),
                    cloud.TENANT,
                    resource=SYSTEM,
                )
            ]
            if system
            else []
        )
        for name in users:
            identity = cloud.identity(name)
            properties = identity['properties']
            self.assigned.append(
                Principal(
                    properties['clientId'],
                    properties['principalId'],
                    cloud.TENANT,
                    resource=identity['id'],
                )
            )
        for principal in self.assigned:
            self.known.setdefault(principal.application, principal)
        return self.assigned

    def trust(self, application: str, federated: list[dict[str, str]]) -> None:
        """Set the federated credentials of an application or a managed identity."""
        self.known[application].federated = federated

    def service_account_token(
        self,
        subject: str,
        issuer: str = CLUSTER_ISSUER,
        audience: str = EXCHANGE_AUDIENCE,
        seconds: int = 3600,
    ) -> str:
        """Return a token as the cluster writes it into a pod's token file."""
        now = int(time.time())
        return self.cluster.issue(
            {
                'aud': [audience],
                'iss': issuer,
                'sub': subject,
                'iat': now + min(seconds, 0),
                'nbf': now + min(seconds, 0) - 1,
                'exp': now + seconds,
            }
        )

    def read_assertion(self, token: str) -> Optional[dict[str, Any]]:
        """Return the claims of a token of the cluster, expired or not; None for another."""
        return self.cluster.read(token, expired=True)
