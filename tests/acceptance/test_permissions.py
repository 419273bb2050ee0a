# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Permissions that an access token grants."""

from __future__ import annotations

import pytest

from tests.acceptance.codes import ACCESS, REFRESH
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox


class TestPermissions:
    """Permissions that an access token grants."""

    @pytest.mark.parametrize(
        'stage, spec, arguments, missing',
        [
            ('token', 'lowercase', (), []),
            ('token', 'capitals', (), []),
            ('token', 'grant:pull', ('--need', 'pull'), []),
            ('token', 'grant:pull', ('--need', 'PULL', 'push'), ['push']),
            (
                'token',
                'grant:pull',
                ('--need', 'pull', '--need', 'metadata-read', 'pull'),
                ['metadata_read'],
            ),
            ('token', 'grant:pull,push', (), ['delete', 'metadata_read', 'metadata_write']),
        ],
    )
    def test_of_a_repository(
        self,
        sandbox: Sandbox,
        stage: str,
        spec: str,
        arguments: tuple[str, ...],
        missing: list[str],
    ) -> None:
        sandbox.set_fault(f'{stage}@contoso', spec)
        run = check(sandbox, '-n', 'contoso', '--repository', 'hello', *arguments)
        row = run.row('access-token')
        assert row['facts']['missing'] == missing and run.finished.code == (1 if missing else 0)
        if missing:
            run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')
            assert row['solutions'][0].startswith('Use --need') is (not arguments)
            assert row['facts']['granted'] == sorted(spec.partition(':')[2].split(','))
            assert ', '.join(missing) in row['detail']
        registry = run.report['registries'][0]
        assert registry['canLogin'] == 'yes' and registry['canPull'] == 'unknown'
        assert registry['canPush'] == ('no' if 'push' in missing else 'unknown')

    def test_nothing_granted(self, sandbox: Sandbox) -> None:
        sandbox.set_grants('fabrikam', repositories={'hello': ['pull', 'metadata_read']})
        for repository, need, code in (
            ('hello', ['pull', 'metadata-read'], 0),
            ('samples/multi', ['pull'], 1),
        ):
            run = check(sandbox, '-n', 'fabrikam', '--repository', repository, '--need', *need)
            assert run.finished.code == code
        row = run.has(
            'access-token', 'Failed', ACCESS, 'AbacRoleNeeded'
        )  # fabrikam grants by repository
        assert row['facts']['asked'] == ['pull'] and row['facts']['granted'] == []
        assert row['facts']['roles'] == ['Container Registry Repository Reader']
        assert '--role "Container Registry Repository Reader"' in row['solutions'][0]
        assert run.report['registries'][0]['canPull'] == 'no'

    def test_without_a_repository(self, sandbox: Sandbox) -> None:
        for registry, grants, expected in (
            ('fabrikam', {}, ('Warning', ACCESS, 'RepositoryNeeded')),
            (
                'contoso',
                {'permissions': [], 'catalog': False},
                ('Warning', ACCESS, 'PermissionsUnverified'),
            ),
            ('basicreg', {'permissions': ['read'], 'catalog': False}, ('Passed', None, None)),
        ):
            sandbox.set_grants(registry, **grants)  # type: ignore[arg-type]
            run = check(sandbox, '-n', registry)
            assert run.finished.code == 0
            run.has('access-token', *expected)
            assert run.report['registries'][0]['canPull'] == 'unknown'
        assert {request['form']['scope'] for request in sandbox.requests('token')} == {
            'registry:catalog:*'
        }

    def test_no_login_at_the_registry(self, sandbox: Sandbox) -> None:
        sandbox.set_grants('contoso', login=False)
        check(sandbox, '-n', 'contoso').has('refresh-token', 'Failed', REFRESH, 'Unauthorized')

    def test_opaque_refresh_token(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('exchange@contoso', 'opaque')
        run = check(sandbox, '-n', 'contoso')
        run.has('refresh-token', 'Passed')
        assert run.row('access-token')['status'] in ('Passed', 'Warning')
