# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of finding and running tools, with real processes that succeed, fail or hang."""

from __future__ import annotations

import _thread
import os
import shutil
import stat
import subprocess
import sys
import threading

import pytest

from azext_acrhealth.probes.local import process
from azext_acrhealth.probes.local.process import (
    CommandRunner,
    CompletedCommand,
    decode_output,
    find,
    find_unexecutable,
)
from azext_acrhealth.protocols import LimitReached
from tests.probes.clock import Watch, eventually, soon

posix = pytest.mark.skipif(os.name != 'posix', reason='shell scripts need a POSIX system')


def tool(path, text, mode=0o755):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return str(path)


def python(code):
    return (sys.executable, '-c', code)


def run(*arguments, **options):
    return CommandRunner().run(*arguments, **options)


@pytest.mark.parametrize(
    'code, expected',
    [
        ('print("out")', CompletedCommand(0, 'out\n', '')),
        ('import sys; sys.stderr.write("bad\\n"); sys.exit(3)', CompletedCommand(3, '', 'bad\n')),
        (
            'import sys; print("both"); print("warned", file=sys.stderr)',
            CompletedCommand(0, 'both\n', 'warned\n'),
        ),
        ('', CompletedCommand(0, '', '')),
        (
            'print(repr(__import__("sys").stdin.read()))',
            CompletedCommand(0, "''\n", ''),
        ),  # no input, and no wait for it
        ('import sys; sys.stdout.buffer.write("\ufeffé".encode())', CompletedCommand(0, 'é', '')),
    ],
)
def test_a_tool_ends_with_its_status_and_output(code, expected):
    assert run(python(code), soon()) == expected


@pytest.mark.parametrize(
    'code, expected',
    [
        (
            'import sys; print(repr(sys.stdin.read()))',
            CompletedCommand(0, "'a.test\\n'\n", ''),
        ),  # and the end of the input
        ('import sys; print(sys.stdin.readline().strip())', CompletedCommand(0, 'a.test\n', '')),
        ('', CompletedCommand(0, '', '')),  # it does not read at all
        ('import os; os.close(0); print("closed")', CompletedCommand(0, 'closed\n', '')),
    ],
)
def test_a_tool_is_given_a_line(code, expected):
    assert run(python(code), soon(), given='a.test') == expected


def test_a_tool_gets_variables_besides_those_of_this_process(monkeypatch):
    monkeypatch.setenv('MINE', 'here')
    code = 'import os; print(os.environ["MINE"], os.environ["KUBERC"])'
    completed = run(python(code), soon(), environment={'KUBERC': 'off'})
    assert completed.stdout == 'here off\n' and 'KUBERC' not in os.environ


def test_a_tool_that_does_not_read_its_input_times_out():
    with Watch() as watch:
        assert (
            run(python('import time; time.sleep(60)'), soon(), 0.3, given='a.test').failure.kind
            == 'Timeout'
        )
    assert watch.took < 10


@posix
def test_a_tool_killed_by_a_signal_has_a_negative_status():
    assert run(python('import os; os.kill(os.getpid(), 9)'), soon()).status == -9


@pytest.mark.parametrize(
    'stdout, stderr, last_line',
    [
        ('', '', ''),
        ('one\ntwo\n', '', 'two'),
        ('out', 'first\n  last  \n\n', 'last'),
        ('out', ' \n', 'out'),
    ],
)
def test_the_last_line(stdout, stderr, last_line):
    assert CompletedCommand(1, stdout, stderr).last_line == last_line


def test_output_that_is_not_utf8_is_no_error():
    completed = run(python('import sys; sys.stdout.buffer.write(b"v\\xff\\xfe1.2")'), soon())
    assert (
        completed.status == 0
        and completed.stdout.startswith('v')
        and completed.stdout.endswith('1.2')
    )


def test_endless_output_is_bounded_and_ends():
    with Watch() as watch:
        completed = run(python('while True: print("y" * 4096)'), soon(), 0.7)
    assert completed.failure.kind == 'Timeout' and watch.took < 10
    assert 0 < len(completed.stdout) <= process.OUTPUT


def test_long_output_of_a_tool_that_ends_is_bounded():
    completed = run(python(f'print("y" * {4 * process.OUTPUT})'), soon())
    assert completed.status == 0 and len(completed.stdout) == process.OUTPUT


def test_the_deadline_applies_when_it_is_before_the_limit():
    with Watch() as watch:
        completed = run(python('import time; time.sleep(30)'), soon(0.3), 10)
    assert completed.status is None and completed.failure.kind == 'Timeout' and watch.took < 10


