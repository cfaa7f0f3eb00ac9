#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Those who call: from inside a sandbox, too much, nonsense, or not to the end."""

import os
import pathlib
import signal
import subprocess
import sys
import unittest

from service import DEADLINE, MANAGER, NAME, PATH, RUN, Case, Gio, GLib, definition, iterate, variant
from sandboxes import bubblewrap, can
import tap

ONE = definition({'a': 'true'})

CALL = '''
import sys
from gi.repository import Gio, GLib
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
    Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
for path, interface, method, arguments in eval(sys.argv[2]):
    try:
        bus.call_sync(%r, path, interface, method, GLib.Variant.parse(None, arguments, None, None), None,
                      Gio.DBusCallFlags.NONE, 60000, None)
        print('let in')
    except GLib.Error as error:
        print(Gio.DBusError.get_remote_error(error))
''' % NAME


class Sandbox(Case):
    def call_within(self, *wrapper):
        """What each method says to a caller in a sandbox."""
        run = self.client.submit(ONE)
        before = self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 0)[1]
        calls = [(PATH, MANAGER, 'Submit', repr((ONE, {})).replace('{}', '@a{sv} {}')),
                 (PATH, MANAGER, 'ListRuns', '(@a{sv} {}, uint32 0, uint32 0)'),
                 (PATH, MANAGER, 'Validate', '("", @a{sv} {})'),
                 (PATH, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects', '()'),
                 (PATH, 'org.freedesktop.DBus.Properties', 'GetAll', f'("{MANAGER}",)'),
                 (run, RUN, 'Cancel', '()'),
                 (run, RUN, 'GetTask', '("a",)'),
                 (run, RUN, 'OpenLog', '("a",)'),
                 (run, 'org.freedesktop.DBus.Properties', 'Get', f'("{RUN}", "Status")')]
        shown = subprocess.run([*wrapper, sys.executable, '-c', CALL, self.address, repr(calls)],
                               env=self.environment, capture_output=True, text=True, check=False)
        answers = shown.stdout.split('\n')[:-1]
        self.assertEqual(len(answers), len(calls), shown.stderr)
        self.assertEqual(self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 0)[1], before + (answers[0] == 'let in'))
        return set(answers)

    DENIED = {f'{NAME}.Error.AccessDenied'}

    def test_outside(self):
        self.assertIn('let in', self.call_within())

    @unittest.skipUnless(can('unshare', '--mount'), 'no mount namespaces here')
    def test_mount_namespace(self):
        self.assertEqual(self.call_within('unshare', '--mount'), self.DENIED)

    @unittest.skipUnless(can('unshare', '--pid', '--fork'), 'no process-id namespaces here')
    def test_pid_namespace(self):
        self.assertEqual(self.call_within('unshare', '--pid', '--fork'), self.DENIED)

    @unittest.skipUnless(can('unshare', '--user', '--map-current-user'), 'no user namespaces here')
    def test_user_namespace(self):
        self.assertEqual(self.call_within('unshare', '--user', '--map-current-user'), self.DENIED)

    @unittest.skipUnless(can(*bubblewrap()), 'no bubblewrap here')
    def test_bubblewrap(self):
        self.assertEqual(self.call_within(*bubblewrap()), self.DENIED)
        info = self.folder / 'flatpak-info'
        info.write_text('[Application]\nname=org.example.App\n', encoding='utf-8')
        self.assertEqual(self.call_within(*bubblewrap('--ro-bind', str(info), '/.flatpak-info')), self.DENIED)

    def test_gone_before_it_is_looked_at(self):
        """Callers that die at once leave nothing behind, and are never taken for others."""
        for _ in range(50):
            client = self.connect()
            client.bus.call(NAME, PATH, MANAGER, 'Submit', GLib.Variant('(sa{sv})', (ONE, {})), None, 0, -1, None, None)
            client.bus.flush_sync(None)
            client.close()
        self.assertEqual(self.client.call('Prune', '(a{sv})', {'status': variant('failed')}), 0)
        self.assertIsNone(self.service.poll())


