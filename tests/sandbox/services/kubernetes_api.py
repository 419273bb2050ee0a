# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The API server of a Kubernetes cluster, as far as `kubectl --raw` needs it for a pod.

Sources: requests and responses of kubectl 1.20 to 1.37; kubernetes,
staging/src/k8s.io/apimachinery/pkg/api/errors for Status objects; Learn for the text of the Azure
authorizer.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Optional

from tests.sandbox.services import kubelet
from tests.sandbox.services.admission import REFUSALS
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox.services.kubernetes_jobs import Job, StoredJob, matches

Key = tuple[str, str]
USER = 'pat@contoso.com'
_VERBS = {'POST': 'create', 'GET': 'get', 'DELETE': 'delete'}
LOCKED = 'admission webhook "locks.contoso.com" denied the request: locked'
_NOT_IN_AZURE = (
    ': User does not have access to the resource in Azure. Update role assignment to allow access.'
)


@dataclasses.dataclass
class Faults:
    """What goes wrong, all of it changeable at any time.

    `forbidden` holds verbs with resources, as in `create pods`; `hanging` and `broken` hold
    methods, as in DELETE; `refusal` is one of REFUSALS. `added` is an image that a webhook adds as
    a container, `replaced` one that it puts in the place of the pod's. `late` is in seconds.
    """

    forbidden: tuple[str, ...] = ()
    azure_authorizer: bool = False
    refusal: Optional[str] = None
    hanging: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    undeletable: bool = False
    added: Optional[str] = None
    replaced: Optional[str] = None
    policy: Optional[str] = None  # the imagePullPolicy that a webhook sets
    late: float = 0.0  # the events, after the status that they explain
    garbage: bool = False


@dataclasses.dataclass
class _Stored:
    """A pod, its events with the instants from which they are listed, and what is to come."""

    pod: kubelet.Pod
    due: float
    steps: Iterator[kubelet.Step]
    events: list[tuple[float, dict[str, Any]]] = dataclasses.field(default_factory=list)


