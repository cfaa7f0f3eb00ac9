#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a program on a bus of its own, where the service is started when it is first called.

    on_bus.py MYRMEXD PROGRAM [ARGUMENT…]

The folders of both are theirs alone. When the program has ended the service is asked to leave, and then the bus; the
exit status is the program's.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from gi.repository import Gio, GLib

import service


def pid_of_service(bus):
    return bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                         'GetConnectionUnixProcessID', GLib.Variant('(s)', (service.NAME,)), None,
                         Gio.DBusCallFlags.NONE, -1, None).unpack()[0]


def end_service(bus):
    """Has the service leave, and waits until it has."""
    # The answer comes after the bus has taken the wish for signals.
    gone = []
    bus.signal_subscribe('org.freedesktop.DBus', 'org.freedesktop.DBus', 'NameOwnerChanged', None, service.NAME,
                         Gio.DBusSignalFlags.NONE, lambda *rest: gone.append(True))
    answer = bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameHasOwner',
                           GLib.Variant('(s)', (service.NAME,)), None, Gio.DBusCallFlags.NONE, -1, None)
    if not answer.unpack()[0]:
        return
    os.kill(pid_of_service(bus), signal.SIGTERM)
    service.iterate(lambda: gone, 'end of the service')


def leave(number, frame):
    """Whoever ends this ends the program, and the bus, too; what is on the disk is still to be removed."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main():
    signal.signal(signal.SIGTERM, leave)
    with tempfile.TemporaryDirectory(prefix='myrmex-on-bus-', ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        services = folder / 'services'
        services.mkdir()
        (services / f'{service.NAME}.service').write_text(
            f'[D-BUS Service]\nName={service.NAME}\nExec={service.MYRMEXD}\n', encoding='utf-8')
        (folder / 'bus.conf').write_text(service.CONFIG.format(folder=folder), encoding='utf-8')
        environment = {'MYRMEX_SUPERVISOR': '', **os.environ, 'HOME': name, 'XDG_RUNTIME_DIR': name}
        for kind in ('data', 'config', 'state', 'cache'):
            environment[f'XDG_{kind.upper()}_HOME'] = str(folder / kind)
        daemon = subprocess.Popen(['dbus-daemon', f'--config-file={folder}/bus.conf', '--nofork', '--print-address'],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True)
        try:
            address = daemon.stdout.readline().strip()
            client = service.Client(address)
            status = subprocess.call(sys.argv[1:], env=environment | {'DBUS_SESSION_BUS_ADDRESS': address})
            end_service(client.bus)
            client.close()
        finally:
            # Without a bus a service leaves by itself.
            daemon.terminate()
            daemon.wait()
    return status if status >= 0 else 128 - status


if __name__ == '__main__':
    sys.exit(main())
