# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Keep secrets out of every text that is shown, and make foreign texts fit to be shown."""

from __future__ import annotations

import base64
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from azext_acrhealth.lazy_patterns import lazy_pattern

REDACTED = '[redacted]'

# A secret that a server or a tool repeats must not come out again: anything shaped like a JWT, a
# bearer header, a signature, or the login in a URL.
_SECRET = lazy_pattern(
    r'eyJ[\w-]{6,}(?:\.[\w-]*){0,2}|(?i:\b(bearer|basic)\s+[\w.~+/=-]{16,})'
    # Variables have them at their end: `ACR_PASSWORD=`.
    r'|(?i:(?<![^\W_])(sig|signature|password|client_secret)["\']?\s*(?:=|:|%3D)\s*["\']?'
    r'[^&\s"\'<>]+)'
    # `refresh_token:86` names a position in a text, or a length.
    r'|(?i:(?<![^\W_])(access_token|refresh_token)["\']?\s*(?:=|:|%3D)\s*["\']?'
    r'(?!\d{1,6}(?:[&\s"\'<>,;:.)}]|$))[^&\s"\'<>]+)'
    # The secrets that Microsoft Entra ID makes for applications.
    r'|[\w.~-]{3}\dQ~[\w.~-]{31,34}'
    # The passwords that registries make (Microsoft's rule SEC101/176), and newer keys of Azure.
    r'|[a-zA-Z0-9+/]{42}\+ACR[A-D][a-zA-Z0-9+/]{5}'
    r'|[a-zA-Z0-9]{52}JQQJ9[9DH][a-zA-Z0-9]{24,28}(?:==)?'
    r'|(?<=://)[^\s/@:"\']{0,500}:[^\s"\']{1,500}(?=@)'
)
# So much of a text is searched; a secret that began in what is shown ends before.
_SEARCHED = 8192
_TEXT_LENGTH, _DEPTH, _NESTED = 1000, 20, (dict, list, tuple, set, frozenset, Mapping)
# Control, format, surrogate, private-use and unassigned characters: escape codes, invisible and
# direction-changing characters, and what no stream encodes.
_UNPRINTABLE = ('Cc', 'Cf', 'Cs', 'Co', 'Cn')


