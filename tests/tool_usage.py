# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the tools of other projects accept, as far as the product tells users to run them.

Taken from the reference or the source that a comment names, for releases in use since 2023.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import NamedTuple, Optional


class Usage(NamedTuple):
    """The options of a command, those with a value ending in `=`, and its operands or commands.

    `most` None: as many operands as `least`; -1: any number.
    """

    options: str = ''
    least: int = 0
    most: Optional[int] = None
    commands: Optional[Mapping[str, Usage]] = None


ANY = -1
_LIST = Usage('--quiet -q --format= -f=')
_IMAGES = {
    'pull': Usage('--platform= --quiet -q --all-tags -a', 1),
    'push': Usage('--quiet -q', 1),
    'logout': Usage('', 0, 1),
    'info': Usage('--format= -f='),
    'version': Usage('--format= -f='),
}
# docker/cli: docs/reference/commandline; docker/docs for `docker desktop` (4.37 or later).
_DOCKER = {
    **_IMAGES,
    'login': Usage('--username= -u= --password= -p= --password-stdin', 0, 1),
    'buildx': Usage(
        commands={'build': Usage('--platform= --tag= -t= --push --load --file= -f=', 1)}
    ),
    'context': Usage(commands={'ls': _LIST, 'show': Usage(), 'use': Usage('', 1)}),
    'desktop': Usage(
        commands={'start': Usage('--detach -d --timeout='), 'status': _LIST, 'restart': Usage()}
    ),
    'system': Usage(
        commands={
            'df': Usage('--verbose -v --format='),
            'info': Usage('--format= -f='),
            'prune': Usage('--all -a --force -f --filter= --volumes'),
        }
    ),
    'builder': Usage(commands={'prune': Usage('--all -a --force -f --filter=')}),
    'image': Usage(
        commands={
            'prune': Usage('--all -a --force -f --filter='),
            'ls': _LIST,
            'rm': Usage('', 1, ANY),
        }
    ),
    'manifest': Usage(commands={'inspect': Usage('--insecure --verbose -v', 1, 2)}),
    'images': _LIST,
    'build': Usage('--tag= -t= --file= -f= --platform=', 1),
    'tag': Usage('', 2),
    'ps': Usage('--all -a --quiet -q --format= --filter= -f='),
}
# containers/podman: docs/source/markdown.
_PODMAN = {
    **_IMAGES,
    'login': Usage(
        '--username= -u= --password= -p= --password-stdin --get-login --authfile= --tls-verify=',
        0,
        1,
    ),
    'logout': Usage('--all -a --authfile=', 0, 1),
    'machine': Usage(
        commands={
            'init': Usage('--now --cpus= --memory= -m= --disk-size=', 0, 1),
            'start': Usage('--quiet -q', 0, 1),
            'stop': Usage('', 0, 1),
            'list': _LIST,
        }
    ),
    'system': Usage(
        commands={
            'connection': Usage(
                commands={'list': _LIST, 'default': Usage('', 1), 'add': Usage('--identity=', 2)}
            ),
            'df': Usage('--verbose -v --format='),
            'info': Usage('--format= -f='),
            'prune': Usage('--all -a --force -f --filter= --volumes --build'),
        }
    ),
    'images': _LIST,
    'image': Usage(commands={'prune': Usage('--all -a --force -f --filter=')}),
    'ps': Usage('--all -a --quiet -q --format= --filter= -f='),
}
# containerd/nerdctl: docs/command-reference.md, which has no `system df`.
_NERDCTL = {
    **_IMAGES,
    'login': Usage('--username= -u= --password= -p= --password-stdin', 0, 1),
    'system': Usage(
        commands={
            'events': Usage('--format='),
            'info': Usage('--format= -f='),
            'prune': Usage('--all -a --force -f --volumes'),
        }
    ),
    'image': Usage(commands={'prune': Usage('--all -a --force -f'), 'ls': _LIST}),
    'builder': Usage(commands={'prune': Usage('--all -a --force -f')}),
    'images': _LIST,
    'ps': Usage('--all -a --quiet -q --format= --filter= -f='),
}
_GLOBAL_DOCKER = '--debug -D --context= -c= --host= -H= --config= --log-level= -l='
_SYSTEMCTL = {
    name: Usage('--user --now', 1, ANY)
    for name in (
        'start',
        'restart',
        'reload',
        'enable',
        'status',
        'edit',
        'is-active',
        'cat',
        'show',
    )
}

