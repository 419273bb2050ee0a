# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments that say what is pulled or pushed, and by whom."""

from __future__ import annotations

import re
from collections.abc import Sequence

from azext_acrhealth.arguments.check_arguments import CheckArguments
from azext_acrhealth.arguments.error_message import looks_like_message
from azext_acrhealth.arguments.errors import (
    conflicting_arguments,
    invalid_value,
    missing_argument,
    require_one_registry,
)
from azext_acrhealth.arguments.image_references import own_platform, parse_image, parse_platform
from azext_acrhealth.arguments.registry_names import parse_registry
from azext_acrhealth.grammar import is_repository
from azext_acrhealth.interruption import Interrupted, exit_status, interruptible
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.options import NEEDS, Image, Selection, Target

_LONGEST_PASSWORD = 16 * 1024
# A number of bytes, or with a unit a multiple of 1024: 200M, 200MB and 200MiB are the same.
_SIZE = lazy_pattern(r'(\d{1,15})\s*([KMG]?)(?:i?B)?', re.IGNORECASE | re.ASCII)
_UNITS = {'': 1, 'K': 2**10, 'M': 2**20, 'G': 2**30}
_LARGEST_UPLOAD = 10 * 2**30
_PIPE_PASSWORD = (
    'Pipe the password to standard input: '
    '`echo "$PASSWORD" | az acrhealth check --name REGISTRY --username NAME --password-stdin`.'
)
_STDIN_FAILURES = {
    'Nothing': '--password-stdin reads standard input, but nothing is piped to it.',
    'Unreadable': "--password-stdin reads standard input, but standard input can't be read.",
    'TooLong': 'Standard input is too long for a password.',
    'NotText': "Standard input isn't valid text.",
}


def parse_image_and_platform(arguments: CheckArguments) -> tuple[Image | None, str]:
    """Return the image of --image, and its platform: that of --platform, else this machine's."""
    if arguments.image is None:
        if arguments.platform is not None:
            raise missing_argument(
                '--platform requires an image, but none is specified.',
                'Specify the image with --image.',
            )
        return None, ''
    image = parse_image(arguments.image)
    if isinstance(image, str) and looks_like_message(arguments.image):
        raise invalid_value(
            "The value of --image isn't an image reference. It looks like an error message.",
            'Explain the message: `az acrhealth error explain --message "MESSAGE"`.',
        )
    if isinstance(image, str):
        raise invalid_value(
            image,
            'Specify a repository with a tag or digest, such as team/app:v1, or a full '
            'reference, which begins with the login server.',
        )
    if arguments.platform is None:
        return image, own_platform()
    platform = parse_platform(arguments.platform)
    if platform is None:
        raise invalid_value(
            f"'{arguments.platform}' isn't a platform.",
            'Use an operating system and an architecture, such as linux/amd64 or linux/arm64.',
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
        else f"'{image.host}' isn't a login server."
    )
    if isinstance(named, str):
        raise invalid_value(
            f"The host in the image reference isn't a registry: {named}",
            f'Use a reference such as myregistry{suffix or ""}/team/app:v1, without a port.',
        )
    if not targets:
        return [named]
    for target in targets:
        host = (target.host or f'{target.name}{suffix or ""}').lower()
        # A resource or a name may have a login server with a label in it, which only Resource
        # Manager knows.
        if host != image.host.lower() and (target.host or target.name != named.name):
            raise conflicting_arguments(
                f'The image is in {image.host}, but --name is {target.host or target.name}.',
                'Omit --name: the image reference names its registry.',
            )
    return [
        target
        if target.host or image.host.lower() == f'{target.name}{suffix or ""}'
        else target._replace(host=image.host)
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
                f'The image reference names the registry {image.repository}, but no repository.',
                f'Use a reference such as {image.repository}/team/app:v1.',
            )
        require_one_registry('--image', targets, selection)
        if repository not in (None, image.repository):
            raise conflicting_arguments(
                f'--image is in the repository {image.repository}, but --repository is '
                f'{repository}.',
                'Omit --repository.',
            )
        repository = image.repository
    if repository is None:
        if arguments.need:
            raise missing_argument(
                '--need requires a repository, but none is specified.',
                'Specify the repository with --repository or --image.',
            )
        if arguments.push:
            raise missing_argument(
                '--push requires a repository, but none is specified.',
                'Specify the repository with --repository or --image.',
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
            f"'{repository}' includes {' and '.join(extra)}; --repository takes only the name of a "
            'repository.',
            f'Use --repository {alone}',
        )
    if (
        repository.isascii()
        and is_repository(repository.lower())
        and repository != repository.lower()
    ):
        raise invalid_value(
            f"'{repository}' isn't a repository name: repository names are lowercase.",
            f'Use --repository {repository.lower()}',
        )
    if not is_repository(repository):
        raise invalid_value(
            f"'{repository}' isn't a repository name.",
            'Use lowercase letters and digits, single separators (. _ -) between them, and / '
            'between components, for example team/app.',
        )


