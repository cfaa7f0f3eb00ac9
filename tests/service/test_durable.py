#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the service accepted outlives it: kills at any moment, restarts, a full disk, a damaged journal.

Each task writes a line to a ledger, which is outside of all, before and after its work. With MYRMEX_TEST_FULL=1 there
are 1,000 kills in place of 20."""

import collections
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from service import DEADLINE, MANAGER, MYRMEXD, NAME, PATH, Case, Gio, GLib, definition, iterate, variant
import tap

N_KILLS = 1000 if os.environ.get('MYRMEX_TEST_FULL') == '1' else 20
N_ACTIVE = 1000
# A program in a mount namespace of its own, with a folder of 2 MiB.
SMALL = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs -o size=2m none "$0" && exec "$@"']
INTERRUPTED = {'max_attempts': 100, 'initial_delay': 0.0}


def can(*command):
    return subprocess.run([*command, 'true'], capture_output=True, check=False).returncode == 0


class Durable(Case):
    """A service that is killed and started again, and the ledger."""

    def setUp(self):
        # What is wrong is told as a warning, and that is all right here.
        os.environ.pop('G_DEBUG', None)
        super().setUp()
        self.ledger = self.folder / 'ledger'
        self.state = self.folder / 'state' / 'myrmex'
        self.ledger.touch()

    def write(self, what='end'):
        """The script that writes a line: who does it, and which attempt that is."""
        return f'echo "$MYRMEX_RUN_ID $MYRMEX_TASK $MYRMEX_ATTEMPT {what}" >> {self.ledger}'

    def lines(self):
        return [tuple(line.split()) for line in self.ledger.read_text(encoding='utf-8').splitlines()]

    def kill(self):
        self.service.send_signal(signal.SIGKILL)
        self.service.wait()
        self.await_owner(lambda owner: owner is None)

    def restart(self, *arguments):
        self.service = self.start_service(*arguments)

    def list(self, **options):
        return self.client.call('ListRuns', '(a{sv}uu)', {key: variant(value) for key, value in options.items()}, 0, 0)

    def task(self, run, name):
        return self.client.of_run(run, 'GetTask', '(s)', name)

    def logs(self):
        return {path.name for path in (self.state / 'logs').glob('*')}


class Kill(Durable):
    def test_killed_at_once(self):
        """What was accepted a moment ago is run by the next service, with what the caller said."""
        text = definition({'a': f'{self.write()}; printf %s "$WHO"'})
        runs = [self.client.submit(text, env={'WHO': str(i)}, name=f'r{i}') for i in range(20)]
        self.kill()
        self.restart()
        for i, run in enumerate(runs):
            self.assertEqual(self.client.get(run, 'Name'), f'r{i}')
            status = self.client.wait(run)[0]
            # An attempt that was under way is not tried again here, since the task has no policy for that.
            if status == 'failed':
                self.assertEqual(self.task(run, 'a')['reason'], 'interrupted')
            else:
                self.assertEqual((status, self.task(run, 'a')['value']), ('completed', str(i)))
        started = collections.Counter(line[0] for line in self.lines())
        self.assertLessEqual(max(started.values(), default=0), 1)

    def test_completed_tasks_stay(self):
        script, go_on = self.gate()
        run = self.client.submit(definition({
            'a': f'{self.write()}; echo done',
            'b': {'shell': f'{self.write("begin")}; {script}; {self.write()}', 'dependencies': ['a'],
                  'retry_policy': INTERRUPTED},
            'c': {'shell': f'{self.write()}; echo "$A"', 'env': {'A': '${{ tasks.a.value }}'},
                  'dependencies': ['a', 'b']}}), handle_token='mine', name='many words')
        # It is told as running while that is still written; one that has not begun then has all its attempts left.
        iterate(lambda: 'b' in [line[1] for line in self.lines()], 'second task')
        self.kill()
        self.restart()
        self.assertEqual(self.client.call('GetRun', '(s)', 'mine'), run)
        self.assertEqual(self.client.get(run, 'Name'), 'many words')
        self.assertEqual(self.task(run, 'a')['value'], 'done')
        go_on(2)
        self.assertEqual(self.client.wait(run)[0], 'completed')
        self.assertEqual(self.task(run, 'c')['value'], 'done')
        self.assertEqual([line[1] for line in self.lines() if line[1] != 'b'], ['a', 'c'])
        self.assertEqual(self.task(run, 'b')['attempts'], 2)

    def test_paused_and_waiting(self):
        """A run that is paused stays so; a retry keeps the time that it is due."""
        paused = self.client.submit(definition({'a': self.write()}), paused=True)
        # Where the service is not killed before the retry is due, once more with more time.
        for delay in (3.0, 12.0, 48.0):
            self.ledger.write_text('', encoding='utf-8')
            failing = {'shell': f'{self.write()}; test "$MYRMEX_ATTEMPT" = 2',
                       'retry_policy': {'max_attempts': 2, 'initial_delay': delay, 'max_delay': delay}}
            begin = time.monotonic()
            waiting = self.client.submit(definition({'a': failing}))
            iterate(lambda: self.task(waiting, 'a')['status'] == 'retrying' or len(self.lines()) > 1, 'retry')
            self.kill()
            was_waiting = len(self.lines()) == 1
            self.restart()
            self.assertEqual(self.client.get(paused, 'Status'), 'paused')
            if was_waiting:
                break
        self.assertTrue(was_waiting)
        self.assertEqual(self.client.wait(waiting)[0], 'completed')
        self.assertGreater(time.monotonic() - begin, delay - 0.1)
        self.assertEqual(len(self.lines()), 2)
        self.client.of_run(paused, 'Resume')
        self.assertEqual(self.client.wait(paused)[0], 'completed')

    def submit_some(self, rng):
        """Chains of a few tasks."""
        calls = []
        for _ in range(rng.randint(1, 4)):
            tasks = {}
            for n in range(rng.randint(1, 4)):
                tasks[f't{n}'] = {'shell': f'{self.write("begin")}; {self.write()}',
                                  'dependencies': [f't{n - 1}'] if n > 0 else [], 'retry_policy': INTERRUPTED}
            calls.append(self.client.call_async('Submit', '(sa{sv})', definition(tasks), {}))
        # The moment of the kill, from before the first answer to after the last task.
        is_over = []
        GLib.timeout_add(rng.randint(0, 60), lambda: is_over.append(True))
        iterate(lambda: is_over, 'kill')
        return calls

    def test_random_kills(self):
        """Nothing accepted is lost, no attempt is started twice, nothing that completed is run again."""
        seed = int(os.environ.get('MYRMEX_TEST_SEED', '0')) or random.randrange(1 << 30)
        rng = random.Random(seed)
        accepted = []
        for _ in range(N_KILLS):
            calls = self.submit_some(rng)
            self.service.send_signal(signal.SIGKILL)
            self.service.wait()
            iterate(lambda calls=calls: all(call.is_done for call in calls), 'answers')
            accepted += [call.value[0] for call in calls if call.error is None]
            self.await_owner(lambda owner: owner is None)
            self.restart()
        for run in accepted:
            self.assertEqual(self.client.wait(run)[0], 'completed', f'seed {seed}')
        iterate(lambda: self.client.get(PATH, 'RunsActive', MANAGER) == 0, 'end of all')
        attempts = collections.Counter(line[:3] for line in self.lines() if line[3] == 'begin')
        self.assertEqual([key for key, n in attempts.items() if n > 1], [], f'seed {seed}')
        last = {}
        for run, task, attempt in attempts:
            last[run, task] = max(int(attempt), last.get((run, task), 0))
        n_tasks = 0
        for run in accepted:
            run_id = self.client.get(run, 'Id')
            for name, task in self.client.of_run(run, 'GetResults', '(uu)', 0, 0)[0].items():
                n_tasks += 1
                self.assertEqual(last[run_id, name], task['attempts'], f'seed {seed}')
        print(f'# {N_KILLS} kills, {len(accepted)} runs, {n_tasks} tasks, 0 lost or run again: with 95 % confidence '
              f'less than {3 / N_KILLS:.2%} of kills lose anything (seed {seed})', flush=True)


class Restart(Durable):
    def test_ended_runs(self):
        """All that can be asked of a run can be asked after a restart."""
        run = self.client.submit(definition({
            'a': 'echo hello; echo more',
            'b': {'shell': 'true', 'dependencies': ['a'], 'condition': "tasks.a.value == 'x'"},
            'c': {'shell': 'exit 3', 'dependencies': ['a']}}, fail_fast=False), handle_token='t1', name='shown')
        self.assertEqual(self.client.wait(run)[0], 'failed')

        def ask():
            properties = self.client.call('GetAll', '(s)', NAME + '.Run', path=run,
                                          interface='org.freedesktop.DBus.Properties')
            log = os.fdopen(self.client.of_run(run, 'OpenLog', '(s)', 'a'), encoding='utf-8')
            with log:
                text = log.read()
            # Reports tell how long ago things were.
            return [properties, text, self.list()[0],
                    self.client.of_run(run, 'ListTasks', '(a{sv}uu)', {}, 0, 0),
                    self.client.of_run(run, 'GetResults', '(uu)', 0, 0), self.client.wait(run),
                    [self.client.of_run(run, 'Explain', '(s)', task) for task in 'abc'],
                    self.client.of_run(run, 'Report', '(s)', 'junit'), self.client.of_run(run, 'GetWorkflow')]

        before = ask()
        self.assertIn('hello', before[1])
        self.assertIn("tasks.a.value = \"hello", before[6][1])
        for end in (self.kill, lambda: self.end(self.service)):
            end()
            self.restart()
            self.assertEqual(ask(), before)
            for text in ('t1', 'shown', before[0]['Id'], before[0]['Id'][:6]):
                self.assertEqual(self.client.call('ResolveRun', '(s)', text), run)
            self.client.of_run(run, 'Cancel')
            self.assertEqual(self.list(status='completed'), ([], 0))
            self.assertEqual(self.list(active=False)[1], 1)

    def test_idempotency(self):
        text = definition({'a': self.write()})
        run = self.client.submit(text, idempotency_key='k')
        self.client.wait(run)
        for end in (self.kill, lambda: self.end(self.service)):
            end()
            self.restart()
            self.assertEqual(self.client.submit(text, idempotency_key='k'), run)
            self.refuses('Duplicate', 'another definition', self.client.submit, definition({'b': 'true'}),
                         idempotency_key='k')
        calls = [self.client.call_async('Submit', '(sa{sv})', text, {'idempotency_key': variant('two')})
                 for _ in range(5)]
        iterate(lambda: all(call.is_done for call in calls), 'answers')
        self.assertEqual(len({call.value for call in calls}), 1)
        self.client.wait(calls[0].value[0])
        self.assertEqual(len(self.lines()), 2)
        self.client.call('DeleteRun', '(s)', self.client.get(run, 'Id'))
        self.assertNotEqual(self.client.submit(text, idempotency_key='k'), run)

    def test_token_is_taken(self):
        run = self.client.submit(definition({'a': 'true'}), handle_token='once')
        self.client.wait(run)
        self.kill()
        self.restart()
        self.refuses('Duplicate', 'taken', self.client.submit, definition({'a': 'true'}), handle_token='once')

    def test_callers_limit(self):
        """What a caller has submitted counts for it also after the service was started again."""
        text = definition({'a': {'noop': {}}})
        calls = [self.client.call_async('Submit', '(sa{sv})', text, {'paused': variant(True)}) for _ in range(N_ACTIVE)]
        iterate(lambda: all(call.is_done for call in calls), 'answers')
        self.kill()
        begin = time.monotonic()
        self.restart()
        took = time.monotonic() - begin
        print(f'# {N_ACTIVE} runs that have not ended: the name is owned after {took:.2f} s', flush=True)
        self.assertEqual(self.client.get(PATH, 'RunsActive', MANAGER), N_ACTIVE)
        self.refuses('Limit', '1000', self.client.submit, text)
        other = self.connect()
        self.assertEqual(other.wait(other.submit(text))[0], 'completed')
        # On another bus the same name is another one's.
        name = self.client.bus.get_unique_name()
        self.kill()
        self.end(self.bus_process)
        self.start_bus()
        self.assertEqual(self.client.bus.get_unique_name(), name)
        self.restart()
        self.assertEqual(self.client.wait(self.client.submit(text))[0], 'completed')

    def test_definition_that_can_not_be_loaded(self):
        """It ends as failed, once, with the reason; the others go on."""
        runs = [self.client.submit(definition({'a': 'true'}), paused=True) for _ in range(2)]
        broken = self.client.get(runs[0], 'Id')
        self.kill()
        with sqlite3.connect(self.state / 'journal.db') as database:
            database.execute("UPDATE runs SET definition = '{}' WHERE id = ?", (broken,))
        database.close()
        for _ in range(2):
            self.restart()
            self.assertEqual(self.client.get(runs[0], 'Status'), 'failed')
            self.assertIn('name', self.client.get(runs[0], 'Error'))
            self.assertEqual(self.client.wait(runs[0])[0], 'failed')
            self.refuses('.*', '.', self.client.of_run, runs[0], 'ListTasks', '(a{sv}uu)', {}, 0, 0)
            self.assertEqual(self.client.get(runs[1], 'Status'), 'paused')
            self.kill()

    def refuses(self, error, pattern, func, /, *arguments, **more):
        with self.assertRaises(GLib.Error) as caught:
            func(*arguments, **more)
        self.assertRegex(Gio.DBusError.get_remote_error(caught.exception), f'{NAME}.Error.{error}')
        self.assertRegex(caught.exception.message, pattern)


class Forget(Durable):
    def test_delete_and_prune(self):
        """Rows and folders go, also of runs of an earlier service, and nothing outside of the folder does."""
        kept = self.folder / 'kept'
        kept.mkdir()
        (kept / 'file').touch()
        own = self.folder / 'own'
        text = definition({'a': 'echo x'})
        runs = [self.client.submit(text) for _ in range(3)] + [self.client.submit(text, log_directory=str(own))]
        for run in runs:
            self.client.wait(run)
        ids = [self.client.get(run, 'Id') for run in runs]
        self.assertEqual(self.logs(), set(ids[:3]))
        # What a task might put there.
        logs = self.state / 'logs' / ids[0]
        (logs / 'deep' / 'er').mkdir(parents=True)
        (logs / 'deep' / 'link').symlink_to(kept)
        (logs / 'link').symlink_to(kept / 'file')
        shutil.rmtree(self.state / 'logs' / ids[1])
        (self.state / 'logs' / ids[1]).symlink_to(kept)
        self.kill()
        self.restart()
        removed = []
        self.client.listen(lambda signal, arguments: removed.append(arguments[0]), 'InterfacesRemoved')
        self.client.call('DeleteRun', '(s)', ids[0])
        self.assertEqual(self.client.call('Prune', '(a{sv})', {'keep': variant(1)}), 2)
        iterate(lambda: len(removed) == 3, 'signals')
        self.assertEqual(set(removed), set(runs[:3]))
        self.assertEqual(self.logs(), set())
        self.assertEqual(self.list()[1], 1)
        self.client.call('Prune', '(a{sv})', {})
        self.assertEqual([path.name for path in kept.iterdir()], ['file'])
        self.assertTrue((own / 'a.log').exists())
        for run in runs:
            with self.assertRaises(GLib.Error):
                self.client.get(run, 'Id')

    def test_not_ended(self):
        run = self.client.submit(definition({'a': 'true'}), paused=True)
        self.refuses('Busy', 'cancel', self.client.call, 'DeleteRun', '(s)', self.client.get(run, 'Id'))
        self.assertEqual(self.client.call('Prune', '(a{sv})', {}), 0)
        self.assertEqual(self.client.call('Prune', '(a{sv})', {'status': variant('paused')}), 0)
        self.assertEqual(self.list()[1], 1)

    def test_sweep(self):
        """Folders of runs that are not in the journal go at the start; others are nobody's business."""
        run = self.client.submit(definition({'a': 'echo x'}))
        self.client.wait(run)
        orphan = self.state / 'logs' / ('0' * 32)
        orphan.mkdir()
        (orphan / 'a.log').touch()
        (self.state / 'logs' / 'other').mkdir()
        self.kill()
        self.restart()
        until = time.monotonic() + DEADLINE
        while orphan.exists() and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual(self.logs(), {self.client.get(run, 'Id'), 'other'})


