# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whose host is whose, and where texts name hosts."""

from __future__ import annotations

import pytest

from azext_acrhealth.explain.hosts import mentions, role_of


@pytest.mark.parametrize(
    'host, role',
    [
        ('contoso.azurecr.io', 'registry'),
        ('contoso-d5f2.azurecr.io', 'registry'),
        ('contoso.westeurope.geo.azurecr.io', 'registry'),
        ('contoso.azurecr.cn', 'registry'),
        ('registry.azurecr.io', 'registry'),
        ('contoso.eastus.data.azurecr.io', 'data'),
        ('eusmanaged12.blob.core.windows.net', 'data'),
        ('mcrprod.azurecr.io', 'foreign'),
        ('mcr.microsoft.com', 'foreign'),
        ('eastus.data.mcr.microsoft.com', 'foreign'),
        ('registry-1.docker.io', 'foreign'),
        ('ghcr.io', 'foreign'),
        ('000000000000.dkr.ecr.eu-west-1.amazonaws.com', 'foreign'),
        ('europe-docker.pkg.dev', 'foreign'),
        ('registry.example.com', 'foreign'),
        ('login.microsoftonline.com', 'entra'),
        ('management.azure.com', 'arm'),
        ('169.254.169.254', 'metadata'),
        ('***', 'registry'),
        ('sql1.database.windows.net', 'other'),
        ('notazurecr.io', 'other'),
        ('productionresultssa12.blob.core.windows.net', 'other'),
        ('artifactcache.actions.githubusercontent.com', 'other'),
    ],
)
def test_a_role(host: str, role: str) -> None:
    assert role_of(host)[0] == role


@pytest.mark.parametrize(
    'text, host, role',
    [
        ('get "https://contoso.azurecr.io/v2/": eof', 'contoso.azurecr.io', 'registry'),
        ('get https://registry.example.com:5000/v2/', 'registry.example.com', 'foreign'),
        ('get https://intranet.example.com/page', 'intranet.example.com', 'other'),
        ('failed to pull image "nginx:1.25"', 'docker.io', 'foreign'),
        ('pulling image "contoso.azurecr.io/ghcr.io/app:v1"', 'contoso.azurecr.io', 'registry'),
        ('https://user:secret@contoso.azurecr.io/v2/', 'contoso.azurecr.io', 'registry'),
        ('oci://contoso.azurecr.io/helm/app', 'contoso.azurecr.io', 'registry'),
        ('pull access denied for nginxs, repository', 'docker.io', 'foreign'),
        ('docker pull fabrikam/app', 'docker.io', 'foreign'),
        ('docker run -it --rm ubuntu bash', 'docker.io', 'foreign'),
        ('failed to solve: python:3.11: failed to resolve', 'docker.io', 'foreign'),
        ('oras resolve localhost:7000/app:v1', 'localhost', 'foreign'),
        ('back-off pulling image "{my acr}/app:v1"', '{my acr}', 'registry'),
        ('building [contoso.azurecr.io/app]', 'contoso.azurecr.io', 'registry'),
        ('docker login -u ci -p *** hub.contoso.com', 'hub.contoso.com', 'foreign'),
        ('helm registry login contoso.azurecr.io', 'contoso.azurecr.io', 'registry'),
        ('error during pull for image contoso/app:1.0', 'docker.io', 'foreign'),
        ('get https://registry.npmjs.org/express', 'registry.npmjs.org', 'other'),
    ],
)
def test_a_mention(text: str, host: str, role: str) -> None:
    assert [(mention.host, mention.role) for mention in mentions(text)] == [(host, role)]


@pytest.mark.parametrize(
    'text',
    ['see https://aka.ms/acr/firewall', 'the image is large', 'pull image failed', 'notazurecr.io'],
)
def test_what_names_no_host(text: str) -> None:
    assert mentions(text) == []
