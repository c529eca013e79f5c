# SPDX-License-Identifier: GPL-2.0-only
"""The root file systems of test guests."""
import gzip
import os
import pathlib
import shutil
import stat
import subprocess

from murrelib import initrd, packages

from . import ARCH, OUT

FOLDERS = ('bin', 'sbin', 'usr/bin', 'usr/sbin', 'etc', 'dev', 'proc', 'sys', 'tmp', 'root', 'tests', 'run')


class Tree:
    """A folder that becomes a root file system: busybox with all its names, accounts, and what is added."""

    def __init__(self, name):
        self.path = OUT / 'trees' / name
        shutil.rmtree(self.path, ignore_errors=True)
        for folder in FOLDERS:
            (self.path / folder).mkdir(parents=True, exist_ok=True)
        (self.path / 'tmp').chmod(0o1777)
        self.add_program(packages.program(ARCH, '/bin/busybox'), 'bin/busybox')
        for applet in initrd.busybox_applets():
            (self.path / 'bin' / applet).symlink_to('busybox')
        self.add_text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n')
        self.add_text('etc/group', 'root:x:0:\nuser:x:1000:\n')

    def add_program(self, source, where, mode=0o755):
        target = self.path / where
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(mode)

    def add_text(self, where, text, mode=0o644):
        target = self.path / where
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def archive(self):
        """The tree as a cpio archive."""
        return initrd.pack(self.path)

    def write_archive(self, compressed=False):
        """The tree as a file that QEMU loads; returns its path."""
        data = self.archive()
        file = self.path.with_suffix('.cpio.gz' if compressed else '.cpio')
        file.write_bytes(compress(data) if compressed else data)
        return file


def archive_of(files):
    """A cpio archive ("newc") of the given names, as they are spelled, and contents; all of them executable. Unlike
    initrd.pack it puts nothing right: it is where damaged archives start."""
    entries = [(name.lstrip('/'), stat.S_IFREG | 0o755, data) for name, data in files.items()]
    packed = b''.join(_entry(*entry) for entry in [*entries, ('TRAILER!!!', 0, b'')])
    return packed + bytes(-len(packed) % 512)


def _entry(name, mode, data):
    encoded = name.encode() + b'\0'
    fields = [1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0]
    header = b'070701' + b''.join(b'%08X' % field for field in fields) + encoded
    return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)


def compress(data):
    """As gzip would."""
    return gzip.compress(data, 6, mtime=0)


def make(targets=('all',)):
    """Builds the guest programs; what is up to date stays."""
    top = pathlib.Path(__file__).resolve().parents[2]
    relative = os.path.relpath(OUT.parent, top)
    subprocess.run(['make', '-s', '-j2', '-f', 'tests/Makefile', f'ARCH={ARCH}', f'O={relative}', *targets],
                   cwd=top, check=True, env={**os.environ, 'MAKEFLAGS': ''})
