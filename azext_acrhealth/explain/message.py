# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A text as the rules search it, and what it is about as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from azext_acrhealth.explain.hosts import Mention, mentions
from azext_acrhealth.explain.readers import fold, read
from azext_acrhealth.explain.readers.lines import join_wrapped
from azext_acrhealth.lazy_patterns import lazy_pattern

# What makes a text one about container registries or images.
_ABOUT_IMAGES = lazy_pattern(
    r'azurecr|\bacr\b|aka\.ms/acr|container ?registr|\bregistry\b|/v2/|\boci://|\bdocker|\bpodman'
    r'|\bskopeo|\bbuildah|\bkaniko|\bbuildx|buildkit|\bcrane\b|\boras\b|\bhelm\b|containerd|\bcri-o'
    r'|\bjib\b|imagepull|image pull|errimage|containerize|\bcontainer[12]\d\d\d\b'
    r'|(?:pull|push)(?:ing|ed)? (?:and unpack )?(?:the )?(?:container )?image|\bmanifests?[ /]'
    r'|\baz acr|containerapp|acrhealth|unauthorized: authentication required|layer already exists'
    r'|authentication required\. correlation|anonymous token|oauth token|insufficient_scope'
    r'|failed to solve|response from daemon|aad authorization tokens|\baz login|repository tags'
    r'|fetching tags|correlation ?id|index\.docker\.io|mcr\.microsoft\.com|\bghcr\.io'
    r'|\bquay\.io|failed to register layer|processing tar file|verifying checksum|\bpull secret'
    r'|: pulling from |unexpected status code \d{3} |image manifest|specified tag does not exist'
    r'|image config'
)
# The image is on the node, so what fails is the container.
_PULLED = lazy_pattern(
    r'successfully pulled image|already present on machine|crashloopbackoff|oomkilled'
    r'|back-off restarting failed|container is in waiting state'
)
_NOT_PULLED = lazy_pattern(
    r'failed to (?:pull|inspect)|errimage|imagepullbackoff|back-off pulling|error pulling'
    r'|imagepullf'
)
# Lines of package managers, whose servers are no registries of images.
_ABOUT_PACKAGES = lazy_pattern(
    r'(?<!\.)nuget(?![/\\]packages)|service index for source'
    r'|\bnpm\b|\bpnpm\b|\byarn\b|/-/\S{1,120}\.tgz|a package version that is forbidden'
    r'|\bpip3?\b|pypi|pythonhosted|rubygems|\bcargo\b|crates\.io|proxy\.golang\.org'
    r'|\bmaven\b.{0,80}transfer|could not resolve all (?:files|dependencies)'
    r'|could not (?:get|head) resource|\bapt(?:-get)?\b|archive\.ubuntu|deb\.debian|alpinelinux'
    # Azure Repos, whose webhooks `az acr task create` sets up.
    r'|failed to create webhook'
)
_NEAR = 500
# Storage serves the layers of images, and much else.
_ABOUT_LAYERS = lazy_pattern(
    r'azurecr|pull|httpreadseeker|layer|copying|blobs?/|download|image config'
)


@dataclass(frozen=True)
class Message:
    """A text as the rules search it; `folded` is in lowercase, of the same length."""

    text: str
    folded: str

    @cached_property
    def mentions(self) -> Sequence[Mention]:
        """Return the hosts that the text names."""
        return mentions(self.folded)

    @cached_property
    def about_images(self) -> bool:
        """Return whether the text is about container registries or images."""
        if _PULLED.search(self.folded) and not _NOT_PULLED.search(self.folded):
            return False
        return _ABOUT_IMAGES.search(self.folded) is not None

    @cached_property
    def about_azure(self) -> bool:
        """Return whether the text names a host of Azure that registries and the CLI rely on."""
        return any(mention.role in ('entra', 'arm') for mention in self.mentions)

    def is_about_packages(self, start: int, end: int) -> bool:
        """Return whether the lines of a place, or the one before, are of a package manager."""
        first = self.folded.rfind('\n', 0, max(self.folded.rfind('\n', 0, start), 0)) + 1
        last = self.folded.find('\n', end)
        lines = self.folded[
            max(first, start - _NEAR) : last if 0 <= last < end + _NEAR else end + _NEAR
        ]
        return 'azurecr' not in lines and _ABOUT_PACKAGES.search(lines) is not None

    @cached_property
    def about_layers(self) -> bool:
        """Return whether the text is about the layers of images."""
        return _ABOUT_LAYERS.search(self.folded) is not None


def message_of(text: str, words: Iterable[str]) -> Message:
    """Return a text in any form as the rules search it; of a long one, what is near the words."""
    plain = read(text, words)
    return Message(plain, fold(plain))


def unwrapped(message: Message) -> Message:
    """Return a message without its line breaks, in case a terminal broke lines within words."""
    joined = join_wrapped(message.text)
    return Message(joined, fold(joined))
