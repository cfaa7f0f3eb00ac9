#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One run: what it can be asked, what it tells, and how much of that."""

import os
import time

from service import MANAGER, PATH, PROPERTIES, RUN, Case, definition, iterate, variant
import tap


class Ask(Case):
    def test_tasks(self):
        run = self.client.submit(definition({'a': 'echo x', 'b': {'shell': 'exit 4', 'dependencies': ['a']},
                                             'c': {'noop': {}, 'dependencies': ['b']}}, fail_fast=False))
        self.assertEqual(self.client.wait(run)[0], 'failed')
        tasks, total = self.client.of_run(run, 'ListTasks', '(a{sv}uu)', {}, 0, 0)
        self.assertEqual(total, 3)
        self.assertEqual([(task['name'], task['status']) for task in tasks],
                         [('a', 'completed'), ('b', 'failed'), ('c', 'skipped')])
        self.assertNotIn('value', tasks[0])
        self.assertEqual(tasks[1]['error_type'], 'org.codomyrmex.Myrmex1.Error.ExitStatus')
        self.assertEqual((tasks[1]['error_name'], tasks[2]['reason']), ('exit-4', 'upstream_failed'))
        page, total = self.client.of_run(run, 'ListTasks', '(a{sv}uu)', {}, 1, 1)
        self.assertEqual(([task['name'] for task in page], total), (['b'], 3))
        self.assertEqual(self.client.of_run(run, 'GetResults', '(uu)', 1, 1)[1], 2)
        self.assertEqual(self.client.of_run(run, 'GetResults', '(uu)', 9, 1), ({}, 3))
        self.assertEqual(self.client.of_run(run, 'GetTask', '(s)', 'a')['value'], 'x')
        self.refuses('NotFound', 'no task “z”', self.client.of_run, run, 'GetTask', '(s)', 'z')
        self.assertIn('b', self.client.of_run(run, 'Explain', '(s)', 'c'))
        self.refuses('NotFound', 'no task “z”', self.client.of_run, run, 'Explain', '(s)', 'z')
        self.refuses('NotFound', 'no task “z”', self.client.of_run, run, 'OpenLog', '(s)', 'z')

    def test_whole_at_any_time(self):
        """Whenever it is asked, no task has begun before what it waits for is told to have ended, and numbers fit."""
        tasks = {f't{i:03}': {'shell': 'true', **({'dependencies': [f't{i - 2:03}']} if i > 1 else {})}
                 for i in range(160)}
        run = self.client.submit(definition(tasks))
        seen = set()
        while self.client.get(run, 'Status') in ('queued', 'running'):
            results, count = self.client.of_run(run, 'GetResults', '(uu)', 0, 0)
            self.assertEqual(count, len(tasks))
            self.assertEqual(sum(self.client.get(run, 'Counts').values()), len(tasks))
            for name, result in results.items():
                before = tasks[name].get('dependencies', [])
                if result['status'] != 'pending' and before:
                    self.assertEqual(results[before[0]]['status'], 'completed', name)
                self.assertEqual(result['attempts'], result['status'] != 'pending', name)
            seen.add(tuple(result['status'] for result in results.values()))
        self.assertEqual(self.client.get(run, 'Status'), 'completed')
        self.assertGreater(len(seen), 1)

    def test_log(self):
        script, go_on = self.gate()
        run = self.client.submit(definition({'a': f'echo first; {script}; echo second', 'b': {'noop': {}}}))
        told = []
        self.client.listen(lambda signal, parameters: told.append(parameters[:2]), 'TaskChanged', run)
        self.client.of_run(run, 'Subscribe', '(a{sv})', {})

        def first():
            try:
                self.log = self.client.of_run(run, 'OpenLog', '(s)', 'a')
            except Exception:
                return False
            return os.pread(self.log, 100, 0) == b'first\n'

        iterate(first, 'first line in the log')
        self.refuses('NotFound', 'nothing so far', self.client.of_run, run, 'OpenLog', '(s)', 'b')
        go_on()
        self.client.wait(run)
        self.assertEqual(os.pread(self.log, 100, 0), b'first\nsecond\n')
        # Nobody writes to it by what was handed out.
        with self.assertRaises(OSError):
            os.write(self.log, b'x')
        os.close(self.log)

    def test_log_that_is_none(self):
        """What a task has put where its log is is not handed out: neither another file, nor what is no file."""
        run = self.client.submit(definition({'a': 'echo x'}))
        self.client.wait(run)
        log = self.client.of_run(run, 'GetTask', '(s)', 'a')['log_path']
        other = self.folder / 'other'
        other.write_text('secret', encoding='utf-8')
        for put in (lambda: os.symlink(other, log), lambda: os.mkfifo(log), lambda: os.symlink(self.folder, log)):
            os.unlink(log)
            put()
            self.refuses('NotFound', 'nothing so far', self.client.of_run, run, 'OpenLog', '(s)', 'a')

    def test_report_and_workflow(self):
        run = self.client.submit(definition({'a': 'echo x'}))
        self.client.wait(run)
        self.assertIn('completed', self.client.of_run(run, 'Report', '(s)', 'json'))
        self.assertIn('<testsuite', self.client.of_run(run, 'Report', '(s)', 'junit'))
        self.refuses('InvalidArgument', 'mrkdown', self.client.of_run, run, 'Report', '(s)', 'mrkdown')
        again = self.client.submit(self.client.of_run(run, 'GetWorkflow'))
        self.assertEqual(self.client.wait(again)[0], 'completed')

    def test_control(self):
        script, go_on = self.gate()
        run = self.client.submit(definition({'a': script, 'b': {'shell': 'true', 'dependencies': ['a']}}))
        self.client.of_run(run, 'Pause')
        self.assertEqual(self.client.get(run, 'Status'), 'paused')
        self.client.of_run(run, 'Resume')
        self.assertEqual(self.client.get(run, 'Status'), 'running')
        self.client.of_run(run, 'Cancel')
        self.assertEqual(self.client.wait(run)[1]['reason'], 'run_cancelled')
        self.assertEqual(self.client.get(run, 'Counts')['cancelled'], 2)
        # What has ended stays as it is.
        for method in ('Cancel', 'Pause', 'Resume'):
            self.client.of_run(run, method)
        self.assertEqual(self.client.get(run, 'Status'), 'cancelled')

    def test_retry_failed(self):
        ledger, well = self.folder / 'ledger', self.folder / 'well'
        text = definition({'a': f'echo a >> {ledger}; echo x', 'b': {'shell': f'test -e {well}', 'dependencies': ['a']},
                           'c': {'shell': 'echo "$VALUE$ENDING"', 'env': {'VALUE': '${{ tasks.a.value }}'},
                                 'dependencies': ['a', 'b']}})
        first = self.client.submit(text, name='nightly', env={'ENDING': '!'})
        self.assertEqual(self.client.wait(first)[0], 'failed')
        self.refuses('InvalidArgument', '“priorty”', self.client.of_run, first, 'RetryFailed', '(a{sv})',
                     {'priorty': variant(1)})
        well.touch()
        again = self.client.of_run(first, 'RetryFailed', '(a{sv})', {'handle_token': variant('again')})
        self.assertTrue(again.endswith('/again'))
        status, details = self.client.wait(again)
        self.assertEqual((status, details['completed']), ('completed', 3))
        first_id = self.client.get(first, 'Id')
        self.assertEqual((self.client.get(first, 'RetriedFrom'), self.client.get(again, 'RetriedFrom')), ('', first_id))
        listed = self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 0)[0]
        self.assertEqual([run['RetriedFrom'] for run in listed], [first_id, ''])
        self.assertEqual((self.client.get(again, 'Name'), self.client.get(again, 'Workflow')), ('nightly', 'w'))
        results = self.client.of_run(again, 'GetResults', '(uu)', 0, 0)[0]
        self.assertEqual([results[name].get('kept_from') for name in 'abc'], [first_id, None, None])
        self.assertEqual(results['c']['value'], 'x!')
        self.assertEqual(results['a']['started'], self.client.of_run(first, 'GetTask', '(s)', 'a')['started'])
        self.assertEqual(ledger.read_text(), 'a\n')
        self.assertIn(f'kept from run {first_id}', self.client.of_run(again, 'Explain', '(s)', 'a'))
        self.assertIn(f'kept from run {first_id}', self.client.of_run(again, 'Report', '(s)', 'text'))
        log = self.client.of_run(again, 'OpenLog', '(s)', 'a')
        self.assertEqual(os.pread(log, 100, 0), b'x\n')
        os.close(log)
        self.refuses('InvalidArgument', 'has completed', self.client.of_run, again, 'RetryFailed', '(a{sv})', {})

    def test_retry_of_one_that_goes_on(self):
        script, go_on = self.gate()
        run = self.client.submit(definition({'a': script}))
        self.refuses('Busy', 'has not ended', self.client.of_run, run, 'RetryFailed', '(a{sv})', {})
        go_on()
        self.client.wait(run)

    def test_retry_with_a_key(self):
        """The same key gives the same run, also where it came twice at once."""
        run = self.client.submit(definition({'a': 'exit 1'}))
        self.client.wait(run)
        again = [self.client.of_run(run, 'RetryFailed', '(a{sv})', {'idempotency_key': variant('k')}) for _ in range(2)]
        self.assertEqual(again[0], again[1])
        self.assertEqual(self.client.wait(again[0])[0], 'failed')

    def test_values(self):
        values = {'text': 'printf text', 'json': {'shell': 'echo \'{"a": [1, null, 2.5, true], "b": {}}\'',
                                                  'output': 'json'},
                  'null': {'shell': 'echo null', 'output': 'json'}}
        run = self.client.submit(definition(values))
        self.client.wait(run)
        results = self.client.of_run(run, 'GetResults', '(uu)', 0, 0)[0]
        self.assertEqual(results['text']['value'], 'text')
        self.assertEqual(results['json']['value']['a'], [1, '', 2.5, True])
        self.assertNotIn('value', results['null'])


