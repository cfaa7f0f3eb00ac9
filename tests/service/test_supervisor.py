# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service and its supervisor, when one or both are killed: commands go on, or nothing of them is left."""

import contextlib
import os
import pathlib
import random
import resource
import signal
import sys
import time

SUPERVISOR = sys.argv.pop(2)

from service import DEADLINE, Case, definition, iterate  # noqa: E402

import tap  # noqa: E402

FULL = bool(os.environ.get('MYRMEX_TEST_FULL'))


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b''


def is_alive(pid):
    stat = read(pathlib.Path('/proc', str(pid), 'stat'))
    return stat != b'' and stat.rpartition(b')')[2].split()[0] not in (b'Z', b'X')


class Supervised(Case):
    ENVIRONMENT = {'MYRMEX_SUPERVISOR': SUPERVISOR, 'MYRMEX_MAX_PARALLEL': '20'}

    def setUp(self):
        self.pids = set()
        super().setUp()
        self.ledger = self.folder / 'ledger'
        self.go = self.folder / 'go'

    def doCleanups(self):
        # The service has gone with its cleanup; then the pair is to go, and all with it.
        while len(self._cleanups) > 1:
            function, arguments, keywords = self._cleanups.pop()
            function(*arguments, **keywords)
        for pid in self.pair()[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        self.await_nothing('after the test', lambda: self.pair() or self.left())
        return super().doCleanups()

    def pair(self):
        """The guard and the supervisor."""
        option = b'--socket\0' + os.fsencode(self.folder / 'myrmex')
        stats = {int(entry.name): read(entry / 'stat').rpartition(b')')[2].split()
                 for entry in pathlib.Path('/proc').iterdir()
                 if entry.name.isdigit() and option in read(entry / 'cmdline')}
        parents = {pid: int(stat[1]) for pid, stat in stats.items() if stat and stat[0] not in (b'Z', b'X')}
        return sorted(parents, key=lambda pid: parents[pid] in parents)

    def start_service(self, *arguments):
        process = super().start_service(*arguments)
        # Runs of an earlier service have their objects once this is answered.
        self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 1)
        return process

    def left(self):
        """What tasks have started and still runs, by what they have in their environment, and by what they wrote."""
        mark = b'MYRMEX_RUN_ID='
        home = b'HOME=' + os.fsencode(self.folder)
        pids = {int(entry.name) for entry in pathlib.Path('/proc').iterdir()
                if entry.name.isdigit() and is_alive(entry.name) and
                mark in (environment := read(entry / 'environ')) and home in environment}
        wiped = read(self.folder / 'pids').split()
        return pids | {int(pid) for pid in wiped if is_alive(int(pid)) and
                       os.fsencode(self.folder) in read(pathlib.Path('/proc', pid.decode(), 'cmdline'))}

    def await_nothing(self, what, left):
        begin = time.monotonic()
        while left():
            self.assertLess(time.monotonic() - begin, DEADLINE, f'{what}: {left()}')
            time.sleep(0.005)

    def started(self, *names):
        iterate(lambda: {line.split()[0] for line in self.lines()} >= set(names), f'start of {names}')

    def lines(self):
        """Each start of a command: the name of its task, and the attempt."""
        return read(self.ledger).decode().splitlines()

    def script(self, then, gate='go'):
        """A script that has itself in the ledger, waits, and goes on with @then."""
        return (f'echo "$MYRMEX_TASK $MYRMEX_ATTEMPT" >> {self.ledger}; '
                f'while ! test -e {self.folder / gate}; do sleep 0.01; done; {then}')

    def hidden(self):
        """Starts a process that nothing tells of: another session, no parent, no environment, no descriptor."""
        return (f'setsid sh -c \'env -i sh -c "echo \\$\\$ >> {self.folder}/pids; trap : TERM; '
                'exec <&- >&- 2>&- 3>&-; while :; do sleep 1; done" & exit\'; '
                f'while ! test -s {self.folder}/pids; do sleep 0.01; done; ')

    def kill_service(self):
        self.service.kill()
        self.service.wait()

    def result(self, run, task):
        result = self.client.of_run(run, 'GetTask', '(s)', task)
        return result['status'], result.get('reason', 'none'), result['attempts']


