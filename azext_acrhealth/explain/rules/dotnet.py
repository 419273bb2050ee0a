# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What `dotnet publish` says when it builds, pulls and pushes images.

Source: dotnet/sdk, Microsoft.NET.Build.Containers/Resources/Strings.resx.
"""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import (
    access_token,
    missing_logins,
    stored_credentials,
)
from azext_acrhealth.catalogue.connectivity import connection
from azext_acrhealth.catalogue.connectivity import error_responses as forbidden
from azext_acrhealth.catalogue.data import blob, manifest, pull, push, references
from azext_acrhealth.catalogue.environment import engine_daemon
from azext_acrhealth.explain.rule import Rule

_NOISE = ('anonymous', 'unauthorized', 'unclear')
# The names of .NET's HttpStatusCode.
_STATUS = r'(?:container100[15]|upload blob|registry push failed)[^\n]{0,400}status code \''

RULES = (
    Rule(
        'dotnet-no-tag',
        ('container1015', 'at tag '),
        r'container1015|unable to access the repository \S{1,255} at tag',
        'missing',
        manifest.NO_SUCH_TAG,
        'likely',
        (manifest.NOT_FOUND, pull.UNAUTHORIZED),
        ('unclear',),
    ),
    Rule(
        'dotnet-no-access-push',
        ('container1016', 'unable to access the repository'),
        r'container1016|unable to access the repository \S{1,255} in the registry',
        'unauthorized',
        push.UNAUTHORIZED,
        'likely',
        (access_token.NO_PERMISSIONS, stored_credentials.EXPIRED),
        ('unclear', 'anonymous'),
        needs=r'failed to push|container1013',
        unless=r'container1015',
    ),
    Rule(
        'dotnet-no-access',
        ('container1016', 'unable to access the repository'),
        r'container1016|unable to access the repository \S{1,255} in the registry',
        'unauthorized',
        pull.UNAUTHORIZED,
        'likely',
        (access_token.NO_PERMISSIONS, stored_credentials.EXPIRED, push.UNAUTHORIZED),
        ('unclear', 'anonymous'),
        unless=r'container1015',
    ),
    Rule(
        'dotnet-forbidden',
        ("status code 'forbidden'",),
        _STATUS + r'forbidden',
        'denied',
        push.DENIED,
        'likely',
        (forbidden.DENIED, push.UNAUTHORIZED),
        _NOISE,
    ),
    Rule(
        'dotnet-unauthorized',
        ("status code 'unauthorized'",),
        _STATUS + r'unauthorized',
        'unauthorized',
        push.UNAUTHORIZED,
        'likely',
        (access_token.NO_PERMISSIONS, stored_credentials.EXPIRED),
        ('anonymous', 'unclear', 'unauthorized-push'),
    ),
    # System.Net.Http.HttpClient, after 100 seconds unless its Timeout is another one; below .NET 5,
    # only a canceled task.
    Rule(
        'dotnet-timeout',
        ('httpclient.timeout', 'task was canceled'),
        r'(?:container1013|failed to push to the output registry)…(?:configured httpclient\.timeout'
        r'|\ba task was canceled)',
        'connection',
        push.TIMEOUT,
        'likely',
        outranks=('response-timeout', *_NOISE),
    ),
    Rule(
        'dotnet-too-large',
        ("status code 'requestentitytoolarge'",),
        _STATUS + r'requestentitytoolarge',
        'push',
        push.TOO_LARGE,
        outranks=_NOISE,
    ),
    Rule(
        'dotnet-server-error',
        ("status code 'internalservererror'", "status code 'serviceunavailable'", 'badgateway'),
        _STATUS + r'(?:internalservererror|serviceunavailable|badgateway|gatewaytimeout)',
        'server',
        push.SERVER_ERROR,
        'likely',
        outranks=_NOISE,
    ),
    Rule(
        'dotnet-no-login',
        ('no matching auth specified',),
        r'no matching auth specified for registry',
        'credentials',
        missing_logins.NO_LOGIN,
        outranks=('helper-failed', *_NOISE),
    ),
    Rule(
        'dotnet-layer-missing',
        ('container2004', 'unable to download layer with descriptor'),
        r'container2004|unable to download layer with descriptor',
        'content',
        blob.BLOB_MISSING,
        outranks=_NOISE,
    ),
    Rule(
        'dotnet-media-type',
        ('container2003', 'container2001'),
        r'container200[13]\b',
        'content',
        manifest.UNREADABLE_MANIFEST,
        'likely',
        outranks=_NOISE,
    ),
    Rule(
        'dotnet-name',
        ('container2005', 'container2007', 'container2009', 'container2010', 'container2012'),
        r'container20(?:05|07|09|10|12)\b',
        'reference',
        references.INVALID_REFERENCE,
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'dotnet-no-engine',
        ('container1012', 'container3002', 'local registry is not available'),
        r'container1012|container3002|local registry is not available, but pushing',
        'engine',
        engine_daemon.NO_DAEMON,
        'likely',
        outranks=_NOISE,
        anywhere=True,
    ),
    Rule(
        'dotnet-no-connection',
        ('container1017', 'unable to communicate with the registry'),
        r'container1017|unable to communicate with the registry',
        'unclear',
        connection.CONNECT_FAILED,
        'possible',
        (connection.CONNECT_TIMEOUT, connection.PROXY_UNREACHABLE),
    ),
)
