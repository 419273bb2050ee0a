# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""All rows of a report in display order, with category and status for the healthy contoso."""

from __future__ import annotations

PASSED, SKIPPED = 'Passed', 'Skipped'
OF_REGISTRY = {
    'login-server': ('registry', PASSED),
    'registry-state': ('registry', PASSED),
    'network-rules': ('registry', PASSED),
    'policies': ('registry', PASSED),
    'usage': ('registry', PASSED),
    'replicas': ('registry', PASSED),
    'cache-rules': ('registry', SKIPPED),
    'encryption': ('registry', SKIPPED),
    'dns': ('connectivity', PASSED),
    'proxy': ('connectivity', PASSED),
    'connection': ('connectivity', PASSED),
    'tls': ('connectivity', PASSED),
    'challenge': ('connectivity', PASSED),
    'refresh-token': ('authentication', PASSED),
    'access-token': ('authentication', PASSED),
    'anonymous-pull': ('authentication', SKIPPED),
    'stored-credentials': ('authentication', SKIPPED),
    'clock': ('connectivity', PASSED),
    'private-dns': ('private-link', SKIPPED),
    'private-endpoints': ('private-link', SKIPPED),
    'data-endpoints': ('data', SKIPPED),
    'manifest': ('data', SKIPPED),
    'blob': ('data', SKIPPED),
    'push': ('data', SKIPPED),
}
ENVIRONMENT = (
    'engine-client',
    'engine-version',
    'engine-daemon',
    'engine-pull',
    'helm-client',
    'helm-version',
    'notary-version',
)
# These have rows with --cluster only.
OF_CLUSTER = (
    *('cluster', 'kubelet-identity', 'pull-role', 'cluster-platforms', 'cluster-egress'),
    *('cluster-dns', 'cluster-pull'),
)
DISPLAY_ORDER = (*ENVIRONMENT, *OF_REGISTRY)
HEALTHY = {name: status for name, (_, status) in OF_REGISTRY.items()}
# The checks that pass without optional information from ARM.
PASSING = tuple(name for name, status in HEALTHY.items() if status == PASSED)


def checks_of(*categories: str) -> list[str]:
    """Return the rows of categories, in display order."""
    return [name for name, (category, _) in OF_REGISTRY.items() if category in categories]
