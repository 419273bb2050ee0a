# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Images of every kind that a client may meet, made here; nothing is downloaded."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import json
import random
import tarfile
from collections.abc import Sequence
from typing import Any, NamedTuple

OCI = 'application/vnd.oci.image.'
DOCKER = 'application/vnd.docker.'
MANIFEST, INDEX, CONFIG = OCI + 'manifest.v1+json', OCI + 'index.v1+json', OCI + 'config.v1+json'
LAYER, FOREIGN_LAYER = OCI + 'layer.v1.tar+gzip', OCI + 'layer.nondistributable.v1.tar+gzip'
# Docker's own media types for the same, as an older client pushes them.
DOCKER_TYPES = {
    MANIFEST: DOCKER + 'distribution.manifest.v2+json',
    CONFIG: DOCKER + 'container.image.v1+json',
    INDEX: DOCKER + 'distribution.manifest.list.v2+json',
    LAYER: DOCKER + 'image.rootfs.diff.tar.gzip',
    FOREIGN_LAYER: DOCKER + 'image.rootfs.foreign.diff.tar.gzip',
}
CHART_CONFIG, CHART = (
    'application/vnd.cncf.helm.config.v1+json',
    'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
)
STATEMENT = 'application/vnd.in-toto+json'
FOREIGN_URL = 'https://evil.example.test/base-layer.tar.gz'
CREATED = '2026-02-03T09:12:44Z'
WINDOWS_VERSION = '10.0.20348.2031'


class Image(NamedTuple):
    """A manifest, its media type, the blobs it needs, and the images that an index lists."""

    manifest: bytes
    media_type: str
    blobs: tuple[bytes, ...] = ()
    children: tuple['Image', ...] = ()


def digest(data: bytes) -> str:
    """Return the digest of some bytes."""
    return 'sha256:' + hashlib.sha256(data).hexdigest()


