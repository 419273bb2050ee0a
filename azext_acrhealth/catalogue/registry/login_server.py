# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of finding the registry's login server."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication import sign_in
from azext_acrhealth.catalogue.registry.arm_read import REACH_ARM, READ_REGISTRY, SIGN_IN
from azext_acrhealth.catalogue.shared_problems import DID_YOU_MEAN
from azext_acrhealth.model import Family

_NO_ACTION = 'Ignore this warning if you only pull and push images.'

LOGIN_SERVER = Family(
    'LOGIN_SERVER_ERROR',
    "The login server of the registry isn't confirmed.",
    (
        'Check the spelling of the registry name.',
        'Check the current subscription: `az account show`.',
        'Check the current cloud: `az cloud show --query name`.',
        'Specify the login server as the Azure portal shows it: `--name NAME{suffix}`.',
    ),
    links.documented('LOGIN_SERVER_ERROR'),
)

INVALID_PROFILE = LOGIN_SERVER.problem(
    sign_in.INVALID_PROFILE.reason,
    sign_in.INVALID_PROFILE.cause,
    *sign_in.INVALID_PROFILE.solutions,
)
NOT_LOGGED_IN = LOGIN_SERVER.problem(
    'NotLoggedIn',
    "The Azure CLI isn't signed in, or Azure Resource Manager rejects the sign-in, so the login "
    'server is assumed from the registry name.',
    Variant(
        'Follow the solutions of the `refresh-token` check, whose sign-in fails, too.',
        check='refresh-token',
        filled='number',
    ),
    *SIGN_IN,
)

ARM_FORBIDDEN = LOGIN_SERVER.problem(
    'ArmForbidden',
    "Your account doesn't have permission to read the registry in Azure Resource Manager, so the "
    "login server is assumed from the registry name. Pulling and pushing don't require this "
    'permission.',
    _NO_ACTION,
    *READ_REGISTRY.general,
)

ARM_UNAVAILABLE = LOGIN_SERVER.problem(
    'ArmUnavailable',
    "Azure Resource Manager can't be reached or doesn't return the login server, so the login "
    'server is assumed from the registry name.',
    *REACH_ARM,
    transient=True,
)

NOT_IN_ARM = LOGIN_SERVER.problem(
    'NotFoundInArm',
    'Azure Resource Manager reports no such registry in the subscription, so the login server is '
    'assumed from the registry name. The registry might be in another subscription, or your '
    'account might not have permission to read it.',
    Variant(
        'Did you mean {meant}? If not, check the current subscription: `az account show`.',
        filled='meant',
    ),
    Variant(
        'Check the spelling of the registry name, and the current subscription: `az account show`.',
        unfilled='meant',
    ),
    "Specify the registry's subscription with `--subscription`.",
    "Specify the registry's resource ID or its login server with `--name`.",
)

NO_SUBSCRIPTION = LOGIN_SERVER.problem(
    'NoSubscription',
    "No subscription is specified, and the Azure CLI isn't signed in to one, so the login server "
    "is assumed from the registry name. Pulling and pushing don't require a subscription.",
    _NO_ACTION,
    "Specify the registry's resource ID with `--name` for a complete diagnosis.",
)

NO_SUFFIX = LOGIN_SERVER.problem(
    'NoSuffix',
    "Azure Resource Manager didn't return the login server, and the current cloud has no registry "
    'suffix to assume it from.',
    'Specify the login server with `--name`.',
    'Configure the registry suffix of the cloud: `az cloud update --name CLOUD '
    '--suffix-acr-login-server-endpoint SUFFIX`.',
)

OTHER_CLOUD = LOGIN_SERVER.problem(
    'OtherCloud',
    'The host belongs to a cloud other than the current cloud of the Azure CLI. Tokens of the '
    "current cloud aren't sent to it.",
    "Switch the Azure CLI to the registry's cloud: `az cloud set --name {cloud}`.",
    'Sign in to that cloud: `az login`.',
)

PRIVATE_LINK_HOST = LOGIN_SERVER.problem(
    'PrivateLinkHost',
    "The host is a record in a private DNS zone, not a login server. Tokens aren't sent to it.",
    'Specify the login server, which resolves to the private endpoint too: `az acrhealth check '
    '--name {meant}`.',
)

UNKNOWN_SUFFIX = LOGIN_SERVER.problem(
    'UnknownSuffix',
    "The host doesn't end with the registry suffix of the current cloud, and Azure Resource "
    "Manager doesn't report it as a login server. Tokens aren't sent to it.",
    Variant(DID_YOU_MEAN, filled='meant'),
    'Check the spelling of the host. Login servers of this cloud end with `{suffix}`, for example '
    '`{here}`.',
    "Sign in with an account that can read the registry's resource if the registry uses a custom "
    'domain.',
)

FAMILIES = (LOGIN_SERVER,)
PROBLEMS = (
    NOT_LOGGED_IN,
    INVALID_PROFILE,
    ARM_FORBIDDEN,
    ARM_UNAVAILABLE,
    NOT_IN_ARM,
    NO_SUBSCRIPTION,
    NO_SUFFIX,
    OTHER_CLOUD,
    PRIVATE_LINK_HOST,
    UNKNOWN_SUFFIX,
)
