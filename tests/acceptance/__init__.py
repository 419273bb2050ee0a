# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The real Azure CLI and real peers, run against the sandbox."""

import pytest

# Helpers that assert: failures then show the values, as in a test module.
pytest.register_assert_rewrite(
    *(f'{__name__}.{name}' for name in ('clients', 'leaks', 'outputs', 'pulls', 'runs'))
)
