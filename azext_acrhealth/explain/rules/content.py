# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Layers and manifests that are missing, damaged, of an old format, or that storage denies."""

from __future__ import annotations

from azext_acrhealth.catalogue.data import blob, manifest, references
from azext_acrhealth.explain.rule import Rule

_NOISE = ('anonymous', 'unauthorized', 'unclear')

RULES = (
    # moby: distribution/pull_v2.go; docker/cli; containers/image: image/unparsed.go.
    Rule(
        'manifest-mismatch',
        ('manifest verification failed', 'manifest digest mismatch', 'does not match provided'),
        r'manifest verification failed for digest|manifest digest mismatch'
        r'|manifest does not match provided manifest digest',
        'content',
        manifest.MANIFEST_MISMATCH,
        outranks=_NOISE,
        specific=False,
    ),
    # Azure Storage: InvalidAuthenticationInfo, for a request that carries a header Authorization.
    Rule(
        'authorization-forwarded',
        ('authentication information is not given', 'invalidauthenticationinfo'),
        r'authentication information is not given in the correct format|invalidauthenticationinfo',
        'content',
        blob.AUTHORIZATION_FORWARDED,
        'likely',
        outranks=('firewall', 'denied', *_NOISE),
        elsewhere={'data': blob.AUTHORIZATION_FORWARDED},
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
    # containerd 1.6 and 1.7 take any response for a manifest, such as the page of a proxy.
    Rule(
        'page-as-manifest',
        ('text/html', 'content size of zero'),
        r'could not fetch content descriptor \S{1,80} \(text/html[^)\n]{0,40}\)'
        r'|which reports content size of zero',
        'content',
        manifest.UNREADABLE_MANIFEST,
        outranks=('layer-missing', 'missing', *_NOISE),
        specific=False,
    ),
    # containerd: image.go, for a Helm chart or another artifact, whose config lists no layers.
    Rule(
        'not-an-image',
        ('mismatched image rootfs',),
        r'mismatched image rootfs and manifest layers',
        'content',
        references.NOT_AN_IMAGE,
        outranks=_NOISE,
        specific=False,
    ),
    Rule(
        'content-mismatch',
        (
            'unexpected commit',
            'digest did not match',
            'layer verification failed',
            'mismatched digest',
            'error verifying sha256',
            'unexpected size',
            'does not match digest',
            'digest verification failed',
        ),
        r'unexpected commit (?:digest|size)|digest did not match|layer verification failed'
        r'|mismatched digest|error verifying sha256 checksum after reading|does not match digest'
        r'|digest verification failed'
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
)
