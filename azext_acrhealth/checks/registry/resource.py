# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What checks of the registry's resource share: its ID, its tier, its child lists."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.checks.authentication.account import reader_placeholders
from azext_acrhealth.checks.registry.login_server import LoginServer, support_facts
from azext_acrhealth.grammar import REGISTRY_ID
from azext_acrhealth.model import Context, Outcome, Problem, warned
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, object_of, text_of

RESOURCE_NOT_READ = "the registry's resource couldn't be read; see the `login-server` check"
# The last stable version that every cloud has; the lists have not changed since.
API = '2023-07-01'
# The provisioning states, in lowercase, of a resource whose last operation didn't succeed.
FAILED_STATES = ('failed', 'canceled')

_NO_ID = ArmResult(failure=Failure('Unavailable', "the registry's resource has no valid ID"))


def id_of(login: LoginServer) -> str:
    """Return the registry's resource ID, empty if it is missing or invalid.

    It is validated because it goes into commands to paste.
    """
    identifier = text_of(object_of(login.resource).get('id')) or ''
    return identifier if REGISTRY_ID.fullmatch(identifier) else ''


def tier_of(login: LoginServer) -> str | None:
    """Return the registry's service tier, None if it isn't known."""
    return text_of(object_of(object_of(login.resource).get('sku')).get('name'))


def read_problem(failure: Failure[Any] | None, forbidden: Problem, unavailable: Problem) -> Problem:
    """Return the problem of what couldn't be read: a missing permission, or any other reason."""
    return forbidden if failure and failure.kind == 'Forbidden' else unavailable


def read_list(
    ctx: Context,
    login: LoginServer,
    child: str,
    forbidden: Problem,
    unavailable: Problem,
) -> tuple[list[Any], dict[str, Any], Outcome | None]:
    """Read a child list of the registry, such as `replications`.

    Return its items, the facts for support, and the outcome to report if it couldn't be read. The
    fact `more`: the list goes on after these items.
    """
    result = (
        ctx.probes.read_list(id_of(login), child, API, ctx.deadline) if id_of(login) else _NO_ID
    )
    facts = support_facts(result)
    if object_of(result.resource).get('more'):
        facts['more'] = True
    if result.failure is None:
        return list_of(object_of(result.resource).get('value')), facts, None
    problem = read_problem(result.failure, forbidden, unavailable)
    placeholders = reader_placeholders(
        result.claims, ctx.options.identity, registry_id=id_of(login)
    )
    return [], facts, warned(problem, result.failure.text, placeholders=placeholders, **facts)
