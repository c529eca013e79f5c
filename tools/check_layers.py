#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Proves what the house promises about its files, and names each file that breaks it:

  - no include reaches upward: tools/tiers.txt says which tier a file is in
  - no include cycles
  - the names of architectures stand in arch/ only
  - every source has its licence line; no trailing spaces; no space before a tab; the last line is closed

The tree is the one that this file stands in, or the one given.
"""
import fnmatch
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__ + '/../..').resolve()
KERNEL_FOLDERS = ('arch', 'kernel', 'mm', 'fs', 'drivers', 'net', 'lib', 'include')
CODE = {'.c', '.h', '.S', '.def', '.inc'}
LICENSED = CODE | {'.py', '.sh', '.mk', '.lds'}
LICENCE = 'SPDX-License-Identifier: GPL-2.0-only'
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
ARCHITECTURE = re.compile(r'\b(__x86_64__|__i386__|__amd64__|__aarch64__|__arm__|CONFIG_X86\w*|CONFIG_ARM64)\b')
# Headers that come from the compiler, from Linux's user-space headers or from the build, below every tier.
FOREIGN = re.compile(r'^(linux|asm|asm-generic|generated)/|^std(arg|bool|def|int|align|noreturn|atomic)\.h$|^limits\.h$')


def main():
    files = project_files()
    kernel = [name for name in files if name.split('/')[0] in KERNEL_FOLDERS and pathlib.Path(name).suffix in CODE]
    tiers = read_tiers()
    edges = {name: includes(name, set(files)) for name in kernel}
    faults = [fault for name in files for fault in text_faults(name)]
    faults += [fault for name in kernel for fault in architecture_faults(name)]
    faults += [fault for name in kernel for fault in tier_faults(name, edges[name], tiers)]
    faults += cycle_faults(edges)
    for fault in faults:
        print(fault)
    print(f'check: {len(kernel)} kernel files, {len(files)} in all, {len(faults)} faults')
    return 1 if faults else 0


def project_files():
    """What git tracks or would track."""
    listing = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=ROOT,
                             check=True, capture_output=True, text=True).stdout
    return sorted(name for name in listing.split('\0') if name and (ROOT / name).is_file())


def read(name):
    return (ROOT / name).read_text(encoding='utf-8', errors='surrogateescape')


# ---- Tiers

def read_tiers():
    """Patterns with their tiers, the most exact first."""
    rows = (line.split('\t') for line in read('tools/tiers.txt').splitlines() if line and line[0] != '#')
    return sorted(((path, int(tier)) for tier, path in rows), key=lambda row: -len(row[0]))


def tier_of(name, tiers):
    for path, tier in tiers:
        if fnmatch.fnmatch(name, path) or fnmatch.fnmatch(name, path + '/*'):
            return tier
    return None


def tier_faults(name, targets, tiers):
    own = tier_of(name, tiers)
    if own is None:
        return [f'{name}: no tier covers this file; give it one in tools/tiers.txt']
    faults = []
    for line, spelling, target in targets:
        if target is None:
            faults.append(f'{name}:{line}: include of an unknown header: {spelling}')
            continue
        other = tier_of(target, tiers)
        if other is not None and other > own:
            faults.append(f'{name}:{line}: tier {own} includes upward: {target} is of tier {other}')
    return faults


# ---- Includes

def includes(name, files):
    """(line, spelling, file in this project or None) of each include that is not foreign."""
    text = read(name)
    found = []
    for match in INCLUDE.finditer(text):
        kind, spelling = match.groups()
        if kind == '<' and FOREIGN.search(spelling):
            continue
        for target in resolve(name, kind, spelling, files):
            found.append((text.count('\n', 0, match.start(2)) + 1, spelling, target))
    return found


def resolve(name, kind, spelling, files):
    """The files that an include may mean: one, or one for each architecture."""
    if kind == '"':
        beside = (ROOT / name).parent.joinpath(spelling).resolve()
        if beside.is_relative_to(ROOT) and str(beside.relative_to(ROOT)) in files:
            return [str(beside.relative_to(ROOT))]
    targets = [f'include/{spelling}'] if f'include/{spelling}' in files else []
    if not targets:
        own = name.split('/')[1] if name.startswith('arch/') else '*'
        targets = sorted(fnmatch.filter(files, f'arch/{own}/include/{spelling}'))
    return targets or [None]


def cycle_faults(edges):
    """Each cycle once. A contract header ends with its architecture's half, which may name the contract again."""
    done, path, faults = set(), [], []

    def visit(name):
        if name in path:
            faults.append('include cycle: ' + ' -> '.join(path[path.index(name):] + [name]))
            return
        if name in done:
            return
        path.append(name)
        for _, _, target in edges.get(name, []):
            if target is not None:
                visit(target)
        path.pop()
        done.add(name)

    for name in edges:
        visit(name)
    return faults


# ---- Text

def architecture_faults(name):
    if name.startswith('arch/'):
        return []
    return [f'{name}:{number}: the name of an architecture outside arch/: {match.group()}'
            for number, line in enumerate(read(name).splitlines(), 1) if (match := ARCHITECTURE.search(line))]


def text_faults(name):
    suffix = pathlib.Path(name).suffix
    if suffix not in LICENSED | {'.md', '.txt', '.cfg'} and name not in ('Makefile', 'tools/murre', '.ci/run'):
        return []
    text = read(name)
    faults = []
    if (suffix in LICENSED or not suffix) and LICENCE not in text[:400]:
        faults.append(f'{name}:1: no licence line: {LICENCE}')
    if text and not text.endswith('\n'):
        faults.append(f'{name}: the last line is not closed')
    for number, line in enumerate(text.split('\n'), 1):
        if line != line.rstrip():
            faults.append(f'{name}:{number}: trailing space')
        elif ' \t' in line:
            faults.append(f'{name}:{number}: a space before a tab')
    return faults


if __name__ == '__main__':
    sys.exit(main())
