# SPDX-License-Identifier: GPL-2.0-only
"""tools/check_layers.py: a tree that keeps the rules passes, and each broken rule is named with its place."""
import subprocess

import pytest

LICENCE = '/* SPDX-License-Identifier: GPL-2.0-only */\n'
CLEAN = {
    'tools/tiers.txt': '# tier and path\n2\tmm\n2\tinclude/murre/page.h\n1\tkernel\n1\tinclude/murre/lock.h\n'
                       '1\tarch\n0\tlib\n0\tinclude/murre/base\n',
    'include/murre/base/types.h': LICENCE + '#include <stdint.h>\n#include <linux/types.h>\n',
    'include/murre/lock.h': LICENCE + '#include <murre/base/types.h>\n',
    'include/murre/page.h': LICENCE + '#include <murre/lock.h>\n',
    'kernel/lock.c': LICENCE + '#include <murre/lock.h>\n',
    'mm/page.c': LICENCE + '#include <murre/page.h>\n#include "buddy.h"\n',
    'mm/buddy.h': LICENCE,
    'arch/x86_64/include/arch/cpu_impl.h': LICENCE + '#ifdef __x86_64__\n#endif\n',
}


@pytest.fixture
def check(tool, tmp_path):
    """Checks the clean tree with some files changed; returns the faults as it prints them."""
    def run(changes):
        subprocess.run(['git', 'init', '-q', tmp_path], check=True)
        for name, text in {**CLEAN, **changes}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        result = tool('check_layers.py', tmp_path)
        *faults, summary = result.stdout.splitlines()
        assert summary.startswith('check: ') and f'{len(faults)} fault' in summary
        assert result.returncode == (1 if faults else 0)
        return faults
    return run


def test_a_clean_tree_passes(check):
    assert check({}) == []


@pytest.mark.parametrize('name, text, fault', [
    ('kernel/lock.c', '#include <murre/page.h>\n', 'kernel/lock.c:2: tier 1 includes upward: include/murre/page.h'),
    ('kernel/lock.c', '#  include <murre/page.h>\n', 'kernel/lock.c:2: tier 1 includes upward'),
    ('lib/text.c', '#include "../mm/buddy.h"\n', 'lib/text.c:2: tier 0 includes upward: mm/buddy.h'),
    ('lib/text.c', '#include <arch/cpu_impl.h>\n', 'lib/text.c:2: tier 0 includes upward: arch/x86_64/include/arch/cpu'),
    ('mm/page.c', '#include <stdio.h>\n', 'mm/page.c:2: include of an unknown header: stdio.h'),
    ('fs/inode.c', '', 'fs/inode.c: no tier covers this file'),
    ('lib/text.c', '#ifdef __aarch64__\n#endif\n', 'lib/text.c:2: the name of an architecture outside arch/'),
    ('lib/text.c', 'int x; \n', 'lib/text.c:2: trailing space'),
    ('lib/text.c', 'int x;\t\n', 'lib/text.c:2: trailing space'),
    ('lib/text.c', ' \tint x;\n', 'lib/text.c:2: a space before a tab'),
    ('lib/text.c', 'int x;', 'lib/text.c: the last line is not closed'),
])
def test_each_fault_is_named(check, name, text, fault):
    faults = check({name: LICENCE + text})
    assert len(faults) == 1 and faults[0].startswith(fault), faults


@pytest.mark.parametrize('name', ['lib/text.c', 'lib/copy.S', 'tools/some.py', 'tools/some.sh', 'Makefile'])
def test_a_missing_licence_line_is_named(check, name):
    faults = check({name: 'nothing\n'})
    assert len(faults) == 1 and faults[0].startswith(f'{name}:1: no licence line'), faults


def test_a_cycle_is_named_once(check):
    faults = check({'include/murre/base/types.h': LICENCE + '#include <murre/base/list.h>\n',
                    'include/murre/base/list.h': LICENCE + '#include <murre/base/types.h>\n'})
    assert len(faults) == 1 and faults[0].startswith('include cycle: '), faults
    assert {'include/murre/base/types.h', 'include/murre/base/list.h'} <= set(faults[0].split())


def test_files_that_git_ignores_do_not_count(check):
    assert check({'.gitignore': '/build/\n', 'build/made.c': 'no licence \n'}) == []
