#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs the handle checker over tests/handlecheck/: code that it must leave alone, and code that it must catch.

correct/*.c   Any finding is a false alarm.
wrong/*.c     `// wrong: [rule]` ends a line where the checker must report that rule; a line without it must stay quiet.
              `// missed: reason` marks what it is known not to see. When it does see it, that line is out of date.
broken/*.c    Not C, or nothing at all: GCC's own error, named as `expect: "text"`, or none; never a crash.

Some files are made up on the way: an empty one, a very long function, many owners at once, a very deep nest. The checker
must be done with each in SECONDS_MOST.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile
import time

from murrelib import compilers

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / 'tests' / 'handlecheck'
FINDING = re.compile(r'^([^:\s]+):(\d+):\d+: error: .* \[([a-z-]+)\]$', re.M)
MARK = re.compile(r'// wrong:((?: \[[a-z-]+\])+)$')
MISSED = re.compile(r'// missed: \S')
FUNCTION = re.compile(r'^[a-z].*\)$\n^\{', re.M)
CRASH = re.compile(r'internal compiler error|Segmentation|terminated by signal', re.I)
SECONDS_MOST = 20


def check(command, path):
    """The findings {(line, rule)}, other errors, (status, all that was said), and the seconds it took."""
    start = time.monotonic()
    status, said = compilers.judge(command, path, 10 * SECONDS_MOST)
    found = {(int(line), rule) for file, line, rule in FINDING.findall(said)
             if pathlib.Path(file).name == pathlib.Path(path).name}
    others = [e for e in re.findall(r'error: .*', said) if not re.search(r'\[[a-z-]+\]$', e)]
    if status and not found and not others:
        others = [said.strip()[-300:]]
    return found, others, (status, said), time.monotonic() - start


def marks(path):
    wanted, missed = set(), set()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if (m := MARK.search(line)):
            wanted |= {(number, rule) for rule in re.findall(r'\[([a-z-]+)\]', m.group(1))}
        elif '// wrong' in line:
            raise SystemExit(f'{path}:{number}: not understood: {line.strip()}')
        if MISSED.search(line):
            missed.add(number)
    return wanted, missed


class Count:
    """What was found, over all files; faults are sentences."""

    def __init__(self):
        self.functions = self.lines = self.missed = self.false_alarms = self.misses = 0
        self.faults = []

    def fault(self, path, text):
        self.faults.append(f'{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}: {text}')

    def judge(self, path, found, others):
        wanted, missed = marks(path)
        if others:
            self.fault(path, f'does not compile: {others[0]}')
            return
        self.lines += len({line for line, _ in wanted})
        self.missed += len(missed)
        self.functions += len(FUNCTION.findall(path.read_text())) if path.parent.name == 'correct' else 0
        for line, rule in sorted(found - wanted):
            if line in missed:
                self.fault(path, f'line {line}: [{rule}] is found now; mark it as wrong')
            else:
                self.false_alarms += 1
                self.fault(path, f'line {line}: false alarm [{rule}]')
        for line, rule in sorted(wanted - found):
            self.misses += 1
            self.fault(path, f'line {line}: missed [{rule}]')


def broken(path, status, said, count):
    m = re.search(r'expect: "(.*)"', path.read_text())

    if CRASH.search(said):
        count.fault(path, f'crash: {said.strip()[-200:]}')
    elif m and m.group(1) not in said:
        count.fault(path, f'GCC should say: {m.group(1)}; it says: {said.strip()[:200]}')
    elif not m and status:
        count.fault(path, f'should pass; it says: {said.strip()[:200]}')


HEAD = '#include <murre/file.h>\n\nresult(long) made(fd_t fd, long n)\n{\n'
TAIL = '\treturn OK(long, n);\n}\n'


def empty():
    return ''


def long_function():
    step = ('\t{{\n\t\town(file_ref, f, TRY(fd_get(current_files(), fd)));\n\t\tif (n == {0})\n\t\t\treturn FAIL(EBUSY);\n'
            '\t\tif (n > {0})\n\t\t\tn += TRY(fd_publish(give(f), false));\n\t}}\n')
    return HEAD + ''.join(step.format(i) for i in range(150)) + TAIL


def many_at_once():
    """Owners that live together, each moved or not by its own condition: as many states as a set has parts."""
    step = ('\town(file_ref, f{0}, TRY(fd_get(current_files(), fd)));\n\tif (n & {1})\n\t\tn += '
            'TRY(fd_publish(give(f{0}), false));\n')
    return HEAD + ''.join(step.format(i, 1 << (i % 31)) for i in range(60)) + TAIL


def deep_nest():
    depth = 120
    opened = ''.join(f'if (n != {i}) {{\nown(file_ref, f{i}, TRY(fd_get(current_files(), fd)));\nn += at(f{i})->version;\n'
                     for i in range(depth))
    return HEAD + opened + '}\n' * depth + TAIL


def large_ones(command, count):
    with tempfile.TemporaryDirectory() as folder:
        for make in (empty, long_function, many_at_once, deep_nest):
            path = pathlib.Path(folder) / f'{make.__name__}.c'
            path.write_text(make())
            found, others, (_, said), seconds = check(command, path)
            if found or others:
                count.fault(path, f'should pass; it says: {said.strip()[:300]}')
            elif seconds > SECONDS_MOST:
                count.fault(path, f'took {seconds:.0f} s; {SECONDS_MOST} are allowed')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('name', nargs='*', help='only files whose name contains one of these')
    args = parser.parse_args()
    command = compilers.checker('x86_64')
    paths = [p for kind in ('correct', 'wrong', 'broken') for p in sorted((CORPUS / kind).glob('*.c'))
             if not args.name or any(n in str(p) for n in args.name)]
    count = Count()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, (found, others, spoken, _) in zip(paths, pool.map(lambda p: check(command, p), paths)):
            if path.parent.name == 'broken':
                broken(path, *spoken, count)
            else:
                count.judge(path, found, others)
    if not args.name:
        large_ones(command, count)
    print(*count.faults, sep='\n', end='\n' if count.faults else '')
    print(f'corpus: {count.functions} correct functions, {count.false_alarms} false alarms; {count.lines} wrong lines, '
          f'{count.misses} missed; {count.missed} known misses; {len(count.faults)} faults')
    return bool(count.faults)


if __name__ == '__main__':
    sys.exit(main())
