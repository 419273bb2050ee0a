# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tenants, subscriptions, groups and resources as ARM represents them in lists."""

from __future__ import annotations

import re
from typing import Any

from tests.sandbox.services import cloud

FILTER = re.compile(r"(resourceType|name|resourceGroup)\s+eq\s+'([^']*)'", re.IGNORECASE)
Resource = dict[str, Any]


def tenant(tenant_id: str) -> Resource:
    """Return a tenant."""
    return {
        'id': f'/tenants/{tenant_id}',
        'tenantId': tenant_id,
        'countryCode': 'DE',
        'displayName': cloud.TENANTS[tenant_id],
        'domains': ['contoso.example'],
        'tenantCategory': 'Home',
        'defaultDomain': 'contoso.example',
        'tenantType': 'AAD',
    }


def subscription(identifier: str, owner: str, name: str) -> Resource:
    """Return a subscription of a tenant."""
    return {
        'id': f'/subscriptions/{identifier}',
        'authorizationSource': 'RoleBased',
        'managedByTenants': [],
        'subscriptionId': identifier,
        'tenantId': owner,
        'displayName': name,
        'state': 'Enabled',
        'subscriptionPolicies': {
            'locationPlacementId': 'Public_2014-09-01',
            'quotaId': 'EnterpriseAgreement_2014-09-01',
            'spendingLimit': 'Off',
        },
    }


def group(subscription_id: str, name: str) -> Resource:
    """Return a resource group."""
    return {
        'id': f'/subscriptions/{subscription_id}/resourceGroups/{name}',
        'name': name,
        'location': cloud.REGION,
        'type': 'Microsoft.Resources/resourceGroups',
        'properties': {'provisioningState': 'Succeeded'},
    }


def generic(resource: Resource) -> Resource:
    """Return a resource as the generic list shows it: without its properties."""
    return {
        key: resource[key]
        for key in ('id', 'name', 'type', 'location', 'sku', 'tags', 'identity', 'systemData')
        if key in resource
    }


def matches(resource: Resource, condition: str) -> bool:
    """Return whether a resource matches an OData filter of `eq` terms joined by `and`."""
    fields = {
        'resourcetype': resource['type'],
        'name': resource['name'],
        'resourcegroup': resource['id'].split('/')[4],
    }
    return all(
        fields[field.lower()].lower() == value.lower() for field, value in FILTER.findall(condition)
    )
