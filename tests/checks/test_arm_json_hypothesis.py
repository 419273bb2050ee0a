# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Any JSON from Azure Resource Manager gives a row in the checks that read it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.registry.encryption import encryption
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.fake_probes import HOST, FakeConnection, FakeProbes
from tests.checks.table import Row, run, shown

KEYS = [
    'id',
    'name',
    'location',
    'properties',
    'loginServer',
    'identity',
    'encryption',
    'keyVaultProperties',
    'clientId',
    'principalId',
    'userAssignedIdentities',
    'publicNetworkAccess',
    'privateEndpointConnections',
    'networkRuleSet',
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([HOST, 'system', 'Disabled', 'x.azurecr.cn']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=10,
)
OBJECT = st.dictionaries(st.sampled_from(KEYS), JSON)
KEYED = st.fixed_dictionaries(
    {
        'properties': st.fixed_dictionaries(
            {
                'encryption': st.fixed_dictionaries(
                    {'keyVaultProperties': st.fixed_dictionaries({'identity': JSON})}
                )
            }
        ),
        'identity': JSON
        | st.fixed_dictionaries(
            {'userAssignedIdentities': st.dictionaries(st.just('an-id'), JSON), 'principalId': JSON}
        ),
    }
)


@given(OBJECT)
def test_registry(resource: Any) -> None:
    row = shown(
        login_server,
        run(Row('any JSON', login_server, '', probes=FakeProbes(registry=ArmResult(resource)))),
    )
    assert row['status'] in ('Passed', 'Warning', 'Failed') and json.dumps(row)


@given(OBJECT | KEYED, OBJECT)
def test_key_identity(resource: Any, identity: Any) -> None:
    login = LoginServer(HOST, FakeConnection(), True, resource)
    probes = FakeProbes(resources={'an-id': ArmResult(identity)})
    row = shown(encryption, run(Row('any JSON', encryption, '', probes=probes, needs=(login,))))
    assert row['status'] in ('Passed', 'Warning', 'Failed', 'Skipped') and json.dumps(row)