def sanitize(value: Any, length: int = _TEXT_LENGTH, depth: int = _DEPTH) -> Any:
    """Return a value fit to be shown: JSON types only, bounded, no control characters, no secrets.

    Texts are cut to `length` characters; what is nested deeper than `depth` becomes an ellipsis.
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    # The check for Mapping takes longer than all others. Records have texts without their secrets.
    if not isinstance(value, str) and isinstance(value, _NESTED) and not hasattr(value, '_fields'):
        if not depth:
            return '…'
        if isinstance(value, (dict, Mapping)):
            return {
                sanitize(str(key), length): sanitize(item, length, depth - 1)
                for key, item in value.items()
            }
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [sanitize(item, length, depth - 1) for item in items]
    text = str(value)
    return (_sanitize_short if len(text) <= _SHORT else _sanitize_text)(text, length)


def _sanitize_text(text: str, length: int) -> str:
    text = text[:_SEARCHED]
    if not text.isprintable():
        text = ''.join(
            ' ' if character.isspace() else character
            for character in text
            if character.isspace() or unicodedata.category(character) not in _UNPRINTABLE
        )
    text = _SECRET.sub(REDACTED, ' '.join(text.split()))
    return text if len(text) <= length else text[: length - 1] + '…'


# The rows of many registries repeat most keys and short texts.
_SHORT = 64
_sanitize_short = lru_cache(maxsize=4096)(_sanitize_text)


def redact_values(value: Any, secrets: Sequence[str]) -> Any:
    """Return a JSON value in which no text and no key holds one of these secrets."""
    if isinstance(value, dict):
        return {
            redact_values(key, secrets): redact_values(item, secrets) for key, item in value.items()
        }
    if isinstance(value, list):
        return [redact_values(item, secrets) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, _REPLACED)
        return value.replace(_REPLACED, REDACTED)
    return value


# A secret that the end of a text cuts must be seen whole to be recognized.
LOOK_AHEAD = 16 * 1024
# So many letters and digits in a row are no coincidence.
_RUN = 16
_BLOCK = (_RUN + 1) // 2
# A text of so few characters, such as a header's, is searched without any preparation.
_FEW = 128
# No text that was decoded from bytes has this half of a character.
_REPLACED = '\udfff'


def redactor(secrets: tuple[str, ...]) -> Callable[[str], str]:
    """Return a function that redacts these secrets in a text.

    Where a run of one remains in any encoding, the whole text is redacted.
    """
    known = [secret for secret in dict.fromkeys(secrets) if secret]

    def redact(text: str) -> str:
        forms = [_forms_of(secret) for secret in known]
        for form in (form for of_secret in forms for form in of_secret.exact):
            # No secret, such as `e`, may be found in what replaces another one.
            text = text.replace(form, _REPLACED)
        text = text.replace(_REPLACED, REDACTED)
        # Most texts are not percent-encoded, and read the same each time.
        once = unquote(text)
        for plain in map(_bare, dict.fromkeys((text, once, unquote(once)))):
            if len(plain) < _RUN:
                continue
            encoded = [of_secret.encoded for of_secret in forms]
            shares_a_run = _shares_a_run if len(plain) <= _FEW else _long_shares_a_run
            if shares_a_run(plain, encoded):
                return REDACTED
        return text

    return redact


class _Forms(NamedTuple):
    """The forms of a secret: as it is and in a URL, and those of which any run is redacted."""

    exact: tuple[str, ...]
    encoded: str  # a line for each form


# Each response is searched for all tokens that were sent or received before it.
@lru_cache(maxsize=64)
def _forms_of(secret: str) -> _Forms:
    raw = secret[:LOOK_AHEAD].encode('utf-8', 'replace')
    shifted = [base64.b64encode(b' ' * shift + raw).decode()[4:-4] for shift in range(3)]
    encodings = (secret[:LOOK_AHEAD], raw.hex(), *shifted)
    exact = (secret, _percent_encoded(secret, quote_plus))
    return _Forms(exact, '\n'.join(map(_bare, encodings)))


def _shares_a_run(plain: str, encoded: Sequence[str]) -> bool:
    """Return whether a short text shares a run with a form: then a form has one of its blocks."""
    blocks = [plain[start : start + _BLOCK] for start in range(0, len(plain) - _BLOCK + 1, _BLOCK)]
    return any(
        any(block in form for block in blocks) and any(run in form for run in _runs_of(plain))
        for form in encoded
    )


def _long_shares_a_run(plain: str, encoded: Sequence[str]) -> bool:
    """Return whether a text of any length shares a run with a form, in linear time.

    Whatever shares a run with a form holds one of the form's blocks: few enough to look up.
    """
    blocks = frozenset[str]().union(*map(_blocks_of, encoded))
    runs: set[str] = set()  # all of them, once a block was found: a text of blocks stays cheap
    for start in range(len(plain) - _BLOCK + 1):
        if plain[start : start + _BLOCK] not in blocks:
            continue
        if not runs:
            runs.update(run for form in encoded for run in _runs_of(form))
        first, last = max(0, start - _RUN + _BLOCK), min(start, len(plain) - _RUN)
        if any(plain[begin : begin + _RUN] in runs for begin in range(first, last + 1)):
            return True
    return False


@lru_cache(maxsize=16)
def _blocks_of(forms: str) -> frozenset[str]:
    return frozenset(
        forms[start : start + _BLOCK] for start in range(0, len(forms) - _BLOCK + 1, _BLOCK)
    )


def _runs_of(text: str) -> Iterator[str]:
    return (text[start : start + _RUN] for start in range(len(text) - _RUN + 1))


def _percent_encoded(text: str, encode: Callable[..., str]) -> str:
    """Encode any text, also one with bytes of a variable that aren't UTF-8 (PEP 383)."""
    try:
        return encode(text, safe='', errors='surrogateescape')
    except UnicodeEncodeError:  # half a character, which JSON can spell
        return encode(text, safe='', errors='surrogatepass')


