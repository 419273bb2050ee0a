# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The checks, in the order in which their rows are shown. A check needs only checks that stand above it."""

from azext_acrhealth.checks.authentication import access_token, refresh_token
from azext_acrhealth.checks.connectivity import connection, dns, tls
from azext_acrhealth.checks.encryption import encryption
from azext_acrhealth.checks.engine import engine_client, engine_daemon, engine_pull, engine_version
from azext_acrhealth.checks.first_answer import challenge
from azext_acrhealth.checks.login_server import login_server
from azext_acrhealth.checks.private_dns import private_dns
from azext_acrhealth.checks.tools import helm_client, helm_version, notary_version

CHECKS = (
    engine_client,
    engine_version,
    engine_daemon,
    engine_pull,
    helm_client,
    helm_version,
    notary_version,
    login_server,
    encryption,
    dns,
    connection,
    tls,
    challenge,
    refresh_token,
    access_token,
    private_dns,
)
