# SPDX-License-Identifier: GPL-2.0-only
"""Booting: machines, memory sizes, images, ways to end, and what the console says when a start cannot succeed."""
import subprocess

import pytest
from guestlib import ARCH, BUILD, OUT, TOP, batch, console, is_debug, kernel, machine, symbols, tree
from murrelib import machines, packages

pytestmark = pytest.mark.skipif('config.getoption("oracle_only")', reason='nothing of it runs on the oracle')

# A panic that a damaged image or a missing file may not cause.
FAULT_SIGNS = ('page fault', 'general protection', 'assertion', 'Oops', 'BUG:')

# What QEMU itself says where there is not even room for what it loads.
QEMU_REFUSALS = ('initrd is too large', 'could not load initrd', 'Not enough space for DTB')

UNDER_TINI = '''export PATH=/bin
for i in 1 2 3 4 5; do sh -c '(sleep 0.05; exit 3) &'; done
sleep 0.5
echo "process 1 is $(cat /proc/1/comm)"
echo "zombies $(cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z ')"
echo "the end"
poweroff -f
'''


@pytest.fixture(scope='module')
def root():
    made = tree.Tree('boot')
    console.prepare(made)
    return made


@pytest.fixture
def hello(root):
    """A tree whose list is one command."""
    batch.write_list(root, [batch.Command('hello', ('/bin/busybox', 'echo', 'hello from a guest'))])
    return root


@pytest.mark.parametrize('name', machines.ARCHITECTURES[ARCH]['machines'])
def test_boots_to_a_shell_on_every_machine(root, name):
    shell = console.in_guest(root, machine=name)
    try:
        assert shell.run('uname -s; echo $((6 * 7))') == 'Linux\n42\n'
        shell.send('exit\r')
        assert shell.wait_end() == 0
    finally:
        shell.close()


@pytest.mark.parametrize('mebibytes, least_kib, most_kib', [
    (14, 8 << 10, 16 << 10), (254, 240 << 10, 256 << 10), (3070, 3000 << 10, 3 << 20), (6142, 6000 << 10, 6 << 20),
])
def test_finds_its_memory(root, mebibytes, least_kib, most_kib):
    if is_debug():
        least_kib = least_kib * 6 // 7      # shadow memory takes an eighth, what is known of each page a little
    batch.write_list(root, [batch.Command('memory', ('/bin/busybox', 'awk', '/MemTotal/ { print $2 }',
                                                     '/proc/meminfo'))])
    memory = f'{mebibytes + image_mebibytes()}M'
    text, _ = machine.run_to_end(machine.command(root.write_archive(), append='rdinit=/tests/batch', memory=memory), 60)
    outcome = batch.parse(text)[0].get('memory')
    assert outcome and outcome.end == 'exit 0', text[-2000:]
    assert least_kib <= int(outcome.text) <= most_kib


def test_high_memory_can_be_used(root):
    """More than lies below the hole at 4 GiB, written and read back."""
    root.add_program(OUT / 'boot' / 'fill', 'tests/fill')
    batch.write_list(root, [batch.Command('fill', ('/tests/fill', '5000'), 100)])
    text, _ = machine.run_to_end(machine.command(root.write_archive(), memory='6G', append='rdinit=/tests/batch'), 120)
    outcome = batch.parse(text)[0].get('fill')
    assert outcome == batch.Outcome('1280000 pages, 0 wrong', 'exit 0'), text[-2000:]


def test_a_compressed_initramfs(hello):
    argv = machine.command(hello.write_archive(compressed=True), append='rdinit=/tests/batch')
    text, _ = machine.run_to_end(argv, 60)
    assert 'hello from a guest' in text, text[-2000:]


@pytest.mark.skipif(ARCH != 'x86_64', reason='the ISO image is one for PCs')
@pytest.mark.parametrize('uefi', [False, True], ids=['bios', 'uefi'])
def test_boots_from_the_iso_image(uefi):
    if uefi and is_debug():
        pytest.skip('the debug kernel reaches above 8 MiB, into memory that this firmware keeps')
    subprocess.run(['make', '-s', f'ARCH={ARCH}', f'DEBUG={int(is_debug())}', 'iso'], cwd=TOP, check=True)
    argv = [TOP / 'tools' / 'murre', 'boot', '--iso', BUILD / 'murre.iso', *(['--uefi'] if uefi else []),
            '--machine', 'q35' if uefi else 'pc']
    shell = console.Console(console.behind_a_terminal(argv), 100, '# ')
    try:
        assert shell.run('uname -s') == 'Linux\n'
        shell.send('exit\r')
        shell.wait_end()
    finally:
        shell.close()


@pytest.mark.parametrize('command', ['poweroff -f', 'reboot -f'])
def test_the_machine_ends_as_asked(root, command):
    shell = console.in_guest(root)
    try:
        shell.send(command + '\r')
        assert shell.wait_end() == 0
    finally:
        shell.close()


def test_a_halted_machine_stays(root):
    shell = console.in_guest(root)
    try:
        shell.start('halt -f')
        shell.silent(2)
        shell.send('\r')
        assert shell.silent(1)
    finally:
        shell.close()


def test_no_init_says_what_was_tried(root):
    empty = OUT / 'empty.cpio'
    empty.write_bytes(tree.archive_of({'/nothing': b''}))
    text, status = machine.run_to_end(machine.command(empty, quiet=False), 30)
    assert status is not None, 'panic=-1 was given, but the machine went on'
    for tried in ('/init', '/sbin/init', '/etc/init', '/bin/init', '/bin/sh'):
        assert tried in text, text
    assert 'panic' in text
    text, _ = machine.run_to_end(machine.command(empty, append='init=/my/own', quiet=False), 30)
    assert '/my/own' in text, text
    text, _ = machine.run_to_end(machine.command(empty, append='rdinit=/my/first', quiet=False), 30)
    assert '/my/first' in text, text


