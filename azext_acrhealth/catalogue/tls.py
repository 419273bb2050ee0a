# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the secure connection."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

SSL = Family(
    'CONNECTIVITY_SSL_ERROR',
    'No secure connection with the login server could be made.',
    (
        (
            'If a proxy inspects the traffic of this network, let REQUESTS_CA_BUNDLE name a file that holds its root'
            ' certificate beside the public ones.'
        ),
        'Look at the certificate: `openssl s_client -connect {host}:443 -servername {host}`.',
    ),
    links.documented('CONNECTIVITY_SSL_ERROR'),
)

EXPIRED = SSL.problem(
    'CertificateExpired',
    'The certificate that was shown has expired, by this machine\'s clock.',
    'Check this machine\'s clock first.',
    'If the clock is right, ask whoever runs what answers at `{host}` (often a proxy) for a new certificate.',
)
NOT_YET_VALID = SSL.problem(
    'CertificateNotYetValid',
    'The certificate that was shown is not valid yet, by this machine\'s clock.',
    'Check this machine\'s clock: it is most likely slow.',
)
WRONG_NAME = SSL.problem(
    'CertificateWrongName',
    'The certificate that was shown is for another name than the login server\'s.',
    'Use the login server\'s own name, never its `privatelink` name or an address.',
    'If the name is right, something else answers in its place: check name resolution and the proxy.',
)
SELF_SIGNED = SSL.problem(
    'CertificateSelfSigned',
    'The certificate that was shown is signed by nobody but itself; a registry never has such a '
    'one, so something else answers in its place.',
)
UNTRUSTED = SSL.problem(
    'CertificateUntrusted',
    'The certificate that was shown is signed by an authority that this machine does not trust, as '
    'when a proxy inspects the traffic.',
)
UNVERIFIED = SSL.problem('CertificateInvalid', 'The certificate that was shown did not stand up to verification.')
BUNDLE_UNREADABLE = SSL.problem(
    'CaBundleUnreadable',
    'The file of trusted certificates that is configured cannot be read.',
    'Let REQUESTS_CA_BUNDLE (or CURL_CA_BUNDLE) name a readable file in PEM format, or unset it.',
)
VERIFICATION_OFF = SSL.problem(
    'VerificationOff',
    'The Azure CLI was told not to verify certificates, so nothing shows that it is the registry that answers: whoever '
    'answers gets the login.',
    'Unset AZURE_CLI_DISABLE_CONNECTION_VERIFICATION.',
    'If a proxy inspects the traffic of this network, let REQUESTS_CA_BUNDLE name a file that holds its root '
    'certificate beside the public ones.',
)
NOT_TLS = SSL.problem(
    'NotTls',
    'What answers on port 443 does not speak TLS.',
    'Something other than the registry answers: check name resolution, and the proxy\'s address and scheme.',
)
OLD_PROTOCOL = SSL.problem(
    'ProtocolTooOld',
    'The two sides have no version of TLS in common; registries want 1.2 or newer.',
    'Something between this machine and the registry speaks only an old TLS: bypass or upgrade the proxy.',
)
CUT = SSL.problem(
    'HandshakeCut',
    'The connection was cut in the middle of the handshake, as firewalls do that dislike the name.',
    'Ask whoever runs the firewall to let TLS to `{host}` pass.',
    heals=True,
)
SILENT = SSL.problem(
    'HandshakeTimeout',
    'The other side took the connection, but did not finish the handshake in time.',
    'Ask whoever runs the firewall or proxy to let TLS to `{host}` pass; an inspecting device may be swallowing it.',
    heals=True,
)
HANDSHAKE_FAILED = SSL.problem('HandshakeFailed', 'The handshake failed.')

FAMILIES = (SSL,)
PROBLEMS = (
    EXPIRED,
    NOT_YET_VALID,
    WRONG_NAME,
    SELF_SIGNED,
    UNTRUSTED,
    UNVERIFIED,
    BUNDLE_UNREADABLE,
    VERIFICATION_OFF,
    NOT_TLS,
    OLD_PROTOCOL,
    CUT,
    SILENT,
    HANDSHAKE_FAILED,
)