class Kills(Supervised):
    def test_service(self):
        """What ends while nobody is there, and after that, ends as it did; each was started once."""
        tasks = {'a': self.script('echo one; echo two; touch gone; exit 41'), 'b': self.script('echo well', 'on'),
                 'c': {'shell': 'echo $X', 'dependencies': ['b'], 'env': {'X': '${{ tasks.b.value }}'}}}
        run = self.client.submit(definition(tasks, fail_fast=False), directory=str(self.folder))
        self.started('a', 'b')
        self.kill_service()
        self.go.touch()
        iterate((self.folder / 'gone').exists, 'end of a command')
        self.service = self.start_service()
        (self.folder / 'on').touch()
        self.assertEqual(self.client.wait(run)[0], 'failed')
        self.assertEqual(self.result(run, 'a'), ('failed', 'exit_status', 1))
        self.assertEqual(self.result(run, 'b'), ('completed', 'none', 1))
        self.assertEqual(self.client.of_run(run, 'GetTask', '(s)', 'c')['value'], 'well')
        log = self.client.of_run(run, 'OpenLog', '(s)', 'a')
        self.assertEqual(os.pread(log, 100, 0), b'one\ntwo\n')
        os.close(log)
        self.assertEqual(sorted(self.lines()), ['a 1', 'b 1'])

    def test_endings(self):
        """Every way to end, while nobody is there."""
        codes = range(256) if FULL else (0, 1, 2, 3, 41, 126, 127, 128, 137, 143, 254, 255)
        signals = ['TERM', 'KILL', 'SEGV', 'HUP', 'INT', 'PIPE', 'USR1', 'ABRT']
        endings = [f'exit {code}' for code in codes] + [f'kill -{name} $$' for name in signals]
        wrong = 0
        for begin in range(0, len(endings), 20):
            now = endings[begin:begin + 20]
            gate = f'go-{begin}'
            tasks = {f't{begin + i}': self.script(ending, gate) for i, ending in enumerate(now)}
            run = self.client.submit(definition(tasks, fail_fast=False))
            self.started(*tasks)
            self.kill_service()
            (self.folder / gate).touch()
            self.await_nothing('commands that end', self.left)
            self.service = self.start_service()
            self.client.wait(run)
            for i, ending in enumerate(now):
                result = self.client.of_run(run, 'GetTask', '(s)', f't{begin + i}')
                number = ending.split()[1]
                if ending.startswith('kill'):
                    number = int(getattr(signal, 'SIG' + number[1:]))
                name = '' if ending == 'exit 0' else f"{'exit' if ending.startswith('exit') else 'signal'}-{number}"
                wrong += result.get('error_name', '') != name
        print(f'# {len(endings)} commands ended while nobody was there: {wrong} told otherwise; '
              f'fewer than {300 / len(endings):.2f} % are (95 %)')
        self.assertEqual(wrong, 0)

    def test_sigterm(self):
        """Told to leave, the service leaves commands to the next one."""
        run = self.client.submit(definition({'a': self.script('echo well')}))
        self.started('a')
        self.service.send_signal(signal.SIGTERM)
        self.assertEqual(self.service.wait(DEADLINE), 0)
        self.assertEqual(len(self.left()) > 0, True)
        self.service = self.start_service()
        self.assertEqual(self.client.get(run, 'Status'), 'running')
        self.go.touch()
        self.assertEqual(self.client.wait(run)[0], 'completed')
        self.assertEqual(self.lines(), ['a 1'])

    def test_replace(self):
        run = self.client.submit(definition({'a': self.script('echo well')}))
        self.started('a')
        before = self.service
        self.service = self.start_service('--replace')
        self.assertEqual(before.wait(DEADLINE), 0)
        self.go.touch()
        self.assertEqual(self.client.wait(run)[0], 'completed')
        self.assertEqual(self.lines(), ['a 1'])

    def test_cancel_after(self):
        """A command that an earlier service started is stopped, with all that it started."""
        run = self.client.submit(definition({'a': self.hidden() + self.script('true')}))
        self.started('a')
        self.kill_service()
        self.service = self.start_service()
        self.client.of_run(run, 'Cancel')
        self.assertEqual(self.client.wait(run)[0], 'cancelled')
        self.assertEqual(self.left(), set())

    def test_leaves(self):
        """With nothing to do and nobody there the supervisor leaves, since nothing is kept that is on the disk."""
        run = self.client.submit(definition({'a': 'true', 'b': 'exit 3'}))
        self.client.wait(run)
        self.assertEqual(len(self.pair()), 2)
        self.end(self.service)
        self.await_nothing('a supervisor that is idle', self.pair)

    def test_random(self):
        """The service is killed at random moments, again and again; a ledger shows that no command ran twice."""
        kills = 200 if FULL else 12
        n = n_runs = 0
        while n < kills:
            self.ledger.unlink(missing_ok=True)
            tasks = {f't{i}': {'shell': f'echo "$MYRMEX_TASK" >> {self.ledger}; sleep 0.02',
                               'dependencies': [f't{i - 4}'] if i > 3 else [],
                               'retry_policy': {'max_attempts': 1000, 'initial_delay': 0.001}} for i in range(24)}
            # The last one waits until there are no kills any more.
            last = {'shell': f'while ! test -e {self.go}; do sleep 0.01; done', 'dependencies': [*tasks],
                    'retry_policy': {'max_attempts': 1000, 'initial_delay': 0.001}}
            run = self.client.submit(definition({**tasks, 'last': last}))
            while len(self.lines()) < len(tasks) and n < kills:
                time.sleep(random.uniform(0, 0.1))
                self.kill_service()
                n += 1
                self.service = self.start_service()
            self.go.touch()
            self.assertEqual(self.client.wait(run)[0], 'completed')
            self.go.unlink()
            self.assertEqual(sorted(self.lines()), sorted(tasks))
            n_runs += 1
        print(f'# {n} kills of the service in {n_runs} runs of 24 commands: none ran twice, none was interrupted; '
              f'fewer than {300 / n:.2f} % do harm (95 %)')


