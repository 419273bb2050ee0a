# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Results as files hold them: whole, of earlier versions, and hostile."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.compare.saved_result import (
    Scope,
    parse_result,
    rename_registries,
    result_error,
)
from tests.compare.results import result, row


@pytest.mark.parametrize(
    'value, error',
    [
        (result(row('dns')), None),
        ({'checks': [{'check': 'dns', 'status': 'Passed'}]}, None),
        ({**result(row('dns')), 'schemaVersion': '2.0'}, 'OtherVersion'),
        ({**result(row('dns')), 'schemaVersion': 1}, 'OtherVersion'),
        ({**result(), 'schemaVersion': '2.0'}, 'OtherVersion'),
        (result(), 'NotAResult'),
        ({'checks': [{'check': 'dns', 'status': 'Fine'}, 7]}, 'NotAResult'),
        ({'checks': 7}, 'NotAResult'),
        ({'schemaVersion': '1.0', 'verdict': 'Match', 'matches': []}, 'NotAResult'),
        ([result(row('dns'))], 'NotAResult'),
        (None, 'NotAResult'),
        ('text', 'NotAResult'),
    ],
)
def test_what_is_a_result(value: Any, error: str | None) -> None:
    assert result_error(value) == error


def test_the_parts() -> None:
    value = result(
        row('engine-client', registry=None),
        row('dns', 'Failed', 'NotInLocalDns', detail='no such host'),
        canLogin='no',
        canPull='maybe',
    )
    value['registries'][0]['clusters'] = [{'name': 'aks1', 'canPull': 'yes'}, {'canPull': 'no'}]
    parsed = parse_result(value, 'a.json')
    assert (parsed.label, parsed.hosts) == ('a.json', {'contoso': 'contoso.azurecr.io'})
    assert parsed.verdicts == {
        Scope(): {'healthy': 'no'},
        Scope('contoso'): {'canLogin': 'no'},
        Scope('contoso', 'aks1'): {'canPull': 'yes'},
    }
    failed = parsed.rows[Scope('contoso')]['dns']
    assert (failed.status, failed.reason, failed.detail) == (
        'Failed',
        'NotInLocalDns',
        'no such host',
    )
    assert parsed.rows[Scope()]['engine-client'].status == 'Passed'


def test_missing_keys() -> None:
    parsed = parse_result({'checks': [{'check': 'dns', 'status': 'Passed', 'registry': 'a'}]}, 'x')
    assert (parsed.identity, parsed.started, parsed.client) == (None, None, {})
    assert (parsed.hosts, parsed.verdicts) == ({'a': None}, {Scope(): {}})
    assert parsed.rows[Scope('a')]['dns'].facts == {}


def test_no_identity_is_known_and_a_missing_one_is_not() -> None:
    assert parse_result(result(row('dns')), 'x').identity == {}
    assert parse_result({'checks': []}, 'x').identity is None


def test_foreign_texts_are_fit_to_be_shown() -> None:
    hostile = row('d\x1b[31mns', 'Failed', 'R\u202eeason', detail='Bearer ' + 'a' * 40)
    parsed = parse_result({'checks': [hostile]}, 'x')
    assert list(parsed.rows[Scope('contoso')]) == ['d[31mns']
    found = parsed.rows[Scope('contoso')]['d[31mns']
    assert (found.reason, found.detail) == ('Reason', '[redacted]')


def test_the_first_of_several_rows_counts() -> None:
    parsed = parse_result(result(row('dns'), row('dns', 'Failed', 'X')), 'x')
    assert parsed.rows[Scope('contoso')]['dns'].status == 'Passed'


def test_other_names() -> None:
    parsed = rename_registries(parse_result(result(row('dns')), 'x'), {'contoso': 'other'})
    assert (list(parsed.hosts), list(parsed.rows)) == (['other'], [Scope('other')])
    assert set(parsed.verdicts) == {Scope(), Scope('other')}
