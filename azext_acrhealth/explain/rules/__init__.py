# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The rules in the order of their strength: the topics whose texts are the most specific first."""

from azext_acrhealth.explain.rules import (
    azure_cli,
    certificates,
    connections,
    content,
    dotnet,
    encryption,
    engines,
    images,
    kubernetes,
    logins,
    management,
    names,
    network_denials,
    others,
    permissions,
    platforms,
    pushes,
    references,
    sign_in,
    stored_logins,
    symptoms,
    throttling,
)

MODULES = (
    network_denials,
    throttling,
    management,
    sign_in,
    azure_cli,
    encryption,
    stored_logins,
    engines,
    dotnet,
    pushes,
    content,
    images,
    references,
    names,
    connections,
    certificates,
    kubernetes,
    logins,
    permissions,
    platforms,
    others,
    symptoms,
)
RULES = tuple(rule for module in MODULES for rule in module.RULES)
# In every text that a rule matches is one of these.
WORDS = tuple(dict.fromkeys(word for rule in RULES for word in rule.words))
PROBLEMS = tuple(dict.fromkeys(problem for rule in RULES for problem in rule.problems))
