# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's policies; some block pulls, conflict with a setting, or are being retired."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.catalogue.registry import policies as problems
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ, id_of
from azext_acrhealth.model import Context, Outcome, Problem, check, not_applicable, passed, warned
from azext_acrhealth.probes.json_access import bool_of, object_of, text_of


@check(
    'policies',
    'Policies',
    'registry',
    needs=(login_server,),
    verifies='No policy of the registry blocks pulls or logins, conflicts with another setting, or '
    'is being retired.',
    problems=(
        problems.QUARANTINE_ENABLED,
        problems.EXPORT_DISABLED_BUT_PUBLIC,
        problems.ARM_AUDIENCE_REJECTED,
        problems.CONTENT_TRUST_DEPRECATED,
    ),
)
def policies(_ctx: Context, login: LoginServer) -> Outcome:
    if login.resource is None or not login.properties:
        return not_applicable(RESOURCE_NOT_READ)
    facts = _facts(login)
    findings = _findings(login, facts)
    if findings:
        return warned(
            findings[0][0],
            '; '.join(text for _, text in findings),
            placeholders={'registry_id': id_of(login)},
            **facts,
            findings=[problem.reason for problem, _ in findings],
        )
    return passed(
        f'in effect: {_summary(facts)}'
        if _summary(facts)
        else 'no policy changes how images are pulled or kept',
        **facts,
    )


def _facts(login: LoginServer) -> dict[str, Any]:
    settings = object_of(login.properties.get('policies'))

    def status(name: str) -> str | None:
        text = text_of(object_of(settings.get(name)).get('status'))
        return text.lower() if text else None

    def days(name: str, key: str) -> int | None:
        number = object_of(settings.get(name)).get(key) if status(name) == 'enabled' else None
        return number if isinstance(number, int) and not isinstance(number, bool) else None

    return {
        'quarantine': status('quarantinePolicy'),
        'export': status('exportPolicy'),
        'retention': status('retentionPolicy'),
        'retentionDays': days('retentionPolicy', 'days'),
        'softDelete': status('softDeletePolicy'),
        'softDeleteDays': days('softDeletePolicy', 'retentionDays'),
        'contentTrust': status('trustPolicy'),
        'armAudience': status('azureADAuthenticationAsArmPolicy'),
        'anonymousPull': bool_of(login.properties.get('anonymousPullEnabled')),
        'adminUser': bool_of(login.properties.get('adminUserEnabled')),
    }


def _findings(login: LoginServer, facts: dict[str, Any]) -> list[tuple[Problem, str]]:
    """Return the problems and their details, those that block pulls first."""
    public = login.properties.get('publicNetworkAccess')
    findings = []
    if facts['quarantine'] == 'enabled':
        findings.append(
            (
                problems.QUARANTINE_ENABLED,
                "quarantine is enabled: pushed images can't be pulled until they're released",
            )
        )
    if facts['export'] == 'disabled' and public == 'Enabled':
        findings.append(
            (
                problems.EXPORT_DISABLED_BUT_PUBLIC,
                'export is disabled, but public network access is enabled',
            )
        )
    if facts['armAudience'] == 'disabled':
        findings.append(
            (
                problems.ARM_AUDIENCE_REJECTED,
                'tokens for Azure Resource Manager are rejected: Container Apps, App Service, and '
                "others can't log in with managed identities",
            )
        )
    if facts['contentTrust'] == 'enabled':
        findings.append(
            (problems.CONTENT_TRUST_DEPRECATED, 'content trust is enabled, but is being retired')
        )
    return findings


def _summary(facts: dict[str, Any]) -> str:
    def period(key: str) -> str:
        return f' ({facts[key]} days)' if facts[key] is not None else ''

    return ', '.join(
        name
        for name, is_set in (
            ('anonymous pull', facts['anonymousPull']),
            ('admin user', facts['adminUser']),
            (f'retention{period("retentionDays")}', facts['retention'] == 'enabled'),
            (f'soft delete{period("softDeleteDays")}', facts['softDelete'] == 'enabled'),
            ('export disabled', facts['export'] == 'disabled'),
        )
        if is_set
    )
