# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Invalid input is rejected before any check runs: error, recommendation, empty stdout."""

from __future__ import annotations

import pytest

from tests.acceptance.inputs import CONTOSO, SECRET, VNET_ID, case_ids
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

# Arguments, the text of the message, and of the recommendation.
REFUSED = [
    # Names
    (('-n', ''), 'A registry name is empty', 'Specify a name, such as myregistry'),
    (('-n', ' '), 'A registry name is empty', 'Specify a name, such as myregistry'),
    (('-n', 'contoso', ''), 'A registry name is empty', 'Specify a name, such as myregistry'),
    (('-n', 'abcd'), "'abcd' isn't a registry name", '5 to 50 letters and digits'),
    (('-n', 'a' * 51), "isn't a registry name", 'Specify a name, such as myregistry'),
    (('-n', 'con_toso'), "'con_toso' isn't a registry name", 'Specify a name, such as myregistry'),
    (
        ('-n', 'contoso;id'),
        "'contoso;id' isn't a registry name",
        'Specify a name, such as myregistry',
    ),
    (('-n', 'contoso,basicreg'), "isn't a registry name", 'Use --name contoso basicreg'),
    (('-n', 'contoso@evil.example.test'), "isn't a host name", 'without scheme, port, or path'),
    (
        ('-n', 'https://contoso.azurecr.test'),
        'includes a scheme',
        'Use --name contoso.azurecr.test',
    ),
    (
        ('-n', 'contoso.azurecr.test:443'),
        'includes a port',
        'Use --name contoso.azurecr.test',
    ),
    (
        ('-n', 'contoso.azurecr.test/hello'),
        'includes a path',
        'Use --name contoso.azurecr.test',
    ),
    (
        ('-n', 'contoso.azurecr.test.'),
        'includes a trailing dot',
        'Use --name contoso.azurecr.test',
    ),
    (('-n', '10.0.0.1'), "isn't a host name", 'without scheme, port, or path'),
    (('-n', 'contoso..azurecr.test'), "isn't a host name", 'without scheme, port, or path'),
    (('-n', 'contoso.azurecr.test\nx'), "isn't a host name", 'without scheme, port, or path'),
    (('-n', 'k\u00f6nig.azurecr.test'), "isn't a host name", 'without scheme, port, or path'),
    (('-n', VNET_ID), "isn't the resource ID of a container registry", 'a resource ID'),
    (
        ('-n', cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, '../x')),
        "isn't the resource ID",
        'a resource ID',
    ),
    (
        ('-n', cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'contoso'), '-g', 'rg-other'),
        'is in the resource group rg-apps, but --resource-group is rg-other',
        'Specify a name, such as myregistry',
    ),
    ((*CONTOSO, '-g', ''), 'The value of --resource-group is empty', 'A variable might be unset'),
    # Repositories and permissions
    (
        (*CONTOSO, '--repository', ''),
        'The value of --repository is empty',
        'A variable might be unset',
    ),
    ((*CONTOSO, '--repository', 'hello:v1'), "'hello:v1' includes a tag", 'Use --repository hello'),
    (
        (*CONTOSO, '--repository', 'hello@sha256:' + 'a' * 64),
        'includes a digest',
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'hello:v1@sha256:' + 'a' * 64),
        'includes a tag and a digest',
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'Hello'),
        "'Hello' isn't a repository name",
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'Hello World'),
        "'Hello World' isn't a repository name",
        'team/app',
    ),
    ((*CONTOSO, '--repository', 'a//b'), "'a//b' isn't a repository name", 'team/app'),
    ((*CONTOSO, '--repository', '/hello'), "'/hello' isn't a repository name", 'team/app'),
    ((*CONTOSO, '--repository', 'a b'), "'a b' isn't a repository name", 'team/app'),
    (
        (*CONTOSO, '--repository', 'a&scope=registry:catalog:*'),
        "isn't a repository name",
        'team/app',
    ),
    ((*CONTOSO, '--repository', 'a' * 256), "isn't a repository name", 'team/app'),
    (
        (*CONTOSO, '--repository', 'contoso.azurecr.test/hello'),
        "includes the registry's host",
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'contoso.azurecr.io/team/app:v1'),
        "includes the registry's host and a tag",
        'Use --repository team/app',
    ),
    (
        ('--repository', 'hello'),
        '--repository requires a registry',
        'Specify the registry with --name.',
    ),
    (
        ('-n', 'contoso', 'basicreg', '--repository', 'hello'),
        '--repository requires exactly one registry, but 2 are specified',
        'once for each registry',
    ),
    (
        (*CONTOSO, '--need', 'pull'),
        'but none is specified',
        'Specify the repository with --repository or --image.',
    ),
    # Images and platforms
    ((*CONTOSO, '-t', ''), 'The value of --image is empty', 'A variable might be unset'),
    ((*CONTOSO, '-t', 'Hello:v1'), "'Hello' isn't a repository name", 'team/app:v1'),
    ((*CONTOSO, '-t', 'hello:'), "'' isn't a tag", 'team/app:v1'),
    ((*CONTOSO, '-t', 'hello@sha256:abc'), "'sha256:abc' isn't a digest", 'team/app:v1'),
    ((*CONTOSO, '-t', 'sha256:' + 'a' * 64), "doesn't name a repository", 'team/app:v1'),
    (('-t', 'hello:v1'), '--image requires a registry', 'Specify the registry with --name.'),
    (('-t', 'contoso.azurecr.test'), 'but no repository', 'contoso.azurecr.test/team/app:v1'),
    (('-t', 'contoso.azurecr.test:443/hello'), 'includes a port', 'without a port'),
    (
        ('-t', 'localhost/hello'),
        "'localhost' isn't a login server",
        'myregistry.azurecr.test/team/app:v1',
    ),
    (
        (*CONTOSO, '-t', 'basicreg.azurecr.test/hello'),
        'but --name is contoso',
        'Omit --name',
    ),
    (
        ('-n', 'contoso', 'basicreg', '-t', 'hello'),
        '--image requires exactly one registry, but 2',
        'once for each registry',
    ),
    (
        (*CONTOSO, '-t', 'hello', '--repository', 'other'),
        '--repository is other',
        'Omit --repository.',
    ),
    (
        (*CONTOSO, '--platform', 'linux/arm64'),
        'but none is specified',
        'Specify the image with --image.',
    ),
    ((*CONTOSO, '-t', 'hello', '--platform', 'arm64'), "'arm64' isn't a platform", 'linux/arm64'),
    # Logins
    (
        (*CONTOSO, '-u', 'bob'),
        '--username requires a password, and the command never prompts',
        '--password-stdin',
    ),
    (
        (*CONTOSO, '-p', SECRET),
        'A password requires a user name',
        'Specify the user name with --username.',
    ),
    (
        (*CONTOSO, '--password-stdin'),
        'A password requires a user name',
        'Specify the user name with --username.',
    ),
    (
        (*CONTOSO, '-u', '', '-p', SECRET),
        'The value of --username is empty',
        'A variable might be unset',
    ),
    ((*CONTOSO, '-u', 'bob\n', '-p', SECRET), 'or contains a line break', 'Specify only the name'),
    ((*CONTOSO, '-u', 'bob', '-p', ''), 'The password is empty', 'A variable might be unset'),
    (
        (*CONTOSO, '-u', 'bob', '-p', f'{SECRET}\n'),
        'The password contains a line break',
        'Specify only the password',
    ),
    (
        (*CONTOSO, '-u', 'bob', '-p', SECRET, '--password-stdin'),
        "can't be used together",
        'Omit --password',
    ),
    (
        ('-u', 'bob', '-p', SECRET),
        '--username requires a registry',
        'Specify the registry with --name.',
    ),
    # Virtual networks
    (('--vnet', 'vnet1'), '--vnet requires a registry', 'Specify the registry with --name.'),
    (
        ('-n', 'contoso', 'basicreg', '--vnet', 'vnet1'),
        '--vnet requires exactly one registry, but 2',
        'once for each registry',
    ),
    ((*CONTOSO, '--vnet', ''), 'The value of --vnet is empty', 'A variable might be unset'),
    (
        (*CONTOSO, '--vnet', 'a/b'),
        "'a/b' isn't the name or resource ID of a virtual network",
        'az network vnet list',
    ),
    (
        (*CONTOSO, '--vnet', f'{VNET_ID}/subnets/default'),
        "isn't the name or resource ID",
        'az network vnet list',
    ),
    # Time
    *(
        (
            (*CONTOSO, f'--timeout={value}'),
            'must be a positive number of seconds',
            'Omit it to use 60 seconds',
        )
        for value in ('0', '-1', 'nan', 'inf')
    ),
    # What to run
    (
        (*CONTOSO, '--only', 'dns', '--skip', 'DNS'),
        "dns can't be in both --only and --skip",
        'Remove it from one',
    ),
    (
        ('--only', 'dns'),
        '--only names checks of a registry (dns), but no registry is specified',
        'Specify the registry with --name.',
    ),
    (('--skip', 'environment'), 'No check is left to run', '--name'),
    (
        (*CONTOSO, '--strict', '--ignore-errors'),
        "--strict and --ignore-errors can't be used together",
        'Use --strict',
    ),
]


@pytest.mark.parametrize('arguments, message, advice', REFUSED, ids=case_ids(REFUSED))
def test_refused(sandbox: Sandbox, arguments: tuple[str, ...], message: str, advice: str) -> None:
    finished = sandbox.az('acrhealth', 'check', *arguments, '-o', 'json')
    assert (finished.code, finished.stdout) == (1, '')
    assert (
        finished.stderr.startswith('ERROR: ')
        and message in finished.stderr
        and advice in finished.stderr
    )
    assert (
        'Traceback' not in finished.stderr
        and 'usage:' not in finished.stderr
        and SECRET not in finished.stderr
    )
    assert (
        sandbox.requests() == []
        and sandbox.connections()['accepted'] == {}
        and sandbox.dns_queries() == []
    )
