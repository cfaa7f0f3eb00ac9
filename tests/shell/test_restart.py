#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service is killed while the command shows a run of it: the run goes on, and so does what is shown.

    test_restart.py MYRMEX MYRMEXD SUPERVISOR [TEST…]
"""

import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'service'))

# Each of them takes its program from the command line, in this order.
from shell import DONE  # noqa: E402
from test_supervisor import Supervised  # noqa: E402
from serving import Case  # noqa: E402
import tap  # noqa: E402


class Restart(Case, Supervised):
    def begun(self):
        """The script of a task that tells that it runs and waits; functions that wait for it and let it go on."""
        script, go_on = self.gate()
        # A service that is killed sooner does not know whether the command began, and says so.
        return f'echo > ready; {script}', self.ready(), go_on

    def kill(self):
        before = self.owner()
        os.kill(self.service_pid(), signal.SIGKILL)
        self.await_owner(lambda owner: owner not in (None, before))

    def test_one(self):
        script, go_on = self.gate()
        run = self.submit({'a': f'echo one; {script}; echo two', 'b': {'shell': 'echo b', 'dependencies': ['a']}})
        self.await_status(run, 'running', task='a')
        watch, log = self.start('watch', run), self.start('log', '--follow', run)
        self.assertIn('w: running, 2 tasks', watch.stdout.readline())
        self.assertEqual([log.stdout.readline() for _ in range(2)], ['==> a <==\n', 'one\n'])
        self.kill()
        go_on()
        output, errors = watch.communicate()
        self.assertEqual((errors, watch.returncode), ('', DONE), output)
        self.assertEqual([output.count(f'{task}: completed') for task in 'abw'], [1, 1, 1], output)
        output, errors = log.communicate()
        self.assertEqual((output, errors, log.returncode), ('two\n\n==> b <==\nb\n', '', DONE))

    def test_all(self):
        script, await_begin, go_on = self.begun()
        run = self.submit({'a': script})
        await_begin()
        terminal = self.open('watch')
        terminal.wait_for('1 run is active')
        self.kill()
        go_on()
        terminal.wait_for(f'✓ {run[:8]}  w: completed, 1/1')
        terminal.wait_for('No run is active')
        terminal.type('\x03')
        terminal.wait()

    def test_wait(self):
        script, await_begin, go_on = self.begun()
        process = self.start('submit', str(self.workflow({'a': script})), '--wait')
        self.assertIn('w: running', process.stdout.readline())
        self.assertIn('a: running', process.stdout.readline())
        await_begin()
        self.kill()
        go_on()
        output, _ = process.communicate()
        self.assertEqual(process.returncode, DONE, output)
        self.assertIn('1 completed', output.splitlines()[-1])


if __name__ == '__main__':
    tap.main()
