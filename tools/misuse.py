#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs tests/misuse/: what must not compile does not, for the reason it should, and its correct twin does.

Each folder NN-NAME is one class of mistakes. A file right*.c must be accepted by everyone. Any other file makes the
mistake once and says in its head who rejects it, and with which words:

    expect: gcc: "text"         expect: clang: "text"         expect: checker: "text [rule]"

Who is not named must accept the file, so that the table tells the truth. The checker is asked about files that the
compiler accepts. Compilers and flags are those of the kernel: `make compile-line`.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import sys

from murrelib import compilers

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = ROOT / 'tests' / 'misuse'
EXPECT = re.compile(r'^ \* expect: (gcc|clang|checker): "(.*)"$')
ERROR = re.compile(r'(?:^|: )(?:fatal )?error: (.*)')
SECONDS_MOST = 60


def head(path):
    """What the opening comment expects: {tool: text}. A line that looks like one and is none is a mistake."""
    expected = {}
    for line in path.read_text().split('\n */')[0].splitlines():
        m = EXPECT.match(line)
        if m:
            expected[m.group(1)] = m.group(2)
        elif line.startswith(' * expect'):
            raise SystemExit(f'{path}: not understood: {line.strip()}')
    return expected


def kind(name):
    return name.split()[0]


def judge(path, name, command):
    """None when the tool said what it should, else a sentence."""
    status, said = compilers.judge(command, path, SECONDS_MOST)
    errors = ERROR.findall(said)
    wanted = head(path).get(kind(name))
    if wanted is None:
        if status:
            return f'{name} rejects it: {errors[0] if errors else said.strip()[-300:]}'
        return None
    if status == 0:
        return f'{name} accepts it; expected: {wanted}'
    if not any(wanted in e for e in errors):
        return f'{name} says: {errors[0] if errors else said.strip()[-300:]}; expected: {wanted}'
    return None


def cases(folders, tools):
    for folder in folders:
        for path in sorted(folder.glob('*.c')):
            expected = head(path)
            for name, command in tools.items():
                if kind(name) == 'checker' and 'gcc' in expected:
                    continue
                yield path, name, command


def shape_faults(folders):
    """What is wrong with the folders themselves."""
    for folder in folders:
        right = list(folder.glob('right*.c'))
        wrong = [p for p in folder.glob('*.c') if p not in right]
        if not right or len(wrong) < 2:
            yield folder, f'{len(wrong)} wrong and {len(right)} right: at least 2 and 1 are wanted'
        for path in right:
            if head(path):
                yield path, 'a correct file expects no error'
        for path in wrong:
            if not head(path):
                yield path, 'expects nothing'


def table(folders, failed):
    width = max(len(f.name) for f in folders)
    print(f'{"class":{width}}  {"rejected by":20}  tests')
    for folder in folders:
        paths = sorted(folder.glob('*.c'))
        by = {t for p in paths for t in head(p)}
        names = ', '.join(t for t in ('gcc', 'clang', 'checker') if t in by)
        bad = sum(p in failed for p in paths)
        print(f'{folder.name:{width}}  {names:20}  {len(paths)}' + (f', {bad} FAILED' if bad else ''))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('name', nargs='*', help='only folders whose name contains one of these')
    args = parser.parse_args()
    folders = [f for f in sorted(TESTS.iterdir())
               if f.is_dir() and (not args.name or any(n in f.name for n in args.name))]
    tools = compilers.all_of_them()
    failed = {}
    for path, why in shape_faults(folders):
        failed.setdefault(path, []).append(why)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = [(path, pool.submit(judge, path, name, command)) for path, name, command in cases(folders, tools)]
        for path, future in waiting:
            if (why := future.result()):
                failed.setdefault(path, []).append(why)
    for path, whys in failed.items():
        for why in whys:
            print(f'{path.relative_to(ROOT)}: {why}')
    table(folders, failed)
    print('compilers: ' + ', '.join(tools))
    total = {p for f in folders for p in f.glob('*.c')}
    print(f'{len(total - set(failed))} passed, {len(failed)} failed')
    return bool(failed)


if __name__ == '__main__':
    sys.exit(main())
