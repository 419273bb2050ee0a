# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The page of --report in a real browser: nothing is loaded, nothing of others runs."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from tests import browser
from tests.acceptance.components import lacks
from tests.sandbox.control.sandbox import Sandbox

SCRIPT = '<script>alert(1)</script><img src=x onerror=alert(2)>'
HOSTILE = f'body:418:text/plain:{SCRIPT}</style></title>"><a href="javascript:alert(3)">x</a>'
CHECK = ('acrhealth', 'check', '--skip', 'environment')
# A page that has what the tests must find.
BAD = """<!doctype html><html><title>x</title><body><img src="https://evil.example.test/x.png">
<p style="color:#eee;background:#fff">pale</p><div style="width:3000px">wide</div>
<script>alert(1); console.log('said')</script></body></html>"""


def fail(sandbox: Sandbox) -> None:
    """Let one registry send markup, remove the DNS record of another, and warn about a third."""
    sandbox.set_fault('challenge@contoso', HOSTILE)
    sandbox.set_dns('basicreg.azurecr.test', answer='nxdomain')


PAGES: dict[str, tuple[Callable[[Sandbox], Any], tuple[str, ...]]] = {
    'healthy': (lambda _: None, ('--image', 'contoso.azurecr.test/hello:v1', '--push')),
    'cluster': (lambda sandbox: sandbox.put_cluster(), ('-n', 'contoso', '--cluster', 'aks1')),
    'hostile': (fail, ('-n', 'contoso')),
    'several': (fail, ('-n', 'contoso', 'basicreg', 'fabrikam', 'privreg')),
}


def test_the_page(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    reason = browser.missing()
    if reason:
        lacks(reason)
    pages = [tmp_path / f'{name}.html' for name in PAGES]
    for path, (set_up, arguments) in zip(pages, PAGES.values()):
        sandbox.reset()
        set_up(sandbox)
        finished = sandbox.az(*CHECK, *arguments, '--report', str(path), '-o', 'none')
        assert path.is_file(), finished.stderr
    bad = tmp_path / 'bad.html'
    bad.write_text(BAD, encoding='utf-8')
    screenshots = tmp_path / 'screenshots'
    # One start of the browser for everything.
    seen = browser.inspect([*pages, bad], screenshots)

    for path in pages:
        for scheme, page in seen[path.name].items():
            for kind in ('requests', 'errors', 'violations'):
                assert page[kind] == [], f'{path.name} {scheme} {kind}'
            assert max(page['overflow']) <= 0, f'{path.name} {scheme} is too wide'
            assert {'img', 'iframe', 'form', 'object'} & set(page['elements']) == set()
            for link in page['links']:
                assert link.startswith(('https://learn.microsoft.com/', 'https://aka.ms/', '#'))
    assert_what_is_shown(seen)
    for name in (path.stem for path in (*pages, bad)):
        for shown in ('light-360', 'light-800', 'light-1400', 'dark-800'):
            assert (screenshots / f'{name}-{shown}.png').stat().st_size > 3000
        assert (screenshots / f'{name}.pdf').stat().st_size > 3000
    # The tests above see what they look for.
    page = seen['bad.html']['light']
    assert page['requests'] == ['https://evil.example.test/x.png']
    assert 'dialog: 1' in page['errors'] and 'said' in page['errors']
    assert any('color-contrast' in text for text in page['violations'])
    assert min(page['overflow']) > 1000


def assert_what_is_shown(seen: dict[str, Any]) -> None:
    """Assert what the pages say, and that their buttons work."""
    healthy = seen['healthy.html']['light']
    assert healthy['text'].startswith('contoso: healthy') and healthy['copied'] is None
    assert 'eusmanaged1.blob.sandbox.test' in healthy['text']
    hostile = seen['hostile.html']['dark']
    assert hostile['text'].startswith('contoso: not healthy') and SCRIPT in hostile['text']
    assert 'Failed: the path ends here' in hostile['text']
    assert 'Nodes of aks1' in seen['cluster.html']['light']['text']
    several = seen['several.html']['light']
    assert several['text'].startswith('4 registries: 2 not healthy')
    ascending = ['basicreg', 'contoso', 'fabrikam', 'privreg']
    assert several['sorted'] == [ascending, ascending[::-1]]
    assert several['copied'] in ('Copied', 'Selected')


@pytest.mark.parametrize(
    'programs, reason',
    [
        (['chromium'], 'node is not installed'),
        (['node'], 'chromium is not installed'),
    ],
)
def test_a_missing_program_is_named(
    programs: list[str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, 'which', lambda name: name if name in programs else None)
    assert browser.missing() == reason
