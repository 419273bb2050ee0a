# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run the user's kubectl: which cluster a context names, and single requests to its API server.

`--raw` sends one request for each command, without discovery, and prints the server's bytes; all
versions from 1.20 on do the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from azext_acrhealth.grammar import KUBE_CONTEXT, NAMESPACE
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.cluster.kubectl_errors import KubectlKind, failure_of
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import object_of
from azext_acrhealth.probes.local import process
from azext_acrhealth.probes.local.process import CompletedCommand

Run = Callable[..., CompletedCommand]
# A kubeconfig file holds secrets, so only these values of it are ever printed.
_VALUES = '{"\\n"}'.join(
    (
        '{.clusters[0].cluster.server}',
        '{.contexts[0].name}',
        '{.contexts[0].context.namespace}',
    )
)
# From 1.34 on, a file of the user's can change the options of each command, and so disable `--raw`.
_ENVIRONMENT = {'KUBERC': 'off'}


class KubeContext(NamedTuple):
    """A context of the kubeconfig: the API server's host (lower case), and its namespace, if any.

    The host is empty where a failure says why there is no context.
    """

    name: str = ''
    host: str = ''
    namespace: str | None = None
    failure: Failure[KubectlKind] | None = None


class ApiResult(NamedTuple):
    """The object with which the API server responded, or the failure."""

    object: Mapping[str, Any]
    failure: Failure[KubectlKind] | None = None


class Kubectl(NamedTuple):
    """A kubectl, by its absolute path; `run` is a CommandRunner's."""

    path: str
    run: Run

    def context(self, name: str | None, deadline: float) -> KubeContext:
        """Return a context, by default the current one, without a request.

        A server without TLS has no host here: kubectl would send it no login.
        """
        if name is not None and not KUBE_CONTEXT.fullmatch(name):
            return _invalid("the context's name has characters that acrhealth doesn't pass on")
        chosen = (f'--context={name}',) if name else ()
        view = ('config', 'view', '--minify', '--output', f'jsonpath={_VALUES}')
        completed = self.run((self.path, *chosen, *view), deadline, environment=_ENVIRONMENT)
        failure = _failure(completed)
        return KubeContext(failure=failure) if failure else _context(completed.stdout)

    def create(self, context: str, path: str, body: Any, deadline: float) -> ApiResult:
        """Create an object from its manifest."""
        text = json.dumps(body, separators=(',', ':'))
        return self._request(context, ('create', '--raw', path, '-f', '-'), deadline, text)

    def get(self, context: str, path: str, deadline: float) -> ApiResult:
        """Get an object, or a list."""
        return self._request(context, ('get', '--raw', path), deadline)

    def delete(self, context: str, path: str, deadline: float) -> ApiResult:
        """Delete an object."""
        return self._request(context, ('delete', '--raw', path), deadline)

    def _request(
        self, context: str, verb: tuple[str, ...], deadline: float, given: str | None = None
    ) -> ApiResult:
        # In whole seconds, and a second less than kubectl has, so that it can say what timed out.
        seconds = max(1, int(deadlines.left(deadline, deadlines.TOOL)) - 1)
        options = (f'--context={context}', f'--request-timeout={seconds}s')
        completed = self.run(
            (self.path, *options, *verb), deadline, given=given, environment=_ENVIRONMENT
        )
        failure = _failure(completed)
        return ApiResult({}, failure) if failure else _parsed(completed.stdout)


def find_kubectl(run: Run) -> Kubectl | Failure[KubectlKind]:
    """Return the kubectl on PATH."""
    path = process.find('kubectl')
    if path:
        return Kubectl(path, run)
    if process.find_unexecutable('kubectl'):
        return Failure('Missing', "kubectl isn't executable")
    return Failure('Missing', "kubectl isn't on PATH")


def _failure(completed: CompletedCommand) -> Failure[KubectlKind] | None:
    if completed.failure:
        kind: KubectlKind = 'Timeout' if completed.failure.kind == 'Timeout' else 'Missing'
        return Failure(kind, f'kubectl: {completed.failure.text}')
    if completed.status:
        return failure_of(completed.stderr, completed.status)
    return None


def _invalid(text: str) -> KubeContext:
    return KubeContext(failure=Failure('InvalidContext', text))


def _context(stdout: str) -> KubeContext:
    server, name, namespace = (*stdout.splitlines(), '', '', '')[:3]
    try:
        url = urlsplit(server)
        host = url.hostname or ''
    except ValueError:
        return _invalid("the API server's URL is invalid")
    if url.scheme != 'https' or not host:
        return _invalid("the API server's URL isn't an https URL")
    if not KUBE_CONTEXT.fullmatch(name):
        return _invalid("the context's name has characters that acrhealth doesn't pass on")
    if namespace and not NAMESPACE.fullmatch(namespace):
        return _invalid("the context's namespace is invalid")
    return KubeContext(name, host, namespace or None)


def _parsed(stdout: str) -> ApiResult:
    try:
        parsed = json.loads(stdout)
    except (ValueError, RecursionError):
        return ApiResult({}, Failure('Unexpected', "the API server's response isn't JSON"))
    if not isinstance(parsed, dict):
        return ApiResult({}, Failure('Unexpected', "the API server's response isn't a JSON object"))
    return ApiResult(object_of(parsed))
