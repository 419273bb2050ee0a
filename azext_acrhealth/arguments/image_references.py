# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a user can call a repository, an image and a platform."""

from __future__ import annotations

import platform
import re

from azext_acrhealth.options import Image

# The grammar of names, tags and digests is the OCI distribution specification's.
_PART = r'[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*'
_REPOSITORY = re.compile(rf'{_PART}(?:/{_PART})*')
_TAG = re.compile(r'\w[\w.-]{0,127}', re.ASCII)
_DIGEST = re.compile(r'sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}', re.ASCII)
# As kubectl and other tools show an image that they have.
_PREFIX = re.compile(r'(?:docker-pullable|docker|oci|https?)://', re.IGNORECASE)
_PLATFORM = re.compile(r'[a-z0-9]{2,20}/[a-z0-9_]{2,20}(?:/v\d{1,2}(?:\.\d{1,2})?)?', re.ASCII)
_LONGEST = 255
_BARE_DIGEST = re.compile(r'sha256:[0-9a-f]{64}')
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


def is_repository(text: str) -> bool:
    """Return whether a text is the name of a repository."""
    return len(text) <= _LONGEST and _REPOSITORY.fullmatch(text) is not None


def parse_image(text: str) -> Image | str:
    """Read an image reference; a string says what is wrong with it."""
    plain = text.strip()
    prefix = _PREFIX.match(plain)
    rest, at, digest = plain[prefix.end() if prefix else 0 :].partition('@')
    host, slash, path = rest.partition('/')
    if not slash or not ('.' in host or ':' in host or host == 'localhost'):
        host, path = '', rest
    repository, colon, tag = path.partition(':')
    if not repository or _BARE_DIGEST.fullmatch(
        rest
    ):  # an image's id, as kubectl shows it, is a digest alone
        return f"'{text}' names no repository."
    if not is_repository(repository):
        lowered = repository.lower()
        if lowered != repository and repository.isascii() and is_repository(lowered):
            return f"'{repository}' is not a repository name: those are written in lower case."
        return f"'{repository}' is not a repository name."
    if colon and not _TAG.fullmatch(tag):
        return (
            f"'{tag}' is not a tag: letters, digits, _ . and - (at most 128), the first no . or -."
        )
    if at and not _DIGEST.fullmatch(digest):
        return f"'{digest}' is not a digest: sha256: and 64 hexadecimal digits in lower case."
    return Image(repository, tag or None, digest or None, host or None)


def parse_platform(text: str) -> str | None:
    """Read a platform as in `linux/arm64`, or by uname's word as in `linux/aarch64`.

    None for what is none.
    """
    lowered = text.strip().lower()
    if not _PLATFORM.fullmatch(lowered):
        return None
    system, _, machine = lowered.partition('/')
    return f'{system}/{_MACHINES.get(machine, machine)}'


def own_platform() -> str:
    """Return the platform of Linux images for this machine's processor."""
    machine = platform.machine().lower()
    return f'linux/{_MACHINES.get(machine, machine or "amd64")}'
