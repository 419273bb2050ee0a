# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The line on checks that were skipped."""

from __future__ import annotations

import pytest

from azext_acrhealth.check_filter import LEFT_OUT
from azext_acrhealth.skipped_checks import skipped_line
from tests.made_reports import NO_IMAGE, NO_PUSH, report, row


def test_nothing_was_skipped() -> None:
    assert skipped_line(report(row('dns'))) == ''


def skipped(check: str, detail: str, **more: object) -> dict[str, object]:
    return row(check, 'Skipped', detail=detail, **more)  # type: ignore[arg-type]


def test_options_and_categories() -> None:
    environment = {'category': 'environment', 'registry': None}
    assert (
        skipped_line(
            report(
                row('dns'),
                skipped('helm-client', LEFT_OUT, **environment),
                skipped('helm-version', LEFT_OUT, **environment),
                skipped('tls', LEFT_OUT),
                skipped('push', NO_PUSH),
                skipped('manifest', NO_IMAGE),
                skipped('blob', 'requires the `manifest` check, which was skipped'),
                skipped('private-dns', "--vnet wasn't specified"),
            )
        )
        == '7 skipped: --image, --push, and --vnet not specified; left out by --skip: '
        'tls, environment'
    )


@pytest.mark.parametrize(
    'detail, options',
    [
        ('requires --yes, because the pull leaves an image on this machine', '--yes'),
        ('neither --repository nor --image was specified', '--image and --repository'),
    ],
)
def test_details_that_name_options(detail: str, options: str) -> None:
    assert skipped_line(report(skipped('a', detail))) == f'1 skipped: {options} not specified'


def test_what_a_failed_check_prevents() -> None:
    failed = 'requires the `login` check, which failed'
    assert (
        skipped_line(
            report(
                row('login', 'Failed'),
                skipped('token', failed),
                skipped('pull', 'requires the `token` check, which was skipped'),
                row('login', registry='two'),
                skipped('token', 'for now', registry='two'),
            )
        )
        == '3 skipped: login failed: token, pull; not applicable: token'
    )


def test_the_nearest_scope_counts() -> None:
    required = 'requires the `dns` check, which was skipped'
    assert (
        skipped_line(
            report(
                skipped('dns', LEFT_OUT, registry='two'),
                skipped('dns', NO_PUSH),
                skipped('cluster', required, cluster='aks1'),
            )
        )
        == '3 skipped: --push not specified; left out by --skip: dns'
    )


def test_many_skipped_checks_take_no_long_time() -> None:
    rows = [
        skipped(check, 'requires the `dns` check, which was skipped', registry=f'r{number}')
        for number in range(5000)
        for check in ('tls', 'push')
    ]
    line = skipped_line(report(*rows))
    assert line.startswith('10000 skipped: dns was skipped: ')


def test_a_shared_reason_is_named() -> None:
    unread = "the resource couldn't be read; see the `login-server` check"
    assert (
        skipped_line(
            report(row('a'), skipped('b', unread), skipped('c', unread), skipped('d', 'none'))
        )
        == "3 skipped: the resource couldn't be read: b, c; not applicable: d"
    )


def test_an_interrupted_run() -> None:
    rows = [skipped('b', 'interrupted'), skipped('c', 'interrupted')]
    assert skipped_line(report(*rows)) == '2 skipped: interrupted: connectivity'
