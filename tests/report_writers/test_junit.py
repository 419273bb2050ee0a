# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The JUnit file: valid by the schema of Jenkins, with a test case for each row."""

from __future__ import annotations

import copy
from typing import Any
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_acrhealth.model import not_applicable
from azext_acrhealth.report_writers import junit
from tests.made import result
from tests.report_writers.junit_schema import validate
from tests.report_writers.sample import (
    AKS,
    CONTOSO,
    FABRIKAM,
    HOSTILE,
    bad,
    build,
    doubtful,
    results,
)

SKIPPED = not_applicable("--image wasn't specified")
MIXED = build(results(dns=doubtful('is odd'), tls=bad('expired'), blob=SKIPPED), CONTOSO)


def parse(report: dict[str, Any], strict: bool = False) -> ElementTree.Element:
    text = junit.render(report, strict)
    validate(text)
    return ElementTree.fromstring(text)


def case(root: ElementTree.Element, name: str) -> ElementTree.Element:
    found = [item for item in root.iter('testcase') if item.get('name') == name]
    assert len(found) == 1
    return found[0]


def properties(suite: ElementTree.Element) -> dict[str | None, str | None]:
    return {item.get('name'): item.get('value') for item in suite.iter('property')}


def test_a_suite_for_this_machine_and_for_each_registry() -> None:
    report = build([*results(), *results(FABRIKAM)], CONTOSO, FABRIKAM)
    root = parse(report)
    assert root.attrib == {
        'name': 'az acrhealth check',
        'tests': '17',
        'failures': '0',
        'errors': '0',
        'time': '12.500',
    }
    assert [(suite.get('name'), suite.get('tests')) for suite in root] == [
        ('This machine', '1'),
        ('contoso', '8'),
        ('fabrikam', '8'),
    ]
    assert len({(c.get('classname'), c.get('name')) for c in root.iter('testcase')}) == 17


def test_a_case_for_each_row() -> None:
    suite = parse(MIXED)[1]
    numbers = [suite.get(key) for key in ('tests', 'failures', 'errors', 'skipped', 'time')]
    assert numbers == ['8', '1', '0', '1', '0.096']
    assert suite.get('timestamp') == '2026-01-02T03:04:05.000000Z'
    passed = case(suite, 'proxy')
    assert passed.attrib == {
        'name': 'proxy',
        'classname': 'contoso.connectivity',
        'time': '0.012',
    }
    assert [(item.tag, item.text) for item in passed] == [('system-out', 'proxy is fine')]
    skipped = case(suite, 'blob')
    assert [(item.tag, item.attrib) for item in skipped] == [
        ('skipped', {'message': "--image wasn't specified"})
    ]


def test_a_failure_has_code_reason_detail_and_solutions() -> None:
    failure = case(parse(MIXED), 'tls')[0]
    assert (failure.tag, failure.attrib) == (
        'failure',
        {'type': 'TEST_ERROR', 'message': 'NotFound: expired'},
    )
    assert failure.text == (
        'There is no thing.\n1. Run `az acr list --name thing`.\n2. Wait.\n'
        'https://learn.microsoft.com/test'
    )


def test_a_warning_is_a_property() -> None:
    suite = parse(MIXED)[1]
    assert properties(suite)['warning.dns'] == 'TEST_ERROR NotFound: is odd'
    assert [item.tag for item in case(suite, 'dns')] == ['system-out']
    assert '1. Run' in str(case(suite, 'dns')[0].text)


def test_a_warning_is_a_failure_if_warnings_are_strict() -> None:
    root = parse(MIXED, strict=True)
    assert (root.get('failures'), case(root, 'dns')[0].tag) == ('2', 'failure')
    assert 'warning.dns' not in properties(root[1])


def test_the_verdicts_are_properties() -> None:
    found = properties(parse(build(results(), CONTOSO, clusters=[AKS]))[1])
    assert (found['canLogin'], found['canPull.aks1']) == ('yes', 'unknown')
    assert (found['client.azureCli'], found['client.proxy']) == ('2.91.0', '')


def test_rows_of_clusters_are_in_the_suite_of_their_registry() -> None:
    of_cluster = result('dns', bad(), CONTOSO._replace(cluster=AKS), category='cluster')
    report = build([*results(), of_cluster], CONTOSO, clusters=[AKS])
    suite = parse(report)[1]
    assert case(suite, 'dns of aks1').get('classname') == 'contoso.cluster'


def test_this_machine_alone() -> None:
    assert [suite.get('name') for suite in parse(build(results()[:1]))] == ['This machine']


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40, deadline=None)
@given(st.text(st.characters(), max_size=30))
def test_every_text_is_written(text: str) -> None:
    report = copy.deepcopy(MIXED)
    for row in report['checks']:
        row['detail'] = text
        row['solutions'] = [text for _ in row['solutions']]
    report['client']['platform'] = text
    parse(report)


def test_what_xml_forbids_is_replaced() -> None:
    report = copy.deepcopy(MIXED)
    report['checks'][-1]['detail'] = 'a\x00\x1b\ufffe\ud800\x0bb\t\n\u0085\U0001f600'
    message = case(parse(report), 'blob')[0].get('message')
    assert message == 'a\ufffd\ufffd\ufffd\ufffd\ufffdb\t\n\u0085\U0001f600'


def test_hostile_texts_stay_texts() -> None:
    report = build(results(tls=bad(f']]>{HOSTILE}', what=HOSTILE)), CONTOSO)
    failure = case(parse(report), 'tls')[0]
    assert failure.get('message') == f'NotFound: ]]>{HOSTILE}'


@pytest.mark.parametrize(
    'bad_text',
    [
        '<testsuites><testsuite name="a" tests="1" failures="0"/></testsuites>',
        '<testsuites><testcase name="a"/></testsuites>',
        '<testsuites skipped="1"/>',
        '<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><testcase name="a">'
        '<properties/></testcase></testsuite></testsuites>',
        '<testsuites time="1 s"/>',
    ],
)
def test_the_schema_finds_what_jenkins_refuses(bad_text: str) -> None:
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        validate(bad_text)
