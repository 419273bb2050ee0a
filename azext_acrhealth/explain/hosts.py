# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whose host is named where in a text: a registry of Azure, another one, or what they rely on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from azext_acrhealth.grammar import is_host, is_ip_address, is_repository
from azext_acrhealth.lazy_patterns import lazy_pattern

# `registry` and `data` are hosts of a container registry in Azure, `foreign` is another registry.
# Hosts that registries rely on: `entra`, `arm`, `metadata`. `other` has nothing to do with any.
Role = Literal['registry', 'data', 'entra', 'arm', 'metadata', 'foreign', 'other']
OURS: tuple[Role, ...] = ('registry', 'data')

_SUFFIX = r'azurecr\.(?:io|cn|us|de)'
_MCR, _HUB = 'mcr.microsoft.com', 'docker.io'
# What gives the tokens of Docker Hub, and for which service.
_HUB_TOKENS = ('auth.docker.io', 'registry.docker.io')
# Which hosts have a role: whole names, or names that end with this after a dot. The first role that
# has the host counts. The foreign registries are those that people know by name.
_WHOLE: Mapping[Role, tuple[str, ...]] = {
    'foreign': (
        r'(?:mcrprod\w*|mcr)\.' + _SUFFIX,  # back ends of the registry of Microsoft's images
        r'.+\.data\.mcr\.microsoft\.com|mcr\.(?:microsoft\.com|azk8s\.cn)',
        r'public\.ecr\.aws|.+\.dkr\.ecr\.[\w-]+\.amazonaws\.com(?:\.cn)?|.+\.cloudfront\.net',
        # Not those of packages for programs.
        r'(?:registry|pkg)\.(?!azurecr|npm|yarnpkg|terraform)[\w.-]+|.+\.r2\.cloudflarestorage\.com',
        r'container-registry\.oracle\.com',
    ),
    'data': (
        r'.+\.data\.' + _SUFFIX,
        r'.+\.blob\.core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)',
        r'.+\.blob\.storage\.azure\.net',
    ),
    'registry': (r'(?:.*[.\]>])?' + _SUFFIX,),
    'entra': (
        r'login\.(?:microsoftonline\.(?:com|us|de)|windows\.net|microsoft\.com)',
        r'login\.(?:chinacloudapi|partner\.microsoftonline)\.cn|sts\.windows\.net',
    ),
    'arm': (r'management\.(?:core\.)?(?:azure|windows|usgovcloudapi|chinacloudapi)\.\w+',),
    'metadata': (r'169\.254\.169\.254',),
}
_FOREIGN = (
    *('docker.io', 'docker.com', 'ghcr.io', 'quay.io', 'gcr.io', 'lscr.io', 'icr.io', 'cgr.dev'),
    *('pkg.dev', 'jfrog.io', 'elastic.co', 'nvcr.io', 'ocir.io', 'redhat.io', 'aliyuncs.com'),
    *('k8s.io', 'chainguard.dev', 'codeberg.org', 'fly.io', 'docker.pkg.github.com'),
)
_ROLES = tuple(
    (lazy_pattern(rf'(?:{"|".join(patterns)})\Z'), role) for role, patterns in _WHOLE.items()
)
# The cache of GitHub Actions, whose storage isn't that of registries.
_GITHUB_CACHE = lazy_pattern(
    r'(?:productionresultssa\w{1,20}\.blob\.core\.windows\.net'
    r'|.+\.actions\.githubusercontent\.com)\Z'
)
_ENDS = rf'(?:{"|".join(map(re.escape, _FOREIGN))})\b'
_LABEL = r'[\w*<>\[\]{}$-]'
_IMAGE = r'(?:[{<\[][\w -]{1,40}[}>\]](?=/))?[\w*<>\[\]{}$./:@+-]{1,400}'
# Commands that are followed by an image, perhaps after options without a value.
_COMMAND = (
    r'(?:(?:docker|podman|nerdctl|crictl|buildah|crane) pull(?: -[a-z-]{1,20}(?:=\S{1,40})?)*'
    r'|docker run(?: -[itd]{1,3}| --rm)*|oras (?:resolve|pull|push|copy|cp|discover))'
    r'(?= ["\']?[^\s/:]{0,80}[/:]| ["\']?[\w./-]{1,80}["\']?(?: bash| sh)?(?:\n|\Z))'
)
# Where texts name a host or an image. `url` is followed by its path; `image` may have no host, and
# is then that of Docker Hub; `bare` needs no frame, since only a registry's host has that form.
_MENTION = lazy_pattern(
    rf'(?P<url>https?://(?P<authority>[^\s/"\'?,()]{{1,300}})'
    rf'(?P<path>/v2/|/v2\b|/token\b|/oauth2/)?)'
    # Helm, skopeo and podman.
    rf'|(?<!\+)\b(?:docker|oci|registry)://(?P<reference>{_IMAGE})'
    # An image that is named with or without a host, and may have no tag.
    rf'|(?:access denied for|\b(?:pull|pulling) (?:container )?image(?= ")|\b(?:{_COMMAND})) ["\']?'
    rf'(?P<pulled>{_IMAGE})'
    # requests and urllib3 name the host so.
    rf'|\bhost=\'(?P<pool>[\w.-]{{1,253}})\''
    # dotnet, and the log of containerd.
    rf'|\b(?:in the registry |host=(?="))["\'](?P<named>[\w.:-]{{1,253}})["\']'
    # The host of a login, which isn't in quotes, perhaps after a login name and a password.
    r'|\b(?:docker|podman|nerdctl|helm registry|oras|crane auth) login '
    r'(?:-{1,2}[a-z-]{1,20}[ =]\S{1,100} ){0,3}["\']?'
    r'(?P<login>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?::\d{1,5})?)'
    # kubelet, containerd, docker, buildx, podman, ACI, App Service.
    r'|(?:(?:pull(?:ing)?|inspect|invalid) (?:and unpack )?(?:container )?image|resolve reference'
    r'|manifest for(?! (?:linux|windows|darwin|unknown)/)|unable to find image'
    r'|checking push permission for|failed to solve:(?= [\w./-]{1,300}:[\w.-]{1,128}: )'
    r'|\bimage(?= \S{3,400} not found)|container image'
    # docker-py's callers, iotedgectl among them.
    r'|(?:error during|executing) pull for(?: image)?'
    r'|unauthorized for|credentials for|load metadata for|initializing source|the image'
    r'|push refers to repository|trying to pull'
    r'|parse reference|invalid value:|(?<!such )\bimage:|\bimage=|pushing(?= \S{3,400} with'
    r' docker))'
    r'[:\s]{0,2}["\'\[]?'
    rf'(?:docker://|oci://)?(?P<image>{_IMAGE})'
    rf'|(?P<bare>(?<![\w-])(?:{_LABEL}{{0,63}}\.){{0,5}}{_SUFFIX}|\b(?:[\w-]{{1,63}}\.){{0,8}}{_ENDS}'
    r'|\bmcr\.microsoft\.com|\bpublic\.ecr\.aws|[\w.-]{1,80}\.amazonaws\.com'
    r'|[\w.-]{1,120}\.blob\.core\.windows\.net|\blogin\.microsoftonline\.com|169\.254\.169\.254)'
    # The path can name a registry that is cached.
    r'(?:/[^\s"\',()]{0,300})?'
)
# Words and masks that stand where an image could.
_PROSE = ('failed', 'failure', 'fails', 'image', 'images', 'myimage', 'the', 'works', 'xxx')
# A host that the author or the pipeline masked as a whole.
_MASKED = lazy_pattern(r'[*<>\[\]{}$]{1,3}[\w *.-]{0,80}[*<>\[\]{}]{1,3}|\*+')
# Hosts of documentation, which messages refer to, and of what ran the command.
_NOTED = lazy_pattern(
    r'(?:.+\.)?(?:aka\.ms|(?:docs|learn|go|azure|portal|support|developer)\.microsoft\.com'
    r'|github\.com|www\.docker\.com|docs\.docker\.com|hub\.docker\.com|kubernetes\.io'
    r'|(?<!actions\.)githubusercontent\.com|portal\.azure\.com|dev\.azure\.com|visualstudio\.com|helm\.sh'
    r'|desktop\.docker\.com)\Z'
)


