# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry and the image of a message."""

from __future__ import annotations

import pytest

from azext_acrhealth.explain.explanation import explain

DIGEST = 'sha256:' + 64 * 'a'


@pytest.mark.parametrize(
    'text, host, image',
    [
        (
            'Failed to pull image "contoso.azurecr.io/team/app:V1": denied',
            'contoso.azurecr.io',
            'contoso.azurecr.io/team/app:V1',
        ),
        (
            f'contoso.azurecr.io/app@{DIGEST}: manifest unknown',
            'contoso.azurecr.io',
            f'contoso.azurecr.io/app@{DIGEST}',
        ),
        (
            'Get https://contoso.azurecr.io/v2/app/manifests/v1: unauthorized',
            'contoso.azurecr.io',
            'contoso.azurecr.io/app:v1',
        ),
        (
            'reading manifest v1 in contoso.azurecr.io/app: manifest unknown',
            'contoso.azurecr.io',
            'contoso.azurecr.io/app:v1',
        ),
        (
            'https://contoso.azurecr.io/oauth2/token?scope=repository%3Aapp%3Apull: UNAUTHORIZED',
            'contoso.azurecr.io',
            'contoso.azurecr.io/app',
        ),
        ("***.azurecr.io: client with IP '203.0.113.7' is not allowed access", '', None),
        (
            'docker pull: https://contoso.eastus.data.azurecr.io/x: connection refused',
            'contoso.azurecr.io',
            None,
        ),
        ('Failed to pull image "nginx:1.25": not found', 'docker.io', 'docker.io/nginx:1.25'),
        (
            'push refers to repository [***.dkr.ecr.us-east-1.amazonaws.com/app]\n'
            'no basic auth credentials',
            '***.dkr.ecr.us-east-1.amazonaws.com',
            None,
        ),
        (
            'Failed to pull image "harbor.example.com/team/app:v1": unauthorized',
            'harbor.example.com',
            'harbor.example.com/team/app:v1',
        ),
        (
            'toomanyrequests: You have reached your pull rate limit. You may increase the limit by '
            'authenticating and upgrading: https://www.docker.com/increase-rate-limit',
            'docker.io',
            None,
        ),
        (
            'failed to fetch anonymous token: Get "https://auth.docker.io/token?scope=repository'
            '%3Alibrary%2Fnginx%3Apull&service=registry.docker.io": context deadline exceeded',
            'docker.io',
            'docker.io/library/nginx',
        ),
        ('OOMKilled contoso.azurecr.io/app:v1', '', None),
    ],
)
def test_a_subject(text: str, host: str, image: str | None) -> None:
    subject = explain(text).subject
    assert (subject.host, subject.image.full if subject.image else None) == (host, image)
