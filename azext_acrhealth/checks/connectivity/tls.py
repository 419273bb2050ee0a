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
from azext_acrhealth.checks.connectivity.connection import connection
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.failure import Trouble
from azext_acrhealth.probes.http.certificate import Certificate
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.tls import DOUBTED, Look

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
    'Old': problems.OLD_PROTOCOL,
    'Reset': problems.RESET,
    'Cut': problems.CUT,
    'Timeout': problems.SILENT,
    'Failed': problems.HANDSHAKE_FAILED,
}


@check(
    'tls',
    'Secure connection',
    'connectivity',
    needs=(connection,),
    verifies='The login server shows a certificate that the CLI trusts.',
    problems=(*_HANDSHAKE.values(), problems.VERIFICATION_OFF),
)
def tls(_: Context, opened: Connection) -> Outcome:
    handshake = opened.handshake()
    trust, facts = handshake.trust, seen_of(opened)
    if handshake.trouble:
        return failure(opened, handshake.trouble, facts)
    if trust and not trust.verify:
        return warned(
            problems.VERIFICATION_OFF,
            f'the certificate was not verified, as {trust.source} wants',
            opened,
            {'host': opened.host},
            **facts,
        )
    issuer = handshake.certificate.issuer if handshake.certificate else None
    return passed(
        f'{handshake.protocol}, certificate from {issuer or "an issuer without a name"}',
        opened,
        **facts,
    )


def seen_of(opened: Connection) -> dict[str, Any]:
    """Give what the handshake of a connection showed."""
    handshake, trust = opened.handshake(), opened.handshake().trust
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
        if handshake.trouble
        else {**facts, 'protocol': handshake.protocol, **_shown(handshake.certificate)}
    )


def failure(opened: Connection, trouble: Trouble, facts: dict[str, Any]) -> Outcome:
    """Judge a handshake that failed, with a look at the certificate."""
    kind, words, bundle = trouble.kind, trouble.text, facts.get('caBundle') or ''
    source = facts.get('caSource')
    fill = {
        'host': opened.host,
        'bundle': shlex.quote(bundle) if bundle else 'the file',
        'variable': source if source and source != 'certifi' else 'REQUESTS_CA_BUNDLE',
    }
    if trouble.said:
        facts['said'] = trouble.said
    if kind in DOUBTED:
        look = opened.look()
        facts.update(protocol=look.protocol, **_shown(look.certificate))
        if look.date:
            facts.update(serverDate=look.date, seenAt=look.at)
        if look.status:
            facts.update(status=look.status, correlationId=look.correlation_id)
        if look.certificate:
            kind = _kind(kind, look.certificate, look, opened.host)
            words = _words(kind, look.certificate, look, opened.host) or words
            fill.update(issuer=look.certificate.issuer or 'an issuer without a name')
    return failed(_HANDSHAKE[kind], words, fill=fill, **facts)


def _kind(kind: str, certificate: Certificate, look: Look, host: str) -> str:
    # Who signs for this very name, and is no authority that anybody knows, sits on the way.
    minted = kind == 'Untrusted' and certificate.covers(host) and not look.known
    return 'Intercepted' if minted else kind


def _words(kind: str, certificate: Certificate, look: Look, host: str) -> str | None:
    """Say in one line what is wrong with a certificate."""
    issuer = certificate.issuer or 'an issuer without a name'
    clocks = f"this machine's clock says {look.at}" + (
        f", the server's {look.date}" if look.date else ''
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
