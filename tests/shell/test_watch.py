#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Watching runs of the service by the command, and reading what their tasks write.

    test_watch.py MYRMEX MYRMEXD [TEST…]
"""

import json
import os
import re
import signal
import time

from serving import Case, UNAVAILABLE
from shell import DONE, FAILED, INTERRUPTED, TIMED_OUT, USAGE
import service
import tap


class Watch(Case):
    def test_from_now(self):
        """What has completed is counted, what failed and what runs is told; the end is that of the run."""
        script, go_on = self.gate()
        run = self.submit({'good': 'true', 'bad': 'echo why; exit 3', 'hold': script}, '--keep-going')
        self.await_status(run, 'failed', task='bad')
        self.await_status(run, 'completed', task='good')
        self.await_status(run, 'running', task='hold')
        terminal = self.open('watch', run[:8])
        terminal.wait_for(lambda t: re.search(r'(?m)^▸ hold +\d+\.\d s$', t.screen.all_text()))
        terminal.wait_for('2 of 3')
        shown = terminal.screen.all_text()
        self.assertIn('✗ bad ', shown)
        self.assertNotIn('good', shown)
        go_on()
        self.assertEqual(terminal.wait(), FAILED)
        lines = terminal.screen.all_text().splitlines()
        self.assertTrue(any(line.startswith('✓ hold ') for line in lines), lines)
        self.assertRegex(lines[-2], r'^✗ w failed after \d+\.\d s: 2 completed, 1 failed$')
        self.assertTrue(terminal.screen.cursor)

    def test_ended(self):
        for script, status in (('true', DONE), ('false', FAILED)):
            run = self.submit({'a': script})
            self.client.wait(self.client.call('GetRun', '(s)', run))
            output, _ = self.run_command('watch', run, status=status)
            self.assertRegex(output.splitlines()[-1], 'w: (completed|failed) in ')
        run = self.submit({'a': 'sleep 60'}, '--timeout', '0.1')
        output, _ = self.run_command('watch', run, status=TIMED_OUT)
        # The times are those at which it happened.
        self.client.wait(self.client.call('GetRun', '(s)', run))
        again, _ = self.run_command('watch', run, status=TIMED_OUT)
        times = [float(line[1:9]) for line in again.splitlines()]
        self.assertEqual(times[0], 0)
        self.assertLess(abs(times[-1] - float(output.splitlines()[-1][1:9])), 0.01)

    def test_json(self):
        script, go_on = self.gate()
        run = self.submit({'good': 'echo x', 'hold': script})
        self.await_status(run, 'completed', task='good')
        process = self.start('watch', run, '--json')
        events = [json.loads(process.stdout.readline()) for _ in range(2)]
        self.assertEqual((events[0]['run'], events[0]['total_tasks']), (run, 2))
        self.assertEqual((events[1]['task'], events[1]['value']), ('good', 'x'))
        self.assertLessEqual(events[1]['time'], events[0]['time'])
        go_on()
        events = [json.loads(line) for line in process.communicate()[0].splitlines()]
        self.assertEqual((events[-1]['status'], events[-1]['completed']), ('completed', 2))
        self.assertEqual(process.returncode, DONE)

    def test_interrupted(self):
        run, go_on = self.held()
        self.await_status(run, 'running', task='hold')
        terminal = self.open('watch', run)
        terminal.wait_for('▸ hold')
        terminal.type('\x03')
        self.assertEqual(terminal.wait(), INTERRUPTED)
        shown = terminal.screen.all_text()
        self.assertIn(f'The run goes on. “myrmex watch {run[:8]}” shows it again', shown.replace('\n', ''))
        self.assertNotIn('▸', shown)
        self.assertTrue(terminal.screen.cursor)
        go_on()
        self.assertEqual(self.client.wait(self.client.call('GetRun', '(s)', run))[0], 'completed')

    def test_paused(self):
        run, go_on = self.held()
        self.await_status(run, 'running', task='hold')
        terminal = self.open('watch', run)
        terminal.wait_for('▸ hold')
        self.run_command('pause', run)
        terminal.wait_for('· paused')
        self.run_command('resume', run)
        terminal.wait_for(lambda t: 'paused' not in t.screen.all_text())
        go_on()
        self.assertEqual(terminal.wait(), DONE)

    def test_bus_goes(self):
        run, _ = self.held()
        self.await_status(run, 'running', task='hold')
        process = self.start('watch', run)
        self.assertIn('w: running', process.stdout.readline())
        pidfd = os.pidfd_open(self.service_pid())
        self.addCleanup(os.close, pidfd)
        self.client.of_run(self.client.call('GetRun', '(s)', run), 'Cancel')
        self.client.wait(self.client.call('GetRun', '(s)', run))
        process.communicate()
        run, _ = self.held(gate='other')
        process = self.start('watch', run)
        self.assertIn('w: running', process.stdout.readline())
        self.bus_process.terminate()
        _, errors = process.communicate()
        self.assertEqual(process.returncode, UNAVAILABLE)
        self.assertIn('The session bus has gone', errors)
        try:
            signal.pidfd_send_signal(pidfd, signal.SIGTERM)
        except ProcessLookupError:
            pass

    def test_wrong(self):
        _, errors = self.run_command('watch', 'nobody', status=FAILED)
        self.assertIn('There is no run “nobody”', errors)
        self.run_command('watch', 'a', 'b', status=USAGE)


class Idle(Case):
    """A service that leaves soon, whoever starts it."""

    ENVIRONMENT = {'MYRMEX_IDLE_TIMEOUT': '1'}

    def test_idle(self):
        """The service may leave while nothing runs, and is heard of again."""
        terminal = self.open('watch')
        terminal.wait_for('No run is active')
        self.await_owner(lambda owner: owner is None)
        seen = []
        self.client.bus.signal_subscribe(
            'org.freedesktop.DBus', 'org.freedesktop.DBus', 'NameOwnerChanged', None, service.NAME,
            service.Gio.DBusSignalFlags.NONE, lambda *rest: seen.append(rest))
        end = time.monotonic() + 0.5
        service.iterate(lambda: seen or time.monotonic() > end, 'time')
        self.assertEqual(seen, [])
        run, _ = self.held()
        terminal.wait_for(run[:8])
        terminal.type('\x03')
        terminal.wait()


class All(Case):
    def test_terminal(self):
        terminal = self.open('watch', width=60)
        terminal.wait_for('No run is active; this waits for one · Ctrl-C ends')
        first, go_on = self.held(name='first', task='a')
        terminal.wait_for('1 run is active')
        lines = terminal.screen.text()
        self.assertEqual(lines[0].split(), ['RUN', 'NAME', 'STATUS', 'TASKS', 'TIME', 'SUBMITTED'])
        self.assertTrue(lines[1].startswith(first[:8]), lines)
        second, go_on_too = self.held('--name', 'second\033[2J', gate='other')
        terminal.wait_for('2 runs are active')
        terminal.wait_for(r'second\x1b[2J')
        self.run_command('pause', second)
        terminal.wait_for(lambda t: re.search('second.*paused', t.screen.all_text()))
        go_on()
        terminal.wait_for(f'✓ {first[:8]}  first: completed, 1/1')
        terminal.wait_for('1 run is active')
        terminal.resize(40, 10)
        terminal.wait_for(lambda t: 'SUBMITTED' not in t.screen.all_text() and 'NAME' in t.screen.all_text())
        terminal.type('\x03')
        self.assertEqual(terminal.wait(), INTERRUPTED)
        self.assertIn('Nothing was stopped', terminal.screen.all_text())
        self.assertTrue(terminal.screen.cursor)
        self.assertTrue(terminal.echoes())
        self.run_command('resume', second)
        go_on_too()

    def test_more_than_fit(self):
        for i in range(12):
            self.submit({'a': 'true'}, '--paused', '--name', f'n{i}')
        terminal = self.open('watch', height=8)
        terminal.wait_for('12 runs are active · 7 not shown')
        self.assertEqual(sum('paused' in line for line in terminal.screen.text()), 5)
        terminal.type('\x03')
        terminal.wait()

    def test_pipe(self):
        process = self.start('watch')
        json_process = self.start('watch', '--json')
        self.run_command('status')
        run, go_on = self.held()
        line = process.stdout.readline()
        # It may be seen between its acceptance and its begin.
        if 'queued' in line:
            line = process.stdout.readline()
        self.assertEqual(line, f'{run[:8]}  w: running, 0/1\n')
        self.assertEqual(json.loads(json_process.stdout.readline())['run'], run)
        go_on()
        self.assertEqual(process.stdout.readline(), f'{run[:8]}  w: completed, 1/1\n')
        while json.loads(json_process.stdout.readline())['status'] != 'completed':
            pass
        for one in (process, json_process):
            one.send_signal(signal.SIGINT)
            one.communicate()
            self.assertEqual(one.returncode, INTERRUPTED)


class Log(Case):
    HOSTILE = b'one\n\x1b[31mred\x1b[0m \x1b]0;x\x07\n\xff\x00two\r\n10%\r20%\rdone'

    def test_raw(self):
        self.write(self.HOSTILE, 'hostile')
        # As a value it would be refused.
        run = self.submit({'a': {'shell': 'cat hostile', 'output': 'none'}, 'b': 'echo b', 'c': {'noop': {}}})
        self.client.wait(self.client.call('GetRun', '(s)', run))
        output, errors = self.run_command('log', run, 'a', text=False, encoding=None)
        self.assertEqual((output, errors), (self.HOSTILE, b''))
        output, _ = self.run_command('log', run, text=False, encoding=None)
        self.assertEqual(output, b'==> a <==\n' + self.HOSTILE + b'\n==> b <==\nb\n')
        # A run of one task has no need to say which.
        one = self.submit({'a': 'echo alone'}, name='one')
        self.client.wait(self.client.call('GetRun', '(s)', one))
        self.assertEqual(self.run_command('log', 'one')[0], 'alone\n')

    def test_terminal(self):
        self.write(self.HOSTILE, 'hostile')
        run = self.submit({'a': {'shell': 'cat hostile', 'output': 'none'}})
        self.client.wait(self.client.call('GetRun', '(s)', run))
        terminal = self.open('log', run, 'a')
        self.assertEqual(terminal.wait(), DONE)
        self.assertEqual(terminal.screen.all_text().splitlines(),
                         ['one', r'red \x1b]0;x\x07', r'\xff\x00two', 'done'])

    def test_follow(self):
        """From before there is a log to the end of the task, attempts too."""
        script, go_on = self.gate()
        run = self.submit({'first': script,
                           'a': {'shell': f'echo begin $MYRMEX_ATTEMPT; {script}; echo end; '
                                          'exit $((2 - MYRMEX_ATTEMPT))',
                                 'dependencies': ['first'],
                                 'retry_policy': {'max_attempts': 2, 'initial_delay': 0}}})
        process = self.start('log', run, 'a', '--follow')
        self.await_status(run, 'running', task='first')
        go_on()
        self.assertEqual(process.stdout.readline(), 'begin 1\n')
        go_on()
        self.assertEqual([process.stdout.readline() for _ in range(2)], ['end\n', 'begin 2\n'])
        go_on()
        output, errors = process.communicate()
        self.assertEqual((output, errors, process.returncode), ('end\n', '', DONE))
        # What has ended is not waited for.
        self.client.wait(self.client.call('GetRun', '(s)', run))
        self.assertEqual(self.run_command('log', '-f', run, 'a')[0], 'begin 2\nend\n')

    def test_follow_late(self):
        """What is written once is read once, however late it is heard that another attempt has begun."""
        script, go_on = self.gate()
        ready, last = self.ready(), 12
        run = self.submit({'a': {
            'shell': f'[ $((MYRMEX_ATTEMPT % 2)) = 0 ] || {{ {script}; exit 1; }}; echo $MYRMEX_ATTEMPT; echo > ready; '
                     f'{script}; exit $(({last} - MYRMEX_ATTEMPT))',
            'retry_policy': {'max_attempts': last, 'initial_delay': 0}}})
        process = self.start('log', '--follow', run, 'a')
        for _ in range(0, last, 2):
            # Most often it has heard by then of the attempt that writes nothing; it need not.
            time.sleep(0.2)
            process.send_signal(signal.SIGSTOP)
            go_on()
            ready()
            process.send_signal(signal.SIGCONT)
            time.sleep(0.2)
            go_on()
        output, errors = process.communicate()
        self.assertEqual((errors, process.returncode), ('', DONE))
        self.assertEqual(len(set(output.split())), len(output.split()), output)
        self.assertEqual(output.split()[-1], str(last))

    def test_follow_all(self):
        script, go_on = self.gate()
        run = self.submit({'a': f'echo a; {script}', 'b': {'shell': 'echo b', 'dependencies': ['a']}})
        process = self.start('log', '-f', run)
        self.assertEqual([process.stdout.readline() for _ in range(2)], ['==> a <==\n', 'a\n'])
        go_on()
        self.assertEqual(process.communicate()[0], '\n==> b <==\nb\n')
        self.assertEqual(process.returncode, DONE)

    def test_follow_terminal(self):
        """A line that has not ended is seen, but for what may change its looks."""
        script, go_on = self.gate()
        run = self.submit({'a': rf"printf 'wait\342\200'; {script}; printf '\246 \033[3'; {script}; printf '1mfor it\n'"})
        terminal = self.open('log', '-f', run)
        terminal.wait_for('wait')
        go_on()
        terminal.wait_for('wait…')
        go_on()
        self.assertEqual(terminal.wait(), DONE)
        self.assertEqual(terminal.screen.all_text(), 'wait… for it')

    def test_silent(self):
        run = self.submit({'quiet': 'true', 'never': {'shell': 'true', 'condition': 'false'}})
        self.client.wait(self.client.call('GetRun', '(s)', run))
        self.assertEqual(self.run_command('log', run, 'quiet'), ('', ''))
        for arguments in ((), ('-f',)):
            _, errors = self.run_command('log', run, 'never', *arguments, status=FAILED)
            self.assertIn('Task “never” never ran: skipped', errors)

    def test_wrong(self):
        run, go_on = self.held()
        run = self.submit({'a': 'true'}, '--paused', name='paused')
        _, errors = self.run_command('log', run, 'a', status=FAILED)
        self.assertIn('has not begun', errors)
        _, errors = self.run_command('log', run, 'z', status=FAILED)
        self.assertIn('has no task “z”', errors)
        _, errors = self.run_command('log', 'nobody', status=FAILED)
        self.assertIn('There is no run “nobody”', errors)
        self.run_command('log', status=USAGE)
        self.run_command('log', 'a', 'b', 'c', status=USAGE)
        go_on()

    def test_reader_goes(self):
        run = self.submit({'a': 'seq 100000'})
        self.client.wait(self.client.call('GetRun', '(s)', run))
        process = self.start('log', run, 'a')
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.stderr.read(), '')
        process.stderr.close()
        self.assertEqual(process.wait(), DONE)

    def test_tasks_are_offered(self):
        run = self.submit({'build': 'true', 'test': 'true'})
        for command in ('log', 'explain'):
            output, _ = self.run_command('__complete', command, run[:8], '')
            self.assertEqual([line.split('\t')[0] for line in output.splitlines()], ['build', 'test'])


if __name__ == '__main__':
    tap.main()
