# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The sign-in with Microsoft Entra ID: its numbers, the Azure CLI, MSAL, and managed identities."""

from __future__ import annotations

from collections.abc import Mapping

from azext_acrhealth.catalogue.authentication import audience, identity, sign_in
from azext_acrhealth.entra_errors import KINDS, POLICIES, EntraKind
from azext_acrhealth.explain.rule import Rule
from azext_acrhealth.model import Problem

_BY_KIND: Mapping[EntraKind, Problem] = {
    'InteractionNeeded': sign_in.INTERACTION_NEEDED,
    'ConditionalAccess': sign_in.CONDITIONAL_ACCESS,
    'AccountDisabled': sign_in.ACCOUNT_DISABLED,
    'WrongTenant': sign_in.WRONG_TENANT,
    'ApplicationUnknown': sign_in.APPLICATION_UNKNOWN,
    'ApplicationDisabled': sign_in.APPLICATION_DISABLED,
    'SecretExpired': sign_in.SECRET_EXPIRED,
    'CertificateRefused': sign_in.CERTIFICATE_REFUSED,
    'FederatedTokenExpired': sign_in.FEDERATED_TOKEN_EXPIRED,
    'FederationRefused': sign_in.FEDERATED_CREDENTIAL_MISSING,
    'AudienceRefused': audience.AUDIENCE_REFUSED,
    'Unavailable': sign_in.SIGN_IN_UNAVAILABLE,
    # 70000 and 70002 only introduce the number that says more.
    'Expired': sign_in.LOGIN_EXPIRED,
    'SecretRefused': sign_in.SECRET_REFUSED,
}
# New numbers extend that of their kind; see entra_errors.
_FURTHER: Mapping[EntraKind, tuple[str, ...]] = {
    'ConditionalAccess': (r'530\d{2,4}',),
    'FederationRefused': (r'70021\d{1,2}', r'700238\d'),
}
# What the registry, the CLI's fallback and a container engine say after a sign-in failed.
_CONSEQUENCES = (
    'unauthorized',
    'anonymous',
    'unclear',
    'login',
    'credentials',
)


def _of_kind(kind: EntraKind, problem: Problem) -> Rule:
    listed = KINDS.get(kind) or tuple(number for numbers in POLICIES.values() for number in numbers)
    numbers = '|'.join((*map(str, listed), *_FURTHER.get(kind, ())))
    return Rule(
        f'entra-{kind}'.lower(),
        ('aadsts', 'error code: '),
        # Pages of the browser say `Error Code: 530033`.
        rf'(?:aadsts|\berror code: )(?P<number>{numbers})\b',
        'sign-in',
        problem,
        outranks=('entra-unknown', *_CONSEQUENCES),
        anywhere=True,
    )