class Nonsense(Case):
    def test_wrong_types(self):
        for method, arguments in [('Submit', "('x',)"), ('Submit', "('x', 'y')"), ('Submit', '()'),
                                  ('Submit', '(1, {"a": <1>})'), ('ListRuns', '(1,)'), ('Prune', '("x",)'),
                                  ('Nothing', '()')]:
            with self.subTest(method=method, arguments=arguments):
                with self.assertRaises(GLib.Error):
                    self.client.bus.call_sync(NAME, PATH, MANAGER, method,
                                              GLib.Variant.parse(None, arguments, None, None), None, 0, -1, None)
        for path in (PATH + '/run/none', PATH + '/run', '/', PATH + '/runs/x'):
            with self.assertRaises(GLib.Error):
                self.client.of_run(path, 'Cancel')
        with self.assertRaises(GLib.Error):
            self.client.call('Set', '(ssv)', MANAGER, 'RunsActive', variant(3),
                             interface='org.freedesktop.DBus.Properties')
        self.assertEqual(self.client.wait(self.client.submit(ONE))[0], 'completed')

    def test_hostile_definitions(self):
        """Each is refused, soon, in few words, and little memory is left with it."""
        deep = '[' * 100000
        hostile = [
            deep, '{"myrmex":' * 5000, '"' + '\\' * 500000, '\ufeff{}', '{"myrmex": 1e999}', '\x01' * 1000,
            definition({f't{i}': {'noop': {}, 'dependencies': [f't{(i + 1) % 5000}']} for i in range(5000)}),
            definition({'a': {'noop': {}, 'condition': '(' * 5000}}),
            definition({'a': {'command': ['echo', '${{' * 1000]}}),
            definition({'../../x': 'true'}), definition({'a' * 129: 'true'}), definition({'a': 'true'}, name='../x'),
            definition({'a': {'shell': '${{ parameters.x }}'}}),
            definition({'a': {'noop': {}, 'retry_policy': {'max_attempts': 1e308}}}),
            definition({'a': {'noop': {}}}, max_parallel=-1), definition({'a': {'noop': {}}}, timeout=-1),
            definition({'a': {'noop': {}, 'dependencies': ['b'] * 100000}}),
        ]
        begin, took = self.memory(), 0
        for text in hostile:
            with self.subTest(text=text[:60]):
                before = self.processor_time()
                with self.assertRaises(GLib.Error) as caught:
                    self.client.submit(text)
                self.assertRegex(Gio.DBusError.get_remote_error(caught.exception), f'^{NAME}.Error')
                # How long it took depends on who else is at work.
                took = max(took, self.processor_time() - before)
                self.assertLess(len(caught.exception.message), 200000)
        # These have nothing that is not allowed; they come to an end.
        for text in (definition({'a': {'noop': {}, 'condition': '!' * 60 + '1'}}),
                     definition({'a': {'command': ['true'] * 20000}}),
                     definition({'a': 'true'}, env={'A': 'x' * 200000})):
            self.client.wait(self.client.submit(text))
        print(f'# {self.memory() - begin} KiB more after {len(hostile)} hostile definitions; at work for {took:.2f} s '
              'with the longest')
        self.assertLess(took, 5)
        self.assertLess(self.memory() - begin, 64 * 1024)

    def memory(self):
        status = pathlib.Path(f'/proc/{self.service.pid}/status').read_text(encoding='utf-8')
        return int(next(line.split()[1] for line in status.split('\n') if line.startswith('VmRSS')))


