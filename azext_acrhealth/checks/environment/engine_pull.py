# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the engine can pull a sample image and, by its error text, why it can't."""

from __future__ import annotations

from collections.abc import Mapping

from azext_acrhealth.catalogue.environment import engine_pull as problems
from azext_acrhealth.checks.connectivity.connection import proxy_placeholders
from azext_acrhealth.checks.environment.engine_client import Engine
from azext_acrhealth.checks.environment.engine_daemon import engine_daemon
from azext_acrhealth.checks.environment.engine_output import error_text, shorten_lines
from azext_acrhealth.explain.kinds import Kind
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, not_applicable, passed
from azext_acrhealth.probes.local.process import CompletedCommand

_OTHER_PLATFORM = 'cannot be used on this platform'
# What failed by the rules for error messages, and how the detail begins.
_BY_KIND: Mapping[Kind, tuple[Problem, str]] = {
    'platform': (problems.PULL_PLATFORM, 'image not available for this platform'),
    'disk': (problems.PULL_DISK, 'disk full'),
    'proxy': (problems.PULL_PROXY, 'proxy connection failed'),
    'tls': (problems.PULL_TLS, 'TLS failed'),
    'name': (problems.PULL_NAME, 'host name not resolved'),
    'throttled': (problems.PULL_THROTTLED, 'throttled'),
    'foreign': (problems.PULL_THROTTLED, 'throttled'),
    'missing': (problems.PULL_NO_IMAGE, 'image not found'),
    **dict.fromkeys(
        ('unauthorized', 'anonymous', 'denied', 'firewall', 'login'),
        (problems.PULL_UNAUTHORIZED, 'pull denied'),
    ),
    'connection': (problems.PULL_CONNECTION, 'connection failed'),
}
_HOST = lazy_pattern(r'[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?|localhost(?::\d{1,5})?')


@check(
    'engine-pull',
    'Sample pull',
    'environment',
    per='machine',
    needs=(engine_daemon,),
    verifies='The engine can pull a small public image. Runs only with --yes.',
    problems=problems.PROBLEMS,
)
def engine_pull(ctx: Context, engine: Engine) -> Outcome:
    if not ctx.options.pull_sample:
        return not_applicable('requires --yes, because the pull leaves an image on this machine')
    image = ctx.probes.sample_image()
    completed = ctx.probes.pull((engine.path, 'pull', image), ctx.deadline)
    placeholders = {'engine': engine.command, 'image': image, 'host': _registry_host(image)}
    if completed.failure:
        return failed(
            problems.PULL_HUNG,
            f'{image}: {completed.failure.text}',
            placeholders=placeholders,
            image=image,
        )
    if completed.status == 0:
        return passed(f'pulled {image}', image=image)
    if _OTHER_PLATFORM in completed.stderr + completed.stdout:
        return passed(f'pulled {image}, which is for another platform', image=image)
    problem, lead = _classify(completed, image, placeholders['host'])
    # The proxy of the Azure CLI is probably the one that the engine needs.
    route = ctx.probes.route(placeholders['host'].partition(':')[0])
    proxy = proxy_placeholders(ctx.probes.proxy_settings(), route)['proxy']
    detail = (
        f'{lead} ({image}): {error_text(completed)}'
        if lead
        else f'{image}: {error_text(completed)}'
    )
    return failed(
        problem,
        detail,
        placeholders={**placeholders, 'proxy': proxy},
        image=image,
        host=placeholders['host'],
        status=completed.status,
    )


def _classify(completed: CompletedCommand, image: str, host: str) -> tuple[Problem, str]:
    # The rules load only for a pull that failed.
    from azext_acrhealth.explain.failure_kind import failure_kind

    # The last line has the reason; earlier lines may be about attempts that failed for another one.
    for text in map(
        shorten_lines, (completed.last_line, f'{completed.stderr}\n{completed.stdout}')
    ):
        kind = failure_kind(text.replace(image, 'the image'), host)
        if kind is not None and kind in _BY_KIND:
            return _BY_KIND[kind]
    return problems.PULL_FAILED, ''


def _registry_host(image: str) -> str:
    first = image.partition('/')[0]
    return first if '/' in image and _HOST.fullmatch(first) else 'registry-1.docker.io'
