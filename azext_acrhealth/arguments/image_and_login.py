# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments that say what is pulled, and by whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from azext_acrhealth._params import NEEDS
from azext_acrhealth.arguments.errors import bad, contradictory, missing, one_registry
from azext_acrhealth.arguments.image_references import (
    is_repository,
    own_platform,
    parse_image,
    parse_platform,
)
from azext_acrhealth.arguments.registry_names import parse
from azext_acrhealth.options import Image, Target

_LONGEST_PASSWORD = 16 * 1024
_PIPE_IT = (
    'Pipe the password in: `echo "$PASSWORD" | az acrhealth check --username NAME '
    '--password-stdin …`.'
)
_UNPIPED = {
    'Nothing': 'The option --password-stdin reads the standard input, but nothing is piped into '
    'it.',
    'Unreadable': 'The option --password-stdin reads the standard input, but that cannot be read.',
    'TooLong': 'What is piped into the standard input is too long for a password.',
    'NotText': 'What is piped into the standard input is no text, so it is no password.',
}


def read_image(namespace: Any) -> Image | None:
    """Read --image, and --platform, which belongs to it."""
    if namespace.image is None:
        if namespace.platform is not None:
            raise missing(
                'The option --platform says which image of an index is pulled, but no image is '
                'named.',
                'Name one with --image.',
            )
        return None
    image = parse_image(str(namespace.image))
    if isinstance(image, str):
        raise bad(
            image,
            'Give a repository with a tag or a digest, as in team/app:v1, or the whole reference, '
            'as in '
            'myregistry.azurecr.io/team/app:v1.',
        )
    named = namespace.platform
    namespace.platform = parse_platform(named) if named is not None else own_platform()
    if namespace.platform is None:
        raise bad(
            f"'{named}' is no platform.",
            'Give an operating system and a processor, as in linux/amd64 or linux/arm64.',
        )
    return image


def with_host_of(
    image: Image | None, targets: list[Target], suffix: str | None, resource_group: str | None
) -> list[Target]:
    """Let an image's host name the registry, or agree with the one that is named."""
    if image is None or image.host is None:
        return targets
    # `localhost`, as podman shows images that were built here, would be a name.
    meant = (
        parse(image.host, suffix, resource_group)
        if '.' in image.host
        else f"'{image.host}' is no login server."
    )
    if isinstance(meant, str):
        raise bad(
            f'The image begins with a host that names no registry: {meant}',
            'Write the reference as in myregistry.azurecr.io/team/app:v1, without a port.',
        )
    if not targets:
        return [meant]
    for target in targets:
        ours = (target.host or f'{target.name}{suffix or ""}').lower()
        # A resource or a name may have a login server with a label in it, which only Resource
        # Manager knows.
        if ours != image.host.lower() and (target.host or target.name != meant.name):
            raise contradictory(
                f'The image lies at {image.host}, but --name says {target.host or target.name}.',
                'Leave --name out: the image names its registry.',
            )
    return [
        target
        if target.host or image.host.lower() == f'{target.name}{suffix or ""}'
        else replace(target, host=image.host)
        for target in targets
    ]


def settle_repository(cmd: Any, namespace: Any) -> None:
    """Settle which repository is meant, and which rights on it count."""
    repository, image = namespace.repository, namespace.image
    if repository is not None:
        one_registry(namespace, '--repository')
        _refuse_surplus(cmd, repository)
    if image is not None:
        if not image.host and '/' not in image.repository and _is_host_of(cmd, image.repository):
            raise bad(
                f'The image names the registry {image.repository}, but no repository in it.',
                f'Write it as in {image.repository}/team/app:v1.',
            )
        one_registry(namespace, '--image')
        if repository not in (None, image.repository):
            raise contradictory(
                f'--image lies in the repository {image.repository}, but --repository says '
                f'{repository}.',
                'Leave --repository out.',
            )
        namespace.repository = image.repository
    if namespace.repository is None:
        if namespace.need:
            raise missing(
                'The option --need tells which rights on a repository count, but no repository is '
                'named.',
                'Name one with --repository or --image.',
            )
        if namespace.push:
            raise missing(
                'The option --push tries an upload to a repository, but no repository is named.',
                'Name one with --repository or --image.',
            )
        return
    usual = ('pull', 'push') if namespace.push else ('pull',) if image else NEEDS
    namespace.need = list(dict.fromkeys(namespace.need or usual))


def _refuse_surplus(cmd: Any, repository: str) -> None:
    without_digest, digest, _ = repository.partition('@')
    name, tag, _ = without_digest.partition(':')
    host, _, path = name.partition('/')
    alone = path if _is_host_of(cmd, host) else name
    if alone != repository and is_repository(alone):
        parts = (("the registry's host", alone != name), ('a tag', tag), ('a digest', digest))
        surplus = [word for word, there in parts if there]
        raise bad(
            f"'{repository}' holds {' and '.join(surplus)}; --repository takes the name of a "
            'repository alone.',
            f'Use --repository {alone}',
        )
    if (
        repository.isascii()
        and is_repository(repository.lower())
        and repository != repository.lower()
    ):
        raise bad(
            f"'{repository}' is not a repository name: those are written in lower case.",
            f'Use --repository {repository.lower()}',
        )
    if not is_repository(repository):
        raise bad(
            f"'{repository}' is not a repository name.",
            'Give lower-case letters and digits, single separators (. _ -) between them, parts '
            'joined by /, as '
            'in team/app.',
        )


def _is_host_of(cmd: Any, host: str) -> bool:
    from azext_acrhealth.probes.azure.cli import Cli

    cli = Cli(cmd.cli_ctx)
    suffixes = [cli.suffix, *cli.other_clouds().values()]
    return any(suffix and host.endswith(suffix) for suffix in suffixes)


def settle_login(namespace: Any) -> None:
    """Settle whose login is checked; a password by --password-stdin is read here, once."""
    if namespace.password is not None and namespace.password_stdin:
        raise contradictory(
            'The password is given twice: by --password and by --password-stdin.',
            'Leave --password out; the standard input shows it to nobody.',
        )
    given = namespace.password is not None or namespace.password_stdin
    if namespace.username is None:
        if given:
            raise missing(
                'A password is given, but no user name.', 'Name the user with --username.'
            )
        return
    if namespace.username != namespace.username.strip() or not namespace.username.isprintable():
        raise bad(
            'The value of --username begins or ends with a space, or holds a line break or the '
            'like.',
            'Give the name alone; files and clipboards often add a line break.',
        )
    if not given:
        raise missing(
            'The option --username needs a password, and nothing is ever asked.', _PIPE_IT
        )
    one_registry(namespace, '--username')
    if namespace.password_stdin:
        namespace.password = _from_standard_input(namespace.timeout)
    if not namespace.password.strip():
        raise bad(
            'The password is empty; a variable may be unset.',
            'Give --username and a password, or neither.',
        )
    # Line breaks and control characters, and bytes that are no text, which cannot be sent.
    if not namespace.password.isprintable():
        raise bad(
            'The password holds a line break, or something else that cannot be printed.',
            'Give the password alone; files and clipboards often add a line break.',
        )


def _from_standard_input(seconds: float) -> str:
    from azext_acrhealth.probes.local.stdin import piped

    given = piped(_LONGEST_PASSWORD, seconds)
    if given.failure:
        raise bad(
            _UNPIPED.get(
                given.failure,
                f'The standard input did not end within {seconds:g} seconds: whatever '
                'should write the password has not finished.',
            ),
            _PIPE_IT,
        )
    return given.text
