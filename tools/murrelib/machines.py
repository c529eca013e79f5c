# SPDX-License-Identifier: GPL-2.0-only
"""The machines that QEMU can be for us, and the one place that writes its command lines."""
import os
import shutil
import sys

from . import Failure

# For each architecture: QEMU's name, the machine that each verb takes by itself, the CPU to ask for, the serial
# console's name, how to leave with a status (the device, and the kernel's word for it), and for each machine its QEMU
# options and the bus of its virtio devices.
ARCHITECTURES = {
    'x86_64': {
        'qemu': 'qemu-system-x86_64',
        'default': {'run': 'microvm', 'boot': 'pc'},
        'cpu': 'max',
        'counted_cpu': 'max,-la57,-erms',
        'console': 'ttyS0',
        'exit_device': ['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
        'exit_words': ['vmm_exit=0xf4'],
        'machines': {
            'microvm': (['-M', 'microvm,rtc=on', '-global', 'virtio-mmio.force-legacy=false'], 'device'),
            'pc': (['-M', 'pc'], 'pci'),
            'q35': (['-M', 'q35'], 'pci'),
        },
    },
    'aarch64': {
        'qemu': 'qemu-system-aarch64',
        'default': {'run': 'virt', 'boot': 'virt'},
        'cpu': 'max',
        'counted_cpu': 'cortex-a72',
        'console': 'ttyAMA0',
        'exit_device': [],
        'exit_words': [],
        'machines': {
            'virt': (['-M', 'virt', '-global', 'virtio-mmio.force-legacy=false'], 'device'),
        },
    },
}


def default_machine(arch, verb):
    return ARCHITECTURES[arch]['default'][verb]


def virtio_bus(arch, machine):
    return _machine(arch, machine)[1]


def console(arch):
    return ARCHITECTURES[arch]['console']


def kernel_words(arch):
    """The beginning of every kernel command line: what makes the kernel know the machine."""
    return [f'console={console(arch)}', *ARCHITECTURES[arch]['exit_words']]


def command(arch, machine, memory, cpus, counted=False):
    """The beginning of every QEMU command: the bare machine, without kernel and devices. It dies with its parent. A
    counted machine's time is the number of instructions that it has executed: every run of it is the same."""
    spec = ARCHITECTURES[arch]
    if not shutil.which(spec['qemu']):
        raise Failure(f'{spec["qemu"]} is missing; run: make deps')
    return ['setpriv', '--pdeathsig', 'KILL', '--', spec['qemu'], *_machine(arch, machine)[0],
            *(_counted(spec) if counted else _accelerated(arch, spec)),
            '-m', memory, '-smp', str(cpus), '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot',
            *spec['exit_device']]


def _accelerated(arch, spec):
    return ['-accel', 'kvm', '-cpu', 'host'] if kvm_usable(arch) else ['-accel', 'tcg', '-cpu', spec['cpu']]


def _counted(spec):
    return ['-accel', 'tcg', '-icount', 'shift=0,sleep=off', '-seed', '1',
            '-rtc', 'base=2026-01-01T00:00:00,clock=vm', '-cpu', spec['counted_cpu']]


def debugger(kernel):
    """Makes QEMU wait for a debugger before the first instruction, and tells the user how to attach it."""
    linked = kernel.with_suffix('.elf')     # our own images have it beside them, with the symbols
    print(f"murre: waiting for: gdb {linked if linked.exists() else kernel} -ex 'target remote :1234'", file=sys.stderr)
    return ['-s', '-S']


def kvm_usable(arch):
    """Whether the host's KVM can be trusted with a guest: a /dev/kvm without the CPU's own flags hangs it."""
    if arch != os.uname().machine:
        return False
    try:
        with open('/proc/cpuinfo', encoding='ascii', errors='replace') as file:
            flags = next((line for line in file if line.startswith('flags')), '').split()
        os.close(os.open('/dev/kvm', os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        return False
    return 'vmx' in flags or 'svm' in flags


def _machine(arch, machine):
    machines = ARCHITECTURES[arch]['machines']
    if machine not in machines:
        raise Failure(f'{arch} has no machine {machine}; there are: {", ".join(machines)}')
    return machines[machine]
