# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The command that lets nodes pull from inside the cluster: a script, and the Jobs that it makes.

A Job cleans up by itself if the script can't: it ends after a time, and the cluster then deletes it
together with its pod.
"""

from __future__ import annotations

import base64
import io
import json
import pkgutil
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azext_acrhealth.probes.cluster.leftovers import AGE
from azext_acrhealth.probes.cluster.pod import LABELS, PodRequest, manifest, new_name

SCRIPT = 'pull.sh'
# Seconds after which the cluster ends a Job, and then those after which it deletes it.
ACTIVE_DEADLINE, KEPT = 120, 60
# By its value the script tells the Jobs of earlier runs, in seconds since 1970.
_CREATED = 'acrhealth-created'


@dataclass(frozen=True)
class PullCommand:
    """A command line for a POSIX shell, and the files that it needs as a base64 zip archive.

    Its Jobs have `names`, in the order of the requests. `mark` begins the lines of its output that
    begin a section; nobody in the cluster knows it beforehand.
    """

    names: tuple[str, ...]
    mark: str
    line: str
    files: str


def pull_command(requests: Sequence[PodRequest], seconds: int, now: datetime) -> PullCommand:
    """Return the command that pulls by one Job for each request, all of the same namespace.

    It watches for `seconds`, and then reads and deletes for some more.
    """
    (namespace,) = {request.namespace for request in requests}
    names, mark = tuple(new_name() for _ in requests), secrets.token_hex(8)
    before = int((now - AGE).timestamp())
    words = ('sh', SCRIPT, mark, str(seconds), namespace, str(before), *names)
    jobs = [job(request, name, now) for request, name in zip(requests, names)]
    return PullCommand(names, mark, shlex.join(words), _archive(jobs))


def job(request: PodRequest, name: str, now: datetime) -> dict[str, Any]:
    """Return the manifest of a Job, an object of batch/v1."""
    pod = manifest(request, name)
    metadata = pod['metadata']
    template = {key: metadata[key] for key in ('labels', 'annotations')}
    return {
        'apiVersion': 'batch/v1',
        'kind': 'Job',
        'metadata': {
            'name': name,
            'namespace': request.namespace,
            'labels': {**LABELS, _CREATED: str(int(now.timestamp()))},
        },
        'spec': {
            'backoffLimit': 0,
            'activeDeadlineSeconds': ACTIVE_DEADLINE,
            'ttlSecondsAfterFinished': KEPT,
            'template': {'metadata': template, 'spec': pod['spec']},
        },
    }


def _archive(jobs: Sequence[dict[str, Any]]) -> str:
    import zipfile

    script = pkgutil.get_data(__package__, SCRIPT)
    assert script is not None
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as archive:
        # A checkout on Windows can have other line ends, which a shell doesn't take.
        archive.writestr(SCRIPT, script.replace(b'\r\n', b'\n'))
        for manifest_of_job in jobs:
            name = f'{manifest_of_job["metadata"]["name"]}.json'
            archive.writestr(name, json.dumps(manifest_of_job, separators=(',', ':')))
    return base64.b64encode(buffer.getvalue()).decode('ascii')
