#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs of data/examples/clients, each as a person would run it, on a bus where the service is started by them."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

from on_bus import end_service, pid_of_service
from service import DEADLINE, MYRMEXD, NAME, Case, definition
import tap

HERE = pathlib.Path(__file__).resolve().parents[2] / 'data' / 'examples' / 'clients'
TASKS = {'greet': {'command': ['echo', 'hello']},
         'shout': {'shell': 'echo HELLO', 'dependencies': ['greet']}}


class Clients(Case):
    STARTS_SERVICE = False

    def setUp(self):
        super().setUp()
        (self.services / f'{NAME}.service').write_text(f'[D-BUS Service]\nName={NAME}\nExec={MYRMEXD}\n')
        self.addCleanup(end_service, self.client.bus)

    def run_client(self, *words, status=0):
        done = subprocess.run([str(word) for word in words], env=self.environment, cwd=self.folder, timeout=DEADLINE,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def call(self, method, *words):
        return self.run_client('gdbus', 'call', '--session', '--dest', NAME, '--object-path',
                               '/org/codomyrmex/Myrmex1', '--method', f'{NAME}.Manager.{method}', *words)

    def check(self, *words, told=True):
        """What it shows, and that it goes on with what another has left, also after the service was killed."""
        shown = self.run_client(*words)
        self.assertRegex(shown, r'\Arun [0-9a-f]{32}\n')
        for line in ('workflow: completed', 'result HELLO', 'log HELLO'):
            self.assertIn(f'\n{line}\n', shown)
        if told:
            self.assertIn('\ngreet: completed\n', shown)

        self.call('Submit', definition(TASKS), "{'paused': <true>, 'name': <'left'>}")
        listed = self.call('ListRuns', "{'name': <'left'>}", '0', '0')
        run_id = re.search(r"'Id': <'([0-9a-f]{32})'>", listed)[1]
        before = self.owner()
        os.kill(pid_of_service(self.client.bus), signal.SIGKILL)
        self.await_owner(lambda owner: owner != before)
        path = re.search(r'/org/[^\']*', self.call('GetRun', run_id))[0]
        self.run_client('gdbus', 'call', '--session', '--dest', NAME, '--object-path', path, '--method',
                        f'{NAME}.Run.Resume')
        shown = self.run_client(*words, run_id[:8])
        self.assertTrue(shown.startswith(f'run {run_id}\n'), shown)
        for line in ('result HELLO', 'log HELLO'):
            self.assertIn(f'\n{line}\n', shown)

    def test_c(self):
        self.check(os.environ['CLIENT_C'])

    @unittest.skipIf('CLIENT_VALA' not in os.environ, 'Vala is not built')
    def test_vala(self):
        self.check(os.environ['CLIENT_VALA'])

    @unittest.skipIf('GI_TYPELIB_PATH' not in os.environ, 'there is no introspection data')
    def test_python(self):
        self.check('/usr/bin/python3', HERE / 'client.py')

    @unittest.skipIf(shutil.which('gjs') is None, 'gjs is not installed')
    def test_gjs(self):
        self.check('gjs', '-m', HERE / 'client.js')

    def test_gdbus(self):
        self.check(HERE / 'client.sh', told=False)


if __name__ == '__main__':
    tap.main()
