# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Settings of all tests."""

from hypothesis import settings

# A busy machine is no failure.
settings.register_profile('acrhealth', deadline=None)
settings.load_profile('acrhealth')
