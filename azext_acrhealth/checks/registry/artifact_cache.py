# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Artifact cache: the rules that map repositories to other registries, and their credentials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.registry import cache_rules as problems
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.resource import read_list
from azext_acrhealth.grammar import is_guid
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import Context, Outcome, Problem
from azext_acrhealth.probes.deadlines import half
from azext_acrhealth.probes.json_access import (
    name_of,
    object_of,
    objects_of,
    properties_of,
    text_of,
)

# A registry can have 1,000 rules; a server in the place of Azure Resource Manager, any number.
_MAX_RULES = 1000
_NAME = lazy_pattern(r'[a-z0-9-]{1,50}', re.IGNORECASE | re.ASCII)
# By an access policy, and by Azure RBAC (hashicorp/terraform-provider-azurerm#27817). A refusal by
# the firewall of the key vault has the code Forbidden, too, but neither of the texts.
_ACCESS_DENIED = lazy_pattern(
    r'secrets get permission|not authorized to perform action', re.IGNORECASE
)
_SECRET_ID = lazy_pattern(
    r'https://(?P<vault>[a-z0-9-]{1,127})\.[a-z0-9.-]{1,200}/secrets/[a-z0-9-]{1,127}'
    r'(?:/[a-z0-9]{1,64})?/?',
    re.IGNORECASE | re.ASCII,
)


class CredentialSet(NamedTuple):
    """A credential set as ARM reports it. `health`: Healthy, Unhealthy, or None if unknown."""

    name: str
    state: str | None
    health: str | None
    error: str | None
    secrets: tuple[str | None, str | None]
    principal: str | None

    @property
    def unhealthy(self) -> bool:
        """Return whether the registry reports that the credentials don't work."""
        return (self.health or '').lower() == 'unhealthy'

    @property
    def access_denied(self) -> bool:
        """Return whether the key vault reports that the identity may not read its secrets."""
        return bool(_ACCESS_DENIED.search(self.error or ''))


class CacheRule(NamedTuple):
    """A rule as ARM reports it.

    `credential_id` is the resource ID of its credential set, None if it has none; `credentials` is
    None if the set wasn't read; `credentials_missing`: there is no such set.
    """

    name: str
    source: str
    target: str
    state: str | None
    credential_id: str | None
    credentials: CredentialSet | None = None
    credentials_missing: bool = False

    def covers(self, repository: str) -> bool:
        """Return whether the rule's target, a name or a prefix with `*`, covers a repository."""
        prefix, wildcard, _ = self.target.partition('*')
        return repository.startswith(prefix) if wildcard else repository == self.target

    def source_of(self, repository: str) -> str:
        """Return the repository that the rule pulls from."""
        prefix, wildcard, _ = self.target.partition('*')
        source, source_wildcard, _ = self.source.partition('*')
        return source + repository[len(prefix) :] if wildcard and source_wildcard else self.source

    @property
    def credential_name(self) -> str | None:
        """Return the name of the credential set, None if the rule has none."""
        return name_of(self.credential_id) if self.credential_id else None

    def facts(self) -> dict[str, Any]:
        """Return what a user or a support engineer wants to know of the rule."""
        credentials = self.credentials
        return {
            'rule': self.name,
            'source': self.source,
            'target': self.target,
            'provisioningState': self.state,
            'credentialSet': self.credential_name,
            'credentialHealth': credentials.health if credentials else None,
            'credentialError': credentials.error if credentials else None,
            'keyVaultSecrets': [text for text in credentials.secrets if text]
            if credentials
            else [],
        }

    def facts_of(self, repository: str) -> dict[str, Any]:
        """Return the facts for a check of a repository that the rule covers."""
        credentials = ('credentialSet', 'credentialHealth', 'credentialError', 'keyVaultSecrets')
        known = {key: self.facts()[key] for key in credentials}
        return {'cacheRule': self.name, 'source': self.source_of(repository), **known}

    def credentials_text(self) -> str:
        """Return what is known of the credentials, for a detail."""
        if self.credential_id is None:
            return 'no credential set'
        health = self.credentials.health if self.credentials else None
        return f'credential set {self.credential_name} is {(health or "of unknown health").lower()}'

    def credentials_error(self) -> tuple[Problem, str] | None:
        """Return the problem of the rule's credential set and its detail; None if none is known."""
        if self.credentials and self.credentials.unhealthy:
            error = self.credentials.error or 'the registry reports no error message'
            detail = f'credential set {self.credentials.name} of cache rule {self.name}'
            return problems.CREDENTIALS_UNHEALTHY, f'{detail} is unhealthy: {error}'
        if self.credentials_missing:
            detail = (
                f"credential set {self.credential_name} of cache rule {self.name} doesn't exist"
            )
            return problems.CREDENTIALS_MISSING, detail
        return None

    def placeholders(self) -> dict[str, str]:
        """Return the placeholders of solutions: only valid names and identifiers."""
        credentials = self.credentials
        username, password = credentials.secrets if credentials else (None, None)
        principal = credentials.principal if credentials else None
        vault = _SECRET_ID.fullmatch(password or username or '')
        known = {
            'cache_rule': self.name if _NAME.fullmatch(self.name) else None,
            'credential_set': _valid(_NAME, self.credential_name),
            'username_secret': _valid(_SECRET_ID, username),
            'password_secret': _valid(_SECRET_ID, password),
            'vault': vault['vault'] if vault else None,
            'principal': principal if is_guid(principal) else None,
            'access_denied': 'yes' if credentials and credentials.access_denied else None,
        }
        return {key: text for key, text in known.items() if text}


