# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run a table of faults: one `az` checks many registries, and each of them has its own fault.

Faults of services that all registries share, faults of an image, faults that a run waits for, and
faults that try to fill the memory have a run of their own.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import filelock

from tests.acceptance import fault_registries
from tests.acceptance.codes import HOST, LIMIT, SLACK
from tests.acceptance.fault_specs import WAITED_FOR, Fault
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Finished, Sandbox
from tests.sandbox.faults.fault_matrix import ARM
from tests.sandbox.services import cloud

# The --timeout of faults that no run waits for, in seconds: none may need it.
LONG = 60
# Faults after which the sandbox closes the connection without saying so. Requests to Azure Resource
# Manager share connections, so a neighbor could reuse one that is about to close.
CLOSING = ('garbage', 'raw', 'close', 'reset', 'truncated')
FILLING = ('huge', 'gzip', 'endless', 'deep', 'headers', 'longheader')
# The stages at which each registry of a run can have a fault of its own. With --vnet or --image a
# run has one registry, so the stages that only these reach aren't among them.
SIDE_BY_SIDE = (
    'challenge',
    'exchange',
    'token',
    'arm-get',
    'arm-usages',
    'arm-replications',
    'arm-cache-rules',
    'arm-identity',
)
# Registries in one run; they share a core with the rest of the tests.
MOST = 25
_NAMES = [f'fault{number:03}' for number in range(MOST)]


class FaultRun(NamedTuple):
    """A run, the registry that had the fault, its login server, and the requests it caused."""

    run: Run
    registry: str
    host: str
    requests: list[dict[str, Any]]
    all_requests: list[dict[str, Any]]

    def count(self, stage: str) -> int:
        """Return how many requests of a stage there were."""
        return sum(request['stage'] == stage for request in self.requests)

    @property
    def verdicts(self) -> dict[str, Any]:
        """Return what the report says about the registry as a whole."""
        registries = self.run.report['registries']
        return next(entry for entry in registries if entry['name'] == self.registry)

    def unexpected_rows(self) -> list[dict[str, Any]]:
        """Return the registry's rows about a defect of the product, or about its --timeout."""
        codes = ('UNEXPECTED_ERROR', 'CHECK_TIMEOUT_ERROR')
        rows = self.run.report['checks']
        return [row for row in rows if row['registry'] == self.registry and row['code'] in codes]

    def leaks(self) -> list[dict[str, Any]]:
        """Return the requests with a token or a login to a host that may have none."""
        names = {entry['loginServer'] for entry in self.run.report['registries']}
        trusted = {cloud.ARM_HOST, cloud.LOGIN_HOST, *names}
        return [
            request
            for request in self.all_requests
            if (request['tokenReceived'] or request['authorization'])
            and request['host'] not in trusted
        ]


def is_alone(fault: Fault) -> bool:
    """Return whether a fault has a run of its own."""
    closes_shared = fault.stage in ARM and fault.word in CLOSING
    return fault.stage not in SIDE_BY_SIDE or fault.word in (*WAITED_FOR, *FILLING) or closes_shared


def timeout(fault: Fault) -> int:
    """Return the --timeout of the run with a fault."""
    return LIMIT if fault.word in WAITED_FOR else LONG


def longest(fault: Fault) -> float:
    """Return how long a run with a fault may take, in seconds."""
    return LIMIT + SLACK if fault.word in WAITED_FOR else LONG


def run_alone(
    sandbox: Sandbox, fault: Fault, arguments: Sequence[str] = ('-n', 'contoso'), **options: Any
) -> FaultRun:
    """Run the checks of an existing registry with a fault."""
    if fault.stage == 'arm-cache-rules':
        sandbox.put_cache_rule('contoso', 'mcr', 'mcr.microsoft.com/*', 'mcr/*')
    run = check(sandbox, *arguments, '--timeout', str(timeout(fault)), **options)
    registry, requests = run.report['registries'][0], sandbox.requests()
    return FaultRun(run, registry['name'], registry['loginServer'], requests, requests)


def run_side_by_side(
    sandbox: Sandbox,
    shared: pathlib.Path,
    name: str,
    table: Sequence[Fault],
    fault: Fault,
    arguments: Sequence[str],
) -> FaultRun:
    """Return the run with a fault, which it shares with others of its stage in a named table."""
    faults = [other for other in table if other.stage == fault.stage and not is_alone(other)]
    number, position = divmod(faults.index(fault), MOST)
    path = shared / f'{name}-{fault.stage}-{number}.json'
    # All workers share the run, whichever needs it first.
    with filelock.FileLock(f'{path}.lock'):
        if not path.exists():
            result = _run_all(sandbox, faults[number * MOST :][:MOST], arguments)
            path.write_text(json.dumps(result), encoding='utf-8')
    result = json.loads(path.read_text(encoding='utf-8'))
    assert 'error' not in result, result['error']
    finished, registry = Finished(*result['finished']), _NAMES[position]
    requests = [request for request in result['requests'] if _names(request, registry)]
    return FaultRun(
        Run(finished, finished.json),
        registry,
        f'{registry}{cloud.SUFFIX}',
        requests,
        result['requests'],
    )


def _run_all(sandbox: Sandbox, faults: Sequence[Fault], arguments: Sequence[str]) -> dict[str, Any]:
    """Run the checks of a registry for each fault; return the outputs and requests, or an error."""
    identifiers = []
    for name, fault in zip(_NAMES, faults):
        identifiers.append(fault_registries.put_registry(sandbox, fault.stage, name))
        spec = spec_for(fault, f'{name}{cloud.SUFFIX}')
        sandbox.set_fault(f'{fault.stage}@{name}', spec)
    try:
        run = check(sandbox, '-n', *identifiers, *arguments, '--timeout', str(LONG))
    except AssertionError as error:
        # Another fault's test needn't wait for the same error once more.
        return {'error': str(error)}
    return {'finished': run.finished, 'requests': sandbox.requests()}


def spec_for(fault: Fault, host: str) -> str:
    """Return a fault's spec for the host that has the fault.

    It replaces the host that the tables name, and `again` by a URL of the same host.
    """
    if fault.spec == 'redirect:again':
        return f'redirect:https://{cloud.ARM_HOST if fault.stage in ARM else host}/v2/'
    return fault.spec.replace(HOST, host)


def _names(request: dict[str, Any], name: str) -> bool:
    """Return whether a request is for a registry, by its host or its resource."""
    return name in request['host'] or name in request['path']
