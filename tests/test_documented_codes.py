# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Every documented code is raised by its real cause in the acceptance tests."""

from __future__ import annotations

import ast
import inspect

from tests.acceptance import (
    test_codes,
    test_encryption,
    test_engine_choice,
    test_engine_programs,
    test_engines,
    test_login_server,
)
from tests.acceptance import test_tools as test_real_tools
from tests.test_catalogue import DOCUMENTED

# Modules that raise codes by their real causes, and name the codes by constants.
RAISING = (
    test_encryption,
    test_engine_choice,
    test_engine_programs,
    test_engines,
    test_login_server,
    test_real_tools,
)


def test_every_documented_code_is_raised_by_an_acceptance_test() -> None:
    raised = set(test_codes.CODES)
    for module in RAISING:
        tree = ast.parse(inspect.getsource(module))
        used = {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        raised |= {
            value for name, value in vars(module).items() if name in used and isinstance(value, str)
        }
    assert DOCUMENTED <= raised, DOCUMENTED - raised
