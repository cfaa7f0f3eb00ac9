#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Submitting, finding and forgetting runs, by the interfaces alone."""

import json
import os
import pathlib
import time

from service import MANAGER, NAME, PATH, Case, Gio, GLib, definition, iterate
import tap

ONE = definition({'a': 'echo hello'})


class Submit(Case):
    def test_runs_to_the_end(self):
        run = self.client.submit(ONE)
        status, details = self.client.wait(run)
        self.assertEqual(status, 'completed')
        self.assertEqual((details['completed'], details['total_tasks']), (1, 1))
        results, following = self.client.of_run(run, 'GetResults', '(uu)', 0, 0)
        self.assertEqual(following, 1)
        self.assertEqual(results['a']['value'], 'hello')
        self.assertTrue(results['a']['success'])

    def test_goes_on_without_its_caller(self):
        script, go_on = self.gate()
        leaver = self.connect()
        run = leaver.submit(definition({'a': script}))
        leaver.close()
        go_on()
        self.assertEqual(self.client.wait(run)[0], 'completed')

    def test_refuses_options(self):
        for options, pattern in [
                ({'pausd': True}, 'pausd.*did you mean “paused”'),
                ({'xyzzy': True}, 'xyzzy.*parameters, env, directory'),
                ({'paused': 'yes'}, 'paused.*“b”, not “s”'),
                ({'parameters': 'x'}, 'parameters.*“a{sv}”'),
                ({'env': {'A': 1}}, '“A” in env'),
                ({'env': {'A=B': 'x'}}, '“A=B” in env'),
                ({'directory': 'here'}, 'directory.*absolute'),
                ({'log_directory': '../x'}, 'log_directory.*absolute'),
                ({'handle_token': '../x'}, 'handle_token'),
                ({'timeout': -1.0}, 'timeout'),
                ({'grace': GLib.Variant('x', 10**9)}, 'grace')]:
            with self.subTest(options=options):
                self.refuses('InvalidArgument', pattern, self.client.submit, ONE, **options)
        self.refuses('Limit', 'name', self.client.submit, ONE, name='x' * 257)
        self.refuses('Limit', 'idempotency_key', self.client.submit, ONE, idempotency_key='')
        self.refuses('Limit', 'Options.*1048576 bytes', self.client.submit, ONE, env={'A': 'x' * 1024 * 1024})
        twice = GLib.VariantBuilder(GLib.VariantType('a{sv}'))
        for _ in range(2):
            twice.add_value(GLib.Variant('{sv}', ('paused', GLib.Variant('b', True))))
        with self.assertRaisesRegex(GLib.Error, 'given twice'):
            self.client.bus.call_sync('org.codomyrmex.Myrmex1', PATH, 'org.codomyrmex.Myrmex1.Manager', 'Submit',
                                      GLib.Variant.new_tuple(GLib.Variant('s', ONE), twice.end()), None,
                                      Gio.DBusCallFlags.NONE, -1, None)
        self.assertEqual(self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 0), ([], 0))

    def test_refuses_definitions(self):
        self.refuses('InvalidDefinition', '1:1: ', self.client.submit, '')
        self.refuses('InvalidDefinition', 'no key “shel”.*“shell”', self.client.submit,
                     definition({'a': {'shel': 'x'}}))
        self.refuses('InvalidDefinition', 'function', self.client.submit, definition({'a': {'function': 'x'}}))
        self.refuses('Limit', 'SubmitFile', self.client.submit, ONE + ' ' * 1024 * 1024)
        self.refuses('InvalidArgument', 'needed', self.client.submit,
                     definition({'a': 'true'}, parameters={'needed': {'type': 'string'}}))

    def test_options_reach_the_task(self):
        run = self.client.submit(
            definition({'a': 'echo "$WORD $(pwd)"', 'b': {'command': ['printf', '%s', '${{ parameters.p }}']}},
                       parameters={'p': {'type': 'string'}}),
            parameters={'p': 'given'}, env={'WORD': 'said', 'LD_PRELOAD': ''}, directory='/', name='mine')
        self.assertEqual(self.client.wait(run)[0], 'completed')
        results = self.client.of_run(run, 'GetResults', '(uu)', 0, 0)[0]
        self.assertEqual(results['a']['value'], 'said /')
        self.assertEqual(results['b']['value'], 'given')
        self.assertEqual((self.client.get(run, 'Name'), self.client.get(run, 'Workflow')), ('mine', 'w'))

    def test_environment_stays_with_the_task(self):
        run = self.client.submit(definition({'a': 'true'}), env={'MYRMEX_CANARY': 'x'})
        self.client.wait(run)
        environment = pathlib.Path(f'/proc/{self.service.pid}/environ').read_bytes()
        self.assertNotIn(b'MYRMEX_CANARY', environment)
        other = self.client.submit(definition({'a': 'echo "<$MYRMEX_CANARY>"'}))
        self.client.wait(other)
        self.assertEqual(self.client.of_run(other, 'GetTask', '(s)', 'a')['value'], '<>')

    def test_paused_and_timeout(self):
        run = self.client.submit(ONE, paused=True)
        self.assertEqual(self.client.get(run, 'Status'), 'paused')
        self.client.of_run(run, 'Resume')
        self.assertEqual(self.client.wait(run)[0], 'completed')
        script, _ = self.gate()
        late = self.client.submit(definition({'a': script}), timeout=0.05, grace=0.05)
        status, details = self.client.wait(late)
        self.assertEqual((status, details['reason']), ('failed', 'run_timed_out'))
        self.assertIn('ran out of time', details['error'])


