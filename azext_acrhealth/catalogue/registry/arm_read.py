# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The code for information that Azure Resource Manager didn't return."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

ARM_READ = Family(
    'ARM_READ_ERROR',
    'Azure Resource Manager did not let this login read something that the check has to know.',
    ('Ask for the role Reader on what the row names, or run the check as somebody who has it.',),
    links.HEALTH,
)

FAMILIES = (ARM_READ,)
PROBLEMS = ()
