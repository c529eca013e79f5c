# SPDX-License-Identifier: GPL-2.0-only
"""Hostile programs: damaged ELF files, wild code, random calls, and takers of everything. The kernel answers each with
an errno or a signal, and the guest goes on."""
import re

import pytest
from guestlib import OUT, batch

ELF_SEEDS = (1, 2, 3)
ELF_MUTATIONS = 140
# Linux runs some files that contradict themselves; Murre refuses those, but it is to run what is merely odd.
STILL_RUNS = 0.9
# How the taking ends, unless by a signal.
REFUSALS = ('EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ENOSPC', 'the bomb is over')
EXHAUSTED = ('memory', 'stack', 'pipes', 'files', 'threads', 'maps', 'tmpfs', 'forks')

DAMAGED = [batch.Command(f'elf{seed}', ('/tests/mutate_elf', '/tests/tiny', str(seed), str(ELF_MUTATIONS)), 120)
           for seed in ELF_SEEDS]
HOSTILE = [
    batch.Command('wild', ('/tests/wild', '7', '120'), 120),
    batch.Command('storm', ('/tests/storm', '11', '30', '400'), 120),
    batch.Command('after', ('/bin/busybox', 'sh', '-c', 'echo still here | tr a-z A-Z')),
]


def prepare(root):
    for name in ('mutate_elf', 'wild', 'storm', 'exhaust'):
        root.add_program(OUT / 'bad' / name, f'tests/{name}')
    root.add_program(OUT / 'guest' / 'tiny', 'tests/tiny')


@pytest.fixture(scope='module')
def hostile(comparison):
    return comparison('hostile', HOSTILE, prepare, on_oracle=False)


@pytest.fixture(scope='module')
def damaged(comparison):
    """The ELF files alone, on both kernels; a tiny program without rights to do harm, in a namespace of its own."""
    return comparison('damaged', DAMAGED, prepare)


@pytest.fixture(scope='module')
def exhausting(comparison):
    answers = ('sh', '-c', 'seq 1 1000 | sort -n | tail -n 1; echo $((6 * 7))')
    commands = [command for kind in EXHAUSTED
                for command in (batch.Command(kind, ('/tests/exhaust', kind), 60),
                                batch.Command(f'after-{kind}', ('/bin/busybox', *answers)))]
    return comparison('exhausting', commands, prepare, on_oracle=False, memory='64M')


@pytest.mark.parametrize('seed', ELF_SEEDS)
def test_damaged_elf_files_end_alone(damaged, seed):
    linux, guest = damaged.outcomes(f'elf{seed}')
    guest = guest or linux
    assert guest.end == 'exit 0', guest.text[-2000:]
    ends = re.findall(r'^(?:errno \d+ )?mutation (\d+) (?:exit|signal) \d+$', guest.text, re.M)
    assert [int(number) for number in ends] == list(range(ELF_MUTATIONS))
    errnos = set(re.findall(r'^errno (\d+)', guest.text, re.M))
    enoent, enoexec, enomem, einval = '2', '8', '12', '22'
    assert errnos <= {enoent, enoexec, enomem, einval, '5', '80'}, f'unexpected errno among {errnos}'
    assert enoexec in errnos
    pairs = [pair for pair in zip(linux.lines(), guest.lines()) if pair[0].endswith(' exit 42')]
    alike = sum(one == other for one, other in pairs)
    assert alike >= len(pairs) * STILL_RUNS, f'{alike} of {len(pairs)} that run on Linux'


@pytest.mark.parametrize('name, last', [('wild', '120 of 120 ended'), ('storm', '30 children, all ended: 1'),
                                        ('after', 'STILL HERE')])
def test_wild_programs_end_alone(hostile, name, last):
    _, guest = hostile.outcomes(name)
    assert (guest.end, guest.text.splitlines()[-1:]) == ('exit 0', [last]), guest.text[-2000:]


@pytest.mark.parametrize('kind', EXHAUSTED)
def test_exhaustion_ends_in_an_error_and_the_shell_answers(exhausting, kind):
    _, guest = exhausting.outcomes(kind)
    killed = guest.end in ('signal 9', 'signal 11')
    refused = guest.end == 'exit 0' and any(reason in guest.text for reason in REFUSALS)
    assert killed or refused, f'{guest.end}\n{guest.text[-2000:]}'
    _, after = exhausting.outcomes(f'after-{kind}')
    assert (after.end, after.text) == ('exit 0', '1000\n42'), after.text[-2000:]
