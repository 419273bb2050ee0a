# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Signed tokens of Entra and of the registries, with the claims of real ones (wire-formats 2.3)."""

from __future__ import annotations

import base64
import datetime
import hashlib
import time
import uuid
from collections.abc import Mapping
from typing import Any, Optional

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.sandbox.control.recorder import Recorder

REGISTRY_ISSUER = 'Azure Container Registry'
ENTRA_SECONDS, REFRESH_SECONDS, ACCESS_SECONDS = 3599, 11700, 4500


class Signer:
    """One RS256 key; every token that it signs is recorded as a secret."""

    def __init__(self, recorder: Recorder) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._public = self._key.public_key()
        self._recorder = recorder
        self.key_id = _key_id(self._public)

    def issue(self, claims: Mapping[str, Any]) -> str:
        """Return a signed token."""
        return self._recorder.add_secret(
            jwt.encode(dict(claims), self._key, 'RS256', {'kid': self.key_id})
        )

    def certificate(self) -> bytes:
        """Return a certificate of the key (PEM), for a registry that shall accept the tokens."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'acrhealth sandbox tokens')])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=90))
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM)

    def read(self, token: str, expired: bool = False) -> Optional[dict[str, Any]]:
        """Return the claims of a token of this key that is valid now, else None.

        The caller checks the audience. With `expired`, an expired token is read, too.
        """
        checks = {
            'verify_aud': False,
            'verify_exp': not expired,
            'verify_nbf': not expired,
            'verify_iat': not expired,
        }
        try:
            claims: dict[str, Any] = jwt.decode(token, self._public, ['RS256'], checks)
        except jwt.InvalidTokenError:
            return None
        return claims


def _key_id(key: rsa.RSAPublicKey) -> str:
    """Return the id of a key as registries spell it (libtrust).

    docker-registry finds the key in its bundle by it.
    """
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = base64.b32encode(hashlib.sha256(der).digest()[:30]).decode()
    return ':'.join(text[at : at + 4] for at in range(0, len(text), 4))


def entra_claims(audience: str, tenant: str, application: str, principal: str) -> dict[str, Any]:
    """Return the claims of an application's token."""
    now = int(time.time())
    return {
        'aud': audience,
        'iss': f'https://sts.sandbox.test/{tenant}/',
        'iat': now,
        'nbf': now,
        'exp': now + ENTRA_SECONDS,
        'aio': uuid.uuid4().hex,
        'appid': application,
        'appidacr': '1',
        'idp': f'https://sts.sandbox.test/{tenant}/',
        'idtyp': 'app',
        'oid': principal,
        'sub': principal,
        'rh': uuid.uuid4().hex,
        'tid': tenant,
        'uti': uuid.uuid4().hex[:22],
        'ver': '1.0',
    }


def refresh_claims(
    service: str, tenant: str, application: str, actions: Optional[list[str]]
) -> dict[str, Any]:
    """Return the claims of a refresh token; None for a token that carries no permissions at all."""
    now = int(time.time())
    claims = {
        'jti': str(uuid.uuid4()),
        'sub': application,
        'nbf': now,
        'exp': now + REFRESH_SECONDS,
        'iat': now,
        'iss': REGISTRY_ISSUER,
        'aud': service,
        'version': '1.0',
        'rid': uuid.uuid5(uuid.NAMESPACE_DNS, service).hex,
        'grant_type': 'refresh_token',
        'appid': application,
        'tenant': tenant,
    }
    if actions is not None:
        claims['permissions'] = {'Actions': actions, 'NotActions': None}
    return {**claims, 'roles': []}


def access_claims(
    service: str, application: str, access: Optional[list[dict[str, Any]]]
) -> dict[str, Any]:
    """Return the claims of an access token; None for a token without the access claim."""
    now = int(time.time())
    claims = {
        'jti': str(uuid.uuid4()),
        'sub': application,
        'nbf': now,
        'exp': now + ACCESS_SECONDS,
        'iat': now,
        'iss': REGISTRY_ISSUER,
        'aud': service,
        'version': '1.0',
        'rid': uuid.uuid5(uuid.NAMESPACE_DNS, service).hex,
    }
    if access is not None:
        claims['access'] = access
    return {**claims, 'roles': [], 'grant_type': 'access_token', 'appid': application}


def lower_case(value: Any) -> Any:
    """Return the same claims with keys in lower case, as the older documentation shows them."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: lower_case(item) for key, item in value.items()}
    if isinstance(value, list):
        return [lower_case(item) for item in value]
    return value
