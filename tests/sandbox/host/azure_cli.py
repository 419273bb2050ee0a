# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The environment, the cloud and the settings that point an Azure CLI at the sandbox."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

from tests.sandbox.services import cloud

CLOUD = 'Sandbox'
ARM = f'https://{cloud.ARM_HOST}'
CLOUDS_CONFIG = f"""[{CLOUD}]
profile = latest
endpoint_resource_manager = {ARM}
endpoint_management = {ARM}
endpoint_active_directory = https://{cloud.LOGIN_HOST}
endpoint_active_directory_resource_id = {ARM}/
endpoint_active_directory_graph_resource_id = https://graph.sandbox.test/
endpoint_microsoft_graph_resource_id = https://graph.sandbox.test/
endpoint_gallery = https://gallery.sandbox.test/
suffix_acr_login_server_endpoint = {cloud.SUFFIX}
"""
CONFIG = f"""[cloud]
name = {CLOUD}
[core]
collect_telemetry = false
instance_discovery = false
login_experience_v2 = off
encrypt_token_cache = false
no_color = true
first_run = false
[extension]
use_dynamic_install = no
[auto-upgrade]
enable = no
"""
# Variables of the machine that would change a test's outcome.
UNWANTED = (
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'all_proxy',
    'no_proxy',
    'CURL_CA_BUNDLE',
    'COLUMNS',
    'LINES',
    'NO_COLOR',
    'SSL_CERT_DIR',
    'ACC_CLOUD',
    'DOCKER_COMMAND',
    'DOCKER_HOST',
    'DOCKER_API_VERSION',
    'DOCKER_AUTH_CONFIG',
    'DOCKER_CONFIG',
    'HELM_CONFIG_HOME',
    'HELM_REGISTRY_CONFIG',
    'REGISTRY_AUTH_FILE',
    'PYTHONPATH',
    'PYTHONHOME',
    'LD_PRELOAD',
)
UNWANTED_PREFIXES = ('AZURE_', 'ACR_', 'ACRHEALTH_', 'PIP_', 'PYTEST_', 'COV_', 'COVERAGE_')


def environment(root_certificate: str, home: str) -> dict[str, str]:
    """Return the variables with which a command sees the sandbox and nothing else."""
    return {
        'REQUESTS_CA_BUNDLE': root_certificate,
        'SSL_CERT_FILE': root_certificate,
        'HOME': home,
        'XDG_RUNTIME_DIR': home,
        'XDG_CONFIG_HOME': f'{home}/.config',
        'AZURE_CORE_COLLECT_TELEMETRY': 'false',
        'AZURE_CORE_INSTANCE_DISCOVERY': 'false',
        'AZURE_CORE_NO_COLOR': 'true',
        'AZURE_CORE_LOGIN_EXPERIENCE_V2': 'off',
        'AZURE_CORE_ENCRYPT_TOKEN_CACHE': 'false',
        'AZURE_EXTENSION_USE_DYNAMIC_INSTALL': 'no',
        'AZURE_CLOUD_NAME': CLOUD,
        'PYTHONIOENCODING': 'utf-8',
        'LC_ALL': 'C.UTF-8',
    }


def without_unwanted(variables: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the variables that would point elsewhere."""
    return {
        name: value
        for name, value in variables.items()
        if name not in UNWANTED and not name.startswith(UNWANTED_PREFIXES)
    }


def write_config(directory: pathlib.Path) -> pathlib.Path:
    """Make an AZURE_CONFIG_DIR with the sandbox as its cloud, not signed in."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / 'clouds.config').write_text(CLOUDS_CONFIG, encoding='ascii')
    (directory / 'config').write_text(CONFIG, encoding='ascii')
    return directory


def login_arguments(application: str, secret: str, tenant: str) -> list[str]:
    """Return the arguments of `az` that sign the sandbox's application in."""
    return [
        'login',
        '--service-principal',
        '--username',
        application,
        '--password',
        secret,
        '--tenant',
        tenant,
    ]
