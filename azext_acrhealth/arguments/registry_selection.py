# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments that select registries without naming them."""

from __future__ import annotations

import re
from typing import Any

from azext_acrhealth.arguments.errors import bad, contradictory, missing
from azext_acrhealth.options import Selection

_GROUP = re.compile(r'[\w.()-]{1,90}', re.ASCII)
_LOCATION = re.compile(r'[a-z0-9]{2,40}')
_WIDE = (('all_registries', '--all'), ('all_subscriptions', '--all-subscriptions'))
_NARROW = (('locations', '--location'), ('tags', '--tag'))
_LARGEST = 256


def read_selection(cmd: Any, namespace: Any) -> Selection | None:
    """Read which registries are selected; None when none are, or when some are named."""
    wide = [option for key, option in _WIDE if getattr(namespace, key)]
    narrow = [option for key, option in _NARROW if getattr(namespace, key)]
    named = (
        '--name'
        if namespace.name
        else '--image'
        if namespace.image and namespace.image.host
        else None
    )
    if len(wide) > 1:
        raise contradictory(
            'The options --all and --all-subscriptions contradict each other.',
            'Use --all for one subscription, or --all-subscriptions.',
        )
    if named and wide + narrow:
        raise contradictory(
            f'The option {(wide + narrow)[0]} selects registries, but {named} names them.',
            'Leave one of them out.',
        )
    if wide and namespace.resource_group:
        raise contradictory(
            f'The option {wide[0]} goes beyond a resource group, but --resource-group names one.',
            f'Leave {wide[0]} out: --resource-group alone selects all registries of the group.',
        )
    if namespace.all_subscriptions and cmd.cli_ctx.data.get('subscription_id'):
        raise contradictory(
            'The options --all-subscriptions and --subscription contradict each other.',
            'Use --all with --subscription for one subscription.',
        )
    alone = bool(namespace.resource_group) and not named
    if narrow and not wide and not alone:
        raise missing(
            f'The option {narrow[0]} narrows a selection of registries, but nothing selects any.',
            'Select them with --all, --all-subscriptions, or --resource-group without a name.',
        )
    if not wide and not alone:
        return None
    if alone and not _GROUP.fullmatch(namespace.resource_group):
        raise bad(
            f"'{namespace.resource_group}' is not the name of a resource group.",
            'See them all: az group list --query "[].name" --output tsv',
        )
    return Selection(
        bool(namespace.all_subscriptions),
        namespace.resource_group,
        tuple(dict.fromkeys(_location(one) for one in namespace.locations or ())),
        tuple(dict.fromkeys(_tag(one) for one in namespace.tags or ())),
    )


def _location(text: str) -> str:
    # The portal shows "West Europe" for what all else calls westeurope.
    plain = text.replace(' ', '').lower()
    if not plain.isascii() or not _LOCATION.fullmatch(plain):
        raise bad(
            f"'{text}' is not the name of a region.",
            'Give it as in westeurope; see them all: az account '
            'list-locations --query "[].name" --output tsv',
        )
    return plain


def _tag(text: str) -> tuple[str, str | None]:
    key, sign, value = text.partition('=')
    if not key.strip():
        raise bad(f"'{text}' names no tag.", 'Give KEY, or KEY=VALUE, as in --tag team=platform.')
    return key.strip(), value if sign else None


def validate_workers(cli: Any) -> None:
    """Refuse a setting of the number of workers that is none."""
    text = cli.setting('acrhealth', 'max_workers')
    if text and not (text.isascii() and text.isdigit() and 1 <= int(text) <= _LARGEST):
        raise bad(
            f"The setting acrhealth.max_workers, '{text}', is not a number from 1 to {_LARGEST}.",
            'Set it: az config set acrhealth.max_workers=32, or unset it: az config unset '
            'acrhealth.max_workers',
        )
