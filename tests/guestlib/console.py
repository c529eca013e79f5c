# SPDX-License-Identifier: GPL-2.0-only
"""An interactive shell on a guest's serial console, that a test types at."""
import pexpect

from murrelib import machines

from . import ARCH, SLOWER, machine, oracle

PROMPT = 'murre-test# '
BOOT_SECONDS = 40

INIT = f'''#!/bin/sh
export PATH=/bin:/sbin HOME=/root TERM=vt100 LANG=C PS1='{PROMPT}'
mount -t proc proc /proc
mount -t devtmpfs devtmpfs /dev 2>/dev/null
ln -sf /proc/self/fd /dev/fd
cd /root
stty rows 24 columns 80 </dev/{machines.console(ARCH)}
setsid -c sh -i </dev/{machines.console(ARCH)} >/dev/{machines.console(ARCH)} 2>&1
poweroff -f
'''


def prepare(root):
    """Adds what a console needs to a tree."""
    root.add_text('init', INIT, 0o755)


class Console:
    """A shell that waits for commands. What it runs is framed, so that its echo is not taken for output."""

    def __init__(self, argv, seconds=BOOT_SECONDS, prompt=PROMPT):
        self.child = pexpect.spawn(str(argv[0]), [str(word) for word in argv[1:]], encoding='utf-8',
                                   codec_errors='replace', timeout=20, dimensions=(24, 80))
        self.child.delaybeforesend = 0.02
        self.prompt = prompt
        try:
            self.expect(prompt, seconds)
            self.run('stty -g >/root/settings')
        except AssertionError:
            self.close()
            raise

    def run(self, line, seconds=20):
        """Runs a line; returns what it printed."""
        self.send(f'echo @@"S"; {line}; echo @@"E"\r')
        self.expect('@@S\r\n', seconds)
        text = self.expect('@@E\r\n', seconds)
        self.expect(self.prompt)
        return text

    def send(self, keys):
        self.child.send(keys)

    def expect(self, text, seconds=20):
        """Waits for exact text; returns what came before it."""
        try:
            self.child.expect_exact(text, timeout=seconds * SLOWER)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            raise AssertionError(f'{type(error).__name__}: no {text!r} after {self.child.before[-400:]!r}') from None
        return self.child.before.replace('\r\n', '\n').replace('\r', '')

    def start(self, line, sign=None):
        """Starts a line that goes on running; waits for the sign that it does."""
        self.send(f'echo @@"R"; {line}\r')
        self.expect('@@R\r\n')
        if sign:
            self.expect(sign)

    def status(self):
        """The exit status of the last line."""
        self.send('echo @@"Q"$?@\r')
        self.expect('@@Q')
        status = self.expect('@')
        self.expect(self.prompt)
        return status

    def silent(self, seconds):
        """Whether nothing arrives for so long."""
        return self.child.expect([pexpect.TIMEOUT, '.'], timeout=seconds) == 0

    def wait_end(self, seconds=20):
        """Waits until the machine is off; returns its exit status."""
        self.read_to_end(seconds)
        self.child.close()
        return self.child.exitstatus

    def read_to_end(self, seconds=20):
        """Everything that is still said until the machine is off."""
        self.child.expect(pexpect.EOF, timeout=seconds * SLOWER)
        return self.child.before.replace('\r\n', '\n')

    def close(self):
        self.child.close(force=True)


def in_guest(root, **options):
    """A console in a guest with that tree."""
    argv = machine.command(root.write_archive(), **options)
    return Console(behind_a_terminal(argv))


def behind_a_terminal(argv):
    """A guest's terminal ends its lines itself; the one that QEMU sits on must not do so again."""
    return ['sh', '-c', 'stty -onlcr; exec "$@"', 'sh', *argv]


def on_oracle(root):
    """The same on Linux."""
    return in_guest(root, kernel=oracle.kernel())
