# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Decisive facts that differ."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.compare.fact_differences import fact_differences
from tests.compare.results import brief, pair, result, row


def found(first: Any, second: Any) -> list[tuple[str, str, str]]:
    return brief(list(fact_differences(pair(first, second))))


def resolving(*addresses: str, **more: Any) -> Any:
    return row('dns', addresses=[{'address': address} for address in addresses], **more)


def test_addresses() -> None:
    differences = list(
        fact_differences(pair(result(resolving('20.1.2.3')), result(resolving('10.1.0.5'))))
    )
    assert differences[0].text == (
        'On laptop.json, the name resolves to 20.1.2.3; on agent.json, the name resolves to '
        '10.1.0.5.'
    )
    assert (differences[0].fact, differences[0].stage) == ('dns.addresses[].address', 'dns')


def test_their_order_is_no_difference() -> None:
    assert not found(result(resolving('::1', '10.0.0.1')), result(resolving('10.0.0.1', '::1')))


def test_what_one_side_does_not_know_is_no_difference() -> None:
    assert not found(result(resolving('10.0.0.1')), result(row('dns', 'Failed', 'X')))
    assert not found(result(row('dns')), result(row('tls')))
    assert not found(
        result(row('access-token', granted=['pull'])), result(row('access-token', granted=None))
    )


def test_no_permission_is_a_permission() -> None:
    values = [result(row('access-token', granted=granted)) for granted in (['pull'], [])]
    assert found(*values) == [('Permissions', 'pull', 'none')]


def test_what_several_facts_say_is_said_once() -> None:
    first = result(row('connection', proxy=None))
    second = result(row('connection', proxy='http://p:3128'), client={'proxy': 'http://p:3128'})
    assert found(first, second) == [('Proxy', 'none', 'http://p:3128')]
    bypassed = result(row('connection', proxy=None), client={'proxy': 'http://p:3128'})
    assert found(second, bypassed) == [('Proxy', 'http://p:3128', 'none')]


def test_the_registry_is_named_where_there_are_several() -> None:
    first = result(resolving('10.0.0.1'), resolving('10.0.0.2', registry='fabrikam'))
    second = result(resolving('10.0.0.1'), resolving('10.0.0.9', registry='fabrikam'))
    (difference,) = fact_differences(pair(first, second))
    assert difference.text.endswith('on agent.json, the name resolves to 10.0.0.9 (fabrikam).')


def test_identities() -> None:
    identity = {'kind': 'managed identity', 'objectId': 'x'}
    assert found(result(row('dns')), result(row('dns'), identity=identity)) == [
        ('Kind of identity', 'none', 'managed identity')
    ]
    earlier = result(row('dns'))
    del earlier['identity']
    assert not found(earlier, result(row('dns'), identity=identity))


def test_versions() -> None:
    other = result(row('dns'), client={'azureCli': '2.75.0', 'proxy': None})
    assert found(result(row('dns')), other) == [('Azure CLI', '2.80.0', '2.75.0')]
