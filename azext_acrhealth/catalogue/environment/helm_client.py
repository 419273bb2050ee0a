# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the Helm client."""

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

HELM_NOT_FOUND = HELM_COMMAND.problem('NotFound', 'There is no `helm` on PATH.')

HELM_NOT_EXECUTABLE = HELM_COMMAND.problem(
    'NotExecutable',
    'The file is there, but the system refuses to execute it.',
    'Make the file executable (`chmod +x {path}`), or reinstall Helm for this processor.',
)

FAMILIES = (HELM_COMMAND,)
PROBLEMS = (
    HELM_NOT_FOUND,
    HELM_NOT_EXECUTABLE,
)
