# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The pull verdict equals skopeo's where HTTP and JSON are read otherwise in Go than in Python."""

from __future__ import annotations

import pathlib

import pytest

from tests.acceptance.components import need
from tests.acceptance.test_verdicts import pull_with_skopeo, verdict
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.faults import image_faults

# What clients written in Go reject or accept, where Python's libraries differ from them.
MANIFEST, BLOB, DATA = 'manifest@contoso', 'blob@contoso', 'data@contoso'
AS_GO_READS: tuple[tuple[str, str], ...] = (
    *(
        (MANIFEST, f'header:Content-Type:{kind}')
        for kind in (
            'application/json',
            'text/plain',
            'text/html; charset=utf-8',
            'application/vnd.docker.distribution.manifest.v2+json',
            'application/vnd.oci.image.index.v1+json',
            'application/vnd.OCI.image.manifest.v1+json;charset=utf-8',
        )
    ),
    (MANIFEST, 'noheader:Content-Type'),
    *((MANIFEST, f'manifest:{word}') for word in image_faults.REWRITES),
    *(
        (place, f'header:Content-Length:{length}')
        for place in (MANIFEST, DATA)
        for length in ('-1', '+418', '9, 9', '\u00b2\u00b3')
    ),
    *((MANIFEST, f'header:Transfer-Encoding:{kind}') for kind in ('identity', 'gzip, chunked')),
    *((MANIFEST, f'withstatus:{status}') for status in (201, 203, 206, 304)),
    *((DATA, f'withstatus:{status}') for status in (203, 206)),
    *((BLOB, f'withstatus:{status}') for status in (300, 301, 302, 303, 304, 305, 306, 308, 399)),
    (DATA, 'rangeonly'),
    (DATA, 'zeroes'),
    *(
        (place, spec)
        for place in (MANIFEST, BLOB, DATA)
        for spec in ('hints', 'headers:500', 'longheader:1000000', 'header:X-Note:a\rb')
    ),
    (BLOB, 'blanks'),
    (MANIFEST, 'packed'),
    (DATA, 'packed'),
)


@pytest.mark.parametrize('fault', AS_GO_READS, ids=' '.join)
def test_of_what_go_reads_otherwise(
    sandbox: Sandbox, tmp_path: pathlib.Path, fault: tuple[str, str]
) -> None:
    need('skopeo')
    sandbox.put_image('contoso', 'team/app', 'v1')
    sandbox.set_fault(*fault)
    client = pull_with_skopeo(sandbox, tmp_path)
    assert verdict(sandbox) == ('yes' if client.code == 0 else 'no'), client.stderr
