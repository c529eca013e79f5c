# SPDX-License-Identifier: GPL-2.0-only
"""`tools/murre run`: a program on the kernel is as it would be here, to the byte and to the exit status."""
import hashlib
import os
import pathlib
import subprocess

import pytest
from guestlib import ARCH, OUT, STATIC_CC, TOOL, is_debug
from murrelib import packages

pytestmark = pytest.mark.skipif('config.getoption("oracle_only")', reason='nothing of it runs on the oracle')
BUSYBOX = str(packages.program(ARCH, '/bin/busybox'))
RUN = [TOOL, 'run', '--arch', ARCH]
# What names the kernel to an environment that is otherwise new.
BUILD_NAMED = {name: os.environ[name] for name in ('MURRE_BUILD',) if name in os.environ}


def run(*command, options=(), stdin=b'', seconds=60, **more):
    """Runs a command in a guest; returns subprocess's result, its output as bytes."""
    return subprocess.run([*RUN, *options, '--', *map(str, command)], input=stdin, capture_output=True,
                          check=False, timeout=seconds, **more)


def shell(script, **more):
    return run(BUSYBOX, 'sh', '-c', script, **more)


def test_output_errors_and_status():
    result = shell('echo to stdout; echo to stderr >&2; exit 7')
    assert (result.stdout, result.stderr, result.returncode) == (b'to stdout\n', b'to stderr\n', 7)


@pytest.mark.parametrize('name, status', [('TERM', 143), ('KILL', 137), ('SEGV', 139), ('ABRT', 134)])
def test_a_signal_is_told_as_a_shell_tells_it(name, status):
    assert shell(f'kill -{name} $$').returncode == status


def test_arguments_arrive_as_they_are():
    words = ['one', '', 'two words', '*', "it's", '"', '\\', '$HOME', 'Zoë', '-x', '--']
    result = run(BUSYBOX, 'printf', '%s|', *words)
    assert result.stdout == '|'.join([*words, '']).encode()


def test_standard_input_is_read_to_its_end():
    result = run(BUSYBOX, 'cat', stdin=b'line\nhalf a line')
    assert result.stdout == b'line\nhalf a line'


def test_binary_data_survives_both_ways():
    data = b''.join(hashlib.sha256(str(i).encode()).digest() for i in range(40000)) + bytes(range(256)) * 16
    result = run(BUSYBOX, 'cat', stdin=data, seconds=120)
    assert (len(result.stdout), hashlib.md5(result.stdout).hexdigest()) == (len(data), hashlib.md5(data).hexdigest())


def test_environment():
    result = run(BUSYBOX, 'env', options=('--env', 'GIVEN=a value', '--env', 'PASSED', '--env', 'ABSENT'),
                 env={**BUILD_NAMED, 'PATH': '/bin:/usr/bin', 'PASSED': 'from here', 'KEPT_BACK': 'x'})
    lines = result.stdout.decode().splitlines()
    assert {'GIVEN=a value', 'PASSED=from here'} <= set(lines)
    assert not any(line.startswith(('KEPT_BACK', 'ABSENT')) for line in lines)


def test_the_tree_of_the_user_is_the_root(tmp_path):
    (tmp_path / 'etc').mkdir()
    (tmp_path / 'etc' / 'message').write_text('from the tree\n')
    (tmp_path / 'bin').mkdir()
    (tmp_path / 'bin' / 'busybox').write_bytes(pathlib.Path(BUSYBOX).read_bytes())
    (tmp_path / 'bin' / 'busybox').chmod(0o755)
    (tmp_path / 'bin' / 'sh').symlink_to('busybox')
    result = run('/bin/sh', '-c', 'cat /etc/message', options=('--initrd', tmp_path))
    assert (result.stdout, result.returncode) == (b'from the tree\n', 0), result.stderr


def test_a_program_of_ones_own(tmp_path):
    source = tmp_path / 'own.c'
    source.write_text('#include <stdio.h>\nint main(int c, char **v) { printf("%d %s\\n", c, v[1]); return c; }\n')
    subprocess.run([*STATIC_CC, '-o', tmp_path / 'own', source], check=True)
    result = run('./own', 'argument', cwd=tmp_path)
    assert (result.stdout, result.returncode) == (b'2 argument\n', 2), result.stderr


