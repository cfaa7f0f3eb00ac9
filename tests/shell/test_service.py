#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs in the service by the command: submitting them, how they stand, stopping and pausing them.

    test_service.py MYRMEX MYRMEXD [TEST…]
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

from serving import Case, UNAVAILABLE
from shell import DEFINITION, DONE, FAILED, INTERRUPTED, MYRMEX, TIMED_OUT, USAGE
import service
import tap


class Submit(Case):
    def test_submit(self):
        path = self.workflow({'a': 'echo x'})
        output, errors = self.run_command('submit', str(path))
        self.assertRegex(output, r'^[0-9a-f]{8}\n$')
        self.assertEqual(errors, '')
        run = self.client.call('ResolveRun', '(s)', output.strip())
        self.assertEqual(self.client.wait(run)[0], 'completed')

    def test_json(self):
        path = self.workflow({'a': 'true', 'b': 'true'})
        output, _ = self.run_command('submit', str(path), '--json', '--name', 'x y')
        run = json.loads(output)
        self.assertRegex(run['run'], '^[0-9a-f]{32}$')
        self.assertEqual((run['name'], run['workflow'], run['total_tasks']), ('x y', 'w', 2))

    def test_as_run_does(self):
        """Parameters, a choice of tasks, the folder, a folder of scripts, and standard input."""
        path = self.workflow({'a': {'command': ['sh', '-c', 'echo $0 $PWD', '${{ parameters.x }}']}, 'b': 'false'},
                             parameters={'x': {'type': 'string'}})
        run = self.submit({'a': {'command': ['sh', '-c', 'echo $0 $PWD', '${{ parameters.x }}']}, 'b': 'false'},
                          '--param', 'x=é', '--only', 'a', parameters={'x': {'type': 'string'}})
        at = self.client.call('GetRun', '(s)', run)
        self.assertEqual(self.client.wait(at)[0], 'completed')
        self.assertEqual(self.client.of_run(at, 'GetTask', '(s)', 'a')['value'], f'é {self.folder}')
        (self.folder / 'scripts').mkdir()
        self.write('#!/bin/sh\necho one\n', 'scripts/one.sh').chmod(0o755)
        self.run_command('submit', 'scripts', '--wait', '--log-dir', 'logs')
        self.assertEqual([path.read_text() for path in (self.folder / 'logs').rglob('*.log')], ['one\n'])
        self.run_command('submit', '-', '--wait', input=path.read_text().replace('false', 'true'),
                         status=USAGE)
        self.run_command('submit', '-', '--wait', '-p', 'x=1', input=path.read_text().replace('false', 'true'))

    def test_folder_that_is_no_text(self):
        """What the bus can not tell is refused, and not made into something else."""
        path = self.workflow({'a': 'true'})
        folder = os.path.join(os.fsencode(self.folder), b'a \xff')
        os.mkdir(folder)
        os.rename(path, folder + b'/w \xfe.json')
        for command in (('submit',), ('run', '--service')):
            _, errors = self.run_command(*command, b'w \xfe.json', cwd=folder, status=FAILED)
            self.assertRegex(errors, '^myrmex: Workflow “w” is in the folder “.*”, which is not UTF-8, .*\n$')
            _, errors = self.run_command(*command, '-', cwd=folder, status=USAGE,
                                         input=service.definition({'a': 'true'}))
            self.assertRegex(errors, r'^myrmex: The path /.*/a \\xff is no UTF-8, and can not be told to the .*\n$')

    def test_environment(self):
        """The commands get what they are found by, and what is named; nothing else of here."""
        self.service = self.start_service()
        self.environment.update(PATH=os.environ['PATH'] + ':/here', SECRET='s', NAMED='n', LC_TIME='C')
        text = '"$PATH|$SECRET|$NAMED|$GIVEN|$LC_TIME"'
        run = self.submit({'a': f'echo {text}'}, '--env', 'NAMED', '-e', 'GIVEN=a=b', env={'LC_TIME': 'POSIX'})
        at = self.client.call('GetRun', '(s)', run)
        self.client.wait(at)
        self.assertEqual(self.client.of_run(at, 'GetTask', '(s)', 'a')['value'],
                         f'{self.environment["PATH"]}||n|a=b|POSIX')
        _, errors = self.run_command('submit', 'w.json', '--env', 'NOT_THERE', status=USAGE)
        self.assertIn('NOT_THERE', errors)
        self.run_command('submit', 'w.json', '--env', '=x', status=USAGE)
        _, errors = self.run_command('run', 'w.json', '--env', 'X=1', status=USAGE)
        self.assertIn('--service', errors)

    def test_priority(self):
        self.run_command('submit', str(self.workflow({'a': 'true'})), '--priority=-5', '--wait')
        for wrong in ('1001', '-1001', 'x', '1.5'):
            _, errors = self.run_command('submit', 'w.json', f'--priority={wrong}', status=USAGE)
            self.assertIn(f'“{wrong}”', errors)

    def test_priority_counts(self):
        """Of two runs that wait for the only place, the one with the higher number gets it first."""
        self.environment['MYRMEX_MAX_PARALLEL'] = '1'
        self.service = self.start_service()
        held, go_on = self.held()
        self.await_status(held, 'running', task='hold')
        log = self.folder / 'log'
        runs = [self.submit({'a': f'echo {name} >> {log}'}, f'--priority={priority}', name=name)
                for name, priority in (('low', -5), ('middle', 0), ('high', 5))]
        go_on()
        for run in runs:
            self.client.wait(self.client.call('GetRun', '(s)', run))
        self.assertEqual(log.read_text().split(), ['high', 'middle', 'low'])

    def test_key(self):
        path = self.workflow({'a': 'true'})
        first, _ = self.run_command('submit', str(path), '--key', 'k')
        second, _ = self.run_command('submit', str(path), '--key', 'k')
        self.assertEqual(first, second)
        self.workflow({'a': 'false'})
        _, errors = self.run_command('submit', str(path), '--key', 'k', status=FAILED)
        self.assertIn('“k”', errors)

    def test_large(self):
        """A definition that is too long for a string goes by a file."""
        run = self.submit({f't{i}': {'noop': {}, 'description': 'x' * 1000} for i in range(1200)})
        self.assertEqual(self.client.wait(self.client.call('GetRun', '(s)', run))[0], 'completed')

    def test_wrong(self):
        self.workflow({'a': {'shell': 'true', 'dependencies': ['z']}})
        _, errors = self.run_command('submit', 'w.json', status=DEFINITION)
        self.assertIn('w.json:1:', errors)
        self.run_command('submit', 'not-there', status=USAGE)
        self.run_command('submit', status=USAGE)
        self.run_command('submit', 'w.json', '--timeout', 'x', status=DEFINITION)
        # All that could be told without the service.
        self.assertIsNone(self.owner())


