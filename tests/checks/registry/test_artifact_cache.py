# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which cache rule covers a repository, and what it maps the repository to."""

from __future__ import annotations

from typing import Optional

import pytest

from azext_acrhealth.checks.registry.artifact_cache import ArtifactCache, CacheRule


def rule(target: str, source: str = 'mcr.microsoft.com/*', name: str = '') -> CacheRule:
    return CacheRule(name or target, source, target, 'Succeeded', None)


FIXED, PREFIX, LONGER = (
    rule('library/nginx', 'docker.io/library/nginx'),
    rule('library/*', 'docker.io/library/*'),
    rule('library/team/*', 'quay.io/team/*'),
)
ALL = rule('*', 'mcr.microsoft.com/*')


@pytest.mark.parametrize(
    'rules, repository, covering, source',
    [
        ((), 'hello', None, ''),
        ((FIXED,), 'library/nginx', FIXED, 'docker.io/library/nginx'),
        ((FIXED,), 'library/nginx2', None, ''),
        ((FIXED,), 'library', None, ''),
        ((FIXED,), 'library/nginx/x', None, ''),
        ((PREFIX,), 'library', None, ''),
        ((PREFIX,), 'libraryx/nginx', None, ''),
        ((PREFIX,), 'library/nginx', PREFIX, 'docker.io/library/nginx'),
        ((PREFIX,), 'library/a/b', PREFIX, 'docker.io/library/a/b'),
        ((ALL,), 'dotnet/sdk', ALL, 'mcr.microsoft.com/dotnet/sdk'),
        # A fixed rule precedes wildcards in any order, and the longer wildcard the shorter one.
        ((ALL, PREFIX, FIXED), 'library/nginx', FIXED, 'docker.io/library/nginx'),
        ((FIXED, ALL, PREFIX), 'library/nginx', FIXED, 'docker.io/library/nginx'),
        ((ALL, PREFIX), 'library/redis', PREFIX, 'docker.io/library/redis'),
        ((LONGER, PREFIX, ALL), 'library/team/app', LONGER, 'quay.io/team/app'),
        # A wildcard target with a fixed source can't be created; nothing is added to the source.
        ((rule('app/*', 'docker.io/x'),), 'app/y', rule('app/*', 'docker.io/x'), 'docker.io/x'),
        # A rule without a target covers nothing.
        ((rule(''),), 'hello', None, ''),
    ],
)
def test_the_rule_of_a_repository(
    rules: tuple[CacheRule, ...], repository: str, covering: Optional[CacheRule], source: str
) -> None:
    found = ArtifactCache(rules).rule_for(repository)
    assert found == covering
    assert not found or found.source_of(repository) == source
