# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the tools themselves; nothing is booted."""
import subprocess

import pytest
from guestlib import TOP


@pytest.fixture(scope='session', autouse=True)
def programs():
    """No guest programs are needed here."""


@pytest.fixture
def tool():
    """Runs a tool by its name below tools/; returns subprocess's result."""
    def run(name, *arguments, **options):
        return subprocess.run([TOP / 'tools' / name, *arguments], stdin=options.pop('stdin', subprocess.DEVNULL),
                              capture_output=True, text=True, timeout=60, check=False, **options)
    return run
