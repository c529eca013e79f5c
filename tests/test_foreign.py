# SPDX-License-Identifier: GPL-2.0-only
"""An emulator as a guest program: Debian's qemu-user-static runs busybox of the other architecture on the kernel."""
import pytest
from guestlib import ARCH, TOP, batch
from murrelib import packages

OTHER = {'x86_64': 'aarch64', 'aarch64': 'x86_64'}[ARCH]
EMULATOR = f'/usr/bin/qemu-{OTHER}-static'
COMMANDS = [batch.Command('foreign', ('/bin/busybox', 'sh', '/tests/foreign.sh'), 150)]


def prepare(root):
    root.add_program(packages.program(ARCH, EMULATOR), 'bin/emulator')
    root.add_program(packages.program(OTHER, '/bin/busybox'), 'foreign/busybox')
    root.add_program(TOP / 'tests' / 'guest' / 'foreign.sh', 'tests/foreign.sh')


@pytest.fixture(scope='module')
def foreign(comparison):
    return comparison('foreign', COMMANDS, prepare, memory='512M')


def test_an_emulator_runs_a_foreign_busybox(foreign):
    foreign.check('foreign')
