# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The files for GitHub: valid by its schemas, pinned, with few permissions, and in step with us.

`make lint` checks the workflows further, by actionlint and zizmor.
"""

from __future__ import annotations

import importlib.resources
import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from tests.build import PROJECT
from tests.recipes import test_recipes
from tests.test_documents import setup_arguments

GITHUB = PROJECT / '.github'
WORKFLOWS = sorted((GITHUB / 'workflows').glob('*.yml'))
FORMS = sorted((GITHUB / 'ISSUE_TEMPLATE').glob('[!c]*.yml'))
SCHEMAS = {
    **dict.fromkeys(WORKFLOWS, 'github-workflows'),
    **dict.fromkeys(FORMS, 'github-issue-forms'),
    GITHUB / 'ISSUE_TEMPLATE' / 'config.yml': 'github-issue-config',
    GITHUB / 'dependabot.yml': 'dependabot',
}
# A commit, with the version that it is, for those who read it and for Dependabot.
PINNED = re.compile(r'[\w.-]+/[\w.-]+@[0-9a-f]{40}   # v\d+\.\d+\.\d+')
OWN = re.compile(r'\$/\.github/workflows/[\w.-]+')
MAKEFILE = (PROJECT / 'Makefile').read_text(encoding='utf-8')


def parse(path: pathlib.Path) -> dict[str, Any]:
    """Return a file's content, with the key `on` as GitHub reads it."""
    text = path.read_text(encoding='utf-8')
    return dict(test_recipes.with_boolean_key(yaml.safe_load(text)))


def validate(path: pathlib.Path, document: Any) -> None:
    source = importlib.resources.files('check_jsonschema').joinpath(
        'builtin_schemas', 'vendor', f'{SCHEMAS[path]}.json'
    )
    schema = json.loads(source.read_text(encoding='utf-8'))
    jsonschema.validators.validator_for(schema)(schema).validate(document)


def name_of(path: pathlib.Path) -> str:
    return path.name


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in parse(path)['jobs'].items():
            yield path.stem, name, job


def steps() -> Iterator[dict[str, Any]]:
    for _, _, job in jobs():
        yield from job.get('steps', ())


@pytest.mark.parametrize('path', SCHEMAS, ids=name_of)
def test_github_takes_it(path: pathlib.Path) -> None:
    document = parse(path)
    validate(path, document)
    with pytest.raises(jsonschema.ValidationError):
        validate(path, {**document, 'mispelt': 'x'})


def test_every_file_is_checked() -> None:
    assert len(WORKFLOWS) == 2 and len(FORMS) == 3
    assert set(GITHUB.rglob('*.y*ml')) == set(SCHEMAS)


@pytest.mark.parametrize('path', WORKFLOWS, ids=name_of)
def test_actions_are_pinned_to_a_commit(path: pathlib.Path) -> None:
    used = re.findall(r'^\s*(?:- )?uses: (.+)$', path.read_text(encoding='utf-8'), re.MULTILINE)
    assert used and all(PINNED.fullmatch(text) or OWN.fullmatch(text) for text in used)


def test_an_action_has_one_commit() -> None:
    text = ''.join(path.read_text(encoding='utf-8') for path in WORKFLOWS)
    used = set(re.findall(r'uses: ([^$\s@]+)@(.+)', text))
    assert len(used) == len({action for action, _ in used}) > 3


def test_permissions_are_the_least() -> None:
    assert all(parse(path)['permissions'] == {} for path in WORKFLOWS)
    read_only = {'contents': 'read'}
    others = {f'{path} {name}': job['permissions'] for path, name, job in jobs()}
    assert others.pop('release release') == {
        'contents': 'write',
        'id-token': 'write',
        'attestations': 'write',
    }
    assert others and all(permissions == read_only for permissions in others.values())


def test_a_checkout_leaves_no_credentials() -> None:
    found = [step for step in steps() if 'actions/checkout@' in step.get('uses', '')]
    assert found and all(step['with'] == {'persist-credentials': False} for step in found)


def test_what_releases_runs_nothing_of_the_repository() -> None:
    release = parse(GITHUB / 'workflows' / 'release.yml')['jobs']['release']
    assert 'checkout' not in str(release['steps'])
    assert release['needs'] == 'build' and release['environment'] == 'release'


def test_every_python_of_the_wheel_is_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    classifiers = list(setup_arguments(monkeypatch)['classifiers'])  # type: ignore[call-overload]
    found = (re.fullmatch(r'.*Python :: (3\.\d+)', name) for name in classifiers)
    versions = [match.group(1) for match in found if match]
    matrix = {
        name: job['strategy']['matrix']['python']
        for _, name, job in jobs()
        if 'python' in job.get('strategy', {}).get('matrix', {})
    }
    assert matrix.pop('unit') == versions
    assert matrix == {'other-platforms': [versions[0], versions[-1]]}


def test_every_target_exists() -> None:
    commands = '\n'.join(step.get('run', '') for step in steps())
    targets = set(re.findall(r'\bmake ([\w./-]+)', commands))
    for _, _, job in jobs():
        targets.update(job.get('strategy', {}).get('matrix', {}).get('target', ()))
    assert len(targets) > 5
    for target in targets:
        rule = re.escape(target.replace('.venv', '$(VENV)'))
        assert re.search(rf'^[^#:\n]*(?<![\w-]){rule}(?![\w-])[^:\n]*:', MAKEFILE, re.MULTILINE)


def test_the_oldest_azure_cli_is_the_one_that_the_wheel_takes() -> None:
    described = json.loads(
        (PROJECT / 'azext_acrhealth' / 'azext_metadata.json').read_text(encoding='utf-8')
    )
    assert f'OLDEST_CLI := {described["azext.minCliCoreVersion"]}\n' in MAKEFILE


def test_addresses_are_of_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    url = str(setup_arguments(monkeypatch)['url'])
    found = []
    for path in (*SCHEMAS, GITHUB / 'SECURITY.md'):
        text = path.read_text(encoding='utf-8')
        found += re.findall(r'https://github\.com/[\w-]+/[\w-]+', text)
        found += [f'https://github.com/{name}' for name in re.findall(r'--repo (\w\S+)', text)]
    assert len(found) > 1 and set(found) == {url}
