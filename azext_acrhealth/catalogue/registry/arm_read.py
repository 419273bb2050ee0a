# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The code for information that Azure Resource Manager didn't return."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

ARM_READ = Family(
    'ARM_READ_ERROR',
    "Azure Resource Manager didn't return information that the check requires.",
    (
        'Ask the owner of the resource to assign you the Reader role on it.',
        'Run the check with an account that has the Reader role on the resource.',
    ),
    links.ROLES,
)

FAMILIES = (ARM_READ,)
PROBLEMS = ()
