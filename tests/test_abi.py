# SPDX-License-Identifier: GPL-2.0-only
"""System calls, one program per area: each states facts, and the same binary must state the same on Linux and on
Murre."""
import pytest
from guestlib import OUT, TOP, batch

NAMES = sorted(path.stem for path in (TOP / 'tests' / 'abi').glob('*.c'))


@pytest.fixture(scope='module')
def facts(comparison):
    def prepare(root):
        for name in NAMES:
            root.add_program(OUT / 'abi' / name, f'tests/abi/{name}')

    commands = [batch.Command(name, (f'/tests/abi/{name}',), 60) for name in NAMES]
    return comparison('abi', commands, prepare)


@pytest.mark.parametrize('name', NAMES)
def test_facts_are_those_of_linux(facts, name):
    facts.check(name)
