# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What solutions say: their side effects, and nothing that doesn't fit where they are shown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest

from azext_acrhealth.advice import (
    PLATFORMS,
    Client,
    Platform,
    Solution,
    Variant,
    fits,
    text_of,
)
from azext_acrhealth.catalogue import FAMILIES, PROBLEMS
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.model import Check, Family, Problem
from tests.pasted_commands import SPAN, catalogue, code, documents

TEXTS = [*catalogue(), *code(), *documents()]
# What a command does besides its purpose, and a word that has to say so in the same sentence.
SIDE_EFFECTS = {
    r'\brm |\bprune\b|acr purge (?!.*--dry-run)|Remove-Item (?!Env:)': 'delet',
    r' delete\b|network-rule remove': 'remov|delet',
    r'--public-network-enabled true(?!.*--default-action Deny)': 'all networks|internet',
    r'--default-action Allow': 'all networks|internet',
    r'--public-network-enabled false': 'block|den(y|ies)',
    r'--admin-enabled true': 'full .*access|all permissions',
    r'--anonymous-pull-enabled true': 'anyone|everyone|without (a login|authentication)',
    r'--allow-exports true': 'allow',
    r'credential (renew|generate|reset (?!.*--append))': 'replac|delet',
    r'credential reset .*--append': 'add|creat|regist',
    r'credential show': 'show|print',
    r'\baz logout|account clear': 'sign(s|ed)? (you )?out|removes',
    r'(docker|podman|nerdctl|engine\}|client\}|helm registry) logout': 'remov',
    r'usermod .*docker|/var/run/docker.sock.*666': 'root',
    r'(?<!rollout )restart\b|Restart-Service|--shutdown': 'stop|interrupt',
    r'kubectl rollout restart': 'restart',
    r'--password (?!-)\S|\bPASSWORD@|\b-p (PASSWORD|SECRET)': 'visible|history|can read',
    r'update .*--sku ': 'cost',
    r'(read|write|delete)-enabled true': 'allow',
    r'(read|write|delete)-enabled false': 'prevent|den(y|ies)|block|lock',
    r'quarantinePolicy.status=disabled': 'without a scan',
    r'content-trust .*disabled': "can't undo|can't be",
    r'data-endpoint-enabled true': 'redirect',
    r'regionEndpointEnabled=false|-endpoint-(routing|enabled) false': 'clients|requests',
    r'authentication-as-arm .*enabled': 'accept|allow',
    r'curl .*(-k\b|--insecure)|--tls-verify=false|DISABLE_CONNECTION_VERIFICATION=1': (
        'without verif|intercept'
    ),
    r'docker buildx build .*--push|--debug push': 'replaces',
}
# What is never advised.
NEVER = r'tcp://.*:2375|chmod (-R )?(777|666)|--untagged(?!-only)|az account clear'
# The shell, or the operating system, that a command needs.
POSIX_ONLY = (
    r'`(export|unset|sudo|chmod|df|ls|cat|id|uname|env) |</dev/null|> /dev/null|`[A-Z_]+=\w+ '
    r'|"\$(?!env:|PWD\\)\w'
)
LINUX_ONLY = r'systemctl|journalctl|timedatectl|usermod|`ip |`nft |/etc/(docker|resolv|containers)'
MACOS_ONLY = r'\bsntp\b|`open -a|scutil'
WINDOWS_ONLY = r'\$env:|w32tm|Remove-Item|-Service\b|Resolve-DnsName|Test-NetConnection|`ipconfig'
PLATFORM_OF: dict[str, tuple[Platform, ...]] = {
    POSIX_ONLY: ('linux', 'macos'),
    LINUX_ONLY: ('linux',),
    MACOS_ONLY: ('macos',),
    WINDOWS_ONLY: ('windows',),
}
PUBLIC_HOSTS = re.compile(
    r'azurecr\.io|login\.microsoftonline\.com|management\.azure\.com|portal\.azure\.com'
    r'|login\.windows\.net|graph\.microsoft\.com|vault\.azure\.net|core\.windows\.net'
)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text; a period between backticks ends none."""
    start = 0
    for end in re.finditer(r'`[^`\n]*`|([.:?!] +(?=[A-Z`])|\n\n|\n(?=[-|#0-9]))', text):
        if end[1] and not end[1].startswith(':'):
            yield text[start : end.end()]
            start = end.end()
    yield text[start:]


def commands_in(text: str) -> list[str]:
    return [span for span in SPAN.findall(text) if ' ' in span]


def silent(text: str) -> list[str]:
    """Return the commands of a text with a side effect that its sentence doesn't name."""
    found = []
    for sentence in sentences(text):
        prose = SPAN.sub('', sentence)
        for command in commands_in(sentence):
            for pattern, word in SIDE_EFFECTS.items():
                if re.search(pattern, command) and not re.search(word, prose, re.IGNORECASE):
                    found.append(f'{command}: {word}')
    return found


def test_a_side_effect_is_named_in_the_sentence() -> None:
    found = {text.where: problems for text in TEXTS if (problems := silent(text.text))}
    assert found == {}