class Identity(Case):
    def test_idempotency_key(self):
        first = self.client.submit(ONE, idempotency_key='k')
        self.assertEqual(self.client.submit(ONE, idempotency_key='k'), first)
        self.client.wait(first)
        self.assertEqual(self.connect().submit(ONE, idempotency_key='k'), first)
        self.refuses('Duplicate', 'idempotency key “k”', self.client.submit, definition({'b': 'true'}),
                     idempotency_key='k')
        self.assertNotEqual(self.client.submit(ONE, idempotency_key='other'), first)
        self.assertNotEqual(self.client.submit(ONE), first)

    def test_idempotency_key_at_once(self):
        options = {'idempotency_key': GLib.Variant('s', 'k')}
        calls = [self.client.call_async('Submit', '(sa{sv})', ONE, options) for _ in range(20)]
        iterate(lambda: all(call.is_done for call in calls), 'answer to all')
        self.assertEqual({call.value for call in calls}, {calls[0].value})
        self.assertIsNotNone(calls[0].value)
        self.assertEqual(self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 0)[1], 1)

    def test_idempotency_key_of_another_at_once(self):
        """The definition is another one also where the first one is still being read."""
        long = definition({f't{i}': {'noop': {}} for i in range(20000)})
        options = {'idempotency_key': GLib.Variant('s', 'k'), 'paused': GLib.Variant('b', True)}
        calls = [self.client.call_async('Submit', '(sa{sv})', text, options) for text in (long, ONE, long)]
        iterate(lambda: all(call.is_done for call in calls), 'answer to all')
        self.assertIsNotNone(calls[0].value)
        self.assertEqual(calls[2].value, calls[0].value)
        self.assertRegex(calls[1].error.message, 'Error.Duplicate: .*another definition')

    def test_idempotency_key_after_a_failure(self):
        """What was refused has no run, and keeps no key from one."""
        options = {'idempotency_key': GLib.Variant('s', 'k')}
        calls = [self.client.call_async('Submit', '(sa{sv})', text, options) for text in ('{', '[', ONE, '{', ONE)]
        iterate(lambda: all(call.is_done for call in calls), 'answer to all')
        for call in calls[:2]:
            self.assertRegex(call.error.message, 'Error.InvalidDefinition: ')
        self.assertIsNotNone(calls[2].value)
        self.assertRegex(calls[3].error.message, 'Error.Duplicate: ')
        self.assertEqual(calls[4].value, calls[2].value)

    def test_same_call_again(self):
        """With key and token: while the first one is under way, and when there is the run."""
        options = {'idempotency_key': GLib.Variant('s', 'k'), 'handle_token': GLib.Variant('s', 'mine')}
        calls = [self.client.call_async('Submit', '(sa{sv})', ONE, options) for _ in range(3)]
        iterate(lambda: all(call.is_done for call in calls), 'answer to all')
        self.assertEqual([call.value for call in calls], [(PATH + '/run/mine',)] * 3)
        self.assertEqual(self.client.submit(ONE, idempotency_key='k', handle_token='mine'), PATH + '/run/mine')
        self.refuses('Duplicate', 'handle token “mine” is taken', self.client.submit, ONE, idempotency_key='l',
                     handle_token='mine')

    def test_large_file_with_a_key(self):
        """It is read and hashed elsewhere: others are answered meanwhile."""
        large = b' ' * (8 * 1024 * 1024)
        fd = os.memfd_create('large')
        self.addCleanup(os.close, fd)
        os.write(fd, large)
        other, submitter = self.connect(), self.connect()
        # All of them are known to the service already.
        for client in (self.client, other, submitter):
            client.get(PATH, 'Version', MANAGER)

        def is_answered_meanwhile(number):
            ended, begin = [], time.monotonic()
            for i in range(8):
                options = {'idempotency_key': GLib.Variant('s', f'k{number}-{i}')}
                # Nobody may have more than four such on their way.
                client = self.client if i % 2 == 0 else submitter
                client.bus.call_with_unix_fd_list(
                    NAME, PATH, MANAGER, 'SubmitFile', GLib.Variant('(ha{sv})', (0, options)), None,
                    Gio.DBusCallFlags.NONE, -1, Gio.UnixFDList.new_from_array([os.dup(fd)]), None,
                    lambda bus, result: ended.append(time.monotonic() - begin))
            for client in (self.client, submitter):
                client.bus.flush_sync(None)
            other.get(PATH, 'Version', MANAGER)
            answered = time.monotonic() - begin
            iterate(lambda: len(ended) == 8, 'answer to all')
            return answered < max(ended) / 2

        # A machine that stands still for a moment is no fault of the service's.
        self.assertTrue(any(is_answered_meanwhile(number) for number in range(8)))

    def test_key_of_a_file(self):
        path = self.folder / 'w.json'
        path.write_text(ONE, encoding='utf-8')
        first = self.client.submit(ONE, idempotency_key='k')
        with open(path, 'rb') as file:
            fds = Gio.UnixFDList.new()
            handle = fds.append(file.fileno())
            same = self.client.call('SubmitFile', '(ha{sv})', handle, {'idempotency_key': GLib.Variant('s', 'k')},
                                    fds=fds)
        self.assertEqual(same, first)

    def test_handle_token(self):
        heard = []
        path = PATH + '/run/mine_1'
        self.client.listen(lambda signal, parameters: heard.append(signal), 'Finished', path)
        self.assertEqual(self.client.submit(ONE, handle_token='mine_1'), path)
        iterate(lambda: heard, 'signal Finished')
        run_id = self.client.get(path, 'Id')
        self.assertRegex(run_id, '^[0-9a-f]{32}$')
        self.assertEqual(self.client.call('GetRun', '(s)', 'mine_1'), path)
        self.assertEqual(self.client.call('GetRun', '(s)', run_id), path)
        self.refuses('Duplicate', 'mine_1', self.client.submit, ONE, handle_token='mine_1')

    def test_handle_token_at_once(self):
        """Whoever came first has it, also where that takes longer to read and is not on the disk yet."""
        long = definition({f't{i}': {'noop': {}} for i in range(20000)})
        options = {'handle_token': GLib.Variant('s', 'mine'), 'paused': GLib.Variant('b', True)}
        calls = [self.client.call_async('Submit', '(sa{sv})', text, options) for text in (long, ONE, ONE)]
        iterate(lambda: all(call.is_done for call in calls), 'answer to all')
        self.assertEqual(calls[0].value, (PATH + '/run/mine',))
        for call in calls[1:]:
            self.assertRegex(call.error.message, 'Error.Duplicate: .*“mine” is taken')

    def test_resolve(self):
        run = self.client.submit(ONE)
        newer = self.client.submit(ONE)
        run_id = self.client.get(run, 'Id')
        self.assertEqual(self.client.call('ResolveRun', '(s)', run_id[:12]), run)
        self.assertEqual(self.client.call('ResolveRun', '(s)', 'w'), newer)
        self.refuses('NotFound', 'no run “zzzzzz”', self.client.call, 'ResolveRun', '(s)', 'zzzzzz')
        self.refuses('NotFound', 'no run', self.client.call, 'ResolveRun', '(s)', run_id[:3])
        self.refuses('NotFound', 'no run', self.client.call, 'GetRun', '(s)', run_id[:12])


