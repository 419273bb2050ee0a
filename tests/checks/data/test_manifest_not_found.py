# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Why a manifest is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.advice import fill_text, text_of
from azext_acrhealth.checks.authentication.scope import Access, Login
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.checks.data.manifest_not_found import MissingManifest, not_found_outcome
from azext_acrhealth.checks.data.repository_reader import RepositoryReader
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Context, Outcome
from azext_acrhealth.options import Image, Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from tests.checks.authentication.test_token_response import AT
from tests.checks.fake_probes import (
    DENIED,
    HOST,
    REGISTRY_ID,
    UNAUTHORIZED,
    FakeProbes,
    response,
)

MANIFEST_UNKNOWN = (
    b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest tagged by \\"v9\\" is not found"}]}'
)
NAME_UNKNOWN = b'{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known"}]}'
QUARANTINED = b'{"errors":[{"code":"IMAGE_QUARANTINED","message":"The image is quarantined."}]}'
DIGEST, CHILD, INDEX = ('sha256:' + letter * 64 for letter in 'abc')
APP, BY_DIGEST = Image('app', 'v9'), Image('app', None, DIGEST)
NOT_FOUND = response(404, MANIFEST_UNKNOWN)
ENDPOINT = TokenEndpoint(AT.connection, '/oauth2/token', HOST)


def registry(tier: str = 'Basic', **policies: Any) -> LoginServer:
    """Return a registry that ARM describes, with these policies."""
    resource = {
        'id': REGISTRY_ID,
        'location': 'westeurope',
        'sku': {'name': tier},
        'properties': {'loginServer': HOST, 'policies': policies},
    }
    return AT._replace(resource=resource)


BASIC, PREMIUM = registry(), registry('Premium')
WITH_QUARANTINE = registry(quarantinePolicy={'status': 'enabled'})
KEEPING = registry(softDeletePolicy={'status': 'Enabled', 'retentionDays': 7})
UNREAD = AT._replace(resource=None)


def tag_list(*tags: Any, **headers: str) -> Response:
    return response(200, json.dumps({'name': 'app', 'tags': list(tags)}).encode(), **headers)


def unknown(digest: str, **detail: str) -> Response:
    """Return the 404 for a manifest by its digest."""
    error = {'code': 'MANIFEST_UNKNOWN', 'message': f'manifest {digest} is not found'}
    return response(404, json.dumps({'errors': [{**error, 'detail': detail}]}).encode())


def tag_attributes(digest: str) -> Response:
    return response(200, json.dumps({'tag': {'name': 'v9', 'digest': digest}}).encode())


def deleted(part: str, *entries: tuple[str, str, str]) -> Response:
    """Return a list of deleted tags or manifests: tag, digest, and time."""
    listed = [{'tag': tag, 'digest': digest, 'deletedAt': at} for tag, digest, at in entries]
    return response(200, json.dumps({part: listed}).encode())


def replicas(*regions: str) -> ArmResult:
    return ArmResult({'value': [{'location': region, 'properties': {}} for region in regions]})


@dataclass(frozen=True)
class Case:
    """A 404, and what can be read afterwards; `reason` and `text` are what must be reported."""

    reason: str
    text: str
    tags: Response = tag_list('v1')
    image: Image = APP
    at: LoginServer = BASIC
    given: Response = NOT_FOUND
    child: bool = False
    pages: Mapping[str, Response] = field(default_factory=dict)
    replicas: ArmResult = ArmResult(failure=Failure('Forbidden', 'no permission'))
    solution: str = ''

    def __str__(self) -> str:
        return f'{self.reason}: {self.text}'

    @property
    def probes(self) -> FakeProbes:
        """Return the probes; by default, nothing was deleted and a tag has no attributes."""
        pages = {
            'tags app': self.tags,
            'attributes app _tags/v9': response(401, UNAUTHORIZED),
            'deleted tags app': response(404, NAME_UNKNOWN),
            'deleted manifests app': response(404, NAME_UNKNOWN),
            f'manifest app {DIGEST}': unknown(DIGEST),
            **self.pages,
        }
        return FakeProbes(pages=pages, lists={'replications': self.replicas})

    def run(self, probes: FakeProbes, login: Login | None, options: Options) -> Outcome:
        """Return the outcome for a login."""
        context = Context(None, options, probes, 1e9)
        access = Access('s3cret', 'app', ('pull',))
        reader = RepositoryReader(context, ENDPOINT, access, login, 'app', [])
        child = ('', '', '') if not self.child else (INDEX, CHILD, 'linux/arm64')
        missing = MissingManifest(self.image, self.given, *child)
        return not_found_outcome(missing, reader, self.at, {}, {})