class Wait(Case):
    def test_statuses(self):
        output, errors = self.run_command('submit', str(self.workflow({'a': 'echo x', 'b': 'true'})), '--wait')
        self.assertRegex(errors, 'as [0-9a-f]{8}')
        self.assertRegex(output, r'(?m)^\[ *\d+\.\d+\] a: completed in ')
        self.assertRegex(output.splitlines()[-1], r'w: completed in .* 2 completed')
        output, _ = self.run_command('submit', str(self.workflow({'a': 'echo why; exit 3'})), '--wait', status=FAILED)
        self.assertIn('    | why\n', output)
        self.workflow({'a': 'sleep 60'})
        self.run_command('submit', 'w.json', '--wait', '--timeout', '0.2', status=TIMED_OUT)

    def test_json(self):
        output, errors = self.run_command('submit', str(self.workflow({'a': 'echo x'})), '--wait', '--json')
        events = [json.loads(line) for line in output.splitlines()]
        self.assertEqual(errors, '')
        self.assertEqual([event['value'] for event in events if event.get('status') == 'completed' and 'task' in event],
                         ['x'])
        self.assertEqual((events[-1]['workflow'], events[-1]['completed']), ('w', 1))

    def test_cancelled_elsewhere(self):
        script, _ = self.gate()
        process = self.start('submit', str(self.workflow({'a': script})), '--wait')
        self.assertIn('a: running', self.read_until(process, 'a: running'))
        self.run_command('cancel', 'w')
        self.assertEqual(process.wait(), INTERRUPTED)
        process.communicate()

    def read_until(self, process, text):
        lines = ''
        while text not in lines:
            line = process.stdout.readline()
            self.assertTrue(line, lines)
            lines += line
        return lines

    def test_interrupted(self):
        """Ctrl-C ends the waiting alone, and says so."""
        script, go_on = self.gate()
        process = self.start('submit', str(self.workflow({'a': script})), '--wait')
        self.read_until(process, 'a: running')
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertRegex(errors, r'The run goes on\. .*myrmex watch [0-9a-f]{8}')
        self.assertEqual(self.run_command('list', '--runs', '--status', 'running', '-q')[0].count('\n'), 1)
        go_on()
        self.client.wait(self.client.call('ResolveRun', '(s)', 'w'))

    def test_reader_goes(self):
        (script, go_on), (later, go_on_later) = self.gate(), self.gate('later')
        path = self.workflow({'a': script, 'b': {'shell': later, 'dependencies': ['a']}})
        process = self.start('submit', str(path), '--wait')
        self.read_until(process, 'a: running')
        process.stdout.close()
        go_on()
        process.stderr.read()
        process.stderr.close()
        process.wait()
        # It is the command alone that has ended.
        go_on_later()
        self.assertEqual(self.client.wait(self.client.call('ResolveRun', '(s)', 'w'))[0], 'completed')


