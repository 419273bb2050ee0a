# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The shape of the code: imports between layers, and the size and style of every module."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.package_modules import MODULES, OURS, PACKAGE, TESTS, modules, modules_of, part

RULE = '# ' + '-' * 92 + '\n'
HEADER = (
    f'{RULE}# Copyright (c) the acrhealth authors. Licensed under the MIT License.\n'
    f'# See LICENSE in the project root.\n{RULE}'
)
# From left to right; a layer imports itself and the layers to its right. All may import model,
# options, advice and catalogue.
LAYERS = (
    (
        '__init__',
        'commands',
        'custom',
        'error_commands',
        'garbage_collection',
        '_params',
        '_help',
        '_validators',
        '_format',
        '_compare_format',
        'compare_commands',
        'registries_table',
        'arguments',
    ),
    ('attempts',),
    ('progress', 'waiting'),
    (
        *('scheduler', 'check_filter', 'recommendations'),
        *('outline', 'verdict_lines', 'skipped_checks'),
    ),
    (
        *('check_thread', 'report', 'report_rows', 'explain_report', 'compare', 'report_writers'),
        *('tables', 'console'),
    ),
    ('verdicts',),
    ('checks',),
    ('explain',),
    ('probes',),
)
NOT_IN_CHECKS = (
    'requests',
    'urllib3',
    'socket',
    'subprocess',
    'ssl',
    'azure',
    'http',
    'jwt',
    'threading',
    'os',
)
# What records are made of.
RECORDS = ('__future__', 'collections.abc', 'collections', 'dataclasses', 'typing')
NOT_AT_START = ('requests', 'urllib3', 'azure', 'jwt', 'ssl', 'msal', 'msrest', 'cryptography')


def parse_module(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding='utf-8'))


def for_types_only(node: ast.AST) -> bool:
    """Return whether a statement is a block that only type checkers read."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == 'TYPE_CHECKING'


class _Runtime(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if for_types_only(node) else self.generic_visit(node)


def imported(nodes: Iterator[ast.AST]) -> set[str]:
    """Return the full names of imported modules; `from a import b` gives a and a.b."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, 'imports are absolute'
            found.update(
                {str(node.module), *(f'{node.module}.{alias.name}' for alias in node.names)}
            )
    return found


def imports_of(module: str) -> set[str]:
    """Return all that a module imports at run time, anywhere in it."""
    return imported(ast.walk(_Runtime().visit(parse_module(module))))


