# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The faults that exist, by stage, and those that are on, at a stage or at one registry or host."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, Optional

ARM = (
    'arm-subscriptions',
    'arm-tenants',
    'arm-list',
    'arm-get',
    'arm-private-endpoint',
    'arm-nic',
    'arm-identity',
    'arm-replications',
    'arm-usages',
    'arm-cache-rules',
    'arm-credential-sets',
    'arm-graph',
    'arm-cluster',
    'arm-run-command',
    'arm-command-results',
    'arm-scale-sets',
    'arm-role-assignments',
    'arm-role-definitions',
    'arm-network',
    'arm-public-address',
    'arm-public-prefix',
    'arm-nat-gateway',
    'arm-route-table',
    'arm-security-group',
    'arm-dns-zone',
    'arm-dns-links',
    'arm-dns-records',
    'arm-dns-zone-groups',
    'arm-other',
)
# The token endpoints of machines: the metadata service of a VM, App Service, Cloud Shell.
IDENTITY = ('imds', 'app-service', 'cloud-shell')
# The steps of an upload by method are stages of their own; `upload` names them all.
UPLOAD = {
    'POST': 'upload-begin',
    'PATCH': 'upload-append',
    'PUT': 'upload-finish',
    'GET': 'upload-verify',
    'DELETE': 'upload-cancel',
}
REGISTRY = (
    'challenge',
    'exchange',
    'token',
    'catalog',
    'tags',
    'attributes',
    'deleted',
    'manifest',
    'blob',
    *UPLOAD.values(),
)
STAGES = (
    'proxy',
    'dns',
    'tcp',
    'tls',
    'discovery',
    'signin',
    *ARM,
    *IDENTITY,
    *REGISTRY,
    'data',
    'mcr',
    'foreign',
)
GROUPS = {
    'upload': tuple(UPLOAD.values()),
    'arm': ARM,
    'registry': REGISTRY,
    'auth': ('exchange', 'token'),
    'entra': ('discovery', 'signin'),
    'identity': IDENTITY,
    'http': ('discovery', 'signin', *ARM, *REGISTRY, 'data', 'mcr'),
}

# The fault words of each stage: a spec is a word, and for some words a colon and more.
DNS_SPECS = ('nxdomain', 'nodata', 'servfail', 'refused', 'silent', 'slow')
TCP_SPECS = ('refuse', 'silent', 'unreachable', 'reset', 'close', 'hang', 'slow')
TLS_SPECS = ('cert', 'plain', 'hang', 'reset', 'close', 'garbage', 'old', 'slow', 'alert')
PROXY_SPECS = ('status', 'auth', 'intercept', 'hang', 'slow', 'reset', 'close', 'garbage')
OF_STAGE = {'proxy': PROXY_SPECS, 'dns': DNS_SPECS, 'tcp': TCP_SPECS, 'tls': TLS_SPECS}
WIRE_SPECS = (
    'hang',
    'slow',
    'drip',
    'reset',
    'close',
    'truncated',
    'endless',
    'garbage',
    'huge',
    'raw',
)
BODY_SPECS = (
    'status',
    'notjson',
    'empty',
    'null',
    '{}',
    'list',
    'redirect',
    'body',
    'header',
    'headers',
    'longheader',
    'noheader',
    'hints',
    'packed',
    'gzip',
    'binary',
    'deep',
    'echo',
)
REGISTRY_SPECS = (
    'challenge',
    'nochallenge',
    'foreignrealm',
    'httprealm',
    'denied',
    'forbidden',
    'throttled',
    'frontdoor',
    'escape',
)
# The registry's own errors, and the page of a server that refuses large bodies.
ERROR_SPECS = ('known', 'error', 'toolarge')
TOKEN_SPECS = ('opaque', 'grant', 'lowercase', 'capitals', 'noaccess', 'audience')
ENTRA_SPECS = ('aadsts',)
# Faults of pulls and pushes (image_faults.py): contents, digests, locations, errors of storage.
DATA_SPECS = (
    'expired',
    'policy',
    'corrupt',
    'wrongdigest',
    'location',
    'direct',
    'quarantined',
    'storage',
    'kept',
)
# Faults of the content of a pull, at the stages that have such content.
CONTENT_SPECS = {
    'manifest': ('manifest', 'withstatus'),
    'blob': ('withstatus', 'blanks'),
    'data': ('withstatus', 'zeroes', 'rangeonly'),
}


def specs_for(stage: str) -> tuple[str, ...]:
    """Return the fault words that a stage accepts."""
    if stage in OF_STAGE:
        return OF_STAGE[stage]
    errors = ERROR_SPECS if stage in REGISTRY or stage in GROUPS else ()
    anywhere = WIRE_SPECS + BODY_SPECS + REGISTRY_SPECS + TOKEN_SPECS + ENTRA_SPECS + DATA_SPECS
    return errors + anywhere + CONTENT_SPECS.get(stage, ())


class Faults:
    """The faults that are on; a fault with a count switches itself off."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: dict[str, dict[str, Any]] = {}

    def put(self, place: str, spec: str, times: Optional[int] = None) -> None:
        """Switch a fault on at `stage` or `stage@registry-or-host`; ValueError if unknown."""
        stage = place.partition('@')[0]
        if stage not in STAGES and stage not in GROUPS:
            raise ValueError(f'no stage {stage!r}; there are {", ".join((*STAGES, *GROUPS))}')
        word = spec.partition(':')[0]
        if word not in specs_for(stage):
            raise ValueError(
                f'no fault {word!r} at {stage}; there are {", ".join(specs_for(stage))}'
            )
        with self._lock:
            self._on[place.lower()] = {'spec': spec, 'times': times}

    def clear(self, place: Optional[str] = None) -> None:
        """Switch one fault off, or all."""
        with self._lock:
            if place is None:
                self._on.clear()
            else:
                self._on.pop(place.lower(), None)

    def all(self) -> dict[str, dict[str, Any]]:
        """Return the faults that are on."""
        with self._lock:
            return {place: dict(fault) for place, fault in self._on.items()}

    def take(
        self, stage: str, targets: Iterable[str] = (), words: Optional[Iterable[str]] = None
    ) -> Optional[str]:
        """Return the spec for a stage, the most specific first, and count it.

        With `words`, only a spec of one of these words is taken.
        """
        stages = [stage, *(group for group, members in GROUPS.items() if stage in members)]
        named = [target.lower() for target in targets if target]
        places = [f'{name}@{target}' for name in stages for target in named] + stages
        with self._lock:
            for place in places:
                fault = self._on.get(place)
                if not fault or (
                    words is not None and fault['spec'].partition(':')[0] not in words
                ):
                    continue
                if fault['times'] is not None:
                    fault['times'] -= 1
                    if fault['times'] <= 0:
                        del self._on[place]
                return str(fault['spec'])
        return None
