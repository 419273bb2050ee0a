# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Name, connection and handshake: the phases of the one connection with the login server, judged one by one."""

from __future__ import annotations

from typing import Any, Mapping

from azext_acrhealth.catalogue import connection as reach
from azext_acrhealth.catalogue import names
from azext_acrhealth.catalogue import tls as secure
from azext_acrhealth.checks.login_server import LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.connection import Connection
from azext_acrhealth.probes.dial import Dialled
from azext_acrhealth.probes.resolver import family, is_private

_RESOLVE: Mapping[str, Problem] = {
    'NotFound': names.NAME_NOT_FOUND,
    'NoAddress': names.NO_ADDRESS,
    'Failed': names.RESOLVER_FAILED,
    'Timeout': names.RESOLVER_SILENT,
}
_CONNECT: Mapping[str, Problem] = {
    'Timeout': reach.CONNECT_TIMEOUT,
    'Refused': reach.REFUSED,
    'Reset': reach.RESET,
    'Unreachable': reach.UNREACHABLE,
    'Failed': reach.CONNECT_FAILED,
    'ProxyUnreachable': reach.PROXY_UNREACHABLE,
    'ProxyLogin': reach.PROXY_LOGIN,
    'ProxyRefused': reach.PROXY_REFUSED,
    'BadProxy': reach.PROXY_UNUSABLE,
}
_HANDSHAKE: Mapping[str, Problem] = {
    'Expired': secure.EXPIRED,
    'NotYetValid': secure.NOT_YET_VALID,
    'WrongName': secure.WRONG_NAME,
    'SelfSigned': secure.SELF_SIGNED,
    'Untrusted': secure.UNTRUSTED,
    'Unverified': secure.UNVERIFIED,
    'BundleUnreadable': secure.BUNDLE_UNREADABLE,
    'NotTls': secure.NOT_TLS,
    'Old': secure.OLD_PROTOCOL,
    'Cut': secure.CUT,
    'Timeout': secure.SILENT,
    'Failed': secure.HANDSHAKE_FAILED,
}


@check('dns', 'Name resolution', 'connectivity', needs=(login_server,),
       verifies='The login server\'s name resolves on this machine, to addresses of either family.',
       problems=(*_RESOLVE.values(), names.THROUGH_PROXY))
def dns(_: Context, login: LoginServer) -> Outcome:
    opened = login.connection
    resolution, route = opened.resolution(), opened.route()
    fill = {'host': login.host}
    if resolution.trouble:
        facts = {'host': login.host, 'elapsedMs': _ms(resolution.seconds)}
        if route.proxy:
            return warned(names.THROUGH_PROXY, f'{login.host} does not resolve here ({resolution.trouble.text}); '
                          f'{route.proxy.shown} is asked to', opened, fill, **facts, proxy=route.proxy.shown)
        return failed(_RESOLVE[resolution.trouble.kind], f'{login.host}: {resolution.trouble.text}', fill=fill, **facts)
    addresses = [{'address': address, 'family': family(address), 'private': is_private(address)}
                 for address in resolution.addresses]
    shown = ', '.join(resolution.addresses[:3]) + (', …' if len(addresses) > 3 else '')
    return passed(f'{login.host} is {shown}', opened, host=login.host, addresses=addresses,
                  canonicalName=resolution.canonical, elapsedMs=_ms(resolution.seconds))


@check('connection', 'Connection', 'connectivity', needs=(dns,),
       verifies='Port 443 of the login server takes a connection, directly or through the proxy that the CLI uses.',
       problems=tuple(_CONNECT.values()))
def connection(_: Context, opened: Connection) -> Outcome:
    dialled = opened.dialled()
    facts: dict[str, Any] = {'elapsedMs': _ms(dialled.seconds), 'proxy': dialled.proxy,
                             'tried': [{'address': address, 'result': result} for address, result in dialled.tried]}
    if dialled.trouble:
        return failed(_CONNECT[dialled.trouble.kind], _no_connection(opened, dialled), fill={'host': opened.host},
                      **facts)
    way = f'through {dialled.proxy}' if dialled.proxy else f'to {dialled.address}'
    return passed(f'{way} in {_ms(dialled.seconds)} ms', opened, address=dialled.address, **facts)


def _no_connection(opened: Connection, dialled: Dialled) -> str:
    assert dialled.trouble
    if dialled.proxy:
        return f'{dialled.trouble.text}, connecting through {dialled.proxy}'
    if opened.route().trouble:
        return f'the proxy setting cannot be read: {dialled.trouble.text}'
    tried = ', '.join(address for address, _ in dialled.tried[:3])
    return f'{dialled.trouble.text}, connecting to {tried or opened.host}'


@check('tls', 'Secure connection', 'connectivity', needs=(connection,),
       verifies='The login server shows a certificate that the CLI trusts.',
       problems=(*_HANDSHAKE.values(), secure.VERIFICATION_OFF))
def tls(_: Context, opened: Connection) -> Outcome:
    handshake = opened.handshake()
    trust = handshake.trust
    facts: dict[str, Any] = {'elapsedMs': _ms(handshake.seconds)}
    if trust:
        facts.update(verification='on' if trust.verify else 'off', caBundle=trust.bundle or None, caSource=trust.source)
    if handshake.trouble:
        return failed(_HANDSHAKE[handshake.trouble.kind], f'{opened.host}: {handshake.trouble.text}',
                      fill={'host': opened.host}, **facts)
    facts.update(protocol=handshake.protocol, issuer=handshake.issuer, expires=handshake.expires)
    if trust and not trust.verify:
        return warned(secure.VERIFICATION_OFF, f'the certificate was not verified, as {trust.source} wants', opened,
                      {'host': opened.host}, **facts)
    return passed(f'{handshake.protocol}, certificate from {handshake.issuer or "an issuer without a name"}', opened,
                  **facts)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
