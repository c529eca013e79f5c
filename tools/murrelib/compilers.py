# SPDX-License-Identifier: GPL-2.0-only
"""The compilers that judge single files of tests: the kernel's own GCC for each architecture, clang, the checker."""
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ARCHES = ('x86_64', 'aarch64')
CLANG = 'clang-22'
# Tests define functions that nobody declares; they are judged one by one and linked to nothing.
FOR_TESTS = ['-Wno-missing-prototypes']
NO_OUTPUT = ['-S', '-o', '/dev/null']        # the checker's command has it
# What clang does not know or means otherwise; fields that an initialiser leaves out are zero, as in C.
NOT_FOR_CLANG = ('-fno-builtin-printf', '-fcf-protection=none', '-Wno-override-init', '-g')
FOR_CLANG = ['-Wno-missing-field-initializers', '-Wno-initializer-overrides', '-Wno-unknown-warning-option']


def compile_line(arch, target='compile-line'):
    """The kernel's compiler and flags, as the Makefile has them; check-command: with the checker, which it builds."""
    env = {k: v for k, v in os.environ.items() if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')}   # a make of its own
    line = subprocess.run(['make', '--silent', '--no-print-directory', f'ARCH={arch}', 'DEBUG=0', target], cwd=ROOT,
                          env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    return shlex.split(line.splitlines()[-1])


def checker(arch):
    return compile_line(arch, 'check-command') + FOR_TESTS


def judge(command, path, seconds):
    """Runs a command on a file: its exit status and what it said. The checker speaks twice: of the file as it is compiled,
    and of what the whole of it shows."""
    env = {**os.environ, 'LC_ALL': 'C'}
    with tempfile.TemporaryDirectory() as folder:
        summary = f'{folder}/file.sum'
        is_checker = any(f.startswith('-fplugin=') for f in command)
        more = [f'-fplugin-arg-handlecheck-sum={summary}'] if is_checker else []
        run = subprocess.run([*command, *more, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=seconds, env=env)
        status, said = run.returncode, run.stderr
        if is_checker and os.path.exists(summary):
            join = subprocess.run([ROOT / 'tools' / 'handlecheck' / 'join.py', summary], cwd=ROOT, capture_output=True,
                                  text=True, timeout=seconds, env=env)
            status, said = status or join.returncode, said + join.stdout + join.stderr
    return status, said


def clang_line(gcc):
    own = subprocess.run([CLANG, '-print-resource-dir'], check=True, capture_output=True, text=True).stdout.strip()
    flags = [f for f in gcc[1:] if f not in NOT_FOR_CLANG]
    flags[flags.index('-isystem') + 1] = f'{own}/include'      # the first is the compiler's own
    return [CLANG, *flags, *FOR_CLANG]


def arches():
    return [a for a in ARCHES if (ROOT / 'arch' / a / 'kernel.lds').exists() and shutil.which(compile_line(a)[0])]


def all_of_them():
    """{name: command}; the name's first word says which expectation holds for it."""
    tools = {f'gcc {a}': compile_line(a) + FOR_TESTS + NO_OUTPUT for a in arches()}
    tools |= {f'checker {a}': checker(a) for a in arches()}
    tools['clang'] = clang_line(compile_line('x86_64')) + FOR_TESTS + NO_OUTPUT
    return tools