class Limits(Case):
    def test_pending_runs(self):
        flooder = self.connect()
        options = {'paused': variant(True)}
        calls = [flooder.call_async('Submit', '(sa{sv})', ONE, options) for _ in range(1005)]
        # Somebody else is not held up meanwhile.
        self.assertEqual(self.client.wait(self.client.submit(ONE))[0], 'completed')
        iterate(lambda: all(call.is_done for call in calls), 'answer to all')
        refused = [call for call in calls if call.error is not None]
        self.assertEqual(len(refused), 5)
        self.assertIn('1000 runs', refused[0].error.message)
        self.assertEqual(self.client.get(PATH, 'RunsActive', MANAGER), 1000)
        # One that ends makes room for one.
        first = next(call.value[0] for call in calls if call.error is None)
        flooder.of_run(first, 'Cancel')
        flooder.wait(first)
        flooder.submit(ONE)

    def test_runs_of_all(self):
        flooders = [self.connect() for _ in range(11)]
        options = {'paused': variant(True)}
        calls = []
        for flooder in flooders[:10]:
            calls += [flooder.call_async('Submit', '(sa{sv})', ONE, options) for _ in range(1000)]
            iterate(lambda: all(call.is_done for call in calls), 'answer to all')
        self.assertEqual([call.error for call in calls if call.error is not None], [])
        for client in (flooders[10], self.client):
            with self.assertRaises(GLib.Error) as caught:
                client.submit(ONE)
            self.assertIn('10000 runs', caught.exception.message)
        self.assertEqual(self.client.get(PATH, 'RunsActive', MANAGER), 10000)
        # One that ends makes room for one, whoever submits it.
        first = calls[0].value[0]
        self.client.of_run(first, 'Cancel')
        self.client.wait(first)
        self.client.submit(ONE, paused=variant(True))
        with self.assertRaises(GLib.Error):
            self.client.submit(ONE)

    def test_waits(self):
        script, _ = self.gate()
        run = self.client.submit(definition({'a': script}))
        flooder = self.connect()
        calls = [flooder.call_async('Wait', '()', path=run, interface=RUN) for _ in range(1001)]
        iterate(lambda: any(call.is_done for call in calls), 'refusal')
        self.assertIn('1000 calls of Wait', next(call.error.message for call in calls if call.is_done))
        flooder.close()
        self.client.of_run(run, 'Cancel')
        self.assertEqual(self.client.wait(run)[0], 'cancelled')

    def test_bytes(self):
        """Whoever submits faster than can be read is told so, and the memory that takes is bounded."""
        flooder = self.connect()
        text = definition({'a': {'noop': {}, 'description': 'x' * (1000 * 1000)}})
        calls = [flooder.call_async('Submit', '(sa{sv})', text, {}) for _ in range(60)]
        iterate(lambda: all(call.is_done for call in calls), 'answer to all')
        for call in calls:
            if call.error is not None:
                self.assertIn('faster than', call.error.message)
        self.assertEqual(self.client.wait(self.client.submit(ONE))[0], 'completed')

    def test_bytes_of_files(self):
        """So many bytes at once, and no more, whatever they come in; later there is room again."""
        fd = os.memfd_create('large')
        self.addCleanup(os.close, fd)
        os.write(fd, ONE.encode() + b' ' * (8 * 1024 * 1024 - len(ONE)))
        flooder = self.connect()
        flooder.submit(ONE)
        self.halt()
        answers = []
        for _ in range(20):
            fds = Gio.UnixFDList.new_from_array([os.dup(fd)])
            flooder.bus.call_with_unix_fd_list(
                NAME, PATH, MANAGER, 'SubmitFile', GLib.Variant('(ha{sv})', (0, {})), None, Gio.DBusCallFlags.NONE, -1,
                fds, None, lambda bus, result: answers.append(result))
        # Once the bus has answered this it has passed on all of those.
        bus = 'org.freedesktop.DBus'
        flooder.bus.call_sync(bus, '/', bus, 'GetId', None, None, Gio.DBusCallFlags.NONE, DEADLINE * 1000, None)
        self.service.send_signal(signal.SIGCONT)
        iterate(lambda: len(answers) == 20, 'answer to all')
        refused = []
        for answer in answers:
            try:
                flooder.bus.call_with_unix_fd_list_finish(answer)
            except GLib.Error as error:
                refused.append(error.message)
        self.assertGreater(len(refused), 0)
        self.assertLessEqual(len(refused), 16)
        for message in refused:
            self.assertIn('faster than', message)
        self.assertEqual(flooder.wait(flooder.submit(ONE))[0], 'completed')

    def test_ended_runs(self):
        """Of those that have ended, a few are in memory; all of them can be asked."""
        first = self.client.submit(ONE)
        self.client.wait(first)
        noop = definition({'a': {'noop': {}}})
        calls = [self.client.call_async('Submit', '(sa{sv})', noop, {}) for _ in range(990)]
        iterate(lambda: all(call.is_done for call in calls), 'answer to all')
        # Those that have not ended count for the caller.
        iterate(lambda: self.client.get(PATH, 'RunsActive', MANAGER) == 0, 'end of all')
        more = [self.client.submit(noop) for _ in range(20)]
        for run in more:
            self.client.wait(run)
        iterate(lambda: self.client.get(PATH, 'RunsActive', MANAGER) == 0, 'end of all')
        self.assertEqual(self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 1)[1], 1011)
        objects = 'org.freedesktop.DBus.ObjectManager'
        self.assertLessEqual(len(self.client.call('GetManagedObjects', '()', interface=objects)), 100)
        self.assertEqual(self.client.get(first, 'Status'), 'completed')
        self.assertEqual(self.client.get(more[-1], 'Status'), 'completed')


class Death(Case):
    def test_subscriber_dies(self):
        script, go_on = self.gate()
        run = self.client.submit(definition({'a': script, 'b': {'noop': {}, 'dependencies': ['a']}}))
        for _ in range(20):
            leaver = self.connect()
            leaver.of_run(run, 'Subscribe', '(a{sv})', {'batched': variant(True)})
            leaver.call_async('Wait', '()', path=run, interface=RUN)
            leaver.bus.flush_sync(None)
            leaver.close()
        go_on()
        self.assertEqual(self.client.wait(run)[0], 'completed')

    def test_many_clients(self):
        clients = [self.connect() for _ in range(50)]
        calls = [client.call_async('Submit', '(sa{sv})', ONE, {}) for client in clients]
        iterate(lambda: all(call.is_done for call in calls), 'answer to all')
        self.assertEqual([call.error for call in calls], [None] * 50)
        for client, call in zip(clients, calls):
            self.assertEqual(client.wait(call.value[0])[0], 'completed')
        before = self.descriptors()
        for client in clients:
            client.close()
        # A run has some of its own until all of it is put away.
        self.client.wait(self.client.submit(ONE))
        iterate(lambda: self.descriptors() <= before, 'end of what was held for them')

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.service.pid}/fd'))


if __name__ == '__main__':
    tap.main()
