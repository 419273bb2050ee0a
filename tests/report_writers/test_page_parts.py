# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The parts of the page about one registry."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.model import not_applicable, passed
from azext_acrhealth.report_writers.page_parts import (
    hosts_table,
    overview,
    path,
    problem,
    rows_table,
    verdict_list,
)
from azext_acrhealth.report_writers.sections import (
    Section,
    Verdict,
    machine_of,
    registries_of,
)
from tests.made import result
from tests.report_writers.sample import (
    AKS,
    CONTOSO,
    bad,
    broken_at,
    build,
    results,
)


def section(report: dict[str, Any]) -> Section:
    return registries_of(report)[0]


def test_verdicts() -> None:
    found = verdict_list([Verdict('Pull', 'unknown', "--image wasn't specified")])
    assert found == (
        '<dl class="verdicts"><div class="verdict unknown"><dt>Pull</dt>'
        '<dd class="answer">unknown</dd><dd>--image wasn&#x27;t specified</dd></div></dl>'
    )


def test_a_problem_has_commands_to_copy() -> None:
    row = section(build(results(dns=bad('is away', what='a b')), CONTOSO)).problems[0]
    found = problem(row, 'h3')
    assert '<code class="command">az acr list --name &#x27;a b&#x27;</code>' in found
    assert 'TEST_ERROR, NotFound. <a href="https://learn.microsoft.com/test"' in found
    assert found.startswith('<div class="problem failed"><h3>') and '<li>Wait.</li>' in found


def test_the_path_shows_where_it_ends() -> None:
    report = broken_at('dns', 'connection', 'tls', 'login-server')
    found = path(section(report), machine_of(report))
    assert found.count('<li ') == 6 and found.count(' broken"') == 1
    assert '<li class="failed broken"><strong>DNS</strong>' in found
    assert found.count('the path ends here') == 1
    assert '<li class="not-reached"><strong>Registry</strong>' in found
    healthy = build(results(), CONTOSO)
    assert 'ends here' not in path(section(healthy), machine_of(healthy))


def test_nodes_are_apart() -> None:
    row = result('pull-role', bad(), CONTOSO._replace(cluster=AKS), category='cluster')
    report = build([*results(), row], CONTOSO, clusters=[AKS])
    assert '<li class="failed broken apart"><strong>Nodes of aks1' in path(section(report), None)


def test_hosts() -> None:
    known = passed('known', loginServer='contoso.azurecr.io')
    found = ''.join(
        map(str, hosts_table([section(build(results(login_server=known), CONTOSO))]) or ())
    )
    assert '<code>contoso.azurecr.io</code>' in found and '>443<' in found
    assert hosts_table([section(build(results(), CONTOSO))]) is None


def test_the_overview_links_each_registry() -> None:
    found = overview([section(build(results(dns=bad()), CONTOSO))], {'contoso': 'registry-1'})
    assert '<a href="#registry-1">contoso</a>' in found and 'TEST_ERROR NotFound' in found
    assert '<th scope="col">First problem</th>' in found


def test_rows_name_a_cluster_only_if_there_is_one() -> None:
    report = build(results(), CONTOSO)
    assert 'Cluster' not in rows_table(section(report).rows)
    row = result('pull-role', bad(), CONTOSO._replace(cluster=AKS), category='cluster')
    report = build([*results(), row], CONTOSO, clusters=[AKS])
    found = rows_table(section(report).rows)
    assert '<th scope="col">Cluster</th>' in found and '<td data-label="Cluster">aks1</td>' in found


def test_only_what_this_command_says_has_code_in_a_row() -> None:
    skipped = not_applicable('requires the `dns` check')
    report = build(results(dns=bad('run `curl evil`'), tls=skipped), CONTOSO)
    found = rows_table(section(report).rows)
    assert 'requires the <code>dns</code> check' in found and 'run `curl evil`' in found


def test_facts_of_every_shape() -> None:
    facts = {'none': None, 'number': 1.5, 'list': ['a', 2], 'empty': [], 'nested': [{'a': True}]}
    found = rows_table(section(build(results(dns=passed('ok', **facts)), CONTOSO)).rows)
    for expected in (
        '<dt>none</dt><dd>null</dd>',
        '<dt>number</dt><dd>1.5</dd>',
        '<dt>list</dt><dd>a, 2</dd>',
        '<dt>empty</dt><dd>none</dd>',
        '<pre>[\n  {\n    &quot;a&quot;: true\n  }\n]</pre>',
    ):
        assert expected in found
