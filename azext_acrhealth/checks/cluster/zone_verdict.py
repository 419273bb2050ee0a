# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the records of a linked private DNS zone mean for the nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.cluster import cluster_dns as problems
from azext_acrhealth.catalogue.cluster import cluster_network as network_problems
from azext_acrhealth.checks.cluster.dns_subject import (
    DnsSubject,
    NodeNetwork,
    endpoint_network_placeholders,
    endpoint_placeholders,
)
from azext_acrhealth.checks.cluster.network_paths import NetworkPath, path_between
from azext_acrhealth.checks.cluster.node_names import NodeName, node_names, serving_endpoint
from azext_acrhealth.checks.cluster.node_networks import (
    UnreadPart,
    network_id_of,
    unavailable_part,
    unread_network,
)
from azext_acrhealth.checks.cluster.private_zones import ZoneLink, ZoneRecords
from azext_acrhealth.checks.private_link.endpoint_records import (
    EndpointReading,
    PrivateEndpoint,
    read_endpoint_records,
)
from azext_acrhealth.checks.private_link.missing_records import (
    MissingRecord,
    MissingRecords,
    RegistryName,
)
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ
from azext_acrhealth.model import Outcome, Problem, failed, passed, warned
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.json_access import name_of

_ENDPOINT_ACTION = 'Microsoft.Network/privateEndpoints/read'
_INTERFACE_ACTION = 'Microsoft.Network/networkInterfaces/read'
_SHOWN = 50


class ZoneCase(NamedTuple):
    """A zone that is linked to a network of nodes, its records, and the endpoints that were read.

    The first of `names` is the login server that is checked.
    """

    subject: DnsSubject
    network: NodeNetwork
    link: ZoneLink
    names: Sequence[NodeName]
    reading: EndpointReading
    shown: Mapping[str, Any]

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts of the row."""
        names = [name.facts() for name in self.names[:_SHOWN]]
        return {'networks': [{**self.shown, 'names': names}], **self.reading.facts()}

    def placeholders(self, names: Sequence[NodeName]) -> dict[str, str]:
        """Return the placeholders of solutions that set the records of names."""
        endpoint = serving_endpoint(self.reading.endpoints, self.names, self.network.network_id)
        expected = (
            {record.name: record.addresses for record in endpoint.records} if endpoint else {}
        )
        records = tuple(
            MissingRecord(
                RegistryName(name.host, name.found),
                name.record,
                min(expected.get(name.host, ()), default=None),
            )
            for name in names
        )
        missing = MissingRecords(self.subject.suffix, records, self.reading)
        return {
            **self.subject.placeholders(self.network, self.link),
            **missing.placeholders(),
            **endpoint_placeholders(endpoint.resource_id if endpoint else ''),
        }

    def outcome(
        self,
        construct: Callable[..., Outcome],
        problem: Problem,
        text: str,
        names: Sequence[NodeName],
        **more: str,
    ) -> Outcome:
        """Return an outcome about names, the first of which its solutions are for."""
        rest = f' (and {len(names) - 1} more)' if len(names) > 1 else ''
        placeholders = {**self.placeholders(names), **more}
        return construct(problem, f'{text}{rest}', None, placeholders, **self.facts)


def judge_records(
    subject: DnsSubject,
    network: NodeNetwork,
    link: ZoneLink,
    records: ZoneRecords,
    shown: Mapping[str, Any],
) -> Outcome:
    """Return the outcome for a zone in which the registry's name is an alias."""
    reading = EndpointReading()
    if subject.endpoints:
        reading = read_endpoint_records(subject.ctx, subject.endpoints, lambda _: True)
    names = node_names(subject.login, subject.suffix, records, reading)
    case = ZoneCase(subject, network, link, names, reading, shown)
    return (
        _missing(case)
        or _unknown(case)
        or _wrong(case)
        or _public(case)
        or _path(case)
        or _regional(case)
        or _conclude(case)
    )


def _missing(case: ZoneCase) -> Outcome | None:
    """Return the failure for required names that don't resolve; None if all do."""
    absent = [name for name in case.names if name.required and not name.found]
    if not absent or case.link.falls_back:
        return None
    first, zone = absent[0], case.subject.zone
    what = f'{zone}, linked to {case.network.name}, has no record {first.record}'
    if first is case.names[0]:
        text = f"{first.host} doesn't resolve: {what}"
        return case.outcome(failed, problems.NOT_IN_ZONE, text, absent)
    login = f'{case.names[0].host} resolves to {", ".join(case.names[0].found)}'
    text = f"{first.host} doesn't resolve, but {login}: {what}"
    return case.outcome(failed, problems.DATA_RECORD_MISSING, text, absent)


def _unknown(case: ZoneCase) -> Outcome | None:
    """Return the warning for records whose addresses can't be compared; None if they can."""
    if case.subject.login.resource is None:
        return warned(network_problems.REGISTRY_UNREAD, RESOURCE_NOT_READ, **case.facts)
    if not _wrong_names(case):
        return None
    part = _unread_endpoint(case)
    if part is None:
        return None
    outcome = case.subject.unread_endpoint(part)
    return outcome._replace(facts={**case.facts, **outcome.facts})


