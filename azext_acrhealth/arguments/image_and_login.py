# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments that say what is pulled or pushed, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from azext_acrhealth.arguments.check_arguments import CheckArguments
from azext_acrhealth.arguments.errors import (
    conflicting_arguments,
    invalid_value,
    missing_argument,
    require_one_registry,
)
from azext_acrhealth.arguments.image_references import own_platform, parse_image, parse_platform
from azext_acrhealth.arguments.registry_names import parse_registry
from azext_acrhealth.grammar import is_repository
from azext_acrhealth.options import Image, Selection, Target

NEEDS = ('pull', 'push', 'delete', 'metadata-read', 'metadata-write')
_LONGEST_PASSWORD = 16 * 1024
_PIPE_IT = (
    'Pipe the password in: `echo "$PASSWORD" | az acrhealth check --username NAME --password-stdin '
    '…`.'
)
_STDIN_FAILURES = {
    'Nothing': 'The option --password-stdin reads the standard input, but nothing is piped into '
    'it.',
    'Unreadable': 'The option --password-stdin reads the standard input, but that cannot be read.',
    'TooLong': 'What is piped into the standard input is too long for a password.',
    'NotText': 'What is piped into the standard input is no text, so it is no password.',
}


def parse_image_and_platform(arguments: CheckArguments) -> tuple[Image | None, str]:
    """Return the image of --image, and its platform: that of --platform, else this machine's."""
    if arguments.image is None:
        if arguments.platform is not None:
            raise missing_argument(
                'The option --platform says which image of an index is pulled, but no image is '
                'named.',
                'Name one with --image.',
            )
        return None, ''
    image = parse_image(arguments.image)
    if isinstance(image, str):
        raise invalid_value(
            image,
            'Give a repository with a tag or a digest, as in team/app:v1, or the whole '
            'reference, as in '
            'myregistry.azurecr.io/team/app:v1.',
        )
    if arguments.platform is None:
        return image, own_platform()
    platform = parse_platform(arguments.platform)
    if platform is None:
        raise invalid_value(
            f"'{arguments.platform}' is no platform.",
            'Give an operating system and a processor, as in linux/amd64 or linux/arm64.',
        )
    return image, platform


def add_registry_of_image(
    image: Image | None, targets: list[Target], suffix: str | None, resource_group: str | None
) -> list[Target]:
    """Return the targets, or the one that the image's host names.

    Raises if the image lies in another registry than the one that is named.
    """
    if image is None or image.host is None:
        return targets
    # `localhost`, as podman shows images that were built here, would be a name.
    named = (
        parse_registry(image.host, suffix, resource_group)
        if '.' in image.host
        else f"'{image.host}' is no login server."
    )
    if isinstance(named, str):
        raise invalid_value(
            f'The image begins with a host that names no registry: {named}',
            'Write the reference as in myregistry.azurecr.io/team/app:v1, without a port.',
        )
    if not targets:
        return [named]
    for target in targets:
        host = (target.host or f'{target.name}{suffix or ""}').lower()
        # A resource or a name may have a login server with a label in it, which only Resource
        # Manager knows.
        if host != image.host.lower() and (target.host or target.name != named.name):
            raise conflicting_arguments(
                f'The image lies at {image.host}, but --name says {target.host or target.name}.',
                'Leave --name out: the image names its registry.',
            )
    return [
        target
        if target.host or image.host.lower() == f'{target.name}{suffix or ""}'
        else replace(target, host=image.host)
        for target in targets
    ]


