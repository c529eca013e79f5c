# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures of the guest tests."""
import difflib

import pytest

from guestlib import batch, kernel, tree


def pytest_addoption(parser):
    parser.addoption('--host-only', action='store_true',
                     help='run the programs on the host alone, to see that the tests themselves are right')


@pytest.fixture(scope='session', autouse=True)
def programs():
    """Every guest program, built; and a kernel to run them on."""
    tree.make()


class Comparison:
    """A list of commands, run at the first question: once on the host and once in a guest."""

    def __init__(self, config, name, commands, prepare, on_host=True, **options):
        self._host_only = config.getoption('host_only')
        self._name, self._commands, self._prepare = name, commands, prepare
        self._on_host, self._options = on_host, options
        self._outcomes = None

    def outcomes(self, name):
        """(host's outcome or None, guest's outcome) of one command."""
        if self._host_only and not self._on_host:
            pytest.skip('nothing of it runs on the host')
        if self._outcomes is None:
            self._outcomes = self._run()
        host, guest = self._outcomes
        return host.get(name), guest.get(name)

    def check(self, name):
        """Fails unless the guest said the same as the host, line by line."""
        host, guest = self.outcomes(name)
        assert host.end.startswith('exit'), f'on the host: {host.end}\n{host.text[-2000:]}'
        wrong = [line for line in host.lines() if line.endswith(': NO')]
        assert not wrong, f'on the host: {wrong}'
        if self._host_only:
            return
        difference = list(difflib.unified_diff(host.lines(), guest.lines(), 'host', 'guest', lineterm='', n=1))
        assert not difference, '\n' + '\n'.join(difference[:80])

    def _run(self):
        root = tree.Tree(self._name)
        self._prepare(root)
        host = batch.on_host(root, self._commands) if self._on_host else {}
        if self._host_only:
            return host, {}
        assert kernel().exists(), f'{kernel()} is not built; run: make'
        return host, batch.on_guest(root, self._commands, **self._options)


@pytest.fixture(scope='session')
def comparison(request):
    """Makes Comparison objects."""
    def make(name, commands, prepare, **options):
        return Comparison(request.config, name, commands, prepare, **options)
    return make
