#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Counts the places that break a rule on purpose, unsafe_because("…"), by folder; fails when there are too many outside the
handle core, mm/ and arch/."""

import collections
import os
import re
import sys

MOST_OUTSIDE = 10
FOLDERS = ("arch", "drivers", "fs", "include", "kernel", "lib", "mm", "net")
CORE = ("arch/", "include/arch", "include/murre/base", "mm/")
ESCAPE = re.compile(r"^(?!\s*#\s*define).*?\bunsafe_because\(", re.M)


def count_escapes():
    counts = collections.Counter()
    for top in FOLDERS:
        for folder, _, files in os.walk(top):
            for name in files:
                if name.endswith((".c", ".h")):
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        counts[folder] += len(ESCAPE.findall(f.read()))
    return +counts


def is_core(folder):
    return (folder + "/").startswith(CORE)


def main():
    counts = count_escapes()
    outside = sum(n for folder, n in counts.items() if not is_core(folder))
    for folder in sorted(counts):
        print(f"  ESCAPES {folder}: {counts[folder]}")
    print(f"  ESCAPES {sum(counts.values())} in all, {outside} outside the handle core, mm/ and arch/ (at most {MOST_OUTSIDE})")
    if outside > MOST_OUTSIDE:
        print("check: too many unsafe_because(); mend the code or the rule", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