def test_output_before_the_timeout_is_kept():
    completed = run(
        python('import time; print("started", flush=True); time.sleep(30)'), soon(), 0.8
    )
    assert completed.failure.kind == 'Timeout' and completed.stdout == 'started\n'


@posix
def test_a_hung_tool_is_killed_with_the_child_that_holds_its_pipe(tmp_path):
    script = tool(tmp_path / 'docker', f'#!/bin/sh\nsleep 60 &\necho $! > {tmp_path}/child\nwait\n')
    with Watch() as watch:
        completed = run((script,), soon(), 0.6)
    child = int((tmp_path / 'child').read_text())
    assert completed.failure.kind == 'Timeout' and watch.took < 10
    assert eventually(lambda: gone(child)), 'the child outlived its parent'


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:  # killed, but not yet reaped by its new parent
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            return file.read().rsplit(')', 1)[1].split()[0] == 'Z'
    except FileNotFoundError:
        return True


@posix
def test_a_tool_that_ignores_requests_to_end_is_killed(tmp_path):
    script = tool(tmp_path / 'helm', "#!/bin/sh\ntrap '' TERM INT HUP\nwhile :; do sleep 1; done\n")
    with Watch() as watch:
        assert run((script,), soon(), 0.4).failure.kind == 'Timeout'
    assert watch.took < 10


@posix
def test_a_background_child_that_keeps_the_pipe_does_not_block(tmp_path):
    script = tool(tmp_path / 'podman', '#!/bin/sh\nsleep 20 &\necho $!\n')
    with Watch() as watch:
        completed = run((script,), soon(), 10)
    os.kill(int(completed.stdout), 9)
    assert completed.status == 0 and watch.took < 10


@posix
@pytest.mark.parametrize(
    'text, mode, kind',
    [
        ('#!/bin/sh\necho hi\n', 0o644, 'NotExecutable'),
        (b'\x7fELF-not-really', 0o755, 'NotExecutable'),  # ENOEXEC
        ('#!/no/such/interpreter\n', 0o755, 'NotExecutable'),
        (b'\x00\x01\x02', 0o755, 'NotExecutable'),
    ],
)
def test_files_that_do_not_start(tmp_path, text, mode, kind):
    completed = run((tool(tmp_path / 'docker', text, mode),), soon())
    assert (completed.status, completed.failure.kind) == (None, kind) and completed.failure.text


def test_a_missing_file_and_a_folder(tmp_path):
    assert run((str(tmp_path / 'nothing'),), soon()).failure.kind == 'NotFound'
    assert run((str(tmp_path),), soon()).failure.kind == 'NotExecutable'


def test_a_name_with_a_null_byte():
    assert run(('do\0cker',), soon()).failure.kind == 'NotExecutable'


@posix
class TestFind:
    def test_on_path(self, tmp_path, monkeypatch):
        monkeypatch.setenv('PATH', str(tmp_path))
        assert find('docker') is None
        assert find('docker') is None and find('') is None
        path = tool(tmp_path / 'docker', '#!/bin/sh\n')
        assert find('docker') == path

    def test_by_absolute_path(self, tmp_path, monkeypatch):
        monkeypatch.setenv('PATH', '')
        path = tool(tmp_path / 'my-docker', '#!/bin/sh\n')
        assert find(path) == path

    def test_as_exe_of_windows_under_wsl(self, tmp_path, monkeypatch):
        monkeypatch.setenv('PATH', str(tmp_path))
        assert find('docker') is None
        path = tool(tmp_path / 'docker.exe', '#!/bin/sh\n')
        assert find('docker') == path

    @pytest.mark.parametrize('here', ['', '.', './', 'sub/..'])
    def test_never_in_the_current_folder(self, tmp_path, monkeypatch, here):
        (tmp_path / 'sub').mkdir()
        (tmp_path / 'tools').mkdir()
        tool(tmp_path / 'docker', '#!/bin/sh\n')
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv('PATH', here)
        assert find('docker') is None
        good = tool(tmp_path / 'tools' / 'docker', '#!/bin/sh\n')
        monkeypatch.setenv('PATH', os.pathsep.join((here, str(tmp_path / 'tools'))))
        assert find('docker') == good, 'a file in the current directory hides the one on PATH'

    def test_hidden_by_the_current_folder_on_windows(self, tmp_path, monkeypatch):
        good = tool(tmp_path / 'docker.exe', '#!/bin/sh\n')
        which = shutil.which
        monkeypatch.setattr(
            shutil, 'which', lambda name, path=None: '.\\docker.EXE' if path else which(name)
        )
        monkeypatch.setenv('PATH', str(tmp_path))
        assert find('docker') == good

    def test_a_relative_folder_of_path_is_not_searched(self, tmp_path, monkeypatch):
        (tmp_path / 'bin').mkdir()
        tool(tmp_path / 'bin' / 'docker', '#!/bin/sh\n')
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv('PATH', 'bin')
        assert find('docker') is None

    def test_a_folder_of_path_counts_also_while_it_is_the_current_one(self, tmp_path, monkeypatch):
        path = tool(tmp_path / 'docker', '#!/bin/sh\n')
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv('PATH', str(tmp_path))
        assert find('docker') == path

    def test_in_a_current_folder_that_is_gone(self, tmp_path, monkeypatch):
        (tmp_path / 'gone').mkdir()
        monkeypatch.chdir(tmp_path / 'gone')
        (tmp_path / 'gone').rmdir()
        monkeypatch.setenv('PATH', '.')
        assert find('docker') is None and find_unexecutable('docker') is None

    def test_what_cannot_be_executed_is_not_found_but_known(self, tmp_path, monkeypatch):
        path = tool(tmp_path / 'docker', '#!/bin/sh\n', 0o644)
        monkeypatch.setenv('PATH', os.pathsep.join(('', '.', str(tmp_path))))
        assert find('docker') is None
        assert find_unexecutable('docker') == path
        assert find_unexecutable(path) == path
        assert find_unexecutable('podman') is None
        (tmp_path / 'nerdctl').mkdir()
        assert find_unexecutable('nerdctl') is None
        os.chmod(path, stat.S_IRWXU)
        assert find('docker') == path


