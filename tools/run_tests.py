#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs pytest over tests/ (or over what is named) and closes with the line `N passed, N failed`."""
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Count:
    """Counts tests, not phases: an error in a fixture fails its test once."""

    def __init__(self):
        self.outcome = {}
        self.broken = 0

    def pytest_runtest_logreport(self, report):
        known = self.outcome.get(report.nodeid)
        if report.failed:
            self.outcome[report.nodeid] = 'failed'
        elif report.skipped and known != 'failed':
            self.outcome[report.nodeid] = 'skipped'
        elif known is None and report.when == 'call':
            self.outcome[report.nodeid] = 'passed'

    def pytest_collectreport(self, report):
        self.broken += report.failed

    def line(self):
        results = list(self.outcome.values())
        failed, skipped = results.count('failed') + self.broken, results.count('skipped')
        return f'{results.count("passed")} passed, {failed} failed' + (f', {skipped} skipped' if skipped else '')


def main():
    count = Count()
    sys.dont_write_bytecode = True
    for name in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL'):     # tests that call make start afresh
        os.environ.pop(name, None)
    names = sys.argv[1:] or [str(ROOT / 'tests')]
    status = pytest.main(['-q', '-p', 'no:cacheprovider', f'--rootdir={ROOT}', *names], plugins=[count])
    print(count.line(), flush=True)
    return int(status)


if __name__ == '__main__':
    sys.exit(main())
