# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Azure services that pull images, and say little about why they can't."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import (
    access_token,
    identity,
    password,
    refresh_token,
)
from azext_acrhealth.catalogue.connectivity import error_responses as forbidden
from azext_acrhealth.catalogue.data import manifest, pull
from azext_acrhealth.explain.rule import Rule

RULES = (
    # Container Instances: one text for a missing image, a login, and the network.
    Rule(
        'aci-not-accessible',
        ('inaccessibleimage', 'is not accessible. please check the image'),
        r'inaccessibleimage|image [^\n]{1,300} in container group [^\n]{1,120} is not accessible',
        'unclear',
        pull.UNAUTHORIZED,
        'possible',
        (
            password.PASSWORD_REFUSED,
            manifest.NOT_FOUND,
            forbidden.CLIENT_IP,
            access_token.NO_PERMISSIONS,
        ),
    ),
    Rule(
        'aci-image-not-found',
        (
            'failedtoresolveimage',
            'registryerrorresponse',
            'conflict from the docker registry',
            'error response is received from the docker registry',
        ),
        r'registryerrorresponse|an error response is received from the docker registry',
        'unclear',
        pull.SERVER_ERROR,
        'possible',
        (pull.UNAUTHORIZED, forbidden.DENIED),
    ),
    # Container Apps: one text for each failure of the identity, most often a role that is missing
    # or not yet effective.
    Rule(
        'container-app-identity',
        ('unable to pull image using managed identity',),
        r'unable to pull image using managed identity',
        'unauthorized',
        refresh_token.EXCHANGE_REFUSED,
        'likely',
        (identity.NOT_ASSIGNED, access_token.NO_PERMISSIONS, forbidden.DENIED),
        ('unclear',),
        anywhere=True,
    ),
    # App Service (Linux): the platform's log (docker.log, "ImagePullFailure").
    Rule(
        'app-service-unauthorized',
        ('imagepullunauthorized', 'unauthorizedaccess', 'imagepullfailure', 'forbidden or unauth'),
        r'image ?pull ?unauthorized|image pull failed with forbidden or unauthorized'
        r'|unauthorizedaccess|imagepullfailure…unauthorized',
        'unauthorized',
        pull.UNAUTHORIZED,
        'likely',
        (access_token.NO_PERMISSIONS, password.PASSWORD_REFUSED, identity.NOT_ASSIGNED),
        ('unclear',),
        specific=False,
    ),
    # Microsoft.Web: the words of the platform's log for every failed pull.
    Rule(
        'app-service-unclear',
        (
            'image pull for',
            'over vnet failed',
            'verify docker image configuration and credentials',
            'pull image failed',
            'image pull failed',
        ),
        r'verify docker image configuration and credentials|image pull for \S{1,300} failed'
        r'|over vnet failed',
        'unclear',
        pull.UNAUTHORIZED,
        'possible',
        (manifest.NOT_FOUND, forbidden.DENIED, password.PASSWORD_REFUSED),
        # The platform doesn't know the cause (its own spelling).
        unless=r'\bunexpectedfa(?:ilure|liure)',
    ),
)