class RunByService(Case):
    def test_statuses(self):
        output, errors = self.run_command('run', '--service', str(self.workflow({'a': 'echo x', 'b': 'exit 3'},
                                                                                fail_fast=False)), status=FAILED)
        self.assertEqual(errors, '')
        self.assertIn('b: failed in ', output)
        self.assertRegex(output.splitlines()[-1], '1 completed, 1 failed')
        self.run_command('run', '-s', str(self.workflow({'a': 'sleep 60'})), '-t', '0.2', status=TIMED_OUT)
        runs = json.loads(self.run_command('list', '--runs', '--json')[0])['runs']
        self.assertEqual([run['status'] for run in runs], ['failed', 'failed'])

    def test_report(self):
        self.run_command('run', '--service', str(self.workflow({'a': 'true'})), '--report', 'r.json', '-l', 'logs')
        self.assertEqual(json.loads((self.folder / 'r.json').read_text())['status'], 'completed')

    def test_interrupted(self):
        """Ctrl-C cancels the run, as it does without the service."""
        script, _ = self.gate()
        process = self.start('run', '--service', str(self.workflow({'a': script})))
        Wait.read_until(self, process, 'a: running')
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertIn('Ctrl-C again forces', errors)
        self.assertEqual(self.client.wait(self.client.call('ResolveRun', '(s)', 'w'))[0], 'cancelled')

    def test_jobs(self):
        log = self.folder / 'log'
        script = f'echo start >> {log}; sleep 0.05; echo end >> {log}'
        self.run_command('run', '--service', '-j', '1', str(self.workflow({'a': script, 'b': script, 'c': script})))
        self.assertEqual(log.read_text().split(), ['start', 'end'] * 3)


