# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The modules of the package, and the parts that they belong to."""

from __future__ import annotations

from pathlib import Path

import azext_acrhealth

PACKAGE = Path(azext_acrhealth.__file__).parent
TESTS = Path(__file__).parent
OURS = 'azext_acrhealth'


def modules(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*.py'))


MODULES = modules(PACKAGE)


def part(name: str) -> str:
    """Return the part of the package of a dotted name or a path: `checks` for `checks.registry`."""
    return name.replace('.py', '').replace('/', '.').removeprefix(f'{OURS}.').split('.')[0]


def modules_of(*parts: str) -> list[str]:
    return [module for module in MODULES if part(module) in parts]
