# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Reject bad input before any check runs, and build the options of the run."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azext_acrhealth.arguments.check_arguments import CheckArguments, take_arguments
from azext_acrhealth.arguments.cluster_names import parse_clusters
from azext_acrhealth.arguments.cluster_pull import parse_cluster_pull
from azext_acrhealth.arguments.errors import (
    conflicting_arguments,
    invalid_value,
    missing_argument,
    reject_empty,
    require_one_registry,
)
from azext_acrhealth.arguments.identity import parse_identity
from azext_acrhealth.arguments.image_and_login import (
    add_registry_of_image,
    parse_image_and_platform,
    parse_login,
    parse_push_size,
    parse_repository_and_need,
)
from azext_acrhealth.arguments.image_references import parse_image
from azext_acrhealth.arguments.registry_names import (
    deduplicate,
    parse_registry,
    strip_to_name,
)
from azext_acrhealth.arguments.registry_selection import parse_selection, validate_workers
from azext_acrhealth.arguments.report_files import parse_report_files
from azext_acrhealth.grammar import VNET_ID, VNET_NAME
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import Check
from azext_acrhealth.options import Image, Options, Selection, Target
from azext_acrhealth.redaction import sanitize

if TYPE_CHECKING:
    from azext_acrhealth.probes.azure.cli import Cli

_AUDIENCE = lazy_pattern(r'https://[\w.-]+(:\d{1,5})?(/[\w./-]*)?', re.ASCII)
_SAMPLE_HOST = lazy_pattern(r'[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d{1,5})?', re.ASCII)
_HOW_TO_NAME = (
    'Specify a name, such as myregistry, a login server, or a resource ID, without scheme, port, '
    'or path.'
)


def validate_check(cmd: Any, namespace: Any) -> None:
    """Validate the arguments of `check` and replace them by `options`, an `Options`.

    Raises one of the CLI's errors of azure.cli.core.azclierror for what can't be used.
    """
    from azext_acrhealth.probes.azure.cli import Cli

    subscription = cmd.cli_ctx.data.get('subscription_id')
    namespace.options = _build_options(Cli(cmd.cli_ctx), take_arguments(namespace), subscription)


def validate_explain(namespace: Any) -> None:
    """Read the message of `error explain`, and replace the arguments by `text`."""
    from azext_acrhealth.arguments.error_message import parse_error_text

    message, path = namespace.message, namespace.file_path
    del namespace.message, namespace.file_path
    namespace.text = parse_error_text(message, path)


def validate_compare(namespace: Any) -> None:
    """Read the files of `compare`, and replace the arguments by `results`, a `Pair`."""
    from azext_acrhealth.arguments.saved_results import parse_files

    files = namespace.files
    del namespace.files
    namespace.results = parse_files(files)


def validate_show(namespace: Any) -> None:
    """Replace the code and the reason of `error show` by those of the catalogue."""
    from azext_acrhealth.arguments.error_reasons import parse_code_and_reason

    code = str(namespace.code) if namespace.code else None
    namespace.code, namespace.reason = parse_code_and_reason(code, namespace.reason)


def _build_options(cli: Cli, arguments: CheckArguments, subscription: str | None) -> Options:
    if arguments.strict and arguments.ignore_errors:
        raise conflicting_arguments(
            "--strict and --ignore-errors can't be used together.",
            'Use --strict to fail on warnings, or --ignore-errors to always exit with 0.',
        )
    for option, value in (
        ('--resource-group', arguments.resource_group),
        ('--repository', arguments.repository),
        ('--vnet', arguments.vnet),
        ('--image', arguments.image),
        ('--platform', arguments.platform),
        ('--push-size', arguments.push_size),
        ('--username', arguments.username),
        ('--identity', arguments.identity),
    ):
        reject_empty(option, value)
    _validate_seconds('--timeout', arguments.timeout, 'Omit it to use 60 seconds.')
    if arguments.wait is not None:
        _validate_seconds('--wait', arguments.wait, 'Omit it to run the checks once.')
    image, platform = parse_image_and_platform(arguments)
    selection = parse_selection(arguments, image, subscription)
    targets = [] if selection else _parse_targets(cli, arguments, image)
    validate_workers(cli.setting('acrhealth', 'max_workers'))
    suffixes = [suffix for suffix in (cli.suffix, *cli.other_clouds().values()) if suffix]
    repository, need = parse_repository_and_need(arguments, image, targets, selection, suffixes)
    push_size = parse_push_size(arguments)
    username, password = parse_login(arguments, targets, selection)
    identity = parse_identity(arguments)
    _validate_vnet(arguments.vnet, targets, selection)
    cluster_pull = parse_cluster_pull(arguments)
    clusters = parse_clusters(arguments, targets, selection)
    only, skip = _parse_check_filter(arguments, targets, selection)
    _validate_audience(cli)
    if arguments.yes:
        _validate_sample_image(cli)
    # Last, because it creates a file in each folder to find out whether that is possible.
    report_files = parse_report_files(arguments.reports)
    return Options(
        targets=tuple(targets),
        clusters=clusters,
        **cluster_pull,
        selection=selection,
        repository=repository,
        need=need,
        vnet=arguments.vnet,
        pull_sample=arguments.yes,
        timeout=arguments.timeout,
        image=image,
        platform=platform,
        username=username,
        password=password,
        push=arguments.push,
        push_size=push_size,
        identity=identity,
        only=only,
        skip=skip,
        strict=arguments.strict,
        ignore_errors=arguments.ignore_errors,
        report_files=report_files,
        wait=arguments.wait,
    )


