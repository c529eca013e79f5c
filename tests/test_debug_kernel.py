# SPDX-License-Identifier: GPL-2.0-only
"""The debug kernel's watchers: each is provoked once (include/murre/provoke.h) and must stop the kernel with a report
that names what was wrong and where. And the ordinary kernel must have nothing of them."""
import re

import pytest
from guestlib import BUILD, batch, console, is_debug, kernel, machine, symbols, tree

pytestmark = pytest.mark.skipif('config.getoption("oracle_only")', reason='nothing of it runs on the oracle')
on_debug = pytest.mark.skipif(not is_debug(), reason='needs the debug kernel: make DEBUG=1 test')

# Name: (what the panic says, what the report names besides).
REPORTS = {
    'ubsan-shift': (r"undefined behaviour at kernel/core/provoke_debug.c:\d+:\d+: 1 of type 'int' shifted by 33", r'shift'),
    'ubsan-divide': (r"undefined behaviour at kernel/core/provoke_debug.c:\d+:\d+: 6 divided by 0 in 'int'", r'divide'),
    'ubsan-builtin': (r'undefined behaviour at kernel/core/provoke_debug.c:\d+:\d+: the first or last set bit of 0',
                      r'count_zeros'),
    'ubsan-index': (r"undefined behaviour at kernel/core/provoke_debug.c:\d+:\d+: index 6 outside 'uint8_t \[5\]'", r'index'),
    'ubsan-alignment': (r"undefined behaviour at kernel/core/provoke_debug.c:\d+:\d+: address 0x\w+ for "
                        r"'volatile uint64_t', which needs alignment 8", r'misalign'),
    'lock-order': (r'lock order: provoked_outer \(rank 30\) taken in order\+0x\w+ '
                   r'while provoked_inner \(rank 160\), taken in order\+0x\w+, is held', r'holds provoked_inner'),
    'sleep-in-atomic': (r'schedule may sleep, but preemption is off', r'sleep\+0x'),
    'lock-kept': (r'a call ends and holds provoked_outer, taken in keep_lock\+0x\w+', r'syscall_dispatch\+0x'),
    'preemption-kept-off': (r'a call ends with preemption off \(1\)', r'syscall_dispatch\+0x'),
    'stack-overflow': (r'kernel stack overflow', r'deepen\+0x'),
    'stack-margin': (r'stack of sh: fewer than \d+ of \d+ bytes were left', r'syscall_dispatch\+0x'),
    'double-free': (r'slab: freed twice: object 0x\w+ of cache bytes-48',
                    r'allocated by task \d+:(?s:.*)double_free\+0x(?s:.*)freed by task \d+:(?s:.*)double_free\+0x'),
    'middle-free': (r'slab: freed at another place than its start: object 0x\w+ of cache bytes-48', r'middle_free\+0x'),
    'other-cache-free': (r'slab: freed to another cache: object 0x\w+ of cache bytes-48', r'other_cache_free\+0x'),
    'slab-late-write': (r'slab: write to a free object: byte 3 of object 0x\w+ of cache bytes-48 is 0x1',
                        r'freed by task \d+:(?s:.*)late_write\+0x'),
    'slab-beyond-write': (r'slab: write beyond the object: byte 43 of object 0x\w+ of cache bytes-48 is 0x1',
                          r'allocated by task \d+:(?s:.*)beyond_write\+0x'),
    'page-late-write': (r'page: write to a free page: byte 24 of frame 0x\w+',
                        r'freed by task \d+:(?s:.*)page_late_write\+0x'),
    'page-double-free': (r'page: freed twice: frame 0x\w+', r'page_double_free\+0x'),
    'handle-end-twice': (r'handle: provoked_box of 0x\w+ is used at \S+ after its end',
                         r'made at kernel/core/handle_provoke_debug.c:\d+ in end_twice\+0x(?s:.*)ended in '),
    'handle-late-use': (r'handle: provoked_box of 0x\w+ is used at kernel/core/handle_provoke_debug.c:\d+ after its end',
                        r'made at kernel/core/handle_provoke_debug.c:\d+ in late_use\+0x'),
    'handle-raw-twice': (r'handle: a raw provoked_box of 0x\w+ is ended or taken back in raw_twice\+0x', r'raw_twice\+0x'),
    'kasan-slab-read': (r'KASAN: slab-out-of-bounds: read of 1 bytes at 0x\w+ in read_from\+0x',
                        r'byte 43 of an object of cache bytes-48(?s:.*)allocated by task \d+:(?s:.*)slab_read\+0x'),
    'kasan-slab-write': (r'KASAN: slab-out-of-bounds: write of 1 bytes at 0x\w+ in write_to\+0x',
                         r'byte 43 of an object of cache bytes-48(?s:.*)allocated by task \d+:(?s:.*)slab_write\+0x'),
    'kasan-slab-fill': (r'KASAN: slab-out-of-bounds: write of 43 bytes at 0x\w+ in slab_fill\+0x',
                        r'byte 40 of an object of cache bytes-48'),
    'kasan-slab-late-read': (r'KASAN: slab-use-after-free: read of 1 bytes at 0x\w+ in read_from\+0x',
                             r'allocated by task \d+:(?s:.*)late_read\+0x(?s:.*)freed by task \d+:(?s:.*)late_read\+0x'),
    'kasan-pages-write': (r'KASAN: pages-out-of-bounds: write of 1 bytes at 0x\w+ in write_to\+0x',
                          r'allocated by task \d+:(?s:.*)pages_write\+0x'),
    'kasan-page-late-read': (r'KASAN: page-use-after-free: read of 1 bytes at 0x\w+ in read_from\+0x',
                             r'freed by task \d+:(?s:.*)page_late_read\+0x'),
    'kasan-stack-write': (r'KASAN: stack-out-of-bounds: write of 1 bytes at 0x\w+ in write_to\+0x',
                          r'of the frame of stack_write with .* room:'),
    'kasan-global-read': (r'KASAN: global-out-of-bounds: read of 1 bytes at 0x\w+ in read_from\+0x',
                          r'byte 43 of the variable constant of mm/provoke_shadow_debug.c, which has 40'),
    'kasan-global-write': (r'KASAN: global-out-of-bounds: write of 1 bytes at 0x\w+ in write_to\+0x',
                           r'byte 43 of the variable variable of mm/provoke_shadow_debug.c, which has 40'),
    # A program's address has no shadow: the look-up itself is refused.
    'kasan-wild-read': (r'general protection fault', r'read_from\+0x(?s:.*)wild_read\+0x'),
    'kasan-scope-read': (r'KASAN: stack-use-after-scope: read of 1 bytes at 0x\w+ in read_from\+0x',
                         r'of the frame of scope_read with .* inner:'),
    'refcount': (r'reference count at 0x\w+ ran out of range', r'provoke_write\+0x'),
    'kasan-wild-copy': (r'KASAN: wild access: read of 40 bytes at 0x12340005 in wild_copy\+0x', r'memcpy'),
}

