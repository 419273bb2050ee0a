# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Refuse bad input before any check runs, and turn what was typed into what the checks take."""

from __future__ import annotations

import math
import re
from typing import Any, Iterable

from azext_acrhealth._params import NEEDS
from azext_acrhealth.model import Target
from azext_acrhealth.report import legible
from azext_acrhealth.targets import parse, unambiguous, without_surplus

# The grammar of repository names is the OCI distribution specification's.
_PART = r'[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*'
_AUDIENCE = re.compile(r'https://[\w.-]+(:\d{1,5})?(/[\w./-]*)?', re.ASCII)
_REPOSITORY = re.compile(rf'{_PART}(?:/{_PART})*')
_IMAGE = re.compile(rf'(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d+)?/)?{_PART}(?:/{_PART})*'
                    r'(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?', re.ASCII)
_VNET_NAME = re.compile(r'[A-Za-z0-9](?:[\w.-]{0,62}\w)?', re.ASCII)
_VNET_ID = re.compile(r'/subscriptions/[0-9a-fA-F-]{36}/resourceGroups/[\w.()-]{1,90}'
                      r'/providers/Microsoft\.Network/virtualNetworks/[A-Za-z0-9](?:[\w.-]{0,62}\w)?/?', re.IGNORECASE)
_HOW_TO_NAME = ('Give a name (myregistry), a login server (myregistry.azurecr.io) or a resource id, without scheme, '
                'port or path.')


def validate_check(cmd: Any, namespace: Any) -> None:
    """Validate the arguments of `check`, and make `name` a list of targets."""
    from azure.cli.core.azclierror import MutuallyExclusiveArgumentError
    if namespace.strict and namespace.ignore_errors:
        raise MutuallyExclusiveArgumentError(
            'The options --strict and --ignore-errors contradict each other.',
            'Use --strict to fail on warnings, or --ignore-errors to exit with 0 whatever is found.')
    _no_empty(namespace, ('resource_group', 'repository', 'vnet'))
    if not (math.isfinite(namespace.timeout) and namespace.timeout > 0):
        raise _bad('The value of --timeout must be a positive number of seconds.', 'Leave it out to use 60 seconds.')
    namespace.name = _targets(cmd, namespace)
    _validate_repository(cmd, namespace)
    _validate_vnet(namespace)
    _validate_selection(namespace)
    _validate_audience(cmd)
    if namespace.yes:
        _validate_sample_image(cmd)


def _bad(message: str, recommendation: str) -> Exception:
    from azure.cli.core.azclierror import InvalidArgumentValueError
    # What was typed comes back in the message; it may hold anything.
    error: Exception = InvalidArgumentValueError(legible(message), legible(recommendation))
    return error


def _missing(message: str, recommendation: str) -> Exception:
    from azure.cli.core.azclierror import RequiredArgumentMissingError
    error: Exception = RequiredArgumentMissingError(message, recommendation)
    return error


def _no_empty(namespace: Any, names: Iterable[str]) -> None:
    for name in names:
        value = getattr(namespace, name)
        if value is not None and not value.strip():
            option = '--' + name.replace('_', '-')
            raise _bad(f'The value of {option} is empty; a variable may be unset.',
                       f'Give {option} a value, or leave it out.')


def _targets(cmd: Any, namespace: Any) -> list[Target]:
    from azext_acrhealth.probes.cli import Cli
    cli = Cli(cmd.cli_ctx)
    typed, how = namespace.name, _HOW_TO_NAME
    if typed is None:
        default = cli.setting('defaults', 'acr')
        typed, how = [default] if default else [], f'{_HOW_TO_NAME} It comes from the setting defaults.acr.'
    if not typed and namespace.resource_group:
        raise _missing('The option --resource-group says where a registry lies, but no registry is named.',
                       'Name it with --name.')
    targets = []
    for text in typed:
        target = parse(str(text), cli.suffix, namespace.resource_group)
        if isinstance(target, str):
            meant = _meant(str(text), cli.suffix) if namespace.name else ''
            raise _bad(target, f'Use --name {meant}' if meant else how)
        targets.append(target)
    return unambiguous(targets)


def _meant(text: str, suffix: str | None) -> str:
    """Find the names in a URL, an image reference or a list with commas; nothing where they are not plain to see."""
    names = [without_surplus(part) for part in text.split(',')]
    return ' '.join(names) if all(isinstance(parse(name, suffix), Target) for name in names) else ''