class Files(Supervised):
    ENVIRONMENT = {**Supervised.ENVIRONMENT, 'MYRMEX_MAX_PARALLEL': '300'}
    SOFT = 256

    def spawn_service(self, *arguments):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.SOFT, hard))
        try:
            return super().spawn_service(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_many_at_once(self):
        """The service and its supervisor may have more files open than they were given; what they start may not."""
        wait, go = self.gate()
        tasks = {f't{i}': f'echo $MYRMEX_TASK >> {self.ledger}; ulimit -n; {wait}' for i in range(300)}
        run = self.client.submit(definition(tasks))
        self.started(*tasks)
        for pid in (self.service.pid, self.pair()[1]):
            self.assertGreater(resource.prlimit(pid, resource.RLIMIT_NOFILE)[0], self.SOFT)
        go(300)
        self.assertEqual(self.client.wait(run)[0], 'completed')
        results, following = self.client.of_run(run, 'GetResults', '(uu)', 0, 0)
        self.assertEqual((len(results), following), (300, 300))
        self.assertEqual({result['value'] for result in results.values()}, {str(self.SOFT)})


class Deaths(Supervised):
    """The supervisor is killed, its guard, or it together with the service."""

    def check(self, which, service_too):
        first = {'shell': self.script('echo well'), 'retry_policy': {'max_attempts': 2, 'initial_delay': 0.001}}
        tasks = {'a': first, 'b': self.hidden() + 'setsid sleep 1000 & ' + self.script('true'),
                 'c': self.script('true', 'never')}
        run = self.client.submit(definition(tasks, fail_fast=False))
        self.started('a', 'b', 'c')
        before = set()

        def all_there():
            # One that is just becoming another program has no environment.
            before.update(self.left())
            return len(before) > 4

        iterate(all_there, 'processes of all tasks')
        if service_too:
            self.kill_service()
        begin = time.monotonic()
        os.kill(self.pair()[which], signal.SIGKILL)
        self.await_nothing('the dead', lambda: {pid for pid in before if is_alive(pid)})
        took = time.monotonic() - begin
        if service_too:
            self.await_nothing('the pair', self.pair)
            self.assertEqual(self.left(), set())
            self.service = self.start_service()
        iterate(lambda: self.lines().count('a 2') == 1, 'second attempt')
        self.go.touch()
        self.assertEqual(self.client.wait(run)[0], 'failed')
        self.assertEqual(self.result(run, 'a'), ('completed', 'none', 2))
        for task in 'bc':
            self.assertEqual(self.result(run, task), ('failed', 'interrupted', 1))
        self.assertEqual(sorted(self.lines()), ['a 1', 'a 2', 'b 1', 'c 1'])
        for name in ('ledger', 'go', 'pids'):
            (self.folder / name).unlink()
        return took

    def many(self, which, service_too, what):
        times = [self.check(which, service_too) for _ in range(200 if FULL else 2)]
        print(f'# {what} killed {len(times)} times: nothing left after {max(times):.2f} s at most; '
              f'fewer than {min(100, 300 / len(times)):.1f} % leave something (95 %)')

    def test_supervisor(self):
        self.many(1, False, 'supervisor')

    def test_guard(self):
        self.many(0, False, 'guard')

    def test_supervisor_and_service(self):
        self.many(1, True, 'supervisor and service')


if __name__ == '__main__':
    tap.main()
