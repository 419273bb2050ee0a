# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Reports for the tests of what is shown about them."""

from __future__ import annotations

from typing import Any

SUBSCRIPTION = '0b1f6471-1bf0-4dda-aec3-cb9272f0950'
# What says that an option would have made the check run.
NO_IMAGE, NO_PUSH = "--image wasn't specified", "--push wasn't specified"


def registry_id(name: str, subscription: str = f'{SUBSCRIPTION}1', group: str = 'rg-apps') -> str:
    """Return a registry's resource ID."""
    return (
        f'/subscriptions/{subscription}/resourceGroups/{group}/providers'
        f'/Microsoft.ContainerRegistry/registries/{name}'
    )


def registry(name: str = 'one', **more: Any) -> dict[str, Any]:
    """Return the entry of a healthy registry that nothing but a login was tried with."""
    return {
        'name': name,
        'region': 'eastus',
        'healthy': True,
        'canLogin': 'yes',
        'canPull': 'unknown',
        'canPush': 'unknown',
        'clusters': [],
        **more,
    }


def row(
    check: str,
    status: str = 'Passed',
    code: str | None = None,
    detail: str = 'detail',
    registry: str | None = 'one',
    **more: Any,
) -> dict[str, Any]:
    """Return a row; one that warns or fails has a cause, a solution and a link."""
    unhealthy = status in ('Warning', 'Failed')
    return {
        'registry': registry,
        'cluster': None,
        'check': check,
        'category': 'connectivity',
        'status': status,
        'code': code or ('TEST_ERROR' if unhealthy else None),
        'reason': 'Reason' if unhealthy else None,
        'detail': detail,
        'cause': 'It is so.' if unhealthy else None,
        'solutions': [f'Repair it: `repair {check}`.'] if unhealthy else [],
        'documentation': 'https://learn.microsoft.com/test' if unhealthy else None,
        'facts': {},
        **more,
    }


def report(
    *rows: dict[str, Any], registries: Any = None, cloud_shell: bool = False
) -> dict[str, Any]:
    """Return a report; without `registries`, of the registry `one`."""
    listed = [registry()] if registries is None else list(registries)
    failed = {row['registry'] for row in rows if row['status'] == 'Failed'}
    listed = [
        {**entry, 'healthy': entry['healthy'] and entry['name'] not in failed} for entry in listed
    ]
    return {
        'healthy': not failed,
        'client': {'cloudShell': cloud_shell},
        'registries': listed,
        'checks': list(rows),
    }