LISTED = tag_list('v9')
NAMES_DIGEST = {'attributes app _tags/v9': tag_attributes(DIGEST)}
OLD, NEW = '2026-01-02T03:04:05.1234567Z', '2026-02-03T04:05:06.1Z'

CASES = (
    # The tag is missing
    Case('NoSuchTag', 'has no tag v9; existing tags: v1, v8, x', tag_list('v1', 'v8', 'x')),
    Case(
        'NoSuchTag',
        'has no tag v9; similar tags: v9.0',
        tag_list('main', 'v9.0'),
        solution='Did you mean app:v9.0? ',
    ),
    Case('NoSuchTag', 'existing tags: main, dev', tag_list('main', 'dev')),
    Case('NoSuchTag', 'it has no tags', tag_list()),
    Case('NoSuchTag', 'it has no tags', tag_list(None, 7, ['x'], {})),
    Case('NoSuchTag', 'it has no tags', response(200, b'[]')),
    Case('NoSuchTag', 'existing tags: v1', at=WITH_QUARANTINE),
    Case('NoSuchManifest', 'has no manifest sha256:aaaaaaaaaaaa…', image=BY_DIGEST),
    Case(
        'NoSuchManifest',
        'has no manifest sha256:aaaaaaaaaaaa…',
        image=BY_DIGEST,
        given=unknown(DIGEST),
    ),
    Case('NoSuchRepository', 'repository app not found', response(404, NAME_UNKNOWN)),
    Case('ImageNotFound', 'app:v9 not found: manifest tagged by "v9"', response(401, UNAUTHORIZED)),
    Case('ImageNotFound', 'app:v9 not found', response(403, DENIED)),
    Case('ImageNotFound', 'app:v9 not found', response(404, b'<html>')),
    Case(
        'UnexpectedStatus',
        '404 from nginx',
        given=response(404, b'not here', Server='nginx'),
    ),
    # The tag is there
    Case(
        'Quarantined',
        "app:v9 exists, but the registry's quarantine policy hides it",
        LISTED,
        at=WITH_QUARANTINE,
    ),
    Case(
        'Quarantined',
        f'app@{DIGEST} exists, but',
        image=BY_DIGEST,
        at=WITH_QUARANTINE,
    ),
    Case(
        'Quarantined',
        'app:v9 is quarantined (403)',
        LISTED,
        pages={**NAMES_DIGEST, f'manifest app {DIGEST}': response(403, QUARANTINED)},
    ),
    Case(
        'ManifestNotServed',
        'app lists tag v9, but returns no manifest for it; the registry has replicas: eastus',
        LISTED,
        at=PREMIUM,
        replicas=replicas('West Europe', 'East US'),
        pages=NAMES_DIGEST,
        solution='az acr replication list',
    ),
    Case('ManifestNotServed', "its replicas couldn't be read", LISTED, at=PREMIUM),
    Case(
        'ManifestNotServed',
        "its replicas and quarantine policy couldn't be read",
        LISTED,
        at=UNREAD,
    ),
    Case(
        'ManifestNotServed',
        'returns no manifest for it, although it has manifest sha256:aaaaaaaaaaaa…',
        LISTED,
        pages={**NAMES_DIGEST, f'manifest app {DIGEST}': response(200, b'{}')},
    ),
    Case(
        'ManifestNotServed',
        'returns no manifest for it; by its digest: no error message (500)',
        LISTED,
        pages={**NAMES_DIGEST, f'manifest app {DIGEST}': response(500)},
    ),
    # The tag is there, its manifest is not
    Case(
        'DanglingTag',
        "app:v9 names manifest sha256:aaaaaaaaaaaa…, which the registry doesn't have",
        LISTED,
        pages=NAMES_DIGEST,
        solution='az acr import',
    ),
    Case(
        'DanglingTag',
        'names manifest sha256:aaaaaaaaaaaa…',
        LISTED,
        at=PREMIUM,
        replicas=replicas('westeurope'),
        pages=NAMES_DIGEST,
    ),
    Case(
        'DanglingTag',
        'names manifest sha256:aaaaaaaaaaaa…',
        tag_list('v1', Link='</v2/app/tags/list?last=v1>; rel="next"'),
        pages=NAMES_DIGEST,
    ),
    Case('DanglingTag', 'app lists tag v9, but returns no manifest for it', LISTED),
    Case('DanglingTag', 'names manifest sha256:aaaaaaaaaaaa…', given=unknown(DIGEST)),
    Case(
        'DanglingTag',
        'names manifest sha256:aaaaaaaaaaaa…',
        given=response(
            404,
            json.dumps(
                {'errors': [{'code': 'MANIFEST_UNKNOWN', 'detail': {'Revision': DIGEST}}]}
            ).encode(),
        ),
    ),
    Case(
        'DanglingTag',
        'a new image might not be replicated yet (eastus)',
        given=unknown(DIGEST),
        at=PREMIUM,
        replicas=replicas('westeurope', 'eastus'),
    ),
    Case('DanglingTag', "the replicas couldn't be read", given=unknown(DIGEST), at=UNREAD),
    Case('DanglingTag', 'names manifest', given=unknown(DIGEST), at=WITH_QUARANTINE),
    Case(
        'Quarantined',
        'is quarantined (403)',
        given=unknown(DIGEST),
        at=WITH_QUARANTINE,
        pages={f'manifest app {DIGEST}': response(403, QUARANTINED)},
    ),
    # The index is there, the platform's manifest is not
    Case(
        'ChildManifestMissing',
        'index sha256:cccccccccccc… of app:v9 lists sha256:bbbbbbbbbbbb… for linux/arm64, but',
        given=unknown(CHILD),
        child=True,
        solution='az acr config retention show',
    ),
    Case(
        'ChildManifestMissing',
        'a new image might not be replicated yet (eastus)',
        given=unknown(CHILD),
        child=True,
        at=PREMIUM,
        replicas=replicas('eastus'),
    ),
    # A digest that a message names otherwise is not the tag's
    Case(
        'NoSuchTag',
        'existing tags: v1',
        given=response(
            404,
            json.dumps(
                {'errors': [{'code': 'MANIFEST_UNKNOWN', 'message': f'source has no {DIGEST}'}]}
            ).encode(),
        ),
    ),
    # Soft delete kept it
    Case(
        'SoftDeleted',
        'app:v9 was deleted at 2026-02-03T04:05:06Z, and can be restored until '
        '2026-02-10T04:05:06Z',
        at=KEEPING,
        pages={
            'deleted tags app': deleted(
                'tags', ('v9', CHILD, OLD), ('v9', DIGEST, NEW), ('v8', INDEX, NEW)
            )
        },
        solution=f'--name app:v9 --digest {DIGEST}',
    ),
    Case(
        'SoftDeleted',
        'app:v9 was deleted, and can be restored',
        response(404, NAME_UNKNOWN),
        pages={'deleted tags app': deleted('tags', ('v9', DIGEST, 'x'))},
        solution=f'--name app:v9 --digest {DIGEST}',
    ),
    Case(
        'SoftDeleted',
        'app:v9 was deleted',
        response(401, UNAUTHORIZED),
        pages={'deleted tags app': deleted('tags', ('v9', DIGEST, NEW))},
    ),
    Case(
        'SoftDeleted',
        f'app@{DIGEST} was deleted',
        image=BY_DIGEST,
        pages={'deleted manifests app': deleted('manifests', ('', DIGEST, NEW))},
        solution=f'--name app --digest {DIGEST}',
    ),
    Case(
        'SoftDeleted',
        'manifest sha256:aaaaaaaaaaaa…, which app:v9 names, was deleted',
        given=unknown(DIGEST),
        pages={'deleted manifests app': deleted('manifests', ('', DIGEST, NEW))},
        solution=f'--name app --digest {DIGEST}',
    ),
    Case(
        'SoftDeleted',
        'the manifest of app:v9 for linux/arm64 (sha256:bbbbbbbbbbbb…) was deleted',
        given=unknown(CHILD),
        child=True,
        pages={'deleted manifests app': deleted('manifests', ('', CHILD, NEW))},
        solution=f'--name app --digest {CHILD}',
    ),
    Case(
        'NoSuchTag',
        "soft delete is enabled, but this account can't list what was deleted",
        at=KEEPING,
        pages={'deleted tags app': response(401, UNAUTHORIZED)},
    ),
    Case(
        'NoSuchTag',
        'existing tags: v1',
        at=KEEPING,
        pages={'deleted tags app': deleted('tags', ('v8', DIGEST, NEW), ('v9', 'sha256:x', NEW))},
    ),
)
LOGIN = Login(ENDPOINT, 'refresh', None)


