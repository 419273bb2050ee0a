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
ACTIONS, PIPELINES, JOB = 'github-actions.yml', 'azure-pipelines.yml', 'kubernetes-job.yaml'
RECIPES: Mapping[str, str] = {
    ACTIONS: 'GitHub Actions',
    PIPELINES: 'Azure Pipelines',
    JOB: 'Kubernetes',
}


def text(name: str) -> str:
    """Return a recipe's file."""
    return (FOLDER / name).read_text(encoding='utf-8')


def documents(name: str) -> list[Any]:
    """Parse the YAML documents of a recipe."""
    return list(yaml.safe_load_all(text(name)))


def script(name: str) -> str:
    """Return the script that a recipe runs."""
    document = documents(name)[-1]
    if name == ACTIONS:
        return str(document['jobs']['check']['steps'][1]['run'])
    if name == PIPELINES:
        return str(document['jobs'][0]['steps'][0]['inputs']['inlineScript'])
    return str(document['spec']['template']['spec']['containers'][0]['command'][-1])
