# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Solutions whose command differs between a POSIX shell and PowerShell."""

from azext_acrhealth.advice import POSIX, WINDOWS, Variant


def by_shell(text: str, posix: str, powershell: str, after: str = '') -> tuple[Variant, Variant]:
    """Return a solution as a command of a POSIX shell and one of PowerShell."""
    return (
        Variant(f'{text}: `{posix}`.{after}', platforms=POSIX),
        Variant(f'{text} (PowerShell): `{powershell}`.{after}', platforms=WINDOWS),
    )


def set_variable(text: str, name: str, value: str, after: str = '') -> tuple[Variant, Variant]:
    """Return a solution that sets an environment variable, for this shell's session."""
    return by_shell(text, f"export {name}='{value}'", f"$env:{name} = '{value}'", after)


def unset_variable(text: str, name: str = '{variable}') -> tuple[Variant, Variant]:
    """Return a solution that unsets an environment variable, for this shell's session."""
    return by_shell(text, f'unset {name}', f'Remove-Item Env:{name}')


BYPASS_PROXY = by_shell(
    'Bypass the proxy if this machine uses one',
    'export NO_PROXY="$NO_PROXY,{host}"',
    '$env:NO_PROXY = "$env:NO_PROXY,{host}"',
)
# openssl isn't part of Windows.
INSPECT_CERTIFICATE = (
    Variant(
        'Inspect the certificate: `openssl s_client -connect {host}:443 -servername {host} '
        '</dev/null`.',
        platforms=POSIX,
    ),
    Variant(
        'Inspect the certificate in a browser on this machine: open `https://{host}/v2/`.',
        platforms=WINDOWS,
    ),
)
# For a result that a wrong clock explains. The `clock` check runs after the others.
CLOCK_WRONG = Variant(
    "Correct this machine's clock, which the `clock` check found wrong.", check='clock'
)
CLOCK_FIRST = (
    CLOCK_WRONG,
    Variant(
        "Check this machine's clock, and correct it if it's wrong: `date -u`.",
        platforms=POSIX,
        check='clock',
        states=('unknown',),
    ),
    Variant(
        "Check this machine's clock, and correct it if it's wrong: `Get-Date`.",
        platforms=WINDOWS,
        check='clock',
        states=('unknown',),
    ),
)
# For a response that doesn't come from the registry.
PROXY_FIRST = Variant(
    'Correct the proxy settings, which the `proxy` check found wrong.', check='proxy'
)
CHANGED_RESPONSE = (
    PROXY_FIRST,
    'Ask your network administrator whether a proxy changes or caches the responses of `{host}`.',
)
