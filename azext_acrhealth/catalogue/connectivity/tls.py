# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the TLS connection to the login server."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.shell import (
    CLOCK_FIRST,
    INSPECT_CERTIFICATE,
    PROXY_FIRST,
    by_shell,
    unset_variable,
)
from azext_acrhealth.model import Family

_TRUST_PROXY = (
    "Set REQUESTS_CA_BUNDLE to a file with the public root certificates and your proxy's root "
    'certificate if a proxy performs TLS inspection.'
)
_ALLOW_TLS = 'Ask your network administrator to allow TLS connections to `{host}`.'

SSL = Family(
    'CONNECTIVITY_SSL_ERROR',
    "A secure connection to the login server couldn't be established.",
    (_TRUST_PROXY, *INSPECT_CERTIFICATE),
    links.documented('CONNECTIVITY_SSL_ERROR'),
)

EXPIRED = SSL.problem(
    'CertificateExpired',
    "The server's certificate has expired according to this machine's clock.",
    *CLOCK_FIRST,
    Variant(
        'Ask your network administrator to renew the certificate: the server at `{host}`, often a '
        'proxy, presents an expired one.',
        check='clock',
        states=('passed', 'unknown'),
    ),
)
NOT_YET_VALID = SSL.problem(
    'CertificateNotYetValid',
    "The server's certificate isn't valid yet according to this machine's clock.",
    *CLOCK_FIRST,
    Variant(
        'Ask your network administrator to replace the certificate: the server at `{host}`, often '
        "a proxy, presents one that isn't valid yet.",
        check='clock',
        states=('passed', 'unknown'),
    ),
)
WRONG_NAME = SSL.problem(
    'CertificateNameMismatch',
    "The server's certificate is for a name other than the login server's.",
    PROXY_FIRST,
    "Correct the record of `{host}` in this machine's hosts file or DNS servers, because a server "
    'other than the registry responds.',
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
    *by_shell(
        'Add the public root certificates to your own if REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE '
        'names the bundle, with this command, which writes `ca-bundle.pem` to the current folder',
        'cat "$(python3 -m certifi)" ROOT.pem > ca-bundle.pem',
        'Get-Content $(python -m certifi), ROOT.pem | Set-Content ca-bundle.pem',
    ),
    "Append the proxy's root certificate to a copy of the bundle if a proxy performs TLS "
    'inspection, and set REQUESTS_CA_BUNDLE to the copy.',
    *INSPECT_CERTIFICATE,
)
INTERCEPTED = SSL.problem(
    'TlsIntercepted',
    "The certificate is for the login server's name, but it's issued by {issuer}, which is "
    'neither a public certificate authority nor trusted by this machine. A proxy or security '
    'product performs TLS inspection with its own certificates.',
    *by_shell(
        'Get the root certificate of {issuer} from your network administrator, and append it to a '
        'copy of the CA bundle',
        'cat {bundle} ROOT.pem > ca-bundle.pem',
        'Get-Content {bundle}, ROOT.pem | Set-Content ca-bundle.pem',
    ),
    *by_shell(
        'Configure the Azure CLI to use the copy',
        'export REQUESTS_CA_BUNDLE="$PWD/ca-bundle.pem"',
        '$env:REQUESTS_CA_BUNDLE = "$PWD\\ca-bundle.pem"',
    ),
    Variant(
        'Copy the root certificate for Docker to `/etc/docker/certs.d/{host}/ca.crt`.',
        platforms=('linux',),
        engines=('docker',),
    ),
    Variant(
        'Copy the root certificate for Podman to `/etc/containers/certs.d/{host}/ca.crt`.',
        platforms=('linux',),
        engines=('podman',),
    ),
    'Ask your network administrator to exclude `{host}` from TLS inspection.',
)
UNVERIFIED = SSL.problem('InvalidCertificate', "The server's certificate failed validation.")
BUNDLE_UNREADABLE = SSL.problem(
    'CaBundleUnreadable',
    "The configured CA bundle can't be read.",
    'Make sure that {bundle} exists, is readable, and is in PEM format.',
    *unset_variable('Unset the variable that names it to use the default bundle'),
    'Reinstall the Azure CLI if no variable names the file.',
)
KEY_LOG_UNWRITABLE = SSL.problem(
    'KeyLogUnwritable',
    "SSLKEYLOGFILE names a file that can't be written, so the Azure CLI can't establish any "
    'secure connection.',
    *unset_variable('Unset the variable', 'SSLKEYLOGFILE'),
    'Set SSLKEYLOGFILE to a writable file if you need the key log, which allows anyone who can '
    'read it to decrypt the traffic.',
)
VERIFICATION_DISABLED = SSL.problem(
    'VerificationDisabled',
    'The Azure CLI is configured not to verify certificates. A server that responds in the '
    "registry's place can receive the credentials.",
    *unset_variable('Enable verification', 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION'),
    _TRUST_PROXY,
)
NOT_TLS = SSL.problem(
    'NotTls',
    "The server on port 443 doesn't use TLS.",
    PROXY_FIRST,
    'Ask your network administrator which device responds in place of `{host}` on port 443.',
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
