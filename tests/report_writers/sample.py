# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Reports of the real builder, for the tests of what writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from azext_acrhealth import report as reports
from azext_acrhealth.model import Outcome, Result, failed, not_applicable, passed, warned
from azext_acrhealth.options import Cluster, Target
from tests.made import FAMILY, result

CONTOSO, FABRIKAM = Target('contoso'), Target('fabrikam')
AKS = Cluster('aks1')
CLIENT = {
    'azureCli': '2.91.0',
    'extension': '1.0.0',
    'python': '3.12.1',
    'platform': 'Linux',
    'cloud': 'AzureCloud',
    'cloudShell': False,
    'proxy': None,
}
PROBLEM = FAMILY.problem(
    'NotFound', 'There is no {what}.', 'Run `az acr list --name {what}`.', 'Wait.'
)
HOSTILE = (
    '<script>alert(1)</script> | `x` @octocat #1 ![a](http://evil.test/) ${IFS} "\' www.evil.test'
)
# Of each category a check, in display order.
PARTS = (
    ('engine-client', 'environment'),
    ('login-server', 'registry'),
    ('dns', 'connectivity'),
    ('proxy', 'connectivity'),
    ('connection', 'connectivity'),
    ('tls', 'connectivity'),
    ('refresh-token', 'authentication'),
    ('data-endpoints', 'data'),
    ('blob', 'data'),
)


def build(
    results: Sequence[Result],
    *targets: Target,
    strict: bool = False,
    clusters: Sequence[Cluster] = (),
    interrupted: bool = False,
) -> dict[str, Any]:
    """Build a report of these results."""
    return reports.build(
        results,
        list(dict.fromkeys(item.check for item in results)),
        targets,
        client=CLIENT,
        started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        duration=12.5,
        strict=strict,
        clusters=clusters,
        interrupted=interrupted,
    )


def results(target: Target = CONTOSO, **outcomes: Outcome) -> list[Result]:
    """Return a result for each of PARTS: those named by `outcomes`, and otherwise passed ones."""
    return [
        result(
            name,
            outcomes.get(name.replace('-', '_'), passed(f'{name} is fine')),
            None if category == 'environment' else target,
            0.012,
            category=category,
            per='machine' if category == 'environment' else 'registry',
        )
        for name, category in PARTS
        if category != 'environment' or target is CONTOSO
    ]


def bad(detail: str = 'is missing', what: str = 'thing', **facts: Any) -> Outcome:
    return failed(PROBLEM, detail, placeholders={'what': what}, **facts)


def doubtful(detail: str = 'is odd', what: str = 'thing', **facts: Any) -> Outcome:
    return warned(PROBLEM, detail, placeholders={'what': what}, **facts)


def broken_at(check: str, *later: str, **facts: Any) -> dict[str, Any]:
    """Return a report of contoso in which a check failed, so that later ones were skipped."""
    skipped = not_applicable(f'requires the `{check}` check, which failed')
    outcomes = {name.replace('-', '_'): skipped for name in later}
    return build(results(**outcomes, **{check.replace('-', '_'): bad(**facts)}), CONTOSO)
