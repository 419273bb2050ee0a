# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Write the error reference, catalogue/README.md: `python -m tests.reference --write`."""

from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator

from azext_acrhealth.advice import Solution, conditions
from azext_acrhealth.advice import text_of as solution_text
from azext_acrhealth.catalogue import FAMILIES, PROBLEMS
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.explain.rules import PROBLEMS as RULE_PROBLEMS
from azext_acrhealth.model import Family, Problem
from azext_acrhealth.report import fill_placeholders

EXPLAIN = 'error explain'
PROJECT = pathlib.Path(__file__).resolve().parent.parent
REFERENCE = PROJECT / 'azext_acrhealth' / 'catalogue' / 'README.md'
INTRODUCTION = """\
# Error reference

Every code and reason that `az acrhealth check` and `az acrhealth error explain` report, with
causes and solutions. These commands show an entry without a network:

```
az acrhealth error show --code CONNECTIVITY_DNS_ERROR
az acrhealth error show --reason ClientIpNotAllowed
```

A code names the kind of problem, and a reason names its cause. Both are stable, so scripts can
rely on them. Words in capitals, such as REGISTRY, are placeholders. The result of a check replaces
them with values where it knows them.

This file is generated from the modules in this folder. To change it, edit the modules, and then
run `make reference`.
"""
# Characters with a meaning in Markdown, which the texts of the catalogue don't use as such.
_MARKUP = re.compile(r'[\\*<\[]')


def document() -> str:
    """Return the error reference in Markdown: a heading for each code, with its reasons."""
    contents = ['| Code | Meaning |', '|---|---|']
    for family in FAMILIES:
        meaning = text_of(family.cause).replace('|', r'\|')
        contents.append(f'| [{family.code}](#{family.code.lower()}) | {meaning} |')
    entries = [entry for family in FAMILIES for entry in _entry(family)]
    return '\n\n'.join((INTRODUCTION.rstrip(), '\n'.join(contents), *entries)) + '\n'


def _entry(family: Family) -> Iterator[str]:
    reporting = _reported_by(lambda problem: problem.code == family.code)
    yield f'## {family.code}'
    yield text_of(family.cause)
    # The scheduler reports what no check declares: a crash, or a timeout, of any check.
    checks = f'Reported by {_listed(reporting)}' if reporting else 'Reported for any check'
    yield f'{checks}. [Documentation]({family.link})'
    for problem in PROBLEMS:
        if problem.code == family.code:
            yield from _reason(problem, family, reporting)


def _reason(problem: Problem, family: Family, reporting: list[str]) -> Iterator[str]:
    yield f'### {problem.reason}'
    own = _reported_by(lambda declared: declared == problem)
    only = f' Reported only by {_listed(own)}.' if own != reporting else ''
    # A link of its own, where the family's page doesn't have the reason's topic.
    link = f' [Documentation]({problem.link})' if problem.link != family.link else ''
    yield text_of(problem.cause) + only + link
    yield '\n'.join(
        f'{number}. {_solution(solution)}' for number, solution in enumerate(problem.solutions, 1)
    )


def _solution(solution: Solution) -> str:
    where = conditions(solution)
    return (
        f'{where}: {text_of(solution_text(solution))}'
        if where
        else text_of(solution_text(solution))
    )


def text_of(template: str) -> str:
    """Return a text of the catalogue in Markdown, with its placeholders in capitals."""
    parts = fill_placeholders(template).split('`')
    # Every other part is code, in which Markdown has no markup.
    parts[::2] = [_MARKUP.sub(r'\\\g<0>', part) for part in parts[::2]]
    return '`'.join(parts)


def _reported_by(is_wanted: Callable[[Problem], bool]) -> list[str]:
    checks = [check.id for check in CHECKS if any(map(is_wanted, check.problems))]
    # What no check can find out, the messages of other tools tell.
    return checks or [EXPLAIN] * any(map(is_wanted, RULE_PROBLEMS))


def _listed(checks: Iterable[str]) -> str:
    return ', '.join(f'`{check}`' for check in checks)


if __name__ == '__main__':
    if sys.argv[1:] == ['--write']:
        REFERENCE.write_text(document(), encoding='utf-8')
    else:
        print(document(), end='')