def one_line(result):
    """The tool's message, which is to be a single line."""
    lines = result.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_wrong_path():
    result = run('./no-such-program')
    assert result.returncode == 127 and 'no-such-program' in one_line(result)


def test_a_folder():
    result = run('/usr')
    assert result.returncode == 126 and '/usr' in one_line(result)


def test_a_file_that_may_not_run(tmp_path):
    file = tmp_path / 'data'
    file.write_text('#!/bin/sh\n')
    result = run(file)
    assert result.returncode == 126 and 'data' in one_line(result)


def test_a_dynamic_program_without_its_loader():
    result = run('/bin/ls')
    assert result.returncode in (126, 127) and '/bin/ls' in one_line(result)


@pytest.mark.parametrize('size', [1, 40, 63, 100, 700])
def test_a_truncated_program(tmp_path, size):
    file = tmp_path / 'truncated'
    file.write_bytes(pathlib.Path(BUSYBOX).read_bytes()[:size])
    file.chmod(0o755)
    result = run(file)
    assert result.returncode == 126 and 'truncated' in one_line(result)


def test_a_foreign_program(tmp_path):
    data = bytearray(pathlib.Path(BUSYBOX).read_bytes())
    data[18:20] = (243).to_bytes(2, 'little')       # RISC-V
    file = tmp_path / 'foreign'
    file.write_bytes(data)
    file.chmod(0o755)
    result = run(file)
    assert result.returncode == 126 and 'foreign' in one_line(result)


def test_a_time_limit():
    result = shell('echo begun; sleep 100', options=('--timeout', '5'))
    assert (result.returncode, result.stdout) == (124, b'begun\n')


def test_no_kernel_message_is_mixed_in():
    result = run(BUSYBOX, 'true')
    assert (result.stdout, result.stderr, result.returncode) == (b'', b'', 0)


def test_the_trace_goes_to_stderr():
    result = run(BUSYBOX, 'echo', 'traced', options=('--trace',))
    assert result.stdout == b'traced\n'
    assert b'execve(' in result.stderr and b'write(' in result.stderr


def test_an_unknown_call_is_logged_once_with_its_name(tmp_path):
    source = tmp_path / 'unknown.c'
    source.write_text('''#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	for (int i = 0; i < 3; i++)
		if (syscall(SYS_kexec_load) != -1 || errno != ENOSYS)
			return 1;
	return 0;
}
''')
    subprocess.run([*STATIC_CC, '-o', tmp_path / 'unknown', source], check=True)
    result = run(tmp_path / 'unknown', options=('--console', '--append', 'loglevel=8'))
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stderr.count(b'kexec_load') == 1, result.stderr[-2000:]


def test_more_memory_and_words_for_the_kernel():
    least = 800000 if is_debug() else 900000       # shadow memory takes an eighth
    result = shell(f'cat /proc/cmdline; awk "/MemTotal/ {{ print (\\$2 > {least}) }}" /proc/meminfo',
                   options=('--mem', '1G', '--append', 'a.word=of-ours'))
    assert b'a.word=of-ours' in result.stdout and result.stdout.endswith(b'1\n')


def test_a_reader_that_leaves_ends_the_run():
    with subprocess.Popen([*RUN, '--', BUSYBOX, 'yes'], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        assert process.stdout.read(4) == b'y\ny\n'
        process.stdout.close()
        assert process.wait(30) == 141


def test_two_runs_do_not_disturb_each_other():
    running = [subprocess.Popen([*RUN, '--', BUSYBOX, 'sh', '-c', f'sleep 0.2; echo {i}'],
                                stdout=subprocess.PIPE) for i in range(2)]
    assert [process.communicate(timeout=60)[0] for process in running] == [b'0\n', b'1\n']


def test_programs_built_here():
    result = run(OUT / 'guest' / 'tiny')
    assert (result.stdout, result.returncode) == (b'tiny\n', 42)
