# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments that select registries without naming them."""

from __future__ import annotations

from azext_acrhealth.arguments.check_arguments import CheckArguments
from azext_acrhealth.arguments.errors import (
    conflicting_arguments,
    invalid_value,
    missing_argument,
)
from azext_acrhealth.grammar import REGION, RESOURCE_GROUP
from azext_acrhealth.options import Image, Selection

_MOST_WORKERS = 256


def parse_selection(
    arguments: CheckArguments, image: Image | None, subscription: str | None
) -> Selection | None:
    """Return which registries are selected; None when none are, or when some are named.

    `subscription` is the value of --subscription. Raises for options that exclude each other.
    """
    wide = [
        option
        for option, given in (
            ('--all', arguments.all_registries),
            ('--all-subscriptions', arguments.all_subscriptions),
        )
        if given
    ]
    narrow = [
        option
        for option, given in (('--location', arguments.locations), ('--tag', arguments.tags))
        if given
    ]
    named = '--name' if arguments.name else '--image' if image and image.host else None
    group = arguments.resource_group
    if len(wide) > 1:
        raise conflicting_arguments(
            "--all and --all-subscriptions can't be used together.",
            'Use --all for one subscription, or --all-subscriptions for every subscription.',
        )
    if named and wide + narrow:
        raise conflicting_arguments(
            f'{(wide + narrow)[0]} selects registries, but {named} already specifies them.',
            'Use one of the two.',
        )
    if wide and group:
        raise conflicting_arguments(
            f"{wide[0]} isn't limited to a resource group, but --resource-group is specified.",
            f'Omit {wide[0]}: --resource-group alone selects all registries in the resource group.',
        )
    if arguments.all_subscriptions and subscription:
        raise conflicting_arguments(
            "--all-subscriptions and --subscription can't be used together.",
            'Use --all with --subscription for one subscription.',
        )
    group_alone = bool(group) and not named
    if narrow and not wide and not group_alone:
        raise missing_argument(
            f'{narrow[0]} filters selected registries, but no option selects registries.',
            'Add --all, --all-subscriptions, or --resource-group without --name.',
        )
    # A query for registries takes ASCII only.
    if group and not (RESOURCE_GROUP.fullmatch(group) and (named or group.isascii())):
        raise invalid_value(
            f"'{group}' isn't the name of a resource group.",
            'List them: `az group list --query "[].name" --output tsv`.',
        )
    if not wide and not group_alone:
        return None
    return Selection(
        arguments.all_subscriptions,
        group,
        tuple(dict.fromkeys(_parse_location(text) for text in arguments.locations or ())),
        tuple(dict.fromkeys(_parse_tag(text) for text in arguments.tags or ())),
    )


def _parse_location(text: str) -> str:
    # The portal shows "West Europe" for what everything else calls westeurope.
    location = text.replace(' ', '').lower()
    if not REGION.fullmatch(location):
        raise invalid_value(
            f"'{text}' isn't the name of a region.",
            'Use a name such as westeurope. '
            'List them: `az account list-locations --query "[].name" --output tsv`.',
        )
    return location


def _parse_tag(text: str) -> tuple[str, str | None]:
    key, sign, value = text.partition('=')
    if not key.strip():
        raise invalid_value(
            f"'{text}' isn't a tag.", 'Use KEY or KEY=VALUE, for example --tag team=platform.'
        )
    return key.strip(), value if sign else None


def validate_workers(setting: str | None) -> None:
    """Raise if the setting acrhealth.max_workers is not a number of workers."""
    if setting and not (
        setting.isascii() and setting.isdigit() and 1 <= int(setting) <= _MOST_WORKERS
    ):
        raise invalid_value(
            f"The setting acrhealth.max_workers, '{setting}', isn't a number from 1 to "
            f'{_MOST_WORKERS}.',
            'Set it: `az config set acrhealth.max_workers=32`, or remove it: `az config unset '
            'acrhealth.max_workers`.',
        )
