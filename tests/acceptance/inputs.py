# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Values that the tests of invalid input share."""

from __future__ import annotations

from tests.sandbox.services import cloud

CONTOSO = ('-n', 'contoso')
SECRET = 'hunter2-Zx9'
VNET_ID = cloud.resource_id('rg-network', 'Microsoft.Network/virtualNetworks', 'vnet1')


def case_ids(cases: list[tuple[tuple[str, ...], str, str]]) -> list[str]:
    """Name each case by its arguments."""
    return [' '.join(arguments)[-60:].replace('\n', ' ') for arguments, *_ in cases]
