# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which tool wrote a message."""

from __future__ import annotations

import pytest

from azext_acrhealth.explain.tools import tool_of


@pytest.mark.parametrize(
    'text, tool',
    [
        ('failed to pull image "x"', 'kubelet'),
        ('failed to pull and unpack image "x"', 'containerd'),
        ('error response from daemon: denied', 'docker'),
        ('trying to pull contoso.azurecr.io/app', 'podman'),
        ('error: failed to solve: x', 'buildkit'),
        ('checking push permission for "x"', 'kaniko'),
        ('error container1013: failed to push', 'dotnet'),
        ('##[error]denied', 'azure-pipelines'),
        ('connectivity_dns_error', 'azure-cli'),
        ('(inaccessibleimage) the image', 'container-instances'),
        ("field 'template.containers.x.image'", 'container-apps'),
        ('docker api responded with status code', 'app-service'),
        ('could not get tags from registry: x', 'argo-cd'),
        (
            'failed to pull image "x": pull image err: initializing source docker://x: denied',
            'cri-o',
        ),
        ('##[error]failed to solve: x', 'azure-pipelines'),
        ('get "https://contoso.azurecr.io/v2/": context canceled', 'docker'),
        ('(authorizationfailed) the client', 'azure-cli'),
        ('a text', None),
    ],
)
def test_a_tool(text: str, tool: str | None) -> None:
    assert tool_of(text) == tool