def _unread_endpoint(case: ZoneCase) -> UnreadPart | None:
    """Return what could not be read of the private endpoints; None if all was read."""
    reading, claims = case.reading, case.subject.login.read.claims
    if reading.unread:
        endpoint = reading.unread[0]
        result = ArmResult(failure=endpoint.failure, claims=claims)
        return UnreadPart(result, _ENDPOINT_ACTION, endpoint.resource_id)
    if reading.interface_failure:
        result = ArmResult(failure=reading.interface_failure, claims=claims)
        return UnreadPart(result, _INTERFACE_ACTION, next(iter(reading.interfaces), ''))
    if case.subject.connected and not case.subject.endpoints:
        text = "the registry's resource doesn't name its private endpoints"
        return unavailable_part(text, _ENDPOINT_ACTION, '')
    return None


def _wrong(case: ZoneCase) -> Outcome | None:
    """Return the failure for records with the address of no endpoint; None without any."""
    wrong = _wrong_names(case)
    if not wrong:
        return None
    first = wrong[0]
    stale = [address for address in first.found if address not in first.expected]
    expected = ' or '.join(first.expected) or 'an address of a private endpoint'
    text = f'{first.host} resolves to {", ".join(first.found)}, not {expected}'
    return case.outcome(failed, problems.STALE_RECORD, text, wrong, stale_address=stale[0])


def _public(case: ZoneCase) -> Outcome | None:
    """Return the failure for names that fall back to public addresses, if these are blocked."""
    absent = [name for name in case.names if name.required and not name.found]
    if not absent or not case.subject.blocked:
        return None
    text = f'{absent[0].host} falls back to a public address, but {case.subject.blocked}'
    return case.outcome(failed, problems.FALLS_BACK, text, absent)


def _path(case: ZoneCase) -> Outcome | None:
    """Return the outcome for an endpoint that the nodes can't reach, or may not reach."""
    network, worst = case.network, None
    for endpoint in case.reading.endpoints:
        used = [name for name in case.names if name.required and name.resolves_to(endpoint)]
        other = network_id_of(endpoint.subnet)
        if not used or not other:
            continue
        path = path_between(case.subject.ctx, network.network_id, network.properties, other)
        if path.kind == 'closed':
            return _no_path(case, endpoint, used, path)
        if path.kind != 'open':
            worst = worst or _no_path(case, endpoint, used, path)
    return worst


def _no_path(
    case: ZoneCase, endpoint: PrivateEndpoint, names: Sequence[NodeName], path: NetworkPath
) -> Outcome:
    if path.unread:
        subject = case.subject
        return unread_network(subject.ctx, subject.resource, path.unread, case.facts)
    first = names[0]
    text = f'{first.host} resolves to {", ".join(first.found)}, but {path.text}'
    return case.outcome(
        failed if path.kind == 'closed' else warned,
        problems.NO_PATH if path.kind == 'closed' else problems.PATH_UNKNOWN,
        text,
        names[:1],
        **endpoint_network_placeholders(network_id_of(endpoint.subnet)),
        disconnected='yes' if path.disconnected else '',
    )


def _regional(case: ZoneCase) -> Outcome | None:
    """Return the warning for names that only some images need; None if all of them are right."""
    absent = [] if case.link.falls_back else [name for name in case.names if not name.found]
    wrong = [name for name in case.names if name.found and not _matches(case, name)]
    names = [name for name in (*absent, *wrong) if not name.required]
    if not names:
        return None
    first = names[0]
    text = f'resolves to {", ".join(first.found)}' if first.found else "doesn't resolve"
    return case.outcome(
        warned, problems.REGIONAL_RECORD_MISSING, f'{first.host} {text} on the nodes', names
    )


def _conclude(case: ZoneCase) -> Outcome:
    host = case.names[0].host
    required = [name for name in case.names if name.required]
    public = [name for name in required if not name.found]
    if len(public) == len(required):
        text = f'{host} resolves publicly, because the link of {case.subject.zone} falls back'
        return passed(text, **case.facts)
    endpoint = serving_endpoint(case.reading.endpoints, case.names, case.network.network_id)
    name = name_of(endpoint.resource_id) if endpoint else ''
    if public:
        text = f'{host} resolves to private endpoint {name}, {public[0].host} publicly'
        return passed(text, **case.facts)
    others = len(required) - 1
    more = f' and {others} data endpoint{"s" if others > 1 else ""}' if others else ''
    text = f'{host}{more} resolve{"" if others else "s"} to private endpoint {name}'
    return passed(text, **case.facts)


def _wrong_names(case: ZoneCase) -> list[NodeName]:
    return [
        name for name in case.names if name.required and name.found and not _matches(case, name)
    ]


def _matches(case: ZoneCase, name: NodeName) -> bool:
    addresses = frozenset(
        address for endpoint in case.reading.endpoints for address in endpoint.addresses
    )
    return name.matches(addresses)
