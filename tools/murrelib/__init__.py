# SPDX-License-Identifier: GPL-2.0-only
"""The parts of tools/murre."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Failure(Exception):
    """The tool itself cannot go on; the text is the one line that a user reads."""


def build_path(arch, name):
    """A file that make builds; Failure says how to make it when it is not there. MURRE_BUILD names another build."""
    path = ROOT / os.environ.get('MURRE_BUILD', f'build/{arch}') / name
    if not path.exists():
        raise Failure(f'{path} is not built; run: make ARCH={arch}')
    return path
