#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's own symbol table: reads `nm -n` of a linked kernel, writes an assembler file.

The table serves backtraces. It holds the functions at or above the kernel base, by rising address, in the section
.rodata.ksyms:

  u64  ksyms_base                address that the offsets count from
  u32  ksyms_count               number of functions
  u32  ksyms_offsets[count]      address of function i, less the base
  u32  ksyms_name_offsets[count] where the name of function i begins in ksyms_names
  char ksyms_names[]             the names, each closed by a NUL; equal names stand once

The function that holds an address is the last one whose offset is not above it. An empty input gives an empty table.
With --check FILE nothing is written: the table must equal that file, else the exit status is 1.
"""
import argparse
import sys


def read_functions(nm_lines, base):
    """Returns (offset, name) of each function, sorted; of several names for one address the first global one."""
    functions = {}
    for line in nm_lines:
        fields = line.split()
        if len(fields) != 3 or fields[1] not in 'TtWw' or fields[2].startswith(('.', '$')):
            continue
        offset = int(fields[0], 16) - base
        if 0 <= offset < 1 << 32 and (offset not in functions or fields[1] == 'T'):
            functions[offset] = fields[2]
    return sorted(functions.items())


def assemble(functions, base):
    names, place, size = [], {}, 0
    for name in sorted({name for _, name in functions}):
        place[name] = size
        names.append(name)
        size += len(name) + 1
    out = ['\t.section .rodata.ksyms, "a"', '\t.balign 8']
    out += table('ksyms_base', '.quad', [f'{base:#x}'])
    out += table('ksyms_count', '.long', [str(len(functions))])
    out += table('ksyms_offsets', '.long', [f'{offset:#x}' for offset, _ in functions])
    out += table('ksyms_name_offsets', '.long', [str(place[name]) for _, name in functions])
    out += table('ksyms_names', '.asciz', [f'"{name}"' for name in names])
    out += ['\t.section .note.GNU-stack, "", %progbits', '']
    return '\n'.join(out)


def table(label, directive, values):
    return [f'\t.globl {label}', f'{label}:'] + [f'\t{directive} {value}' for value in values]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--base', type=lambda text: int(text, 0), required=True)
    parser.add_argument('--check', metavar='FILE')
    args = parser.parse_args()
    text = assemble(read_functions(sys.stdin, args.base), args.base)
    if not args.check:
        sys.stdout.write(text)
        return 0
    with open(args.check, encoding='ascii') as file:
        if file.read() == text:
            return 0
    print(f'{args.check}: the symbol table does not describe the image that holds it', file=sys.stderr)
    return 1


if __name__ == '__main__':
    sys.exit(main())
