# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read the logins in the variable DOCKER_AUTH_CONFIG, which docker prefers to those in its file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import object_of
from azext_acrhealth.probes.local import process
from azext_acrhealth.probes.local.docker_config import FileKind, parse
from azext_acrhealth.probes.local.docker_credential_helper import Run

VARIABLE = 'DOCKER_AUTH_CONFIG'
# The first version of docker's client that reads the variable (gitlab-runner issue 38909). The
# clients of podman and Helm don't.
_FIRST = (28, 3)
_VERSION = lazy_pattern(r'\b(\d{1,4})\.(\d{1,4})\.\d')


def environment_config(deadline: float, run: Run) -> Mapping[str, Any] | Failure[FileKind] | None:
    """Return the variable's JSON object; None where docker doesn't read it.

    docker ignores all of it when a login in it is incomplete.
    """
    text = os.environ.get(VARIABLE)
    if not text or not _is_read(deadline, run):
        return None
    content = parse(text, 'docker')
    if isinstance(content, Failure):
        return Failure('Unreadable', content.text.replace('the file', 'the value'))
    for key, entry in object_of(content.get('auths')).items():
        if not object_of(entry).get('auth'):
            return Failure('Unreadable', f'the entry for {key} has no "auth"')
    # Helpers can't be named in the variable.
    return {'auths': content.get('auths')}


def _is_read(deadline: float, run: Run) -> bool:
    docker = process.find('docker')
    if docker is None:
        return False
    found = _VERSION.search(run([docker, '--version'], deadline).stdout)
    return found is None or tuple(map(int, found.groups())) >= _FIRST