class Sources(Case):
    def submit_fd(self, fd, **options):
        fds = Gio.UnixFDList.new()
        handle = fds.append(fd)
        return self.client.call('SubmitFile', '(ha{sv})', handle, options, fds=fds)

    def test_file(self):
        # More than a string may have.
        tasks = {f't{i}': {'noop': {}, 'description': 'x' * 100} for i in range(10000)}
        path = self.folder / 'w.json'
        path.write_text(definition(tasks), encoding='utf-8')
        self.assertGreater(path.stat().st_size, 1024 * 1024)
        with open(path, 'rb') as file:
            run = self.submit_fd(file.fileno())
        self.assertEqual(self.client.wait(run)[1]['completed'], 10000)

    def test_memfd(self):
        fd = os.memfd_create('definition')
        try:
            os.write(fd, ONE.encode())
            run = self.submit_fd(fd)
            os.ftruncate(fd, 0)
        finally:
            os.close(fd)
        self.assertEqual(self.client.wait(run)[0], 'completed')

    def test_no_file(self):
        read, write = os.pipe()
        self.refuses('InvalidArgument', 'regular file', self.submit_fd, read)
        os.close(read)
        os.close(write)
        folder = os.open(self.folder, os.O_RDONLY)
        self.refuses('InvalidArgument', 'regular file', self.submit_fd, folder)
        os.close(folder)
        fd = os.memfd_create('large')
        os.ftruncate(fd, 8 * 1024 * 1024 + 1)
        self.refuses('Limit', 'at most 8388608 bytes', self.submit_fd, fd)
        os.close(fd)
        self.refuses('InvalidArgument', 'no file with the call', self.client.call, 'SubmitFile', '(ha{sv})', 3, {})

    def test_named(self):
        folder = self.folder / 'data' / 'myrmex' / 'workflows'
        folder.mkdir(parents=True)
        (folder / 'known.json').write_text(definition({'a': 'echo found'}, name='known'), encoding='utf-8')
        listed = self.client.call('ListWorkflows', '()')
        self.assertEqual([entry['name'] for entry in listed], ['known'])
        self.assertEqual(listed[0]['n_tasks'], 1)
        run = self.client.call('SubmitNamed', '(sa{sv})', 'known', {})
        self.assertEqual(self.client.wait(run)[0], 'completed')
        self.refuses('NotFound', 'knwon.*known', self.client.call, 'SubmitNamed', '(sa{sv})', 'knwon', {})

    def test_validate(self):
        self.assertEqual(self.client.call('Validate', '(sa{sv})', ONE, {}), [])
        (severity, line, column, message), = self.client.call(
            'Validate', '(sa{sv})', '{"myrmex": 1,\n "tasks": {"a": {"shel": "x"}}}', {})
        self.assertEqual((severity, line, column), ('error', 2, 18))
        self.assertIn('did you mean “shell”', message)
        self.refuses('InvalidArgument', 'there are none', self.client.call, 'Validate', '(sa{sv})', ONE,
                     {'x': GLib.Variant('b', True)})

    def test_actions(self):
        actions = {action['name']: action for action in self.client.call('ListActions', '()')}
        self.assertLessEqual({'command', 'shell'}, set(actions))
        self.assertIn('env', actions['command']['keys'])


