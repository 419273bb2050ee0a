# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of translating exceptions into failures."""

from __future__ import annotations

import pytest

from azext_acrhealth.probes.failure import Failure, translate

TABLE = ((FileNotFoundError, 'NotFound'), (OSError, 'Failed'))


@pytest.mark.parametrize(
    'error, expected',
    [
        (FileNotFoundError(2, 'No such file'), Failure('NotFound', '[Errno 2] No such file')),
        (PermissionError(13, 'Denied'), Failure('Failed', '[Errno 13] Denied')),
        (OSError(), Failure('Failed', 'OSError')),
    ],
)
def test_the_first_matching_row_decides_the_kind(error, expected):
    assert translate(error, TABLE) == expected


def test_an_exception_without_a_row_is_raised_again():
    with pytest.raises(KeyError):
        translate(KeyError('x'), TABLE)
