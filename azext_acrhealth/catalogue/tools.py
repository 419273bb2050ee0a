# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of Helm and Notary on this machine."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

HELM_COMMAND = Family(
    'HELM_COMMAND_ERROR',
    'The Helm client cannot be started here. Only those who keep charts in the registry need it.',
    (
        'Install Helm 3 or newer and put its folder on PATH, if you work with charts.',
        'Otherwise leave it out: `--skip helm-client helm-version`.',
    ),
    links.documented('HELM_COMMAND_ERROR'),
)

HELM_VERSION = Family(
    'HELM_VERSION_ERROR',
    'The version of the Helm client could not be told, or is too old to work with the registry.',
    ('Run `helm version --short` by hand and look at what it says.', 'Install Helm 3 or newer.'),
    links.documented('HELM_VERSION_ERROR'),
)

NOTARY_VERSION = Family(
    'NOTARY_VERSION_ERROR',
    'The Notary client here does not work with the registry\'s content trust, which wants 0.6.0 or older.',
    (
        'Install the Notary client 0.6.0, if you sign images by content trust.',
        'Sign with Notation instead: content trust is being retired.',
        'Otherwise leave it out: `--skip notary-version`.',
    ),
    links.documented('NOTARY_VERSION_ERROR'),
)

HELM_NOT_FOUND = HELM_COMMAND.problem('NotFound', 'There is no `helm` on PATH.')
HELM_NOT_EXECUTABLE = HELM_COMMAND.problem(
    'NotExecutable',
    'The file is there, but the system refuses to execute it.',
    'Make the file executable (`chmod +x {path}`), or reinstall Helm for this processor.',
)

HELM_FAILED = HELM_VERSION.problem(
    'VersionCommandFailed', 'Helm ended with an error when it was asked for its version.'
)
HELM_HUNG = HELM_VERSION.problem(
    'VersionCommandHung', 'Helm did not answer in time when it was asked for its version.', heals=True
)
HELM_UNREADABLE = HELM_VERSION.problem('VersionUnreadable', 'What Helm printed holds no version.')
HELM_TOO_OLD = HELM_VERSION.problem(
    'VersionTooOld',
    'This Helm is older than 2.11.0, the first that works with the registry.',
    'Install Helm 3 or newer.',
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
    'VersionCommandHung', 'Notary did not answer in time when it was asked for its version.', heals=True
)
NOTARY_UNREADABLE = NOTARY_VERSION.problem(
    'VersionUnreadable', 'This build of Notary does not tell its version, so that it cannot be held against 0.6.0.'
)
NOTARY_TOO_NEW = NOTARY_VERSION.problem('VersionTooNew', 'This Notary is newer than 0.6.0.')

FAMILIES = (HELM_COMMAND, HELM_VERSION, NOTARY_VERSION)
PROBLEMS = (
    HELM_NOT_FOUND,
    HELM_NOT_EXECUTABLE,
    HELM_FAILED,
    HELM_HUNG,
    HELM_UNREADABLE,
    HELM_TOO_OLD,
    NOTARY_NOT_EXECUTABLE,
    NOTARY_FAILED,
    NOTARY_HUNG,
    NOTARY_UNREADABLE,
    NOTARY_TOO_NEW,
)
