# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of finding the registry's login server."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

LOGIN_SERVER = Family(
    'LOGIN_SERVER_ERROR',
    'The login server of the registry is not known for certain.',
    (
        'Check the spelling, the subscription (`az account show`) and the cloud (`az cloud show '
        '--query name`).',
        'Give the login server itself, as the portal shows it: `--name NAME{suffix}`.',
    ),
    links.documented('LOGIN_SERVER_ERROR'),
)

NOT_LOGGED_IN = LOGIN_SERVER.problem(
    'NotLoggedIn',
    'The Azure CLI has no login that works, or Resource Manager does not take it; the login server '
    'was put together '
    'from the name.',
    'Run `az login`.',
)

ARM_FORBIDDEN = LOGIN_SERVER.problem(
    'ArmForbidden',
    'Resource Manager does not let this login read the registry; the login server was put together '
    'from '
    'the name. Pulling and pushing do not need that right.',
    'Nothing has to be done if the checks below pass.',
    'For a fuller diagnosis ask for the role Reader on the registry.',
)

ARM_UNAVAILABLE = LOGIN_SERVER.problem(
    'ArmUnavailable',
    'Resource Manager could not be asked; the login server was put together from the name.',
    'Try again later; if it persists, check that this network lets you reach Resource Manager: `az '
    'account'
    ' list-locations`.',
    transient=True,
)

NOT_IN_ARM = LOGIN_SERVER.problem(
    'NotFoundInArm',
    'Resource Manager shows this login no such registry in the subscription; the login server was '
    'put '
    'together from the name. The registry may be in another subscription, or this login may have '
    'no right to see it.',
    'Check the spelling, and the subscription: `az account show`, or name another with '
    '`--subscription`.',
    "Give the registry's resource id, or its login server, as `--name`.",
)

NO_SUBSCRIPTION = LOGIN_SERVER.problem(
    'NoSubscription',
    'Resource Manager was not asked, since no subscription is named and the Azure CLI is not '
    'logged in to any; the'
    ' login server was put together from the name. Pulling and pushing do not need Resource '
    'Manager.',
    'Nothing has to be done if the checks below pass.',
    "For a fuller diagnosis give the registry's resource id as `--name`.",
)

NO_SUFFIX = LOGIN_SERVER.problem(
    'NoSuffix',
    'Resource Manager did not tell the login server, and the current cloud has no suffix for '
    'registries, so '
    'that it cannot be put together from the name.',
    'Give the login server itself as `--name`.',
    'Set the suffix: `az cloud update --name CLOUD --suffix-acr-login-server-endpoint SUFFIX`.',
)

OTHER_CLOUD = LOGIN_SERVER.problem(
    'OtherCloud',
    'The host belongs to another cloud than the one that the Azure CLI is set to. No token of this '
    'cloud is '
    'sent to it.',
    "Switch the Azure CLI to the registry's cloud: `az cloud set --name {cloud}`, then `az login`.",
)

PRIVATE_LINK_HOST = LOGIN_SERVER.problem(
    'PrivateLinkHost',
    "The host is the name of a private DNS zone's record, and never a login server. No token is "
    'sent to it.',
    "Use the login server's own name, which leads to the private endpoint too: `az acrhealth check "
    '--name {meant}`.',
)

UNKNOWN_SUFFIX = LOGIN_SERVER.problem(
    'UnknownSuffix',
    "The host does not end with the current cloud's suffix for registries, and Resource Manager "
    'does not '
    'name it as a login server. No token is sent to it.',
    'Check the spelling of the host: login servers of this cloud end with `{suffix}`, this one '
    'perhaps `{here}`.',
    "If the registry has a host of its own, log in as somebody who can read the registry's "
    'resource.',
)

FAMILIES = (LOGIN_SERVER,)
PROBLEMS = (
    NOT_LOGGED_IN,
    ARM_FORBIDDEN,
    ARM_UNAVAILABLE,
    NOT_IN_ARM,
    NO_SUBSCRIPTION,
    NO_SUFFIX,
    OTHER_CLOUD,
    PRIVATE_LINK_HOST,
    UNKNOWN_SUFFIX,
)
