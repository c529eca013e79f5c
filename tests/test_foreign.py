# SPDX-License-Identifier: GPL-2.0-only
"""An emulator as a guest program: Debian's qemu-aarch64-static runs Debian's aarch64 busybox on the kernel."""
import subprocess

import pytest
from guestlib import OUT, TOP, batch

FOREIGN = OUT / 'arm64'
COMMANDS = [batch.Command('foreign', ('/bin/busybox', 'sh', '/tests/foreign.sh'), 150)]


def prepare(root):
    subprocess.run([TOP / 'tools' / 'fetch_package.sh', 'arm64', 'busybox-static', FOREIGN], check=True)
    root.add_program('/usr/bin/qemu-aarch64-static', 'bin/qemu-aarch64-static')
    root.add_program(FOREIGN / 'root' / 'bin' / 'busybox', 'foreign/busybox')
    root.add_program(TOP / 'tests' / 'guest' / 'foreign.sh', 'tests/foreign.sh')


@pytest.fixture(scope='module')
def foreign(comparison):
    return comparison('foreign', COMMANDS, prepare, memory='512M')


def test_an_emulator_runs_a_foreign_busybox(foreign):
    foreign.check('foreign')
