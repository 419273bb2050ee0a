# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read the output of a command: sections, what surrounds them, and outputs that were cut."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_acrhealth.probes.cluster.command_output import END, may_remain, pull_of, sections_of
from azext_acrhealth.probes.cluster.pod import PodRequest

MARK, NAME = '0123456789abcdef', 'acrhealth-pull-0123456789'
IMAGE = 'contoso.azurecr.io/team/app:v1'
REQUEST = PodRequest(IMAGE)
POD: dict[str, Any] = {
    'metadata': {'name': f'{NAME}-abcde'},
    'spec': {
        'nodeName': 'node1',
        'containers': [{'name': 'pull', 'image': IMAGE, 'imagePullPolicy': 'Always'}],
    },
    'status': {
        'containerStatuses': [
            {'name': 'pull', 'state': {'terminated': {}}, 'imageID': 'x@sha256:1'}
        ]
    },
}
EVENT = {
    'reason': 'Pulled',
    'message': f'Successfully pulled image "{IMAGE}" in 2s',
    'involvedObject': {'fieldPath': 'spec.containers{pull}'},
}


def section(what: str, value: Any = '', status: int = 0) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f'\n@@{MARK} {what} {NAME} {status}\n{text}\n'


def events(*items: Any) -> str:
    return section('events', {'items': list(items)})


CREATED, DELETED, LAST = section('created'), section('deleted'), f'\n@@{MARK} end\n'
PODS = section('pods', {'items': [POD]})
GOOD = CREATED + PODS + events(EVENT) + DELETED + LAST


def test_all_that_was_printed() -> None:
    sections = sections_of(GOOD, MARK)
    pulled = pull_of(sections, NAME, REQUEST)
    assert (pulled.end, pulled.pod, pulled.job) == ('Pulled', f'{NAME}-abcde', NAME)
    assert (pulled.node, pulled.seconds) == ('node1', 2.0)
    assert END in sections and not may_remain(sections, NAME)


def test_what_surrounds_an_object_is_no_part_of_it() -> None:
    text = f'Warning: would violate PodSecurity\n{json.dumps({"items": [POD]})}\nWarning: other'
    sections = sections_of(CREATED + section('pods', text) + events(EVENT) + LAST, MARK)
    assert pull_of(sections, NAME, REQUEST).end == 'Pulled'


def test_the_first_look_decides() -> None:
    waiting = {'name': 'pull', 'state': {'waiting': {'reason': 'ErrImagePull', 'message': 'why'}}}
    failed = {**POD, 'status': {'containerStatuses': [waiting]}}
    first = section('pods', {'items': [failed]})
    pulled = pull_of(sections_of(CREATED + first + PODS + events() + LAST, MARK), NAME, REQUEST)
    assert (pulled.end, pulled.message) == ('PullFailed', 'ErrImagePull: why')


def test_nothing_else_is_a_section() -> None:
    forged = f'\n@@ffffffffffffffff pods {NAME} 0\n{{}}\n x @@{MARK} end\n@@{MARK} end x\n'
    assert sections_of(forged, MARK) == {} == sections_of('', MARK)
    assert list(sections_of(CREATED + forged + DELETED + LAST, MARK)) == [
        *((what, NAME) for what in ('created', 'deleted')),
        END,
    ]


@pytest.mark.parametrize('length', range(0, len(GOOD), 7))
def test_an_output_that_was_cut(length: int) -> None:
    sections = sections_of(GOOD[:length], MARK)
    assert END not in sections and ('deleted', NAME) not in sections
    assert may_remain(sections, NAME)
    pulled = pull_of(sections, NAME, REQUEST)
    assert pulled.end == 'Pulled' or pulled.failure and pulled.failure.kind == 'Timeout'


@pytest.mark.parametrize(
    'message, kind',
    [
        ('Error creating: pods "x" is forbidden: violates PodSecurity "restricted"', 'Refused'),
        ('Error creating: Internal error occurred: failed calling webhook "x"', 'ServerError'),
        ('Error creating: admission webhook "x" denied the request: no', 'Refused'),
    ],
)
def test_a_pod_that_was_refused(message: str, kind: str) -> None:
    event = {'reason': 'FailedCreate', 'message': message, 'type': 'Warning'}
    output = CREATED + section('pods', {'items': []}) + events(event) + LAST
    pulled = pull_of(sections_of(output, MARK), NAME, REQUEST)
    assert pulled.failure and pulled.failure.kind == kind
    reason = message.removeprefix('Error creating: ').rpartition('is forbidden: ')[2]
    assert reason in pulled.failure.text


def test_a_pod_that_did_not_come() -> None:
    output = CREATED + section('pods', {'items': []}) + events() + LAST
    pulled = pull_of(sections_of(output, MARK), NAME, REQUEST)
    assert pulled.failure and pulled.failure.text == 'the cluster created no pod in time'


@pytest.mark.parametrize(
    'deleted, remains',
    [
        (DELETED, False),
        (section('deleted', f'Error from server (NotFound): jobs.batch "{NAME}"', 1), False),
        (section('deleted', 'Error from server (Forbidden): locked', 1), True),
        ('', True),
    ],
)
def test_whether_a_job_may_remain(deleted: str, remains: bool) -> None:
    assert may_remain(sections_of(CREATED + deleted + LAST, MARK), NAME) is remains


def test_a_job_that_was_never_made() -> None:
    text = 'Error from server (Forbidden): User "x" cannot create resource "jobs"'
    sections = sections_of(section('created', text, 1) + LAST, MARK)
    assert not may_remain(sections, NAME)
    pulled = pull_of(sections, NAME, REQUEST)
    assert pulled.failure and pulled.failure.kind == 'Forbidden'


@pytest.mark.parametrize('text', ['', 'x', '{', '[1]', '{"items": 7}', '{"a":' * 5000])
def test_objects_that_are_none(text: str) -> None:
    output = CREATED + section('pods', text) + section('events', text) + DELETED + LAST
    pulled = pull_of(sections_of(output, MARK), NAME, REQUEST)
    assert pulled.end is None and pulled.failure


def test_a_name_that_is_none_is_not_shown() -> None:
    odd = {**POD, 'metadata': {'name': 'a; rm -rf ~'}}
    output = CREATED + section('pods', {'items': [odd]}) + events(EVENT) + LAST
    assert pull_of(sections_of(output, MARK), NAME, REQUEST).pod == ''
