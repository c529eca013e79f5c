#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Computes the start order: reads every START_TASK(name, needs(a, b)) in the given source files and writes the C function
start_all() that calls each task after those it needs; otherwise in the order of the names, so that the result is the
same everywhere. A need that no file provides, a task that stands twice and a cycle are errors.
"""
import re
import sys

# Done before any start task (kernel/main.c); a need for them is always met.
ALWAYS_DONE = {'page_start', 'slab_start', 'sched_start'}
TASK = re.compile(r'^START_TASK\((\w+),\s*needs\(([^)]*)\)\)', re.MULTILINE)


def fail(message):
    sys.exit(f'start_order: {message}')


def read_tasks(paths):
    needs, place = {}, {}
    for path in paths:
        with open(path, encoding='utf-8') as source:
            for name, needed in TASK.findall(source.read()):
                if name in place:
                    fail(f'{name} stands in {place[name]} and in {path}')
                place[name] = path
                needs[name] = [word.strip() for word in needed.split(',')
                               if word.strip() and word.strip() not in ALWAYS_DONE]
    for name, needed in needs.items():
        for other in needed:
            if other not in needs:
                fail(f'{place[name]}: {name} needs {other}, which no file provides')
    return needs


def order(needs):
    done, result = set(), []
    while len(result) < len(needs):
        ready = sorted(name for name in needs if name not in done and done.issuperset(needs[name]))
        if not ready:
            fail('a cycle among ' + ', '.join(sorted(set(needs) - done)))
        done.add(ready[0])
        result.append(ready[0])
    return result


def main():
    tasks = order(read_tasks(sys.argv[1:]))
    print('/* SPDX-License-Identifier: GPL-2.0-only */')
    print('/* Made by tools/start_order.py: the start tasks, each after what it needs. */')
    print('#include <murre/start.h>\n')
    for name in tasks:
        print(f'void {name}(void);')
    print('\nvoid start_all(void)\n{')
    for name in tasks:
        print(f'\t{name}();')
    print('}')


if __name__ == '__main__':
    main()
