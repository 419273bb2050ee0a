# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The zones and the record of a name: the public zone, and the private DNS zone that hides it."""

from __future__ import annotations

from collections.abc import Mapping

from azext_acrhealth.lazy_patterns import lazy_pattern

# NAME.azurecr.io, NAME.REGION.data.azurecr.io, NAME.REGION.geo.azurecr.io; the same in other
# clouds, and ACCOUNT.blob.core.windows.net.
_HOST = lazy_pattern(r'([^.]+(?:\.[^.]+\.(?:data|geo))?)(?:\.privatelink)?((?:\.[^.]+){2,})')
PRIVATE_LINK = 'privatelink'


def zone_placeholders(host: str) -> Mapping[str, str]:
    """Return the placeholders `suffix` (with its dot), `public_zone`, and `record` of a host.

    Empty for a host that can't have a record in a private DNS zone.
    """
    match = _HOST.fullmatch(host.lower())
    if not match:
        return {}
    return {'suffix': match[2], 'public_zone': match[2].removeprefix('.'), 'record': match[1]}


def private_zone_of(alias: str, reported: str | None) -> str | None:
    """Return the private DNS zone that an alias is a record of, None for any other alias.

    It is the zone that the DNS server reported for it if that is one, else the zone that begins
    with the label `privatelink`.
    """
    labels = alias.lower().split('.')
    if PRIVATE_LINK not in labels[1:]:
        return None
    zone = '.'.join(labels[labels.index(PRIVATE_LINK, 1) :])
    longer = bool(reported) and f'.{reported}'.endswith(f'.{zone}')
    return reported if longer and alias.endswith(f'.{reported}') else zone
