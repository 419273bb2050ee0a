# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What users type for an image and a platform."""

from __future__ import annotations

import platform
import re

from azext_acrhealth.grammar import DIGEST, PLATFORM, TAG, is_digest, is_repository
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.options import Image

# As kubectl and other tools show an image that they have.
_PREFIX = lazy_pattern(r'(?:docker-pullable|docker|oci|https?)://', re.IGNORECASE)
# What Python calls a machine, and how platforms of images are written (as Go does).
_MACHINES = {
    'x86_64': 'amd64',
    'amd64': 'amd64',
    'aarch64': 'arm64',
    'arm64': 'arm64',
    'armv7l': 'arm/v7',
    'armv6l': 'arm/v6',
    'i386': '386',
    'i686': '386',
    'x86': '386',
    's390x': 's390x',
    'ppc64le': 'ppc64le',
    'riscv64': 'riscv64',
}


def parse_image(text: str) -> Image | str:
    """Parse an image reference; return the reason for what is none."""
    plain = text.strip()
    prefix = _PREFIX.match(plain)
    rest, at, digest = plain[prefix.end() if prefix else 0 :].partition('@')
    host, slash, path = rest.partition('/')
    if not slash or not ('.' in host or ':' in host or host == 'localhost'):
        host, path = '', rest
    repository, colon, tag = path.partition(':')
    # An image's ID, as kubectl shows it, is a digest alone.
    if not repository or is_digest(rest):
        return f"'{text}' doesn't name a repository."
    if not is_repository(repository):
        lowered = repository.lower()
        if lowered != repository and repository.isascii() and is_repository(lowered):
            return f"'{repository}' isn't a repository name: repository names are lowercase."
        return f"'{repository}' isn't a repository name."
    if colon and not TAG.fullmatch(tag):
        return (
            f"'{tag}' isn't a tag: use up to 128 letters, digits, underscores, periods, and "
            'hyphens, and start with a letter, a digit, or an underscore.'
        )
    if at and not DIGEST.fullmatch(digest):
        return f"'{digest}' isn't a digest: use sha256: and 64 lowercase hexadecimal digits."
    return Image(repository, tag or None, digest or None, host or None)


def parse_platform(text: str) -> str | None:
    """Parse a platform as in `linux/arm64`, or by uname's word as in `linux/aarch64`."""
    lowered = text.strip().lower()
    if not PLATFORM.fullmatch(lowered):
        return None
    system, _, machine = lowered.partition('/')
    return f'{system}/{_MACHINES.get(machine, machine)}'


def own_platform() -> str:
    """Return the platform of Linux images for this machine's processor."""
    machine = platform.machine().lower()
    return f'linux/{_MACHINES.get(machine, machine or "amd64")}'
