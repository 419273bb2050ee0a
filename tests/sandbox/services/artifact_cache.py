# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Artifact cache: a registry's cache rules and credential sets, and pulls of what isn't cached.

The resources are those of the REST API 2025-11-01 (Azure/azure-rest-api-specs, examples
CacheRuleGet and CredentialSetGet). The error of an unhealthy credential set was recorded by the
tests of the Azure CLI (Azure/azure-cli, test_acr_cache.yaml, 2026-03-24).
"""

from __future__ import annotations

import uuid
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, errors, images, known_errors
from tests.sandbox.services.http_messages import Request, Response

Resource = dict[str, Any]
CREATED = '2026-02-03T09:12:44.1Z'
VAULT = 'https://contosokeys.vault.sandbox.test/secrets/'
# Recorded: the key vault denies the identity of the credential set (see the module's docstring).
FORBIDDEN = (
    'Forbidden',
    "The user, group or application 'name=microsoft.containerregistry/registries;oid={principal}' "
    "does not have secrets get permission on key vault 'contosokeys;location=eastus'. For help "
    'resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287',
)


def rule(
    registry: Resource,
    name: str,
    source: str,
    target: str,
    credential_set: Optional[str] = None,
    **properties: Any,
) -> Resource:
    """Return a cache rule of a registry."""
    identifier = f'{registry["id"]}/credentialSets/{credential_set}' if credential_set else None
    return {
        'id': f'{registry["id"]}/cacheRules/{name}',
        'name': name,
        'type': f'{cloud.REGISTRY_TYPE}/cacheRules',
        'properties': {
            'credentialSetResourceId': identifier,
            'sourceRepository': source,
            'targetRepository': target,
            'creationDate': CREATED,
            'provisioningState': 'Succeeded',
            **properties,
        },
    }


def credential_set(
    registry: Resource, name: str, host: str, healthy: bool = True, **properties: Any
) -> Resource:
    """Return a credential set of a registry for a source registry."""
    principal = cloud.guid(f'{registry["name"]}/{name}')
    health: Resource = {'status': 'Healthy'}
    if not healthy:
        code, message = FORBIDDEN
        health = {
            'status': 'Unhealthy',
            'errorCode': code,
            'errorMessage': message.format(principal=principal),
        }
    return {
        'id': f'{registry["id"]}/credentialSets/{name}',
        'name': name,
        'type': f'{cloud.REGISTRY_TYPE}/credentialSets',
        'identity': {
            'type': 'systemAssigned',
            'principalId': principal,
            'tenantId': cloud.TENANT,
        },
        'properties': {
            'loginServer': host,
            'authCredentials': [
                {
                    'name': 'Credential1',
                    'usernameSecretIdentifier': f'{VAULT}{name}-user',
                    'passwordSecretIdentifier': f'{VAULT}{name}-password',
                    'credentialHealth': health,
                }
            ],
            'creationDate': CREATED,
            'provisioningState': 'Succeeded',
            **properties,
        },
    }


def respond(
    state: State, registry: Resource, request: Request, stage: str, repository: str
) -> Optional[Response]:
    """Respond for a repository that a cache rule covers; None if the registry itself responds."""
    found = _covering(state.children(registry, 'cacheRules'), repository)
    if found is None:
        return None
    if stage == 'upload' and request.method != 'DELETE':
        writable = registry['properties'].get('writableCacheRepos') == 'Enabled'
        return None if writable else _read_only(found, repository)
    storage = state.storage(registry['name'])
    if stage != 'manifest' or request.method not in ('GET', 'HEAD'):
        return None
    if storage.repository(repository).find(request.path.rsplit('/', 1)[-1]):
        return None
    credentials = state.resources.get(
        str(found['properties']['credentialSetResourceId']).lower(), {}
    )
    if "'Unhealthy'" in str(credentials):
        return _unauthorized()
    kind = state.source_behavior(found['id'])
    if kind:
        return _source_error(kind, found, repository)
    # Every source repository holds v1 of the sample image, and a pull stores it here.
    storage.fill(repository, 'v1', images.image())
    return None


def _covering(rules: list[Resource], repository: str) -> Optional[Resource]:
    """Return the rule that covers a repository: a fixed one, else the longest wildcard."""
    targets = {entry['properties']['targetRepository']: entry for entry in rules}
    parts = repository.split('/')
    prefixes = ['/'.join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]
    candidates = [repository, *(f'{prefix}/*' for prefix in prefixes), '*']
    return next((targets[target] for target in candidates if target in targets), None)


def _source_of(found: Resource, repository: str) -> str:
    """Return the source repository that a rule maps a repository to."""
    target, source = (
        str(found['properties'][key]) for key in ('targetRepository', 'sourceRepository')
    )
    if not target.endswith('*'):
        return source
    return source.removesuffix('*') + repository[len(target) - 1 :]


def _unauthorized() -> Response:
    """Return the error of a pull with unhealthy credentials, which names no rule (Azure/acr#893).

    Docker printed the message; code and status are those that go with it at every other endpoint.
    """
    text = f'{errors.AUTHENTICATION_REQUIRED} CorrelationId: {uuid.uuid4()}'
    return errors.registry(401, 'UNAUTHORIZED', text)


def _source_error(kind: str, found: Resource, repository: str) -> Response:
    """Return the error of a pull that the source registry doesn't serve: a known one by its kind.

    The kinds are throttled, failed, unauthorized (without a login) and denied.
    """
    error = known_errors.KNOWN_ERRORS[f'cache-{kind}']
    text = error.message.replace('docker-io', str(found['name']))
    text = text.replace('docker.io/library/hello', _source_of(found, repository))
    return errors.registry(error.status, error.code, text)


def _read_only(found: Resource, repository: str) -> Response:
    """Return the error of a push, which is not allowed by default (Learn, "Writable cache repos").

    That page and Azure/acr#845 show no response: status, code and message are inferred.
    """
    text = f"repository '{repository}' is read-only because of cache rule '{found['name']}'"
    return errors.registry(405, 'UNSUPPORTED', text)
