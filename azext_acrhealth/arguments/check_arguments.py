# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments of `check` as the parser leaves them."""

from __future__ import annotations

from typing import Any, NamedTuple


class CheckArguments(NamedTuple):
    """What was typed, by the names of the arguments; None or False for what was not."""

    name: list[str] | None
    resource_group: str | None
    all_registries: bool
    all_subscriptions: bool
    locations: list[str] | None
    tags: list[str] | None
    repository: str | None
    need: list[str] | None
    image: str | None
    platform: str | None
    push: bool
    push_size: str | None
    username: str | None
    password_stdin: bool
    password: str | None
    identity: str | None
    vnet: str | None
    cluster: list[str] | None
    cluster_group: str | None
    cluster_pull: str | None
    node_pool: str | None
    namespace: str | None
    service_account: str | None
    kube_context: list[str] | None
    yes: bool
    ignore_errors: bool
    strict: bool
    only: list[str] | None
    skip: list[str] | None
    reports: list[str] | None
    wait: float | None
    timeout: float

    def __repr__(self) -> str:  # a password must not show in a traceback
        return 'CheckArguments(…)'


def take_arguments(namespace: Any) -> CheckArguments:
    """Move the arguments out of the parser's namespace: what stays there reaches the handler."""
    taken: dict[str, Any] = {}
    for name in CheckArguments._fields:
        value = getattr(namespace, name)
        delattr(namespace, name)
        # The CLI hands defaults over as a subclass of str with attributes of its own.
        taken[name] = str(value) if isinstance(value, str) else value
    return CheckArguments(**taken)