class Mention(NamedTuple):
    """A host that a text names at a place, and for an image what follows the host."""

    start: int
    end: int
    host: str
    role: Role
    image: str = ''


def role_of(host: str) -> tuple[Role, str]:
    """Return the role of a host, in lowercase, and the name under which it is known."""
    if _MASKED.fullmatch(host):
        return 'registry', host
    if _GITHUB_CACHE.match(host):
        return 'other', host
    if host in _HUB_TOKENS:
        return 'foreign', _HUB
    for pattern, role in _ROLES:
        if pattern.match(host):
            return role, _MCR if role == 'foreign' and 'mcr' in host else host
    if f'.{host}'.endswith(tuple(f'.{end}' for end in _FOREIGN)):
        return 'foreign', host
    return 'other', host


def is_noted(host: str) -> bool:
    """Return whether messages name a host only to refer to it, as those of documentation."""
    return _NOTED.match(host) is not None


def mentions(folded: str) -> list[Mention]:
    """Return the hosts that a text in lowercase names, in their order."""
    return list(_mentions(folded))


def _mentions(folded: str) -> Iterator[Mention]:
    for match in _MENTION.finditer(folded):
        if match['url']:
            host = without_port(match['authority'].rpartition('@')[2])
            if is_noted(host):
                continue
            role, known = role_of(host)
            # Only a registry has this API.
            if role == 'other' and match['path'] in ('/v2/', '/v2') and '*' not in host:
                role = 'foreign'
            yield Mention(match.start(), match.end(), known, role)
        elif match['pool']:
            role, known = role_of(match['pool'])
            yield Mention(match.start(), match.end(), known, role)
        elif match['named'] or match['login']:
            host = match['named'] or match['login']
            yield from _of_image(match.start(), match.end(), f'{host}/')
        elif image := match['pulled'] or match['image'] or match['reference']:
            yield from _of_image(
                match.start(), match.end(), image.rstrip('.:,]>)'), is_image=bool(match['pulled'])
            )
        else:
            bare = match['bare']
            if bare.startswith('.') and folded.endswith("suffix '", 0, match.start()):
                continue  # the Azure CLI's note about the name of a registry
            # `[contoso.azurecr.io/app]`, but not `[name].azurecr.io`.
            role, known = role_of(bare if ']' in bare else bare.lstrip('['))
            yield Mention(match.start(), match.end(), known, role)


def _of_image(start: int, end: int, image: str, *, is_image: bool = False) -> Iterator[Mention]:
    host, slash, path = image.partition('/')
    masked = _MASKED.fullmatch(host) is not None
    if not slash or not ('.' in host or ':' in host or host == 'localhost' or masked):
        # `the image is`, `pulling image from`: prose, unless it has the form of a reference.
        repository = image.partition('@')[0].partition(':')[0]
        is_image = is_image and repository not in _PROSE
        if is_repository(repository) and (is_image or ':' in image or '/' in image or '@' in image):
            yield Mention(start, end, _HUB, 'foreign', image)
        return
    host = without_port(host)
    role, known = role_of(host)
    if role == 'other' and (is_host(host) or is_ip_address(host) or host == 'localhost'):
        role = 'foreign'
    yield Mention(start, end, known, role, path)


def without_port(authority: str) -> str:
    """Return a host without its port."""
    host, colon, port = authority.rpartition(':')
    return host if colon and port.isdecimal() else authority
