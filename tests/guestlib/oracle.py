# SPDX-License-Identifier: GPL-2.0-only
"""The oracle: Debian's own Linux 6.1 in the same machine with the same root file system. What it said is kept below
build/oracle, under a hash of all that the answer depends on, so that Linux is booted only for what has changed."""
import hashlib
import json
import os
import stat
import subprocess

from . import ARCH, TOP, batch

FOLDER = TOP / 'build' / 'oracle' / ARCH
# A busy host makes Linux misjudge the speed of its time stamp counter; the machine's own clocks need no calibration.
WORDS = {'x86_64': 'clocksource=acpi_pm', 'aarch64': ''}
PACKAGES = {'x86_64': ('amd64', 'linux-image-cloud-amd64'), 'aarch64': ('arm64', 'linux-image-cloud-arm64')}


def kernel():
    """Linux's image; fetched when it is not there yet."""
    subprocess.run([TOP / 'tools' / 'fetch_package.sh', *PACKAGES[ARCH], FOLDER / 'kernel'], check=True)
    return max((FOLDER / 'kernel' / 'root' / 'boot').glob('vmlinuz-*'))


def ask(tree, commands, **options):
    """What the commands say on Linux in that tree; returns {name: Outcome}."""
    image = kernel()
    options['append'] = f'{options.get("append", "")} {WORDS[ARCH]}'.strip()
    batch.write_list(tree, [])
    keys = {command.name: _key(tree, command, commands, image, options) for command in commands}
    known = {name: _recall(key) for name, key in keys.items()}
    new = [command for command in commands if known[command.name] is None]
    if new:
        for name, outcome in batch.on_guest(tree, new, kernel=image, **options).items():
            known[name] = outcome
            if outcome.end.startswith('exit') and not wrong(outcome):
                _keep(keys[name], outcome)
    return known


def wrong(outcome):
    """The checks of a program that do not hold: on Linux the mark of a wrong test, or of a machine out of breath."""
    return [line for line in outcome.lines() if line.endswith(': NO')]


def _key(tree, command, commands, image, options):
    """A hash of all that the answer depends on: everything in the tree but the programs of the other commands."""
    others = {other.argv[0] for other in commands} - {command.argv[0]}
    parts = [image.name, command.argv, sorted(options.items())]
    for path in sorted(tree.path.rglob('*')):
        name = '/' + str(path.relative_to(tree.path))
        if name not in others and name != '/tests/list':
            parts.append((name, _content(path)))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _content(path):
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return os.readlink(path)
    return mode, hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(mode) else ''


def _answer(key):
    return FOLDER / 'answers' / f'{key}.json'


def _recall(key):
    try:
        return batch.Outcome(**json.loads(_answer(key).read_text()))
    except FileNotFoundError:
        return None


def _keep(key, outcome):
    file = _answer(key)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f'.{os.getpid()}')
    part.write_text(json.dumps({'text': outcome.text, 'end': outcome.end}))
    part.rename(file)
