# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The codes of `az acr check-health` and `az acr login`, which hide the cause more often than not.

Source: azure-cli, command_modules/acr: _errors.py, _docker_utils.py, check_health.py, custom.py.
"""

from __future__ import annotations

from azext_acrhealth.catalogue.connectivity import challenge, connection, dns
from azext_acrhealth.catalogue.connectivity import error_responses as forbidden
from azext_acrhealth.catalogue.environment import (
    engine_daemon,
    engine_pull,
    engine_version,
    helm_client,
    helm_version,
    notary_version,
)
from azext_acrhealth.catalogue.registry import login_server
from azext_acrhealth.explain.rule import Rule

RULES = (
    Rule(
        'cli-no-bearer',
        ('does not support aad login', 'connectivity_aad_login_error'),
        r'does not support aad login|connectivity_aad_login_error',
        'login',
        challenge.NO_BEARER,
        candidates=(challenge.INCOMPLETE,),
        outranks=('unclear', 'admin-user-disabled'),
        anywhere=True,
    ),
    Rule(
        'cli-www-authenticate',
        ('did not ask properly', 'connectivity_www_authenticate_error'),
        r'did not ask properly for a basic or a bearer|connectivity_www_authenticate_error',
        'login',
        challenge.NO_CHALLENGE,
        candidates=(challenge.UNREADABLE_CHALLENGE,),
        outranks=('unclear',),
        anywhere=True,
    ),
    # _docker_utils.py: any response but a 401 with WWW-Authenticate, also a firewall's 403.
    Rule(
        'cli-no-challenge',
        ('did not issue a challenge', 'connectivity_challenge_error'),
        r'did not issue a challenge|connectivity_challenge_error',
        'unclear',
        challenge.NO_CHALLENGE,
        'likely',
        (
            forbidden.DENIED,
            forbidden.PUBLIC_ACCESS_OFF,
            challenge.NOT_A_REGISTRY,
            challenge.SERVER_ERROR,
            challenge.UNEXPECTED_STATUS,
        ),
        ('cli-not-reachable',),
        anywhere=True,
    ),
    Rule(
        'cli-not-reachable',
        ('could not connect to the registry login server',),
        r'could not connect to the registry login server',
        'unclear',
        connection.CONNECT_FAILED,
        'possible',
        (
            dns.NAME_NOT_FOUND,
            connection.CONNECT_TIMEOUT,
            connection.REFUSED,
            connection.PROXY_UNREACHABLE,
            connection.UNREACHABLE,
        ),
        anywhere=True,
    ),
    Rule(
        'cli-helm',
        ('helm_command_error', 'verify if helm is installed'),
        r'helm_command_error|verify if helm is installed',
        'engine',
        helm_client.HELM_NOT_FOUND,
        'likely',
        (helm_client.HELM_NOT_EXECUTABLE,),
        anywhere=True,
    ),
    Rule(
        'cli-helm-version',
        ('helm_version_error',),
        r'helm_version_error',
        'engine',
        helm_version.HELM_UNREADABLE,
        'likely',
        (helm_version.HELM_TOO_OLD, helm_version.HELM_OBSOLETE),
        anywhere=True,
    ),
    Rule(
        'cli-notary',
        ('notary_version_error', 'notary_command_error'),
        r'notary_(?:version|command)_error',
        'engine',
        notary_version.NOTARY_TOO_NEW,
        'likely',
        (notary_version.NOTARY_UNREADABLE,),
        anywhere=True,
    ),
    Rule(
        'cli-docker-version',
        ('docker_version_error',),
        r'docker_version_error',
        'engine',
        engine_version.VERSION_FAILED,
        'likely',
        (engine_version.NO_VERSION,),
        anywhere=True,
    ),
    Rule(
        'cli-docker-pull',
        ('docker_pull_error', 'while pulling a sample image'),
        r'docker_pull_error|error occurred while pulling a sample image',
        'unclear',
        engine_pull.PULL_FAILED,
        'likely',
        anywhere=True,
    ),
    Rule(
        'cli-cloud-shell',
        ('not supported in azure cloud shell',),
        r'requires running the docker daemon, which is not supported in azure cloud shell',
        'engine',
        engine_daemon.NO_DAEMON,
        outranks=('unclear',),
        anywhere=True,
    ),
    Rule(
        'cli-login-server',
        ('login_server_error', 'retrieving the login server'),
        r'login_server_error|error occurred while retrieving the login server',
        'unclear',
        login_server.NOT_IN_ARM,
        'likely',
        (login_server.ARM_FORBIDDEN, login_server.ARM_UNAVAILABLE, login_server.NOT_LOGGED_IN),
        anywhere=True,
    ),
)
