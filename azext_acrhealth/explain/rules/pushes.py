# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Pushes that the registry, something before it, or the engine itself rejects."""

from __future__ import annotations

from azext_acrhealth.catalogue.data import pull, push, references
from azext_acrhealth.explain.rule import Rule
from azext_acrhealth.explain.rules.permissions import PUSHES

_NOISE = ('anonymous', 'unauthorized', 'unclear', 'denied')
_PULLS = r'failed to pull|pulling|errimagepull|imagepullbackoff|docker pull|trying to pull'

RULES = (
    # moby: client and daemon, for an image that was never built or tagged under this name.
    Rule(
        'no-local-image',
        ('does not exist locally', 'tag does not exist', 'image not known', 'no such image'),
        r'an image does not exist locally with the tag|tag does not exist: \S{1,300}'
        r'|error(?: response from daemon)?: no such image: '
        r'|(?:no such image|image not known)[^\n]{0,200}',
        'push',
        references.LOCAL_IMAGE_MISSING,
        outranks=('missing', *_NOISE),
        needs=PUSHES + r'|does not exist locally|docker tag|tag does not exist'
        r'|error: no such image',
    ),
    # `docker tag`, for an image that would get a name of the registry.
    Rule(
        'no-such-image',
        ('no such image',),
        r'no such image: [\w./-]{1,200}',
        'push',
        references.LOCAL_IMAGE_MISSING,
        outranks=('missing', *_NOISE),
        needs=r'azurecr',
        unless=r'no such image: (?!\S{0,200}azurecr)[\w.-]{1,100}\.[a-z]{2,24}/',
        anywhere=True,
    ),
    # ACR: 405 REGISTRY_DISALLOWED_OPERATION (Azure/azure-sdk-for-net#22827, ACR FAQ).
    Rule(
        'disallowed-pull',
        ('operation is disallowed', 'registry_disallowed_operation'),
        r'the operation is disallowed|registry_disallowed_operation',
        'denied',
        pull.DISALLOWED,
        candidates=(pull.REPOSITORY_LOCKED, pull.IMAGE_LOCKED, pull.QUARANTINED),
        outranks=_NOISE,
        needs=_PULLS,
        unless=r'push refers to|docker push',
        anywhere=True,
    ),
    Rule(
        'disallowed',
        ('operation is disallowed', 'registry_disallowed_operation'),
        r'the operation is disallowed|registry_disallowed_operation',
        'denied',
        push.DISALLOWED,
        candidates=(push.REPOSITORY_LOCKED, push.IMAGE_LOCKED, push.QUOTA),
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'quota',
        ('quota', 'storage limit', 'size limit'),
        r'(?:registry|storage)[^\n]{0,80}(?:quota|storage limit|size limit)[^\n]{0,60}(?:exceeded'
        r'|reached|full)|quota_?exceeded[^\n]{0,100}(?:registry|blob|layer)',
        'denied',
        push.QUOTA,
        outranks=_NOISE,
        unless=r'exceeded quota: |vcpu|core quota|compute',
    ),
    Rule(
        'push-access-denied',
        ('push access denied', 'resource is denied'),
        r'push access denied(?:, repository does not exist or may require authorization)?'
        r'|request(?:ed|ing) access to (?:the )?resource is denied',
        'unauthorized',
        push.UNAUTHORIZED,
        'likely',
        (push.DENIED,),
        ('anonymous', 'unclear', 'unauthorized-push', 'pull-access-denied'),
        needs=PUSHES,
    ),
    # skaffold: pkg/skaffold/errors, BUILD_PUSH_ACCESS_DENIED, for every push that was denied.
    Rule(
        'skaffold-push',
        ('no push access to specified image',),
        r'no push access to specified image repository',
        'unauthorized',
        push.UNAUTHORIZED,
        'possible',
        (push.DENIED,),
        ('unclear',),
        specific=False,
    ),
    # nginx and gateways; Azure/acr#866, goharbor/harbor#21640.
    Rule(
        'too-large',
        ('413', 'too large', '416', 'requestentitytoolarge'),
        r'413 (?:request entity|payload|content) too large|request entity too large'
        r'|\b413\b[^\n]{0,60}(?:entity|payload|nginx|large)'
        r'|(?:status(?: code)?|http)[: =]{1,2}41[36]\b|416 (?:requested )?range'
        r'|requestentitytoolarge',
        'push',
        push.TOO_LARGE,
        outranks=_NOISE,
        specific=False,
    ),
    Rule(
        'upload-lost',
        (
            'blob upload unknown',
            'blob_upload_unknown',
            'blob_upload_invalid',
            'blob upload invalid',
            'manifest blob unknown',
            'manifest_blob_unknown',
        ),
        r'blob[ _]upload[ _](?:unknown|invalid)|manifest[ _]blob[ _]unknown',
        'push',
        push.SESSION_LOST,
        outranks=('missing', *_NOISE),
    ),
    # moby: distribution/push_v2.go, for a layer that the registry lost or that was to be mounted.
    Rule(
        'push-layer-unknown',
        ('unknown blob', 'blob unknown'),
        r'^(?:error: )?unknown blob$|blob unknown to registry',
        'push',
        push.SESSION_LOST,
        'likely',
        outranks=('missing', *_NOISE),
        needs=r'push refers to|pushing|: pushed',
    ),
    Rule(
        'name-invalid',
        (
            'name invalid',
            'name_invalid',
            'invalid repository name',
            'dockerbuildrequest:image name',
        ),
        r'name[ _]invalid|invalid repository name|dockerbuildrequest:image name \S{1,300} is'
        r' invalid',
        'push',
        push.NAME_INVALID,
        outranks=_NOISE,
        specific=False,
    ),
    # distribution: registry/api/v2/errors.go.
    Rule(
        'manifest-rejected',
        ('manifest_invalid', 'manifest invalid'),
        r'manifest[ _]invalid',
        'push',
        push.UNKNOWN_CODE,
        'likely',
        (push.SESSION_LOST,),
        ('missing', *_NOISE),
        specific=False,
    ),
    Rule(
        'size-invalid',
        ('size_invalid', 'content-length', 'provided length did not match'),
        r'size_invalid|provided length did not match content length'
        r'|content-length[^\n]{0,60}(?:mismatch|with body)',
        'push',
        push.LENGTH_CHANGED,
        outranks=_NOISE,
        needs=PUSHES,
    ),
    Rule(
        'read-only',
        ('405', 'unsupported', 'method not allowed'),
        r'405 method not allowed|(?:code"?: ?"?|\b)unsupported(?:"|: the operation is unsupported)',
        'push',
        push.READ_ONLY,
        'possible',
        (push.DISALLOWED, push.BLOCKED_BY_INTERMEDIARY),
        ('unclear',),
        needs=PUSHES,
        unless=r'disallowed',
    ),
    Rule(
        'upload-eof',
        ('eof',),
        r'^(?:error: )?(?:unexpected )?eof$|/blobs/uploads/[^\s"]{0,500}"?: (?:unexpected )?eof\b',
        'push',
        push.CUT,
        'likely',
        (push.RESET, push.TIMEOUT),
        (*_NOISE, 'eof'),
        needs=r'push refers to|docker push|: pushing|pushed$|/blobs/uploads/',
    ),
    Rule(
        'upload-server-error',
        ('50',),
        r'/blobs/uploads/[^\n]{0,500}: (?:unexpected status(?: code)?:? )?50[0234]\b',
        'server',
        push.SERVER_ERROR,
        'likely',
        outranks=('anonymous', 'unclear', 'server-error'),
    ),
    Rule(
        'push-server-error',
        ('500', '502', '503', '504'),
        r'(?:status(?: code)?|http status):? 50[0234]\b'
        r'|50[0234] (?:internal server error|bad gateway|service unavailable|gateway time-?out)',
        'server',
        push.SERVER_ERROR,
        'likely',
        outranks=('anonymous', 'unclear', 'server-error'),
        needs=PUSHES,
        specific=False,
        unless=_PULLS + r'|token: unexpected',
    ),
    Rule(
        'push-403',
        ('403',),
        r'(?:unexpected status from (?:put|post|patch|head) request to |(?:put|post'
        r'|patch) "?)[^\s"]{3,600}"?:? (?:response status code )?403(?: forbidden)?',
        'denied',
        push.DENIED,
        'likely',
        (push.BLOCKED_BY_INTERMEDIARY, push.UNAUTHORIZED),
        ('anonymous', 'unclear', 'manifest-403'),
        needs=PUSHES,
    ),
)