class Status(Case):
    def test_one(self):
        script, _ = self.gate()
        run = self.submit({'good': 'true', 'bad': r"printf 'one\n\033[31mtwo\033]0;x\007\n'; exit 4", 'hold': script,
                           'never': {'shell': 'true', 'dependencies': ['bad']}}, fail_fast=False)
        for task, status in (('good', 'completed'), ('bad', 'failed'), ('never', 'skipped'), ('hold', 'running')):
            self.await_status(run, status, task=task)
        output, _ = self.run_command('status', run[:6])
        lines = output.splitlines()
        self.assertRegex(lines[0], r'^w  running  \d+\.\d s$')
        self.assertIn(f'  Run        {run}', lines)
        self.assertIn('  Tasks      1 completed, 1 failed, 1 skipped, 1 running', lines)
        self.assertTrue(any(re.match(r'▸ hold  \d+\.\d s$', line) for line in lines), output)
        at = lines.index('  │ one')
        self.assertEqual(lines[at + 1], r'  │ two\x1b]0;x\x07')
        self.assertTrue(lines[at - 1].startswith('✗ bad  '))
        status = json.loads(self.run_command('status', run, '--json')[0])
        self.assertEqual((status['run'], status['running'], status['status']), (run, 1, 'running'))
        self.assertEqual([task['name'] for task in status['under_way']], ['hold'])
        self.assertEqual([task['name'] for task in status['failures']], ['bad'])
        self.assertLess(abs(status['under_way'][0]['started'] - status['started']), 60)

    def test_narrow(self):
        """What does not fit is broken at a space, and goes on below."""
        run = self.submit({'good': 'true', 'bad': 'false', 'never': {'noop': {}, 'dependencies': ['bad']}}, '-k')
        self.client.wait(self.client.call('GetRun', '(s)', run))
        terminal = self.open('status', 'w', width=40)
        terminal.wait()
        lines = terminal.screen.text()
        at = lines.index('  Tasks      1 completed, 1 failed, 1')
        self.assertEqual(lines[at + 1], '             skipped')

    def test_many(self):
        self.submit({f't{i:02}': 'exit 1' for i in range(30)}, '--keep-going')
        run = self.client.call('ResolveRun', '(s)', 'w')
        self.client.wait(run)
        output, _ = self.run_command('status', 'w')
        self.assertEqual(output.count('✗'), 10)
        self.assertIn('  and 20 more\n', output)

    def test_all(self):
        output, _ = self.run_command('status')
        self.assertEqual(output, 'There are no runs.\n')
        first, go_on = self.held(name='first')
        for i in range(12):
            self.submit({'a': 'true'}, name=f'n{i}')
            self.client.wait(self.client.call('ResolveRun', '(s)', f'n{i}'))
        lines = self.run_command('status')[0].splitlines()
        self.assertEqual(lines[0].split(), ['RUN', 'NAME', 'STATUS', 'TASKS', 'TIME', 'SUBMITTED'])
        self.assertEqual(lines[1].split()[:4], [first[:8], 'first', 'running', '0/1'])
        self.assertEqual([line.split()[1] for line in lines[2:]], [f'n{i}' for i in range(11, 1, -1)])
        self.assertEqual(len(json.loads(self.run_command('status', '--json')[0])['runs']), 11)
        go_on()

    def test_hostile_name(self):
        run = self.submit({'a': 'true'}, '--name', 'a\033]0;x\007\nb')
        output = self.run_command('status')[0] + self.run_command('status', run)[0]
        self.assertNotIn('\033', output)
        self.assertEqual(output.count(r'a\x1b]0;x\x07\nb') + output.count(r'a\x1b]0;x\x07\x0ab'), 2, output)

    def test_hostile_error(self):
        """What an error says of what strangers wrote acts on no terminal, whichever command tells it."""
        again = {'max_attempts': 2, 'initial_delay': 3600}
        run = self.submit({'a': {'command': ['\033]0;x\007']},
                           'b': {'command': ['\033]0;y\007'], 'retry_policy': again}}, '--keep-going')
        self.await_status(run, 'failed', task='a')
        self.await_status(run, 'retrying', task='b')
        for command in (('status', run), ('explain', '--run', run, 'a', 'b'), ('report', run)):
            with self.subTest(command):
                output, _ = self.run_command(*command)
                self.assertNotIn('\033', output)
                self.assertIn(r'\x1b]0;x\x07', output)
        process = self.start('watch', run)
        lines = [process.stdout.readline() for _ in range(3)]
        self.assertRegex(lines[1], r'a: failed.*\\x1b\]0;x\\x07')
        self.assertRegex(lines[2], r'b: retrying: .*\\x1b\]0;y\\x07')
        self.run_command('cancel', run)
        process.communicate()
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertNotIn('\033', self.run_command('status', run)[0])

    def test_width(self):
        """On a narrow terminal names give way, then columns at the right."""
        run = self.submit({'a': 'true'}, name='a-workflow-with-a-very-long-name-of-more-than-forty-letters')
        self.client.wait(self.client.call('GetRun', '(s)', run))
        for width, columns in ((100, 6), (80, 6), (40, 4), (30, 3)):
            terminal = self.open('status', width=width)
            self.assertEqual(terminal.wait(), DONE)
            lines = terminal.screen.text()
            self.assertEqual(len(lines[0].split()), columns, (width, lines))
            self.assertTrue(lines[1].startswith(run[:8]))
            self.assertEqual(lines[2], '', (width, lines))
            self.assertGreater(terminal.screen.colours, 0)
        self.environment['NO_COLOR'] = '1'
        terminal = self.open('status')
        terminal.wait()
        self.assertEqual(terminal.screen.colours, 0)


