# SPDX-License-Identifier: GPL-2.0-only
"""The initial file systems that guests start with: trees of the host, packed by bsdtar."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from . import ROOT, Failure, build_path, packages

CPIO_MAGICS = (b'070701', b'070702')
# Not a kind of program, and not to be read either (a FIFO would wait): the guest finds it and cannot execute it.
NO_PROGRAM_MODE = 0o644


def pack(*trees):
    """The content of directories as one cpio archive, owned by root; of equal paths the later one counts."""
    places = [word for tree in trees for word in ('-C', os.path.abspath(tree), '.')]
    return _output('bsdtar', '--format=newc', '--uid', '0', '--gid', '0', '-cf', '-', *places)


def tree_image(path):
    """A directory or an archive, unpacked from whatever compresses it, as one that others may follow."""
    if os.path.isdir(path):
        return pack(path)
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError as error:
        raise Failure(f'--initrd {path}: {error.strerror}') from None
    data = _output('bsdcat', '--', path)
    if not data.startswith(CPIO_MAGICS):
        raise Failure(f'--initrd {path}: neither a directory nor a cpio archive of the newc kind')
    return data + bytes(-len(data) % 512)


def program_image(arch, argv, env, stdio, winsize, base):
    """The initramfs of `murre run`: user/run with its orders and the program, on top of base, which is a directory, an
    archive or None. See user/run/run.c for the orders."""
    with _stage() as stage:
        shutil.copy(build_path(arch, 'user/run'), stage)
        orders = {'argv': argv, 'env': [f'{key}={value}' for key, value in env.items()], 'cwd': [os.getcwd()],
                  'stdio': stdio, 'winsize': map(str, winsize or ()), 'program-path': _add_program(stage, argv[0], env)}
        for name, strings in orders.items():
            (stage / name).write_bytes(b''.join(os.fsencode(string) + b'\0' for string in strings))
        return (tree_image(base) if base else b'') + pack(stage.parent)


def shell_image(arch):
    """The initramfs of `make run`: Debian's static busybox and the init of user/shell/."""
    busybox = packages.program(arch, '/bin/busybox')
    with _stage() as stage:
        tree = stage.parent
        stage.rmdir()
        for name in ('bin', 'dev', 'proc', 'root', 'sys', 'tmp'):
            (tree / name).mkdir()
        shutil.copy(busybox, tree / 'bin')
        for applet in busybox_applets():
            (tree / 'bin' / applet).symlink_to('busybox')
        return pack(tree, ROOT / 'user' / 'shell')


def busybox_applets():
    """The names of the commands that Debian's busybox knows, whatever its architecture."""
    listed = _output(packages.program(os.uname().machine, '/bin/busybox'), '--list').decode().split()
    return [applet for applet in listed if applet != 'busybox']


@contextlib.contextmanager
def _stage():
    """The folder murre/ of a fresh tree."""
    umask = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory(prefix='murre-') as tree:
            os.chmod(tree, 0o755)
            stage = pathlib.Path(tree, 'murre')
            stage.mkdir()
            yield stage
    finally:
        os.umask(umask)


def _add_program(stage, name, env):
    """Brings the program along, when the host has it; returns the path where the guest is to have it, as a list. The
    guest takes its own instead where it has one at an absolute path, or under a bare name on its PATH."""
    candidates = [name] if '/' in name else [os.path.join(directory, name)
                                             for directory in env.get('PATH', '/bin:/usr/bin').split(':')]
    path = next((path for path in candidates if os.path.exists(path)), None)
    if path is None:
        return []
    try:
        _copy_program(path, stage / 'program')
    except OSError as error:
        raise Failure(f'{path}: {error.strerror}') from None
    return [os.path.abspath(path)]


def _copy_program(path, target):
    if os.path.isdir(path):
        target.mkdir()
    elif os.path.isfile(path):
        shutil.copy(path, target)
    else:
        target.touch(NO_PROGRAM_MODE)


def _output(*command):
    """What a command prints; its complaint is the Failure."""
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError:
        raise Failure(f'{command[0]} is missing; run: make deps') from None
    if result.returncode != 0:
        raise Failure(result.stderr.decode(errors='replace').strip().split('\n')[0])
    return result.stdout
