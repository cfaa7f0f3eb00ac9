#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service is killed wherever it does most harm, and nothing is lost.

    test_crash_points.py MYRMEXD [TEST…]

The places are those of lib/base/myrmex-crash-point-private.h. Each is passed many times in a run; the service
is killed the first time in one run, the second time in the next, and so on until a run passes it no more often.
What happened is in a ledger that each attempt appends to, which no crash of ours can touch. MYRMEX_TEST_FULL=1
tries all of them, else some.
"""

import collections
import contextlib
import os
import pathlib
import signal
import unittest

from gi.repository import Gio, GLib

from service import NAME, Case, definition, iterate
import tap

FULL = 'MYRMEX_TEST_FULL' in os.environ

# How far apart the times are that are tried, where there are many.
STEP = 1 if FULL else 5

IN_A_RUN = ('submit-written', 'submit-begun', 'submit-answered', 'journal-commit', 'journal-committed', 'command-start',
            'command-started', 'command-ended', 'command-forget', 'run-ended')
IN_RECOVERY = ('recovery-loaded', 'recovery-begun', 'journal-commit', 'journal-committed', 'command-ended')

POLICY = {'max_attempts': 5, 'initial_delay': 0.01, 'max_delay': 0.01}


class Crashes(Case):
    STARTS_SERVICE = False

    def setUp(self):
        super().setUp()
        self.crash_file = self.folder / 'crash-point'
        self.environment['MYRMEX_CRASH_POINT_FILE'] = str(self.crash_file)
        self.n_runs = 0
        self.addCleanup(self.end_supervisor)

    def supervisors(self):
        """The process and its guard."""
        option, found = b'--socket\0' + os.fsencode(self.folder), []
        for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
            with contextlib.suppress(OSError):
                if option in path.read_bytes():
                    found.append(int(path.parent.name))
        return found

    def end_supervisor(self):
        """What a service that was killed has not taken note of it keeps for the next one, and there is none."""
        for pid in self.supervisors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        iterate(lambda: not self.supervisors(), 'end of the supervisor')

    def workflow(self, ledger, gate=''):
        """Tasks side by side and one after the other; one fails at first, and one is there when all is done."""
        note = f'printf "%s %s %s\\n" "$1" "$MYRMEX_TASK" "$MYRMEX_ATTEMPT" >> {ledger}'
        head = f'note () {{ {note}; }}; note begin\n'
        work = head + gate + 'note end'
        flaky = head + f'[ -e {ledger}.flaky ] || {{ : > {ledger}.flaky; exit 9; }}\nnote end'

        def task(script, *dependencies, **more):
            return {'shell': script, 'dependencies': list(dependencies), 'retry_policy': POLICY, **more}

        return definition({
            'first': task(work), 'left': task(work, 'first'), 'right': task(flaky, 'first'),
            'last': task(work, 'left', 'right'), 'tidy': task(work, 'last', trigger_rule='all_done'),
        })

    def submit_async(self, text, token):
        return self.client.call_async('Submit', '(sa{sv})', text, {'handle_token': GLib.Variant('s', token)})

    def status(self, token):
        """How the run stands, or nothing where there is none, or no service."""
        try:
            return self.client.get(self.client.call('GetRun', '(s)', token), 'Status')
        except GLib.Error as error:
            if Gio.DBusError.get_remote_error(error) == f'{NAME}.Error.NotFound':
                return None
            return ''

    def until_ended(self, service, token, pending):
        """Waits until the run has ended or the service has."""
        def ended():
            if service.poll() is not None:
                return True
            return pending.is_done and self.status(token) in ('completed', 'failed', 'cancelled')

        iterate(ended, 'end of the run')

    def end_armed(self, service, where):
        """Ends a service, which may pass a place also when the run has ended; returns whether it was killed at one."""
        died = service.poll() is not None
        service.kill()
        service.wait()
        crashed = not self.crash_file.exists()
        if died:
            self.assertTrue(crashed, f'{where}: the service ended by itself')
        if not crashed:
            self.crash_file.unlink()
        self.await_owner(lambda owner: owner is None)
        return crashed

    def check(self, token, ledger, where):
        """Nothing began twice, what completed did so once, and the run is what it says."""
        path = self.client.call('GetRun', '(s)', token)
        status, _ = self.client.wait(path)
        tasks, total = self.client.of_run(path, 'ListTasks', '(a{sv}uu)', {}, 0, 0)
        told = {task['name']: task for task in tasks}
        lines = [line.split() for line in ledger.read_text(encoding='utf-8').splitlines()]
        begun = collections.Counter((task, attempt) for what, task, attempt in lines if what == 'begin')
        ended = collections.Counter(task for what, task, attempt in lines if what == 'end')

        self.assertEqual(status, 'completed', where)
        self.assertEqual(total, 5, where)
        self.assertEqual([entry for entry, n in begun.items() if n > 1], [], f'{where}: an attempt began twice')
        self.assertEqual(dict(ended), {task: 1 for task in told}, f'{where}: what each task completed')
        for name, task in told.items():
            self.assertGreaterEqual(task['attempts'], max(int(attempt) for of, attempt in begun if of == name), where)

    def crash_in_a_run(self, point, count):
        """Returns whether the place was passed so often."""
        where = f'{point}, time {count}'
        self.n_runs += 1
        token = f'run{self.n_runs}'
        ledger = self.folder / token
        text = self.workflow(ledger)
        self.crash_file.write_text(f'{point} {count}', encoding='utf-8')
        service = self.start_service()
        pending = self.submit_async(text, token)
        self.until_ended(service, token, pending)
        crashed = self.end_armed(service, where)

        service = self.start_service()
        iterate(lambda: pending.is_done, 'answer')
        if self.status(token) is None:
            # Never where it was accepted.
            self.assertIsNotNone(pending.error, f'{where}: an accepted run is lost')
            self.assertFalse(ledger.exists(), f'{where}: something ran of what was not accepted')
            self.client.submit(text, handle_token=token)
        self.check(token, ledger, where)
        service.kill()
        service.wait()
        self.await_owner(lambda owner: owner is None)
        return crashed

    def crash_in_recovery(self, point, count):
        where = f'{point} in recovery, time {count}'
        self.n_runs += 1
        token = f'run{self.n_runs}'
        ledger = self.folder / token
        gate, let_go = self.gate(f'{token}.gate')
        first = self.start_service()
        self.client.submit(self.workflow(ledger, gate + '\n'), handle_token=token)
        iterate(lambda: ledger.exists() and ledger.read_text(encoding='utf-8').startswith('begin'), 'first task')
        first.kill()
        first.wait()
        self.await_owner(lambda owner: owner is None)

        self.crash_file.write_text(f'{point} {count}', encoding='utf-8')
        second = self.spawn_service()
        # For five tasks, each of which may have an attempt that was interrupted.
        let_go(50)
        iterate(lambda: second.poll() is not None or self.status(token) == 'completed', 'end of the run')
        crashed = self.end_armed(second, where)
        third = self.start_service()
        self.check(token, ledger, where)
        third.kill()
        third.wait()
        self.await_owner(lambda owner: owner is None)
        return crashed

    def crash_everywhere(self, points, crash):
        counts = {}
        for point in points:
            count = 1
            while crash(point, count):
                counts[point] = counts.get(point, 0) + 1
                count += STEP
        n = sum(counts.values())
        print(f'# {n} crashes ({", ".join(f"{name} {counts.get(name, 0)}" for name in points)}): 0 runs lost, '
              f'0 attempts begun twice, 0 tasks completed twice', flush=True)
        for point in points:
            self.assertGreater(counts.get(point, 0), 0, f'{point} was never passed')

    def test_in_a_run(self):
        self.crash_everywhere(IN_A_RUN, self.crash_in_a_run)

    def test_in_recovery(self):
        self.crash_everywhere(IN_RECOVERY, self.crash_in_recovery)


if __name__ == '__main__':
    tap.main()