class List(Case):
    def setUp(self):
        super().setUp()
        self.runs = []
        for name, script in (('one', 'true'), ('two', 'false'), ('two', 'true')):
            self.runs.insert(0, self.submit({'a': script}, name=name))
            self.client.wait(self.client.call('GetRun', '(s)', self.runs[0]))

    def test_list(self):
        ids = lambda *arguments: self.run_command('list', '--runs', '-q', *arguments)[0].split()
        short = [run[:8] for run in self.runs]
        self.assertEqual(ids(), short)
        self.assertEqual(ids('--name', 'two'), short[:2])
        self.assertEqual(ids('--status', 'failed'), [short[1]])
        self.assertEqual(ids('-s', 'failed', '-s', 'completed', '--limit', '2'), short[:2])
        runs = json.loads(self.run_command('list', '--runs', '--json', '--name', 'one')[0])['runs']
        self.assertEqual([(run['run'], run['status'], run['completed']) for run in runs],
                         [(self.runs[2], 'completed', 1)])
        self.assertIn('There are no runs', self.run_command('list', '--runs', '--name', 'x')[0])

    def test_wrong(self):
        _, errors = self.run_command('list', '--runs', '--status', 'runing', status=USAGE)
        self.assertIn('did you mean “running”?', errors)
        self.run_command('list', '--runs', '--limit', '0', status=USAGE)
        self.run_command('list', '--runs', '--actions', status=USAGE)
        _, errors = self.run_command('list', '--status', 'failed', status=USAGE)
        self.assertIn('--status needs --runs', errors)


