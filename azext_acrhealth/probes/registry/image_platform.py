# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Compare platforms as container clients do: what a platform is called, and what else it runs.

The rules are those of containerd's `platforms` package, which Docker uses, too (compare.go and
database.go of github.com/containerd/platforms).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.json_access import object_of
from azext_acrhealth.probes.strict_json import decode

_SAFE_WORD = lazy_pattern(r'[\w.-]{1,40}', re.ASCII)
_UNKNOWN = 'unknown'
# Other names of an architecture, and the variant that such a name implies.
_ARCHITECTURES = {
    'i386': ('386', ''),
    'x86_64': ('amd64', ''),
    'x86-64': ('amd64', ''),
    'aarch64': ('arm64', ''),
    'armhf': ('arm', 'v7'),
    'armel': ('arm', 'v6'),
}
_SYSTEMS = {'macos': 'darwin'}
# The variant that is meant where none is named.
_DEFAULT_VARIANTS = {'amd64': 'v1', 'arm64': 'v8', 'arm': 'v7'}
_VERSION = lazy_pattern(r'v?(\d{1,2})(?:\.(\d{1,2}))?', re.ASCII)
# ARMv9.0 has what ARMv8.5 has, and so on; 64-bit processors run 32-bit code of ARMv8 to ARMv5.
_ARM_9_MINORS_AHEAD = 5
_OLDEST_ARM, _ARM_32_ON_64 = 5, ('v8', 'v7', 'v6', 'v5')


class Platform(NamedTuple):
    """What an image runs on, as Go spells it: `linux`, `amd64`; a variant such as `v8`.

    `os_version` is the version of Windows that the image was built on, such as `10.0.20348.2031`.
    """

    os: str
    architecture: str
    variant: str = ''
    os_version: str = ''

    def __str__(self) -> str:
        return '/'.join(filter(None, (self.os, self.architecture, self.variant)))

    @property
    def description(self) -> str:
        """Return the platform with its version of Windows, if it has one."""
        return ' '.join(filter(None, (str(self), self.os_version)))

    @property
    def windows_build(self) -> tuple[int, ...]:
        """Return the numbers of the Windows version, by which versions are ordered."""
        return tuple(int(number[:9]) for number in re.findall(r'\d+', self.os_version))

    def normalized(self) -> Platform:
        """Return the platform under its usual names, with the variant that is meant."""
        system, architecture = self.os.lower(), self.architecture.lower()
        architecture, implied = _ARCHITECTURES.get(architecture, (architecture, ''))
        default = _DEFAULT_VARIANTS.get(architecture, '')
        variant = implied or self.variant.lower() or default
        version = _VERSION.fullmatch(variant) if default else None
        if version:
            minor = int(version[2] or 0)
            variant = f'v{int(version[1])}{f".{minor}" if minor else ""}'
        return Platform(_SYSTEMS.get(system, system), architecture, variant)

    def fits(self, wanted: Platform) -> bool:
        """Return whether an image whose config names this platform runs on `wanted`.

        Configs often name no variant; then it isn't compared (moby, daemon/images/image.go).
        """
        mine, other = self.normalized(), wanted.normalized()
        unnamed = not self.variant and self.architecture.lower() not in ('armhf', 'armel')
        same = (mine.os, mine.architecture) == (other.os, other.architecture)
        return mine in compatible_platforms(wanted) or (unnamed and same)


def compatible_platforms(wanted: Platform) -> list[Platform]:
    """Return the platforms of images that run on `wanted`, normalized, the best first."""
    first = wanted.normalized()
    return [
        first,
        *(
            first._replace(architecture=architecture, variant=variant)
            for architecture, variant in _lesser(first)
        ),
    ]


def _lesser(platform: Platform) -> Iterator[tuple[str, str]]:
    """Yield the architectures and variants that a normalized platform also runs."""
    architecture, version = platform.architecture, _VERSION.fullmatch(platform.variant)
    major, minor = (int(version[1]), int(version[2] or 0)) if version else (0, 0)
    if architecture == 'arm':
        yield from (('arm', f'v{number}') for number in range(major - 1, _OLDEST_ARM - 1, -1))
    elif architecture == 'amd64':
        yield from (('amd64', f'v{number}') for number in range(major - 1, 0, -1))
        yield '386', ''
    elif architecture == 'arm64':
        yield from (('arm64', variant) for variant in _lesser_arm64(major, minor))
        yield from (('arm', variant) for variant in _ARM_32_ON_64)


def _lesser_arm64(major: int, minor: int) -> Iterator[str]:
    for number in range(minor - 1, -1, -1):
        yield f'v{major}.{number}' if number else f'v{major}'
    if major == 9:
        for number in range(minor + _ARM_9_MINORS_AHEAD, -1, -1):
            yield f'v8.{number}' if number else 'v8'


def parse_platform(entry: Any) -> Platform | None:
    """Parse the platform of an index's entry or of an image's config; None if it has none."""
    names = ('os', 'architecture', 'variant', 'os.version')
    words = [object_of(entry).get(name) or '' for name in names]
    if not all(
        isinstance(word, str) and (_SAFE_WORD.fullmatch(word) or not word) for word in words
    ):
        return None
    return Platform(*words) if words[0] and words[1] and words[0] != _UNKNOWN else None


def platform_of_config(body: bytes) -> Platform | None:
    """Parse the platform in an image's config; None if it has none, or isn't JSON for clients."""
    try:
        return parse_platform(decode(body))
    except ValueError:
        return None
