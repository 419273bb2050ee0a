# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the Helm client."""

from azext_acrhealth.advice import POSIX, Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

HELM_COMMAND = Family(
    'HELM_COMMAND_ERROR',
    "The Helm client can't start on this machine. It's required only to push and pull charts.",
    (
        'Install Helm 3.8 or later if you store charts in the registry, and add its folder to '
        'PATH.',
        "Skip these checks if you don't use Helm: `--skip helm-client helm-version`.",
    ),
    links.documented('HELM_COMMAND_ERROR'),
)

HELM_NOT_FOUND = HELM_COMMAND.problem('NotFound', "`helm` isn't on PATH.")

HELM_NOT_EXECUTABLE = HELM_COMMAND.problem(
    'NotExecutable',
    "The file exists, but the operating system can't execute it. It might lack execute permission "
    'or be built for another processor architecture.',
    Variant('Make the file executable: `chmod +x {path}`.', platforms=POSIX),
    'Reinstall Helm for the processor architecture of this machine.',
)

FAMILIES = (HELM_COMMAND,)
PROBLEMS = (
    HELM_NOT_FOUND,
    HELM_NOT_EXECUTABLE,
)
