# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Pulls by a command: its token, its time, what its output says, and what may remain of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from azext_acrhealth.probes.azure.run_command import CLUSTER_AUDIENCE, CommandResult, RunCommand
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.cluster import command_pulls
from azext_acrhealth.probes.cluster.command_pulls import ClusterCommands, CommandPulls
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.failure import Failure
from tests.probes.azure_cli import GROUP, SUBSCRIPTION
from tests.probes.clock import eventually
from tests.probes.cluster import test_command_output as output

CLUSTER = f'{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks1'
DELETE = (
    'az aks command invoke --resource-group contoso-group --name aks1 --subscription '
    f'{SUBSCRIPTION} --command "kubectl delete job JOB --namespace default --ignore-not-found"'
)
Answer = Callable[[str], CommandResult]


class Login:
    """An account that has a token for every audience, or for none."""

    def __init__(self, failure: Any = None) -> None:
        self.failure, self.asked = failure, list[tuple[str, str | None]]()

    def token(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        self.asked.append((audience, subscription))
        return Token('' if self.failure else f'for {audience}', failure=self.failure)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list: first what a command leads to, then the token and the line of each one."""
    given: list[Any] = []

    def run(command: Any, line: str, files: str, deadline: float) -> CommandResult:
        given.append((command._cluster_token, line))
        return given[0](line)  # type: ignore[no-any-return]

    monkeypatch.setattr(RunCommand, 'run', run)
    return given


def printed(text: str, code: int | None = 0) -> Answer:
    """Return the result of a command that printed a text with its own mark and name."""

    def answer(line: str) -> CommandResult:
        mark, name = line.split()[2], line.split()[6]
        logs = text.replace(output.MARK, mark).replace(output.NAME, name)
        return CommandResult(logs, code, may_run=True, facts={'commandId': 'abc'})

    return answer


def failed(kind: Any, may_run: bool) -> Answer:
    return lambda _: CommandResult(failure=Failure(kind, 'why'), may_run=may_run)


def pull(commands: ClusterCommands, uses_entra: bool = True, seconds: float = 60) -> CommandPulls:
    deadline = time.monotonic() + seconds
    return commands.pull(CLUSTER, uses_entra, [PodRequest(output.IMAGE)], deadline)


def commands_of(login: Any) -> ClusterCommands:
    return ClusterCommands(None, login)  # type: ignore[arg-type]


def test_a_pull(answers: list[Any]) -> None:
    login = Login()
    commands = commands_of(login)
    answers.append(printed(output.GOOD))
    read = pull(commands)
    (pulled,) = read.pulls
    assert (pulled.end, pulled.delete_command, read.jobs) == ('Pulled', None, ())
    assert read.facts == {'commandId': 'abc', 'exitCode': 0} and commands.unfinished() == []
    assert login.asked == [(CLUSTER_AUDIENCE, SUBSCRIPTION)]
    token, line = answers[1]
    assert token == f'for {CLUSTER_AUDIENCE}' and line.split()[3] == '39', 'leaves 20 s for Azure'


def test_a_cluster_without_entra_needs_no_token(answers: list[Any]) -> None:
    login = Login()
    answers.append(printed(output.GOOD))
    assert pull(commands_of(login), uses_entra=False).pulls
    assert login.asked == [] and answers[1][0] is None


def test_no_token_and_no_command(answers: list[Any]) -> None:
    read = pull(commands_of(Login(Failure('AudienceRefused', 'not for you'))))
    assert read.failure == Failure('NoClusterToken', 'not for you') and answers == []


@pytest.mark.parametrize('seconds', [0.0, 24.0])
def test_too_little_time(answers: list[Any], seconds: float) -> None:
    read = pull(commands_of(Login()), seconds=seconds)
    assert read.failure and read.failure.kind == 'TooLate' and answers == []


def test_the_longest_watch(answers: list[Any]) -> None:
    answers.append(printed(output.GOOD))
    pull(commands_of(Login()), seconds=900)
    assert answers[1][1].split()[3] == '60'


@pytest.mark.parametrize(
    'kind, may_run', [('RunForbidden', False), ('ResultForbidden', True), ('Unfinished', True)]
)
def test_a_command_that_fails(answers: list[Any], kind: Any, may_run: bool) -> None:
    answers.append(failed(kind, may_run))
    commands = commands_of(Login())
    read = pull(commands)
    assert read.failure == Failure(kind, 'why') and bool(read.jobs) is may_run
    assert commands.unfinished() == [], 'the row says what remains'


@pytest.mark.parametrize(
    'text, code, kind, shown',
    [
        ('sh: 1: kubectl: not found', 127, 'Failed', 'exit code 127: sh: 1: kubectl: not found'),
        ('', None, 'Failed', 'exit code None'),
        (output.CREATED + output.DELETED + output.LAST, 143, 'Failed', 'exit code 143'),
        (output.CREATED + output.PODS, 0, 'Cut', 'has no end'),
        (output.GOOD[: len(output.CREATED + output.PODS) + 90], 0, 'Cut', 'has no end'),
    ],
)
def test_outputs_that_say_too_little(
    answers: list[Any], text: str, code: int | None, kind: str, shown: str
) -> None:
    answers.append(printed(text, code))
    read = pull(commands_of(Login()))
    assert read.failure and read.failure.kind == kind and shown in read.failure.text
    assert bool(read.jobs) is (output.DELETED not in text)


def test_a_job_that_was_refused_is_no_failed_command(answers: list[Any]) -> None:
    text = 'Error from server (Forbidden): User "x" cannot create resource "jobs"'
    refused = output.section('created', text, 1) + output.section('deleted', text, 1)
    answers.append(printed(refused + output.LAST))
    (pulled,) = pull(commands_of(Login())).pulls
    assert pulled.failure and pulled.failure.kind == 'Forbidden' and not pulled.delete_command


def test_a_job_that_remains(answers: list[Any]) -> None:
    undeleted = output.section('deleted', 'Error from server (Forbidden): locked', 1)
    text = output.CREATED + output.PODS + output.events(output.EVENT) + undeleted + output.LAST
    answers.append(printed(text))
    commands = commands_of(Login())
    read = pull(commands)
    (pulled,) = read.pulls
    assert read.jobs == (pulled.job,) and commands.unfinished() == []
    assert pulled.delete_command == DELETE.replace('JOB', pulled.job)


def test_what_an_interrupted_run_may_leave(answers: list[Any]) -> None:
    commands = commands_of(Login())
    going_on, released = threading.Event(), threading.Event()

    def wait(_: str) -> CommandResult:
        going_on.set()
        released.wait(10)
        return CommandResult(failure=Failure('Unfinished', 'why'), may_run=True)

    answers.append(wait)
    threading.Thread(target=pull, args=(commands,), daemon=True).start()
    assert going_on.wait(10)
    commands.cleanup()
    name = answers[1][1].split()[6]
    assert commands.unfinished() == [DELETE.replace('JOB', name)]
    released.set()
    assert eventually(lambda: commands.unfinished() == [DELETE.replace('JOB', name)], 2)
    read = pull(commands)
    assert read.failure and read.failure.text == 'the run was interrupted'


def test_a_resource_group_is_quoted() -> None:
    cluster_id = CLUSTER.replace('contoso-group', 'rg(a)')
    started = command_pulls._Started(cluster_id, 'default', ('a', 'b'))
    shown = command_pulls._delete_command(started)
    assert "--resource-group 'rg(a)' --name" in shown and 'delete job a b --namespace' in shown
