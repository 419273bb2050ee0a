# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The pipelines of Azure Resource Manager are made once, for each token."""

from __future__ import annotations

from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from tests.probes.azure_cli import SERVICE_PRINCIPAL, SUBSCRIPTION


def test_each_pipeline_is_made_once(azure):
    azure.sign_in(SERVICE_PRINCIPAL)
    cli = Cli(azure.cli())
    client = ArmClient(cli, CliLogin(cli))
    assert client.subscription() == SUBSCRIPTION
    assert client.pipeline('token') is client.pipeline('token') is not client.pipeline('another')
