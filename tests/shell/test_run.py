#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs that are told to a pipe: lines and JSON, exit statuses, signals, and readers that go away.

    test_run.py MYRMEX [TEST…]
"""

import json
import os
import pathlib
import re
import resource
import select
import signal
import subprocess
import time
import unittest

from shell import Case, DEFINITION, DONE, FAILED, INTERRUPTED, PATIENCE, TIMED_OUT, USAGE
import tap

LINE = re.compile(r'^\[ *(\d+\.\d{3})\] ([A-Za-z0-9._-]+): (\w+)(.*)$')
HOSTILE = b''.join(bytes([byte]) for byte in range(256) if byte not in b'\n')


def parse(output):
    """(name, status, rest) of each line that is an event, and the lines that are not."""
    events, others = [], []
    for line in output.splitlines():
        match = LINE.match(line)
        (events.append(match.groups()[1:]) if match else others.append(line))
    return events, others


class Files(Case):
    def test_many_at_once(self):
        """The command may have more files open than it was given at first; what it runs may not."""
        let_through = self.gate()
        wait = self.ready()
        self.workflow({f't{i}': {'command': ['sh', '-c', 'ulimit -n; echo >> ready; read x < wait']}
                       for i in range(300)})
        soft = 256
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with self.start('run', 'w.json', '--jobs', '300', '--json',
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))) as process:
            wait(300)
            let_through(300)
            output, errors = process.communicate()
        self.assertEqual((process.returncode, errors), (DONE, ''), output)
        events = [json.loads(line) for line in output.splitlines()]
        values = [event['value'] for event in events if event.get('status') == 'completed' and 'value' in event]
        self.assertEqual(values, [str(soft)] * 300)


class Names(Case):
    def test_folder_that_is_no_text(self):
        """A workflow runs wherever it is, and whatever its file is called."""
        self.workflow({'a': {'shell': 'pwd > there; pwd', 'output': 'none'}})
        folder = os.path.join(os.fsencode(self.folder), b'a \xff')
        os.mkdir(folder)
        os.rename(self.folder / 'w.json', folder + b'/w \xfe.json')
        for arguments, cwd in ((('run', b'w \xfe.json'), folder), (('run', folder + b'/w \xfe.json'), self.folder),
                               (('run', b'w \xfe.json', '--log-dir', 'logs'), folder)):
            output, errors = self.run_command(*arguments, cwd=cwd)
            self.assertEqual(errors, '')
            with open(folder + b'/there', 'rb') as file:
                self.assertEqual(file.read(), folder + b'\n')
            os.unlink(folder + b'/there')
        self.assertTrue(os.listdir(folder + b'/logs'))

    def test_no_text(self):
        self.workflow({'a': 'true'})
        _, errors = self.run_command('run', 'w.json', '--log-dir', b'\xff', status=USAGE)
        self.assertEqual(errors, 'myrmex: The folder for logs, “\\xff”, is no UTF-8; name another one\n')


class Lines(Case):
    def test_good(self):
        self.workflow({'a': 'true', 'b': {'shell': 'true', 'dependencies': ['a']},
                       'c': {'shell': 'true', 'condition': 'false'},
                       'd': {'shell': 'true', 'dependencies': ['c']}})
        output, errors = self.run_command('run', 'w.json')
        self.assertEqual(errors, '')
        events, others = parse(output)
        self.assertEqual(others, [])
        self.assertEqual(events[0], ('w', 'started', ', 4 tasks'))
        self.assertRegex(events[-1][2], r'^ in \d+\.\d{3} s, 2 completed, 0 failed, 2 skipped, 0 cancelled$')
        self.assertEqual(events[-1][:2], ('w', 'completed'))
        of = {name: [event[1:] for event in events if event[0] == name] for name in 'abcd'}
        self.assertEqual([status for status, _ in of['a']], ['running', 'completed'])
        self.assertRegex(of['a'][1][1], r'^ in \d+\.\d{3} s$')
        self.assertEqual(of['c'], [('skipped', ': its condition is false')])
        self.assertEqual(of['d'], [('skipped', ': what it depends on was skipped')])

    def test_rule_that_is_not_met(self):
        self.workflow({'a': 'true', 'sorry': {'shell': 'true', 'dependencies': ['a'], 'trigger_rule': 'one_failed'}})
        events, _ = parse(self.run_command('run', 'w.json')[0])
        self.assertIn(('sorry', 'skipped', ': one_failed is not met'), events)

    def test_failure(self):
        self.workflow({'a': {'shell': 'echo first; echo; echo last >&2; exit 7',
                             'retry_policy': {'max_attempts': 2, 'initial_delay': 0.01}},
                       'b': {'shell': 'true', 'dependencies': ['a']}}, fail_fast=False)
        output, errors = self.run_command('run', 'w.json', status=FAILED)
        self.assertEqual(errors, '')
        events, others = parse(output)
        self.assertEqual(others, ['    | first', '    | ', '    | last'])
        self.assertEqual([event[:2] for event in events],
                         [('w', 'started'), ('a', 'running'), ('a', 'retrying'), ('a', 'running'), ('a', 'failed'),
                          ('b', 'skipped'), ('w', 'failed')])
        self.assertEqual(events[2][2], ', next attempt in 0.010 s: It ended with exit status 7: last')
        self.assertEqual(events[3][2], ', attempt 2')
        self.assertRegex(events[4][2], r'^ in \d+\.\d{3} s, attempt 2: It ended with exit status 7: last$')
        self.assertEqual(events[5][2], ': what it depends on failed')
        self.assertRegex(events[6][2], r'^ in \d+\.\d{3} s, 0 completed, 1 failed, 1 skipped, 0 cancelled$')
        quiet, _ = self.run_command('run', 'w.json', '--quiet', status=FAILED)
        events, others = parse(quiet)
        self.assertEqual([event[:2] for event in events], [('a', 'failed')])
        self.assertEqual(len(others), 3)

    def test_quiet_and_good(self):
        self.workflow({'a': 'echo x'})
        self.assertEqual(self.run_command('run', '-q', 'w.json'), ('', ''))

    def test_each_line_at_once(self):
        release = self.gate()
        self.workflow({'a': 'read x < wait'})
        with self.start('run', 'w.json') as process:
            self.assertIn('started', process.stdout.readline())
            self.assertIn('a: running', process.stdout.readline())
            release()
            self.assertIn('a: completed', process.stdout.readline())
            process.communicate()

    def test_progress(self):
        release = self.gate()
        self.workflow({'a': 'printf "1/4 \\033[2Jone\\n" >&$MYRMEX_PROGRESS_FD; read x < wait'})
        with self.start('run', 'w.json') as process:
            lines = [process.stdout.readline() for _ in range(3)]
            release()
            process.communicate()
        self.assertEqual(process.returncode, DONE)
        self.assertEqual(parse(lines[2])[0], [('a', 'running', r', 25%: \x1b[2Jone')])

    def test_hostile(self):
        (self.folder / 'hostile').write_bytes(HOSTILE + b'\n\x1b]0;x\x07\n\xe2\x80\xae\n')
        self.workflow({'a': 'cat hostile; cat hostile >&2; exit 1'})
        for more in ([], ['--quiet']):
            process = self.start('run', 'w.json', *more, text=False, encoding=None)
            output, errors = process.communicate()
            self.assertEqual((process.returncode, errors), (FAILED, b''))
            text = output.decode('utf-8')
            self.assertFalse(re.search('[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]', text), text)
            self.assertIn(r'    | \x1b]0;x\x07', text)
            self.assertIn(r'\u202e', text)

    def test_other_character_sets(self):
        self.workflow({'a': 'printf "\\303\\251\\n"; exit 1'})
        self.environment['LC_ALL'] = 'C'
        process = self.start('run', 'w.json', text=False, encoding=None)
        output, _ = process.communicate()
        self.assertEqual(process.returncode, FAILED)
        self.assertTrue(all(byte < 0x7f for byte in output), output)

    def test_logs(self):
        self.workflow({'a': 'echo kept; exit 1', 'b': 'true'}, fail_fast=False)
        output, _ = self.run_command('run', 'w.json', '--log-dir', 'new/logs', status=FAILED)
        _, others = parse(output)
        self.assertEqual(others[0], '    | kept')
        path = pathlib.Path(others[1].strip())
        self.assertTrue(path.is_relative_to(self.folder.resolve() / 'new' / 'logs'), path)
        self.assertEqual(path.read_text(), 'kept\n')
        _, by_task = self.run_json('w.json', '--log-dir', 'new/logs', status=FAILED)
        self.assertEqual(pathlib.Path(by_task['a'][-1]['log']).read_text(), 'kept\n')

    def test_log_folder_that_can_not_be_made(self):
        path = self.workflow({'a': 'touch ran'})
        _, errors = self.run_command('run', 'w.json', '--log-dir', path, status=USAGE)
        self.assertRegex(errors, r'^myrmex: The folder for logs, “.*w\.json”, can not be made: ')
        self.assertFalse((self.folder / 'ran').exists())

    def test_much_output(self):
        self.workflow({'a': {'shell': 'yes 0123456789012345678901234567890123456789 | head -c 20000000; exit 3',
                             'output': 'none'}})
        output, _ = self.run_command('run', 'w.json', status=FAILED)
        self.assertLess(len(output), 2000)
        self.assertEqual(len(parse(output)[1]), 10)

    def test_standard_input(self):
        path = self.workflow({'a': 'pwd'})
        _, by_task = self.run_json('-', input=path.read_text())
        self.assertEqual(by_task['a'][-1]['value'], str(self.folder.resolve()))

    def test_folder_of_the_file(self):
        (self.folder / 'sub').mkdir()
        self.workflow({'a': 'pwd'}, 'sub/w.json')
        _, by_task = self.run_json('sub/w.json')
        self.assertEqual(by_task['a'][-1]['value'], str(self.folder.resolve() / 'sub'))


class Json(Case):
    def test_events(self):
        self.workflow({'a': {'shell': 'echo "[1, null, \\"\\u001b\\"]"', 'output': 'json'},
                       'workflow': {'shell': 'exit 4', 'dependencies': ['a'],
                                    'retry_policy': {'max_attempts': 2, 'initial_delay': 0.05}},
                       'c': {'noop': {}, 'dependencies': ['workflow']}})
        before = time.time()
        events, by_task = self.run_json('w.json', status=FAILED)
        for event in events:
            self.assertTrue(before - 1 <= event['time'] <= time.time() + 1)
            self.assertTrue(('task' in event) != ('workflow' in event))
        self.assertEqual(events[0]['status'], 'started')
        self.assertEqual(events[0]['workflow'], 'w')
        self.assertEqual(events[0]['total_tasks'], 3)
        self.assertRegex(events[0]['run'], '^[0-9a-f]{32}$')
        self.assertEqual([event['status'] for event in by_task['a']], ['running', 'completed'])
        self.assertEqual(by_task['a'][-1]['value'], [1, None, '\x1b'])
        retrying, failed = by_task['workflow'][1], by_task['workflow'][-1]
        self.assertEqual((retrying['status'], retrying['attempt'], retrying['delay']), ('retrying', 1, 0.05))
        self.assertEqual((failed['status'], failed['attempt'], failed['reason']), ('failed', 2, 'exit_status'))
        self.assertIn('exit status 4', failed['error'])
        self.assertGreater(failed['execution_time'], 0)
        self.assertEqual([event['status'] for event in by_task['c']], ['skipped'])
        last = events[-1]
        self.assertEqual((last['workflow'], last['status']), ('w', 'failed'))
        self.assertEqual([last[key] for key in ('total_tasks', 'completed', 'failed', 'skipped', 'cancelled')],
                         [3, 1, 1, 1, 0])
        self.assertGreater(last['elapsed'], 0)

    def test_quiet(self):
        self.workflow({'a': 'true', 'b': 'exit 1'}, fail_fast=False)
        events, _ = self.run_json('w.json', '--quiet', status=FAILED)
        self.assertEqual([(event.get('task'), event['status']) for event in events],
                         [('b', 'failed'), (None, 'failed')])

    def test_progress(self):
        release = self.gate()
        self.workflow({'a': 'for i in 1 2 3 4; do echo "$i/4 step $i" >&$MYRMEX_PROGRESS_FD; read x < wait; done'})
        with self.start('run', 'w.json', '--json') as process:
            process.stdout.readline()
            process.stdout.readline()
            for i in range(1, 5):
                event = json.loads(process.stdout.readline())
                self.assertEqual([event[key] for key in ('task', 'status', 'fraction', 'message')],
                                 ['a', 'running', i / 4, f'step {i}'])
                release()
            process.communicate()

    def test_many_tasks(self):
        self.workflow({f't{i}': f'echo {i}' for i in range(500)})
        events, by_task = self.run_json('w.json', '--jobs', '500')
        self.assertEqual(len(by_task), 500)
        self.assertEqual({(name, found[-1]['status'], found[-1]['value']) for name, found in by_task.items()},
                         {(f't{i}', 'completed', str(i)) for i in range(500)})
        self.assertEqual(events[-1]['completed'], 500)


class Statuses(Case):
    def test_keep_going(self):
        self.workflow({'a': 'exit 1', 'b': 'true', 'c': {'shell': 'true', 'dependencies': ['b']}}, max_parallel=1)
        events, by_task = self.run_json('w.json', status=FAILED)
        self.assertEqual(by_task['c'][-1]['status'], 'cancelled')
        events, by_task = self.run_json('w.json', '--keep-going', status=FAILED)
        self.assertEqual(by_task['c'][-1]['status'], 'completed')
        self.assertEqual(events[-1]['failed'], 1)

    def test_jobs(self):
        go_on, await_begun = self.gate(), self.ready('begun')
        self.workflow({f't{i}': 'echo + >> ledger; echo > begun; read x < wait; echo - >> ledger' for i in range(12)})
        for jobs in (1, 3):
            with self.start('run', 'w.json', '-j', str(jobs)) as process:
                await_begun(jobs)
                go_on(12)
                await_begun(12 - jobs)
                process.communicate()
            self.assertEqual(process.returncode, DONE)
            running = most = 0
            for line in (self.folder / 'ledger').read_text().split():
                running += 1 if line == '+' else -1
                most = max(most, running)
            self.assertEqual(most, jobs)
            (self.folder / 'ledger').unlink()

    def test_timeout(self):
        self.workflow({'a': 'sleep 60', 'b': {'shell': 'touch cleaned', 'dependencies': ['a'],
                                              'trigger_rule': 'all_done'}})
        events, _ = self.run_json('w.json', '--timeout', '0.2', status=TIMED_OUT)
        self.assertEqual((events[-1]['status'], events[-1]['reason']), ('failed', 'run_timed_out'))
        self.assertTrue((self.folder / 'cleaned').exists())
        self.workflow({'a': 'sleep 60'}, timeout=0.2)
        output, _ = self.run_command('run', 'w.json', status=TIMED_OUT)
        self.assertIn(': the time of the run was over', output)
        self.workflow({'a': 'sleep 0.3'}, timeout=0.1)
        self.run_command('run', 'w.json', '--timeout', '0')

    def test_timeout_of_a_task_is_a_failure(self):
        self.workflow({'a': {'shell': 'sleep 60', 'timeout': 0.1}})
        self.run_command('run', 'w.json', status=FAILED)

    def test_value_that_is_no_expression(self):
        self.workflow({'a': 'true'}, env={'X': '${{ fromJSON("{") }}'})
        _, errors = self.run_command('run', 'w.json', status=DEFINITION)
        self.assertTrue(errors)

    def test_no_log_stays(self):
        """Nor a folder for it: the process does not end before."""
        temporary = self.folder / 'temporary'
        temporary.mkdir()
        self.environment['TMPDIR'] = str(temporary)
        self.workflow({'a': 'echo x', 'b': 'echo y'})
        for _ in range(10):
            self.run_command('run', 'w.json')
            self.assertEqual(list(temporary.iterdir()), [])

    def test_nothing_stays(self):
        self.workflow({'a': "setsid sh -c 'echo $$ > pid.part; mv pid.part pid; exec sleep 60' & "
                            'until [ -e pid ]; do sleep 0.01; done'})
        self.run_command('run', 'w.json')
        try:
            left = pathlib.Path('/proc', (self.folder / 'pid').read_text().strip(), 'cmdline').read_bytes()
        except OSError:
            left = b''
        # One that nobody has waited for yet has none either.
        self.assertEqual(left, b'')


class Interrupted(Case):
    TASKS = {
        'a': 'echo up > ready; exec sleep 60',
        'b': {'shell': 'touch ran', 'dependencies': ['a']},
        'tidy': {'shell': 'touch tidied', 'dependencies': ['a'], 'trigger_rule': 'all_done'},
    }

    def interrupt(self, number, *more):
        ready = self.fifo('ready')
        self.workflow(self.TASKS)
        with self.start('run', 'w.json', *more) as process:
            ready.read_text()
            process.send_signal(number)
            output, errors = process.communicate()
        ready.unlink()
        self.assertEqual(process.returncode, INTERRUPTED, output + errors)
        self.assertFalse((self.folder / 'ran').exists())
        self.assertTrue((self.folder / 'tidied').exists())
        (self.folder / 'tidied').unlink()
        return output, errors

    def test_gently(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                output, errors = self.interrupt(number)
                events, _ = parse(output)
                self.assertIn(('a', 'cancelled', ': the run was interrupted'), events)
                self.assertIn(('w', 'cancelled'), [event[:2] for event in events])
                expected = 'Interrupted' if number == signal.SIGINT else 'Told to end'
                self.assertRegex(errors, f'^myrmex: {expected}: stopping, then cleaning up. ')

    def test_json(self):
        output, _ = self.interrupt(signal.SIGINT, '--json')
        last = json.loads(output.splitlines()[-1])
        self.assertEqual((last['status'], last['reason']), ('cancelled', 'run_cancelled'))

    def test_by_force(self):
        ready, tidying = self.fifo('ready'), self.fifo('tidying')
        self.workflow({'a': 'trap "" TERM; echo up > ready; sleep 60; sleep 60',
                       'tidy': {'shell': 'echo up > tidying; sleep 60', 'dependencies': ['z'],
                                'trigger_rule': 'all_done'},
                       'z': 'sleep 60'})
        # The grace is longer than anybody waits here.
        with self.start('run', 'w.json', '-j', '4', '-c', 'run.grace=3600') as process:
            ready.read_text()
            process.send_signal(signal.SIGINT)
            # Clean-up runs, and the first one has not ended yet.
            tidying.read_text()
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertEqual(len(errors.splitlines()), 2, errors)
        self.assertIn('Interrupted again', errors)
        events, _ = parse(output)
        self.assertIn(('tidy', 'cancelled'), [event[:2] for event in events])

    def test_ignored_signals_stay_ignored(self):
        ready, release = self.fifo('ready'), self.gate()
        self.workflow({'a': 'echo up > ready; read x < wait'})
        process = self.start('run', 'w.json', preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        ready.read_text()
        process.send_signal(signal.SIGHUP)
        release()
        output, errors = process.communicate()
        self.assertEqual((process.returncode, errors), (DONE, ''), output)


class Readers(Case):
    def test_reader_goes_away(self):
        ready, go_on = self.fifo('ready'), self.gate()
        self.workflow({'a': 'echo up > ready; read x < wait; echo "1/2 x" >&$MYRMEX_PROGRESS_FD; sleep 60',
                       'tidy': {'shell': 'touch tidied', 'dependencies': ['a'], 'trigger_rule': 'all_done'}})
        for more in ([], ['--json']):
            with self.subTest(more), self.start('run', 'w.json', *more) as process:
                process.stdout.readline()
                ready.read_text()
                process.stdout.close()
                go_on()
                errors = process.stderr.read()
                self.assertEqual(process.wait(), INTERRUPTED)
                self.assertEqual(errors, 'myrmex: Nobody reads standard output any more: stopping, then cleaning up.\n')
                (self.folder / 'tidied').unlink()

    def test_reader_goes_away_before(self):
        self.workflow({'a': 'sleep 60'})
        read, write = os.pipe()
        os.close(read)
        with self.start('run', 'w.json', stdout=write) as process:
            os.close(write)
            _, errors = process.communicate()
        self.assertEqual(process.returncode, INTERRUPTED, errors)

    def test_reader_that_stalls(self):
        """Ctrl-C works though the pipe is full, and the run does not wait for the reader."""
        count = 3000
        self.workflow({**{f'task-{i}': {'noop': {}} for i in range(count)},
                       'last': {'shell': 'touch last; sleep 60', 'dependencies': [f'task-{count - 1}']}})
        with self.start('run', 'w.json') as process:
            while not (self.folder / 'last').exists():
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            self.assertTrue(select.select([process.stderr], [], [], PATIENCE)[0])
            self.assertIn('Interrupted', process.stderr.readline())
            # It has ended and waits for the reader; another one gives the reader up.
            while True:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(0.2)
                    break
                except subprocess.TimeoutExpired:
                    pass
            self.assertEqual(process.returncode, INTERRUPTED)
            process.stdout.close()

    def test_slow_reader_gets_all(self):
        self.workflow({f'task-{i}': {'noop': {}} for i in range(3000)})
        with self.start('run', 'w.json', '--json') as process:
            time.sleep(0.3)
            output, errors = process.communicate()
        self.assertEqual((process.returncode, errors), (DONE, ''))
        events = [json.loads(line) for line in output.splitlines()]
        self.assertEqual(sum(event['status'] == 'completed' for event in events), 3001)


if __name__ == '__main__':
    tap.main()
