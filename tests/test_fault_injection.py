# SPDX-License-Identifier: GPL-2.0-only
"""Fault injection: the n-th allocation, user copy or page read of a call fails, for every n. Each program of tests/fault
walks through the calls of an area (tests/fault/walk.h) and complains of undocumented errnos, half-done calls, and
memory that is lost. Only the debug kernel can do this: elsewhere the file /proc/PID/fail-nth is absent."""
import re

import pytest
from guestlib import OUT, TOP, batch, is_debug, machine, tree

NAMES = sorted(path.stem for path in (TOP / 'tests' / 'fault').glob('*.c'))
STEPS_AT_LEAST = 200
# The failure that the first process meets on its way to its program; late ones come when that runs already.
BOOT_FAILURES = ('alloc,1', 'alloc,4', 'alloc,12', 'alloc,24', 'alloc,40', 'alloc,80', 'copy,1', 'read,1', 'read,3')

pytestmark = pytest.mark.skipif(not is_debug(), reason='the debug kernel alone has /proc/PID/fail-nth')


@pytest.fixture(scope='module')
def walks(comparison):
    def prepare(root):
        for name in NAMES:
            root.add_program(OUT / 'fault' / name, f'tests/fault/{name}')

    commands = [batch.Command(name, (f'/tests/fault/{name}',), 120) for name in NAMES]
    return comparison('fault', commands, prepare, on_oracle=False)


@pytest.mark.parametrize('name', NAMES)
def test_each_failure_is_told_and_changes_nothing(walks, name):
    _, guest = walks.outcomes(name)
    wrong = [line for line in guest.lines() if line.startswith('WRONG')]
    assert not wrong, '\n'.join(wrong[:40])
    assert guest.end == 'exit 0', guest.text[-2000:]


def test_the_walk_covers_enough(walks):
    """Steps, and failures of each kind, so that a kernel without hooks does not pass."""
    steps, kinds = 0, {'alloc': 0, 'copy': 0, 'short': 0, 'read': 0}
    for name in NAMES:
        _, guest = walks.outcomes(name)
        for line in re.findall(r'^.*: alloc \d+ copy \d+ short \d+ read \d+$', guest.text, re.M):
            steps += 1
            for kind, count in re.findall(r'(\w+) (\d+)', line.rpartition(': ')[2]):
                kinds[kind] += int(count)
    assert steps >= STEPS_AT_LEAST
    assert kinds['alloc'] > 800 and kinds['copy'] > 600 and kinds['short'] > 200 and kinds['read'] > 50, kinds


@pytest.mark.parametrize('failure', BOOT_FAILURES)
def test_a_failure_on_the_way_to_the_first_program_is_told(failure):
    """Either the program runs, perhaps without something, or the kernel says why there is none."""
    root = tree.Tree('fault-boot')
    root.add_text('init', '#!/bin/sh\necho the program runs\npoweroff -f\n', 0o755)
    argv = machine.command(root.write_archive(), append=f'init=/init fault={failure}', quiet=False)
    text, status = machine.run_to_end(argv, 60)
    ends = re.findall(r'Kernel panic - not syncing: (.*)', text)
    runs = 'the program runs' in text
    told = [end for end in ends if re.match(r'The first process cannot be made: ENOMEM|No program to start with'
                                            r'|Attempted to kill init', end)]
    assert status is not None and (runs or told) and len(ends) == len(told), text[-3000:]
