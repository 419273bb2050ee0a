# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the scrubber replaces: keys, headers, words of the protocol, and patterns."""

from __future__ import annotations

import re

SCRUBBED = 'scrubbed'
SECRET_KEYS = {
    'access_token',
    'refresh_token',
    'id_token',
    'client_secret',
    'client_assertion',
    'assertion',
    'client_info',
    'device_code',
    'user_code',
    'password',
    'passwords',
    'secret',
    'sig',
    'signature',
    'token',
    'accesstoken',
    'refreshtoken',
    'authorization',
    'primarykey',
    'secondarykey',
    'encryptedtoken',
}
# `code` in JSON is an error code; in a form or a query it is an authorization code.
SECRET_FIELDS = SECRET_KEYS | {'code'}
SECRET_HEADERS = {
    'authorization',
    'proxy-authorization',
    'cookie',
    'set-cookie',
    'x-ms-authorization-auxiliary',
    'x-identity-header',
    'x-ms-cookie',
}
PERSONAL_KEYS = {
    'upn',
    'unique_name',
    'preferred_username',
    'email',
    'username',
    'name',
    'given_name',
    'family_name',
    'ipaddr',
    'onprem_sid',
    'puid',
    'altsecid',
    'login_hint',
    'rh',
    'uti',
    'aio',
    'xms_ftd',
}
# Words of the protocol, which stay even if they are the name of a resource.
PROTOCOL_WORDS = {
    'registry',
    'registries',
    'repository',
    'catalog',
    'pull',
    'push',
    'default',
    'oauth2',
    'token',
    'exchange',
    'azure',
    'microsoft',
    'system',
    'bearer',
    'service',
    'realm',
    'scope',
    'https',
    'subscriptions',
    'providers',
    'resourcegroups',
    'read',
    'write',
    'delete',
    'enabled',
    'disabled',
    'premium',
    'basic',
}
JWT = re.compile(r'\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*(?:\.[\w-]+\.[\w-]+)?')
GUID = re.compile(
    r'\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b', re.IGNORECASE
)
NEUTRAL_GUID = re.compile(r'0{8}-0{4}-0{4}-0{4}-0{8}[0-9a-f]{4}')
HEX = re.compile(r'\b[0-9a-f]{32}\b', re.IGNORECASE)
LOGIN_SERVER = re.compile(
    r'\b(?!(?:geo|data|privatelink)\.)([a-z0-9]+(?:-[a-z0-9]+)?)'
    r'(?=(?:\.privatelink)?(?:\.[a-z0-9]+\.(?:geo|data))?\.azurecr\.[a-z-]+)',
    re.IGNORECASE,
)
STORAGE = re.compile(r'\b[a-z0-9]+(?=\.blob\.(?:core\.|storage\.)?[a-z.]+)', re.IGNORECASE)
RESOURCE = re.compile(
    r'/resourceGroups/([\w.()-]+)|/providers/[\w.]+((?:/[\w.-]+/[\w.()-]+)+)', re.IGNORECASE
)
PERSON = re.compile(r"\b[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
ADDRESS = re.compile(
    r'\b(?!(?:10|127|0)\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.0\.2\.)'
    r'(?:\d{1,3}\.){3}\d{1,3}\b'
)
SIGNED = re.compile(r'(?<=[?&;])(sig|signature)=[^&\s"\'<>]+', re.IGNORECASE)
