#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Joins what the plugin wrote about each file (sleep.cc says in which form) and prints what only the whole kernel shows:

    sleep-in-atomic  a call that may sleep, where preemption or interrupts are off
    lock-order       a lock taken, by the function or by what it calls, while one of the same or a later rank is held
    user-arithmetic  arithmetic that may wrap on a parameter that a program has chosen (arith.cc)

usage: join.py [--stats] FILE.sum ...
"""

import collections
import sys

Call = collections.namedtuple("Call", "caller target place entry excused holds")
# Sleeping itself; all else that sleeps calls it, or says so by its parameter or its declaration.
LEAVES = {"schedule"}
# Queues of waiters nest where one file's readiness is another's event (epoll in epoll).
NESTING = {"waitq_waiters"}


class Kernel:
    def __init__(self, lines):
        self.guards = {}
        self.roles = collections.defaultdict(set)
        self.tokens = {}
        self.calls = collections.defaultdict(list)
        self.flows = collections.defaultdict(set)
        self.slots = collections.defaultdict(set)
        self.wraps = []
        self.passes = collections.defaultdict(list)
        for line in lines:
            kind, *rest = line.split("\t")
            getattr(self, "read_" + kind)(*rest)
        self.stored = self.close_flows()
        for slot, roles in self.slots.items():
            for function in self.stored[slot]:
                self.roles[function] |= roles

    def read_guard(self, name, kind, rank):
        self.guards[name] = (kind, int(rank))

    def read_fn(self, name, roles, tokens, _place):
        self.roles[name] |= set(roles.split())
        self.tokens[name] = tokens.split()

    def read_call(self, caller, target, place, entry, excused, holds):
        self.calls[caller].append(Call(caller, target, place, entry == "1", excused == "1", holds.split()))

    def read_flow(self, source, to):
        self.flows[source].add(to)

    def read_slot(self, slot, roles):
        self.slots[slot] |= set(roles.split())

    def read_wrap(self, function, parameters, most, place, message):
        self.wraps.append((function, parameters.split(), int(most), place, message))

    def read_pass(self, function, source, target, parameter, bits, place):
        self.passes["user" if source == "user" else (function, source)].append(((target, parameter), int(bits), place))

    def close_flows(self):
        """Which functions each slot may hold."""
        stored = collections.defaultdict(set)
        for source in [s for s in self.flows if s.startswith("f:")]:
            seen, todo = set(), [source]
            while todo:
                for to in self.flows.get(todo.pop(), ()):
                    if to not in seen:
                        seen.add(to)
                        todo.append(to)
                        stored[to].add(source[2:])
        return stored

    def targets(self, call):
        """The functions that the call may reach."""
        return self.functions(call.target)

    def functions(self, target):
        return [target[2:]] if target.startswith("f:") else sorted(self.stored[target])

    def guard_taken(self, call):
        """(name, kind, rank or None) when the call takes a guard."""
        if not call.target.startswith("g:"):
            return None
        return self.guard_of(call.target)

    def guard_of(self, text):
        name, depth = text[2:].split("+")
        kind, rank = self.guards.get(name, ("?", None))
        return name, kind, rank + int(depth) if rank is not None and depth.isdigit() else None


def plain(function):
    return function.split("@")[0]


def backwards(kernel, start, passes):
    """{function: the call by which it reaches one of start}, nearest first; passes(call): the call counts."""
    callers = collections.defaultdict(list)
    for calls in kernel.calls.values():
        for call in calls:
            if passes(call):
                for target in kernel.targets(call):
                    callers[target].append(call)
    via, todo = dict.fromkeys(start), collections.deque(sorted(start))
    while todo:
        for call in callers[todo.popleft()]:
            if call.caller not in via:
                via[call.caller] = call
                todo.append(call.caller)
    return via


def chain(kernel, via, function):
    names = [plain(function)]
    while via[function]:
        function = next(t for t in kernel.targets(via[function]) if t in via)
        if plain(function) in names:
            break
        names.append(plain(function))
    return " -> ".join(names)


# ---- Sleeping

def atomic_reason(kernel, call):
    """Why the place of the call may not sleep, or None."""
    for held in call.holds:
        what, where = held.split("=")
        if what == "preempt":
            return f"preemption is off since {where}"
        if what == "irqs":
            return f"interrupts are off since {where}"
        name, kind, _ = kernel.guard_of(what)
        if kind in ("spin", "irq"):
            return f"{name} is held since {where}"
    if call.entry:
        for token in kernel.tokens.get(call.caller, ()):
            if kernel.guards.get(token, ("?",))[0] in ("spin", "irq"):
                return f"callers hold {token}"
        if "atomic" in kernel.roles[call.caller]:
            return f"{plain(call.caller)} runs where nothing may sleep"
    return None


def sleeping(kernel):
    """{function: call} of those that may sleep."""
    start = {f for f, roles in kernel.roles.items() if "sleeps" in roles} | LEAVES
    via = backwards(kernel, start, lambda call: call.entry and not call.excused and not atomic_reason(kernel, call))
    return via


def sleep_findings(kernel):
    via = sleeping(kernel)
    for calls in kernel.calls.values():
        for call in calls:
            reason = None if call.excused else atomic_reason(kernel, call)
            if not reason:
                continue
            taken = kernel.guard_taken(call)
            if taken and taken[1] == "mutex":
                yield call.place, f"taking {taken[0]} may sleep, but {reason}: take it before, or end that scope first"
            for target in kernel.targets(call):
                if target in via:
                    yield call.place, (f"{chain(kernel, via, target)} may sleep, but {reason}: "
                                       "call it before that, or end that scope first")
                    break


# ---- Order of locks

def acquired(kernel):
    """{function: {(rank, name): call}} of guards that a function takes, itself or by what it calls."""
    taken = collections.defaultdict(dict)
    callers = collections.defaultdict(list)
    todo = collections.deque()
    for function, calls in kernel.calls.items():
        for call in calls:
            guard = kernel.guard_taken(call)
            if guard and guard[2] is not None:
                taken[function].setdefault((guard[2], guard[0]), call)
                todo.append(function)
            for target in kernel.targets(call):
                callers[target].append(call)
    while todo:
        function = todo.popleft()
        for call in callers[function]:
            before = len(taken[call.caller])
            for guard in taken[function]:
                taken[call.caller].setdefault(guard, call)
            if len(taken[call.caller]) != before:
                todo.append(call.caller)
    return taken


def acquire_chain(kernel, taken, function, guard):
    names = [plain(function)]
    for _ in range(20):
        call = taken[function][guard]
        if kernel.guard_taken(call):
            break
        function = next(t for t in kernel.targets(call) if guard in taken[t])
        names.append(plain(function))
    return " -> ".join(names)


def worst_held(kernel, call):
    held = [(kernel.guard_of(h.split("=")[0]), h.split("=")[1]) for h in call.holds if h.startswith("g:")]
    known = [(g[2], g[0], where) for g, where in held if g[2] is not None]
    return max(known) if known else None


def nests(name, held):
    return name == held[1] and name in NESTING


def order_findings(kernel):
    taken = acquired(kernel)
    for calls in kernel.calls.values():
        for call in calls:
            held = worst_held(kernel, call)
            if call.excused or not held:
                continue
            guard = kernel.guard_taken(call)
            if guard and guard[2] is not None and guard[2] <= held[0] and not nests(guard[0], held):
                yield call.place, (f"{guard[0]} (rank {guard[2]}) is taken while {held[1]} (rank {held[0]}) is held since "
                                   f"{held[2]}: take them in the order of their ranks")
            for target in kernel.targets(call):
                early = sorted(g for g in taken[target] if g[0] <= held[0] and not nests(g[1], held))
                if early:
                    rank, name = early[0]
                    path = acquire_chain(kernel, taken, target, early[0])
                    yield call.place, (f"{path} takes {name} (rank {rank}) while {held[1]} (rank {held[0]}) is held since "
                                       f"{held[2]}: take them in the order of their ranks")
                    break


# ---- Sizes that a program gave

def from_programs(kernel):
    """{(function, parameter): (bits that a program's value may have there, the call, (function, parameter) before)}."""
    reached, todo = {}, [("user", 64)]
    while todo:
        source, most = todo.pop()
        for (target, parameter), bits, place in kernel.passes.get(source, ()):
            bits = min(bits, most)
            for function in kernel.functions(target):
                if bits > reached.get((function, parameter), (0,))[0]:
                    reached[function, parameter] = (bits, place, source)
                    todo.append(((function, parameter), bits))
    return reached


def arithmetic_findings(kernel):
    reached = from_programs(kernel)
    for function, parameters, most, place, message in kernel.wraps:
        for parameter in parameters:
            bits, call, before = reached.get((function, parameter), (0, None, None))
            if bits > most:
                while before != "user":
                    _, call, before = reached[before]
                yield place, f"{message} (it comes from {call})"
                break


def main():
    lines = set()
    for name in [a for a in sys.argv[1:] if not a.startswith("--")]:
        with open(name, encoding="utf-8") as f:
            lines.update(line.rstrip("\n") for line in f)
    kernel = Kernel(sorted(lines))
    findings = {(place, text, "sleep-in-atomic") for place, text in sleep_findings(kernel)}
    findings |= {(place, text, "lock-order") for place, text in order_findings(kernel)}
    findings |= {(place, text, "user-arithmetic") for place, text in arithmetic_findings(kernel)}
    for place, text, rule in sorted(findings):
        print(f"{place}: error: {text} [{rule}]")
    if "--stats" in sys.argv:
        print(f"{len(kernel.roles)} functions, {sum(map(len, kernel.calls.values()))} calls, {len(kernel.guards)} guards")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