USAGES: Mapping[str, Usage] = {
    'docker': Usage(_GLOBAL_DOCKER, commands=_DOCKER),
    'podman': Usage('--log-level= --remote -r --connection= -c= --url=', commands=_PODMAN),
    'nerdctl': Usage('--debug --namespace= -n= --address= -a=', commands=_NERDCTL),
    # runfinch/finch: its commands are those of nerdctl, besides its virtual machine.
    'finch': Usage(
        commands={
            **_NERDCTL,
            'vm': Usage(
                commands={name: Usage() for name in ('init', 'start', 'stop', 'status', 'remove')}
            ),
        }
    ),
    # helm/helm: cmd/helm, 3.8 and later.
    'helm': Usage(
        commands={
            'version': Usage('--short --template= --client -c'),
            'registry': Usage(
                commands={
                    'login': Usage('--username= -u= --password= -p= --password-stdin', 1),
                    'logout': Usage('', 1),
                }
            ),
            'env': Usage('', 0, 1),
            'pull': Usage('--version= --destination= -d= --untar', 1),
        }
    ),
    # kubernetes/kubectl: pkg/cmd.
    'kubectl': Usage(
        '--namespace= -n= --context=',
        commands={
            'config': Usage(
                commands={
                    'view': Usage('--output= -o='),
                    'get-contexts': Usage('--output= -o=', 0, 1),
                }
            ),
            'apply': Usage('--filename= -f= --namespace= -n='),
            'delete': Usage('--ignore-not-found --namespace= -n= --context=', 1, ANY),
            'logs': Usage('--follow -f --pod-running-timeout= --tail= --namespace= -n=', 1),
            'wait': Usage('--for= --timeout= --namespace= -n=', 1, ANY),
            'get': Usage(
                '--output= -o= --watch -w --namespace= -n= --field-selector= --label-columns= -L= '
                '--context=',
                1,
                ANY,
            ),
            'describe': Usage('--namespace= -n= --context=', 1, ANY),
            'create': Usage(
                '--namespace= -n= --context= --docker-server= --docker-username= '
                '--docker-password=',
                1,
                ANY,
            ),
            'rollout': Usage(commands={'restart': Usage('--namespace= -n=', 1, 2)}),
        },
    ),
    # curl(1), openssl-s_client(1), nslookup(1) of BIND and of Windows, dig(1).
    'curl': Usage(
        '-s -S -I -v -f -L -k -i --head --silent --show-error --verbose --fail -o= -X= -d= -H= '
        '--unix-socket= --proxy= -x= --noproxy= --cacert= --max-time= -m= --resolve= '
        '--connect-timeout=',
        1,
    ),
    'openssl': Usage(
        commands={
            's_client': Usage('-connect= -servername= -showcerts -CAfile= -proxy= -brief'),
            'x509': Usage('-in= -noout -text -issuer -subject -dates -inform= -outform= -out='),
        }
    ),
    'nslookup': Usage('-type= -debug', 1, 2),
    'dig': Usage('-t= -4 -6 +short +trace', 1, ANY),
    'host': Usage('-t=', 1, 2),
    'resolvectl': Usage(
        commands={'status': Usage(), 'query': Usage('', 1), 'flush-caches': Usage()}
    ),
    # ulimit of POSIX shells.
    'ulimit': Usage('-n -u -v -f', 0, 1),
    # systemctl(1), journalctl(1), timedatectl(1), chronyc(1), date(1).
    'systemctl': Usage('--user --now', commands=_SYSTEMCTL),
    'journalctl': Usage('-u= --unit= --user -n= --lines= --no-pager -e -b --since='),
    'timedatectl': Usage(commands={'set-ntp': Usage('', 1), 'status': Usage()}),
    'chronyc': Usage('-a', commands={'makestep': Usage(), 'tracking': Usage(), 'sources': Usage()}),
    'date': Usage('-u', 0, 1),
    # iproute2's ip(8), nft(8), ss(8).
    'ip': Usage(
        '-4 -6 -brief -br',
        commands={
            'route': Usage(
                commands={'get': Usage('', 1), 'show': Usage('', 0, ANY), 'list': Usage()}
            ),
            'addr': Usage('', 0, ANY),
            'address': Usage('', 0, ANY),
            'link': Usage('', 0, ANY),
        },
    ),
    'nft': Usage('-a', commands={'list': Usage('', 1, ANY)}),
    'ss': Usage('-l -t -n -p -x -a'),
    # sntp(1), open(1), launchctl(1), scutil(8), dscacheutil(1), networksetup(8) of macOS.
    'sntp': Usage('-s -S -d', 1),
    'open': Usage('-a=', 0, 1),
    'scutil': Usage('--dns --proxy'),
    'dscacheutil': Usage('-flushcache'),
    # Windows commands in Microsoft Learn: w32tm, wsl, ipconfig, netsh, net.
    'w32tm': Usage(
        commands={
            '/resync': Usage('', 0, 1),
            '/query': Usage('', 1),
            '/stripchart': Usage('', 1, 2),
        }
    ),
    'wsl': Usage('--shutdown --update --status --list -l --verbose -v --distribution= -d='),
    'ipconfig': Usage('', 1),
    'netsh': Usage('', 3, ANY),
    # POSIX and GNU coreutils; usermod(8) and others of shadow.
    'cat': Usage('', 1, ANY),
    'chmod': Usage('', 2, ANY),
    'cp': Usage('-p', 2),
    'df': Usage('-h -i', 0, 1),
    'du': Usage('-s -h', 0, ANY),
    'echo': Usage('-n', 0, ANY),
    'export': Usage('', 1),
    'getent': Usage('', 2, ANY),
    'grep': Usage('-n -i -r -E', 1, ANY),
    'id': Usage('-n -u -g -G', 0, 1),
    'ls': Usage('-l -a -d', 0, ANY),
    'mkdir': Usage('-p', 1),
    'mv': Usage('', 2),
    'newgrp': Usage('', 1),
    'rm': Usage('-f -r', 1, ANY),
    'ssh': Usage('-v -T -o= -p= -i=', 1, ANY),
    'tee': Usage('-a', 1),
    'tracert': Usage('-d', 1),
    'traceroute': Usage('-T -n -p=', 1),
    'unset': Usage('', 1),
    'uname': Usage('-m -a -s'),
    'env': Usage('', 0, ANY),
    'printenv': Usage('', 0, 1),
    'update-ca-certificates': Usage(),
    'usermod': Usage('-a -G=', 1),
    'python': Usage('-m=', 0, ANY),
    'python3': Usage('-m=', 0, ANY),
    # PowerShell's cmdlets in Microsoft Learn.
    'Get-Content': Usage('-Path= -Raw', 0, ANY),
    'Set-Content': Usage('-Path= -Value= -Encoding=', 0, 1),
    'Add-Content': Usage('-Path= -Value= -Encoding=', 0, 1),
    'Get-Item': Usage('-Path=', 0, 1),
    'Get-ChildItem': Usage('-Path=', 0, 1),
    'Remove-Item': Usage('-Path= -ErrorAction=', 0, 1),
    'Copy-Item': Usage('-Path= -Destination=', 0, 2),
    'Get-Date': Usage('-AsUTC -Format='),
    'Get-Service': Usage('-Name=', 0, 1),
    'Start-Service': Usage('-Name=', 0, 1),
    'Restart-Service': Usage('-Name= -Force', 0, 1),
    'Get-PSDrive': Usage('-PSProvider=', 0, 1),
    'Get-Volume': Usage('-DriveLetter='),
    'Resolve-DnsName': Usage('-Name= -Type= -Server=', 0, 1),
    'Test-NetConnection': Usage('-ComputerName= -Port= -InformationLevel=', 0, 1),
    'Get-DnsClientServerAddress': Usage('-AddressFamily='),
    'Clear-DnsClientCache': Usage(),
    'Get-NetRoute': Usage('-AddressFamily= -DestinationPrefix='),
}


