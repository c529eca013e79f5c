# SPDX-License-Identifier: GPL-2.0-only
"""What the tests share: building guest programs, booting guests, and asking Linux."""
import os
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
ARCH = os.environ.get('MURRE_ARCH', 'x86_64')
BUILD = TOP / os.environ.get('MURRE_BUILD', f'build/{ARCH}')
OUT = BUILD / 'tests'
TOOL = TOP / 'tools' / 'murre'

sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / 'tools'))


def symbols(image):
    """What nm says of a kernel of ours; the file that QEMU loads need not have any."""
    return subprocess.run(['nm', image.with_suffix('.elf')], check=True, capture_output=True, text=True).stdout


# A compiler of static programs for the guest, as a test may call it.
STATIC_CC = ['musl-gcc', '-static'] if ARCH == os.uname().machine else [f'{ARCH}-linux-gnu-gcc', '-static']


def kernel():
    """The image under test. MURRE_TEST_KERNEL names another one, Linux's for example: the tests are the same."""
    return pathlib.Path(os.environ.get('MURRE_TEST_KERNEL', BUILD / 'murre'))


def is_debug():
    """Is it the debug kernel? (Its build has a folder of its own.)"""
    return kernel().resolve().parent.name.endswith('-debug')


# What a guest takes longer on the debug kernel; every limit of time is multiplied by it.
SLOWER = 2 if is_debug() else 1
