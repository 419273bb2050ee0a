# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Azure Resource Manager: tasks, builds, imports, and the registry as a resource."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import sign_in
from azext_acrhealth.catalogue.registry import (
    arm_actions,
    login_server,
    registries,
    registry_state,
    usage,
)
from azext_acrhealth.explain.rule import Rule

_NOISE = ('anonymous', 'unauthorized', 'unclear', 'denied', 'login', 'firewall')
_REGISTRIES = r'microsoft\.containerregistry'

RULES = (
    # Azure/acr: trials and some subscriptions (Azure-Samples/contoso-chat#259).
    Rule(
        'tasks-not-permitted',
        ('tasksoperationsnotallowed', 'acr tasks requests for the registry'),
        r'tasksoperationsnotallowed|acr tasks requests for the registry [^\n]{1,160} are not'
        r' (?:permitted|supported|allowed)',
        'management',
        arm_actions.TASKS_NOT_PERMITTED,
        outranks=_NOISE,
        anywhere=True,
    ),
    # ACR Tasks (acb), in a registry whose permissions mode includes ABAC (Learn:
    # container-registry-rbac-abac-repository-permissions).
    Rule(
        'task-identity',
        ('at least one credential is required', 'failed to set docker credentials'),
        r'when specifying push, at least one credential is required'
        r'|failed to set docker credentials: error: cannot perform an interactive login',
        'management',
        arm_actions.TASK_IDENTITY_NEEDED,
        'likely',
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'action-forbidden',
        (
            'authorizationfailed',
            'does not have authorization to perform action',
            'linkedauthorizationfailed',
            'on the linked scope',
            'could not create a role assignment for acr',
        ),
        r'does not have authorization to perform action \'?"?(microsoft\.containerregist'
        r'ry/[\w/]{1,120})|(?:linked)?authorizationfailed…microsoft\.containerregistry'
        # The account may act on one resource, but not read the other one that it names.
        r'|permission to perform action \'?"?microsoft\.containerregistry/…does not have'
        r' permission to perform action…on the linked scope'
        r'|on the linked scope(?:\(s\))? [^\n]{1,300}/microsoft\.containerregistry/'
        # azure-cli, aks/_roleassignments.py: `az aks update --attach-acr`.
        r'|could not create a role assignment for acr',
        'management',
        arm_actions.ACTION_FORBIDDEN,
        outranks=_NOISE,
        # The CLI's last resort after its own login failed.
        unless=r'unable to get aad authorization tokens with message',
        anywhere=True,
    ),
    # `az acr import` (Microsoft.ContainerRegistry/registries/importImage).
    Rule(
        'tag-exists',
        (
            'already exists in target registry',
            'tag already exists',
            'tag already exist',
            'already exists',
        ),
        r'\btag[^\n]{1,200}already exists? in target registry'
        r'|importimage[^\n]{0,300}already exists|already exists in target registry',
        'management',
        arm_actions.TAG_EXISTS,
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'import-denied',
        ('access to ',),
        r'resource /subscriptions/[^\n]{1,300}/registries/\S{1,60} access to \S{1,253} denied'
        r'|operation registries-[\w-]{1,60} failed[^\n]{0,300}(?:denied|forbidden)',
        'management',
        arm_actions.IMPORT_DENIED,
        'likely',
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'import-source',
        ('invalidparameter', 'importimage', 'source registry', 'operation registries-'),
        r'(?:importimage|operation registries-|az acr import)…(?:unauthorized'
        r'|authentication required|401)|source registry[^\n]{0,160}(?:unauthorized|authentication'
        r'|access denied|credentials)',
        'management',
        arm_actions.IMPORT_SOURCE_UNAUTHORIZED,
        'likely',
        outranks=_NOISE,
        unless=r'cache rule',
        anywhere=True,
    ),
    Rule(
        'import-failed',
        ('operation registries-',),
        r'operation registries-[\w*-]{1,60} failed',
        'unclear',
        arm_actions.IMPORT_SOURCE_UNAUTHORIZED,
        'possible',
        (arm_actions.IMPORT_DENIED,),
        anywhere=True,
    ),
    Rule(
        'registry-not-in-arm',
        (
            'registrynotfound',
            'resourcenotfound',
            'could not be found in subscription',
            'was not found',
            'not be found',
        ),
        r'\bregistrynotfound\b|(?:resourcenotfound'
        r'|registry)[^\n]{0,40}…resource \'?"?microsoft\.containerregistry/registries/[\w-]{1,60}'
        r'[^\n]{0,160}(?:was|could) not (?:be )?found'
        r'|the registry? [^\n]{0,60}could not be found in subscription'
        r'|registry with name[^\n]{0,80}could not be found',
        'management',
        login_server.NOT_IN_ARM,
        candidates=(login_server.ARM_FORBIDDEN,),
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'resource-not-in-arm',
        ('could not be found in', 'resource with name', 'can be found with name', 'can not be'),
        r'the resource with name \'?"?[\w-]{1,60}\'?"? and type'
        r' \'?"?microsoft\.containerregistry/registries\'?"? could not be found'
        # Older versions of azure-cli (Azure/acr#87), and acr/import.py.
        r'|no resource with type microsoft\.containerregistry/registries can be found with name'
        r'|the source container registry can ?not be found in the current subscription',
        'management',
        login_server.NOT_IN_ARM,
        candidates=(login_server.ARM_FORBIDDEN,),
        outranks=('connection', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'provider-not-registered',
        ('missingsubscriptionregistration', 'not registered to use namespace'),
        r'(?:missingsubscriptionregistration|not registered to use'
        r' namespace)…microsoft\.containerregistry',
        'management',
        arm_actions.PROVIDER_NOT_REGISTERED,
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'name-taken',
        ('already in use', 'alreadyinuse'),
        r'registry (?:dns )?name \S{1,80} is already in use|registry[^\n]{0,80}alreadyinuse'
        r'|alreadyinuse[^\n]{0,120}registry',
        'management',
        arm_actions.NAME_TAKEN,
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'policy-disallows',
        ('requestdisallowedbypolicy', 'disallowed by policy'),
        r'(?:requestdisallowedbypolicy|disallowed by policy)…microsoft\.containerregistry'
        r'|microsoft\.containerregistry…(?:requestdisallowedbypolicy|disallowed by policy)',
        'management',
        arm_actions.DISALLOWED_BY_POLICY,
        outranks=_NOISE,
        anywhere=True,
    ),
    # azure-cli: acr/_archive_utils.py; the action listBuildSourceUploadUrl.
    Rule(
        'upload-context',
        ('failed to get a sas url', 'could not get sas url', 'listbuildsourceuploadurl'),
        r'failed to get a sas url to upload context|could not get sas url to upload'
        r'|listbuildsourceuploadurl',
        'management',
        arm_actions.ACTION_FORBIDDEN,
        'likely',
        (arm_actions.TASKS_NOT_PERMITTED, login_server.NOT_IN_ARM),
        _NOISE,
        unless=r'tasksoperationsnotallowed|aadsts',
        anywhere=True,
    ),
    Rule(
        'tier',
        (
            'supported for managed registries',
            'premium sku',
            'not supported for sku',
            'registry sku',
        ),
        r'only supported for managed registries(?: in premium sku)?'
        r'|(?:registry|microsoft\.containerregistry)[^\n]{0,160}not supported (?:for|in'
        r'|by) (?:the )?(?:sku )?\'?(?:basic|standard)|requires? (?:the )?premium sku',
        'management',
        arm_actions.TIER_TOO_LOW,
        outranks=_NOISE,
        anywhere=True,
    ),
    # The limits of a tier: IP rules, webhooks, replicas (Learn: container-registry-skus).
    Rule(
        'count-limit',
        ('exceeds allowed quota',),
        r'requested feature [\w ]{2,60} exceeds allowed quota \d{1,6} for the'
        r' sku (?:basic|standard|premium)\b',
        'management',
        usage.FULL,
        outranks=_NOISE,
        anywhere=True,
    ),
    # What was to be built isn't in the storage of the registry (Azure/acr-builder; the action
    # listBuildSourceUploadUrl).
    Rule(
        'build-source',
        ('sourcelocationnotfound', 'the provided source location'),
        r'sourcelocationnotfound|the provided source location [^\n]{1,300} is invalid or does',
        'management',
        arm_actions.BUILD_SOURCE_MISSING,
        outranks=('upload-context', *_NOISE),
        anywhere=True,
    ),
    # Azure Resource Manager's own refusals of a token or a subscription.
    Rule(
        'arm-wrong-tenant',
        ('invalidauthenticationtokentenant', 'from the wrong issuer'),
        r'invalidauthenticationtokentenant|access token is from the wrong issuer',
        'management',
        sign_in.WRONG_TENANT,
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'arm-token-expired',
        ('expiredauthenticationtoken', 'access token expiry'),
        r'expiredauthenticationtoken|access token expiry (?:utc )?time',
        'management',
        sign_in.LOGIN_EXPIRED,
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'subscription-disabled',
        ('readonlydisabledsubscription', 'subscriptionisdisabled', 'disabled and therefore marked'),
        r'readonlydisabledsubscription|disabled and therefore marked as read only',
        'management',
        registry_state.DISABLED,
        outranks=_NOISE,
        specific=False,
    ),
    Rule(
        'graph-not-found',
        ('no registries', 'could not find registry'),
        r'could not find registry|no registries? (?:was |were )?found',
        'management',
        registries.NOTHING,
        'possible',
        specific=False,
    ),
)
