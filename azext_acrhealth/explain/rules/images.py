# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Images, tags, platforms and layers that a pull doesn't find, or finds damaged."""

from __future__ import annotations

from azext_acrhealth.catalogue.connectivity import challenge
from azext_acrhealth.catalogue.data import blob, manifest, pull, upstream
from azext_acrhealth.catalogue.environment import engine_pull
from azext_acrhealth.catalogue.registry import cache_rules
from azext_acrhealth.explain.rule import Rule

_NOISE = ('anonymous', 'unauthorized', 'unclear')

RULES = (
    # What the registry says about cache rules decides whatever follows.
    Rule(
        'source-failed',
        ('from source', '424', 'failed dependency', 'cache rule'),
        r'request to (?:pull|fetch)[^\n]{0,60} from source[^\n]{0,200}(?:has failed|returned status'
        r' code)|424 failed dependency'
        r'|cache rule[^\n]{0,160}has failed',
        'upstream',
        upstream.SOURCE_FAILED,
        outranks=('server', 'missing', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'cache-rule-credentials',
        ('enforcedockerauthentication', 'cannot create cache rule'),
        r'enforcedockerauthentication|cannot create cache rule[^\n]{0,80}without credentials',
        'upstream',
        cache_rules.CREDENTIALS_MISSING,
        outranks=_NOISE,
        anywhere=True,
    ),
    # Platforms: containerd core/images, moby distribution/pull_v2.go, containers/image
    # manifest/oci_index.go. The text ends with `not found`, but no tag is missing.
    Rule(
        'no-platform',
        (
            "couldn't find matching base image",
            'no match for platform',
            'no matching manifest',
            'no image found in',
            'no child with platform',
            'not match the specified platform',
            'image operating system',
            'no matching architecture',
            '-based image is incompatible',
            'does not match the host operating system',
            'cannot be used on this platform',
        ),
        r'couldn\'t find matching base image for|no match for platform in manifest|no child with'
        r' platform|no matching manifest for [\w/().]{3,60}'
        r'|no image found in (?:manifest list|image index)(?: for architecture [\w"]{2,20})?'
        r'|image operating system "\w{1,20}" cannot be used on this'
        r' platform|does not match the specified platform|no match for platform'
        r'|version [\d.]{3,20}-based image is incompatible'
        r'|operating system does not match the host operating system',
        'platform',
        manifest.NO_MATCHING_PLATFORM,
        outranks=('missing', *_NOISE),
    ),
    # microsoft/hcsshim: an image of another Windows release, or a layer that is damaged.
    Rule(
        'windows-layer',
        ('hcsshim::importlayer',),
        r'hcsshim::importlayer[^\n]{0,60}failed in win32: the system cannot find the file',
        'platform',
        manifest.NO_MATCHING_PLATFORM,
        'possible',
        (blob.PLATFORM_MISMATCH, blob.CONTENT_MISMATCH),
        ('unclear',),
    ),
    Rule(
        'wrong-platform',
        ('exec format error',),
        r'exec format error|exec user process caused: exec format error',
        'platform',
        blob.PLATFORM_MISMATCH,
        'likely',
        # A script without an interpreter, and a program of the kubelet.
        unless=r'oserror: \[errno 8\]|credential provider plugin',
    ),
    Rule(
        'platform-differs',
        ("requested image's platform",),
        r'requested image\'s platform \([\w/]{3,40}\) does not match',
        'platform',
        blob.PLATFORM_MISMATCH,
    ),
    # ACR's own words (Azure/acr, 404 MANIFEST_UNKNOWN): by tag, and by digest.
    Rule(
        'tag-not-found',
        ('manifest tagged by',),
        r'manifest tagged by "?(?P<tag>[\w][\w.-]{0,127})"? is not found',
        'missing',
        manifest.NO_SUCH_TAG,
        outranks=_NOISE,
    ),
    Rule(
        'digest-not-found',
        ('manifest sha256:', '/manifests/sha256:', '@sha256:'),
        r'manifest (?:(?P<digest>sha256:[0-9a-f]{64})|sha256:[*.0-9a-f\u2026]{1,64}) is not found'
        r'|content at https?://[^\s"]{3,400}/manifests/sha256:[0-9a-f]{64} not found'
        r'|\S@sha256:[0-9a-f]{64}"?: not found\b',
        'missing',
        manifest.NO_SUCH_MANIFEST,
        candidates=(manifest.DANGLING_TAG, manifest.CHILD_MISSING),
        outranks=_NOISE,
    ),
    # The text names a tag, and the registry a digest: the tag refers to a manifest that is gone.
    Rule(
        'dangling-tag',
        ('manifest sha256:',),
        r'manifest for [^\s@]{1,300}:[\w.-]{1,128} not found: manifest unknown: manifest'
        r' sha256:[*.0-9a-f\u2026]{1,64} is not found',
        'missing',
        manifest.DANGLING_TAG,
        candidates=(manifest.NO_SUCH_MANIFEST,),
        outranks=('digest-not-found', 'manifest-unknown', *_NOISE),
    ),
    # The registry's API of tags and manifests, through `az acr repository` and `az acr manifest`.
    Rule(
        'api-tag-not-found',
        ('the specified tag does not exist', 'tag_unknown'),
        r'the specified tag does not exist|tag_unknown',
        'missing',
        manifest.NO_SUCH_TAG,
        outranks=('missing', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'repository-unknown',
        (
            'is not found',
            'repository name not known',
            'name unknown',
            'name_unknown',
            'repository not found',
            'repository name is not known',
            'is not found in registry',
        ),
        r'repository (?:name )?(?:is )?not known|name[ _]unknown'
        r'|repository "?[\w./-]{1,200}"? (?:is )?not found',
        'missing',
        manifest.NO_SUCH_REPOSITORY,
        outranks=_NOISE,
        specific=False,
    ),
    Rule(
        'quarantined',
        ('quarantine',),
        # The registry's code and message (Azure/acr#210).
        r'image_quarantined|image is quarantined'
        r'|\bquarantined?\b[^\n]{0,100}(?:pull|image|manifest|denied)',
        'denied',
        pull.QUARANTINED,
        'likely',
        outranks=_NOISE,
        specific=False,
        unless=r'quarantinepolicy',
    ),
    # moby: `manifest for X not found: manifest unknown`; containers/image: `reading manifest T in
    # X: manifest unknown`; containerd: `X: not found`. Which part is missing, only ACR's words
    # tell.
    Rule(
        'manifest-unknown',
        (
            'unable to locate any tags',
            'manifest unknown',
            'manifest_unknown',
            'manifestunknown',
            'not found',
        ),
        r'manifest for \S{1,300} not found|reading manifest \S{1,128} in \S{1,300}: manifest'
        r' unknown|unable to locate any tags in provided repository|manifest[ _]unknown'
        r'|manifestunknown',
        'missing',
        manifest.NO_SUCH_TAG,
        'likely',
        (manifest.NOT_FOUND, manifest.NO_SUCH_REPOSITORY),
        _NOISE,
        specific=False,
        unless=r'pushing manifest|\bput "?https',
    ),
    Rule(
        'reference-not-found',
        ('not found', '404', 'does not exist', 'notfound'),
        r'azurecr\.\w{2,3}/[^\s"]{1,300}"?: not found\b|image \S{1,300} does not exist'
        r'|\bimage [^\s/:]{1,200}[/:]\S{1,300} not found(?!, pulling| locally)'
        r'|(?:failed to resolve (?:reference|image|source metadata)'
        r'|failed to pull and unpack)[^\n]{0,600}: not found\b'
        r'|/manifests/[^\s"]{1,200}"?: (?:unexpected status(?: code)?:? )?404'
        r'|manifests/[^\s]{1,200}: 404 not found|code = notfound desc = ',
        'missing',
        manifest.NO_SUCH_TAG,
        'likely',
        (manifest.NOT_FOUND, manifest.NO_SUCH_REPOSITORY),
        _NOISE,
        specific=False,
        unless=r'no match for platform',
    ),
    # The disk of the node or of the engine.
    Rule(
        'disk-full',
        ('no space left on device', 'not enough space on the disk', 'disk quota exceeded'),
        r'no space left on device|not enough space on the disk|disk quota exceeded',
        'disk',
        engine_pull.PULL_DISK,
        outranks=('unclear',),
        specific=False,
        elsewhere={'data': engine_pull.PULL_DISK},
        unless=r'msal_token_cache',
    ),
    Rule(
        'server-error',
        (
            '500',
            '502',
            '503',
            '504',
            'internal server error',
            'service unavailable',
            'bad gateway',
            'gateway timeout',
            'server is busy',
        ),
        r'(?:status(?: code)?|http|code|registry)(?: from [^\n]{1,400})?[: =]{1,2}50[0234]\b'
        r'|: 50[0234](?:[.,"\']|\s*$)|50[0234] (?:internal server error|bad gateway'
        r'|service unavailable|gateway time-?out|the server is busy)'
        r'|unknown: (?:internal server error|service unavailable)',
        'server',
        pull.SERVER_ERROR,
        'likely',
        (challenge.SERVER_ERROR,),
        ('anonymous', 'unclear'),
        elsewhere={'data': pull.SERVER_ERROR},
        specific=False,
        unless=r'probe failed|/blobs/uploads/|tunnel connection failed|edgelet',
    ),
)
