# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The version of the Notary client."""

from __future__ import annotations

from azext_acrhealth.catalogue.environment import notary_version as problems
from azext_acrhealth.checks.environment.tool_version import VERSION, failure_text
from azext_acrhealth.model import Context, Outcome, check, not_applicable, passed, warned

_NEWEST_NOTARY = (0, 6, 0)


@check(
    'notary-version',
    'Notary version',
    'environment',
    per='machine',
    verifies='The Notary client, if installed, is 0.6.0 or earlier.',
    problems=(
        problems.NOTARY_NOT_EXECUTABLE,
        problems.NOTARY_FAILED,
        problems.NOTARY_HUNG,
        problems.NOTARY_UNREADABLE,
        problems.NOTARY_TOO_NEW,
    ),
)
def notary_version(ctx: Context) -> Outcome:
    # Only content trust requires Notary, and it is being retired, so nothing here is a failure.
    path = ctx.probes.find('notary')
    file = None if path else ctx.probes.find_unexecutable('notary')
    if file:
        return warned(
            problems.NOTARY_NOT_EXECUTABLE,
            f'{file}: not executable',
            placeholders={'path': file},
            path=file,
        )
    if not path:
        return not_applicable(
            'notary not found on PATH; only content trust, which is being retired, requires it'
        )
    completed = ctx.probes.run((path, 'version'), ctx.deadline)
    if completed.failure and completed.failure.kind == 'Timeout':
        return warned(problems.NOTARY_HUNG, completed.failure.text)
    if completed.failure:
        return warned(
            problems.NOTARY_NOT_EXECUTABLE,
            f'{path}: {completed.failure.text}',
            placeholders={'path': path},
            path=path,
        )
    if completed.status != 0:
        return warned(problems.NOTARY_FAILED, failure_text(completed), status=completed.status)
    match = VERSION.search(completed.stdout)
    if not match:
        return warned(problems.NOTARY_UNREADABLE, 'notary reports no version')
    version = '.'.join(match.groups()[:3])
    if tuple(map(int, match.groups()[:3])) > _NEWEST_NOTARY:
        return warned(problems.NOTARY_TOO_NEW, f'Notary {version}', version=version)
    return passed(f'Notary {version}', version=version)
