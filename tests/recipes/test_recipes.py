# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The recipes are valid by the schemas that their vendors publish, and README.md links them."""

from __future__ import annotations

import copy
import importlib.resources
import json
import re
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
from azure.cli.core.extension.operations import WHEEL_INFO_RE

from tests.recipes import (
    ACTIONS,
    CRON_JOB,
    FOLDER,
    JOB,
    PIPELINES,
    RECIPES,
    documents,
    pod,
    text,
)

SCHEMAS = {ACTIONS: 'github-workflows.json', PIPELINES: 'azure-pipelines.json'}
KUBERNETES = '1.30'


def with_boolean_key(document: Any) -> Any:
    """Return a document with the key `on` as GitHub reads it: YAML 1.1 reads it as True."""
    return {'on' if key is True else key: value for key, value in document.items()}


def validate(name: str, document: Any) -> None:
    if name in (JOB, CRON_JOB):
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
        return
    source = importlib.resources.files('check_jsonschema').joinpath(
        'builtin_schemas', 'vendor', SCHEMAS[name]
    )
    schema = json.loads(source.read_text(encoding='utf-8'))
    jsonschema.validators.validator_for(schema)(schema).validate(with_boolean_key(document))


@pytest.mark.parametrize('name', [*SCHEMAS, JOB, CRON_JOB])
def test_its_system_takes_it(name: str) -> None:
    for document in documents(name):
        validate(name, document)


@pytest.mark.parametrize(
    'name, path',
    [
        (ACTIONS, ('jobs', 'check')),
        (ACTIONS, ('jobs', 'check', 'steps', 1)),
        (PIPELINES, ('jobs', 0)),
        (JOB, ('spec', 'template', 'spec')),
        (JOB, ('spec', 'template', 'spec', 'containers', 0, 'securityContext')),
        (CRON_JOB, ('spec', 'jobTemplate', 'spec', 'template', 'spec', 'volumes', 1)),
    ],
)
def test_a_misspelt_key_is_found(name: str, path: tuple[Any, ...]) -> None:
    document = copy.deepcopy(documents(name)[-1])
    node = document
    for key in path:
        node = node[key]
    node['mispelt'] = 'x'
    with pytest.raises(jsonschema.ValidationError):
        validate(name, document)


@pytest.mark.parametrize('name', [JOB, CRON_JOB])
def test_the_pod_uses_workload_identity(name: str) -> None:
    account, *_, job = documents(name)
    template = job['spec'].get('jobTemplate', job)['spec']['template']
    assert template['metadata']['labels']['azure.workload.identity/use'] == 'true'
    assert template['spec']['serviceAccountName'] == account['metadata']['name']
    assert 'azure.workload.identity/client-id' in account['metadata']['annotations']


def test_the_pods_of_both_differ_in_what_remains_only() -> None:
    once, repeated = (pod(documents(name)[-1]) for name in (JOB, CRON_JOB))
    container = repeated['containers'][0]
    assert {'name': 'STATE', 'value': '/state'} in container['env']
    container['env'].remove({'name': 'STATE', 'value': '/state'})
    container['volumeMounts'].remove({'name': 'state', 'mountPath': '/state'})
    claim = documents(CRON_JOB)[1]['metadata']['name']
    assert repeated['volumes'].pop() == {
        'name': 'state',
        'persistentVolumeClaim': {'claimName': claim},
    }
    container['command'] = once['containers'][0]['command']
    assert repeated == once


@pytest.mark.parametrize('name', [PIPELINES, JOB, CRON_JOB, 'README.md'])
def test_the_cli_accepts_the_name_of_its_wheel(name: str) -> None:
    urls = re.findall(r'https://\S+\.whl', text(name))
    assert urls and all(WHEEL_INFO_RE(url.rpartition('/')[2]) for url in urls)


def test_the_readme_links_them() -> None:
    readme = (FOLDER / 'README.md').read_text(encoding='utf-8')
    assert all(f'[{name}]({name})' in readme for name in RECIPES)
