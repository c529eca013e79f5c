#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares the kernel with its raw twin (tests/cost) on six paths: instructions that one call executes, as QEMU counts
them, and bytes of the functions on the path. Fails where the handles take more than 2 % more instructions."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from murrelib import ROOT, Failure, build_path, initrd, machines  # noqa: E402

LIMIT = 1.02
DOCUMENT = ROOT / 'docs' / 'handles.md'
BEGIN, END = '<!-- made by tools/cost.py --write -->', '<!-- end -->'
LINE = re.compile(r'^path (.+): (\d+)', re.M)

# The functions of each path that differ, with their twins' names where these are others; what was inlined counts with its
# caller, so that what is inlined off the path is listed, too.
FUNCTIONS = {
    'read of a byte': 'sys_read fd_loan file_read object_read=raw_read vm_object_read vm_object_page_peek io_iter_user '
                      'io_put',
    'open and close': 'open_call open_path=raw_open_path fd_reserve=raw_number_take fd_install=raw_number_fill '
                      'fd_slot_free=raw_number_put file_open open_place=raw_open_place may_open=raw_may_open '
                      'open_inode=raw_open_inode path_lookup=raw_path_find lookup_counted=raw_find_counted '
                      'walk_begin=raw_begin start_rcu=raw_start start_counted start_place walk_whole=raw_whole '
                      'walk_parent=raw_parent walk_take=raw_take file_draft_new file_publish sys_close '
                      'fd_close file_close=raw_file_close slot_take=raw_slot_take file_release file_end=raw_file_end '
                      'file_discard',
    'pipe write': 'sys_write fd_loan file_write pipe_write ring_write=raw_ring_write ring_append=raw_ring_append '
                  'ring_fill_slot=raw_ring_fill_slot write_turn=raw_write_turn io_iter_user io_get',
    'fork': 'process_clone process_draft=raw_process_draft thread_fill=raw_thread_fill thread_inherit '
            'process_publish=raw_process_publish vm_space_fork layout_copy=raw_layout_copy pages_copy=raw_pages_copy '
            'leaf_copy=raw_leaf_copy flags_check=raw_flags_check numbers_check=raw_numbers_check thread_publish '
            'vfork_wait_for policy_inherit',
    'page fault': 'fault_handle vm_fault fault_locked=raw_fault_locked anonymous_fault=raw_anonymous_fault page_alloc '
                  'object_read_fault object_copy_fault write_fault map_around stack_grow=raw_stack_grow',
    'dup': 'sys_dup fd_get_any fd_get_masked=raw_get_masked fd_publish fd_reserve=raw_number_take '
           'fd_install=raw_number_fill',
}


def boot_image(arch):
    """An initramfs with the program that measures and the file that it opens."""
    with tempfile.TemporaryDirectory() as tree:
        shutil.copy(build_path(arch, 'user/paths'), f'{tree}/init')
        folder = pathlib.Path(tree, 'data/some')
        folder.mkdir(parents=True)
        (folder / 'file').write_bytes(b'x' * 4096)
        return initrd.pack(tree)


def instructions(arch, kernel, image):
    """{path: instructions of one call}."""
    argv = machines.command(arch, 'microvm' if arch == 'x86_64' else 'virt', '256M', 1, counted=True)
    argv += ['-serial', 'stdio', '-kernel', str(kernel), '-initrd', image,
             '-append', f'console={machines.console(arch)} quiet panic=-1']
    output = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False).stdout
    return {name: int(count) for name, count in LINE.findall(output.decode(errors='replace'))}


def sizes(kernel):
    """{function: bytes}, with the parts that the compiler split off."""
    table = {}
    for line in subprocess.run(['nm', '-S', kernel], check=True, capture_output=True, text=True).stdout.splitlines():
        words = line.split()
        if len(words) == 4 and words[2] in 'tT':
            name = words[3].split('.')[0]
            table[name] = table.get(name, 0) + int(words[1], 16)
    return table


def compare(arch, kernel, raw):
    """Rows (path, instructions, bytes, raw instructions, raw bytes)."""
    with tempfile.NamedTemporaryFile() as image:
        image.write(boot_image(arch))
        image.flush()
        taken, raw_taken = (instructions(arch, k, image.name) for k in (kernel, raw))
    bytes_of, raw_bytes_of = sizes(kernel), sizes(raw)
    for path, names in FUNCTIONS.items():
        if path not in taken or path not in raw_taken:
            raise Failure(f'{path}: not measured')
        pairs = [name.partition('=') for name in names.split()]
        yield (path, taken[path], sum(bytes_of.get(name, 0) for name, _, _ in pairs),
               raw_taken[path], sum(raw_bytes_of.get(twin or name, 0) for name, _, twin in pairs))


def write_section(rows):
    """Puts the table between the two markers of docs/handles.md."""
    before, begin, rest = DOCUMENT.read_text(encoding='utf-8').partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise Failure(f'{DOCUMENT}: the markers are missing')
    table = ['', '', '| path | handles: instructions | bytes | raw: instructions | bytes | ratio |',
             '|---|---|---|---|---|---|', *(f'| {" | ".join(row)} |' for row in rows), '', '']
    DOCUMENT.write_text(before + begin + '\n'.join(table) + end + after, encoding='utf-8')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('.', maxsplit=1)[0])
    parser.add_argument('--arch', default='x86_64', choices=machines.ARCHITECTURES)
    parser.add_argument('--kernel', type=pathlib.Path, required=True)
    parser.add_argument('--raw', type=pathlib.Path, required=True)
    parser.add_argument('--write', action='store_true', help='put the table into docs/handles.md as well')
    args = parser.parse_args()
    rows, worst = [], 0
    print(f'{"path":16}{"handles":>9}{"bytes":>7}{"raw":>9}{"bytes":>7}{"ratio":>8}')
    for path, count, size, raw_count, raw_size in compare(args.arch, args.kernel, args.raw):
        ratio = count / raw_count
        worst = max(worst, ratio)
        rows.append((path, f'{count:,}', f'{size:,}', f'{raw_count:,}', f'{raw_size:,}', f'{ratio:.3f}'))
        print(f'{path:16}{count:9,}{size:7,}{raw_count:9,}{raw_size:7,}{ratio:8.3f}', flush=True)
    if args.write:
        write_section(rows)
    if worst > LIMIT:
        raise Failure(f'handles take up to {worst:.3f} times the instructions of raw C; the limit is {LIMIT}')
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Failure as error:
        sys.exit(f'cost: {error}')