class Lists(Case):
    def setUp(self):
        super().setUp()
        self.script, self.go_on = self.gate()
        self.running = self.client.submit(definition({'a': self.script}, name='long'))
        self.done = self.client.submit(ONE)
        self.failed = self.client.submit(definition({'a': 'exit 3'}, name='bad'))
        self.client.wait(self.done)
        self.client.wait(self.failed)

    def list(self, filter={}, offset=0, limit=0):
        runs, total = self.client.call('ListRuns', '(a{sv}uu)', filter, offset, limit)
        return [run['path'] for run in runs], total

    def test_filter(self):
        every = [self.failed, self.done, self.running]
        self.assertEqual(self.list(), (every, 3))
        self.assertEqual(self.list({'status': GLib.Variant('s', 'failed')}), ([self.failed], 1))
        self.assertEqual(self.list({'status': GLib.Variant('as', ['running', 'completed'])}), (every[1:], 2))
        self.assertEqual(self.list({'active': GLib.Variant('b', True)}), ([self.running], 1))
        self.assertEqual(self.list({'name': GLib.Variant('s', 'w')}), ([self.done], 1))
        self.assertEqual(self.list({'since': GLib.Variant('x', 2**60)}), ([], 0))
        self.refuses('InvalidArgument', '“complete”; did you mean “completed”', self.list,
                     {'status': GLib.Variant('s', 'complete')})
        self.refuses('InvalidArgument', 'no option “stat', self.list, {'statu': GLib.Variant('s', 'failed')})
        self.go_on()

    def test_pages(self):
        self.assertEqual(self.list(limit=2), ([self.failed, self.done], 3))
        self.assertEqual(self.list(offset=2, limit=2), ([self.running], 3))
        self.assertEqual(self.list(offset=2**32 - 1, limit=2**32 - 1), ([], 3))
        self.go_on()

    def test_delete_and_prune(self):
        removed = []
        self.client.listen(lambda signal, parameters: removed.append(parameters[0]), 'InterfacesRemoved')
        run_id = self.client.get(self.running, 'Id')
        self.refuses('Busy', 'has not ended', self.client.call, 'DeleteRun', '(s)', run_id)
        self.client.call('DeleteRun', '(s)', self.client.get(self.done, 'Id'))
        with self.assertRaises(GLib.Error):
            self.client.get(self.done, 'Id')
        prune = lambda **options: self.client.call('Prune', '(a{sv})', options)  # noqa: E731
        self.assertEqual(prune(older_than=GLib.Variant('d', 3600.0)), 0)
        self.assertEqual(prune(keep=GLib.Variant('u', 1)), 0)
        self.assertEqual(prune(status=GLib.Variant('s', 'completed')), 0)
        self.assertEqual(prune(), 1)
        self.assertEqual(self.list(), ([self.running], 1))
        iterate(lambda: len(removed) == 2, 'signal InterfacesRemoved')
        self.assertEqual(removed, [self.done, self.failed])
        self.go_on()
        self.client.wait(self.running)

    def test_managed_objects(self):
        objects = self.client.call('GetManagedObjects', '()', interface='org.freedesktop.DBus.ObjectManager')
        self.assertEqual(set(objects), {self.running, self.done, self.failed})
        properties = objects[self.failed]['org.codomyrmex.Myrmex1.Run']
        self.assertEqual(properties['Status'], 'failed')
        self.assertIn('exit status 3', properties['Error'])
        self.assertLessEqual(properties['Submitted'], properties['Started'])
        self.assertLessEqual(properties['Started'], properties['Finished'])
        self.assertEqual(properties, self.client.call('GetAll', '(s)', 'org.codomyrmex.Myrmex1.Run', path=self.failed,
                                                      interface='org.freedesktop.DBus.Properties'))
        manager = self.client.call('GetAll', '(s)', 'org.codomyrmex.Myrmex1.Manager',
                                   interface='org.freedesktop.DBus.Properties')
        self.assertEqual((manager['RunsActive'], manager['InterfaceVersion']), (1, 1))
        self.go_on()


if __name__ == '__main__':
    tap.main()
