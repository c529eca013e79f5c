# SPDX-License-Identifier: GPL-2.0-only
"""tools/start_order.py: the order follows the needs, and what cannot be ordered does not build."""
import re

import pytest


@pytest.fixture
def order(tool, tmp_path):
    """Orders tasks, one source file each; returns (names called in order, what it complained of)."""
    def run(*tasks):
        files = []
        for number, text in enumerate(tasks):
            files.append(tmp_path / f'{number}.c')
            files[-1].write_text(f'int before;\n{text}\n{{\n}}\n')
        result = tool('start_order.py', *files)
        assert bool(result.returncode) == bool(result.stderr)
        body = result.stdout.partition('void start_all(void)')[2]
        return re.findall(r'(\w+)\(\);', body), result.stderr
    return run


def test_each_task_comes_after_what_it_needs(order):
    called, _ = order('START_TASK(a, needs(c, b))', 'START_TASK(b, needs(d))', 'START_TASK(c, needs())',
                      'START_TASK(d, needs(c))')
    assert called == ['c', 'd', 'b', 'a']


def test_free_choices_do_not_depend_on_the_order_of_the_files(order):
    tasks = ['START_TASK(z, needs())', 'START_TASK(m, needs())', 'START_TASK(a, needs(z))']
    assert order(*tasks) == order(*reversed(tasks)) == (['m', 'z', 'a'], '')


def test_what_is_done_before_all_tasks_is_always_met(order):
    assert order('START_TASK(a, needs(page_start, slab_start))') == (['a'], '')


def test_needs_may_go_over_several_lines(order):
    assert order('START_TASK(b, needs(a,\n\tslab_start))', 'START_TASK(a, needs())') == (['a', 'b'], '')


def test_no_task_at_all(order):
    assert order('int x;') == ([], '')


@pytest.mark.parametrize('tasks', [
    ('START_TASK(a, needs(b))', 'START_TASK(b, needs(c))', 'START_TASK(c, needs(a))', 'START_TASK(d, needs())'),
    ('START_TASK(a, needs(a))',),
])
def test_a_cycle_is_an_error_that_names_its_tasks(order, tasks):
    called, complaint = order(*tasks)
    assert called == [] and 'cycle' in complaint
    assert set(re.findall(r'\b[abcd]\b', complaint.partition('among')[2])) == {task[11] for task in tasks} - {'d'}


def test_a_missing_provider_is_an_error(order):
    called, complaint = order('START_TASK(a, needs(nobody_start))')
    assert called == [] and 'nobody_start' in complaint and '0.c' in complaint


def test_a_task_that_stands_twice_is_an_error(order):
    called, complaint = order('START_TASK(a, needs())', 'START_TASK(a, needs())')
    assert called == [] and '0.c' in complaint and '1.c' in complaint
