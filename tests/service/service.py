# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the service share: a bus of their own, the service on it, and clients made by hand."""

import atexit
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'tools'))

from gi.repository import Gio, GLib  # noqa: E402


def preloading(program):
    """The program, or what starts it with a library that it, and nothing else, has to have; see tests/races."""
    library = os.environ.get('MYRMEX_TEST_PRELOAD')
    if library is None:
        return program
    folder = tempfile.mkdtemp(prefix='myrmex-preload-')
    atexit.register(shutil.rmtree, folder)
    script = pathlib.Path(folder) / pathlib.Path(program).name
    script.write_text(f'#!/bin/sh\nLD_PRELOAD={library!r} exec {program!r} "$@"\n', encoding='utf-8')
    script.chmod(0o755)
    return str(script)


MYRMEXD = preloading(sys.argv.pop(1))
NAME = 'org.codomyrmex.Myrmex1'
PATH = '/org/codomyrmex/Myrmex1'
MANAGER = NAME + '.Manager'
RUN = NAME + '.Run'
PROPERTIES = 'org.freedesktop.DBus.Properties'
# Seconds, for what ends long before on any machine. A sanitizer that notes where all memory is from takes its time.
DEADLINE = 240 if {'ASAN_OPTIONS', 'TSAN_OPTIONS'} & set(os.environ) else 60

CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="auth_timeout">240000</limit>
  <limit name="service_start_timeout">240000</limit>
  <limit name="max_replies_per_connection">50000</limit>
  <limit name="max_incoming_bytes">1000000000</limit>
  <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_message_size">1000000000</limit>
