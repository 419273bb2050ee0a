# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the TLS connection to the login server."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

SSL = Family(
    'CONNECTIVITY_SSL_ERROR',
    'No secure connection with the login server could be made.',
    (
        (
            'If a proxy inspects the traffic of this network, let REQUESTS_CA_BUNDLE name a file '
            'that holds its root'
            ' certificate beside the public ones.'
        ),
        'Look at the certificate: `openssl s_client -connect {host}:443 -servername {host}`.',
    ),
    links.documented('CONNECTIVITY_SSL_ERROR'),
)

EXPIRED = SSL.problem(
    'CertificateExpired',
    "The certificate that was shown has expired, by this machine's clock.",
    'If row `clock` says that the clock is right, whoever answers at `{host}` (often a proxy) '
    'shows an old '
    'certificate: ask who runs it for a new one. Else set the clock right.',
)
NOT_YET_VALID = SSL.problem(
    'CertificateNotYetValid',
    "The certificate that was shown is not valid yet, by this machine's clock.",
    'If row `clock` says that the clock is right, whoever answers at `{host}` (often a proxy) '
    'shows a bad certificate: '
    'ask who runs it. Else set the clock right: it is slow.',
)
WRONG_NAME = SSL.problem(
    'CertificateWrongName',
    "The certificate that was shown is for another name than the login server's.",
    "Something else answers in the registry's place at the address of row `dns`: check the name "
    'servers, the hosts '
    'file and the proxy.',
    "A `privatelink` name or an address is never covered: use the login server's own name, as `az "
    'acr show` gives it.',
)
SELF_SIGNED = SSL.problem(
    'CertificateSelfSigned',
    'The certificate that was shown is signed by nobody but itself; a registry never has such a '
    'one, so something else answers in its place.',
)
UNTRUSTED = SSL.problem(
    'CertificateUntrusted',
    'The certificate that was shown does not lead to a root certificate of the bundle in use: the '
    'server leaves out a '
    'certificate between, or the bundle lacks the public roots.',
    'If REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names the bundle, let it hold the public roots beside '
    'your own: `cat '
    '"$(python3 -m certifi)" ROOT.pem > ca-bundle.pem`.',
    'If a proxy inspects the traffic of this network, append its root certificate to a copy of the '
    'bundle in use, and '
    'let REQUESTS_CA_BUNDLE name that copy.',
    'Look at the certificate: `openssl s_client -connect {host}:443 -servername {host}`.',
)
INTERCEPTED = SSL.problem(
    'TlsIntercepted',
    "The certificate that was shown is for the login server's name, but comes from {issuer}, which "
    'is no authority '
    'that this machine or the public knows: a proxy or security product opens the traffic and '
    'signs certificates of '
    'its own.',
    'Get the root certificate of {issuer} from whoever runs the inspection, and append it to a '
    'copy of the bundle in '
    'use: `cat {bundle} ROOT.pem > ca-bundle.pem`, then `export '
    'REQUESTS_CA_BUNDLE="$PWD/ca-bundle.pem"`.',
    'A container engine needs it too: put it at `/etc/docker/certs.d/{host}/ca.crt`.',
    'Or ask to leave `{host}` out of the inspection.',
)
UNVERIFIED = SSL.problem(
    'CertificateInvalid', 'The certificate that was shown did not stand up to verification.'
)
BUNDLE_UNREADABLE = SSL.problem(
    'CaBundleUnreadable',
    'The file of trusted certificates that is configured cannot be read.',
    'Make {bundle} a readable file in PEM format, or take away the setting that names it: `unset '
    '{variable}`.',
    'If no variable names it, it came with the Azure CLI: install that again.',
)
KEY_LOG_UNWRITABLE = SSL.problem(
    'KeyLogUnwritable',
    'SSLKEYLOGFILE names a file that cannot be written, so that the Azure CLI can make no secure '
    'connection at all.',
    'Unset SSLKEYLOGFILE, or let it name a file that you may write to.',
)
VERIFICATION_DISABLED = SSL.problem(
    'VerificationDisabled',
    'The Azure CLI was told not to verify certificates, so nothing shows that it is the registry '
    'that answers: whoever '
    'answers gets the login.',
    'Unset AZURE_CLI_DISABLE_CONNECTION_VERIFICATION.',
    'If a proxy inspects the traffic of this network, let REQUESTS_CA_BUNDLE name a file that '
    'holds its root '
    'certificate beside the public ones.',
)
NOT_TLS = SSL.problem(
    'NotTls',
    'What answers on port 443 does not speak TLS.',
    "Something other than the registry answers: check name resolution, and the proxy's address and "
    'scheme.',
)
OLD_PROTOCOL = SSL.problem(
    'ProtocolTooOld',
    'The two sides have no version of TLS in common; registries want 1.2 or newer.',
    'Something between this machine and the registry speaks only an old TLS: bypass or upgrade the '
    'proxy.',
)
HANDSHAKE_RESET = SSL.problem(
    'HandshakeReset',
    'The connection was reset in the middle of the handshake, as firewalls do that dislike the '
    'name.',
    'Ask whoever runs the firewall to let TLS to `{host}` pass.',
    transient=True,
)
HANDSHAKE_INTERRUPTED = SSL.problem(
    'HandshakeInterrupted',
    'The other side closed the connection in the middle of the handshake.',
    'Ask whoever runs the firewall to let TLS to `{host}` pass.',
    transient=True,
)
HANDSHAKE_TIMEOUT = SSL.problem(
    'HandshakeTimeout',
    'The other side took the connection, but did not finish the handshake in time.',
    'Ask whoever runs the firewall or proxy to let TLS to `{host}` pass; an inspecting device may '
    'be swallowing it.',
    transient=True,
)
HANDSHAKE_FAILED = SSL.problem('HandshakeFailed', 'The handshake failed.')

FAMILIES = (SSL,)
PROBLEMS = (
    EXPIRED,
    NOT_YET_VALID,
    WRONG_NAME,
    SELF_SIGNED,
    UNTRUSTED,
    INTERCEPTED,
    UNVERIFIED,
    BUNDLE_UNREADABLE,
    KEY_LOG_UNWRITABLE,
    VERIFICATION_DISABLED,
    NOT_TLS,
    OLD_PROTOCOL,
    HANDSHAKE_RESET,
    HANDSHAKE_INTERRUPTED,
    HANDSHAKE_TIMEOUT,
    HANDSHAKE_FAILED,
)
