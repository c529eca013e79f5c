# SPDX-License-Identifier: GPL-2.0-only
"""Moves bytes between the descriptors of this process and the channels of a guest, unchanged and in both directions at
once, without ever waiting on one of them alone."""
import os
import select
import socket

CHUNK = 65536
# A pipe that poll calls writable takes this much without blocking; the host's descriptors are not ours to make
# non-blocking, since other processes share them.
SAFE_WRITE = select.PIPE_BUF


class Stream:
    """One direction: what is read from source goes to sink. `ended` tells that source has no more and sink has all."""

    def __init__(self, source, sink, write_limit=SAFE_WRITE, on_end=None, on_broken=None):
        self.source, self.sink = source, sink
        self.write_limit = write_limit
        self.on_end, self.on_broken = on_end, on_broken
        self.ended = False
        self._pending = b''

    def wants(self):
        """(descriptor, poll event) that this stream waits for, or None at its end."""
        if self.ended:
            return None
        return (self.sink, select.POLLOUT) if self._pending else (self.source, select.POLLIN)

    def step(self):
        """Called when what it wants has come."""
        if self._pending:
            self._write()
        else:
            self._read()

    def _read(self):
        try:
            self._pending = os.read(self.source, CHUNK)
        except (ConnectionError, OSError):
            self._pending = b''
        if not self._pending:
            self._finish(self.on_end)

    def _write(self):
        try:
            written = os.write(self.sink, self._pending[:self.write_limit])
        except BlockingIOError:
            return
        except OSError:
            self._finish(self.on_broken)
            return
        self._pending = self._pending[written:]

    def _finish(self, callback):
        self.ended = True
        self._pending = b''
        if callback:
            callback()


class Sink:
    """Collects what a channel says, for line-wise channels and the console."""

    def __init__(self, source, on_data):
        self.source, self.on_data = source, on_data
        self.ended = False

    def wants(self):
        return None if self.ended else (self.source, select.POLLIN)

    def step(self):
        try:
            data = os.read(self.source, CHUNK)
        except OSError:
            data = b''
        if data:
            self.on_data(data)
        else:
            self.ended = True


def poll_once(streams, timeout):
    """Waits until one of the streams can go on, moves what can be moved; returns whether anything could."""
    waiting = {}
    for stream in streams:
        want = stream.wants()
        if want:
            waiting.setdefault(want[0], []).append((want[1], stream))
    poller = select.poll()
    for descriptor, wants in waiting.items():
        poller.register(descriptor, _union(event for event, _ in wants))
    # poll(2) takes an int; a wait that ends early is simply begun again.
    ready = poller.poll(None if timeout is None else min(max(0, timeout * 1000), 1 << 30))
    for descriptor, events in ready:
        for event, stream in waiting[descriptor]:
            if events & (event | select.POLLHUP | select.POLLERR | select.POLLNVAL):
                stream.step()
    return bool(ready)


def half_close(channel):
    """Tells the guest that nothing more comes. A full close would throw away what QEMU has not read yet."""
    def close():
        try:
            channel.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    return close


def _union(events):
    result = 0
    for event in events:
        result |= event
    return result
