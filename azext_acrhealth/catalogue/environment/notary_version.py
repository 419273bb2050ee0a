# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of Notary's version."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

NOTARY_VERSION = Family(
    'NOTARY_VERSION_ERROR',
    "The Notary client doesn't work with the registry's content trust, which requires 0.6.0 or "
    'earlier.',
    (
        'Install version 0.6.0 of the Notary client if you sign images with content trust.',
        'Sign images with Notation instead, because content trust is being retired.',
        "Skip this check if you don't sign images: `--skip notary-version`.",
    ),
    links.documented('NOTARY_VERSION_ERROR'),
)

NOTARY_NOT_EXECUTABLE = NOTARY_VERSION.problem(
    'NotExecutable',
    "The file exists, but the operating system can't execute it. It might lack execute permission "
    'or be built for another processor architecture.',
    'Make the file executable on Linux or macOS: `chmod +x {path}`.',
    'Reinstall Notary for the processor architecture of this machine.',
    "Skip this check if you don't sign images: `--skip notary-version`.",
)

NOTARY_FAILED = NOTARY_VERSION.problem('VersionCommandFailed', "Notary's version command fails.")

NOTARY_HUNG = NOTARY_VERSION.problem(
    'VersionCommandTimeout',
    "Notary's version command doesn't finish in time.",
    transient=True,
)

NOTARY_UNREADABLE = NOTARY_VERSION.problem(
    'VersionUnreadable',
    "This build of Notary doesn't report its version, so the check can't compare it with 0.6.0.",
)

NOTARY_TOO_NEW = NOTARY_VERSION.problem(
    'VersionTooNew',
    'The Notary version is later than 0.6.0, the last one that works with the registry.',
)

FAMILIES = (NOTARY_VERSION,)
PROBLEMS = (
    NOTARY_NOT_EXECUTABLE,
    NOTARY_FAILED,
    NOTARY_HUNG,
    NOTARY_UNREADABLE,
    NOTARY_TOO_NEW,
)