class Tell(Case):
    def follow(self, run=None, client=None, batched=False):
        """The list that what is told of a run is added to."""
        told = []
        client = client or self.client
        if batched:
            client.listen(lambda signal, parameters: told.extend(parameters[0]), 'TasksChanged', run)
        else:
            client.listen(lambda signal, parameters: told.append(parameters), 'TaskChanged', run)
        return told

    EXPECTED = [('', 'started'), ('a', 'running'), ('a', 'completed'), ('b', 'running'), ('b', 'failed'),
                ('', 'failed')]

    def test_from_the_beginning(self):
        text = definition({'a': 'echo x', 'b': {'shell': 'exit 4', 'dependencies': ['a']}})
        for batched in (False, True):
            with self.subTest(batched=batched):
                told = self.follow(batched=batched)
                self.client.submit(text, subscribe=True, batched=batched)
                iterate(lambda: told and told[-1][:2] == ('', 'failed'), 'end of the run')
                self.assertEqual([entry[:2] for entry in told], self.EXPECTED)
                details = {entry[:2]: entry[2] for entry in told}
                self.assertEqual(details['a', 'completed']['value'], 'x')
                self.assertGreater(details['a', 'completed']['finished'], 0)
                self.assertEqual(details['b', 'failed']['error_type'], 'org.codomyrmex.Myrmex1.Error.ExitStatus')
                self.assertEqual(details['', 'failed']['total_tasks'], 2)
                self.assertIn('exit status 4', details['', 'failed']['error'])

    def test_large_value_is_left_out(self):
        told = self.follow()
        run = self.client.submit(definition({'a': 'head -c 20000 /dev/zero | tr "\\0" x'}), subscribe=True)
        iterate(lambda: told and told[-1][0] == '' and told[-1][1] == 'completed', 'end of the run')
        details = next(entry[2] for entry in told if entry[:2] == ('a', 'completed'))
        self.assertNotIn('value', details)
        self.assertGreater(details['value_size'], 20000)
        self.assertEqual(len(self.client.of_run(run, 'GetTask', '(s)', 'a')['value']), 20000)

    def test_only_subscribers_are_told(self):
        script, go_on = self.gate()
        other = self.connect()
        run = self.client.submit(definition({'a': script, 'b': {'noop': {}, 'dependencies': ['a']}}))
        mine, theirs = self.follow(run), self.follow(run, other)
        finished = []
        other.listen(lambda signal, parameters: finished.append(parameters), 'Finished', run)
        other.get(run, 'Status')  # the bus knows of the wish before
        self.client.of_run(run, 'Subscribe', '(a{sv})', {})
        go_on()
        iterate(lambda: mine and mine[-1][:2] == ('', 'completed') and finished, 'end of the run')
        self.assertEqual(theirs, [])
        self.assertEqual(finished[0][0], 'completed')

    def test_unsubscribe(self):
        script, go_on = self.gate()
        run = self.client.submit(definition({'a': script, 'b': {'noop': {}, 'dependencies': ['a']}}))
        told = self.follow(run)
        self.client.of_run(run, 'Subscribe', '(a{sv})', {})
        self.client.of_run(run, 'Unsubscribe')
        # What was told before is here with the answer to this.
        pending = self.client.call_async('Unsubscribe', '()', path=run, interface=RUN)
        iterate(lambda: pending.is_done, 'answer')
        del told[:]
        go_on()
        pending = self.client.call_async('Wait', '()', path=run, interface=RUN)
        iterate(lambda: pending.is_done, 'end of the run')
        self.assertEqual(told, [])
        self.refuses('InvalidArgument', 'bached.*batched', self.client.of_run, run, 'Subscribe', '(a{sv})',
                     {'bached': variant(True)})

    def test_finished_is_last(self):
        told = []
        # Of the run: how many there are is told a little later.
        path = PATH + '/run/last'
        self.client.listen(lambda signal, parameters: told.append((signal, parameters)), path=path)
        script, go_on = self.gate()
        tasks = {'gate': script, **{f't{i}': {'noop': {}, 'dependencies': ['gate']} for i in range(50)}}
        self.assertEqual(self.client.submit(definition(tasks), subscribe=True, batched=True, handle_token='last'), path)
        go_on()
        iterate(lambda: any(signal == 'Finished' for signal, _ in told), 'signal Finished')
        # What came after it, if anything did, would be here before the answers to these.
        for _ in range(2):
            pending = self.client.call_async('Get', '(ss)', RUN, 'Status', path=path, interface=PROPERTIES)
            iterate(lambda pending=pending: pending.is_done, 'answer')
        self.assertEqual(told[-1][0], 'Finished')
        changed = [parameters[1] for signal, parameters in told
                   if signal == 'PropertiesChanged' and parameters[0] == RUN]
        self.assertEqual((changed[-1]['Status'], changed[-1]['Fraction']), ('completed', 1.0))

    def test_ten_thousand_tasks(self):
        """Who follows nobody's tasks gets few messages, however many tasks there are; who does, few with batches."""
        script, go_on = self.gate()
        tasks = {'gate': script, **{f't{i}': {'noop': {}, 'dependencies': ['gate']} for i in range(10000)}}
        watcher, follower = self.connect(), self.connect()
        seen, batches = [], []
        watcher.listen(lambda signal, parameters: seen.append((time.monotonic(), signal, parameters)))
        watcher.get(PATH, 'Version', MANAGER)  # the bus knows of the wish before
        follower.listen(lambda signal, parameters: batches.append(parameters[0]), 'TasksChanged')
        begin = time.monotonic()
        run = self.client.submit(definition(tasks))
        follower.of_run(run, 'Subscribe', '(a{sv})', {'batched': variant(True)})
        go_on()
        iterate(lambda: any(signal == 'Finished' for _, signal, _ in seen), 'signal Finished')
        iterate(lambda: sum(map(len, batches)) >= 20001, 'change of each task')
        took = time.monotonic() - begin
        of_run = [entry for entry in seen if entry[1] == 'PropertiesChanged' and entry[2][0] == RUN]
        self.assertLessEqual(len(of_run), 8 * took + 3)
        self.assertLessEqual(len(seen), 16 * took + 8)
        print(f'# {len(seen)} signals to everybody, {len(batches)} to a follower of batches, in {took:.2f} s')
        self.assertLessEqual(len(batches), 20000 / 500 + 8 + 250 * took)
        self.assertNotIn('TaskChanged', {signal for _, signal, _ in seen})
        self.assertEqual(sum(1 for batch in batches for change in batch if change[1] == 'completed' and change[0]),
                         10001)

    def test_rate(self):
        """A run that changes all the time is told of at most ten times in any second."""
        tasks = {f't{i:03}': {'shell': 'sleep 0.01', **({'dependencies': [f't{i - 1:03}']} if i else {})}
                 for i in range(150)}
        told = []
        self.client.listen(lambda signal, parameters: told.append((time.monotonic(), parameters[0])),
                           'PropertiesChanged')
        # The first may be seen long after it was sent, but was sent after this.
        begin = time.monotonic()
        run = self.client.submit(definition(tasks))
        pending = self.client.call_async('Wait', '()', path=run, interface=RUN)
        iterate(lambda: pending.is_done, 'end of the run')
        times = [at for at, interface in told if interface == RUN]
        self.assertGreaterEqual(len(times), 5)
        self.assertLessEqual(len(times), 8 * (times[-1] - begin) + 3)


if __name__ == '__main__':
    tap.main()
