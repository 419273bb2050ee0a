# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The clients of Azure Resource Manager are made once and carry the token they were given."""

from __future__ import annotations

import time

from azext_acrhealth.probes.azure.arm_client import ArmClient, StaticCredential
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from tests.probes.azure_cli import SERVICE_PRINCIPAL, SUBSCRIPTION


def test_each_client_is_made_once(azure):
    azure.sign_in(SERVICE_PRINCIPAL)
    cli = Cli(azure.cli())
    client = ArmClient(cli, CliLogin(cli))
    assert client.subscription() == SUBSCRIPTION
    assert client.generic('token') is client.generic('token') is not client.generic('another')


def test_a_token_that_is_there():
    given = StaticCredential('token').get_token('scope', claims='any')
    assert given.token == 'token' and given.expires_on > time.time() + 600
    assert 'token' not in repr(StaticCredential('token'))