class Retention(Durable):
    ENVIRONMENT = {'MYRMEX_KEEP_RUNS': '3'}

    def test_count(self):
        runs = [self.client.submit(definition({'a': 'echo x'})) for _ in range(6)]
        for run in runs:
            self.client.wait(run)
        iterate(lambda: self.list()[1] == 3, 'retention')
        iterate(lambda: len(self.logs()) == 3, 'retention of logs')


class Room(Durable):
    ENVIRONMENT = {'MYRMEX_KEEP_SIZE': '1'}

    def test_size(self):
        """The oldest go, four at once, until journal and logs take no more than they may."""
        ids = []
        for _ in range(6):
            run = self.client.submit(definition({'a': {'shell': 'head -c 400000 /dev/zero', 'output': 'none'}}))
            self.assertEqual(self.client.wait(run)[0], 'completed')
            ids.append(self.client.get(run, 'Id'))
        iterate(lambda: self.list()[1] < 6, 'retention')
        iterate(lambda: self.logs() == set(ids[4:]), 'retention of logs')
        self.assertEqual(self.list()[1], 2)


class Disk(Durable):
    STARTS_SERVICE = False

    def test_damaged(self):
        """Set aside and told, and nothing is overwritten."""
        self.state.mkdir(parents=True)
        (self.state / 'journal.db').write_bytes(b'SQLite format 3\0' + bytes(range(256)) * 64)
        process = subprocess.Popen([MYRMEXD], env=self.environment, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(self.end, process)
        self.await_owner(lambda owner: owner is not None)
        aside = pathlib.Path(self.client.get(PATH, 'JournalSetAside', MANAGER))
        self.assertRegex(aside.name, r'^journal\.db\.broken-')
        self.assertIn(bytes(range(256)), aside.read_bytes())
        self.assertEqual(self.client.wait(self.client.submit(definition({'a': 'true'})))[0], 'completed')
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(DEADLINE), 0)
        self.assertIn('journal.db.broken-', process.stderr.read())

    def test_newer(self):
        self.end(self.start_service())
        database = sqlite3.connect(self.state / 'journal.db')
        database.execute('PRAGMA user_version = 1000')
        database.commit()
        database.close()
        shown = subprocess.run([MYRMEXD], env=self.environment, capture_output=True, text=True, check=False)
        self.assertEqual(shown.returncode, 1)
        self.assertRegex(shown.stderr, r'^myrmexd: .*version 1000')

    def test_modes(self):
        self.end(self.start_service())
        self.assertEqual(self.state.stat().st_mode & 0o777, 0o700)
        self.assertEqual((self.state / 'journal.db').stat().st_mode & 0o777, 0o600)

    @unittest.skipUnless(can(*SMALL, '/mnt'), 'no small file system can be made here')
    def test_full(self):
        """Without space there is no run, and an error that says so; with it, all goes on."""
        self.start_small()
        running = self.client.submit(definition({'a': 'true'}), paused=True)
        text = definition({'a': 'true'}, description='x' * 20000)
        self.fill()
        before = self.list()[1]
        self.refuses('Journal', 'space', self.submit_until_refused, text)
        self.assertEqual(self.list()[1], before + self.n_accepted)
        # Nothing is left of what was refused.
        accepted = {run['Id'] for run in self.list()[0]}
        self.assertLessEqual({path.name for path in self.filler.parent.glob('myrmex/logs/*')}, accepted)
        self.filler.unlink()
        self.assertEqual(self.client.wait(self.client.submit(text))[0], 'completed')
        self.client.of_run(running, 'Resume')
        self.assertEqual(self.client.wait(running)[0], 'completed')

    @unittest.skipUnless(can(*SMALL, '/mnt'), 'no small file system can be made here')
    def test_full_meanwhile(self):
        """What comes of a run that was accepted waits for space, and is not told before; nothing is given up."""
        service = self.start_small()
        script, go_on = self.gate()
        begun, done = self.folder / 'begun', self.folder / 'done'
        run = self.client.submit(definition({
            'a': f'touch {begun}; {script}; touch {done}', 'b': {'shell': self.write(), 'dependencies': ['a']}}))
        other = self.client.submit(definition({'a': 'true'}), paused=True)
        # It is told as running while that is still written.
        iterate(begun.exists, 'task that has started')
        self.fill()
        self.refuses('Journal', 'space', self.submit_until_refused, definition({'a': 'true'}, description='x' * 20000))
        go_on()
        iterate(done.exists, 'command that has ended')
        # Small ones may still find their place. What does not is of no effect.
        for _ in range(100):
            self.client.of_run(other, 'Resume')
            self.client.of_run(other, 'Pause')
        self.assertIn(self.client.get(run, 'Status'), ('running', 'completed'))
        pending = self.client.call_async('Wait', '()', path=run, interface=NAME + '.Run')
        self.filler.unlink()
        iterate(lambda: pending.is_done, 'answer to Wait')
        self.assertEqual(pending.value[0], 'completed')
        self.assertEqual(len(self.lines()), 1)
        self.client.of_run(other, 'Resume')
        self.assertEqual(self.client.wait(other)[0], 'completed')
        service.send_signal(signal.SIGTERM)
        self.assertEqual(service.wait(DEADLINE), 0)

    def start_small(self):
        """A service whose disk is small."""
        home = self.folder / 'state'
        home.mkdir()
        service = subprocess.Popen([*SMALL, str(home), MYRMEXD], env=self.environment)
        self.addCleanup(self.end, service)
        self.await_owner(lambda owner: owner is not None)
        self.filler = pathlib.Path(f'/proc/{service.pid}/root{home}/filler')
        return service

    def fill(self):
        with self.assertRaises(OSError), self.filler.open('wb', buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def submit_until_refused(self, text):
        for self.n_accepted in range(500):
            self.client.submit(text, paused=True)


if __name__ == '__main__':
    tap.main()
