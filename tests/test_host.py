# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's pure code (lib/ and what else needs no machine), tested on the host under sanitizers."""
import subprocess

import pytest
from guestlib import ARCH, BUILD, TOP

NAMES = sorted(path.stem.removesuffix('_test') for path in (TOP / 'tests' / 'host').glob('*_test.c'))


@pytest.mark.parametrize('name', NAMES)
def test_unit(name):
    program = BUILD / 'host' / name
    built = subprocess.run(['make', '-s', f'ARCH={ARCH}', program.relative_to(TOP)], cwd=TOP, capture_output=True,
                           check=False, text=True)
    assert built.returncode == 0, built.stderr[-3000:]
    result = subprocess.run([program], cwd=TOP, capture_output=True, check=False, text=True, timeout=300)
    assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]