def _validate_seconds(option: str, seconds: float, advice: str) -> None:
    if not (math.isfinite(seconds) and seconds > 0):
        raise invalid_value(f'{option} must be a positive number of seconds.', advice)


def _parse_targets(cli: Cli, arguments: CheckArguments, image: Image | None) -> list[Target]:
    names, advice = arguments.name, _HOW_TO_NAME
    if names is None and not (image and image.host):
        default = cli.setting('defaults', 'acr')
        names = [default] if default else []
        advice = f'{_HOW_TO_NAME} The value comes from the setting defaults.acr.'
    targets = []
    for text in names or []:
        target = parse_registry(text, cli.suffix, arguments.resource_group)
        if isinstance(target, str):
            suggestion = _suggest_names(text, cli.suffix) if arguments.name else ''
            raise invalid_value(target, f'Use --name {suggestion}' if suggestion else advice)
        targets.append(target)
    return deduplicate(add_registry_of_image(image, targets, cli.suffix, arguments.resource_group))


def _suggest_names(text: str, suffix: str | None) -> str:
    """Return the names in a URL, an image reference or a list with commas; '' if unclear."""
    names = [strip_to_name(part) for part in text.split(',')]
    clear = all(isinstance(parse_registry(name, suffix), Target) for name in names)
    return ' '.join(names) if clear else ''


def _validate_vnet(
    vnet: str | None, targets: Sequence[Target], selection: Selection | None
) -> None:
    if vnet is None:
        return
    require_one_registry('--vnet', targets, selection)
    if not VNET_NAME.fullmatch(vnet) and not VNET_ID.fullmatch(vnet):
        raise invalid_value(
            f"'{vnet}' isn't the name or resource ID of a virtual network.",
            'List the IDs: `az network vnet list --query "[].id" --output tsv`.',
        )


def _parse_check_filter(
    arguments: CheckArguments, targets: Sequence[Target], selection: Selection | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return --only and --skip without duplicates. Raises if no check would be left to run."""
    if not arguments.only and not arguments.skip:
        return (), ()
    from azext_acrhealth.check_filter import LEFT_OUT, expand, select
    from azext_acrhealth.checks.all_checks import CHECKS
    from azext_acrhealth.checks.cluster.cluster_pull import cluster_pull

    only, skip = (tuple(dict.fromkeys(names or ())) for names in (arguments.only, arguments.skip))
    both = [name for name in only if name in skip]
    if both:
        raise conflicting_arguments(
            f"{', '.join(both)} can't be in both --only and --skip.",
            'Remove it from one of them.',
        )
    with_context = bool(arguments.kube_context and not arguments.cluster)
    of_clusters = [
        name
        for name in only
        if all(
            check.per == 'cluster' and not (with_context and check is cluster_pull)
            for check in expand(CHECKS, [name])
        )
    ]
    if of_clusters and not arguments.cluster:
        raise missing_argument(
            f'--only names checks of a cluster ({", ".join(of_clusters)}), but no cluster is '
            'specified with --cluster.',
            'Specify the cluster with --cluster.',
        )
    reasons = [
        skip_reason
        for check, skip_reason in select(CHECKS, only, skip).items()
        if _is_possible(check, bool(targets or selection), bool(arguments.cluster) or with_context)
    ]
    if not reasons:
        raise missing_argument(
            f'--only names checks of a registry ({", ".join(only)}), but no registry is specified.',
            'Specify the registry with --name.',
        )
    if all(skip_reason == LEFT_OUT for skip_reason in reasons):
        raise invalid_value(
            'No check is left to run.',
            'Remove an entry from --skip, or specify a registry with --name.',
        )
    return only, skip


def _is_possible(check: Check, with_registry: bool, with_cluster: bool) -> bool:
    """Return whether a check gets a row: one of a registry or a cluster requires it."""
    if check.per == 'cluster':
        return with_registry and with_cluster
    return with_registry or check.per == 'machine' and check.category == 'environment'


def _validate_audience(cli: Cli) -> None:
    audience = cli.registry_audience()
    if not _AUDIENCE.fullmatch(audience):
        raise invalid_value(
            f"The setting acr.audience_resource, '{sanitize(audience)}', isn't a valid audience.",
            'Remove the setting: `az config unset acr.audience_resource`. Unset the environment '
            'variable AZURE_ACR_AUDIENCE_RESOURCE instead if the value comes from it.',
        )


def _validate_sample_image(cli: Cli) -> None:
    setting = cli.setting('acrhealth', 'sample_image')
    if not setting:
        return
    image = parse_image(setting)
    # The host may have any port. The setting goes into a command line as it is.
    if (
        isinstance(image, str)
        or (image.host and not _SAMPLE_HOST.fullmatch(image.host))
        or '://' in setting
        or setting != setting.strip()
    ):
        raise invalid_value(
            f"The setting acrhealth.sample_image, '{setting}', isn't an image reference.",
            'Set it: `az config set '
            'acrhealth.sample_image=mcr.microsoft.com/mcr/hello-world:latest`.',
        )
