# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the engine can pull a sample image and, by its error text, why it can't."""

from __future__ import annotations

import re

from azext_acrhealth.catalogue.environment import engine_pull as problems
from azext_acrhealth.checks.connectivity.connection import proxy_placeholders
from azext_acrhealth.checks.environment.engine_client import Engine
from azext_acrhealth.checks.environment.engine_daemon import engine_daemon
from azext_acrhealth.checks.environment.engine_output import error_text, shorten_lines
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, not_applicable, passed
from azext_acrhealth.probes.local.process import CompletedCommand

_OTHER_PLATFORM = 'cannot be used on this platform'
# docker, podman and nerdctl are written in Go and share its network error messages. The most
# specific pattern comes first.
_ERROR_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE), problem, lead)
    for pattern, problem, lead in (
        (
            r'no matching manifest for|no match for platform|no image found in (?:manifest '
            r'list|image index)'
            r'|no child with platform',
            problems.PULL_PLATFORM,
            'image not available for this platform',
        ),
        (
            r'no space left on device|not enough space on the disk|disk quota exceeded',
            problems.PULL_DISK,
            'disk full',
        ),
        # Go reports a refused CONNECT with nothing but the text of the proxy's status.
        (
            r'proxyconnect|proxy authentication required|socks connect|invalid proxy'
            r'|(?:get|head) "?https://\S+: (?:forbidden|bad gateway|gateway time-?out|service '
            r'unavailable)\s*$',
            problems.PULL_PROXY,
            'proxy connection failed',
        ),
        (r'x509:|\btls: |http response to https client', problems.PULL_TLS, 'TLS failed'),
        (
            r'no such host|server misbehaving|temporary failure in name resolution|\blookup '
            r'[\w.-]+(?: on \S+)?: ',
            problems.PULL_NAME,
            'host name not resolved',
        ),
        (
            r'toomanyrequests|too many requests|http 429',
            problems.PULL_THROTTLED,
            'throttled',
        ),
        (
            r'manifest unknown|manifest for \S+ not found|name unknown|repository (?:name )?not '
            r'(?:known|found)'
            r'|failed to resolve reference [^\n]*: not found',
            problems.PULL_NO_IMAGE,
            'image not found',
        ),
        (
            r'unauthorized|(?<!permission )denied|authentication required|basic auth '
            r'credentials|forbidden|http 40[13]\b',
            problems.PULL_UNAUTHORIZED,
            'pull denied',
        ),
        (
            r'connection refused|actively refused|connection reset|time-?out|timed out|deadline '
            r'exceeded|no route to host'
            r'|unreachable|\beof\b|broken pipe|forcibly closed|transport connection broken|waiting '
            r'for connection',
            problems.PULL_CONNECTION,
            'connection failed',
        ),
    )
)
_HOST = re.compile(r'[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?|localhost(?::\d{1,5})?')


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
    problem, lead = _classify(completed, image)
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


def _classify(completed: CompletedCommand, image: str) -> tuple[Problem, str]:
    # The last line has the reason; earlier lines may be about attempts that failed for another one.
    for text in map(
        shorten_lines, (completed.last_line, f'{completed.stderr}\n{completed.stdout}')
    ):
        for pattern, problem, lead in _ERROR_PATTERNS:
            if pattern.search(text.replace(image, 'the image')):
                return problem, lead
    return problems.PULL_FAILED, ''


def _registry_host(image: str) -> str:
    first = image.partition('/')[0]
    return first if '/' in image and _HOST.fullmatch(first) else 'registry-1.docker.io'