def test_kill_all_ends_what_runs():
    runner, results = CommandRunner(), []
    thread = threading.Thread(
        target=lambda: results.append(runner.run(python('import time; time.sleep(60)'), soon(), 30))
    )
    thread.start()
    assert eventually(lambda: bool(runner._running))
    with Watch() as watch:
        runner.kill_all()
        thread.join(5)
    assert not thread.is_alive() and watch.took < 10
    assert results[0].failure is None and results[0].status not in (0, None)
    assert not runner._running


def test_kill_all_overlooks_no_tool_that_is_just_starting():
    for _ in range(20):
        runner, results, begun = CommandRunner(), [], threading.Barrier(9)

        def work(runner=runner, results=results, begun=begun):
            begun.wait(5)
            results.append(runner.run(python('import time; time.sleep(60)'), soon(), 30))

        threads = [threading.Thread(target=work, daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        begun.wait(5)
        runner.kill_all()
        for thread in threads:
            thread.join(20)
        assert len(results) == 8, 'a tool was left running'
        assert not [result for result in results if result.status == 0]


def test_a_start_that_hangs_keeps_no_other_tool_alive(monkeypatch):
    runner, results = CommandRunner(), []
    sleeper = threading.Thread(
        target=lambda: results.append(
            runner.run(python('import time; time.sleep(60)'), soon(), 30)
        ),
        daemon=True,
    )
    sleeper.start()
    assert eventually(lambda: bool(runner._running))
    entered, released = threading.Event(), threading.Event()

    def hang(*_):
        entered.set()
        released.wait(30)
        return CompletedCommand(None)

    monkeypatch.setattr(process, '_start', hang)
    threading.Thread(target=runner.run, args=(python(''), soon()), daemon=True).start()
    assert entered.wait(5)
    runner.kill_all()
    sleeper.join(20)
    released.set()
    assert results and results[0].status not in (0, None)


def test_kill_of_a_process_that_has_ended(tmp_path):
    with subprocess.Popen(python(''), **process._own_group()) as ended:
        ended.wait()
        process.kill(ended)


class TestWindows:
    """The code for Windows, with recorders in place of the functions that only Windows has."""

    @pytest.fixture
    def commands(self, monkeypatch):
        completed = []
        monkeypatch.setattr(sys, 'platform', 'win32')
        monkeypatch.setattr(subprocess, 'CREATE_NEW_PROCESS_GROUP', 0x200, raising=False)
        monkeypatch.setattr(subprocess, 'CREATE_NO_WINDOW', 0x8000000, raising=False)
        monkeypatch.setattr(
            subprocess, 'run', lambda command, **options: completed.append((command, options))
        )
        return completed

    def test_a_group_of_its_own_without_a_window(self, commands):
        assert process._own_group() == {'creationflags': 0x8000200}

    def test_taskkill_takes_the_tree_and_has_a_limit(self, commands):
        with start_sleeper() as sleeper:
            process.kill(sleeper)
            ((command, options),) = commands
            assert command == [
                r'C:\Windows\System32\taskkill.exe',
                '/F',
                '/T',
                '/PID',
                str(sleeper.pid),
            ]
            assert options['timeout'] <= 5 and not options.get('check')

    @pytest.mark.parametrize(
        'failure',
        [
            subprocess.TimeoutExpired('taskkill', 5),
            FileNotFoundError(2, 'no taskkill'),
            PermissionError(13, 'denied'),
        ],
    )
    def test_a_taskkill_that_fails_raises_nothing_and_the_tool_is_killed(
        self, commands, monkeypatch, failure
    ):
        def fail(*_, **__):
            raise failure

        monkeypatch.setattr(subprocess, 'run', fail)
        with start_sleeper() as sleeper:
            process.kill(sleeper)
            assert eventually(lambda: sleeper.poll() is not None, 2), 'it still runs'


def start_sleeper():
    class Sleeper(subprocess.Popen):
        def __exit__(self, *rest):
            self.kill()
            super().__exit__(*rest)

    return Sleeper(python('import time; time.sleep(30)'))


@pytest.mark.parametrize(
    'output, codepage, expected',
    [
        (b'plain', 'cp1252', 'plain'),
        ('é'.encode(), 'cp1252', 'é'),
        (b'caf\xe9', 'cp1252', 'café'),
        (b'caf\x82', 'cp850', 'café'),
        (b'\xef\xbb\xbfv1', 'cp1252', 'v1'),
        (b'\x81\xff', 'cp1252', '\ufffd\ufffd'),  # undefined in that page
        (b'\xff', 'no-such-code-page', '\ufffd'),
        (b'', 'cp1252', ''),
    ],
)
def test_decoding_falls_back_to_the_code_page_and_never_fails(
    monkeypatch, output, codepage, expected
):
    monkeypatch.setattr('locale.getpreferredencoding', lambda _=True: codepage)
    assert decode_output(output) == expected


def test_runs_leave_no_reader_behind():
    # threading doesn't know the readers, which are started without it.
    before = _thread._count()
    for _ in range(3):
        run(python(''), soon())
    assert eventually(lambda: _thread._count() <= before)


# A process that has imported what it needs becomes a user without any privilege, whose limit on
# processes it has reached.
NO_PROCESS_LEFT = """
import os, resource, sys, time
from azext_acrhealth.probes.local import process
from azext_acrhealth.protocols import LimitReached
process.find('true')
if os.geteuid() == 0:
    os.setresgid(54321, 54321, 54321)
    os.setresuid(54321, 54321, 54321)
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
try:
    print(process.CommandRunner().run(['/bin/true'], time.monotonic() + 60))
except LimitReached as error:
    print(error.kind)
"""


@posix
def test_a_tool_under_a_real_limit_on_processes():
    finished = subprocess.run(
        [sys.executable, '-c', NO_PROCESS_LEFT], capture_output=True, text=True, check=False
    )
    assert finished.stdout.strip() == 'TooManyProcesses', finished


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason="macOS doesn't limit memory")
@pytest.mark.parametrize('kilobytes', [1500, 2000])
def test_a_tool_under_a_real_limit_on_memory(kilobytes):
    command = ['/bin/sh', '-c', f'ulimit -v {kilobytes} && exec /bin/cat /dev/null']
    with pytest.raises(LimitReached, match='sh: ') as caught:
        run(command, soon())
    assert caught.value.kind == 'OutOfMemory'


def test_a_tool_that_nothing_can_read_from_is_killed(monkeypatch):
    started = []

    def refuse(_):
        raise LimitReached('TooManyProcesses', 'no thread')

    def start_tool(*arguments, begin=process._start):
        started.append(begin(*arguments))
        return started[-1]

    monkeypatch.setattr(process, '_start', start_tool)
    monkeypatch.setattr(process, 'start', refuse)
    runner = CommandRunner()
    with pytest.raises(LimitReached):
        runner.run(python('import time; time.sleep(60)'), soon(), 30)
    assert started[0].poll() not in (None, 0) and not runner._running


def test_a_tool_whose_output_needs_more_memory_than_there_is(monkeypatch):
    class NoMemory(bytearray):
        def __iadd__(self, _):
            raise MemoryError

    monkeypatch.setattr(process, 'bytearray', NoMemory, raising=False)
    with pytest.raises(LimitReached) as caught:
        run(python('print("x" * 10**6)'), soon())
    assert caught.value.kind == 'OutOfMemory'
