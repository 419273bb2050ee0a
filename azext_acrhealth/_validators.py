# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Refuse bad input before any check runs, and turn what was typed into what the checks take."""

from __future__ import annotations

import math
import re
from typing import Any

from azext_acrhealth.arguments.errors import bad, contradictory, missing, one_registry, refuse_empty
from azext_acrhealth.arguments.identity import read_identity
from azext_acrhealth.arguments.image_and_login import (
    read_image,
    settle_login,
    settle_repository,
    with_host_of,
)
from azext_acrhealth.arguments.image_references import parse_image
from azext_acrhealth.arguments.registry_names import parse, unambiguous, without_surplus
from azext_acrhealth.arguments.registry_selection import read_selection, validate_workers
from azext_acrhealth.options import Target
from azext_acrhealth.report import sanitize

_AUDIENCE = re.compile(r'https://[\w.-]+(:\d{1,5})?(/[\w./-]*)?', re.ASCII)
_SAMPLE_HOST = re.compile(r'[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d{1,5})?', re.ASCII)
_VNET_NAME = re.compile(r'[A-Za-z0-9](?:[\w.-]{0,62}\w)?', re.ASCII)
_VNET_ID = re.compile(
    r'/subscriptions/[0-9a-fA-F-]{36}/resourceGroups/[\w.()-]{1,90}'
    r'/providers/Microsoft\.Network/virtualNetworks/[A-Za-z0-9](?:[\w.-]{0,62}\w)?/?',
    re.IGNORECASE,
)
_HOW_TO_NAME = (
    'Give a name (myregistry), a login server (myregistry.azurecr.io) or a resource id, without '
    'scheme, '
    'port or path.'
)


def validate_check(cmd: Any, namespace: Any) -> None:
    """Validate the arguments of `check`, and make `name` a list of targets."""
    if namespace.strict and namespace.ignore_errors:
        raise contradictory(
            'The options --strict and --ignore-errors contradict each other.',
            'Use --strict to fail on warnings, or --ignore-errors to exit with 0 whatever is '
            'found.',
        )
    from azext_acrhealth.probes.azure.cli import Cli

    refuse_empty(
        namespace,
        ('resource_group', 'repository', 'vnet', 'image', 'platform', 'username', 'identity'),
    )
    if not (math.isfinite(namespace.timeout) and namespace.timeout > 0):
        raise bad(
            'The value of --timeout must be a positive number of seconds.',
            'Leave it out to use 60 seconds.',
        )
    if namespace.wait is not None and not (math.isfinite(namespace.wait) and namespace.wait > 0):
        raise bad(
            'The value of --wait must be a positive number of seconds.', 'Leave it out to try once.'
        )
    namespace.image = read_image(namespace)
    namespace.all_registries = read_selection(cmd, namespace)
    namespace.name = [] if namespace.all_registries else _targets(cmd, namespace)
    validate_workers(Cli(cmd.cli_ctx))
    settle_repository(cmd, namespace)
    settle_login(namespace)
    namespace.identity = read_identity(namespace)
    _validate_vnet(namespace)
    _validate_selection(namespace)
    _validate_audience(cmd)
    if namespace.yes:
        _validate_sample_image(cmd)


def _targets(cmd: Any, namespace: Any) -> list[Target]:
    from azext_acrhealth.probes.azure.cli import Cli

    cli = Cli(cmd.cli_ctx)
    typed, how = namespace.name, _HOW_TO_NAME
    if typed is None and not (namespace.image and namespace.image.host):
        default = cli.setting('defaults', 'acr')
        typed, how = (
            [default] if default else [],
            f'{_HOW_TO_NAME} It comes from the setting defaults.acr.',
        )
    targets = []
    for text in typed or []:
        target = parse(str(text), cli.suffix, namespace.resource_group)
        if isinstance(target, str):
            meant = _meant(str(text), cli.suffix) if namespace.name else ''
            raise bad(target, f'Use --name {meant}' if meant else how)
        targets.append(target)
    return unambiguous(with_host_of(namespace.image, targets, cli.suffix, namespace.resource_group))


def _meant(text: str, suffix: str | None) -> str:
    """Find the names in a URL, an image reference or a list with commas.

    Nothing where they are not plain to see.
    """
    names = [without_surplus(part) for part in text.split(',')]
    return ' '.join(names) if all(isinstance(parse(name, suffix), Target) for name in names) else ''


def _validate_vnet(namespace: Any) -> None:
    if namespace.vnet is None:
        return
    one_registry(namespace, '--vnet')
    if not _VNET_NAME.fullmatch(namespace.vnet) and not _VNET_ID.fullmatch(namespace.vnet):
        raise bad(
            f"'{namespace.vnet}' is neither a virtual network's name nor its resource id.",
            'Find the id with: az network vnet list --query "[].id"',
        )


def _validate_selection(namespace: Any) -> None:
    from azext_acrhealth.check_filter import LEFT_OUT, select
    from azext_acrhealth.checks import CHECKS

    namespace.only, namespace.skip = (
        list(dict.fromkeys(names or ())) for names in (namespace.only, namespace.skip)
    )
    both = [name for name in namespace.only if name in namespace.skip]
    if both:
        raise contradictory(
            f'{", ".join(both)} cannot be in both --only and --skip.',
            'Leave it out of one of them.',
        )
    selected = select(CHECKS, namespace.only, namespace.skip)
    rows = [
        (check, why)
        for check, why in selected.items()
        if namespace.name
        or namespace.all_registries
        or check.per == 'machine'
        and check.category == 'environment'
    ]
    if not rows:
        raise missing(
            f'--only names checks of a registry ({", ".join(namespace.only)}), but no registry is '
            'named.',
            'Name it with --name.',
        )
    if all(why == LEFT_OUT for _, why in rows):
        raise bad(
            'Nothing is left to check.',
            'Leave something out of --skip, or name a registry with --name.',
        )


def _validate_audience(cmd: Any) -> None:
    from azext_acrhealth.probes.azure.cli import Cli

    audience = Cli(cmd.cli_ctx).registry_audience()  # refuses a setting that cannot be read
    if not _AUDIENCE.fullmatch(audience):
        raise bad(
            f"The setting acr.audience_resource gives '{sanitize(audience)}', which is no audience.",
            'Unset it: az config unset acr.audience_resource (or the variable '
            'AZURE_ACR_AUDIENCE_RESOURCE).',
        )


def _validate_sample_image(cmd: Any) -> None:
    from azext_acrhealth.probes.azure.cli import Cli

    image = Cli(cmd.cli_ctx).setting('acrhealth', 'sample_image')
    read = parse_image(image) if image else None
    # A host may have any port here: it is no registry of ours.
    odd = read is not None and (
        isinstance(read, str) or bool(read.host and not _SAMPLE_HOST.fullmatch(read.host))
    )
    if image and (
        odd or '://' in image or image != image.strip()
    ):  # it goes into a command line as it is
        raise bad(
            f"The setting acrhealth.sample_image, '{image}', is not an image reference.",
            'Mend it: az config set acrhealth.sample_image=mcr.microsoft.com/mcr/'
            'hello-world:latest',
        )
