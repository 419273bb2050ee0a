# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What follows the result on stderr."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.outline import outline
from tests.made_reports import registry, report, row

BAD = row('dns', 'Failed', detail='no such name', solutions=['Ask: `nslookup x`.', 'Wait.'])
ODD = row('tls', 'Warning', 'TLS_ERROR', 'an old version')


def texts(made: dict[str, Any], **options: Any) -> list[str]:
    lines = outline(made, options.pop('strict', False), **options)
    return [''.join(text for _, text in line) for line in lines]


def test_the_whole() -> None:
    made = report(ODD, BAD, row('a', 'Skipped', detail='none'))
    assert texts(made) == [
        '1 skipped: not applicable: a',
        '',
        'Failed: dns (TEST_ERROR, Reason)',
        '  no such name',
        '  Cause: It is so.',
        '  1. Ask: `nslookup x`.',
        '  2. Wait.',
        '  Learn more: https://learn.microsoft.com/test',
        '',
        'Warning: tls (TLS_ERROR, Reason)',
        '  an old version',
        '  Cause: It is so.',
        '  1. Repair it: `repair tls`.',
        '  Learn more: https://learn.microsoft.com/test',
        '',
        'one: not healthy. 0 passed, 1 warning, 1 failed, 1 skipped. Log in: yes. '
        'Pull: not tried. Push: not tried.',
    ]


def test_only_errors() -> None:
    made = report(ODD, BAD, row('a', 'Skipped', detail='none'), cloud_shell=True)
    assert texts(made, errors_only=True)[:2] == ['', 'Failed: dns (TEST_ERROR, Reason)']
    assert len(texts(made, errors_only=True)) == 7
    assert 'Warning: tls (TLS_ERROR, Reason)' in texts(made, errors_only=True, strict=True)
    assert texts(report(ODD), errors_only=True) == []


def test_marks() -> None:
    assert '✗ dns (TEST_ERROR, Reason)' in texts(report(BAD), marks=True)
    assert '! tls (TLS_ERROR, Reason)' in texts(report(ODD), marks=True)


def test_commands_stand_out() -> None:
    line = next(line for line in outline(report(BAD), False) if line[0][1] == '  1. ')
    assert ('action', '`nslookup x`') in line


def test_rows_of_clusters_name_them() -> None:
    made = report(row('pull-role', 'Failed', cluster='aks1'))
    assert 'Failed: pull-role of aks1 (TEST_ERROR, Reason)' in texts(made)


def test_of_several_registries_five_rows_are_shown() -> None:
    names = [f'r{number}' for number in range(7)]
    made = report(
        *(row('dns', 'Failed', registry=name) for name in names),
        registries=[registry(name) for name in names],
    )
    shown = texts(made)
    assert [text for text in shown if text.startswith('Failed: ')] == [
        f'Failed: dns of {name} (TEST_ERROR, Reason)' for name in names[:5]
    ]
    assert '2 more checks failed or returned a warning: see the output of `-o json`.' in shown


def test_cloud_shell() -> None:
    assert texts(report(row('dns'), cloud_shell=True))[-1].startswith(
        'The checks ran in Azure Cloud Shell: '
    )
