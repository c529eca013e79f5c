#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs one program of tests/abi on Linux and on Murre and shows both outputs beside each other, as diff(1) does."""
import subprocess
import sys

from guestlib import OUT, batch, oracle, tree


def main():
    name = sys.argv[1]
    tree.make()
    root = tree.Tree('side-by-side')
    root.add_program(OUT / 'abi' / name, f'tests/abi/{name}')
    command = batch.Command(name, (f'/tests/abi/{name}',), 60)
    sides = []
    for kernel, said in (('Linux', oracle.ask(root, [command])), ('Murre', batch.on_guest(root, [command]))):
        file = OUT / f'{name}.{kernel}'
        file.write_text('\n'.join(said[name].lines()) + '\n')
        sides.append(file)
    print(f'{"Linux":<86} Murre')
    return subprocess.run(['diff', '--side-by-side', '--expand-tabs', '--width=170', *sides], check=False).returncode


if __name__ == '__main__':
    sys.exit(main())
