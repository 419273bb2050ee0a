# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Every branch that depends on the operating system is run here, both ways.

The tests replace what a system has by what another one has. A new branch needs a row in the table.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.build import PROJECT
from tests.package_modules import MODULES, PACKAGE

# What differs between systems: values, modules, and names of modules that not every system has.
VALUES = ('sys.platform', 'os.name')
SOME_HAVE = ('resource', 'winreg', 'fcntl', 'msvcrt', 'termios', 'pwd', 'grp')
SYSTEM_MODULES = ('os', 'socket', 'signal', 'subprocess', 'sys', 'stat', 'time')
OF_PYTEST = ('PYTEST_', 'COV_')

Place = tuple[str, str]  # a module, and a function in it; the empty one is the module itself
TESTS: dict[Place, tuple[str, ...]] = {
    ('arguments/identity.py', '_quote'): (
        'tests/arguments/test_identity.py::test_paths_are_quoted_for_the_shell',
    ),
    ('arguments/report_files.py', '_reject_repeated'): (
        'tests/arguments/test_report_files.py::test_case_tells_files_apart_except_on_macos',
    ),
    ('interruption.py', '_Handlers.__init__'): (
        'tests/test_interruption.py::test_windows_ends_a_console_by_a_signal_of_its_own',
    ),
    ('machine_limits.py', '_limit_on'): (
        'tests/test_machine_limits.py::test_windows_has_no_limits_of_a_process',
        'tests/test_machine_limits.py::test_limits_of_the_system',
    ),
    ('probes/cluster/pull_pod.py', 'PullPod.delete_command'): (
        'tests/probes/cluster/test_pull_pod.py::test_a_blank_in_a_context_is_quoted',
    ),
    ('probes/http/dns.py', ''): ('tests/probes/http/test_dns.py::test_error_numbers',),
    ('probes/http/dns_servers.py', 'dns_servers'): (
        'tests/probes/http/test_dns_servers.py::test_the_windows_registry',
        'tests/probes/http/test_dns_servers.py::test_resolv_conf',
    ),
    ('probes/http/proxy_settings.py', '_spellings'): (
        'tests/probes/http/test_proxy_settings.py::test_windows_has_a_single_spelling',
    ),
    ('probes/local/docker_config.py', '_podman_files'): (
        'tests/probes/local/test_docker_config.py::test_default_paths',
        'tests/probes/local/test_docker_config.py::test_paths_from_variables',
    ),
    ('probes/local/docker_config.py', '_helm_file'): (
        'tests/probes/local/test_docker_config.py::test_default_paths',
        'tests/probes/local/test_docker_config.py::test_paths_from_variables',
    ),
    ('probes/local/engine_endpoint.py', 'socket_state'): (
        'tests/probes/local/test_engine_endpoint.py',
    ),
    ('probes/local/process.py', '_own_group'): (
        'tests/probes/local/test_process.py::TestWindows',
        'tests/probes/local/test_process.py::test_kill_of_a_process_that_has_ended',
    ),
    ('probes/local/process.py', 'kill'): (
        'tests/probes/local/test_process.py::TestWindows',
        'tests/probes/local/test_process.py::test_kill_of_a_process_that_has_ended',
    ),
    ('probes/local/text_source.py', 'read_file_or_pipe'): (
        'tests/probes/local/test_text_source.py',
    ),
    ('probes/regular_file.py', 'read_regular_file'): (
        'tests/probes/test_regular_file.py::test_windows_opens_a_file_without_changing_its_line_ends',
        'tests/probes/test_regular_file.py::test_nothing_is_read_without_end',
    ),
    ('report_writers/files.py', '_copy_permissions'): (
        'tests/report_writers/test_files.py::test_a_system_without_owners',
        'tests/report_writers/test_files.py::test_an_existing_file_keeps_its_permissions',
    ),
    ('threads.py', 'in_each_fork'): (
        'tests/test_threads.py::test_a_fork_has_no_idle_threads',
        'tests/test_threads.py::test_windows_has_no_fork',
    ),
}


def depends_on_the_system(node: ast.AST) -> bool:
    """Return whether an expression or an import is another one on another system."""
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in VALUES
    if isinstance(node, ast.Import):
        return any(alias.name in SOME_HAVE for alias in node.names)
    if not isinstance(node, ast.Call) or not node.args:
        return False
    called, first = ast.unparse(node.func), ast.unparse(node.args[0])
    if called in ('hasattr', 'getattr'):
        return first in SYSTEM_MODULES
    return called == 'importlib.import_module' and first.strip("'") in SOME_HAVE


def places(module: str) -> dict[Place, set[int]]:
    """Return the functions in which something depends on the system, with its statements' lines."""
    found: dict[Place, set[int]] = {}

    def search(node: ast.AST, inside: str, line: int) -> None:
        for child in ast.iter_child_nodes(node):
            name, at = inside, child.lineno if isinstance(child, ast.stmt) else line
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                name = f'{inside}.{child.name}'.lstrip('.')
            if depends_on_the_system(child):
                found.setdefault((module, name), set()).add(at)
            search(child, name, at)

    search(ast.parse((PACKAGE / module).read_text(encoding='utf-8')), '', 0)
    return found


def test_every_branch_has_its_tests() -> None:
    found = [place for module in MODULES for place in places(module)]
    assert list(TESTS) == found, 'name the tests of each place in TESTS, in the order of modules'


@pytest.mark.skipif(sys.platform == 'win32', reason='the tests of the POSIX side are skipped')
def test_the_tests_run_all_of_it(tmp_path: Path) -> None:
    report = tmp_path / 'coverage.json'
    tests = sorted({test for listed in TESTS.values() for test in listed})
    command = [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-n', '0', *tests]
    measured = ['--cov=azext_acrhealth', '--cov-branch', f'--cov-report=json:{report}']
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_PYTEST)}
    done = subprocess.run(
        [*command, *measured],
        cwd=PROJECT,
        env={**kept, 'COVERAGE_FILE': str(tmp_path / 'coverage')},
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode()
    files = json.loads(report.read_text(encoding='utf-8'))['files']
    assert [
        (module, function)
        for module, function in TESTS
        if not is_run(
            files[f'azext_acrhealth/{module}']['functions'][function],
            places(module)[module, function],
        )
    ] == []


def is_run(measured: dict[str, Any], lines: set[int]) -> bool:
    """Return whether the statements at these lines were run, and both ways where they branch."""
    one_way = [branch for branch in measured['missing_branches'] if branch[0] in lines]
    return lines <= set(measured['executed_lines']) and not one_way