@pytest.mark.parametrize(
    'text, command',
    [
        ('Clean up: `docker system prune`.', 'docker system prune'),
        ('Clean up, which deletes images. Run `docker system prune`.', 'docker system prune'),
        ('Open it: `az acr update -n r --default-action Allow`.', 'az acr update'),
        ('Sign in again: `az logout`.', 'az logout'),
        ('Join the group: `sudo usermod -aG docker $USER`.', 'sudo usermod'),
        ('Run `az login --service-principal -u U --password SECRET`.', 'az login'),
        ('Restart it: `sudo systemctl restart docker`.', 'sudo systemctl'),
        ('Renew it: `az acr credential renew -n r`.', 'az acr credential'),
        ('Purge: `az acr run --cmd "acr purge --untagged-only" /dev/null`.', 'az acr run'),
    ],
)
def test_a_silent_side_effect_is_found(text: str, command: str) -> None:
    assert [found[: len(command)] for found in silent(text)] == [command]


@pytest.mark.parametrize(
    'text',
    [
        'Free space, which deletes images: `docker system prune`.',
        'List what a purge deletes: `az acr run --cmd "acr purge --dry-run" /dev/null`.',
        'Add the rule: `az acr update --public-network-enabled true --default-action Deny`.',
        'Unset it: `Remove-Item Env:NO_PROXY`.',
    ],
)
def test_what_says_its_side_effects_passes(text: str) -> None:
    assert silent(text) == []


def test_what_is_never_advised() -> None:
    spans = [(text.where, span) for text in TEXTS for span in SPAN.findall(text.text)]
    assert [found for found in spans if re.search(NEVER, found[1])] == []
    assert re.search(NEVER, "acr purge --filter 'a:.*' --untagged --ago 30d")


@pytest.mark.parametrize('pattern', PLATFORM_OF)
def test_commands_are_shown_where_they_run(pattern: str) -> None:
    allowed = PLATFORM_OF[pattern]
    wrong = {
        f'{text.where}: {text.text}'
        for text in catalogue()
        for platform in PLATFORMS
        if platform not in allowed
        and fits(text.solution, Client(platform=platform))
        and any(re.search(pattern, f'`{command}') for command in commands_in(text.text))
    }
    assert sorted(wrong) == []


@pytest.mark.parametrize('entry', (*FAMILIES, *PROBLEMS), ids=lambda entry: entry.code)
def test_what_a_posix_shell_does_has_a_form_for_powershell(entry: Family | Problem) -> None:
    """A problem whose solutions set or unset a variable has them for each platform."""
    texts = list(map(text_of, entry.solutions))
    posix = [text for text in texts if re.search(r'`(export|unset) ', text)]
    powershell = [text for text in texts if re.search(r'`(\$env:|Remove-Item Env:)', text)]
    assert not posix or len(powershell) >= len(posix), posix


def test_no_text_names_a_host_of_one_cloud() -> None:
    found = {text.where: text.text for text in catalogue() if PUBLIC_HOSTS.search(text.text)}
    assert found == {}


CHECK_NAMED = re.compile(r'`([a-z-]+)`(?:(?:, `[a-z-]+`)*,? and `[a-z-]+`)? checks?\b')
BY_ID = {check.id: check for check in CHECKS}


def needed_by(check: Check) -> set[str]:
    """Return the checks that have a result wherever a check has one."""
    found = {check.id}
    for need in check.needs:
        found |= needed_by(need)
    return found


def checks_named(text: str) -> set[str]:
    return {
        name
        for match in CHECK_NAMED.finditer(text)
        for name in re.findall(r'`([a-z-]+)`', match[0])
        if name in BY_ID
    }


def always_there(problem: Problem) -> set[str]:
    """Return the checks that are in every output with a problem."""
    reporting = [check for check in CHECKS if problem in check.problems]
    return set.intersection(*map(needed_by, reporting)) if reporting else set()


def requires_result(solution: Solution) -> bool:
    """Return whether a solution is shown only where another check has a result."""
    return isinstance(solution, Variant) and 'unknown' not in solution.states


def test_a_check_is_recognized_in_a_text() -> None:
    assert checks_named('See the `dns` check.') == {'dns'}
    assert checks_named('See the `dns` and `proxy` checks.') == {'dns', 'proxy'}
    assert checks_named('The `host` and the `check` of `dns`.') == set()


def test_no_advice_refers_to_a_check_that_is_not_in_the_output() -> None:
    found = []
    for problem in PROBLEMS:
        present = always_there(problem)
        found += [(problem.reason, name) for name in checks_named(problem.cause) - present]
        for item in problem.solutions:
            shown = present | ({item.check} if requires_result(item) else set())
            found += [(problem.reason, name) for name in checks_named(text_of(item)) - shown]
    assert found == []


# What sends a reader to what the product knows, or to what -o table doesn't show.
LOOKED_UP = re.compile(
    r'`detail`|(?<!arti)facts\b|\bif the (`[a-z-]+`|later|following|earlier) checks?'
    r'|`(dns|proxy|clock)` check (reports|names|shows)|[Rr]eview the results?',
)


def test_no_advice_sends_the_reader_to_what_the_product_knows() -> None:
    texts = itertools.chain(catalogue(), code())
    assert [text for text in texts if LOOKED_UP.search(text.text)] == []


@pytest.mark.parametrize(
    'text',
    [
        'Look up the code in `facts`.',
        'Check the network if `detail` shows it.',
        'Correct the clock if the `clock` check reports that it is wrong.',
        'Review the result of the proxy.',
        'Ignore this warning if the later checks pass.',
    ],
)
def test_such_advice_is_found(text: str) -> None:
    assert LOOKED_UP.search(text)