def imported_at_start(module: str) -> set[str]:
    """Return what is imported together with a module: not what functions import."""

    def reached(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                yield child
                yield from reached(child)

    return imported(reached(_Runtime().visit(parse_module(module))))


def within(names: set[str], *tops: str) -> set[str]:
    return {
        name for name in names if any(name == top or name.startswith(f'{top}.') for top in tops)
    }


def layer(name: str) -> int | None:
    """Return the number of a module's layer; None for what all may import."""
    return next((number for number, tops in enumerate(LAYERS) if name in tops), None)


def calls(module: str) -> set[str]:
    """Return the names that a module calls: `f()` gives f, `x.f()` gives .f."""
    functions = [node.func for node in ast.walk(parse_module(module)) if isinstance(node, ast.Call)]
    return {
        function.id if isinstance(function, ast.Name) else f'.{function.attr}'
        for function in functions
        if isinstance(function, (ast.Name, ast.Attribute))
    }


@pytest.mark.parametrize('module', MODULES)
def test_a_layer_imports_only_what_lies_to_its_right(module: str) -> None:
    own_layer = layer(part(module))
    for name in within(imports_of(module), OURS) - {OURS}:
        imported_layer = layer(part(name))
        if imported_layer is not None and part(name) != part(module):
            assert own_layer is not None and own_layer <= imported_layer, f'{module} imports {name}'


@pytest.mark.parametrize('module', modules_of('checks'))
def test_checks_import_no_input_or_output(module: str) -> None:
    assert (
        within(imports_of(module), *NOT_IN_CHECKS, 'knack', f'{OURS}.scheduler', f'{OURS}.report')
        == set()
    )


@pytest.mark.parametrize('module', modules_of('probes'))
def test_probes_know_no_checks_and_no_codes(module: str) -> None:
    assert within(imports_of(module), f'{OURS}.checks', f'{OURS}.catalogue') == set()


@pytest.mark.parametrize('module', modules_of('scheduler', 'check_filter', 'report'))
def test_the_scheduler_knows_no_registries(module: str) -> None:
    assert within(imports_of(module), f'{OURS}.checks', f'{OURS}.probes', 'azure', 'knack') == set()


@pytest.mark.parametrize(
    'module',
    modules_of(
        'model',
        'options',
        'protocols',
        'grammar',
        'redaction',
        'entra_errors',
        'advice',
    ),
)
def test_the_records_are_of_the_standard_library(module: str) -> None:
    ours = within(imports_of(module), OURS)
    allowed = ('options', 'grammar', 'advice', 'lazy_patterns')
    assert within(ours, *(f'{OURS}.{name}' for name in allowed)) == ours
    assert {name.split('.')[0] for name in imports_of(module) - ours} <= set(
        sys.stdlib_module_names
    )


@pytest.mark.parametrize('module', modules_of('explain'))
def test_the_rules_import_the_records_and_the_catalogue_alone(module: str) -> None:
    allowed = (
        'model',
        'options',
        'grammar',
        'lazy_patterns',
        'redaction',
        'catalogue',
        'advice',
        'entra_errors',
    )
    ours = within(imports_of(module), OURS)
    assert within(ours, *(f'{OURS}.{name}' for name in (*allowed, 'explain'))) == ours
    assert {name.split('.')[0] for name in imports_of(module) - ours} <= set(
        sys.stdlib_module_names
    )
    assert within(imports_of(module), 'socket', 'subprocess', 'http', 'ssl', 'threading') == set()


@pytest.mark.parametrize('module', modules_of('catalogue'))
def test_the_catalogue_imports_the_model_alone(module: str) -> None:
    others = {
        name
        for name in imports_of(module)
        if not within({name}, f'{OURS}.model', f'{OURS}.advice', f'{OURS}.catalogue', *RECORDS)
    }
    assert others == set()


@pytest.mark.parametrize('module', [module for module in MODULES if part(module) != 'catalogue'])
def test_causes_and_solutions_are_in_the_catalogue_only(module: str) -> None:
    assert {'Family', 'Problem', '.problem', '.Family', '.Problem'} & calls(module) <= (
        {'Problem'} if module == 'model.py' else set()
    )


@pytest.mark.parametrize('module', [module for module in MODULES if module != '__init__.py'])
def test_nothing_slow_is_imported_at_start(module: str) -> None:
    assert within(imported_at_start(module), *NOT_AT_START) == set()


@pytest.mark.parametrize('module', MODULES)
def test_threads_import_requests_as_a_whole(module: str) -> None:
    # Its modules import each other. A thread that imports one of them, while another thread imports
    # the package, doesn't wait for it, and either may see only a part of the other's module.
    first = {'requests', 'requests.Session', 'requests.ConnectionError'}
    found = within(imports_of(module), 'requests')
    assert {name for name in found if name.count('.') > 1} <= {
        name for name in found if name.startswith('requests.adapters.')
    }
    assert not found or found & first


def test_the_commands_load_no_probe_before_one_runs() -> None:
    for module in (
        '__init__.py',
        'commands.py',
        '_params.py',
        '_help.py',
        '_format.py',
        '_validators.py',
        'custom.py',
        'error_commands.py',
        'explain_report.py',
        '_compare_format.py',
    ):
        assert within(imported_at_start(module), f'{OURS}.probes') == set(), module


def test_a_bare_except_exception_occurs_twice() -> None:
    found = [
        module
        for module in MODULES
        for node in ast.walk(parse_module(module))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or isinstance(node.type, ast.Name) and node.type.id == 'Exception')
    ]
    assert found == ['check_thread.py', 'probes/azure/credentials.py']


@pytest.mark.parametrize('module', MODULES)
def test_style(module: str) -> None:
    text = (PACKAGE / module).read_text(encoding='utf-8')
    lines = text.splitlines()
    assert text.startswith(HEADER)
    assert ast.get_docstring(parse_module(module)), 'a module says what it is for'
    assert len(lines) <= 300
    assert max(map(len, lines)) <= 120
    assert text.endswith('\n') and not text.endswith('\n\n')
    assert 'print' not in calls(module)
    assert 'TODO' not in text and 'FIXME' not in text


@pytest.mark.parametrize('module', MODULES)
def test_public_names_have_docstrings(module: str) -> None:
    public = [
        node
        for node in ast.walk(parse_module(module))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith('_')
    ]
    inner = {
        child
        for node in ast.walk(parse_module(module))
        if isinstance(node, ast.FunctionDef)
        for child in (
            child_node.name
            for child_node in ast.walk(node)
            if isinstance(child_node, ast.FunctionDef) and child_node is not node
        )
    }
    silent = [
        node.name
        for node in public
        if not ast.get_docstring(node)
        and node.name not in inner
        and ast.unparse(node.body[0]) != '...'  # a method of a protocol
        and not any('check' in ast.dump(decorator) for decorator in node.decorator_list)
    ]
    assert silent == [], 'a check says it in `verifies`, the rest in a docstring'


def test_imports_for_types_only_are_few() -> None:
    """The model and the protocols name the records that probes return; others save an import."""
    found = [module for module in MODULES if any(map(for_types_only, parse_module(module).body))]
    others = ['_validators.py', 'checks/connectivity/name_failure.py', 'probes/probes.py']
    assert found == sorted([*others, 'model.py', 'protocols.py'])


@pytest.mark.parametrize('module', modules(TESTS))
def test_tests_carry_the_license(module: str) -> None:
    assert (TESTS / module).read_text(encoding='utf-8').startswith(HEADER)