def test_no_initramfs_at_all():
    text, status = machine.run_to_end(machine.command(None, quiet=False), 30)
    assert status is not None and '/sbin/init' in text and 'panic' in text, text


def test_an_init_that_cannot_run_is_named(root):
    image = OUT / 'badinit.cpio'
    image.write_bytes(tree.archive_of({'/init': b'\x7fELF'}))
    text, _ = machine.run_to_end(machine.command(image, quiet=False), 30)
    assert '/init' in text and 'panic' in text, text


def test_the_end_of_init_is_a_panic_that_says_so(root):
    root.add_text('tests/end.sh', '#!/bin/sh\nexit 3\n', 0o755)
    argv = machine.command(root.write_archive(), append='rdinit=/tests/end.sh', quiet=False)
    text, status = machine.run_to_end(argv, 30)
    assert status is not None and 'panic' in text and 'init' in text, text


def image_mebibytes():
    """Memory up to the end of the kernel's image: 2 MiB; debug kernels are larger."""
    address = {name: int(value, 16) for value, _, name in (line.split() for line in symbols(kernel()).splitlines())}
    return (address['kernel_end'] - address['kernel_start']) // (1 << 20) + 2


@pytest.mark.parametrize('more', [2, 3, 4])
def test_too_little_memory_is_said(root, more):
    """The kernel alone starts; what it is given to unpack does not fit."""
    memory = f'{image_mebibytes() + more}M'
    text, _ = machine.run_to_end(machine.command(root.write_archive(), memory=memory, quiet=False), 8)
    assert any(words in text for words in ('memory', *QEMU_REFUSALS)), text


def test_panic_report():
    root = tree.Tree('panic')
    console.prepare(root)
    shell = console.in_guest(root)
    try:
        shell.send('echo c >/proc/sysrq-trigger\r')
        text = shell.read_to_end()
    finally:
        shell.close()
    assert 'panic' in text and 'sysrq' in text, text
    assert 'sh' in text, 'the process is not named'
    assert len([line for line in text.splitlines() if '+0x' in line]) >= 3, f'no symbolised backtrace:\n{text}'


def test_panic_waits_where_asked():
    text, status = machine.run_to_end(machine.command(None, append='panic=0', quiet=False), 6)
    assert 'panic' in text and status is None


def damaged_archives():
    """(name, bytes) of initramfs images with one thing wrong each."""
    good = tree.archive_of({'/a': b'text of a', '/d/b': b'text of b' * 100, '/tests/batch': b''})
    yield 'half', good[:len(good) // 2]
    yield 'one-byte', good[:1]
    yield 'header-only', good[:110]
    yield 'bad-magic', good.replace(b'070701', b'070708', 2)
    yield 'bad-digits', good[:6] + b'ZZZZZZZZ' * 13 + good[110:]
    yield 'huge-name', good[:94] + b'FFFFFFFF' + good[102:]
    yield 'zero-name', good[:94] + b'00000000' + good[102:]
    yield 'huge-file', good[:54] + b'FFFFFFF0' + good[62:]
    yield 'no-trailer', good[:good.rindex(b'070701')]
    yield 'upward-path', tree.archive_of({'/../../etc/passwd': b'x', '/x/../../y': b'x'})
    yield 'file-as-folder', tree.archive_of({'/f': b'x', '/f/g': b'x'})
    yield 'random', bytes((i * 7919 + i // 251) & 255 for i in range(50000))
    yield 'gzip-cut', tree.compress(good)[:100]
    yield 'gzip-damaged', tree.compress(good)[:60] + bytes(40) + tree.compress(good)[100:]


@pytest.mark.parametrize('name, data', [pytest.param(*case, id=case[0]) for case in damaged_archives()])
def test_a_damaged_initramfs_is_reported(name, data):
    image = OUT / 'damaged.cpio'
    image.write_bytes(data)
    text, status = machine.run_to_end(machine.command(image, quiet=False), 20)
    assert status is not None, f'no end:\n{text[-1500:]}'
    assert 'init' in text, text[-1500:]
    report = text[text.find('panic'):]
    assert not any(sign in report for sign in FAULT_SIGNS), report


def test_archives_may_follow_each_other(hello):
    image = OUT / 'double.cpio'
    image.write_bytes(tree.archive_of({'/first': b'x'}) + bytes(1024) + hello.archive())
    text, _ = machine.run_to_end(machine.command(image, append='rdinit=/tests/batch'), 60)
    assert 'hello from a guest' in text, text[-2000:]



def test_starts_again_and_again(hello):
    """A start that fails once in a while fails someone's machine."""
    image = hello.write_archive()
    for number in range(10):
        name = machines.default_machine(ARCH, ('run', 'boot')[number % 2])
        text, status = machine.run_to_end(machine.command(image, machine=name, append='rdinit=/tests/batch'), 30)
        assert 'hello from a guest' in text and status == 0, f'start {number} on {name}: {text[-2000:]}'


def test_tini_as_the_first_process():
    """Debian's tini-static as process 1: it reaps what others leave behind."""
    root = tree.Tree('tini')
    root.add_program(packages.program(ARCH, '/usr/bin/tini-static'), 'bin/tini-static')
    root.add_text('init', '#!/bin/sh\nmount -t proc proc /proc\nexec /bin/tini-static -- sh /tests/under-tini.sh\n', 0o755)
    root.add_text('tests/under-tini.sh', UNDER_TINI)
    text, status = machine.run_to_end(machine.command(root.write_archive()), 60)
    assert text.splitlines()[-3:] == ['process 1 is tini-static', 'zombies 0', 'the end'] and status == 0, text