class ArtifactCache(NamedTuple):
    """The rules of a registry; `complete` is whether all of them were read."""

    rules: tuple[CacheRule, ...] = ()
    complete: bool = True

    def rule_for(self, repository: str) -> CacheRule | None:
        """Return the rule that covers a repository, None if none does.

        A rule for exactly this repository precedes wildcards, which can't overlap each other
        (Learn, "Wildcards in artifact cache"); if they do all the same, the longest counts.
        """
        covering = [rule for rule in self.rules if rule.covers(repository)]
        return max(
            covering, key=lambda rule: ('*' not in rule.target, len(rule.target)), default=None
        )


def read_cache(
    ctx: Context, login: LoginServer
) -> tuple[ArtifactCache, dict[str, Any], Outcome | None]:
    """Read the registry's cache rules, and its credential sets if a rule names one.

    Return them, the facts for support, and the outcome to report if a list couldn't be read.
    """
    # Checks that wait for this one need time for the data plane even if ARM doesn't respond.
    ctx = ctx._replace(deadline=half(ctx.deadline))
    problem = (problems.FORBIDDEN, problems.UNAVAILABLE)
    items, facts, unread = read_list(ctx, login, 'cacheRules', *problem)
    rules = tuple(map(_parse_rule, items[:_MAX_RULES]))
    cache = ArtifactCache(rules, unread is None and not facts.get('more'))
    if not any(rule.credential_id for rule in rules):
        return cache, facts, unread
    sets, set_facts, unread = read_list(ctx, login, 'credentialSets', *problem)
    if unread:
        return cache, {**facts, 'credentialSets': set_facts}, unread
    attached = _attach(rules, map(object_of, sets), bool(set_facts.get('more')))
    return cache._replace(rules=attached), facts, None


def _attach(
    rules: Sequence[CacheRule], sets: Iterable[Mapping[str, Any]], more: bool
) -> tuple[CacheRule, ...]:
    """Return the rules with their credential sets; with `more` sets, none counts as missing."""
    by_id = {str(item.get('id')).lower(): _parse_credentials(item) for item in sets}

    def attach(rule: CacheRule) -> CacheRule:
        found = by_id.get((rule.credential_id or '').lower())
        missing = rule.credential_id is not None and found is None and not more
        return rule._replace(credentials=found, credentials_missing=missing)

    return tuple(map(attach, rules))


def _parse_rule(item: Any) -> CacheRule:
    raw = object_of(item)
    properties = properties_of(raw)
    return CacheRule(
        text_of(raw.get('name')) or 'unnamed',
        text_of(properties.get('sourceRepository')) or '',
        text_of(properties.get('targetRepository')) or '',
        text_of(properties.get('provisioningState')),
        text_of(properties.get('credentialSetResourceId')),
    )


def _parse_credentials(item: Mapping[str, Any]) -> CredentialSet:
    """Parse a credential set; of several credentials, the first unhealthy one counts."""
    properties = properties_of(item)
    parsed = []
    for entry in objects_of(properties.get('authCredentials')):
        health = object_of(entry.get('credentialHealth'))
        texts = [text_of(health.get(key)) for key in ('errorCode', 'errorMessage')]
        parsed.append(
            CredentialSet(
                text_of(item.get('name')) or 'unnamed',
                text_of(properties.get('provisioningState')),
                text_of(health.get('status')),
                ': '.join(text for text in texts if text) or None,
                (
                    text_of(entry.get('usernameSecretIdentifier')),
                    text_of(entry.get('passwordSecretIdentifier')),
                ),
                text_of(object_of(item.get('identity')).get('principalId')),
            )
        )
    if not parsed:
        state = text_of(properties.get('provisioningState'))
        name = text_of(item.get('name')) or 'unnamed'
        return CredentialSet(name, state, None, None, (None, None), None)
    return next((entry for entry in parsed if entry.unhealthy), parsed[0])


def _valid(pattern: re.Pattern[str], text: str | None) -> str | None:
    return text if text and pattern.fullmatch(text) else None
