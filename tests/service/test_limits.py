#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hostile documents, hostile callers, and a service that has nothing to do; the figures are printed.

    test_limits.py MYRMEXD [TEST…]

With MYRMEX_TEST_FULL in the environment it goes on for longer.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve()
IS_FULL = bool(os.environ.get('MYRMEX_TEST_FULL'))

import service  # noqa: E402
from service import MANAGER, MYRMEXD, NAME, PATH, RUN, Case, Client, Gio, GLib, definition, iterate  # noqa: E402
from sandboxes import can, sandboxes  # noqa: E402
import tap  # noqa: E402

ONE = definition({'a': {'noop': {}}})
MIB = 1024 * 1024


def noops(n):
    return ','.join(f'"t{i}":{{"noop":{{}}}}' for i in range(n))


def tasks(text):
    return '{"myrmex":1,"name":"w","tasks":{' + text + '}}'


def fill(head, part, tail):
    """As large as it may be; `#` in the part is its number."""
    n = (8 * MIB - len(head) - len(tail)) // (len(part) + 6 * part.count('#'))
    return head + ''.join(part.replace('#', str(i)) for i in range(n)) + tail


# Each has something that may not be, and as much as may be sent of it. There are more of them, one by one, in
# tests/unit/definition/test-definition-hostile.c.
HOSTILE = {
    'deep lists': '[' * (8 * MIB - 1),
    'deep objects': '{"a":' * (8 * MIB // 5 - 1),
    'deep lists in a task': tasks('"a":{"noop":' + '[' * (4 * MIB)),
    'an endless string': '"' + 'x' * (8 * MIB - 2),
    'an endless string of escapes': '"' + '\\u0041' * (8 * MIB // 6 - 1),
    'half escapes': '"' + '\\' * (8 * MIB - 3),
    'an endless number': '9' * (8 * MIB - 1),
    'a huge number': '{"myrmex":1e' + '9' * (4 * MIB) + '}',
    'spaces': ' ' * (8 * MIB - 1),
    'comments': '//\n' * (8 * MIB // 3 - 1),
    'zeros': '\0' * (8 * MIB - 1),
    'the same key': '{' + '"a":1,' * (8 * MIB // 6 - 2) + '"a":1}',
    'unknown keys': '{"myrmex":1,' + ','.join(f'"k{i}":1' for i in range(500000)) + '}',
    'the same task': tasks(','.join(['"a":{"noop":{}}'] * 400000)),
    'too many tasks': tasks(noops(100001)),
    'too many dependencies': tasks(noops(1000) + ',' + ','.join(
        '"u%d":{"noop":{},"dependencies":[%s]}' % (i, ','.join(f'"t{j}"' for j in range(1000))) for i in range(1001))),
    'dependencies that are not there': tasks('"a":{"noop":{},"dependencies":[%s]}' % ','.join(
        f'"n{i}"' for i in range(500000))),
    'a long cycle': tasks(','.join('"t%d":{"noop":{},"dependencies":["t%d"]}' % (i, (i + 1) % 90000)
                                   for i in range(90000))),
    'nested templates': tasks('"a":{"command":["echo","' + '${{' * (2 * MIB) + '"]}'),
    'a deep condition': tasks('"a":{"noop":{},"condition":"' + '(' * (4 * MIB) + '"}'),
    'far too many tasks': fill('{"myrmex":1,"tasks":{"a":{"noop":{}}', ',"t#":{"shell":"x"}', '}}'),
    'commands without words': fill('{"myrmex":1,"tasks":{"a":{"noop":{}}',
                                   ',"t#":{"command":[],"timeout":-1,"tags":[],"description":"as long as most"}', '}}'),
    'numbers as arguments': fill('{"myrmex":1,"tasks":{"a":{"command":["x"', ',1', ']}}}'),
    'templates in one text': fill('{"myrmex":1,"tasks":{"a":{"command":["', '${{1}}', '"],"x":1}}}'),
    'names in other letters': fill('{"myrmex":1,"tasks":{"a":{"noop":{}}', ',"\\u0061#/":1', '}}'),
    'parameters without a type': fill('{"myrmex":1,"tasks":{},"parameters":{"p":1', ',"p#":{}', '}}'),
    'words of a parameter': fill('{"myrmex":1,"tasks":{},"parameters":{"p":{"type":"integer","default":2,"enum":[1', ',1',
                                 ']}}}'),
    'a long name': tasks('"' + 'a' * (8 * MIB - 100) + '":{"noop":{}}'),
}


def memfd(text):
    """A file with no name."""
    fd = os.memfd_create('definition', os.MFD_CLOEXEC)
    os.write(fd, text.encode())
    return fd


class Watched(Case):
    """A service whose memory and time are looked at."""

    def status(self, name):
        text = pathlib.Path(f'/proc/{self.service.pid}/status').read_text(encoding='utf-8')
        return int(next(line.split()[1] for line in text.split('\n') if line.startswith(name + ':')))

    def processor_time(self):
        """What all its threads took so far, in seconds."""
        taken = 0
        for task in pathlib.Path(f'/proc/{self.service.pid}/task').iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                taken += int((task / 'schedstat').read_text(encoding='utf-8').split()[0])
        return taken / 1e9

    def is_plain(self):
        """Whether nothing was built in that costs time and memory."""
        return 'libasan' not in pathlib.Path(f'/proc/{self.service.pid}/maps').read_text(encoding='utf-8')

    def switches(self):
        """How often its threads went to sleep, each by its own number."""
        found = {}
        for task in pathlib.Path(f'/proc/{self.service.pid}/task').iterdir():
            # Some end while they are counted.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                text = (task / 'status').read_text(encoding='utf-8')
                found[task.name] = int(text.split('voluntary_ctxt_switches:')[1].split()[0])
        return found


class Neighbour(threading.Thread):
    """Another client, which asks for something small all the while; and, as often, the bus itself."""

    def __init__(self, address):
        super().__init__()
        self.client = Client(address)
        self.took, self.of_bus = [], []
        self.is_over = threading.Event()
        self.start()

    def run(self):
        while not self.is_over.wait(0.002):
            begin = time.monotonic()
            self.client.bus.call_sync('org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'GetId', None, None, 0, -1,
                                      None)
            middle = time.monotonic()
            self.client.call('GetAll', '(s)', MANAGER, interface=service.PROPERTIES)
            self.of_bus.append(middle - begin)
            self.took.append(time.monotonic() - middle)

    def stop(self):
        self.is_over.set()
        self.join()
        self.client.close()

    @staticmethod
    def late(times):
        """The 99th percentile, in seconds."""
        return sorted(times)[len(times) * 99 // 100]


class Documents(Watched):
    def test_hostile(self):
        """Each is refused soon and in few words, holds nobody up, and leaves nothing behind."""
        if not self.is_plain():
            self.skipTest('a sanitizer takes time and memory of its own; those who read documents are fuzzed with it')
        self.client.submit(ONE)  # what is loaded once is
        before = self.status('VmRSS')
        neighbour = Neighbour(self.address)
        self.addCleanup(neighbour.stop)
        wall, processor, memory = {}, {}, {}
        for name, text in HOSTILE.items():
            with self.subTest(name=name):
                fds = Gio.UnixFDList.new_from_array([memfd(text)])
                pathlib.Path(f'/proc/{self.service.pid}/clear_refs').write_text('5', encoding='ascii')
                busy, begin = self.processor_time(), time.monotonic()
                with self.assertRaises(GLib.Error) as caught:
                    self.client.call('SubmitFile', '(ha{sv})', 0, {}, fds=fds)
                wall[name] = time.monotonic() - begin
                processor[name] = self.processor_time() - busy
                memory[name] = self.status('VmHWM') - before
                self.assertRegex(Gio.DBusError.get_remote_error(caught.exception), f'^{NAME}.Error')
                self.assertLess(len(caught.exception.message), 64 * 1024)
        neighbour.is_over.set()
        neighbour.join()
        after = self.status('VmRSS') - before
        slowest, largest = max(processor, key=processor.get), max(memory, key=memory.get)
        print(f'# {len(HOSTILE)} hostile documents: at most {1000 * max(wall.values()):.0f} ms each, '
              f'{1000 * processor[slowest]:.0f} ms of them at work ({slowest}); memory '
              f'{memory[largest] // 1024} MiB more at most ({largest}), {after // 1024} MiB after; '
              f'99 % of another client’s calls within {1000 * neighbour.late(neighbour.took):.1f} ms, of the bus '
              f'itself {1000 * neighbour.late(neighbour.of_bus):.1f} ms ({len(neighbour.took)} calls, load '
              f'{os.getloadavg()[0]:.0f})')
        for name in sorted(wall, key=processor.get, reverse=True)[:6]:
            print(f'#   {name}: {1000 * wall[name]:.0f} ms, at work {1000 * processor[name]:.0f} ms, '
                  f'{memory[name] // 1024} MiB')
        # How long it takes depends on who else is at work; and how long it is at work, on the machine: Python's own
        # parser, and what it makes of one of them, is the measure. It is 0.1 s on a machine that is quiet.
        begin = time.process_time()
        json.loads(HOSTILE['unknown keys'])
        measure = max(0.3, time.process_time() - begin)
        self.assertLess(max(processor.values()), 2 * measure)
        # It was 63 MiB before what is refused was no more kept, and 1.2 GiB with the worst document of these.
        self.assertLess(max(memory.values()), 40 * 1024)
        # Some of it is what GLib keeps of small pieces, for a time of its own; it was 95 MiB before large ones were
        # given back.
        self.assertLess(after, 48 * 1024)
        self.assertLess(neighbour.late(neighbour.took), measure / 3 + 2 * neighbour.late(neighbour.of_bus))
        self.assertEqual(self.client.wait(self.client.submit(ONE))[0], 'completed')


def methods():
    """All that can be called: path (of the manager or of a run), interface, method, arguments."""
    root = HERE.parents[2] / 'dbus/interfaces'
    values = {'s': "'x'", 'a{sv}': '@a{sv} {}', 'u': 'uint32 0', 'as': '@as []', 'h': 'handle 0', 'b': 'true',
              'x': 'int64 0', 't': 'uint64 0', 'o': "objectpath '/x'", 'd': '0.0', 'i': '0', 'au': '@au []'}
    found = []
    for name in (MANAGER, RUN):
        for method in xml.etree.ElementTree.parse(root / f'{name}.xml').getroot().iter('method'):
            arguments = [values[arg.get('type')] for arg in method.iter('arg') if arg.get('direction') == 'in']
            text = '(' + ','.join(arguments) + (',)' if len(arguments) == 1 else ')')
            found.append((name == RUN, name, method.get('name'), text))
    for is_run, name in ((False, MANAGER), (True, RUN)):
        found.append((is_run, service.PROPERTIES, 'GetAll', f'("{name}",)'))
        found.append((is_run, service.PROPERTIES, 'Get', f'("{name}", "{"Id" if is_run else "Version"}")'))
    found.append((False, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects', '()'))
    return found


class Sandboxed(Case):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o711)

    def start_bus(self):
        """One that other users can reach."""
        config = service.CONFIG
        service.CONFIG = config.replace('<policy', '<policy context="mandatory"><allow user="*"/></policy><policy')
        try:
            super().start_bus()
        finally:
            service.CONFIG = config

    def within(self, wrapper, calls, connections=1):
        """What each call says to a caller in a sandbox, and how often."""
        text = json.dumps([self.address, NAME, calls, connections])
        shown = subprocess.run([*wrapper, '/usr/bin/python3', '-B', '-c', CALLER, text], env=self.environment,
                               capture_output=True, text=True, check=False)
        answers = json.loads(shown.stdout) if shown.stdout else {}
        self.assertEqual(sum(sum(told.values()) for told in answers.values()), len(calls) * connections,
                         f'{wrapper} {shown.stderr}')
        return answers

    def test_every_method(self):
        """Every method × kinds of caller: none of them is let in anywhere."""
        run = self.client.submit(ONE)
        self.client.wait(run)
        calls = [(run if of_run else PATH, *rest) for of_run, *rest in methods()]
        kinds = sandboxes(self.folder)
        refused = 0
        for kind, wrapper in kinds.items():
            for method, told in self.within(wrapper, calls).items():
                with self.subTest(kind=kind, method=method):
                    self.assertEqual(list(told), [f'{NAME}.Error.AccessDenied'])
                refused += sum(told.values())
        print(f'# {len(calls)} methods × {len(kinds)} kinds of sandbox ({", ".join(kinds)}): {refused} refused')
        self.assertEqual(self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 0)[1], 1)
        # And outside of any all of them do something else.
        told = self.within([], calls)
        self.assertFalse([method for method, answers in told.items() if f'{NAME}.Error.AccessDenied' in answers])

    def test_submits(self):
        """So many that each connects anew: none is accepted."""
        n = 1000 if IS_FULL else 50
        kinds = sandboxes(self.folder)
        for kind, wrapper in kinds.items():
            told = self.within(wrapper, [(PATH, MANAGER, 'Submit', f'({json.dumps(ONE)}, @a{{sv}} {{}})')], n)
            with self.subTest(kind=kind):
                self.assertEqual(told, {'Submit': {f'{NAME}.Error.AccessDenied': n}})
        self.assertEqual(self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 0)[1], 0)
        print(f'# {n} submits from each of {len(kinds)} kinds of sandbox: 0 accepted (at most '
              f'{100 * 3 / (n * max(1, len(kinds))):.2f} %, with 95 % confidence)')

    @unittest.skipUnless(os.geteuid() == 0 and can('unshare', '--mount'),
                         'it takes root to give a service mounts of its own')
    def test_service_with_mounts_of_its_own(self):
        """Callers are compared with the session, and not with the service."""
        self.end(self.service)
        process = subprocess.Popen(['unshare', '--mount', MYRMEXD], env=self.environment)
        self.addCleanup(self.end, process)
        self.await_owner(lambda owner: owner is not None)
        self.assertEqual(self.client.wait(self.client.submit(ONE))[0], 'completed')
        call = [(PATH, MANAGER, 'ListActions', '()')]
        beside = ['nsenter', '--mount', '--target', str(process.pid)]
        self.assertEqual(self.within(beside, call), {'ListActions': {f'{NAME}.Error.AccessDenied': 1}})


CALLER = r'''
import json, os, sys
from gi.repository import Gio, GLib
address, name, calls, connections = json.loads(sys.argv[1])
answers = {}
for _ in range(connections):
    bus = Gio.DBusConnection.new_for_address_sync(address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
        Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    for path, interface, method, arguments in calls:
        fds = None
        if 'handle' in arguments:
            fds = Gio.UnixFDList.new_from_array([os.open('/dev/null', os.O_RDONLY)])
        try:
            bus.call_with_unix_fd_list_sync(name, path, interface, method,
                GLib.Variant.parse(None, arguments, None, None) if arguments != '()' else None, None,
                Gio.DBusCallFlags.NO_AUTO_START, 60000, fds, None)
            told = 'let in'
        except GLib.Error as error:
            told = Gio.DBusError.get_remote_error(error) or str(error)
        counts = answers.setdefault(method, {})
        counts[told] = counts.get(told, 0) + 1
    bus.close_sync(None)
print(json.dumps(answers))
'''


# --- A caller that is not who its number says ---

def authenticate(path):
    """A connection to the bus, by hand, which a child can go on with."""
    bus = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bus.connect(path)
    bus.sendall(b'\0AUTH EXTERNAL ' + str(os.getuid()).encode().hex().encode() + b'\r\n')
    bus.recv(4096)
    bus.sendall(b'BEGIN\r\n')
    return bus


def message(serial, destination, path, interface, member, signature='', body=b''):
    """A call in the bus's own format, of arguments that are marshalled already."""
    def text(value):
        return len(value).to_bytes(4, 'little') + value.encode() + b'\0'

    fields = b''
    for code, kind, value in ((1, 'o', path), (6, 's', destination), (2, 's', interface), (3, 's', member),
                              (8, 'g', signature)):
        if kind == 'g' and not value:
            continue
        fields += b'\0' * (-len(fields) % 8) + bytes([code, 1]) + kind.encode() + b'\0'
        fields += bytes([len(value)]) + value.encode() + b'\0' if kind == 'g' else text(value)
    head = b'l\1\0\1' + len(body).to_bytes(4, 'little') + serial.to_bytes(4, 'little')
    head += len(fields).to_bytes(4, 'little') + fields
    return head + b'\0' * (-len(head) % 8) + body


BUS = ('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus')


def leave_mounts():
    """From here on this process has mounts of its own."""
    if ctypes.CDLL(None, use_errno=True).unshare(0x00020000) != 0:  # CLONE_NEWNS
        raise OSError(ctypes.get_errno(), 'unshare')


def race(address, settle):
    """In process ids of our own: a process in a sandbox connects, hands the connection to a child and ends; one that
    is in none gets its number; then the child calls. Returns what it was told, or nothing where that did not work."""
    path = address.split('path=')[1].split(',')[0]
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    first = os.fork()
    if first == 0:
        leave_mounts()
        bus = authenticate(path)
        bus.sendall(message(1, *BUS, 'Hello'))
        bus.recv(4096)
        if os.fork() == 0:
            theirs.recv(1)
            bus.sendall(message(2, NAME, PATH, MANAGER, 'ListActions'))
            answer = b''
            while NAME.encode() + b'.Error' not in answer and b'aa{sv}' not in answer:
                piece = bus.recv(65536)
                if not piece:
                    break
                answer += piece
            theirs.send(b'refused' if b'AccessDenied' in answer else b'let in' if b'aa{sv}' in answer else b'')
            os._exit(0)
        os._exit(0)
    os.waitpid(first, 0)
    # Without a way to choose it, a number comes round when all others were had: by far later than the service has heard
    # of the connection, and than the hundredth of a second in which the system counts.
    settle()
    time.sleep(0.02)
    pathlib.Path('/proc/sys/kernel/ns_last_pid').write_text(str(first - 1), encoding='ascii')
    other = os.fork()
    if other == 0:
        time.sleep(60)
        os._exit(0)
    ours.send(b'x')
    told = ours.recv(16).decode()
    os.kill(other, 9)
    os.waitpid(other, 0)
    ours.close()
    theirs.close()
    return told or None if other == first else None


def is_racing():
    return can('unshare', '--pid', '--fork', '--mount-proc') and os.access('/proc/sys/kernel/ns_last_pid', os.W_OK)


class Racing(Case):
    """@race needs numbers of its own, so all of it runs once more in there."""

    STARTS_SERVICE = False

    @unittest.skipUnless(is_racing(), 'there is no way to choose the number of the next process')
    def test_number_of_another(self):
        n = 10000 if IS_FULL else 100
        if not os.environ.get('MYRMEX_TEST_RACING'):
            shown = subprocess.run(
                ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', sys.executable, '-B', str(HERE), MYRMEXD,
                 'Racing.test_number_of_another'],
                env={**self.environment, 'MYRMEX_TEST_RACING': '1'}, capture_output=True, text=True, check=False)
            self.assertIn('\nok 1', shown.stdout, shown.stdout + shown.stderr)
            print('\n'.join(line for line in shown.stderr.splitlines() if line.startswith('# ')))
            return
        self.start_service()
        self.client.call('ListActions', '()')
        told = [race(self.address, lambda: self.client.call('ListActions', '()')) for _ in range(n)]
        counts = {word: told.count(word) for word in ('refused', 'let in', None)}
        print(f'# {n} callers whose number had become another’s: {counts["refused"]} refused, {counts["let in"]} '
              f'mistaken, {counts[None]} did not get the number')
        self.assertEqual(counts['let in'], 0)
        self.assertGreater(counts['refused'], n // 2)
        # Those who are who they are are let in, all the while.
        self.assertEqual(self.connect().wait(self.client.submit(ONE))[0], 'completed')


class SlowBus(Case):
    @unittest.skipUnless(IS_FULL, 'it takes half a minute')
    def test_caller_is_known_late(self):
        """Who a caller is the bus may tell later than callers wait for answers as a rule."""
        client = self.connect()
        self.halt()
        pending = client.call_async('ListActions', '()')
        client.bus.flush_sync(None)
        bus = BUS[0]
        client.bus.call_sync(bus, '/', bus, 'GetId', None, None, 0, service.DEADLINE * 1000, None)
        self.bus_process.send_signal(signal.SIGSTOP)
        self.service.send_signal(signal.SIGCONT)
        time.sleep(27)
        self.bus_process.send_signal(signal.SIGCONT)
        iterate(lambda: pending.is_done, 'answer')
        self.assertIsNone(pending.error)


class Idle(Watched):
    """A service that waits."""

    def test_idle(self):
        self.client.wait(self.client.submit(ONE))
        self.client.call('Prune', '(a{sv})', {})
        # It does some things a little later; what it did again and again would be seen in each of these times.
        length, tries = 10 if IS_FULL else 3, 8
        while (woken := self.wake_ups(length)) > 0 and tries > 0:
            tries -= 1
        resident = self.status('VmRSS')
        print(f'# idle for {length} s: {woken} wake-ups, {resident / 1024:.1f} MiB resident '
              f'({self.status("RssAnon") / 1024:.1f} MiB its own), {len(self.switches())} threads')
        self.assertEqual(woken, 0)
        if self.is_plain():
            self.assertLess(resident, 15 * 1024)

    def wake_ups(self, seconds):
        before = self.switches()
        time.sleep(seconds)
        after = self.switches()
        return sum(after[task] - before.get(task, 0) for task in after)


if __name__ == '__main__':
    tap.main()
