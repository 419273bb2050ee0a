# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The sandbox's DNS server answers as resolvers do, also where a private zone hides a name."""

from __future__ import annotations

from typing import Any

import pytest
from dnslib import QTYPE, RCODE, DNSRecord

from tests.sandbox.control.recorder import Recorder
from tests.sandbox.faults.fault_matrix import Faults
from tests.sandbox.host.dns_server import Zone

HOST, ALIAS = 'contoso.azurecr.test', 'contoso.privatelink.azurecr.test'
HIDDEN = {'cname': [ALIAS], 'answer': 'nxdomain'}
PUBLIC = {'cname': [ALIAS, 'fe.azcr.test'], 'a': ['192.0.2.1'], 'aaaa': ['2001:db8::1']}


def ask(kind: str, value: dict[str, Any]) -> tuple[str, list[tuple[str, str]], list[str]]:
    """Return the code, the answers and the zones of a response about a name that was set."""
    zone = Zone(Faults(), Recorder(), lambda _: None, lambda _: ())
    zone.put(HOST, value)
    reply = DNSRecord.parse(zone.reply(bytes(DNSRecord.question(HOST, kind).pack())))
    return (
        RCODE[reply.header.rcode],
        [(QTYPE[record.rtype], str(record.rdata).rstrip('.')) for record in reply.rr],
        [str(record.rname).rstrip('.') for record in reply.auth],
    )


@pytest.mark.parametrize(
    'kind, value, expected',
    [
        ('A', HIDDEN, ('NXDOMAIN', [('CNAME', ALIAS)], ['privatelink.azurecr.test'])),
        ('AAAA', HIDDEN, ('NXDOMAIN', [('CNAME', ALIAS)], ['privatelink.azurecr.test'])),
        ('CNAME', HIDDEN, ('NOERROR', [('CNAME', ALIAS)], [])),
        ('A', {**HIDDEN, 'bare': True}, ('NXDOMAIN', [], ['azurecr.test'])),
        ('CNAME', {**HIDDEN, 'bare': True}, ('NOERROR', [('CNAME', ALIAS)], [])),
        ('CNAME', {'answer': 'nxdomain'}, ('NXDOMAIN', [], ['azurecr.test'])),
        ('CNAME', {**HIDDEN, 'answer': 'servfail'}, ('NOERROR', [('CNAME', ALIAS)], [])),
        ('A', {**HIDDEN, 'answer': 'servfail'}, ('SERVFAIL', [], [])),
        ('CNAME', {**HIDDEN, 'answer': 'refused'}, ('REFUSED', [], [])),
        ('CNAME', PUBLIC, ('NOERROR', [('CNAME', ALIAS)], [])),
        (
            'A',
            PUBLIC,
            ('NOERROR', [('CNAME', ALIAS), ('CNAME', 'fe.azcr.test'), ('A', '192.0.2.1')], []),
        ),
    ],
)
def test_responses(kind: str, value: dict[str, Any], expected: Any) -> None:
    assert ask(kind, value) == expected
