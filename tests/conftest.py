# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures of the guest tests."""
import difflib

import pytest

from guestlib import batch, kernel, oracle, tree


def pytest_addoption(parser):
    parser.addoption('--oracle-only', action='store_true',
                     help='run the programs on Linux alone, to see that the tests themselves are right')


@pytest.fixture(scope='session', autouse=True)
def programs():
    """Every guest program, built; and a kernel to run them on."""
    tree.make()


class Comparison:
    """A list of commands, run at the first question: on the oracle and on the kernel under test."""

    def __init__(self, config, name, commands, prepare, on_oracle=True, **options):
        self._oracle_only = config.getoption('oracle_only')
        self._name, self._commands, self._prepare = name, commands, prepare
        self._on_oracle, self._options = on_oracle, options
        self._outcomes = None

    def outcomes(self, name):
        """(Linux's outcome or None, Murre's outcome or None) of one command."""
        if self._oracle_only and not self._on_oracle:
            pytest.skip('nothing of it runs on the oracle')
        if self._outcomes is None:
            self._outcomes = self._run()
        return tuple(outcomes.get(name) for outcomes in self._outcomes)

    def check(self, name):
        """Fails unless Murre said the same as Linux, line by line."""
        linux, murre = self.outcomes(name)
        assert linux.end.startswith('exit'), f'on Linux: {linux.end}\n{linux.text[-2000:]}'
        assert not oracle.wrong(linux), f'on Linux: {oracle.wrong(linux)}'
        if self._oracle_only:
            return
        difference = list(difflib.unified_diff(linux.lines(), murre.lines(), 'Linux', 'Murre', lineterm='', n=1))
        assert not difference, '\n' + '\n'.join(difference[:80])

    def _run(self):
        root = tree.Tree(self._name)
        self._prepare(root)
        linux = oracle.ask(root, self._commands, **self._options) if self._on_oracle else {}
        if self._oracle_only:
            return linux, {}
        assert kernel().exists(), f'{kernel()} is not built; run: make'
        return linux, batch.on_guest(root, self._commands, **self._options)


@pytest.fixture(scope='session')
def comparison(request):
    """Makes Comparison objects."""
    def make(name, commands, prepare, **options):
        return Comparison(request.config, name, commands, prepare, **options)
    return make
