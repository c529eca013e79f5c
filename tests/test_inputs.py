# SPDX-License-Identifier: GPL-2.0-only
"""Real programs, as Debian ships them or as its compilers build them: each says on Murre what it says on Linux."""
import pytest
from guestlib import ARCH, OUT, TOP, batch
from murrelib import packages

GUEST = TOP / 'tests' / 'guest'
PACKAGED = {
    'bin/bash-static': '/bin/bash-static',
    'bin/zsh-static': '/bin/zsh-static',
    'bin/sash': '/bin/sash',
    'sbin/ldconfig': '/sbin/ldconfig',
    'bin/tini-static': '/usr/bin/tini-static',
}
BUILT = ('exercise-musl', 'exercise-glibc', 'exercise-pie', 'exceptions', 'routines')
COMMANDS = [
    batch.Command('busybox', ('/bin/busybox', 'sh', '/tests/busybox.sh'), 120),
    batch.Command('bash', ('/bin/bash-static', '/tests/bash.sh'), 60),
    batch.Command('zsh', ('/bin/zsh-static', '-f', '/tests/zsh.sh'), 60),
    batch.Command('sash', ('/bin/busybox', 'sh', '-c', 'cat /tests/sash.txt | /bin/sash'), 30),
    batch.Command('ldconfig', ('/bin/busybox', 'sh', '/tests/ldconfig.sh'), 30),
    batch.Command('tini', ('/bin/busybox', 'sh', '/tests/tini.sh'), 30),
    *(batch.Command(name, (f'/tests/{name}',), 60) for name in BUILT),
]


def prepare(root):
    for where, source in PACKAGED.items():
        root.add_program(packages.program(ARCH, source), where)
    for name in ('busybox.sh', 'bash.sh', 'zsh.sh', 'sash.txt', 'ldconfig.sh', 'tini.sh'):
        root.add_program(GUEST / name, f'tests/{name}')
    for name in BUILT:
        root.add_program(OUT / 'guest' / name, f'tests/{name}')


@pytest.fixture(scope='module')
def inputs(comparison):
    return comparison('inputs', COMMANDS, prepare, memory='512M')


@pytest.mark.parametrize('name', [command.name for command in COMMANDS])
def test_says_what_it_says_on_linux(inputs, name):
    inputs.check(name)