@pytest.mark.parametrize('case', CASES, ids=str)
def test_the_cause(case: Case) -> None:
    outcome = case.run(case.probes, LOGIN, Options())
    assert outcome.problem and outcome.problem.reason == case.reason, outcome.detail
    assert case.text in outcome.detail, outcome.detail
    filled = [
        fill_text(text_of(solution), lambda name: outcome.placeholders.get(name, ''))
        for solution in outcome.problem.solutions
    ]
    assert any(case.solution in text for text in filled), filled
    assert 's3cret' not in repr(outcome)
    assert outcome.facts['message'] or case.reason == 'UnexpectedStatus'


def test_nothing_is_said_of_replicas_and_of_soft_delete_that_are_not_there() -> None:
    details = [case.run(case.probes, LOGIN, Options()).detail for case in CASES if case.at is BASIC]
    assert not [text for text in details if 'replica' in text or 'soft delete' in text]


@pytest.mark.parametrize(
    'login, options, scope',
    [
        (LOGIN, Options(), 'repository:app:pull,metadata_read,deleted_read'),
        (
            LOGIN,
            Options(username='me', password='pw'),
            'repository:app:pull,metadata_read,deleted_read',
        ),
        (None, Options(), 'repository:app:pull,metadata_read'),
    ],
)
def test_one_token_is_requested_for_the_metadata(
    login: Login | None, options: Options, scope: str
) -> None:
    probes = CASES[0].probes
    probes.by_password = (probes.access,)
    CASES[0].run(probes, login, options)
    tokens = [request for request in probes.requests if isinstance(request, tuple)]
    assert [request[-1] for request in tokens] == [scope]


@given(st.binary(max_size=200), st.sampled_from([200, 401, 404, 500]), st.booleans(), st.booleans())
def test_any_answer_makes_a_row(body: bytes, status: int, child: bool, by_digest: bool) -> None:
    odd = response(status, body)
    names = (
        'attributes app _tags/v9',
        'deleted tags app',
        'deleted manifests app',
        f'manifest app {DIGEST}',
    )
    pages = dict.fromkeys(names, odd)
    case = Case('', '', odd, BY_DIGEST if by_digest else APP, child=child, pages=pages)
    outcome = case.run(case.probes, LOGIN, Options())
    assert outcome.problem and outcome.status.value == 'Failed'