class KubernetesApi:
    """An API server with its namespaces, and nodes that play a case of `kubelet.steps`."""

    def __init__(self, token: str = '', case: str = 'pulled', minor: int = 35) -> None:
        self._token, self.case, self.minor = token, case, minor
        self.step = 0.2  # seconds between two steps of a node
        self.faults = Faults()
        self.namespaces = ['default', 'team']
        # The pull secrets of each service account.
        self.service_accounts: dict[Key, list[str]] = {('default', 'default'): []}
        self.service_accounts['team', 'default'] = []
        self.requests: list[tuple[str, str]] = []
        self.created: list[dict[str, Any]] = []
        self.created_jobs: list[dict[str, Any]] = []
        self.released = threading.Event()  # ends the requests that hang
        self._stored: dict[Key, _Stored] = {}
        self._jobs: dict[Key, StoredJob] = {}
        self._lock = threading.Lock()

    @property
    def pods(self) -> list[str]:
        """Return the names of the pods that there are."""
        return [name for _, name in self._stored]

    @property
    def jobs(self) -> list[str]:
        """Return the names of the Jobs that there are."""
        return [name for _, name in self._jobs]

    def add_job(self, name: str, labels: Mapping[str, str]) -> None:
        """Add a Job of another client in the namespace `default`, whose pod is never made."""
        job = {'metadata': {'name': name, 'namespace': 'default', 'labels': dict(labels)}}
        self._jobs['default', name] = StoredJob(job, 0.0, is_tried=True)

    def add_leftover(self, name: str, labels: Mapping[str, str], age: float) -> None:
        """Add a pod that another client made `age` seconds ago in the namespace `default`."""
        pod = {
            'kind': 'Pod',
            'apiVersion': 'v1',
            'metadata': {'name': name, 'namespace': 'default', 'labels': dict(labels)},
            'spec': {'containers': [{'name': 'pull', 'image': 'contoso.azurecr.io/a:1'}]},
            'status': {'phase': 'Pending'},
        }
        self._store(pod, age, 'unassigned')

    def handle(self, request: Request) -> Response:
        """Return the response to a request."""
        self.requests.append((request.method, request.target))
        if request.method in self.faults.hanging:
            self.released.wait(60)
        if self._token and request.credentials() != ('bearer', self._token):
            return _status(401, 'Unauthorized', 'Unauthorized')
        if request.method in self.faults.broken:
            return _status(500, 'InternalError', 'Internal error occurred: etcdserver: no leader')
        if self.faults.garbage:
            return Response(200, b'<html>', (('Content-Type', 'text/html'),))
        if request.path == '/version':  # a kubectl that chooses another one by it asks first
            return _json(200, {'major': '1', 'minor': str(self.minor), 'gitVersion': 'v1.0.0'})
        path = request.path.strip('/').removeprefix('apis/batch/').removeprefix('api/')
        parts = path.split('/')
        batch = '/batch/' in request.path
        if (
            parts[:2] != ['v1', 'namespaces']
            or len(parts) not in (4, 5)
            or batch != (parts[3] == 'jobs')
        ):
            return _status(404, 'NotFound', 'the server could not find the requested resource')
        return self._authorized(request, parts[2], parts[3], parts[4] if len(parts) > 4 else '')

    def _authorized(self, request: Request, space: str, resource: str, name: str) -> Response:
        verb = _VERBS.get(request.method, '')
        verb = 'list' if verb == 'get' and not name else verb
        if f'{verb} {resource}' in self.faults.forbidden:
            group = 'batch' if resource == 'jobs' else ''
            full_name = f'{resource}.{group}' if group else resource
            about = f'{full_name} "{name}"' if name else full_name
            text = (
                f'{about} is forbidden: User "{USER}" cannot {verb} resource "{resource}" in API'
                f' group "{group}" in the namespace "{space}"'
            )
            return _status(403, 'Forbidden', text + _NOT_IN_AZURE * self.faults.azure_authorizer)
        with self._lock:
            if resource == 'events':
                return self._list_events(request, space)
            if resource == 'jobs':
                return self._handle_job(request, verb, (space, name))
            if verb == 'create':
                return self._create(json.loads(request.body), space)
            return self._list(request, space) if verb == 'list' else self._one(verb, (space, name))

    def _handle_job(self, request: Request, verb: str, key: Key) -> Response:
        if verb == 'create':
            return self._create_job(json.loads(request.body), key[0])
        if not key[1]:
            selector = ','.join(request.query.get('labelSelector', []))
            for other, stored in list(self._jobs.items()):
                if other[0] == key[0] and matches(stored.job['metadata']['labels'], selector):
                    self._delete_job(other)
            return _list_response('JobList', [], request)
        if key not in self._jobs:
            return _status(404, 'NotFound', f'jobs.batch "{key[1]}" not found')
        if self.faults.undeletable:
            return _status(403, 'Forbidden', LOCKED)
        self._delete_job(key)
        return _json(200, {'kind': 'Status', 'apiVersion': 'v1', 'status': 'Success'})

    def _create_job(self, job: Job, space: str) -> Response:
        if space not in self.namespaces:
            return _status(404, 'NotFound', f'namespaces "{space}" not found')
        job['metadata'] |= {'namespace': space, 'uid': str(uuid.uuid4())}
        stored = StoredJob(job, time.monotonic() + self.step / 2)
        self.created_jobs.append(json.loads(json.dumps(job)))
        self._jobs[stored.key] = stored
        return _json(201, job)

    def _delete_job(self, key: Key) -> None:
        """Delete a Job and, as the garbage collector does, its pods."""
        del self._jobs[key]
        for other, stored in list(self._stored.items()):
            owners = stored.pod['metadata'].get('ownerReferences', [])
            if other[0] == key[0] and key[1] in [owner['name'] for owner in owners]:
                del self._stored[other]

    def _make_pods(self) -> None:
        """Let the Job controller do what is due."""
        for stored in self._jobs.values():
            if not stored.is_tried and time.monotonic() >= stored.due:
                stored.is_tried = True
                response = self._create(stored.pod(), stored.key[0])
                if response.status >= 300:
                    stored.fail(json.loads(response.body)['message'])

    def _create(self, pod: kubelet.Pod, space: str) -> Response:
        metadata = pod['metadata']
        name = metadata['name']
        if space not in self.namespaces:
            return _status(404, 'NotFound', f'namespaces "{space}" not found')
        image = pod['spec']['containers'][0]['image']
        if self.faults.refusal:
            status, reason, text = REFUSALS[self.faults.refusal]
            return _status(status, reason, text.format(name=name, image=image))
        account = pod['spec'].setdefault('serviceAccountName', 'default')
        secrets = self.service_accounts.get((space, account))
        if secrets is None:
            text = f'error looking up service account {space}/{account}: serviceaccount'
            return _status(
                403, 'Forbidden', f'pods "{name}" is forbidden: {text} "{account}" not found'
            )
        self.created.append(json.loads(json.dumps(pod)))
        if secrets and 'imagePullSecrets' not in pod['spec']:
            pod['spec']['imagePullSecrets'] = [{'name': secret} for secret in secrets]
        self._mutate(pod)
        metadata['namespace'] = space
        pod['status'] = {'phase': 'Pending', 'qosClass': 'Guaranteed'}
        self._store(pod, 0.0, self.case)
        return _json(201, pod)

    def _mutate(self, pod: kubelet.Pod) -> None:
        """Change a pod as webhooks do."""
        container = pod['spec']['containers'][0]
        container['image'] = self.faults.replaced or container['image']
        container['imagePullPolicy'] = self.faults.policy or container['imagePullPolicy']
        if self.faults.added:
            pod['spec']['containers'].append({'name': 'mesh', 'image': self.faults.added})

    def _store(self, pod: kubelet.Pod, age: float, case: str) -> None:
        made = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
        pod['metadata'] |= {
            'uid': str(uuid.uuid4()),
            'creationTimestamp': made.strftime('%Y-%m-%dT%H:%M:%SZ'),
        }
        key = pod['metadata']['namespace'], pod['metadata']['name']
        steps = kubelet.steps(case, pod, self.minor)
        self._stored[key] = _Stored(pod, time.monotonic() + self.step / 2, steps)

    def _advance(self) -> None:
        """Let the nodes do what is due."""
        self._make_pods()
        for stored in self._stored.values():
            while time.monotonic() >= stored.due:
                step = next(stored.steps, None)
                if step is None:
                    break
                change, events = step
                change(stored.pod)
                visible = stored.due + self.faults.late
                stored.events += [(visible, _event(stored.pod, event)) for event in events]
                stored.due += self.step

    def _one(self, verb: str, key: Key) -> Response:
        self._advance()
        stored = self._stored.get(key)
        if not stored:
            return _status(404, 'NotFound', f'pods "{key[1]}" not found')
        if verb == 'delete':
            if self.faults.undeletable:
                return _status(403, 'Forbidden', LOCKED)
            del self._stored[key]
        return _json(200, stored.pod)

    def _list(self, request: Request, space: str) -> Response:
        self._advance()
        selector = ','.join(request.query.get('labelSelector', []))
        found = [
            # The items of a list have no kind of their own.
            {key: stored.pod[key] for key in stored.pod if key not in ('kind', 'apiVersion')}
            for (namespace, _), stored in sorted(self._stored.items())
            if namespace == space and matches(stored.pod['metadata'].get('labels', {}), selector)
        ]
        return _list_response('PodList', found, request)

    def _list_events(self, request: Request, space: str) -> Response:
        self._advance()
        wanted = _selector(request, 'fieldSelector')
        now = time.monotonic()
        found = [
            event
            for (namespace, _), stored in (*self._stored.items(), *self._jobs.items())
            for visible, event in stored.events
            if namespace == space
            and visible <= now
            and all(
                event['involvedObject'].get(key.partition('.')[2]) == value
                for key, value in wanted.items()
            )
        ]
        return _list_response('EventList', found, request)


