# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The version of the container engine's client."""

from __future__ import annotations

from azext_acrhealth.catalogue.environment import engine_version as problems
from azext_acrhealth.checks.environment.engine_client import Engine, engine_client
from azext_acrhealth.checks.environment.engine_output import text_at
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import Context, Outcome, check, failed, passed

_VERSION = lazy_pattern(r'\bv?(\d+\.\d+[\w.+~-]*)')


@check(
    'engine-version',
    'Container engine version',
    'environment',
    per='machine',
    needs=(engine_client,),
    verifies='The client reports its version.',
    problems=(problems.NO_VERSION, problems.VERSION_FAILED, problems.VERSION_HUNG),
)
def engine_version(ctx: Context, engine: Engine) -> Outcome:
    version, placeholders = engine.client.get('Version'), {'engine': engine.name}
    if isinstance(version, str) and version:
        fallback = '/'.join(text_at(engine.client, key) or '?' for key in ('Os', 'Arch'))
        platform = text_at(engine.client, 'OsArch') or fallback
        return passed(f'{engine.name} {version}, {platform}', version=version, platform=platform)
    # `version` connects to the engine; `--version` does not.
    plain = ctx.probes.run((engine.path, '--version'), ctx.deadline)
    if plain.failure:
        return failed(
            problems.VERSION_HUNG,
            f'`{engine.name} --version`: {plain.failure.text}',
            placeholders=placeholders,
        )
    if plain.status != 0:
        status_text = f'`{engine.name} --version` exited with status {plain.status}'
        return failed(
            problems.VERSION_FAILED,
            f'{status_text}: {plain.last_line or "no error message"}',
            placeholders=placeholders,
            status=plain.status,
        )
    found = _VERSION.search(plain.stdout)
    if not found:
        return failed(
            problems.NO_VERSION,
            f'`{engine.name} --version` printed {plain.stdout.strip()[:80]!r}',
            placeholders=placeholders,
        )
    return passed(f'{engine.name} {found[1]}', version=found[1])
