# SPDX-License-Identifier: GPL-2.0-only
"""tools/ksyms.py: the symbol table that an assembler makes of its output describes the functions that it was given."""
import struct
import subprocess

import pytest
from guestlib import TOP

BASE = 0xffffffff80000000


@pytest.fixture
def table(tmp_path):
    """The table of an nm listing as a reader of the image sees it: [(address, name)]."""
    def make(listing):
        source, image = tmp_path / 'k.S', tmp_path / 'k.bin'
        source.write_text(ksyms(listing).stdout)
        subprocess.run(['gcc', '-c', source, '-o', tmp_path / 'k.o'], check=True)
        subprocess.run(['objcopy', '-O', 'binary', '-j', '.rodata.ksyms', tmp_path / 'k.o', image], check=True)
        return read_table(image.read_bytes())
    return make


def ksyms(listing, *options):
    return subprocess.run([TOP / 'tools' / 'ksyms.py', '--base', hex(BASE), *options], input=listing,
                          capture_output=True, text=True, timeout=60, check=False)


def read_table(data):
    base, count = struct.unpack_from('<QI', data)
    offsets = struct.unpack_from(f'<{count}I', data, 12)
    places = struct.unpack_from(f'<{count}I', data, 12 + 4 * count)
    names = data[12 + 8 * count:]
    return [(base + offset, names[place:names.index(b'\0', place)].decode())
            for offset, place in zip(offsets, places)]


def nm(*rows):
    return ''.join(f'{address:016x} {kind} {name}\n' for address, kind, name in rows)


def test_functions_by_rising_address(table):
    assert table(nm((BASE + 0x200, 't', 'second'), (BASE + 0x100, 'T', 'first'), (BASE + 0x300, 'W', 'third'))) == [
        (BASE + 0x100, 'first'), (BASE + 0x200, 'second'), (BASE + 0x300, 'third')]


def test_data_low_addresses_and_labels_of_the_assembler_stay_out(table):
    assert table(nm((BASE + 1, 'D', 'data'), (0x1000, 'T', 'boot_entry'), (BASE + 2, 't', '.L5'),
                    (BASE + 3, 't', 'kept'))) == [(BASE + 3, 'kept')]


def test_the_global_one_of_two_names_for_an_address_counts(table):
    assert table(nm((BASE, 't', 'local'), (BASE, 'T', 'global'))) == [(BASE, 'global')]


def test_equal_names_at_two_addresses_stand_twice(table):
    assert table(nm((BASE, 't', 'helper'), (BASE + 8, 't', 'helper'))) == [(BASE, 'helper'), (BASE + 8, 'helper')]


def test_an_empty_listing_gives_an_empty_table(table):
    assert table('') == []


def test_check_tells_a_table_that_lies(tmp_path):
    listing = nm((BASE, 'T', 'moved'))
    truth = tmp_path / 'table.S'
    truth.write_text(ksyms(listing).stdout)
    assert ksyms(listing, '--check', truth).returncode == 0
    lie = ksyms(nm((BASE + 16, 'T', 'moved')), '--check', truth)
    assert lie.returncode == 1 and 'table.S' in lie.stderr
