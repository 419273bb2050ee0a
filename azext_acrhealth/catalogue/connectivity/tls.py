# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the TLS connection to the login server."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

_TRUST_PROXY = (
    "Set REQUESTS_CA_BUNDLE to a file with the public root certificates and your proxy's root "
    'certificate if a proxy performs TLS inspection.'
)
_INSPECT = (
    'Inspect the certificate: `openssl s_client -connect {host}:443 -servername {host} </dev/null`.'
)
_ALLOW_TLS = 'Ask your network administrator to allow TLS connections to `{host}`.'

SSL = Family(
    'CONNECTIVITY_SSL_ERROR',
    "A secure connection to the login server couldn't be established.",
    (_TRUST_PROXY, _INSPECT),
    links.documented('CONNECTIVITY_SSL_ERROR'),
)

EXPIRED = SSL.problem(
    'CertificateExpired',
    "The server's certificate has expired according to this machine's clock.",
    "Correct this machine's clock if the `clock` check reports that it's wrong.",
    'Ask your network administrator to renew the certificate if the clock is correct: the server '
    'at `{host}`, often a proxy, presents an expired one.',
)
NOT_YET_VALID = SSL.problem(
    'CertificateNotYetValid',
    "The server's certificate isn't valid yet according to this machine's clock.",
    "Correct this machine's clock if the `clock` check reports that it's behind.",
    'Ask your network administrator to replace the certificate if the clock is correct: the '
    'server at `{host}`, often a proxy, presents an invalid one.',
)
WRONG_NAME = SSL.problem(
    'CertificateNameMismatch',
    "The server's certificate is for a name other than the login server's.",
    "Compare the addresses in the `dns` check with this machine's DNS servers, hosts file, and "
    'proxy, because a server other than the registry responds.',
    "Use the login server's own name, because certificates don't cover `privatelink` names or IP "
    'addresses: `az acr show --name {registry} --query loginServer`.',
)
SELF_SIGNED = SSL.problem(
    'CertificateSelfSigned',
    "The server's certificate is self-signed. A registry's certificate never is, so another "
    'server responds in its place.',
)
UNTRUSTED = SSL.problem(
    'CertificateUntrusted',
    "The server's certificate doesn't chain to a root certificate in the CA bundle in use: the "
    'server omits an intermediate certificate, or the bundle lacks the root.',
    'Add the public root certificates to your own if REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names '
    'the bundle. This command writes `ca-bundle.pem` to the current folder: `cat "$(python3 -m '
    'certifi)" ROOT.pem > ca-bundle.pem`.',
    "Append the proxy's root certificate to a copy of the bundle if a proxy performs TLS "
    'inspection, and set REQUESTS_CA_BUNDLE to the copy.',
    _INSPECT,
)
INTERCEPTED = SSL.problem(
    'TlsIntercepted',
    "The certificate is for the login server's name, but it's issued by {issuer}, which is "
    'neither a public certificate authority nor trusted by this machine. A proxy or security '
    'product performs TLS inspection with its own certificates.',
    'Get the root certificate of {issuer} from your network administrator, and append it to a '
    'copy of the CA bundle: `cat {bundle} ROOT.pem > ca-bundle.pem`.',
    'Configure the Azure CLI to use the copy: `export REQUESTS_CA_BUNDLE="$PWD/ca-bundle.pem"`.',
    'Copy the root certificate for the container engine to `/etc/docker/certs.d/{host}/ca.crt`.',
    'Ask your network administrator to exclude `{host}` from TLS inspection.',
)
UNVERIFIED = SSL.problem('InvalidCertificate', "The server's certificate failed validation.")
BUNDLE_UNREADABLE = SSL.problem(
    'CaBundleUnreadable',
    "The configured CA bundle can't be read.",
    'Make sure that {bundle} exists, is readable, and is in PEM format.',
    'Unset the variable that names it to use the default bundle: `unset {variable}`.',
    'Reinstall the Azure CLI if no variable names the file.',
)
KEY_LOG_UNWRITABLE = SSL.problem(
    'KeyLogUnwritable',
    "SSLKEYLOGFILE names a file that can't be written, so the Azure CLI can't establish any "
    'secure connection.',
    'Unset the variable: `unset SSLKEYLOGFILE`.',
    'Set SSLKEYLOGFILE to a writable file if you need the key log, which allows anyone who can '
    'read it to decrypt the traffic.',
)
VERIFICATION_DISABLED = SSL.problem(
    'VerificationDisabled',
    'The Azure CLI is configured not to verify certificates. A server that responds in the '
    "registry's place can receive the credentials.",
    'Enable verification: `unset AZURE_CLI_DISABLE_CONNECTION_VERIFICATION`.',
    _TRUST_PROXY,
)
NOT_TLS = SSL.problem(
    'NotTls',
    "The server on port 443 doesn't use TLS.",
    "Review the result of the `dns` check and the proxy's address and scheme, because a server "
    'other than the registry responds.',
)
OLD_PROTOCOL = SSL.problem(
    'ProtocolTooOld',
    'This machine and the server have no TLS version in common. Registries require TLS 1.2 or '
    'later.',
    'Bypass or upgrade the proxy or device on the path that supports only older TLS versions.',
)
HANDSHAKE_RESET = SSL.problem(
    'HandshakeReset',
    'The connection was reset during the TLS handshake. Firewalls that block the host name do '
    'this.',
    _ALLOW_TLS,
    transient=True,
)
HANDSHAKE_INTERRUPTED = SSL.problem(
    'HandshakeInterrupted',
    'The server closed the connection during the TLS handshake.',
    _ALLOW_TLS,
    transient=True,
)
HANDSHAKE_TIMEOUT = SSL.problem(
    'HandshakeTimeout',
    "The server accepted the connection but didn't complete the TLS handshake in time.",
    'Ask your network administrator to allow TLS connections to `{host}` through the firewall or '
    'proxy, where a device that performs TLS inspection can drop them.',
    transient=True,
)
HANDSHAKE_FAILED = SSL.problem('HandshakeFailed', 'The TLS handshake failed.')

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
