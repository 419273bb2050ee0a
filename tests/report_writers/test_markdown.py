# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The summary in Markdown: what it says, its length, and that nothing in it is markup."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.model import not_applicable
from azext_acrhealth.options import Target
from azext_acrhealth.report_writers import markdown
from tests.report_writers.sample import (
    CONTOSO,
    FABRIKAM,
    HOSTILE,
    bad,
    build,
    doubtful,
    results,
)

SKIPPED = not_applicable("--image wasn't specified")


def text(report: dict[str, Any], strict: bool = False) -> str:
    return markdown.render(report, strict)


def cells(line: str) -> list[str]:
    """Return the cells of a line of a table, as GitHub divides it."""
    return [cell.strip() for cell in re.split(r'(?<!\\)\|', line)[1:-1]]


def test_a_healthy_registry() -> None:
    lines = text(build(results(blob=SKIPPED), CONTOSO)).splitlines()
    assert lines[:6] == [
        '### ✅ contoso: healthy',
        '',
        '| Log in | Pull | Push |',
        '|---|---|---|',
        "| **yes** | **unknown**<br>`--image wasn't specified` | **unknown** |",
        '',
    ]
    assert '8 passed, 1 skipped.' in lines


def test_a_problem_has_everything_to_act_on() -> None:
    found = text(build(results(tls=bad('expired'), dns=doubtful()), CONTOSO))
    assert (
        '#### ❌ tls\n\n[TEST_ERROR](https://learn.microsoft.com/test) NotFound: `expired`\n\n'
        'There is no thing.\n\n1. Run `az acr list --name thing`.\n2. Wait.\n'
    ) in found
    assert found.index('#### ❌ tls') < found.index('#### ⚠️ dns')
    assert '<details><summary>contoso: 6 passed, 1 warning, 1 failed</summary>\n\n|' in found


def test_several_registries() -> None:
    found = text(build([*results(), *results(FABRIKAM, dns=bad())], CONTOSO, FABRIKAM))
    assert found.startswith('### ❌ 2 registries: 1 not healthy\n')
    lines = [cells(line) for line in found.splitlines() if line.startswith('| ')]
    assert lines[:3] == [
        ['', 'Registry', 'Log in', 'Pull', 'Push', 'Problem'],
        ['❌', '`fabrikam`', 'no', 'yes', 'no', 'TEST_ERROR NotFound'],
        ['✅', '`contoso`', 'yes', 'yes', 'unknown', ''],
    ]
    assert '#### ❌ fabrikam: dns' in found


def test_this_machine_alone() -> None:
    found = text(build(results(engine_client=bad())[:1]))
    assert found.startswith('### ❌ This machine: not healthy\n\n1 failed.\n\n#### ❌ engine')


def test_an_interrupted_run_says_so() -> None:
    report = build(results(blob=not_applicable('interrupted')), CONTOSO, interrupted=True)
    assert 'The run was interrupted.' in text(report)
    assert 'interrupted' not in text(build(results(blob=bad()), CONTOSO))


@pytest.mark.parametrize('count', [30, 150, 1000])
def test_the_length_is_bounded(count: int) -> None:
    targets = [Target(f'registry{number}') for number in range(count)]
    long = '\N{GRINNING FACE}' * 390
    everything = [
        item for target in targets for item in results(target, dns=bad(long), blob=doubtful(long))
    ]
    found = text(build(everything, *targets))
    assert 50_000 < len(found.encode('utf-8')) < 65_536
    assert 'The rest of the result is left out' in found
    assert ('Registries without a worse result that are left out' in found) is (count > 100)
    assert found.count('`registry1`') == 1


def test_many_problems_of_a_registry_are_counted() -> None:
    names = (
        'engine_client login_server dns proxy connection tls refresh_token data_endpoints blob'
    ).split()
    report = build(
        [
            item
            for number in range(3)
            for item in results(**dict.fromkeys(names, bad(str(number))))[1:]
        ],
        CONTOSO,
    )
    assert 'Problems of `contoso` only in the table of its checks: 14.' in text(report)


def test_many_registries_with_problems_are_counted() -> None:
    targets = [Target(f'registry{number:02}') for number in range(23)]
    everything = [item for target in targets for item in results(target, dns=bad())]
    assert 'Registries with problems that are left out: 3.' in text(build(everything, *targets))


class TestHostileTexts:
    """Texts of others, which must be neither markup nor a reference."""

    def test_details_are_code(self) -> None:
        found = text(build(results(dns=bad(HOSTILE)), CONTOSO))
        assert f'NotFound: ``{HOSTILE}``\n' in found
        line = next(line for line in found.splitlines() if line.startswith('| ❌'))
        assert cells(line)[3] == f'``{HOSTILE}``'.replace('|', '\\|')
        assert len(cells(line)) == 4

    def test_causes_are_escaped(self) -> None:
        what = '<b> @octocat #12 [a](https://evil.test) www.evil.test *x* $y$ a|b'
        found = text(build(results(dns=bad(what=what)), CONTOSO))
        line = next(line for line in found.splitlines() if line.startswith('There is no'))
        assert '@octocat' not in line and '#12' not in line and 'www.evil' not in line
        assert not re.search(r'(?<!\\)[<>\[\]()*$|#@](?!\u200b)', line)
        assert '://' not in line

    def test_names_are_escaped(self) -> None:
        target = Target('contoso', label='<img src=x>|`@octocat`')
        found = text(build([*results(target, dns=bad()), *results()], target, CONTOSO))
        assert '#### ❌ \\<img src=x\\>\\|\\`@\u200boctocat\\`: dns\n' in found
        assert '| ❌ | `` <img src=x>\\|`@octocat` `` | no |' in found
        assert '<summary>&lt;img src=x&gt;|`@\u200boctocat`' in found

    @given(st.text('`|\\a ', max_size=12))
    def test_code_ends_where_it_should(self, content: str) -> None:
        code = markdown._code(content)
        if not content:
            assert code == ''
            return
        fence = re.match('`+', code)
        assert fence and code.endswith(fence[0])
        inner = code[len(fence[0]) : -len(fence[0])]
        assert not re.search(rf'(?<!`){fence[0]}(?!`)', inner)
        assert content in inner
