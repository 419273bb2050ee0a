# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments of `error show`: a code, a reason, or both."""

from __future__ import annotations

from azext_acrhealth.arguments.errors import invalid_value, missing_argument
from azext_acrhealth.catalogue import FAMILIES, PROBLEMS
from azext_acrhealth.redaction import sanitize

_LIST = 'List the codes and reasons: `az acrhealth error list --output table`.'


def reasons() -> list[str]:
    """Return every reason, and every code, which --reason takes too."""
    return sorted({problem.reason for problem in PROBLEMS} | {family.code for family in FAMILIES})


def parse_code_and_reason(code: str | None, reason: str | None) -> tuple[str, str | None]:
    """Return a code, and a reason of it or None for all. Raises one of the CLI's errors."""
    if reason is None:
        if code is None:
            raise missing_argument(
                'Neither a code nor a reason is specified.',
                'Specify a code with --code, or a reason with --reason.',
            )
        return code, None
    wanted = reason.strip().lower()
    codes = [family.code for family in FAMILIES if family.code.lower() == wanted]
    if codes and code in (None, codes[0]):
        return codes[0], None
    found = [problem for problem in PROBLEMS if problem.reason.lower() == wanted]
    of_code = [problem for problem in found if code in (None, problem.code)]
    if len(of_code) == 1:
        return of_code[0].code, of_code[0].reason
    if not found:
        raise _unknown(reason)
    listed = ', '.join(problem.code for problem in found)
    if not of_code:
        raise invalid_value(
            f'{code} has no reason {found[0].reason}. It is a reason of {listed}.',
            f'Omit --code, or specify one of them: --code {found[0].code}.',
        )
    raise invalid_value(
        f'{len(of_code)} codes have the reason {found[0].reason}: {listed}.',
        f'Specify one of them, too: --code {of_code[0].code}.',
    )


def _unknown(reason: str) -> Exception:
    from difflib import get_close_matches

    by_lower = {name.lower(): name for name in reasons()}
    close = get_close_matches(reason.strip().lower(), by_lower, n=3, cutoff=0.6)
    suggestion = f'Did you mean {" or ".join(by_lower[name] for name in close)}? ' if close else ''
    return invalid_value(f"'{sanitize(reason)}' isn't a code or a reason.", f'{suggestion}{_LIST}')
