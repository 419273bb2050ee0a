# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Patterns of names, IDs, hosts and digests, to be used with `fullmatch`."""

from __future__ import annotations

import ipaddress
import re
from typing import TypeGuard

from azext_acrhealth.lazy_patterns import lazy_pattern

GUID = lazy_pattern(r'[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')

# Host names of at least two labels (RFC 1123), 253 characters at most; the last label begins with a
# letter, so that no IPv4 address matches.
HOST = lazy_pattern(
    r'(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])',
    re.IGNORECASE | re.ASCII,
)

# Hosts that a proxy setting can have: any name, also with one label, an underscore, or a dot at its
# end, or an address, an IPv6 address with its zone (RFC 4007).
_NAME_OR_IPV4 = lazy_pattern(r'\w(?:[\w-]{0,61}\w)?(?:\.\w(?:[\w-]{0,61}\w)?)*\.?')
_IPV6_ZONE = lazy_pattern(r'[\w.-]{0,32}', re.ASCII)

# Names that Azure Resource Manager allows (Learn, "Naming rules and restrictions").
REGISTRY_NAME = lazy_pattern(r'[a-z0-9]{5,50}', re.IGNORECASE | re.ASCII)
# A domain name label adds a hash after a hyphen.
LABELLED_NAME = lazy_pattern(r'[a-z0-9]{5,50}-[a-z0-9]{1,30}', re.IGNORECASE | re.ASCII)
# Tokens and scope maps of a registry.
TOKEN_NAME = lazy_pattern(r'[\w-]{1,64}', re.ASCII)
REGION = lazy_pattern(r'[a-z0-9]{2,40}', re.ASCII)
# No name ends with a dot, so none is a step of a path.
RESOURCE_GROUP = lazy_pattern(r'[\w.()-]{0,89}[\w()-]')
VNET_NAME = lazy_pattern(r'[A-Za-z0-9](?:[\w.-]{0,62}\w)?', re.ASCII)

# The link of a private DNS zone to a virtual network.
ZONE_LINK = lazy_pattern(r'[A-Za-z0-9](?:[\w.-]{0,78}\w)?', re.ASCII)

_GROUP_ID = (
    r'/subscriptions/(?P<subscription>(?a:[0-9a-fA-F-]{36}))'
    rf'/resourceGroups/(?P<group>{RESOURCE_GROUP.pattern})/providers/'
)
REGISTRY_ID = lazy_pattern(
    rf'{_GROUP_ID}Microsoft\.ContainerRegistry/registries/(?P<name>(?a:[a-zA-Z0-9]{{5,50}}))',
    re.IGNORECASE,
)
# Learn, "Naming rules and restrictions", Microsoft.ContainerService: letters, digits, hyphens and
# underscores, with a letter or digit at both ends.
CLUSTER_NAME = lazy_pattern(r'[a-zA-Z0-9](?:[\w-]{0,61}[a-zA-Z0-9])?', re.ASCII)
CLUSTER_ID = lazy_pattern(
    rf'{_GROUP_ID}Microsoft\.ContainerService/managedClusters/(?P<name>(?a:{CLUSTER_NAME.pattern}))',
    re.IGNORECASE,
)
VNET_ID = lazy_pattern(
    rf'{_GROUP_ID}Microsoft\.Network/virtualNetworks/(?P<name>(?a:{VNET_NAME.pattern}))/?',
    re.IGNORECASE,
)
IDENTITY_ID = lazy_pattern(
    rf'{_GROUP_ID}Microsoft\.ManagedIdentity/userAssignedIdentities/(?P<name>(?a:[\w-]{{3,128}}))',
    re.IGNORECASE,
)
# Any resource's ID that a server sent and that goes into a URL: each segment is a plain name, and
# none is a step up.
RESOURCE_ID = lazy_pattern(
    r'(?!.*/\.{1,2}(?:/|\Z))/subscriptions/(?P<subscription>[0-9a-zA-Z-]{1,64})'
    r'/resourceGroups/[\w.()-]{1,90}/providers/[\w.]{1,100}(?:/[\w.-]{1,128}){2,6}',
    re.IGNORECASE,
)

# A resource group's ID that a server sent.
GROUP_ID = lazy_pattern(
    r'(?!.*/\.{1,2}(?:/|\Z))/subscriptions/(?P<subscription>[0-9a-zA-Z-]{1,64})'
    r'/resourceGroups/[\w.()-]{1,90}',
    re.IGNORECASE,
)

# Repositories, tags and digests: OCI distribution specification and image specification.
_COMPONENT = r'[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*'
_REPOSITORY = lazy_pattern(rf'{_COMPONENT}(?:/{_COMPONENT})*', re.ASCII)
_LONGEST_REPOSITORY = 255
TAG = lazy_pattern(r'\w[\w.-]{0,127}', re.ASCII)
DIGEST = lazy_pattern(r'sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}', re.ASCII)
PLATFORM = lazy_pattern(r'[a-z0-9]{2,20}/[a-z0-9_]{2,20}(?:/v\d{1,2}(?:\.\d{1,2})?)?', re.ASCII)

# Names in Kubernetes, by its documentation: "Object Names and IDs", "Labels and Selectors".
NAMESPACE = lazy_pattern(r'[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?', re.ASCII)
# Of pods, service accounts and secrets: labels with dots between them.
_SUBDOMAIN_LABEL = r'[a-z0-9](?:[a-z0-9-]{0,251}[a-z0-9])?'
_SUBDOMAIN = rf'{_SUBDOMAIN_LABEL}(?:\.{_SUBDOMAIN_LABEL})*'
OBJECT_NAME = lazy_pattern(rf'(?=.{{1,253}}\Z){_SUBDOMAIN}', re.ASCII)
LABEL_VALUE = lazy_pattern(r'[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?', re.ASCII)
# A kubeconfig file allows any text; tools make names such as `aks1-admin`, `user@cluster`,
# `arn:aws:eks:eu-west-1:123:cluster/name` and `default/api-example-com:6443/kube:admin`, and people
# such as `my cluster`. In quotes, none of these characters means anything to a shell.
KUBE_CONTEXT = lazy_pattern(r'\w(?:[\w .:/@+-]{0,251}[\w.:/@+-])?', re.ASCII)


def is_repository(text: str) -> bool:
    """Return whether a text is the name of a repository."""
    return len(text) <= _LONGEST_REPOSITORY and _REPOSITORY.fullmatch(text) is not None


def is_digest(text: object) -> TypeGuard[str]:
    """Return whether a text is a digest of an algorithm that clients verify."""
    return isinstance(text, str) and DIGEST.fullmatch(text) is not None


def is_guid(text: object) -> TypeGuard[str]:
    """Return whether a text is a GUID."""
    return isinstance(text, str) and GUID.fullmatch(text) is not None


def is_host(text: object) -> TypeGuard[str]:
    """Return whether a text is a host name, which an IP address is not."""
    return isinstance(text, str) and HOST.fullmatch(text) is not None


def is_proxy_host(text: str) -> bool:
    """Return whether a text, without brackets, is a host that a proxy setting can have."""
    if ':' in text:
        address, _, zone = text.partition('%')
        return is_ip_address(address) and _IPV6_ZONE.fullmatch(zone) is not None
    return len(text) <= 254 and _NAME_OR_IPV4.fullmatch(text) is not None


def is_ip_address(text: str) -> bool:
    """Return whether a text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
