# SPDX-License-Identifier: GPL-2.0-only
"""One QEMU whose serial console is in our hands."""
import os
import subprocess
import time

from murrelib import machines

from . import ARCH, SLOWER, kernel as kernel_under_test


# Only what a program prints shall be on the console: no kernel message, not even a grave one.
QUIET = 'quiet loglevel=0'


def command(initrd=None, machine=None, memory='256M', append='', cpus=1, quiet=True, kernel=None):
    """The command line of a guest with its console on stdin and stdout; on the kernel under test unless one is given."""
    argv = machines.command(ARCH, machine or machines.default_machine(ARCH, 'boot'), memory, cpus)
    argv += ['-chardev', 'stdio,id=serial,signal=off', '-serial', 'chardev:serial']
    words = f'console={machines.console(ARCH)} {QUIET if quiet else ""} panic=-1 {append}'
    argv += ['-kernel', str(kernel or kernel_under_test()), '-append', words]
    return argv + ['-initrd', str(initrd)] if initrd else argv


def run_to_end(argv, seconds, idle_seconds=None):
    """Runs a guest until QEMU ends; returns (text, status), the status None when it had to be killed. `idle_seconds`
    ends a guest that has been silent for so long."""
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as qemu:
        os.set_blocking(qemu.stdout.fileno(), False)
        text, status = _collect(qemu, seconds * SLOWER, (idle_seconds or seconds) * SLOWER)
    return clean(text), status


def clean(data):
    """Console bytes as text: without carriage returns."""
    return data.decode('utf-8', 'replace').replace('\r\n', '\n').replace('\r', '')


def _collect(qemu, seconds, idle_seconds):
    data = bytearray()
    start = last = time.monotonic()
    while True:
        piece = qemu.stdout.read()
        now = time.monotonic()
        if piece:
            data += piece
            last = now
        elif piece == b'':
            return data, qemu.wait()
        elif now - start > seconds or now - last > idle_seconds:
            qemu.kill()
            qemu.wait()
            return data, None
        else:
            time.sleep(0.01)
