# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What failed in a pull of a known image, of any registry."""

from __future__ import annotations

import pytest

from azext_acrhealth.explain.failure_kind import failure_kind


@pytest.mark.parametrize(
    'text, kind',
    [
        ('dial tcp: lookup mcr.test on 10.0.0.10:53: no such host', 'name'),
        ('Get "https://mcr.test/v2/": x509: certificate signed by unknown authority', 'tls'),
        ('toomanyrequests: You have reached your pull rate limit', 'foreign'),
        ('write /x: no space left on device', 'disk'),
        ('i/o timeout', 'connection'),
        ('cannot pull the image', None),
    ],
)
def test_a_kind(text: str, kind: str | None) -> None:
    assert failure_kind(text, 'mcr.test') == kind