# Name: what the audit of handles says of the leak.
LEAKS = {
    'handle-leak-overwritten': r'leak \d+: provoked_box of 0x\w+, made at \S+ by \d+ \(sh\) .*; in leak_overwritten\+0x',
    'handle-leak-dropped': r'leak \d+: provoked_box of 0x\w+, made at \S+ by \d+ \(sh\) .*; in leak_dropped\+0x',
    'handle-leak-inside': r'leak \d+: provoked_box of 0x\w+, made at \S+ by \d+ \(sh\) .*; in leak_inside\+0x',
    'handle-leak-raw': r'leak \d+: raw provoked_box of 0x\w+, made at \S+ by \d+ \(sh\) .*, '
                       r'owned at kernel/core/handle_provoke_debug.c:\d+; in leak_raw\+0x',
}


@pytest.fixture(scope='module')
def root():
    made = tree.Tree('provoke')
    console.prepare(made)
    return made


def provoke(root, name):
    """The console's text of one boot that ends with the provocation."""
    batch.write_list(root, [batch.Command(name, ('/bin/sh', '-c', f'echo {name} >/proc/murre/provoke'))])
    text, status = machine.run_to_end(machine.command(root.write_archive(), append='rdinit=/tests/batch'), 30)
    assert status is not None, f'no end:\n{text[-3000:]}'
    return text


