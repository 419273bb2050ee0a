# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the parser leaves becomes a typed record, and nothing stays for the handler."""

from __future__ import annotations

from types import SimpleNamespace

from azext_acrhealth.arguments.check_arguments import CheckArguments, take_arguments


class DefaultStr(str):
    """A subclass of str, as the CLI's defaults are."""

    is_default = True


def test_all_arguments_leave_the_namespace() -> None:
    given = dict.fromkeys(CheckArguments._fields)
    given.update(name=['myregistry'], resource_group=DefaultStr('group'), password='hunter2')
    namespace = SimpleNamespace(**given, output='json')
    arguments = take_arguments(namespace)
    assert vars(namespace) == {'output': 'json'}
    assert arguments.name == ['myregistry'] and type(arguments.resource_group) is str
    assert 'hunter2' not in repr(arguments)