</busconfig>
'''


def iterate(until, what):
    """Iterates the main context until @until() is true."""
    context = GLib.MainContext.default()
    # Wakes the loop now and then, so that the deadline is looked at.
    tick = GLib.timeout_add(200, lambda: True)
    end = time.monotonic() + DEADLINE
    try:
        while not until():
            if time.monotonic() > end:
                raise AssertionError(f'in {DEADLINE} s there was no {what}')
            context.iteration(True)
    finally:
        GLib.source_remove(tick)


def definition(tasks, name='w', **more):
    """A workflow in JSON. A task that is a string is a shell script."""
    tasks = {key: {'shell': task} if isinstance(task, str) else task for key, task in tasks.items()}
    return json.dumps({'myrmex': 1, 'name': name, 'tasks': tasks, **more})


def variant(value):
    """The GVariant of a value of Python, for options."""
    if isinstance(value, GLib.Variant):
        return value
    if isinstance(value, bool):
        return GLib.Variant('b', value)
    if isinstance(value, float):
        return GLib.Variant('d', value)
    if isinstance(value, int):
        return GLib.Variant('u', value)
    if isinstance(value, dict):
        return GLib.Variant('a{sv}', {key: variant(item) for key, item in value.items()})
    if isinstance(value, list):
        return GLib.Variant('as', value)
    return GLib.Variant('s', value)


class Client:
    """A connection to the bus that knows nothing of Myrmex but its interfaces."""

    def __init__(self, address):
        self.bus = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)
        self.bus.set_exit_on_close(False)

    def close(self):
        if not self.bus.is_closed():
            self.bus.close_sync(None)

    def call(self, method, signature, *arguments, path=PATH, interface=MANAGER, fds=None):
        """Calls a method and gives what it returns, unpacked: alone, or as a tuple."""
        reply, out = self.bus.call_with_unix_fd_list_sync(
            NAME, path, interface, method, GLib.Variant(signature, arguments) if signature != '()' else None, None,
            Gio.DBusCallFlags.NO_AUTO_START, DEADLINE * 1000, fds, None)
        if out is not None and out.get_length() > 0:
            return out.get(0)
        values = reply.unpack()
        return values[0] if len(values) == 1 else values

    def call_async(self, method, signature, *arguments, path=PATH, interface=MANAGER):
        """Calls a method; what is returned becomes .value or .error."""
        pending = Pending()
        self.bus.call(NAME, path, interface, method, GLib.Variant(signature, arguments) if signature != '()' else None,
                      None, Gio.DBusCallFlags.NO_AUTO_START, DEADLINE * 1000, None, pending.done)
        return pending

    def submit(self, text, **options):
        return self.call('Submit', '(sa{sv})', text, {key: variant(value) for key, value in options.items()})

    def of_run(self, path, method, signature='()', *arguments):
        return self.call(method, signature, *arguments, path=path, interface=RUN)

    def wait(self, path):
        return self.of_run(path, 'Wait')

    def get(self, path, name, interface=RUN):
        return self.call('Get', '(ss)', interface, name, path=path, interface=PROPERTIES)

    def listen(self, func, signal=None, path=None, interface=None):
        """Calls @func (signal, parameters) for each signal of the service."""
        return self.bus.signal_subscribe(
            NAME, interface, signal, path, None, Gio.DBusSignalFlags.NONE,
            lambda bus, sender, at, name, member, parameters: func(member, parameters.unpack()))


class Pending:
    """The answer to a call, when it comes."""

    def __init__(self):
        self.value = self.error = None
        self.is_done = False

    def done(self, bus, result):
        try:
            self.value = bus.call_finish(result).unpack()
        except GLib.Error as error:
            self.error = error
        self.is_done = True


class Case(unittest.TestCase):
    """A test with a bus and a service on it. ENVIRONMENT is more for the service."""

    maxDiff = None
    ENVIRONMENT = {}
    STARTS_SERVICE = True

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='myrmex-service-')
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.services = self.folder / 'services'
        self.services.mkdir()
        self.environment = {**os.environ, 'MYRMEX_IDLE_TIMEOUT': '0', 'HOME': folder.name, 'TMPDIR': folder.name,
                            'XDG_DATA_HOME': str(self.folder / 'data'), 'XDG_RUNTIME_DIR': folder.name,
                            'XDG_CONFIG_HOME': str(self.folder / 'config'),
                            'XDG_STATE_HOME': str(self.folder / 'state'),
                            'MYRMEX_SUPERVISOR': os.environ.get('MYRMEX_SUPERVISOR', ''), **self.ENVIRONMENT}
        self.start_bus()
        if self.STARTS_SERVICE:
            self.service = self.start_service()

    def start_bus(self):
        config = self.folder / 'bus.conf'
        config.write_text(CONFIG.format(folder=self.folder), encoding='utf-8')
        self.bus_process = subprocess.Popen(
            ['dbus-daemon', f'--config-file={config}', '--nofork', '--print-address'], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=self.environment, text=True)
        self.addCleanup(self.end, self.bus_process)
        self.address = self.bus_process.stdout.readline().strip()
        self.bus_process.stdout.close()
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = self.address
        self.client = self.connect()

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def connect(self):
        client = Client(self.address)
        self.addCleanup(client.close)
        return client

    def owner(self):
        """The unique name of the service, or nothing."""
        try:
            return self.client.bus.call_sync(
                'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'GetNameOwner',
                GLib.Variant('(s)', (NAME,)), None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]
        except GLib.Error:
            return None

    def await_owner(self, until):
        """Waits until the owner of the name is one that @until tells."""
        changed = []
        watch = self.client.bus.signal_subscribe(
            'org.freedesktop.DBus', 'org.freedesktop.DBus', 'NameOwnerChanged', '/org/freedesktop/DBus', NAME,
            Gio.DBusSignalFlags.NONE, lambda *rest: changed.append(True))
        try:
            iterate(lambda: until(self.owner()), 'such owner of the name')
        finally:
            self.client.bus.signal_unsubscribe(watch)
        return self.owner()

    def spawn_service(self, *arguments):
        process = subprocess.Popen([MYRMEXD, *arguments], env=self.environment)
        self.addCleanup(self.end, process)
        return process

    def start_service(self, *arguments):
        before = self.owner()
        process = self.spawn_service(*arguments)
        self.await_owner(lambda owner: owner not in (None, before))
        return process

    def halt(self):
        """Has the service see all at once what comes from here on."""
        self.service.send_signal(signal.SIGSTOP)
        state = pathlib.Path(f'/proc/{self.service.pid}/stat')
        iterate(lambda: state.read_text(encoding='utf-8').rpartition(')')[2].split()[0] == 'T', 'stop')

    def processor_time(self):
        """What the service took of any processor so far, in seconds."""
        times = pathlib.Path(f'/proc/{self.service.pid}/stat').read_text(encoding='utf-8').rpartition(')')[2].split()
        return (int(times[11]) + int(times[12])) / os.sysconf('SC_CLK_TCK')

    def refuses(self, error, pattern, func, /, *arguments, **more):
        """Asserts that a call fails with an error of ours."""
        with self.assertRaises(GLib.Error) as caught:
            func(*arguments, **more)
        self.assertEqual(Gio.DBusError.get_remote_error(caught.exception), f'{NAME}.Error.{error}')
        self.assertRegex(caught.exception.message, pattern)

    def gate(self, name='gate'):
        """The script of a task that waits, and the function that lets it go on."""
        path = self.folder / name
        os.mkfifo(path)
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.addCleanup(os.close, fd)
        return f'read x < {path}', lambda n=1: os.write(fd, b'\n' * n)