RULES = (
    *(_of_kind(kind, problem) for kind, problem in _BY_KIND.items()),
    Rule(
        'entra-unknown',
        ('aadsts',),
        # Redirect URIs and SAML are about the sign-in of people to web apps.
        r'aadsts(?!50011|50011[23]|750\d{2,3}\b|900971|700054|7500\d)(?P<number>\d{4,8})',
        'sign-in',
        sign_in.SIGN_IN_REFUSED,
        'likely',
        outranks=_CONSEQUENCES,
        anywhere=True,
    ),
    # azure-cli-core: _profile.py and auth/util.py.
    Rule(
        'not-signed-in',
        (
            "please run 'az login'",
            'please run "az login"',
            'run az login',
            'please run: az login',
            "run 'az login'",
            'no subscription found',
            'to access your accounts',
            'connect-azaccount',
            'azd auth login',
        ),
        r'(?:please )?run:? ?["\']?az login["\']? to (?:set ?up (?:an )?account'
        r'|access your accounts)|no subscriptions? found|run ["\']?connect-azaccount["\']? to'
        r'|run ["\']?azd auth login["\']? to'
        r'|please run ["\']az login["\']? to setup account',
        'sign-in',
        sign_in.NOT_LOGGED_IN,
        outranks=_CONSEQUENCES,
        unless=r'connectivity_refresh_token_error|aadsts',
        anywhere=True,
    ),
    Rule(
        'interaction-needed',
        ('interactive authentication is needed', 'interaction_required', 'interaction required'),
        r'interactive authentication is needed|interaction_required',
        'sign-in',
        sign_in.INTERACTION_NEEDED,
        'likely',
        (sign_in.LOGIN_EXPIRED,),
        _CONSEQUENCES,
        unless=r'aadsts\d',
        anywhere=True,
    ),
    Rule(
        'token-cache',
        (
            'msal_token_cache',
            'msal_http_cache',
            'azureprofile.json',
            'token cache',
            'accesstokens.json',
        ),
        r'(?:permission denied|errno 13|errno 28|errno 30|access is denied'
        r'|no space left)[^\n]{0,200}(?:msal_(?:token|http)_cache|azureprofile\.json'
        r'|accesstokens\.json)|(?:msal_(?:token|http)_cache'
        r'|azureprofile\.json)[^\n]{0,200}(?:permission denied|access is denied)|failed to (?:load'
        r'|save|decrypt)[^\n]{0,60}token cache|token cache[^\n]{0,80}corrupt',
        'sign-in',
        sign_in.LOGIN_STORE_UNUSABLE,
        outranks=('engine', *_CONSEQUENCES),
        anywhere=True,
    ),
    # Cloud Shell's identity endpoint (Azure/CloudShell#484).
    Rule(
        'audience-not-supported',
        ('audiencenotsupported', 'is not a supported msi token audience'),
        r'audiencenotsupported|is not a supported msi token audience',
        'sign-in',
        audience.AUDIENCE_REFUSED,
        candidates=(audience.OTHER_AUDIENCE_WORKS,),
        outranks=_CONSEQUENCES,
        # Of another service.
        unless=r'audience https?://(?!containerregistry|management)\S{1,200} is not a supported',
        anywhere=True,
    ),
    # The identity endpoint of virtual machines (Learn: how-to-use-vm-token, "Error handling").
    Rule(
        'several-identities',
        ('multiple user assigned identities', 'multiple user-assigned', 'specify the clientid'),
        r'multiple user[- ]assigned (?:managed )?identities exist'
        r'|please specify the client ?id ?/ ?resource ?id',
        'sign-in',
        identity.MULTIPLE_IDENTITIES,
        outranks=_CONSEQUENCES,
        anywhere=True,
    ),
    Rule(
        'identity-not-found',
        (
            'identity not found',
            'no managed identity',
            'identity isn',
            'requested identity',
            'no default identity',
            'identitynotfound',
            'no azure user assigned',
            'has not been assigned',
            'no user assigned',
            'managedidentity',
            'invalidimageregistryidentity',
            'not found in container group',
        ),
        r'\bidentity not found\b|no default identity is assigned'
        r'|requested identity isn\'t assigned|no (?:azure )?(?:user[- ]assigned'
        r'|managed) (?:managed )?identit(?:y|ies) (?:was |were )?(?:found|assigned|exists)'
        r'|identity has not been assigned|identitynotfound|invalidimageregistryidentity'
        r'|identity in[^\n]{0,120} not found in container group identity list'
        r'|managedidentity(?:credential)?[^\n]{0,80}identity (?:isn\'t|is not) assigned',
        'sign-in',
        identity.NOT_ASSIGNED,
        outranks=_CONSEQUENCES,
        anywhere=True,
    ),
    Rule(
        'no-identity-endpoint',
        ('169.254.169.254', 'no managed identity endpoint', 'imds'),
        r'no managed identity endpoint found|(?:169\.254\.169\.254|\bimds\b)…(?:timed? ?out'
        r'|timeout|refused|unreachable|unavailable|no route|not available|max retries)',
        'sign-in',
        identity.NO_ENDPOINT,
        'likely',
        (identity.UNAVAILABLE,),
        (*_CONSEQUENCES, 'connection'),
        specific=False,
        anywhere=True,
    ),
    # msrestazure, and azure-pipelines-tasks: azure-arm-common.ts. The endpoint responds with 400 if
    # no identity is assigned, or several are and none is named.
    Rule(
        'identity-400',
        ('failed to connect to msi', 'managed service principal', 'formsi'),
        r'(?:failed to connect to msi|access token for managed service principal'
        r'|couldnotfetchaccesstokenformsi)…(?:error|code|status)[: ]{1,3}400',
        'sign-in',
        identity.NOT_ASSIGNED,
        'likely',
        (identity.MULTIPLE_IDENTITIES, identity.UNAVAILABLE),
        (*_CONSEQUENCES, 'identity-failed'),
        anywhere=True,
    ),
    Rule(
        'identity-failed',
        ('failed to connect to msi', 'managed service principal'),
        r'failed to connect to msi|could not fetch access token for managed service principal',
        'sign-in',
        identity.UNAVAILABLE,
        'likely',
        (identity.NO_ENDPOINT, identity.NOT_ASSIGNED),
        _CONSEQUENCES,
        anywhere=True,
    ),
    # azure-identity of .NET, Go, Python, JavaScript: AzureCliCredential.
    Rule(
        'cli-credential-timeout',
        ('authentication timed out', 'azureclicredential', 'azurepowershellcredential'),
        r'azure (?:cli|powershell|developer cli) authentication timed out'
        r'|azure(?:cli|powershell)credential: [^\n]{0,80}timed out',
        'sign-in',
        sign_in.SIGN_IN_TIMEOUT,
        outranks=(*_CONSEQUENCES, 'no-credential-chain'),
        anywhere=True,
    ),
    Rule(
        'no-credential-chain',
        (
            'defaultazurecredential',
            'chainedtokencredential',
            'managedidentitycredential',
            'workloadidentitycredential',
            'failed to acquire a token',
            'failed to get credential',
        ),
        r'(?:defaultazurecredential|chainedtokencredential|managedidentitycredential'
        r'|workloadidentitycredential)…(?:failed to (?:acquire|retrieve) a? ?token'
        r'|context deadline exceeded|authentication failed|authentication unavailable|no response)'
        r'|failed to get credential from azure',
        'sign-in',
        identity.UNAVAILABLE,
        'likely',
        (
            identity.NO_ENDPOINT,
            identity.NOT_ASSIGNED,
            identity.MULTIPLE_IDENTITIES,
            identity.REFUSED,
        ),
        _CONSEQUENCES,
        unless=r'invalid azure registry|from exchange request',
        anywhere=True,
    ),
)
