# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kinds of sandbox that a caller may be in, as commands to begin a command with."""

import os
import pathlib
import shutil
import subprocess


def can(*command):
    """Whether that is possible here."""
    return bool(shutil.which(command[0])) and subprocess.run([*command, 'true'], capture_output=True,
                                                             check=False).returncode == 0


def bubblewrap(*more):
    """A sandbox in which all of this machine is seen, in a root of its own: what is put there is put nowhere else."""
    command = ['bwrap']
    for path in sorted(pathlib.Path('/').iterdir()):
        if path.is_symlink():
            command += ['--symlink', os.readlink(path), str(path)]
        elif path.is_dir() and path.name not in ('dev', 'proc'):
            command += ['--bind', str(path), str(path)]
    return [*command, '--dev', '/dev', '--proc', '/proc', *more]


def sandboxes(folder):
    """Those that can be made here, by name. @folder is for what they need."""
    info = folder / 'flatpak-info'
    info.write_text('[Application]\nname=org.example.App\n', encoding='utf-8')
    kinds = {
        'mounts': ['unshare', '--mount'],
        'process ids': ['unshare', '--pid', '--fork'],
        'user': ['unshare', '--user', '--map-current-user'],
        'bubblewrap': bubblewrap(),
        'bubblewrap, unshared': bubblewrap('--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts'),
        'Flatpak': bubblewrap('--ro-bind', str(info), '/.flatpak-info'),
        'another user': ['setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'],
    }
    return {kind: command for kind, command in kinds.items() if can(*command)}
