# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the checks of the registry's resource share: how it is named, and how lists that belong to it are read."""

from __future__ import annotations

import re
from typing import Any

from azext_acrhealth.checks.registry.login_server import LoginServer, support_of
from azext_acrhealth.model import Context, Outcome, Problem, warned
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, object_of, text_of

UNREAD = "the registry's resource could not be read (row login-server)"
# The last stable version that every cloud has; the lists have not changed since.
_API = '2023-07-01'
_ID = re.compile(
    r'(?a:/subscriptions/[0-9a-f-]{36})/resourceGroups/[\w.()-]{1,90}'
    r'/providers/Microsoft\.ContainerRegistry/registries/(?a:[a-z0-9]{5,50})',
    re.IGNORECASE,
)

_NAMELESS = ArmResult(
    failure=Failure('Unavailable', "the registry's resource has no id that could be asked for")
)


def id_of(login: LoginServer) -> str:
    """Return the registry's resource id, if it is one: it goes into commands to paste."""
    identifier = text_of(object_of(login.resource).get('id')) or ''
    return identifier if _ID.fullmatch(identifier) else ''


def tier_of(login: LoginServer) -> str | None:
    """Return the registry's service tier."""
    return text_of(object_of(object_of(login.resource).get('sku')).get('name'))


def read_list(
    ctx: Context,
    login: LoginServer,
    part: str,
    forbidden: Problem,
    unavailable: Problem,
) -> tuple[list[Any], dict[str, Any], Outcome | None]:
    """Read a list that belongs to the registry: its items, the facts for support, and the row if it cannot be read."""
    read = (
        ctx.probes.read_list(id_of(login), part, _API, ctx.deadline) if id_of(login) else _NAMELESS
    )
    facts = support_of(read)
    if read.failure is None:
        return list_of(object_of(read.resource).get('value')), facts, None
    problem = forbidden if read.failure.kind == 'Forbidden' else unavailable
    return [], facts, warned(problem, read.failure.text, **facts)
