# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The page: complete without a script, and nothing of others is markup."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from azext_acrhealth.model import not_applicable, passed
from azext_acrhealth.options import Target
from azext_acrhealth.report_writers import page
from tests.report_writers.sample import (
    CONTOSO,
    FABRIKAM,
    HOSTILE,
    bad,
    build,
    doubtful,
    results,
)

VOID = {'meta', 'link', 'br'}


class Reader(HTMLParser):
    """What a browser reads: elements, attributes, and text; each element must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ''
        self.raw: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ('script', 'style'):
            self.raw[self.open[-1]] = data
        else:
            self.text += data

    def names(self) -> set[str]:
        return {tag for tag, _ in self.elements}


def read(report: dict[str, Any], strict: bool = False) -> Reader:
    return Reader(page.render(report, strict))


FAILING = build(results(dns=doubtful('is odd'), blob=bad('is away', host='x.test')), CONTOSO)
SEVERAL = build([*results(), *results(FABRIKAM, dns=bad())], CONTOSO, FABRIKAM)


def test_the_order_of_one_registry() -> None:
    text = read(FAILING).text
    parts = ['contoso: not healthy', 'Log in', 'What to do', 'PathThis', 'ChecksStatus']
    places = [text.rindex(part) for part in parts]
    assert places == sorted(places)
    assert '7 passed, 1 warning, 1 failed. 2026-01-02 03:04:05 UTC, 12.5 seconds.' in text
    assert 'acrhealth 1.0.0, Azure CLI 2.91.0, Python 3.12.1, Cloud AzureCloud' in text


def test_all_rows_and_facts() -> None:
    text = read(FAILING).text
    for row in FAILING['checks']:
        assert row['title'] in text and row['detail'] in text
    assert 'hostx.test' in text


def test_several_registries_have_an_overview_and_a_part_each() -> None:
    reader = read(SEVERAL)
    anchors = {attrs['id'] for tag, attrs in reader.elements if tag == 'article' and 'id' in attrs}
    links = [attrs['href'] for tag, attrs in reader.elements if tag == 'a']
    assert {link[1:] for link in links if link and link.startswith('#')} == anchors
    assert len(anchors) == 2
    assert ('table', {'class': 'sortable'}) in reader.elements
    assert reader.text.index('fabrikam') < reader.text.index('contoso')


def test_this_machine_alone() -> None:
    reader = read(build(results(engine_client=bad())[:1]))
    assert 'This machine: not healthy' in reader.text and 'What to do' in reader.text
    assert 'article' not in reader.names()


def test_it_loads_nothing() -> None:
    text = page.render(SEVERAL, False)
    reader = Reader(text)
    assert not {'img', 'iframe', 'object', 'embed', 'form', 'base', 'svg'} & reader.names()
    assert [attrs for tag, attrs in reader.elements if tag == 'link'] == [
        {'rel': 'icon', 'href': 'data:,'}
    ]
    assert not any({'src', 'style', 'onclick'} & set(attrs) for _, attrs in reader.elements)
    assert 'url(' not in reader.raw['style'] and '@import' not in reader.raw['style']
    assert not re.search(r'fetch|XMLHttp|import\(|eval|innerHTML', reader.raw['script'])


def test_its_policy_allows_its_own_style_and_script_only() -> None:
    reader = read(FAILING)
    policy = next(
        str(attrs['content'])
        for tag, attrs in reader.elements
        if tag == 'meta' and attrs.get('http-equiv') == 'Content-Security-Policy'
    )
    directives = dict(part.strip().split(' ', 1) for part in policy.split(';'))
    for element in ('style', 'script'):
        digest = hashlib.sha256(reader.raw[element].encode('utf-8')).digest()
        assert directives[f'{element}-src'] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert directives['default-src'] == directives['base-uri'] == directives['form-action']
    assert directives['default-src'] == "'none'"
    assert 'unsafe' not in policy


@pytest.mark.parametrize('place', ['detail', 'what', 'fact', 'name'])
def test_hostile_texts_stay_texts(place: str) -> None:
    hostile = f'</script></style>{HOSTILE}"onload="x'
    target = Target('contoso', label=hostile) if place == 'name' else CONTOSO
    outcome = {
        'detail': bad(hostile),
        'what': bad(what=hostile),
        'fact': bad(fact=hostile, **{hostile: [{hostile: hostile}]}),
    }.get(place, bad())
    reader = read(build([*results(target, dns=outcome), *results(FABRIKAM)], target, FABRIKAM))
    plain = read(build([*results(dns=bad(fact='x')), *results(FABRIKAM)], CONTOSO, FABRIKAM))
    assert reader.names() <= plain.names() | {'pre'}
    assert not any('onload' in attrs for _, attrs in reader.elements)
    # What a shell acts on doesn't reach commands to paste.
    assert place == 'what' or '<script>alert(1)</script>' in reader.text


def test_links_lead_to_documentation_only() -> None:
    links = {attrs['href'] for tag, attrs in read(FAILING).elements if tag == 'a'}
    assert links == {'https://learn.microsoft.com/test'}


def test_an_interrupted_run_says_so() -> None:
    report = build(results(blob=not_applicable('interrupted')), CONTOSO, interrupted=True)
    assert 'The run was interrupted.' in read(report).text
    assert 'The run was interrupted.' not in read(FAILING).text


def test_strict_warnings_are_explained() -> None:
    report = build(results(dns=doubtful()), CONTOSO, strict=True)
    assert 'Warnings count as failures (--strict).' in read(report, strict=True).text
    assert '--strict' not in read(FAILING).text


def test_whose_identity_and_whose_network_it_is() -> None:
    report = build(results(), CONTOSO)
    report['client']['cloudShell'] = True
    report['identity'] = {'kind': 'workload', 'clientId': 'c0ffee', 'objectId': None}
    text = read(report).text
    assert (
        'the network of Azure Cloud Shell, not that of your machine. Identity: workload c0ffee'
        in text
    )


def test_hosts_of_all_registries_are_in_one_table() -> None:
    known = [passed('known', loginServer=f'{name}.azurecr.io') for name in ('a', 'b')]
    report = build(
        [*results(login_server=known[0]), *results(FABRIKAM, login_server=known[1])],
        CONTOSO,
        FABRIKAM,
    )
    assert read(report).text.count('For the network team') == 1
