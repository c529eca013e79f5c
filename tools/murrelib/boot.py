# SPDX-License-Identifier: GPL-2.0-only
"""`murre boot`: a whole system whose serial console is this terminal (Ctrl-A x leaves QEMU, Ctrl-A h helps)."""
import os
import subprocess
import tempfile

from . import Failure, build_path, initrd, machines

UEFI_CODE = '/usr/share/OVMF/OVMF_CODE_4M.fd'
UEFI_VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd'


def boot(options):
    """Boots the kernel, or an ISO image, and returns QEMU's exit status once the guest has powered off."""
    argv = machines.command(options.arch, options.machine, options.mem, options.smp) + ['-serial', 'mon:stdio']
    if options.uefi:
        argv += _firmware_arguments()
    if options.gdb:
        argv += machines.debugger(options.kernel)
    if options.iso:
        return subprocess.run(argv + _image_arguments(options), check=False).returncode
    with tempfile.NamedTemporaryFile(prefix='murre-') as image:
        image.write(initrd.tree_image(options.initrd or build_path(options.arch, 'shell.cpio')))
        image.flush()
        return subprocess.run(argv + _kernel_arguments(options, image.name), check=False).returncode


def _kernel_arguments(options, image):
    words = [*machines.kernel_words(options.arch), 'quiet', *_window_words(), *options.append]
    return ['-kernel', str(options.kernel), '-initrd', image, '-append', ' '.join(words)]


def _image_arguments(options):
    if not options.iso.is_file():
        raise Failure(f'--iso {options.iso}: no such file')
    return ['-drive', f'file={options.iso},media=cdrom,if=none,id=cd,readonly=on',
            '-device', 'ide-cd,drive=cd,bus=ide.0']


def _firmware_arguments():
    """The variables are writable, and forgotten at the end."""
    if not os.path.exists(UEFI_CODE):
        raise Failure(f'{UEFI_CODE} is missing; run: make deps')
    return ['-drive', f'if=pflash,format=raw,unit=0,readonly=on,file={UEFI_CODE}',
            '-drive', f'if=pflash,format=raw,unit=1,snapshot=on,file={UEFI_VARIABLES}']


def _window_words():
    """A serial line knows no window size; the shell's init takes it from the command line."""
    try:
        columns, rows = os.get_terminal_size(0)
    except OSError:
        return []
    return [f'rows={rows}', f'columns={columns}'] if rows and columns else []
