# SPDX-License-Identifier: GPL-2.0-only
"""The terminal, by typing at it: line editing, signals from keys, job control, window size, full-screen programs."""
import hashlib
import time

import pytest
from guestlib import OUT, console, tree

CTRL_C, CTRL_D, CTRL_Q, CTRL_S, CTRL_U, CTRL_W, CTRL_Z, CTRL_BACKSLASH = '\x03\x04\x11\x13\x15\x17\x1a\x1c'
DELETE, ESCAPE = '\x7f', '\x1b'
# An escape that is followed at once would be the start of a cursor key.
ESCAPE_SECONDS = 0.4


@pytest.fixture(scope='module')
def root():
    made = tree.Tree('terminal')
    console.prepare(made)
    made.add_program(OUT / 'tty' / 'terminal', 'tests/terminal')
    return made


@pytest.fixture(scope='module')
def linux_shell(root):
    shell = console.on_oracle(root)
    yield shell
    shell.close()


@pytest.fixture(scope='module')
def shells(root, request):
    """The shell under test, as the one value of a list; with --oracle-only, Linux's."""
    start = console.on_oracle if request.config.getoption('oracle_only') else console.in_guest
    shells = [start(root)]
    yield shells, start
    shells[0].close()


@pytest.fixture
def shell(shells, root, request):
    """A shell at its prompt. One that a test left in disorder is replaced."""
    (present, start), failed = shells, request.session.testsfailed
    yield present[0]
    if request.session.testsfailed > failed:
        present[0].close()
        present[0] = start(root)
    else:
        present[0].run('stty $(cat /root/settings); kill -9 $(jobs -p) 2>/dev/null; wait 2>/dev/null')


def test_a_command_runs(shell):
    assert shell.run('echo $((6 * 7)); uname -s') == '42\nLinux\n'


def test_the_terminal_has_the_properties_of_linux(shell, linux_shell):
    assert shell.run('/tests/terminal') == linux_shell.run('/tests/terminal')


def test_interrupt_key_ends_the_foreground(shell):
    shell.start('sleep 100')
    shell.send(CTRL_C)
    shell.expect(console.PROMPT)
    assert shell.status() == '130'


def test_interrupt_key_reaches_a_whole_pipeline(shell):
    shell.start('sleep 100 | cat | cat')
    shell.send(CTRL_C)
    shell.expect(console.PROMPT)
    assert shell.run('ps | grep -c "[s]leep 100"').strip() == '0'


def test_quit_key_ends_the_foreground(shell):
    shell.start('sleep 100')
    shell.send(CTRL_BACKSLASH)
    shell.expect(console.PROMPT)
    assert shell.status() == '131'


def test_stop_key_and_job_control(shell):
    shell.start('sleep 100')
    shell.send(CTRL_Z)
    shell.expect('Stopped')
    shell.expect(console.PROMPT)
    assert 'Stopped' in shell.run('jobs')
    shell.run('bg %1')
    assert 'Running' in shell.run('jobs')
    shell.start('fg %1', 'sleep 100')
    shell.send(CTRL_C)
    shell.expect(console.PROMPT)
    assert shell.run('jobs') == ''


def test_background_reader_is_stopped(shell):
    shell.run('{ cat & }')
    assert 'Stopped (tty input)' in shell.run('sleep 0.2; jobs')
    shell.start('fg', 'cat')
    shell.send('to the foreground\r')
    shell.expect('to the foreground\r\nto the foreground')
    shell.send(CTRL_D)
    shell.expect(console.PROMPT)


def test_background_writer_is_stopped_where_asked(shell):
    shell.run('stty tostop; { (echo from behind) & }')
    assert 'Stopped (tty output)' in shell.run('stty -tostop; sleep 0.2; jobs')
    assert 'from behind' in shell.run('fg')


def test_lines_are_edited(shell):
    shell.start('cat')
    shell.send(f'wrong{CTRL_U}helpp{DELETE} two words{CTRL_W}things\r')
    shell.expect('help two things\r\n')
    shell.send(CTRL_D)
    shell.expect(console.PROMPT)


