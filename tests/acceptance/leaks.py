# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run the checks with log files, and find secrets in what they wrote."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

from tests.sandbox.control.sandbox import Finished, Sandbox

EVIL = 'evil.example.test'
# The files in which the CLI itself stores its sign-in.
CACHES = ('msal_token_cache', 'msal_http_cache', 'service_principal_entries')


def recognizable_parts(secrets: Sequence[str]) -> Iterator[str]:
    """Return the substrings that reveal a secret.

    For a token: its claims and its signature; else its beginning.
    """
    for secret in secrets:
        yield secret
        parts = secret.split('.')
        for part in parts[1:] if secret.startswith('eyJ') else parts[-1:]:
            if len(part) >= 20:
                yield part[:20]


def leaking_lines(
    sandbox: Sandbox, finished: Finished, config: pathlib.Path, others: Sequence[str] = ()
) -> list[str]:
    """Return the lines of the output, and of every file that the CLI wrote, that hold a secret."""
    texts = [finished.stdout, finished.stderr]
    for path in config.rglob('*'):
        if path.is_file() and not path.name.startswith(CACHES):
            texts.append(path.read_text('utf-8', 'replace'))
    assert any(path.is_file() for path in (config / 'logs').rglob('*'))
    known = [*recognizable_parts(sandbox.secrets()), *others]
    assert len(known) > 1
    return [
        line[:2000]
        for text in texts
        for line in text.splitlines()
        if any(part in line for part in known)
    ]


def run_with_logs(
    sandbox: Sandbox, tmp_path: pathlib.Path, *arguments: str, tokens: bool = True, **options: Any
) -> tuple[Finished, pathlib.Path]:
    """Run the checks with the CLI's log files switched on."""
    config = sandbox.config_dir(tmp_path / 'config', tokens=tokens)
    env = {**options.pop('env', {}), 'AZURE_LOGGING_ENABLE_LOG_FILE': 'yes'}
    finished = sandbox.az(
        'acrhealth', 'check', '--skip', 'environment', *arguments, config=config, env=env, **options
    )
    return finished, config
