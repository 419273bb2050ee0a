# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Any output and exit status of a tool gives a row in each check that runs it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from azext_acrhealth.checks.environment.engine_client import Engine, engine_client
from azext_acrhealth.checks.environment.engine_daemon import engine_daemon
from azext_acrhealth.checks.environment.engine_pull import engine_pull
from azext_acrhealth.checks.environment.engine_version import engine_version
from azext_acrhealth.checks.environment.helm_client import Helm, helm_client
from azext_acrhealth.checks.environment.helm_version import helm_version
from azext_acrhealth.checks.environment.notary_version import notary_version
from azext_acrhealth.model import Context, Outcome, Status
from azext_acrhealth.options import Options
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local.engine_endpoint import engine_address
from azext_acrhealth.probes.local.process import CompletedCommand, decode_output
from tests.checks.fake_probes import FakeProbes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text() | st.sampled_from(['Client', 'Server', 'Version', 'OsArch', 'Os', 'Arch']),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)
VERSIONS = st.from_regex(
    r'v?[0-9]{1,40}(\.[0-9]{0,40}){0,4}(-[a-zA-Z0-9.-]{0,12})?(\+g[0-9a-f]{0,9})?', fullmatch=True
)
# Bytes of every kind, text that looks like what these tools print, and JSON that looks like what
# engines describe.
OUTPUT = (
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: text.encode('utf-8', 'surrogatepass'))
    | st.builds(
        lambda before, version, after: f'{before}{version}{after}'.encode(),
        st.sampled_from(
            ['', 'Docker version ', 'Client: &version.Version{SemVer:"', 'notary\n Ver:']
        ),
        VERSIONS,
        st.sampled_from(['', '\n', ', build 1', '"}\r\n']),
    )
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(
        lambda client, server: json.dumps({'Client': client, 'Server': server}).encode(), JSON, JSON
    )
)
COMPLETED = st.one_of(
    st.builds(
        lambda status, out, err: CompletedCommand(status, decode_output(out), decode_output(err)),
        st.just(0) | st.integers(-64, 2**32),
        OUTPUT,
        OUTPUT,
    ),
    st.builds(
        lambda kind, text, out: CompletedCommand(None, decode_output(out), '', Failure(kind, text)),
        st.sampled_from(['Timeout', 'NotFound', 'NotExecutable']),
        st.text(min_size=1),
        OUTPUT,
    ),
)


def context(*completed: CompletedCommand, found: bool = True, **options: Any) -> Context:
    """Return a context whose commands give these results in turn, and then the last of them."""
    results = iter(completed)

    def run(*_: Any) -> CompletedCommand:
        return next(results, completed[-1] if completed else None)

    probes = SimpleNamespace(
        run=run,
        pull=run,
        find=lambda name: f'/usr/bin/{name}' if found else None,
        find_unexecutable=lambda name: None,
        engine_command=lambda: None,
        engine_address=engine_address,
        sample_image=lambda: 'mcr.microsoft.com/mcr/hello-world:latest',
        route=FakeProbes().route,
        proxy_settings=FakeProbes().proxy_settings,
        suffix='.azurecr.io',
    )
    return Context(None, Options(**options), probes)


def engine(version_command: CompletedCommand) -> Engine:
    return Engine('docker', '/usr/bin/docker', version_command)


def validate(outcome: Any, check: Any) -> Outcome:
    """Assert that an outcome is valid for a row, and return it."""
    assert isinstance(outcome, Outcome) and isinstance(outcome.status, Status) and outcome.detail
    assert (outcome.problem is not None) == (outcome.status in (Status.FAILED, Status.WARNING))
    assert outcome.problem is None or outcome.problem in check.problems
    json.dumps(outcome.facts)
    return outcome


@given(COMPLETED, COMPLETED)
@example(CompletedCommand(0, '[' * 100000), CompletedCommand(0, ''))
@example(
    CompletedCommand(0, '{"Client":{"Version":"1.2"},"Server":{"Version":["x"]}}'),
    CompletedCommand(1, '', ''),
)
@example(CompletedCommand(0, '9' * 5000), CompletedCommand(0, '9' * 5000 + '.1'))
def test_engine_checks(first, second):
    validate(engine_version.run(context(second), engine(first)), engine_version)
    validate(engine_daemon.run(context(second), engine(first)), engine_daemon)
    validate(engine_pull.run(context(second, pull_sample=True), engine(first)), engine_pull)
    validate(engine_client.run(context(first, second)), engine_client)


@given(COMPLETED, COMPLETED)
@example(CompletedCommand(0, 'v3.' + '9' * 5000 + '.1'), CompletedCommand(0, ''))
@example(CompletedCommand(0, ''), CompletedCommand(0, 'v4.0.0-rc.1'))
def test_helm(first, second):
    validate(helm_client.run(context(first)), helm_client)
    outcome = validate(
        helm_version.run(context(second), Helm('/usr/bin/helm', first)), helm_version
    )
    if outcome.status is Status.PASSED:
        assert outcome.facts['version'] in first.stdout + second.stdout, (
            'the version was not in the output'
        )


@given(COMPLETED)
def test_notary(completed):
    outcome = validate(notary_version.run(context(completed)), notary_version)
    if outcome.status is Status.PASSED:
        assert completed.status == 0
    assert (
        validate(notary_version.run(context(completed, found=False)), notary_version).status
        is Status.SKIPPED
    )


@given(
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 99),
    st.sampled_from(['', '-rc.1', '-beta1']),
    st.sampled_from(
        [
            'v{}',
            '{}',
            'Client: v{}',
            'v{}+g1a2b3c\n',
            'Client: &version.Version{{SemVer:"v{}", X:""}}',
        ]
    ),
)
@settings(max_examples=200)
def test_helm_status_depends_on_the_version_in_any_format(major, minor, patch, candidate, form):
    version = f'{major}.{minor}.{patch}{candidate}'
    outcome = helm_version.run(
        context(), Helm('/usr/bin/helm', CompletedCommand(0, form.format(version)))
    )
    assert (outcome.status is Status.PASSED) == ((major, minor, patch) >= (3, 8, 0))
    assert outcome.facts['version'].startswith(f'{major}.{minor}.{patch}')


@given(st.integers(0, 9), st.integers(0, 20), st.integers(0, 20))
def test_notary_status_depends_on_the_version(major, minor, patch):
    outcome = notary_version.run(
        context(
            CompletedCommand(0, f'notary\n Version:    {major}.{minor}.{patch}\n Git commit: 1\n')
        )
    )
    assert (outcome.status is Status.PASSED) == ((major, minor, patch) <= (0, 6, 0))


@given(
    st.from_regex(r'[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(-ce|-rc1|~3\.1)?', fullmatch=True),
    st.booleans(),
)
def test_the_engine_version_comes_from_either_command(version, in_json):
    first = (
        CompletedCommand(0, json.dumps({'Client': {'Version': version}}))
        if in_json
        else CompletedCommand(1, 'unknown flag')
    )
    second = CompletedCommand(0, 'nothing' if in_json else f'Docker version {version}, build 1')
    outcome = engine_version.run(context(second), engine(first))
    assert outcome.status is Status.PASSED and outcome.facts['version'] == version
