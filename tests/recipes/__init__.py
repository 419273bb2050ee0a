# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The recipes for pipelines and clusters, and their scripts."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import yaml

FOLDER = pathlib.Path(__file__).resolve().parent
ACTIONS, PIPELINES = 'github-actions.yml', 'azure-pipelines.yml'
JOB, CRON_JOB = 'kubernetes-job.yaml', 'kubernetes-cronjob.yaml'
NODES = 'pull-by-nodes.sh'
RECIPES: Mapping[str, str] = {
    ACTIONS: 'GitHub Actions',
    PIPELINES: 'Azure Pipelines',
    JOB: 'Kubernetes',
    CRON_JOB: 'Kubernetes',
    NODES: 'any shell',
}


def text(name: str) -> str:
    """Return a recipe's file."""
    return (FOLDER / name).read_text(encoding='utf-8')


def documents(name: str) -> list[Any]:
    """Parse the YAML documents of a recipe."""
    return list(yaml.safe_load_all(text(name)))


def script(name: str) -> str:
    """Return the script that a recipe runs."""
    if name == NODES:
        return text(name)
    document = documents(name)[-1]
    if name == ACTIONS:
        return str(document['jobs']['check']['steps'][1]['run'])
    if name == PIPELINES:
        return str(document['jobs'][0]['steps'][0]['inputs']['inlineScript'])
    return str(pod(document)['containers'][0]['command'][-1])


def pod(document: Any) -> Any:
    """Return the specification of the pod that a Job or a CronJob creates."""
    job = document['spec'].get('jobTemplate', document)
    return job['spec']['template']['spec']
