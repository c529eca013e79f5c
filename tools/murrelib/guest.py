# SPDX-License-Identifier: GPL-2.0-only
"""`murre run`: boots the kernel with one program, and is that program for whoever called: its input, output and
errors pass through unchanged, and its exit status becomes ours. See user/run/run.c for the guest's half.

The guest has one virtio-serial device. What is a terminal here is the terminal /dev/hvc0 there; everything else is a
port, /dev/vport0p1 for stdin, 2 for stdout, 3 for stderr; port 4 is the control channel. Descriptors that are one file
here (2>&1) are one there, so that the order of what is written stays; closed ones are closed.
"""
import contextlib
import os
import signal
import socket
import subprocess
import sys
import termios
import time
import tty

from . import initrd, machines, relay

EXIT_TIMEOUT, EXIT_TOOL = 124, 125
TERMINAL, CONTROL, CLOSED = '/dev/hvc0', '/dev/vport0p4', ''
POWER_OFF_PATIENCE = 5.0
CONSOLE_TAIL = 40


class Guest:
    """One run, from the choice of channels to the exit status."""

    def __init__(self, options):
        self.options = options
        self._stdio = _choose_channels()
        self._status = None
        self._broken = False
        self._console = bytearray()
        self._line = b''
        self._channels = {}
        self._inherited = []

    def run(self):
        """Runs the guest to its end; returns the exit status for our caller."""
        qemu = self._start()
        try:
            with _raw_terminal(self._stdio[0] == TERMINAL):
                return self._attend(qemu)
        finally:
            qemu.kill()
            qemu.wait()

    # ---- Start

    def _start(self):
        options = self.options
        argv = machines.command(options.arch, options.machine, options.mem, options.smp)
        argv += self._console_arguments() + self._channel_arguments()
        argv += ['-kernel', str(options.kernel), '-initrd', self._image(), '-append', self._command_line()]
        if options.gdb:
            argv += machines.debugger(options.kernel)
        qemu = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True,
                                pass_fds=self._inherited)
        for descriptor in self._inherited:
            os.close(descriptor)
        return qemu

    def _image(self):
        options = self.options
        data = initrd.program_image(options.arch, options.command, options.env, [*self._stdio, CONTROL],
                                    _window_size(), options.initrd)
        descriptor = os.memfd_create('initrd', 0)
        with open(descriptor, 'wb', closefd=False) as file:
            file.write(data)
        self._inherited.append(descriptor)
        return f'/dev/fd/{descriptor}'

    def _command_line(self):
        options = self.options
        words = [*machines.kernel_words(options.arch), 'rdinit=/murre/run', 'panic=-1']
        if not options.trace and not options.console:
            words.append('quiet')
        if options.trace:
            words.append('strace=1')
        return ' '.join(words + options.append)

    def _chardev(self, name):
        """A socket to QEMU's character device of that name; our end is kept in _channels."""
        ours, theirs = socket.socketpair()
        self._channels[name] = ours
        self._inherited.append(theirs.detach())
        return ['-chardev', f'socket,id={name},fd={self._inherited[-1]}']

    def _console_arguments(self):
        return [*self._chardev('console'), '-serial', 'chardev:console']

    def _channel_arguments(self):
        bus = machines.virtio_bus(self.options.arch, self.options.machine)
        arguments = ['-device', f'virtio-serial-{bus},id=murre,max_ports=6']
        for path in dict.fromkeys([*self._stdio, CONTROL]):
            if path == CLOSED:
                continue
            name = os.path.basename(path)
            # Not a virtconsole: QEMU drops what that says while its reader is slow. The kernel knows the port by name.
            number, port = (5, 'terminal') if path == TERMINAL else (int(name[-1]), name)
            arguments += self._chardev(name)
            arguments += ['-device', f'virtserialport,bus=murre.0,nr={number},name=murre.{port},chardev={name}']
        return arguments

    # ---- Life

    def _attend(self, qemu):
        self._outputs = [relay.Sink(self._channels['console'].fileno(), self._on_console),
                         relay.Sink(self._channel(CONTROL).fileno(), self._on_control), *self._output_streams()]
        self._inputs = []
        signal.signal(signal.SIGWINCH, lambda *_: self._send_window_size())

        in_time = self._pump(lambda: self._status is not None or self._silent(), self.options.timeout)
        if self._broken:
            return 128 + signal.SIGPIPE
        if not in_time:
            print(f'murre: timed out after {self.options.timeout:g} s', file=sys.stderr)
            return EXIT_TIMEOUT
        # The program has ended. What it wrote may still be on its way when the machine is off already.
        self._inputs = []
        self._pump(self._silent, POWER_OFF_PATIENCE)
        qemu_status = _reap(qemu)
        self._pump(self._silent, None)
        return self._result(qemu_status)

    def _pump(self, done, seconds):
        """Moves bytes until done() holds or our reader is gone; False when the time was up before."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not done() and not self._broken:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            relay.poll_once(self._outputs + self._inputs, left)
        return True

    def _silent(self):
        return all(stream.ended for stream in self._outputs)

    def _result(self, qemu_status):
        if self._status is not None:
            return self._status
        text = self._console.decode(errors='replace').replace('\r', '').strip('\n')
        if text and not self._console_shown():
            print('\n'.join(text.split('\n')[-CONSOLE_TAIL:]), file=sys.stderr)
        reason = f' (QEMU ended with status {qemu_status})' if qemu_status else ''
        print(f'murre: the machine stopped before the program ended{reason}', file=sys.stderr)
        return EXIT_TOOL

    # ---- Channels

    def _channel(self, path):
        return self._channels[os.path.basename(path)]

    def _output_streams(self):
        sinks = {}
        for descriptor in (1, 2, 0):
            if descriptor or self._stdio[0] == TERMINAL:
                sinks.setdefault(self._stdio[descriptor], descriptor)
        return [relay.Stream(self._channel(path).fileno(), descriptor, on_broken=self._on_broken)
                for path, descriptor in sinks.items() if path != CLOSED]

    def _input_stream(self):
        channel = self._channel(self._stdio[0])
        channel.setblocking(False)
        return relay.Stream(0, channel.fileno(), write_limit=relay.CHUNK, on_end=relay.half_close(channel))

    def _on_broken(self):
        """Whoever read our output is gone: a program of the host would have been ended by SIGPIPE."""
        self._broken = True

    def _on_console(self, data):
        self._console += data
        if self._console_shown():
            os.write(2, data)

    def _console_shown(self):
        return self.options.console or self.options.trace

    def _on_control(self, data):
        *lines, self._line = (self._line + data).split(b'\n')
        for line in lines:
            word, _, number = line.decode('ascii', 'replace').partition(' ')
            if word == 'ready':
                self._inputs = [self._input_stream()] if self._stdio[0] != CLOSED else []
            elif word in ('exit', 'signal') and number.isdigit():
                self._status = int(number) + (128 if word == 'signal' else 0)

    def _send_window_size(self):
        size = _window_size()
        if size:
            self._channel(CONTROL).send(b'winsize %d %d\n' % size)


def _reap(qemu):
    """The exit status of a QEMU that is about to end, or is made to."""
    try:
        return qemu.wait(1)
    except subprocess.TimeoutExpired:
        qemu.kill()
        return qemu.wait()


def _choose_channels():
    """Device paths in the guest for stdin, stdout and stderr."""
    paths, seen = [], {}
    for descriptor in range(3):
        if os.isatty(descriptor):
            paths.append(TERMINAL)
            continue
        try:
            info = os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)      # so that nothing of ours gets the number
            paths.append(CLOSED)
            continue
        # Two writers of one file keep their order when they share a channel. Input never shares.
        identity = (info.st_dev, info.st_ino) if descriptor else None
        paths.append(seen.setdefault(identity, f'/dev/vport0p{descriptor + 1}'))
    return paths


def _window_size():
    """(rows, columns) of the terminal that we have, or None."""
    for descriptor in range(3):
        if os.isatty(descriptor):
            columns, rows = os.get_terminal_size(descriptor)
            return rows, columns
    return None


@contextlib.contextmanager
def _raw_terminal(wanted):
    """The guest's terminal does the line editing; ours hands every key on."""
    if not wanted:
        yield
        return
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0, termios.TCSADRAIN)
        yield
    finally:
        with contextlib.suppress(termios.error):    # a terminal that has hung up needs no setting back
            termios.tcsetattr(0, termios.TCSADRAIN, before)
