# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Azure Resource Manager: tenants, subscriptions, lists and resources that the caller can read."""

from __future__ import annotations

import uuid
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import (
    arm_conditions,
    arm_registry_children,
    arm_representations,
    cloud,
    errors,
    private_dns_zones,
    role_assignments,
)
from tests.sandbox.services.arm_stages import stage_of
from tests.sandbox.services.cluster_commands import ClusterCommands
from tests.sandbox.services.http_messages import Request, Response, json_response
from tests.sandbox.services.resource_graph import PATH, ResourceGraph
from tests.sandbox.services.routes import Route

Resource = dict[str, Any]


class Arm:
    """Responds by path; the api-version is ignored, since every CLI has its own."""

    def __init__(self, state: State) -> None:
        self._state, self._graph = state, ResourceGraph(state)
        self._commands = ClusterCommands(state)

    def route(self, request: Request) -> Route:
        """Return the route of a request to ARM."""
        parts = [part for part in request.path.split('/') if part]
        stage = stage_of([part.lower() for part in parts])
        return Route(
            stage,
            self._handle,
            tuple(parts[1:2] + parts[-2:]),
            'graph' if stage == 'arm-graph' else 'arm',
        )

    def _handle(self, request: Request) -> Response:
        scheme, token = request.credentials()
        claims = self._state.entra.read(token) if scheme == 'bearer' else None
        if claims is None:
            return errors.arm(
                401,
                'InvalidAuthenticationToken' if token else 'AuthenticationFailed',
                'Authentication failed. The access token is missing or invalid.',
            ).replace(
                headers=(
                    (
                        'WWW-Authenticate',
                        f'Bearer authorization_uri="https://{cloud.LOGIN_HOST}/{cloud.TENANT}", '
                        'error="invalid_token"',
                    ),
                    ('Content-Type', 'application/json; charset=utf-8'),
                )
            )
        parts = [part for part in request.path.split('/') if part]
        lower = [part.lower() for part in parts]
        if lower[:1] == ['tenants']:
            return _ok({'value': [arm_representations.tenant(claims['tid'])]})
        if lower == PATH:
            return self._graph.handle(request, claims)
        if lower[:1] != ['subscriptions']:
            return errors.arm(404, 'InvalidResourceType', 'The resource type could not be found.')
        if len(lower) == 1:
            subscriptions = [
                arm_representations.subscription(
                    subscription, *self._state.subscriptions[subscription]
                )
                for subscription in self._state.readable(claims['tid'])
            ]
            return _ok(
                {'value': subscriptions, 'count': {'type': 'Total', 'value': len(subscriptions)}}
            )
        error = self._subscription_error(lower[1], claims)
        if error or len(lower) == 2:
            return error or _ok(
                arm_representations.subscription(lower[1], *self._state.subscriptions[lower[1]])
            )
        return self._in_subscription(request, parts, lower)

    def _subscription_error(self, subscription: str, claims: Resource) -> Optional[Response]:
        """Return the error for a subscription that the caller can't read; None if it can."""
        if subscription not in self._state.subscriptions:
            return errors.arm(
                404,
                'SubscriptionNotFound',
                f"The subscription '{subscription}' could not be found.",
            )
        if subscription in self._state.settings['unreadableSubscriptions']:
            return errors.arm(
                403, message=errors.forbidden_message(f'/subscriptions/{subscription}')
            )
        tenant = self._state.subscriptions[subscription][0]
        if tenant != claims['tid']:
            return errors.arm(
                401,
                'InvalidAuthenticationTokenTenant',
                f"The access token is from the wrong issuer '{claims['iss']}'. It must match "
                f"the tenant 'https://sts.sandbox.test/{tenant}/' associated with this "
                'subscription.',
            )
        return None

    def _in_subscription(self, request: Request, parts: list[str], lower: list[str]) -> Response:
        """Respond within a subscription that the caller can read."""
        prefix = f'/subscriptions/{lower[1]}/'
        if lower[2:] == ['resources']:
            return self._page(
                request,
                [
                    arm_representations.generic(resource)
                    for resource in self._resources_under(prefix)
                    if arm_representations.matches(resource, request.query.get('$filter', [''])[0])
                ],
            )
        if lower[2:] == ['resourcegroups']:
            groups = sorted(
                {resource['id'].split('/')[4] for resource in self._resources_under(prefix)}
            )
            return self._page(
                request, [arm_representations.group(lower[1], name) for name in groups]
            )
        group = lower[3] if lower[2] == 'resourcegroups' and len(lower) > 3 else None
        if group:
            prefix += f'resourcegroups/{group}/'
            if not self._resources_under(prefix):
                return errors.arm(
                    404, 'ResourceGroupNotFound', f"Resource group '{parts[3]}' could not be found."
                )
            if len(lower) == 4:
                return _ok(arm_representations.group(lower[1], parts[3]))
        error = arm_conditions.error_of(self._state, request, parts)
        if error:
            return error
        rest = lower[5 if group else 3 :] if 'providers' in lower else []
        if len(rest) == 2:
            return self._page(
                request,
                [
                    resource
                    for resource in self._resources_under(prefix)
                    if resource['type'].lower() == '/'.join(rest)
                ],
            )
        return self._resource(request, parts, lower)

    def _resource(self, request: Request, parts: list[str], lower: list[str]) -> Response:
        """Respond with one resource, or with a child of one."""
        if self._unreadable() & set(lower[7:8]):
            action = f'{arm_conditions.type_of(parts)}/read'
            return errors.arm(403, message=errors.forbidden_message('/' + '/'.join(parts), action))
        found = self._state.resources.get('/' + '/'.join(lower))
        if found and request.method == 'GET':
            return _ok(found)
        if found and request.method == 'PATCH' and lower[8:9] in (['tokens'], ['scopemaps']):
            return _ok(arm_registry_children.update(self._state, found, request.body))
        parent = self._state.resources.get('/' + '/'.join(lower[:8]))
        if parent and lower[8:10] == ['providers', 'microsoft.authorization']:
            return role_assignments.respond(self._state, parent, lower[10:], request)
        if parent and lower[8:] == ['runcommand'] and request.method == 'POST':
            return self._commands.start(parent, request)
        if parent and lower[8:9] == ['commandresults'] and len(lower) == 10:
            return self._commands.result(parts[9])
        if parent and len(lower) > 8:
            version = request.query.get('api-version', [''])[0]
            listed = private_dns_zones.children(self._state, parent, lower[8:], version)
            if listed is not None:
                return self._page(request, listed)
            response = arm_registry_children.child(self._state, parent, lower[8:], request.method)
            if response is not None:
                return response
        kind, name = '/'.join(parts[5:7]), '/'.join(parts[7:]) or parts[-1]
        return errors.arm(
            404,
            'ResourceNotFound',
            f"The Resource '{kind}/{name}' under resource group '{parts[3]}' was not found. For "
            'more details please go to https://aka.ms/ARMResourceNotFoundFix',
        )

    def _resources_under(self, prefix: str) -> list[Resource]:
        with self._state.lock:
            return [
                resource
                for identifier, resource in self._state.resources.items()
                if identifier.startswith(prefix.lower())
                and resource['name'].lower() not in self._unreadable()
            ]

    def _unreadable(self) -> set[str]:
        """Return the names of the resources that the caller has no permission to read."""
        return {str(name).lower() for name in self._state.settings['unreadable']}

    def _page(self, request: Request, values: list[Resource]) -> Response:
        """Return a list, in pages when the settings say so."""
        size = int(self._state.settings['pageSize'])
        start = int(request.query.get('$skiptoken', ['0'])[0])
        page: Resource = {'value': values[start : start + size] if size else values}
        if size and start + size < len(values):
            query = '&'.join(
                part
                for part in request.target.partition('?')[2].split('&')
                if not part.startswith(('$skiptoken=', '%24skiptoken='))
            )
            page['nextLink'] = (
                f'https://{cloud.ARM_HOST}{request.path}?{query}&%24skiptoken={start + size}'
            )
        return _ok(page)


def _ok(value: Any) -> Response:
    return json_response(
        200,
        value,
        ('Cache-Control', 'no-cache'),
        ('x-ms-request-id', str(uuid.uuid4())),
        ('x-ms-correlation-request-id', str(uuid.uuid4())),
        ('x-ms-ratelimit-remaining-subscription-reads', '16499'),
        ('Strict-Transport-Security', 'max-age=31536000; includeSubDomains'),
    )