@on_debug
@pytest.mark.parametrize('name', REPORTS)
def test_a_watcher_stops_the_kernel_with_a_report(root, name):
    text = provoke(root, name)
    what, where = REPORTS[name]
    assert re.search('Kernel panic - not syncing: ' + what, text), text[-4000:]
    assert re.search(where, text), text[-4000:]
    assert 'unnoticed' not in text, text[-4000:]


@on_debug
def test_every_provocation_is_in_the_table(root):
    batch.write_list(root, [batch.Command('names', ('/bin/busybox', 'cat', '/proc/murre/provoke'))])
    text, _ = machine.run_to_end(machine.command(root.write_archive(), append='rdinit=/tests/batch'), 30)
    assert set(batch.parse(text)[0]['names'].text.split()) == {*REPORTS, *LEAKS}


@on_debug
def test_leaked_handles_fail_the_command_that_leaked_them(root):
    commands = [batch.Command(name, ('/bin/sh', '-c', f'echo {name} >/proc/murre/provoke')) for name in LEAKS]
    before, after = (batch.Command(name, ('/bin/true',)) for name in ('before', 'after'))
    outcomes = batch.on_guest(root, [before, *commands, after])
    assert outcomes['before'].lines() == outcomes['after'].lines() == ['[exit 0]']
    for name, line in LEAKS.items():
        assert outcomes[name].end == 'handles leaked', outcomes[name]
        assert re.match(line, outcomes[name].text) and len(outcomes[name].lines()) == 2, outcomes[name]


@on_debug
def test_a_leak_is_told_in_the_log_when_a_process_has_ended(root):
    script = 'echo handle-leak-dropped >/proc/murre/provoke; (exit 3); sleep 2; dmesg'
    outcomes = batch.on_guest(root, [batch.Command('log', ('/bin/sh', '-c', script))])
    text = outcomes['log'].text
    assert re.search(r'handle leak 1: provoked_box of .*; in leak_dropped\+0x', text), text


@on_debug
def test_live_handles_are_counted_by_kind(root):
    show = 'sleep 1; cat /proc/murre/handles'
    script = f'exec 7</etc/passwd 8</etc/passwd 9</etc/passwd; {show}; exec 7<&- 8<&- 9<&-; {show}; :'
    outcomes = batch.on_guest(root, [batch.Command('counts', ('/bin/sh', '-c', script))])
    head, *rows = outcomes['counts'].text.splitlines()
    assert head.split() == ['handle', 'live', 'most', 'made', 'raw']
    files = [[int(word) for word in row.split()[1:]] for row in rows if row.startswith('file_box ')]
    assert len(files) == 2 and files[0][0] == files[1][0] + 3, files
    assert all(live <= most <= made and raw <= live for live, most, made, raw in files), files
    assert [row for row in rows if row.startswith('unrecorded')] == ['unrecorded 0, leaked 0'] * 2


@on_debug
def test_the_depth_of_stacks_is_told(root):
    batch.write_list(root, [batch.Command('stacks', ('/bin/sh', '-c', 'ls /bin >/dev/null; cat /proc/murre/stacks'))])
    text, _ = machine.run_to_end(machine.command(root.write_archive(), append='rdinit=/tests/batch'), 30)
    first, *rows = batch.parse(text)[0]['stacks'].lines()[:-1]
    size = int(re.fullmatch(r'size (\d+)', first)[1])
    depths = [re.fullmatch(r'(\d+) (\w+|\(faults and kernel tasks\)) (\S+)', row) for row in rows]
    assert all(depths), text
    assert 'execve' in [row[2] for row in depths], text
    bytes_used = [int(row[1]) for row in depths]
    assert bytes_used == sorted(bytes_used, reverse=True) and 500 < bytes_used[0] < size, text


def test_the_ordinary_kernel_has_no_watcher():
    image = BUILD.parent / BUILD.name.removesuffix('-debug') / 'murre'
    if is_debug() and not image.exists():
        pytest.skip(f'{image} is not built')
    found = re.findall(r'\w*(?:ubsan|asan|provo|_watch_|stack_depth|trace_here|shadow|lock_rank|handle_audit|handle_scan|_kind_)\w*', symbols(image if is_debug() else kernel()))
    assert not found, found
