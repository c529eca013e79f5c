# SPDX-License-Identifier: GPL-2.0-only
"""Makes each tests/host/NAME_test.c a test: pure code of the kernel, built for this machine under sanitizers."""
import os
import subprocess

import pytest
from guestlib import BUILD, TOP


@pytest.fixture(scope='session', autouse=True)
def programs():
    """No guest programs are needed here."""


def pytest_collect_file(parent, file_path):
    if file_path.name.endswith('_test.c'):
        return HostFile.from_parent(parent, path=file_path)
    return None


class HostFile(pytest.File):
    def collect(self):
        yield HostTest.from_parent(self, name=self.path.name.removesuffix('_test.c'))


class HostTest(pytest.Item):
    """One program, which ends with status 0 when all it asserts holds."""

    def runtest(self):
        program = BUILD / 'host' / self.name
        output = os.path.relpath(BUILD, TOP)
        self._run('make', '-s', f'O={output}', f'{output}/host/{self.name}')
        self._run(program)

    def _run(self, *command):
        result = subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=120, check=False, text=True, errors='replace')
        if result.returncode != 0:
            pytest.fail(f'{command[0]} ended with status {result.returncode}\n{result.stdout}', pytrace=False)

    def reportinfo(self):
        return self.path, None, self.name