def parse_repository_and_need(
    arguments: CheckArguments,
    image: Image | None,
    targets: Sequence[Target],
    selection: Selection | None,
    suffixes: Sequence[str],
) -> tuple[str | None, tuple[str, ...]]:
    """Return the repository that is checked, and the permissions on it that count.

    `suffixes` are the registry suffixes of all clouds, by which a host is recognized.
    """
    repository = arguments.repository
    if repository is not None:
        require_one_registry('--repository', targets, selection)
        _validate_repository(repository, suffixes)
    if image is not None:
        if (
            not image.host
            and '/' not in image.repository
            and image.repository.endswith(tuple(suffixes))
        ):
            raise invalid_value(
                f'The image names the registry {image.repository}, but no repository in it.',
                f'Write it as in {image.repository}/team/app:v1.',
            )
        require_one_registry('--image', targets, selection)
        if repository not in (None, image.repository):
            raise conflicting_arguments(
                f'--image lies in the repository {image.repository}, but --repository says '
                f'{repository}.',
                'Leave --repository out.',
            )
        repository = image.repository
    if repository is None:
        if arguments.need:
            raise missing_argument(
                'The option --need tells which rights on a repository count, but no repository '
                'is named.',
                'Name one with --repository or --image.',
            )
        if arguments.push:
            raise missing_argument(
                'The option --push tries an upload to a repository, but no repository is named.',
                'Name one with --repository or --image.',
            )
        return None, ()
    default = ('pull', 'push') if arguments.push else ('pull',) if image else NEEDS
    return repository, tuple(dict.fromkeys(arguments.need or default))


def _validate_repository(repository: str, suffixes: Sequence[str]) -> None:
    without_digest, digest, _ = repository.partition('@')
    name, tag, _ = without_digest.partition(':')
    host, _, path = name.partition('/')
    alone = path if host.endswith(tuple(suffixes)) else name
    if alone != repository and is_repository(alone):
        parts = (("the registry's host", alone != name), ('a tag', tag), ('a digest', digest))
        extra = [part for part, present in parts if present]
        raise invalid_value(
            f"'{repository}' holds {' and '.join(extra)}; --repository takes the name of a "
            'repository alone.',
            f'Use --repository {alone}',
        )
    if (
        repository.isascii()
        and is_repository(repository.lower())
        and repository != repository.lower()
    ):
        raise invalid_value(
            f"'{repository}' is not a repository name: those are written in lower case.",
            f'Use --repository {repository.lower()}',
        )
    if not is_repository(repository):
        raise invalid_value(
            f"'{repository}' is not a repository name.",
            'Give lower-case letters and digits, single separators (. _ -) between them, parts '
            'joined by /, as in team/app.',
        )


def parse_login(
    arguments: CheckArguments, targets: Sequence[Target], selection: Selection | None
) -> tuple[str | None, str | None]:
    """Return the user name and password that are checked; standard input is read here, once."""
    username, password = arguments.username, arguments.password
    if password is not None and arguments.password_stdin:
        raise conflicting_arguments(
            'The password is given twice: by --password and by --password-stdin.',
            'Leave --password out; the standard input shows it to nobody.',
        )
    given = password is not None or arguments.password_stdin
    if username is None:
        if given:
            raise missing_argument(
                'A password is given, but no user name.', 'Name the user with --username.'
            )
        return None, None
    if username != username.strip() or not username.isprintable():
        raise invalid_value(
            'The value of --username begins or ends with a space, or holds a line break or the '
            'like.',
            'Give the name alone; files and clipboards often add a line break.',
        )
    if not given:
        raise missing_argument(
            'The option --username needs a password, and nothing is ever asked.', _PIPE_IT
        )
    require_one_registry('--username', targets, selection)
    if password is None:
        password = _read_stdin(arguments.timeout)
    if not password.strip():
        raise invalid_value(
            'The password is empty; a variable may be unset.',
            'Give --username and a password, or neither.',
        )
    # Line breaks and control characters, and bytes that are no text, which can't be sent.
    if not password.isprintable():
        raise invalid_value(
            'The password holds a line break, or something else that cannot be printed.',
            'Give the password alone; files and clipboards often add a line break.',
        )
    return username, password


def _read_stdin(seconds: float) -> str:
    from azext_acrhealth.probes.local.stdin import read_stdin

    given = read_stdin(_LONGEST_PASSWORD, seconds)
    if given.failure:
        raise invalid_value(
            _STDIN_FAILURES.get(
                given.failure,
                f'The standard input did not end within {seconds:g} seconds: whatever '
                'should write the password has not finished.',
            ),
            _PIPE_IT,
        )
    return given.text