@functools.lru_cache(maxsize=None)
def image(
    text: str = 'hello',
    architecture: str = 'amd64',
    size: int = 0,
    *,
    platform: str = '',
    layers: int = 1,
    config_size: int = 0,
    docker: bool = False,
    foreign: str = '',
    os_version: str = WINDOWS_VERSION,
    platform_free: bool = False,
) -> Image:
    """Return an image with one text file in each layer.

    `size` adds a file of so many bytes that do not compress. `platform` is
    os/architecture[/variant]; `config_size` pads the configuration; `docker` gives the media types
    of Docker's schema 2; `foreign` adds a lowest layer that lies at that URL, not in the registry;
    `os_version` is that of a Windows image; `platform_free` gives a configuration that names no
    platform, as tools that aren't builders of images write it.
    """
    platform_fields = (
        {} if platform_free else _platform(platform or f'linux/{architecture}', os_version)
    )
    tars = [_tar(text if number == 0 else f'{text} {number}', size) for number in range(layers)]
    packed = [gzip.compress(tar, mtime=0) for tar in tars]
    base = b'a layer that the registry does not hold'
    config = _dump(
        {
            **platform_fields,
            'created': CREATED,
            'config': {
                'Cmd': ['/hello'],
                **(
                    {'Labels': {'padding': _noise(text, config_size // 2).hex()}}
                    if config_size
                    else {}
                ),
            },
            'rootfs': {
                'type': 'layers',
                'diff_ids': [digest(tar) for tar in ([base] if foreign else []) + tars],
            },
            'history': [{'created': CREATED, 'created_by': 'acrhealth sandbox'}]
            * (len(tars) + bool(foreign)),
        }
    )
    entries = [_descriptor(LAYER, blob) for blob in packed]
    if foreign:
        entries.insert(0, {**_descriptor(FOREIGN_LAYER, base), 'urls': [foreign]})
    return _manifest(config, _descriptor(CONFIG, config), entries, packed, docker)


def artifact(text: str = 'hello') -> Image:
    """Return what `helm push` makes: a small configuration and one layer, for no platform."""
    config = _dump({'name': text, 'version': '0.1.0', 'apiVersion': 'v2'})
    chart = gzip.compress(_tar(text, 0), mtime=0)
    return _manifest(
        config, _descriptor(CHART_CONFIG, config), [_descriptor(CHART, chart)], [chart], False
    )


def schema1(text: str = 'hello') -> Image:
    """Return an image with a manifest of schema 1, which has no configuration, and one layer.

    The form is that of Docker's specification, image manifest version 2, schema 1; the signatures
    are left out.
    """
    layer = gzip.compress(_tar(text, 0), mtime=0)
    compatibility = json.dumps({'os': 'linux', 'architecture': 'amd64', 'created': CREATED})
    manifest = {
        'schemaVersion': 1,
        'name': text,
        'tag': 'v1',
        'architecture': 'amd64',
        'fsLayers': [{'blobSum': digest(layer)}],
        'history': [{'v1Compatibility': compatibility}],
    }
    return Image(_dump(manifest), DOCKER + 'distribution.manifest.v1+prettyjws', (layer,))


@functools.lru_cache(maxsize=None)
def index(
    text: str = 'hello',
    platforms: Sequence[str] = ('linux/amd64', 'linux/arm64'),
    attestations: bool = False,
    docker: bool = False,
    nested: bool = False,
    unstated: bool = False,
    os_versions: Sequence[str] = (),
) -> Image:
    """Return an index of platforms (a tuple).

    `attestations` adds for each the manifest that BuildKit adds: unknown/unknown. `nested` puts
    each platform's image into an index of its own (OCI image specification, image index: an entry
    can be an index). `unstated` leaves out the platforms of the entries, which the specification
    allows. `os_versions` are those of Windows images, one for each platform.
    """
    versions = (*os_versions, *[WINDOWS_VERSION] * len(platforms))
    images = [
        image(text, platform=platform, docker=docker, os_version=version)
        for platform, version in zip(platforms, versions)
    ]
    kind = DOCKER_TYPES[INDEX] if docker else INDEX
    entries = []
    for number, (name, version) in enumerate(zip(platforms, versions)):
        stated = {} if unstated else {'platform': _platform(name, version)}
        if nested:
            inner = [{**_descriptor(images[number].media_type, images[number].manifest), **stated}]
            images[number] = Image(
                _dump({'schemaVersion': 2, 'mediaType': kind, 'manifests': inner}),
                kind,
                (),
                (images[number],),
            )
        child = images[number]
        entries.append({**_descriptor(child.media_type, child.manifest), **stated})
    for subject in list(images) if attestations else ():
        statement = _dump(
            {'_type': 'https://in-toto.io/Statement/v0.1', 'subject': [digest(subject.manifest)]}
        )
        config = _dump(
            {
                'architecture': 'unknown',
                'os': 'unknown',
                'config': {},
                'rootfs': {'type': 'layers', 'diff_ids': [digest(statement)]},
            }
        )
        attestation = _manifest(
            config,
            _descriptor(CONFIG, config),
            [_descriptor(STATEMENT, statement)],
            [statement],
            False,
        )
        images.append(attestation)
        entries.append(
            {
                **_descriptor(MANIFEST, attestation.manifest),
                'platform': _platform('unknown/unknown'),
                'annotations': {
                    'vnd.docker.reference.digest': digest(subject.manifest),
                    'vnd.docker.reference.type': 'attestation-manifest',
                },
            }
        )
    return Image(
        _dump({'schemaVersion': 2, 'mediaType': kind, 'manifests': entries}),
        kind,
        (),
        tuple(images),
    )


def build_image(description: dict[str, Any]) -> Image:
    """Return the image that a description asks for; every property is optional.

    `text`, `architecture` or `platform` (os/architecture[/variant]), `size` (of each layer),
    `layers` (their number), `configSize`, `docker` (schema 2), `foreign` (the URL of a layer that
    the registry does not hold), `osVersion` (of a Windows image), `platformFree` (its configuration
    names no platform); `platforms` makes an index of them, with `attestations`, `nested`,
    `unstated` or `osVersions` if wanted; `artifact` makes what `helm push` makes, `schema1` a
    manifest of the first version. ValueError for another property.
    """
    known = {
        'text',
        'architecture',
        'platform',
        'size',
        'layers',
        'configSize',
        'docker',
        'foreign',
        'platforms',
        'attestations',
        'artifact',
        'nested',
        'unstated',
        'osVersion',
        'osVersions',
        'platformFree',
        'schema1',
    }
    if set(description) - known:
        raise ValueError(
            f'no property {sorted(set(description) - known)} of an image; there are {sorted(known)}'
        )
    text = description.get('text', 'hello')
    if description.get('artifact'):
        return artifact(text)
    if description.get('schema1'):
        return schema1(text)
    if description.get('platforms'):
        return index(
            text,
            tuple(description['platforms']),
            bool(description.get('attestations')),
            bool(description.get('docker')),
            bool(description.get('nested')),
            bool(description.get('unstated')),
            tuple(description.get('osVersions', ())),
        )
    return image(
        text,
        description.get('architecture', 'amd64'),
        int(description.get('size', 0)),
        platform=description.get('platform', ''),
        layers=int(description.get('layers', 1)),
        config_size=int(description.get('configSize', 0)),
        docker=bool(description.get('docker')),
        foreign=description.get('foreign', ''),
        os_version=description.get('osVersion', WINDOWS_VERSION),
        platform_free=bool(description.get('platformFree')),
    )


def _manifest(
    config: bytes,
    first: dict[str, Any],
    entries: list[dict[str, Any]],
    blobs: list[bytes],
    docker: bool,
) -> Image:
    text = _dump(
        {'schemaVersion': 2, 'mediaType': MANIFEST, 'config': first, 'layers': entries}
    ).decode()
    for name, old in DOCKER_TYPES.items() if docker else ():
        text = text.replace(json.dumps(name), json.dumps(old))
    return Image(text.encode(), DOCKER_TYPES[MANIFEST] if docker else MANIFEST, (config, *blobs))


def _platform(text: str, os_version: str = WINDOWS_VERSION) -> dict[str, str]:
    system, architecture, variant = (text.split('/') + [''])[:3]
    return {
        'architecture': architecture,
        'os': system,
        **({'variant': variant} if variant else {}),
        **({'os.version': os_version} if system == 'windows' else {}),
    }


def _tar(text: str, size: int) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode='w') as layer:
        for name, content in (
            ('hello.txt', text.encode()),
            *((('padding', _noise(text, size)),) if size else ()),
        ):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            layer.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def _noise(text: str, size: int) -> bytes:
    return random.Random(text).randbytes(size)


def _descriptor(kind: str, data: bytes) -> dict[str, Any]:
    return {'mediaType': kind, 'digest': digest(data), 'size': len(data)}


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(',', ':')).encode()