def _validate_repository(cmd: Any, namespace: Any) -> None:
    repository = namespace.repository
    if repository is None:
        if namespace.need:
            raise _missing('The option --need tells which rights on a repository count, but no repository is named.',
                           'Name one with --repository.')
        return
    _one_registry(namespace, '--repository')
    without_digest, digest, _ = repository.partition('@')
    name, tag, _ = without_digest.partition(':')
    host, _, path = name.partition('/')
    alone = path if _is_host_of(cmd, host) else name
    if alone != repository and _REPOSITORY.fullmatch(alone):
        parts = (("the registry's host", alone != name), ('a tag', tag), ('a digest', digest))
        surplus = [word for word, there in parts if there]
        raise _bad(f"'{repository}' holds {' and '.join(surplus)}; --repository takes the name of a repository alone.",
                   f'Use --repository {alone}')
    if repository.isascii() and _REPOSITORY.fullmatch(repository.lower()) and repository != repository.lower():
        raise _bad(f"'{repository}' is not a repository name: those are written in lower case.",
                   f'Use --repository {repository.lower()}')
    if not _REPOSITORY.fullmatch(repository) or len(repository) > 255:
        raise _bad(f"'{repository}' is not a repository name.",
                   'Give lower-case letters and digits, single separators (. _ -) between them, parts joined by /, as '
                   'in team/app.')
    namespace.need = list(dict.fromkeys(namespace.need or NEEDS))


def _is_host_of(cmd: Any, host: str) -> bool:
    from azext_acrhealth.probes.cli import Cli
    cli = Cli(cmd.cli_ctx)
    suffixes = [cli.suffix, *cli.other_clouds().values()]
    return any(suffix and host.endswith(suffix) for suffix in suffixes)


def _validate_vnet(namespace: Any) -> None:
    if namespace.vnet is None:
        return
    _one_registry(namespace, '--vnet')
    if not _VNET_NAME.fullmatch(namespace.vnet) and not _VNET_ID.fullmatch(namespace.vnet):
        raise _bad(f"'{namespace.vnet}' is neither a virtual network's name nor its resource id.",
                   'Find the id with: az network vnet list --query "[].id"')


def _one_registry(namespace: Any, option: str) -> None:
    if not namespace.name:
        raise _missing(f'The option {option} belongs to a registry, but no registry is named.', 'Name it with --name.')
    if len(namespace.name) > 1:
        from azure.cli.core.azclierror import ArgumentUsageError
        raise ArgumentUsageError(f'The option {option} takes one registry, but {len(namespace.name)} are named.',
                                 'Run the command once for each registry.')


def _validate_selection(namespace: Any) -> None:
    from azext_acrhealth.checks import CHECKS
    from azext_acrhealth.selection import LEFT_OUT, select
    namespace.only, namespace.skip = (list(dict.fromkeys(names or ())) for names in (namespace.only, namespace.skip))
    both = [name for name in namespace.only if name in namespace.skip]
    if both:
        from azure.cli.core.azclierror import MutuallyExclusiveArgumentError
        raise MutuallyExclusiveArgumentError(f'{", ".join(both)} cannot be in both --only and --skip.',
                                             'Leave it out of one of them.')
    selected = select(CHECKS, namespace.only, namespace.skip)
    rows = [(check, why) for check, why in selected.items() if namespace.name or check.per == 'machine']
    if not rows:
        raise _missing(f'--only names checks of a registry ({", ".join(namespace.only)}), but no registry is named.',
                       'Name it with --name.')
    if all(why == LEFT_OUT for _, why in rows):
        raise _bad('Nothing is left to check.', 'Leave something out of --skip, or name a registry with --name.')


def _validate_audience(cmd: Any) -> None:
    from azext_acrhealth.probes.cli import Cli
    audience = Cli(cmd.cli_ctx).registry_audience()        # refuses a setting that cannot be read
    if not _AUDIENCE.fullmatch(audience):
        raise _bad(f"The setting acr.audience_resource gives '{legible(audience)}', which is no audience.",
                   'Unset it: az config unset acr.audience_resource (or the variable AZURE_ACR_AUDIENCE_RESOURCE).')


def _validate_sample_image(cmd: Any) -> None:
    from azext_acrhealth.probes.cli import Cli
    image = Cli(cmd.cli_ctx).setting('acrhealth', 'sample_image')
    if image and not _IMAGE.fullmatch(image):
        raise _bad(f"The setting acrhealth.sample_image, '{image}', is not an image reference.",
                   'Mend it: az config set acrhealth.sample_image=mcr.microsoft.com/mcr/hello-world:latest')
