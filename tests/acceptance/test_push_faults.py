# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Every fault of the sandbox at every stage of an upload: no result is wrong."""

from __future__ import annotations

import pytest

from tests.acceptance.fault_specs import WAITED_FOR
from tests.acceptance.runs import check
from tests.acceptance.test_data_faults import FAULTS
from tests.acceptance.test_push import TRY, pushed
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.faults.fault_matrix import CONTENT_SPECS, UPLOAD
from tests.sandbox.services import cloud

# Faults that are the same as others of an upload, take long, or are waited for in test_push.py.
LEFT_OUT = (*WAITED_FOR, 'slow', 'endless', 'huge', 'gzip', 'raw', 'throttled', 'frontdoor')
OF_A_PULL = {word for words in CONTENT_SPECS.values() for word in words}
SPECS = sorted({fault.spec for fault in FAULTS if fault.word not in (*LEFT_OUT, *OF_A_PULL)})


@pytest.mark.parametrize('stage', [stage for stage in UPLOAD.values() if stage != 'upload-finish'])
@pytest.mark.parametrize('spec', SPECS)
def test_no_fault_leads_to_a_wrong_result(sandbox: Sandbox, stage: str, spec: str) -> None:
    before = len(sandbox.uploads('contoso'))
    sandbox.set_fault(stage, spec)
    run = check(sandbox, *TRY, '--only', 'push')
    row, remaining = run.row('push'), len(sandbox.uploads('contoso')) - before
    steps = {request['step']: request['status'] for request in row['facts'].get('requests', [])}
    # A step succeeded if its status says so; a cancel succeeded if the session is gone.
    went_well = (steps.get('begin'), steps.get('append')) == (202, 202) and row[
        'reason'
    ] != 'UnusableLocation'
    assert (row['status'] in ('Passed', 'Warning')) == went_well == (pushed(run) == 'yes'), row
    if row['status'] == 'Passed':
        assert (remaining, steps['verify']) == (0, 404) or stage == 'upload-verify'
    # A fault may replace a response by a refusal, after which no session is looked for.
    assert (
        remaining == 0
        or row['facts']['remains'] is not False
        or steps['begin'] == 401
        or stage == 'upload-verify'
    ), row
    assert {request['host'] for request in sandbox.requests() if request['authorization']} <= {
        'contoso.azurecr.test',
        cloud.ARM_HOST,
        cloud.LOGIN_HOST,
    }