class Control(Case):
    # Longer than anybody waits here: what is killed is killed by force.
    ENVIRONMENT = {'MYRMEX_GRACE': '3600'}

    def test_cancel(self):
        run, _ = self.held()
        self.await_status(run, 'running', task='hold')
        self.run_command('cancel', run[:8])
        self.await_status(run, 'cancelled')
        _, errors = self.run_command('cancel', run)
        self.assertIn('has ended already: cancelled', errors)

    def test_force(self):
        """By --force, and by cancelling twice, clean-up is left out."""
        for name, again in (('forced', lambda run: self.run_command('cancel', run, '--force')),
                            ('twice', lambda run: [self.run_command('cancel', run) for _ in range(2)])):
            script, _ = self.gate(f'gate-{name}')
            log = self.folder / 'cleaned'
            ready = self.ready(name)
            run = self.submit({'hold': f"trap '' TERM; echo > {name}; {script}; {script}",
                               'clean': {'shell': f'touch {log}', 'dependencies': ['hold'],
                                         'trigger_rule': 'all_done'}})
            # Before the trap is set, it would end at once.
            ready()
            again(run)
            self.await_status(run, 'cancelled')
            self.assertFalse(log.exists())

    def test_pause(self):
        output, _ = self.run_command('submit', str(self.workflow({'a': 'true'})), '--paused')
        run = output.strip()
        self.assertEqual(json.loads(self.run_command('status', run, '--json')[0])['status'], 'paused')
        self.run_command('resume', run)
        self.client.wait(self.client.call('ResolveRun', '(s)', run))
        held, go_on = self.held('--name', 'other')
        self.run_command('pause', 'other')
        self.await_status(held, 'paused')
        self.run_command('resume', 'other')
        self.await_status(held, 'running')
        go_on()
        _, errors = self.run_command('pause', run, status=FAILED)
        self.assertIn('has ended already: completed', errors)

    def test_several(self):
        """The one that there is not does not save the others."""
        runs = [self.held('--name', f'r{i}', gate=f'gate{i}')[0] for i in range(2)]
        _, errors = self.run_command('cancel', 'r0', 'not-there', 'r1', status=FAILED)
        self.assertIn('There is no run “not-there”', errors)
        for run in runs:
            self.await_status(run, 'cancelled')
        self.run_command('cancel', status=USAGE)


class Find(Case):
    def test_names(self):
        """A name counts as the newest of its runs."""
        first = self.submit({'a': 'true'}, name='same')
        second = self.submit({'a': 'true'}, name='same')
        self.assertEqual(json.loads(self.run_command('status', 'same', '--json')[0])['run'], second)
        self.assertEqual(json.loads(self.run_command('status', first[:5], '--json')[0])['run'], first)
        _, errors = self.run_command('status', first[:3], status=FAILED)
        self.assertIn(f'There is no run “{first[:3]}”', errors)
        self.assertIn('myrmex list --runs', errors)
        for command in ('status', 'cancel', 'pause', 'resume', 'log', 'watch', 'retry', 'delete', 'report'):
            _, errors = self.run_command(command, 'nobody', status=FAILED)
            self.assertIn('There is no run “nobody”', errors)
            _, errors = self.run_command(command, b'n\xff', status=FAILED)
            self.assertIn('There is no run “n\N{REPLACEMENT CHARACTER}”', errors)
        for command in ('log', 'explain'):
            _, errors = self.run_command(command, first, b't\xff', status=FAILED)
            self.assertIn('has no task “t', errors)

    def test_ambiguous(self):
        """Several ids that begin alike are named. Ids are random: two such are looked for among many."""
        self.run_command('status')
        seen = {}
        for _ in range(990):
            path = self.client.submit(service.definition({'a': {'noop': {}}}))
            run = self.client.get(path, 'Id')
            if run[:4] in seen:
                break
            seen[run[:4]] = run
        else:
            self.skipTest('of 990 ids no two begin alike, which comes once in 2,000 times')
        _, errors = self.run_command('status', run[:4], status=FAILED)
        self.assertRegex(errors, f'begin with “{run[:4]}”')
        self.assertIn(run, errors)
        self.assertIn(seen[run[:4]], errors)