def refusal(words: list[str]) -> str | None:
    """Return why a tool refuses a command, or None if it accepts it."""
    if words[0].startswith('$env:'):
        return None if words[1:2] == ['='] and len(words) == 3 else 'no assignment'
    if words[0].startswith('docker-credential-'):  # docker/docker-credential-helpers: its protocol
        accepted = words[1:] and words[1] in ('get', 'list', 'store', 'erase', 'version')
        return None if accepted and len(words) == 2 else 'no such action'
    # In PowerShell 5.1, curl is another command, and curl.exe the program.
    usage = USAGES.get(words[0].removesuffix('.exe'))
    if usage is None:
        return f'no usage of {words[0]} is known: add it to {__name__}, from its reference'
    return _refusal(usage, words[1:])


def _refusal(usage: Usage, words: list[str]) -> str | None:
    options = {option.rstrip('='): option.endswith('=') for option in usage.options.split()}
    operands, at = 0, 0
    while at < len(words):
        word = words[at]
        at += 1
        name, has_value, _ = word.partition('=')
        if name in options:
            if has_value and not options[name]:
                return f'{name} takes no value'
            if options[name] and not has_value:
                if at == len(words):
                    return f'{name} needs a value'
                at += 1
        elif word[:1] == '-' and len(word) > 1:
            letters = [f'-{letter}' for letter in word[1:]]
            if word[:2] == '--' or not all(letter in options for letter in letters):
                return f'no such option: {word}'
            at += options[letters[-1]]
        elif usage.commands is not None:
            if word not in usage.commands:
                return f'no such command: {word}'
            return _refusal(usage.commands[word], words[at:])
        else:
            operands += 1
    if usage.commands is not None:
        return 'a command is missing'
    most = usage.least if usage.most is None else usage.most
    if operands < usage.least or most != ANY and operands > most:
        return f'{operands} operands'
    return None


def words_of(line: str) -> list[str]:
    """Return the words of a command as a shell splits them."""
    return shlex.split(line)