def parse_push_size(arguments: CheckArguments) -> int | None:
    """Return the bytes that a test upload writes by --push-size, None if it isn't given."""
    text = arguments.push_size
    if text is None:
        return None
    if not arguments.push:
        raise missing_argument(
            '--push-size requires --push, because it sets the size of the test upload.',
            'Add --push, or omit --push-size.',
        )
    match = _SIZE.fullmatch(text.strip())
    size = int(match[1]) * _UNITS[match[2].upper()] if match else 0
    if not 1 <= size <= _LARGEST_UPLOAD:
        raise invalid_value(
            f"'{text}' isn't a size for --push-size: it must be between 1 byte and 10G.",
            'Use a whole number with the unit K, M, or G, such as 200M.',
        )
    return size


def parse_login(
    arguments: CheckArguments, targets: Sequence[Target], selection: Selection | None
) -> tuple[str | None, str | None]:
    """Return the user name and password that are checked; standard input is read here, once."""
    username, password = arguments.username, arguments.password
    if password is not None and arguments.password_stdin:
        raise conflicting_arguments(
            "--password and --password-stdin can't be used together.",
            'Omit --password, because other users can see it in the process list.',
        )
    given = password is not None or arguments.password_stdin
    if username is None:
        if given:
            raise missing_argument(
                'A password requires a user name.', 'Specify the user name with --username.'
            )
        return None, None
    if username != username.strip() or not username.isprintable():
        raise invalid_value(
            'The value of --username starts or ends with a space, or contains a line break or '
            'another control character.',
            'Specify only the name; files and clipboards often add a line break.',
        )
    if not given:
        raise missing_argument(
            '--username requires a password, and the command never prompts.', _PIPE_PASSWORD
        )
    require_one_registry('--username', targets, selection)
    if password is None:
        password = _read_stdin(arguments.timeout)
    if not password.strip():
        raise invalid_value(
            'The password is empty. A variable might be unset.',
            'Specify --username and a password, or neither.',
        )
    # Line breaks and control characters, and bytes that are no text, which can't be sent.
    if not password.isprintable():
        raise invalid_value(
            'The password contains a line break or another control character.',
            'Specify only the password; files and clipboards often add a line break.',
        )
    return username, password


def _read_stdin(seconds: float) -> str:
    from azext_acrhealth.probes.local.stdin import read_stdin

    try:
        with interruptible():
            given = read_stdin(_LONGEST_PASSWORD, seconds)
    except Interrupted as interrupt:
        raise SystemExit(exit_status(interrupt)) from None
    if given.failure == 'Limit':
        raise invalid_value(
            f"Standard input can't be read: this machine reached a limit ({given.limit}).",
            'End programs that use many processes or much memory, and run the command again.',
        )
    if given.failure:
        raise invalid_value(
            _STDIN_FAILURES.get(
                given.failure,
                f"Standard input didn't end within {seconds:g} seconds: the process that writes "
                "the password hasn't finished.",
            ),
            _PIPE_PASSWORD,
        )
    return given.text
