# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the Notary client and its version."""

from azext_acrhealth.advice import POSIX, Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

_SKIP = "Skip this check if you don't sign images: `--skip notary-version`."

NOTARY_COMMAND = Family(
    'NOTARY_COMMAND_ERROR',
    "The Notary client is installed but can't start on this machine. It's required only to sign "
    'images with content trust.',
    ('Reinstall the Notary client if you sign images with content trust.', _SKIP),
    links.documented('NOTARY_COMMAND_ERROR'),
)
NOTARY_VERSION = Family(
    'NOTARY_VERSION_ERROR',
    "The Notary client doesn't work with the registry's content trust, which requires 0.6.0 or "
    'earlier.',
    (
        'Install version 0.6.0 of the Notary client if you sign images with content trust.',
        'Sign images with Notation instead, because content trust is being retired.',
        _SKIP,
    ),
    links.documented('NOTARY_VERSION_ERROR'),
)

NOTARY_NOT_EXECUTABLE = NOTARY_COMMAND.problem(
    'NotExecutable',
    "The file exists, but the operating system can't execute it. It might lack execute permission "
    'or be built for another processor architecture.',
    Variant('Make the file executable: `chmod +x {path}`.', platforms=POSIX),
    'Reinstall Notary for the processor architecture of this machine.',
    _SKIP,
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

FAMILIES = (NOTARY_COMMAND, NOTARY_VERSION)
PROBLEMS = (
    NOTARY_NOT_EXECUTABLE,
    NOTARY_FAILED,
    NOTARY_HUNG,
    NOTARY_UNREADABLE,
    NOTARY_TOO_NEW,
)