class Complete(Case):
    def offered(self, *words):
        output, errors = self.run_command('__complete', *words)
        self.assertEqual(errors, '')
        return [line.split('\t')[0] for line in output.splitlines()]

    def test_runs(self):
        active, _ = self.held(name='old')
        ended = self.submit({'a': 'true'}, name='new')
        self.client.wait(self.client.call('GetRun', '(s)', ended))
        self.submit({'a': 'true'}, '--name', 'no word\033[2J\nx')
        self.client.wait(self.client.call('ResolveRun', '(s)', 'no word\033[2J\nx'))
        self.assertEqual(self.offered('cancel', ''), [':nosort', active[:8], 'old'])
        self.assertEqual(self.offered('cancel', active[:8], active[:5]), [':nosort', active[:8]])
        self.assertIn('\tno word\\x1b[2J\\nx, completed, 1/1\n', self.run_command('__complete', 'status', '')[0])
        offered = self.offered('status', '')
        self.assertEqual(offered[:3], [':nosort', active[:8], 'old'])
        self.assertEqual(offered[4:], [ended[:8], 'new'])
        self.assertEqual(self.offered('status', 'x', ''), [])
        output, _ = self.run_command('__complete', 'status', 'ne')
        self.assertIn(f'new\t{ended[:8]}, completed, 1/1\n', output)
        self.assertEqual(self.offered('list', '--status', 'c'), ['completed', 'cancelled'])

    def test_bash(self):
        """What only tells the shell what to do is no word."""
        run, go_on = self.held(name='backup')
        source = pathlib.Path(__file__).resolve().parents[2] / 'bindings' / 'shell' / 'myrmex.bash'
        script = ('compopt () { echo "$@"; }; . "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _myrmex; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(['bash', '-c', script, 'bash', source, MYRMEX, 'cancel', ''], cwd=self.folder, text=True,
                              capture_output=True, check=True, env=self.environment)
        self.assertEqual((done.stdout.splitlines(), done.stderr), (['-o nosort', run[:8], 'backup'], ''))
        go_on()

    def test_no_bus(self):
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nothing'
        self.assertEqual(self.offered('status', ''), [])


def can_unshare():
    return shutil.which('unshare') is not None and subprocess.run(
        ['unshare', '--user', '--map-current-user', 'true'], stderr=subprocess.DEVNULL, check=False).returncode == 0


class Unreachable(Case):
    COMMANDS = (('submit', 'w.json'), ('run', '--service', 'w.json'), ('status',), ('status', 'x'), ('cancel', 'x'),
                ('pause', 'x'), ('resume', 'x'), ('list', '--runs'))

    def each(self, pattern):
        self.workflow({'a': 'true'})
        for command in self.COMMANDS:
            _, errors = self.run_command(*command, status=UNAVAILABLE)
            self.assertRegex(errors, pattern)
            self.assertEqual(errors.count('\n'), 1, errors)

    def test_no_bus(self):
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = f'unix:path={self.folder}/nothing'
        self.each('There is no session bus .*dbus-run-session')

    def test_not_installed(self):
        (self.services / f'{service.NAME}.service').unlink()
        self.ask_bus('ReloadConfig')
        self.each('is not installed .*“myrmex run” needs none')

    @unittest.skipUnless(can_unshare(), 'no sandbox can be made here')
    def test_refused(self):
        """A sandbox is told so, and what can be done in it."""
        self.start_service()
        for command in (('status',), ('submit', str(self.workflow({'a': 'true'}))), ('log', 'x')):
            shown = subprocess.run(['unshare', '--user', '--map-current-user', MYRMEX, *command], capture_output=True,
                                   env=self.environment, cwd=self.folder, text=True, check=False)
            self.assertEqual(shown.returncode, FAILED, shown.stderr)
            self.assertRegex(shown.stderr, 'The service refuses: .*sandbox.*“myrmex run” needs no service')
            self.assertEqual(shown.stderr.count('\n'), 1)

    def test_can_not_start(self):
        (self.services / f'{service.NAME}.service').write_text(
            f'[D-BUS Service]\nName={service.NAME}\nExec=/bin/false\n', encoding='utf-8')
        self.ask_bus('ReloadConfig')
        self.each('can not be started: ')


if __name__ == '__main__':
    tap.main()
