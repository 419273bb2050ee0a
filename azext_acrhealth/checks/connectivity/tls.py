# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check the TLS handshake with the login server, and diagnose a rejected certificate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.connectivity import tls as problems
from azext_acrhealth.checks.connectivity.connection import connection as connection_check
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.certificate import Certificate
from azext_acrhealth.probes.http.tls import REJECTED_CERTIFICATE, HandshakeKind, UnverifiedPeer
from azext_acrhealth.protocols import HostConnection

_HANDSHAKE_FAILURES: Mapping[str, Problem] = {
    'Expired': problems.EXPIRED,
    'NotYetValid': problems.NOT_YET_VALID,
    'WrongName': problems.WRONG_NAME,
    'SelfSigned': problems.SELF_SIGNED,
    'Untrusted': problems.UNTRUSTED,
    'Intercepted': problems.INTERCEPTED,
    'Unverified': problems.UNVERIFIED,
    'BundleUnreadable': problems.BUNDLE_UNREADABLE,
    'KeyLogUnwritable': problems.KEY_LOG_UNWRITABLE,
    'NotTls': problems.NOT_TLS,
    'ProtocolTooOld': problems.OLD_PROTOCOL,
    'Reset': problems.HANDSHAKE_RESET,
    'Cut': problems.HANDSHAKE_INTERRUPTED,
    'Timeout': problems.HANDSHAKE_TIMEOUT,
    'Failed': problems.HANDSHAKE_FAILED,
}


@check(
    'tls',
    'TLS connection',
    'connectivity',
    needs=(connection_check,),
    verifies='The login server presents a certificate that the Azure CLI trusts.',
    problems=(*_HANDSHAKE_FAILURES.values(), problems.VERIFICATION_DISABLED),
)
def tls(_: Context, connection: HostConnection) -> Outcome:
    handshake = connection.handshake()
    trust, facts = handshake.trust, facts_of_handshake(connection)
    if handshake.failure:
        return handshake_failure(connection, handshake.failure, facts)
    if trust and not trust.verify:
        return warned(
            problems.VERIFICATION_DISABLED,
            f"the certificate wasn't verified because of {trust.source}",
            connection,
            {'host': connection.host},
            **facts,
        )
    issuer = handshake.certificate.issuer if handshake.certificate else None
    return passed(
        f'{handshake.protocol}, certificate from {issuer or "an unnamed issuer"}',
        connection,
        **facts,
    )


def facts_of_handshake(connection: HostConnection) -> dict[str, Any]:
    """Return facts about the handshake of a connection: trust, protocol and certificate."""
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
        else {**facts, 'protocol': handshake.protocol, **_certificate_facts(handshake.certificate)}
    )


def handshake_failure(
    connection: HostConnection, failure: Failure[HandshakeKind], facts: dict[str, Any]
) -> Outcome:
    """Return the outcome for a failed handshake; a rejected certificate is inspected."""
    kind: str = failure.kind
    detail, bundle = failure.text, facts.get('caBundle') or ''
    source = facts.get('caSource')
    placeholders = {
        'host': connection.host,
        **({'bundle': bundle} if bundle else {}),
        'variable': source if source and source != 'certifi' else 'REQUESTS_CA_BUNDLE',
    }
    if failure.library_message:
        facts['said'] = failure.library_message
    if kind in REJECTED_CERTIFICATE:
        peer = connection.unverified_peer()
        facts.update(protocol=peer.protocol, **_certificate_facts(peer.certificate))
        if peer.date:
            facts.update(serverDate=peer.date, seenAt=peer.at)
        if peer.status:
            facts.update(status=peer.status, correlationId=peer.correlation_id)
        if peer.certificate:
            kind = _refine_kind(kind, peer.certificate, peer, connection.host)
            detail = _describe(kind, peer.certificate, peer, connection.host) or detail
            placeholders.update(issuer=peer.certificate.issuer or 'an unnamed issuer')
    return failed(_HANDSHAKE_FAILURES[kind], detail, placeholders=placeholders, **facts)


def _refine_kind(kind: str, certificate: Certificate, peer: UnverifiedPeer, host: str) -> str:
    # A certificate for this very name from an unknown authority was issued by an inspecting proxy.
    intercepted = kind == 'Untrusted' and certificate.covers(host) and not peer.known
    return 'Intercepted' if intercepted else kind


def _describe(kind: str, certificate: Certificate, peer: UnverifiedPeer, host: str) -> str | None:
    """Return in one line what is wrong with a certificate; None for other kinds."""
    issuer = certificate.issuer or 'an unnamed issuer'
    clocks = f"this machine's clock is at {peer.at}" + (
        f", the server's at {peer.date}" if peer.date else ''
    )
    # The decisive value comes first, because tables cut the end.
    return {
        'Expired': f'certificate expired at {certificate.not_after}; {clocks}',
        'NotYetValid': f'certificate not valid before {certificate.not_before}; {clocks}',
        'WrongName': 'certificate for '
        f'{", ".join(certificate.names[:3]) or certificate.subject or "no name"}'
        f'{", …" if len(certificate.names) > 3 else ""}, not for {host}',
        'SelfSigned': f'self-signed certificate ({certificate.subject or "unnamed"})',
        'Untrusted': f"certificate from {issuer}, which doesn't chain to a trusted root",
        'Intercepted': f'certificate from {issuer}, not a public authority: a proxy or security '
        'product performs TLS inspection',
    }.get(kind)


def _certificate_facts(certificate: Certificate | None) -> dict[str, Any]:
    if certificate is None:
        return {}
    return {
        'subject': certificate.subject,
        'names': list(certificate.names),
        'issuer': certificate.issuer,
        'notBefore': certificate.not_before,
        'notAfter': certificate.not_after,
    }
