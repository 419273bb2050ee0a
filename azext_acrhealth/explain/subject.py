# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry and the image that a message is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from azext_acrhealth.explain.hosts import Mention, Role, is_noted, role_of
from azext_acrhealth.explain.message import Message
from azext_acrhealth.explain.rule import Finding
from azext_acrhealth.grammar import TAG, is_digest, is_host, is_repository
from azext_acrhealth.lazy_patterns import lazy_pattern

_REFERENCE = r'(?P<repository>[a-z0-9][a-z0-9._/-]{0,254})(?::(?P<tag>[\w.-]{1,128}))?'
# How images are named: a reference, a request for a manifest, the words of podman, and the scope of
# a token, which has no tag.
_FORMS = (
    lazy_pattern(
        rf'(?P<host>[a-z0-9.-]{{4,253}}\.[a-z]{{2,24}})(?::443)?/(?!v2/|oauth2|acr/v1|token)'
        rf'{_REFERENCE}(?:@(?P<digest>sha256:[0-9a-f]{{64}}))?'
    ),
    lazy_pattern(
        r'https?://(?P<host>[a-z0-9.-]{4,253})(?::443)?/v2/(?P<repository>[a-z0-9][a-z0-9._/-]'
        r'{0,254}?)/manifests/(?:(?P<digest>sha256:[0-9a-f]{64})|(?P<tag>[\w.-]{1,128}))'
    ),
    lazy_pattern(
        r'reading manifest (?P<tag>[\w.-]{1,128}) in (?P<host>[a-z0-9.-]{4,253})/(?P<repository>'
        r'[a-z0-9][a-z0-9._/-]{0,254})(?P<digest>(?!))?'
    ),
    lazy_pattern(
        r'https?://(?P<host>[a-z0-9.-]{4,253})/(?:oauth2/)?token\?[^\s"]{0,200}?scope=repository:('
        r'?P<repository>[a-z0-9][a-z0-9._/-]{0,254}):(?:pull|push)(?P<tag>(?!))?(?P<digest>(?!))?'
    ),
)
# Hosts of other registries are only shown, also with an underscore, a mask, or a single label.
_NAME = lazy_pattern(r'[\w.*-]{1,253}', re.ASCII)
_OURS_OR_FOREIGN: tuple[Role, ...] = ('registry', 'foreign')
# Data endpoints begin with the registry's name: NAME.REGION.data.azurecr.io.
_DATA = lazy_pattern(r'([a-z0-9-]+)\.[a-z0-9]+\.data(\.azurecr\.[a-z]+)')


class Reference(NamedTuple):
    """An image that a text names, at a place."""

    start: int
    host: str
    repository: str
    tag: str = ''
    digest: str = ''

    @property
    def full(self) -> str:
        """Return the reference as clients take it."""
        return f'{self.host}/{self.within}'

    @property
    def within(self) -> str:
        """Return the reference without the host."""
        tag = f':{self.tag}' if self.tag else ''
        return f'{self.repository}{tag}{f"@{self.digest}" if self.digest else ""}'


class Subject(NamedTuple):
    """The host of the registry, '' if the text doesn't name it, and the image if it does."""

    host: str = ''
    image: Reference | None = None


def subject_of(message: Message, finding: Finding) -> Subject:
    """Return what a finding is about."""
    listed = sorted(_references(message), key=lambda reference: reference.start)
    host = _host(message.mentions, finding)
    if not finding.is_foreign and not host:
        return Subject()
    of_host = [reference for reference in listed if not host or reference.host == host]
    image = _closest(of_host, finding)
    return Subject(host or (image.host if image else ''), image)


def _host(mentions: Sequence[Mention], finding: Finding) -> str:
    wanted: Role = 'foreign' if finding.is_foreign else 'registry'
    near = finding.mention
    if near and near.role == 'data' and (data := _DATA.fullmatch(near.host)):
        return f'{data[1]}{data[2]}'
    if near and near.role == wanted:
        shown = is_host(near.host) or finding.is_foreign and _NAME.fullmatch(near.host)
        return near.host if shown else ''
    if finding.rule.registry:
        return finding.rule.registry
    named = [mention for mention in mentions if mention.role == wanted and is_host(mention.host)]
    before = [mention for mention in named if mention.start <= finding.match.start()]
    chosen = before[-1:] or named[:1]
    return chosen[0].host if chosen else ''


def _closest(references: Sequence[Reference], finding: Finding) -> Reference | None:
    """Return the image in a match, else the last one before it, else the next; with a tag."""
    end = finding.match.end()
    before = [reference for reference in references if reference.start <= end][::-1]
    following = [reference for reference in references if reference.start > end]
    for listed in (before, following):
        for reference in listed:
            if reference.tag or reference.digest:
                return reference
    return next(iter((*before, *following)), None)


def _references(message: Message) -> Iterator[Reference]:
    named = {mention.host for mention in message.mentions if mention.role in _OURS_OR_FOREIGN}
    for form in _FORMS:
        for match in form.finditer(message.folded):
            host, repository = match['host'], match['repository'].rstrip('/.')
            tag, digest = match['tag'] or '', match['digest'] or ''
            role, host = role_of(host)
            known = role in _OURS_OR_FOREIGN or host in named
            if not known or is_noted(host) or not is_repository(repository):
                continue
            if tag:
                # Tags have upper and lower case.
                tag = message.text[match.start('tag') : match.end('tag')].rstrip('.-_')
            yield Reference(
                match.start(),
                host,
                repository,
                tag if TAG.fullmatch(tag) else '',
                digest if is_digest(digest) else '',
            )
    for mention in message.mentions:
        if mention.role == 'foreign' and mention.host == 'docker.io' and mention.image:
            repository, _, tag = mention.image.partition('@')[0].partition(':')
            if is_repository(repository):
                yield Reference(mention.start, 'docker.io', repository, tag)
