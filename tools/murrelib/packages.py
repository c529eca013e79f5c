# SPDX-License-Identifier: GPL-2.0-only
"""Programs of Debian packages, of the architecture that a guest has: the host's own where it is the same, else unpacked
below build/ without being installed."""
import os
import pathlib
import subprocess

from . import ROOT, Failure

DEBIAN = {'x86_64': 'amd64', 'aarch64': 'arm64'}
PROGRAMS = {
    '/bin/busybox': 'busybox-static',
    '/bin/bash-static': 'bash-static',
    '/bin/zsh-static': 'zsh-static',
    '/bin/sash': 'sash',
    '/sbin/ldconfig': 'libc-bin',
    '/usr/bin/tini-static': 'tini',
    '/usr/bin/qemu-aarch64-static': 'qemu-user-static',
    '/usr/bin/qemu-x86_64-static': 'qemu-user-static',
}


def program(arch, path):
    """The file on the host that is `path` in a guest of that architecture."""
    here = pathlib.Path(path)
    if arch != os.uname().machine:
        here = unpacked(arch, PROGRAMS[path]) / path.lstrip('/')
    if not here.exists():
        raise Failure(f'{here} is missing; run: make deps')
    return here


def unpacked(arch, package):
    """The folder that holds the package's files."""
    folder = ROOT / 'build' / 'debian' / arch / package
    done = subprocess.run([ROOT / 'tools' / 'fetch_package.sh', DEBIAN[arch], package, folder], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Failure(f'{package} of {arch} cannot be fetched: {done.stderr.strip()}')
    return folder / 'root'
