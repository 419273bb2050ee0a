# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Every error code and reason as data. Nothing else in the project holds user-facing causes or solutions."""

from azext_acrhealth.catalogue import (
    challenge, clock, connection, data, denial, engine, engine_daemon, engine_pull, identity, internal, login,
    names, password, private_link, proxy, pull, push, quota, registry, replication, resource, selection, stored,
    tls, tokens, tools)

_MODULES = (
    engine, engine_daemon, engine_pull, tools, resource, selection, registry, quota, replication, names, proxy,
    connection, challenge, tls, denial, login, identity, password, tokens, stored, clock, private_link, data, pull,
    push, internal)

FAMILIES = tuple(family for module in _MODULES for family in getattr(module, 'FAMILIES', ()))
PROBLEMS = tuple(problem for module in _MODULES for problem in module.PROBLEMS)
