# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Unpack a body that was sent as gzip, within a bound."""

from __future__ import annotations


class InvalidGzip(ValueError):
    """A body isn't what its Content-Encoding states."""


def unpack_gzip(packed: bytes, bound: int) -> bytes:
    """Return the first `bound` bytes of a body in gzip (RFC 1952).

    Raises InvalidGzip, and IncompleteRead for a body that ends too early.
    """
    import gzip
    import io
    import zlib
    from http.client import IncompleteRead

    if not packed:
        return b''
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(packed)).read(bound)
    except EOFError:
        raise IncompleteRead(b'') from None
    except (OSError, zlib.error) as error:
        raise InvalidGzip(str(error)) from None
