# SPDX-License-Identifier: GPL-2.0-only
"""tools/murre: what it refuses before anything boots is one clear line and status 125."""
import pytest


@pytest.mark.parametrize('arguments, said', [
    ((), 'verb'),
    (('walk',), 'walk'),
    (('run',), 'program'),
    (('run', '--', ), 'program'),
    (('run', '--unknown', '--', 'true'), '--unknown'),
    (('run', '--arch', 'pdp11', '--', 'true'), 'pdp11'),
    (('run', '--smp', 'many', '--', 'true'), 'many'),
    (('run', '--smp', '0', '--', 'true'), '--smp'),
    (('run', '--mem', 'much', '--', 'true'), 'much'),
    (('run', '--timeout', 'soon', '--', 'true'), 'soon'),
    (('run', '--timeout', '-1', '--', 'true'), '--timeout'),
    (('run', '--timeout', 'nan', '--', 'true'), '--timeout'),
    (('run', '--env', '=x', '--', 'true'), '--env'),
    (('run', '--machine', 'toaster', '--', 'true'), 'toaster'),
    (('run', '--kernel', '/nowhere/murre', '--', 'true'), '/nowhere/murre'),
    (('run', '--kernel', '/usr', '--', 'true'), '/usr'),
    (('run', '--initrd', '/nowhere/tree', '--', 'true'), '/nowhere/tree'),
    (('run', '--initrd', '/etc/passwd', '--', 'true'), '/etc/passwd'),
    (('boot', '--iso', '/nowhere/iso'), '/nowhere/iso'),
    (('boot', '--initrd', '/nowhere/tree'), '/nowhere/tree'),
])
def test_a_wrong_word_is_refused_by_name(tool, tmp_path, arguments, said):
    kernel = tmp_path / 'kernel'
    kernel.write_bytes(b'never booted')
    if arguments[:1] in (('run',), ('boot',)) and '--kernel' not in arguments:
        arguments = (arguments[0], '--kernel', kernel, *arguments[1:])
    result = tool('murre', *arguments)
    assert result.returncode == 125 and result.stdout == ''
    last = result.stderr.splitlines()[-1]
    assert last.startswith('murre: ') and said in last
    assert 'Traceback' not in result.stderr


def test_help_is_no_error(tool):
    for arguments in ((), ('run',), ('boot',)):
        result = tool('murre', *arguments, '--help')
        assert result.returncode == 0 and 'usage: murre' in result.stdout and result.stderr == ''
