# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of Notary's version."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

NOTARY_VERSION = Family(
    'NOTARY_VERSION_ERROR',
    "The Notary client here does not work with the registry's content trust, which wants 0.6.0 or "
    'older.',
    (
        'Install the Notary client 0.6.0, if you sign images by content trust.',
        'Sign with Notation instead: content trust is being retired.',
        'Otherwise leave it out: `--skip notary-version`.',
    ),
    links.documented('NOTARY_VERSION_ERROR'),
)

NOTARY_NOT_EXECUTABLE = NOTARY_VERSION.problem(
    'NotExecutable',
    'The file is there, but the system refuses to execute it.',
    'Make the file executable (`chmod +x {path}`), or reinstall Notary for this processor.',
    'Otherwise leave it out: `--skip notary-version`.',
)

NOTARY_FAILED = NOTARY_VERSION.problem(
    'VersionCommandFailed', 'Notary ended with an error when it was asked for its version.'
)

NOTARY_HUNG = NOTARY_VERSION.problem(
    'VersionCommandHung',
    'Notary did not answer in time when it was asked for its version.',
    transient=True,
)

NOTARY_UNREADABLE = NOTARY_VERSION.problem(
    'VersionUnreadable',
    'This build of Notary does not tell its version, so that it cannot be held against 0.6.0.',
)

NOTARY_TOO_NEW = NOTARY_VERSION.problem('VersionTooNew', 'This Notary is newer than 0.6.0.')

FAMILIES = (NOTARY_VERSION,)
PROBLEMS = (
    NOTARY_NOT_EXECUTABLE,
    NOTARY_FAILED,
    NOTARY_HUNG,
    NOTARY_UNREADABLE,
    NOTARY_TOO_NEW,
)