# An ASCII text is translated far faster than by a pattern.
_PUNCTUATION = dict.fromkeys(code for code in range(128) if not chr(code).isalnum())


def _bare(text: str) -> str:
    if text.isascii():
        return text.translate(_PUNCTUATION).lower()
    return re.sub(r'[\W_]', '', text).lower()


def login_forms(setting: str) -> set[str]:
    """Return every form in which the login in a proxy or engine setting may be repeated."""
    forms: set[str] = set()
    for spelling in (setting, unquote(setting)):
        login = spelling.rpartition('://')[2].rpartition('@')[0]
        password = login.partition(':')[2]
        for plain in (unquote(login), unquote(password), login, password):
            forms.update((plain, _percent_encoded(plain, quote)))
        forms.add(base64.b64encode(unquote(login).encode('utf-8', 'replace')).decode())
    return forms - {''}


def without_login(url: str) -> str:
    """Return a URL without user and password.

    A password may hold a slash; the path of a local socket may hold an @, which is no login.
    """
    scheme, separator, rest = url.partition('://')
    if scheme in ('unix', 'npipe'):
        return url
    return f'{scheme}{separator}{rest.rpartition("@")[2]}'


def redact_login(text: str, setting: str) -> str:
    """Return a text without the login that a setting holds, and without any login in a URL."""
    login = setting.partition('://')[2].rpartition('@')[0]
    if login:
        text = text.replace(setting, without_login(setting))
    for part in re.split('[:/]', login)[1:]:
        text = text.replace(part, '…') if len(part) > 2 else text
    return re.sub(r'://[^\s/"]*@', '://', text)


def query_values(path: str, shortest: int) -> tuple[str, ...]:
    """Return the values of a path's query that have at least this length, as they are."""
    values = (part.partition('=')[2] for part in path.partition('?')[2].split('&'))
    return tuple(value for value in values if len(value) >= shortest)


def query_secrets(path: str, shortest: int) -> tuple[str, ...]:
    """Return what of a signed path must not be shown: its query, and the query's long values.

    Each stands as it is and decoded.
    """
    texts = (path.partition('?')[2], *query_values(path, shortest))
    return tuple(
        dict.fromkeys(
            form for text in texts if text for form in (text, unquote(text), unquote_plus(text))
        )
    )


# The password in a command line that a log repeats, also one whose quote was cut.
_PASSWORD_OPTION = lazy_pattern(
    r'(?:(?P<option>--(?:[a-z]+-)?(?:password|client-secret|creds|registry-token))(?:=|[ \t]+)'
    r'|(?P<short>\s-[pu]|\s--user)(?:=|[ \t]*))'
    r'(?:"[^"\n]*"?|\'[^\'\n]*\'?|(?:[^\s"\'\\]|\\(?![nrtu"]))+)'
)
# What must stand before an option that means something else after most commands.
_COMMANDS: Mapping[str, str] = {'-p': 'login', '-u': 'curl', '--user': 'curl'}
# How far before its option a command is looked for, also in a line that is continued.
_COMMAND_LENGTH = 120
_CONTINUED = lazy_pattern(r'[\\`^]\r?\n')


def redact_passwords(text: str) -> str:
    """Return a text without the passwords in its command lines."""

    def redacted(match: re.Match[str]) -> str:
        before = text[max(0, match.start() - _COMMAND_LENGTH) : match.start()]
        line = _CONTINUED.sub(' ', before).rpartition('\n')[2].lower()
        short = match['short']
        if short and _COMMANDS[short.strip()] not in line:
            return match[0]
        return f'{match["option"] or short} {REDACTED}'

    return _PASSWORD_OPTION.sub(redacted, text)


# `What? That` is prose, not a query; `/login?token` can be a query that was cut.
_QUERY = lazy_pattern(r'([?#](?=[^\s"\'<>?#]*=)|(?<=[\w/])\?(?=\S))[^\s"\'<>]+')


def redact_queries(text: str) -> str:
    """Return a text with the queries and fragments of its URLs, which can hold secrets, as `…`."""
    return _QUERY.sub(r'\1…', text)
