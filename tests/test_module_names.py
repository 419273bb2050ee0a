# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Names and places of modules: tests mirror modules, and a check's modules share its id."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_acrhealth import catalogue
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.model import CATEGORIES
from tests.package_modules import MODULES, OURS, TESTS, modules_of, part

# Modules without behavior of their own, or that the tests of other modules cover completely.
UNMIRRORED = ('__init__.py', 'options.py', 'protocols.py', 'arguments/errors.py')
MIRRORED = [
    module
    for module in MODULES
    if part(module) != 'catalogue'
    and module not in UNMIRRORED
    and not module.endswith('/__init__.py')
]


@pytest.mark.parametrize('module', MIRRORED)
def test_tests_mirror_the_modules(module: str) -> None:
    path = Path(module)
    assert (TESTS / path.with_name(f'test_{path.name.lstrip("_")}')).is_file()


IDS = {check.id.replace('-', '_'): check for check in CHECKS}


def stems(folder: str) -> dict[str, str]:
    """Return the modules of a folder of the package by their names."""
    found = {
        Path(module).stem: module
        for module in modules_of(folder)
        if not module.endswith('__init__.py')
    }
    assert len(found) == sum(not module.endswith('__init__.py') for module in modules_of(folder)), (
        'a name stands once'
    )
    return found


@pytest.mark.parametrize('name', IDS)
def test_a_check_its_module_its_problems_and_its_tests_share_a_name(name: str) -> None:
    check, checks, catalogues = IDS[name], stems('checks'), stems('catalogue')
    assert check.run.__module__ == f'{OURS}.{checks[name]}'.replace('/', '.').removesuffix('.py')
    assert check.run.__name__ == name
    assert (TESTS / 'checks').joinpath(*Path(checks[name]).parts[1:-1], f'test_{name}.py').is_file()
    own = {
        problem
        for problem in check.problems
        if not any(problem in other.problems for other in CHECKS if other is not check)
    }
    home = {module.__name__.rpartition('.')[2]: module for module in catalogue.MODULES}
    misplaced = {
        problem
        for problem in own
        if not any(problem in home[stem].PROBLEMS for stem in (name, *SHARED) if stem in home)
    }
    assert misplaced == set(), 'its problems stand in the catalogue module of its name'
    assert not own & set(home[name].PROBLEMS) or name in catalogues


# Problems that several checks share are in modules that aren't named after a check.
SHARED = (
    *('audience', 'error_responses', 'identity', 'password', 'pull', 'service_principal'),
    *('sign_in', 'missing_logins', 'references', 'node_pulls', 'kubelet_limits'),
    *('run_command', 'cluster_network'),
)


@pytest.mark.parametrize('folder', ('checks', 'catalogue'))
def test_only_a_check_has_a_module_of_its_name(folder: str) -> None:
    for stem, module in stems(folder).items():
        for check in CHECKS:
            if check.run.__module__.endswith(f'.{stem}'):
                assert check.id.replace('-', '_') == stem, f'{check.id} lies in {module}'
    assert not set(SHARED) & set(IDS)


@pytest.mark.parametrize('module', modules_of('checks', 'catalogue'))
def test_a_folder_is_a_category(module: str) -> None:
    folder = Path(module).parts[1:-1]
    assert folder in {(), *((category.replace('-', '_'),) for category in CATEGORIES)}
