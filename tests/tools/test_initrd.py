# SPDX-License-Identifier: GPL-2.0-only
"""murrelib.initrd: what the kernel will find in the archives that the tools make."""
import io
import os
import subprocess
import tarfile

import pytest
from guestlib import ARCH
from murrelib import Failure, initrd


def entries(data):
    """{path: (type and mode, owner, content or link target)} of an archive; of equal paths the last counts."""
    # Archives one after the other are the kernel's custom; bsdtar reads the first one only.
    found = {}
    while data := data.lstrip(b'\0'):
        end = data.index(b'TRAILER!!!\0') + 11
        as_tar = subprocess.run(['bsdtar', '--format=pax', '-cf', '-', '@-'], input=data[:end] + bytes(512), check=True,
                                capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(as_tar)) as tar:
            for entry in tar:
                content = tar.extractfile(entry).read() if entry.isreg() else entry.linkname
                found[os.path.normpath(entry.name)] = (entry.type, entry.mode, entry.uid, entry.gid, content)
        data = data[end:].lstrip(b'\0')
    return found


def image(base=None, argv=('./prog',), env=()):
    return entries(initrd.program_image(ARCH, list(argv), dict(env), ['/dev/hvc0'] * 4, (24, 80), base))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An own working directory with a program in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'prog').write_bytes(b'\x7fELF and more')
    (tmp_path / 'prog').chmod(0o755)
    return tmp_path


@pytest.fixture
def tree(tmp_path):
    """A root file system: a link to a folder, a file with odd name and mode."""
    top = tmp_path / 'tree'
    (top / 'usr' / 'bin').mkdir(parents=True)
    (top / 'bin').symlink_to('usr/bin')
    (top / 'usr' / 'bin' / 'a name').write_text('text')
    (top / 'usr' / 'bin' / 'a name').chmod(0o4711)
    (top / 'tmp').mkdir()
    (top / 'tmp').chmod(0o1777)
    return top


def test_a_tree_keeps_modes_links_and_contents_and_belongs_to_root(tree):
    found = entries(initrd.pack(tree))
    assert found['usr/bin/a name'] == (tarfile.REGTYPE, 0o4711, 0, 0, b'text')
    assert found['tmp'][:4] == (tarfile.DIRTYPE, 0o1777, 0, 0)
    assert found['bin'][0] == tarfile.SYMTYPE and found['bin'][4] == 'usr/bin'


def test_names_of_one_file_bring_it_once(tmp_path):
    (tmp_path / 'first').write_bytes(bytes(range(256)) * 400)
    os.link(tmp_path / 'first', tmp_path / 'second')
    assert len(initrd.pack(tmp_path)) < 2 * 256 * 400


def test_the_later_tree_wins(tree, tmp_path):
    other = tmp_path / 'other'
    (other / 'usr' / 'bin').mkdir(parents=True)
    (other / 'usr' / 'bin' / 'a name').write_text('newer')
    assert entries(initrd.pack(tree, other))['usr/bin/a name'][4] == b'newer'


def test_the_program_and_its_orders(here):
    found = image(argv=['./prog', '', 'zwei Wörter'], env={'A': 'b=c'})
    assert found['murre/argv'][4] == './prog\0\0zwei Wörter\0'.encode()
    assert found['murre/env'][4] == b'A=b=c\0'
    assert found['murre/cwd'][4] == os.fsencode(here) + b'\0'
    assert found['murre/winsize'][4] == b'24\x0080\0'
    assert found['murre/program-path'][4] == os.fsencode(here / 'prog') + b'\0'
    assert found['murre/program'][1:] == (0o755, 0, 0, b'\x7fELF and more')
    assert found['murre/run'][1] & 0o111


def test_a_bare_name_is_looked_up_on_the_programs_path(here):
    (here / 'bin').mkdir()
    (here / 'prog').rename(here / 'bin' / 'prog')
    assert image(argv=['prog'], env={'PATH': f'/nowhere:{here}/bin'})['murre/program'][4] == b'\x7fELF and more'


def test_a_program_that_the_host_lacks_is_left_to_the_guest(here):
    found = image(argv=['/only/in/the/guest'])
    assert 'murre/program' not in found and found['murre/program-path'][4] == b''


def test_a_folder_or_a_pipe_for_a_program_is_not_waited_for(here):
    (here / 'folder').mkdir()
    os.mkfifo(here / 'pipe')
    assert image(argv=['./folder'])['murre/program'][0] == tarfile.DIRTYPE
    assert image(argv=['./pipe'])['murre/program'][1:] == (0o644, 0, 0, b'')


def test_a_folder_as_base_keeps_its_links(here, tree):
    found = image(tree)
    assert found['bin'][0] == tarfile.SYMTYPE and found['tmp'][1] == 0o1777 and 'murre/program' in found


@pytest.mark.parametrize('kind', ['gzip', 'bzip2', 'xz', 'lzma', 'zstd', 'lz4'])
def test_a_compressed_archive_as_base(here, tree, kind):
    (here / 'plain').write_bytes(initrd.pack(tree))
    subprocess.run(['bsdtar', '--format=raw', f'--{kind}', '-cf', 'base', 'plain'], check=True)
    found = image(here / 'base')
    assert found['usr/bin/a name'] == (tarfile.REGTYPE, 0o4711, 0, 0, b'text') and 'murre/program' in found


def test_archives_in_a_row_as_base(here, tree):
    (here / 'more').mkdir()
    (here / 'more' / 'file').write_text('of the second')
    (here / 'base').write_bytes(initrd.pack(tree) + initrd.pack(here / 'more'))
    found = image(here / 'base')
    assert {'usr/bin/a name', 'file', 'murre/program'} <= set(found)


@pytest.mark.parametrize('data', [b'', b'text\n', b'\x1f\x8b\x08 cut', b'070707 an older kind'])
def test_no_archive_as_base_is_one_line(here, data):
    (here / 'base').write_bytes(data)
    with pytest.raises(Failure, match=r'^--initrd .*base: [^\n]*$'):
        image(here / 'base')


def test_a_base_that_is_not_there(here):
    with pytest.raises(Failure, match='^--initrd nothing: No such file'):
        image('nothing')