def _event(pod: kubelet.Pod, event: kubelet.Event) -> dict[str, Any]:
    metadata = pod['metadata']
    path = {'fieldPath': f'spec.containers{{{event.container}}}'} if event.container else {}
    return {
        'metadata': {
            'name': f'{metadata["name"]}.{uuid.uuid4().hex[:16]}',
            'namespace': metadata['namespace'],
        },
        'involvedObject': {
            'kind': 'Pod',
            'namespace': metadata['namespace'],
            'name': metadata['name'],
            'uid': metadata['uid'],
            **path,
        },
        'reason': event.reason,
        'message': event.message,
        'source': {'component': event.source},
        'count': 1,
        'type': 'Warning' if event.warning else 'Normal',
        'eventTime': None,
        'reportingComponent': event.source,
    }


def _selector(request: Request, name: str) -> dict[str, str]:
    texts = ','.join(request.query.get(name, [])).split(',')
    return dict(text.split('=', 1) for text in texts if text)  # type: ignore[misc]


def _list_response(kind: str, items: list[Any], request: Request) -> Response:
    limit = int(request.query.get('limit', ['500'])[0])
    return _json(200, {'kind': kind, 'apiVersion': 'v1', 'metadata': {}, 'items': items[:limit]})


def _json(status: int, value: Any) -> Response:
    body = json.dumps(value, separators=(',', ':')).encode()
    return Response(status, body, (('Content-Type', 'application/json'),))


def _status(code: int, reason: str, message: str) -> Response:
    value = {
        'kind': 'Status',
        'apiVersion': 'v1',
        'metadata': {},
        'status': 'Failure',
        'message': message,
        'reason': reason,
        'code': code,
    }
    return _json(code, value)
