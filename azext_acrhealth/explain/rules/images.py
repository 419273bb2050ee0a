# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Images, tags, platforms and layers that a pull doesn't find, or finds damaged."""

from __future__ import annotations

from azext_acrhealth.catalogue.connectivity import challenge
from azext_acrhealth.catalogue.data import blob, manifest, pull, upstream
from azext_acrhealth.catalogue.environment import engine_pull
from azext_acrhealth.catalogue.registry import cache_rules, encryption
from azext_acrhealth.explain.rule import Rule

_NOISE = ('anonymous', 'unauthorized', 'unclear')

RULES = (
    # Answers of the registry about its key and about cache rules decide whatever follows.
    Rule(
        'key-forbidden',
        (
            'key encryption key',
            'customer-managed',
            'customer managed',
            'encryption key',
            'failed to access keyid',
        ),
        r'access to key encryption key is forbidden|failed to access keyid'
        r'|(?:azurecr|acr|registry)[^\n]{0,200}(?:customer[- ]managed key)[^\n]{0,120}(?:forbidden'
        r'|denied|disabled|not accessible|expired)|encryption key[^\n]{0,80}(?:forbidden'
        r'|not accessible|disabled)',
        'encryption',
        encryption.KEY_FORBIDDEN,
        outranks=('firewall', 'denied', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'key-identity',
        ('identity associated with the registry is inactive',),
        r'identity associated with the registry is inactive',
        'encryption',
        encryption.KEY_IDENTITY_INACTIVE,
        candidates=(encryption.USER_IDENTITY_INACTIVE, encryption.SYSTEM_IDENTITY_INACTIVE),
        outranks=('firewall', 'denied', 'login', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'source-failed',
        ('request to pull from source', '424', 'failed dependency'),
        r'request to pull from source[^\n]{0,200}has failed|424 failed dependency'
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
        r'no match for platform in manifest|no matching manifest for [\w/().]{3,60}'
        r'|no image found in (?:manifest list|image index)(?: for architecture [\w"]{2,20})?'
        r'|no child with platform|image operating system "\w{1,20}" cannot be used on this'
        r' platform|does not match the specified platform|no match for platform'
        r'|version [\d.]{3,20}-based image is incompatible'
        r'|operating system does not match the host operating system',
        'platform',
        manifest.NO_MATCHING_PLATFORM,
        outranks=('missing', *_NOISE),
    ),
    Rule(
        'wrong-platform',
        ('exec format error',),
        r'exec format error|exec user process caused: exec format error',
        'platform',
        blob.PLATFORM_MISMATCH,
        'likely',
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
        ('manifest sha256:',),
        r'manifest (?P<digest>sha256:[0-9a-f]{64}) is not found',
        'missing',
        manifest.NO_SUCH_MANIFEST,
        candidates=(manifest.DANGLING_TAG, manifest.CHILD_MISSING),
        outranks=_NOISE,
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
        'layer-missing',
        (
            '404',
            'content descriptor',
            'blob unknown',
            'blob_unknown',
            'unknown blob',
            'blobnotfound',
        ),
        r'/blobs/sha256:[0-9a-f]{2,64}"?:? (?:unexpected status(?: code)?:? )?404\b'
        r'|could not fetch content descriptor [^\n]{1,160}not found|blob[ _]unknown|unknown blob'
        r'|(?:layer|blob|config)[^\n]{0,160}blobnotfound',
        'content',
        blob.BLOB_MISSING,
        outranks=('missing', *_NOISE),
        specific=False,
        unless=r'push refers to|pushing|manifest blob unknown',
    ),
    Rule(
        'content-mismatch',
        (
            'unexpected commit',
            'digest did not match',
            'filesystem layer verification failed',
            'unexpected size',
            'does not match digest',
            'digest verification failed',
        ),
        r'unexpected commit (?:digest|size)|digest did not match'
        r'|filesystem layer verification failed|does not match digest|digest verification failed'
        r'|failed precondition[^\n]{0,60}digest',
        'content',
        blob.CONTENT_MISMATCH,
        outranks=_NOISE,
        specific=False,
    ),
    Rule(
        'signature-expired',
        (
            'signature not valid in the specified time frame',
            'signed expiry time',
            'authenticationfailed',
        ),
        r'signature not valid in the specified time frame|signed expiry time'
        r'|server failed to authenticate the request',
        'content',
        blob.SIGNATURE_EXPIRED,
        outranks=_NOISE,
        elsewhere={'data': blob.SIGNATURE_EXPIRED},
        specific=False,
    ),
    Rule(
        'old-manifest',
        (
            'schema 1',
            'schemaversion 1',
            'schema version 1',
            'manifest.v1+prettyjws',
            'unsupported',
        ),
        r'schema ?(?:version )?1 (?:manifest|has been|images?|is no longer|support)'
        r'|manifest\.v1\+prettyjws|unsupported (?:manifest media ?type|mediatype|image manifest)',
        'content',
        manifest.UNREADABLE_MANIFEST,
        outranks=_NOISE,
        specific=False,
    ),
    Rule(
        'quarantined',
        ('quarantine',),
        r'\bquarantined?\b[^\n]{0,100}(?:pull|image|manifest|denied)',
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
        unless=r'probe failed|/blobs/uploads/|tunnel connection failed',
    ),
)
