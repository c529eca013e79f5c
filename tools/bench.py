#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints the figures of docs/performance.md that a boot tells: virtual time from power-on to the first process, size of
the image, least memory. One executed guest instruction is one nanosecond of virtual time, so a figure that moves is a
change of the kernel, the image or QEMU, whatever else the host does."""
import argparse
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from murrelib import ROOT, Failure, build_path, initrd, machines  # noqa: E402

INITRAMFS_SIZE = 2 << 20
DOCUMENT = ROOT / 'docs' / 'performance.md'
BEGIN, END = '<!-- made by tools/bench.py --write -->', '<!-- end -->'
STAMP = re.compile(rb'first instruction at (\d+) ns')


def boot_image(arch):
    """An initramfs of 2 MB whose first process tells the time."""
    with tempfile.TemporaryDirectory() as tree:
        shutil.copy(build_path(arch, 'user/stamp'), f'{tree}/init')
        pathlib.Path(tree, 'ballast').write_bytes(random.Random(1).randbytes(INITRAMFS_SIZE))
        return initrd.pack(tree)


def boot_time(arch, machine, kernel, image):
    """Milliseconds of virtual time until /init runs, or None where it never does."""
    argv = machines.command(arch, machine, '256M', 1, counted=True)
    argv += ['-serial', 'stdio', '-kernel', str(kernel), '-initrd', image,
             '-append', f'console={machines.console(arch)} quiet panic=-1']
    try:
        output = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False).stdout
    except subprocess.TimeoutExpired as error:
        output = error.stdout or b''
    match = STAMP.search(output)
    return int(match[1]) / 1e6 if match else None


def image_size(kernel):
    """Bytes of text and data."""
    text, data, *_ = subprocess.run(['size', kernel], check=True, capture_output=True,
                                    text=True).stdout.splitlines()[1].split()
    return int(text) + int(data)


def least_memory(arch, kernel):
    """The fewest MiB in which a busybox runs, up to 256."""
    def runs(megabytes):
        command = [ROOT / 'tools/murre', 'run', '--arch', arch, '--kernel', kernel, '--mem', f'{megabytes}M',
                   '--timeout', '30', '--', '/bin/busybox', 'true']
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    low, high = 2, 256
    if not runs(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if runs(middle) else (middle, high)
    return high


def figures(arch, kernel):
    """(name, value, unit) of everything, as it is measured; a value of None: it did not boot."""
    with tempfile.NamedTemporaryFile() as image:
        image.write(boot_image(arch))
        image.flush()
        for machine in machines.ARCHITECTURES[arch]['machines']:
            yield f'power-on to /init, {machine}', boot_time(arch, machine, kernel, image.name), 'ms (virtual)'
    yield 'text and data of the kernel', image_size(kernel) / 1024, 'KiB'
    yield 'least memory for busybox', least_memory(arch, kernel), 'MiB'


def write_section(rows):
    """Puts the figures between the two markers of docs/performance.md."""
    before, begin, rest = DOCUMENT.read_text(encoding='utf-8').partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise Failure(f'{DOCUMENT}: the markers are missing')
    table = ['', '', '| figure | value |', '|---|---|', *(f'| {name} | {text} |' for name, text in rows), '', '']
    DOCUMENT.write_text(before + begin + '\n'.join(table) + end + after, encoding='utf-8')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('.')[0])
    parser.add_argument('--arch', default='x86_64', choices=machines.ARCHITECTURES)
    parser.add_argument('--kernel', type=pathlib.Path)
    parser.add_argument('--write', action='store_true', help='put the figures into docs/performance.md as well')
    args = parser.parse_args()
    rows = []
    for name, value, unit in figures(args.arch, args.kernel or build_path(args.arch, 'murre')):
        rows.append((name, 'does not boot' if value is None else f'{value:,.2f} {unit}'))
        print(f'{name:34}{rows[-1][1]:>24}', flush=True)
    if args.write:
        write_section(rows)
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Failure as error:
        sys.exit(f'bench: {error}')
