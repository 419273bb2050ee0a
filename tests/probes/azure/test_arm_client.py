# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The clients of Resource Manager are the CLI's, made once, and carry the token that they were given."""

from __future__ import annotations

import time

from azext_acrhealth.probes.azure.arm_client import ArmClient, StaticCredential
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from tests.probes.azure_cli import OTHER_SUBSCRIPTION, SERVICE_PRINCIPAL, SUBSCRIPTION


def test_each_client_is_made_once(azure):
    azure.sign_in(SERVICE_PRINCIPAL)
    held = Cli(azure.cli())
    manager = ArmClient(held, CliLogin(held))
    assert manager.subscription() == SUBSCRIPTION
    assert manager.client('token') is manager.client('token') is not manager.client('another')
    first = manager.registries(SUBSCRIPTION, 'token')
    assert first is manager.registries(SUBSCRIPTION, 'token')
    for other in ((OTHER_SUBSCRIPTION, 'token'), (SUBSCRIPTION, 'another')):
        assert first is not manager.registries(*other)


def test_a_token_that_is_there():
    given = StaticCredential('token').get_token('scope', claims='any')
    assert given.token == 'token' and given.expires_on > time.time() + 600
    assert 'token' not in repr(StaticCredential('token'))
