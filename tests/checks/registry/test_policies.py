# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the registry's policies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.policies import policies
from tests.checks.fake_probes import HOST, REGISTRY_ID, FakeConnection
from tests.checks.table import Row, run, shown, verify


def registry(properties: Any) -> LoginServer:
    return LoginServer(HOST, FakeConnection(), True, {'id': REGISTRY_ID, 'properties': properties})


def row(
    name: str, status: str, problem: str = '', statuses: Any = None, flags: Any = None, **more: Any
) -> Row:
    """Return a row for a registry with these policies (a status or an object) and properties."""
    policy_objects = {
        key: {'status': value} if isinstance(value, str) else value
        for key, value in (statuses or {}).items()
    }
    properties = {'publicNetworkAccess': 'Enabled', 'policies': policy_objects, **(flags or {})}
    return Row(
        name,
        policies,
        status,
        problem and f'REGISTRY_STATE_ERROR {problem}',
        **{'needs': (registry(properties),), **more},
    )


USUAL = {
    'quarantinePolicy': 'disabled',
    'trustPolicy': {'type': 'Notary', 'status': 'disabled'},
    'retentionPolicy': {'days': 7, 'status': 'disabled'},
    'exportPolicy': 'enabled',
    'azureADAuthenticationAsArmPolicy': 'enabled',
    'softDeletePolicy': {'retentionDays': 7, 'status': 'disabled'},
}
TABLE = (
    row(
        'unread',
        'Skipped',
        needs=(LoginServer(HOST, FakeConnection(), True),),
        detail='`login-server` check',
    ),
    row('without properties', 'Skipped', needs=(registry(None),)),
    row(
        'the usual',
        'Passed',
        statuses=USUAL,
        flags={'anonymousPullEnabled': False, 'adminUserEnabled': False},
        detail='no policy changes',
        facts={
            'quarantine': 'disabled',
            'export': 'enabled',
            'retention': 'disabled',
            'retentionDays': None,
            'softDelete': 'disabled',
            'softDeleteDays': None,
            'contentTrust': 'disabled',
            'armAudience': 'enabled',
            'anonymousPull': False,
            'adminUser': False,
        },
    ),
    *(
        row(
            f'no settings: {value!r}',
            'Passed',
            needs=(registry({'policies': value, 'x': 1}),),
            facts={'quarantine': None, 'armAudience': None, 'adminUser': None},
        )
        for value in (None, 'x', [], {'exportPolicy': 'x'})
    ),
    row(
        'every policy that is listed',
        'Passed',
        statuses={
            **USUAL,
            'retentionPolicy': {'days': 30, 'status': 'Enabled'},
            'softDeletePolicy': {'retentionDays': 9, 'status': 'enabled'},
            'exportPolicy': 'disabled',
        },
        flags={
            'anonymousPullEnabled': True,
            'adminUserEnabled': True,
            'publicNetworkAccess': 'Disabled',
        },
        detail='in effect: anonymous pull, admin user, retention (30 days), soft delete (9 days), '
        'export disabled',
        facts={'retentionDays': 30, 'softDeleteDays': 9},
    ),
    row(
        'quarantine',
        'Warning',
        'QuarantineEnabled',
        {**USUAL, 'quarantinePolicy': 'enabled'},
        detail="can't be pulled until they're released",
        facts={'findings': ['QuarantineEnabled']},
        solution=f'--ids {REGISTRY_ID} --set properties.policies.quarantinePolicy.status=disabled',
    ),
    row(
        'export off, public access on',
        'Warning',
        'ExportDisabledButPublic',
        {**USUAL, 'exportPolicy': 'disabled'},
        solution='az acr update --name myregistry --allow-exports true',
    ),
    row(
        'tokens for ARM',
        'Warning',
        'ArmAudienceRejected',
        {**USUAL, 'azureADAuthenticationAsArmPolicy': 'Disabled'},
        detail="Container Apps, App Service, and others can't log in with managed identities",
        facts={'armAudience': 'disabled'},
        solution='az acr config authentication-as-arm update --registry myregistry --status en',
    ),
    row(
        'content trust',
        'Warning',
        'ContentTrustDeprecated',
        {**USUAL, 'trustPolicy': 'Enabled'},
        solution='az acr config content-trust update --registry myregistry --status disabled',
    ),
    row(
        'all of them',
        'Warning',
        'QuarantineEnabled',
        dict.fromkeys(('quarantinePolicy', 'trustPolicy'), 'enabled')
        | dict.fromkeys(('exportPolicy', 'azureADAuthenticationAsArmPolicy'), 'disabled'),
        detail='; export is disabled, but public network access is enabled; tokens for Azure',
        facts={
            'findings': [
                'QuarantineEnabled',
                'ExportDisabledButPublic',
                'ArmAudienceRejected',
                'ContentTrustDeprecated',
            ]
        },
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just('enabled'),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                ['quarantinePolicy', 'exportPolicy', 'retentionPolicy', 'status', 'days']
            ),
            inner,
        )
    ),
)


@given(JSON, JSON)
def test_any_json_makes_a_row(statuses: Any, flag: Any) -> None:
    outcome = run(
        row('any JSON', '', needs=(registry({'policies': statuses, 'anonymousPullEnabled': flag}),))
    )
    assert shown(policies, outcome)['status'] in ('Passed', 'Warning')
