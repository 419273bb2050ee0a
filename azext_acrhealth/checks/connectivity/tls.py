# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The handshake with the login server, and what a certificate that failed says of whoever showed it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.connectivity import tls as problems
from azext_acrhealth.checks.connectivity.connection import connection as connection_check
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.certificate import Certificate
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.tls import DOUBTED, HandshakeKind, UnverifiedPeer

_HANDSHAKE: Mapping[str, Problem] = {
    'Expired': problems.EXPIRED,
    'NotYetValid': problems.NOT_YET_VALID,
    'WrongName': problems.WRONG_NAME,
    'SelfSigned': problems.SELF_SIGNED,
    'Untrusted': problems.UNTRUSTED,
    'Intercepted': problems.INTERCEPTED,
    'Unverified': problems.UNVERIFIED,
    'BundleUnreadable': problems.BUNDLE_UNREADABLE,
    'KeyLogUnwritable': problems.KEY_LOG,
    'NotTls': problems.NOT_TLS,
    'ProtocolTooOld': problems.OLD_PROTOCOL,
    'Reset': problems.RESET,
    'Cut': problems.CUT,
    'Timeout': problems.SILENT,
    'Failed': problems.HANDSHAKE_FAILED,
}


@check(
    'tls',
    'Secure connection',
    'connectivity',
    needs=(connection_check,),
    verifies='The login server shows a certificate that the CLI trusts.',
    problems=(*_HANDSHAKE.values(), problems.VERIFICATION_DISABLED),
)
def tls(_: Context, connection: Connection) -> Outcome:
    handshake = connection.handshake()
    trust, facts = handshake.trust, seen_of(connection)
    if handshake.failure:
        return handshake_failure(connection, handshake.failure, facts)
    if trust and not trust.verify:
        return warned(
            problems.VERIFICATION_DISABLED,
            f'the certificate was not verified, as {trust.source} wants',
            connection,
            {'host': connection.host},
            **facts,
        )
    issuer = handshake.certificate.issuer if handshake.certificate else None
    return passed(
        f'{handshake.protocol}, certificate from {issuer or "an issuer without a name"}',
        connection,
        **facts,
    )


def seen_of(connection: Connection) -> dict[str, Any]:
    """Return what the handshake of a connection showed."""
    handshake, trust = connection.handshake(), connection.handshake().trust
    facts: dict[str, Any] = {
        'at': handshake.at or None,
        'elapsedMs': round(handshake.seconds * 1000),
    }
    if trust:
        facts.update(
            verification='on' if trust.verify else 'off',
            caBundle=trust.bundle or None,
            caSource=trust.source,
        )
    return (
        facts
        if handshake.failure
        else {**facts, 'protocol': handshake.protocol, **_shown(handshake.certificate)}
    )


def handshake_failure(
    connection: Connection, failure: Failure[HandshakeKind], facts: dict[str, Any]
) -> Outcome:
    """Judge a handshake that failed, with a look at the certificate."""
    kind: str = failure.kind
    words, bundle = failure.text, facts.get('caBundle') or ''
    source = facts.get('caSource')
    placeholders = {
        'host': connection.host,
        'bundle': shlex.quote(bundle) if bundle else 'the file',
        'variable': source if source and source != 'certifi' else 'REQUESTS_CA_BUNDLE',
    }
    if failure.said:
        facts['said'] = failure.said
    if kind in DOUBTED:
        peer = connection.unverified_peer()
        facts.update(protocol=peer.protocol, **_shown(peer.certificate))
        if peer.date:
            facts.update(serverDate=peer.date, seenAt=peer.at)
        if peer.status:
            facts.update(status=peer.status, correlationId=peer.correlation_id)
        if peer.certificate:
            kind = _kind(kind, peer.certificate, peer, connection.host)
            words = _text(kind, peer.certificate, peer, connection.host) or words
            placeholders.update(issuer=peer.certificate.issuer or 'an issuer without a name')
    return failed(_HANDSHAKE[kind], words, placeholders=placeholders, **facts)


def _kind(kind: str, certificate: Certificate, peer: UnverifiedPeer, host: str) -> str:
    # Who signs for this very name, and is no authority that anybody knows, sits on the way.
    minted = kind == 'Untrusted' and certificate.covers(host) and not peer.known
    return 'Intercepted' if minted else kind


def _text(kind: str, certificate: Certificate, peer: UnverifiedPeer, host: str) -> str | None:
    """Say in one line what is wrong with a certificate."""
    issuer = certificate.issuer or 'an issuer without a name'
    clocks = f"this machine's clock says {peer.at}" + (
        f", the server's {peer.date}" if peer.date else ''
    )
    # What decides comes first: tables cut the end.
    return {
        'Expired': f'certificate expired: valid until {certificate.not_after}; {clocks}',
        'NotYetValid': f'certificate not valid before {certificate.not_before}; {clocks}',
        'WrongName': 'certificate for '
        f'{", ".join(certificate.names[:3]) or certificate.subject or "no name"}'
        f'{", …" if len(certificate.names) > 3 else ""}, not for {host}',
        'SelfSigned': 'certificate signed by nobody but itself '
        f'({certificate.subject or "without a name"})',
        'Untrusted': f'certificate from {issuer}, which does not lead to a root that is trusted '
        'here',
        'Intercepted': f'certificate from {issuer}, no public authority: somebody opens the '
        'traffic',
    }.get(kind)


def _shown(certificate: Certificate | None) -> dict[str, Any]:
    if certificate is None:
        return {}
    return {
        'subject': certificate.subject,
        'names': list(certificate.names),
        'issuer': certificate.issuer,
        'notBefore': certificate.not_before,
        'notAfter': certificate.not_after,
    }