def test_end_of_file_in_the_middle_of_a_line(shell):
    shell.start('cat')
    shell.send(f'half{CTRL_D}')
    shell.expect('halfhalf')
    shell.send(CTRL_D)
    shell.expect(console.PROMPT)


def test_output_is_held_and_goes_on(shell):
    shell.start('sleep 0.3; echo "held ""back"')
    shell.send(CTRL_S)
    assert shell.silent(0.8)
    shell.send(CTRL_Q)
    shell.expect('held back')
    shell.expect(console.PROMPT)


def test_window_size(shell):
    assert shell.run('stty size') == '24 80\n'
    assert shell.run('stty rows 40 columns 100; stty size') == '40 100\n'
    resize = "trap 'echo resized' WINCH; stty rows 24 columns 80; :"
    assert shell.run(f'sh -c "{resize}"') == 'resized\n'


def test_single_keys(shell):
    shell.start('read -r -s -n 3 keys')
    shell.send('abc')
    shell.expect(console.PROMPT)
    assert shell.run('echo "got $keys"') == 'got abc\n'
    shell.start('read -t 1 nothing', None)
    shell.expect(console.PROMPT)


def test_history_and_completion(shell):
    shell.run('echo first entry')
    shell.send('\x1b[A')
    shell.send('\r')
    shell.expect('first entry\r\n')
    shell.expect(console.PROMPT)
    shell.run('touch completion-of-a-name')
    shell.send('ls comple\t\r')
    shell.expect('\r\ncompletion-of-a-name\r\n')
    shell.expect(console.PROMPT)


def test_vi(shell):
    shell.run('rm -f text')
    shell.start('vi text', 'text')
    for keys in ('ihello world\rsecond line\rthird', ESCAPE, '1G', 'yyp', ':1s/hello/bye/\r', '/second\r', 'dd', 'u',
                 'A and more', ESCAPE, '3G', 'x', 'G', 'J', 'ccreplaced', ESCAPE, '1G', 'dw', ':w\r'):
        shell.send(keys)
        if keys == ESCAPE:
            time.sleep(ESCAPE_SECONDS)
    shell.expect("'text' 4L, 47C")
    shell.send(':q\r')
    shell.expect(console.PROMPT)
    assert shell.run('cat text') == 'world\nhello world\necond line and more\nreplaced\n'


def test_vi_survives_a_stop(shell):
    shell.run('echo kept >text')
    shell.start('vi text', 'kept')
    shell.send(CTRL_Z)
    shell.expect('Stopped')
    shell.expect(console.PROMPT)
    shell.start('fg', 'kept')
    shell.send('ddifresh' + ESCAPE)
    time.sleep(ESCAPE_SECONDS)
    shell.send(':wq\r')
    shell.expect(console.PROMPT)
    assert shell.run('cat text') == 'fresh\n'


def test_less(shell):
    shell.run('seq 1 500 >numbers')
    shell.start('less numbers', '22\r\n')
    shell.send(' ')
    shell.expect('45\r\n')
    shell.send('G')
    shell.expect('500')
    shell.send('q')
    shell.expect(console.PROMPT)


def test_top(shell):
    shell.start('top', 'COMMAND')
    shell.send('q')
    shell.expect(console.PROMPT)


def test_much_output_arrives(shell):
    lines = shell.run('seq 1 3000', 60).split()
    assert lines == [str(number) for number in range(1, 3001)]


def test_much_input_arrives(shell):
    lines = [f'line {number} of the input' for number in range(200)]
    shell.start('stty -echo; md5sum; stty echo')
    for line in lines:
        shell.send(line + '\r')
    shell.send(CTRL_D)
    digest = hashlib.md5(''.join(line + '\n' for line in lines).encode()).hexdigest()
    assert shell.expect('  -\r\n', 60).endswith(digest)
    shell.expect(console.PROMPT)
