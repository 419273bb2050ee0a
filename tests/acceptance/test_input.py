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
    (('-n', ''), 'An empty value does not name a registry', 'Give a name (myregistry)'),
    (('-n', ' '), 'An empty value does not name a registry', 'Give a name (myregistry)'),
    (('-n', 'contoso', ''), 'An empty value does not name a registry', 'Give a name (myregistry)'),
    (('-n', 'abcd'), "'abcd' is not a registry name", '5 to 50 letters and digits'),
    (('-n', 'a' * 51), 'is not a registry name', 'Give a name (myregistry)'),
    (('-n', 'con_toso'), "'con_toso' is not a registry name", 'Give a name (myregistry)'),
    (('-n', 'contoso;id'), "'contoso;id' is not a registry name", 'Give a name (myregistry)'),
    (('-n', 'contoso,basicreg'), 'is not a registry name', 'Use --name contoso basicreg'),
    (('-n', 'contoso@evil.example.test'), 'is not a host name', 'without scheme, port or path'),
    (
        ('-n', 'https://contoso.azurecr.test'),
        'holds a scheme beside the name',
        'Use --name contoso.azurecr.test',
    ),
    (
        ('-n', 'contoso.azurecr.test:443'),
        'holds a port beside the name',
        'Use --name contoso.azurecr.test',
    ),
    (
        ('-n', 'contoso.azurecr.test/hello'),
        'holds a path beside the name',
        'Use --name contoso.azurecr.test',
    ),
    (
        ('-n', 'contoso.azurecr.test.'),
        'holds a dot at its end beside the name',
        'Use --name contoso.azurecr.test',
    ),
    (('-n', '10.0.0.1'), 'is not a host name', 'without scheme, port or path'),
    (('-n', 'contoso..azurecr.test'), 'is not a host name', 'without scheme, port or path'),
    (('-n', 'contoso.azurecr.test\nx'), 'is not a host name', 'without scheme, port or path'),
    (('-n', 'k\u00f6nig.azurecr.test'), 'is not a host name', 'without scheme, port or path'),
    (('-n', VNET_ID), 'is not the resource id of a container registry', 'a resource id'),
    (
        ('-n', cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, '../x')),
        'is not the resource id',
        'a resource id',
    ),
    (
        ('-n', cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'contoso'), '-g', 'rg-other'),
        'lies in the resource group rg-apps, but --resource-group says rg-other',
        'Give a name (myregistry)',
    ),
    ((*CONTOSO, '-g', ''), 'The value of --resource-group is empty', 'a variable may be unset'),
    # Repositories and permissions
    (
        (*CONTOSO, '--repository', ''),
        'The value of --repository is empty',
        'a variable may be unset',
    ),
    ((*CONTOSO, '--repository', 'hello:v1'), "'hello:v1' holds a tag", 'Use --repository hello'),
    (
        (*CONTOSO, '--repository', 'hello@sha256:' + 'a' * 64),
        'holds a digest',
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'hello:v1@sha256:' + 'a' * 64),
        'holds a tag and a digest',
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'Hello'),
        "'Hello' is not a repository name",
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'Hello World'),
        "'Hello World' is not a repository name",
        'team/app',
    ),
    ((*CONTOSO, '--repository', 'a//b'), "'a//b' is not a repository name", 'team/app'),
    ((*CONTOSO, '--repository', '/hello'), "'/hello' is not a repository name", 'team/app'),
    ((*CONTOSO, '--repository', 'a b'), "'a b' is not a repository name", 'team/app'),
    (
        (*CONTOSO, '--repository', 'a&scope=registry:catalog:*'),
        'is not a repository name',
        'team/app',
    ),
    ((*CONTOSO, '--repository', 'a' * 256), 'is not a repository name', 'team/app'),
    (
        (*CONTOSO, '--repository', 'contoso.azurecr.test/hello'),
        "holds the registry's host",
        'Use --repository hello',
    ),
    (
        (*CONTOSO, '--repository', 'contoso.azurecr.io/team/app:v1'),
        "holds the registry's host and a tag",
        'Use --repository team/app',
    ),
    (('--repository', 'hello'), '--repository belongs to a registry', 'Name it with --name.'),
    (
        ('-n', 'contoso', 'basicreg', '--repository', 'hello'),
        '--repository takes one registry, but 2 are named',
        'once for each registry',
    ),
    (
        (*CONTOSO, '--need', 'pull'),
        'but no repository is named',
        'Name one with --repository or --image.',
    ),
    # Images and platforms
    ((*CONTOSO, '-t', ''), 'The value of --image is empty', 'a variable may be unset'),
    ((*CONTOSO, '-t', 'Hello:v1'), "'Hello' is not a repository name", 'team/app:v1'),
    ((*CONTOSO, '-t', 'hello:'), "'' is not a tag", 'team/app:v1'),
    ((*CONTOSO, '-t', 'hello@sha256:abc'), "'sha256:abc' is not a digest", 'team/app:v1'),
    ((*CONTOSO, '-t', 'sha256:' + 'a' * 64), 'names no repository', 'team/app:v1'),
    (('-t', 'hello:v1'), '--image belongs to a registry', 'Name it with --name.'),
    (('-t', 'contoso.azurecr.test'), 'no repository in it', 'contoso.azurecr.test/team/app:v1'),
    (('-t', 'contoso.azurecr.test:443/hello'), 'holds a port', 'without a port'),
    (
        ('-t', 'localhost/hello'),
        "'localhost' is no login server",
        'myregistry.azurecr.io/team/app:v1',
    ),
    (
        (*CONTOSO, '-t', 'basicreg.azurecr.test/hello'),
        'but --name says contoso',
        'Leave --name out',
    ),
    (
        ('-n', 'contoso', 'basicreg', '-t', 'hello'),
        '--image takes one registry, but 2',
        'once for each registry',
    ),
    (
        (*CONTOSO, '-t', 'hello', '--repository', 'other'),
        '--repository says other',
        'Leave --repository out.',
    ),
    ((*CONTOSO, '--platform', 'linux/arm64'), 'but no image is named', 'Name one with --image.'),
    ((*CONTOSO, '-t', 'hello', '--platform', 'arm64'), "'arm64' is no platform", 'linux/arm64'),
    # Logins
    (
        (*CONTOSO, '-u', 'bob'),
        '--username needs a password, and nothing is ever asked',
        '--password-stdin',
    ),
    (
        (*CONTOSO, '-p', SECRET),
        'A password is given, but no user name',
        'Name the user with --username.',
    ),
    (
        (*CONTOSO, '--password-stdin'),
        'A password is given, but no user name',
        'Name the user with --username.',
    ),
    (
        (*CONTOSO, '-u', '', '-p', SECRET),
        'The value of --username is empty',
        'a variable may be unset',
    ),
    ((*CONTOSO, '-u', 'bob\n', '-p', SECRET), 'or holds a line break', 'Give the name alone'),
    ((*CONTOSO, '-u', 'bob', '-p', ''), 'The password is empty', 'a variable may be unset'),
    (
        (*CONTOSO, '-u', 'bob', '-p', f'{SECRET}\n'),
        'The password holds a line break',
        'Give the password alone',
    ),
    (
        (*CONTOSO, '-u', 'bob', '-p', SECRET, '--password-stdin'),
        'given twice',
        'Leave --password out',
    ),
    (('-u', 'bob', '-p', SECRET), '--username belongs to a registry', 'Name it with --name.'),
    # Virtual networks
    (('--vnet', 'vnet1'), '--vnet belongs to a registry', 'Name it with --name.'),
    (
        ('-n', 'contoso', 'basicreg', '--vnet', 'vnet1'),
        '--vnet takes one registry, but 2',
        'once for each registry',
    ),
    ((*CONTOSO, '--vnet', ''), 'The value of --vnet is empty', 'a variable may be unset'),
    (
        (*CONTOSO, '--vnet', 'a/b'),
        "'a/b' is neither a virtual network's name nor",
        'az network vnet list',
    ),
    ((*CONTOSO, '--vnet', f'{VNET_ID}/subnets/default'), 'is neither', 'az network vnet list'),
    # Time
    *(
        (
            (*CONTOSO, f'--timeout={value}'),
            'must be a positive number of seconds',
            'Leave it out to use 60 seconds',
        )
        for value in ('0', '-1', 'nan', 'inf')
    ),
    # What to run
    (
        (*CONTOSO, '--only', 'dns', '--skip', 'DNS'),
        'dns cannot be in both --only and --skip',
        'Leave it out of one',
    ),
    (
        ('--only', 'dns'),
        '--only names checks of a registry (dns), but no registry is named',
        'Name it with --name.',
    ),
    (('--skip', 'environment'), 'Nothing is left to check', '--name'),
    (
        (*CONTOSO, '--strict', '--ignore-errors'),
        '--strict and --ignore-errors contradict',
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
