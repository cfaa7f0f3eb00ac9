#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server of data/examples/fetch fails as it says, by count, and ends with its command."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'tools'))
import tap

SERVER = pathlib.Path(__file__).resolve().parents[2] / 'data' / 'examples' / 'fetch' / 'server.py'

# Asks for each name given, with the seconds of patience after its “@”, or enough; prints what came of each.
CLIENT = '''
import json, os, sys, urllib.error, urllib.request
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
answers = []
for argument in sys.argv[1:]:
    name, _, patience = argument.partition("@")
    try:
        with urllib.request.urlopen(os.environ["FETCH_SERVER"] + "/" + name, timeout=float(patience or 50)) as reply:
            answers.append(len(reply.read()))
    except urllib.error.HTTPError as error:
        answers.append(error.code)
    except TimeoutError:
        answers.append("timeout")
print(json.dumps(answers))
'''
QUARTER_1 = sum(len(f'{day},12.3\n') for day in range(1, 92))


def serve(*command, **environment):
    return subprocess.Popen([sys.executable, '-B', SERVER, *command], stdout=subprocess.PIPE, text=True,
                            env=dict(os.environ, **environment))


class FetchServer(unittest.TestCase):
    def ask(self, *names, **environment):
        server = serve(sys.executable, '-c', CLIENT, *names, **environment)
        output, _ = server.communicate()
        self.assertEqual(server.returncode, 0)
        return json.loads(output)

    def test_faults(self):
        self.assertEqual(self.ask('quarter-1.csv', 'quarter-1.csv'), [QUARTER_1, QUARTER_1])
        self.assertEqual(self.ask('quarter-2.csv', 'quarter-2.csv')[0], 503)
        self.assertEqual(self.ask('quarter-3.csv@2', 'quarter-3.csv')[0], 'timeout')
        answers = self.ask('quarter-4.csv', 'quarter-4.csv@2', 'quarter-4.csv', 'quarter-4.csv')
        self.assertEqual(answers[:3], [503, 'timeout', 503])
        self.assertIsInstance(answers[3], int)
        self.assertGreater(answers[3], QUARTER_1)
        self.assertEqual(self.ask('nothing', '../server.py'), [404, 404])

    def test_broken(self):
        self.assertEqual(self.ask(*['quarter-3.csv'] * 9, FETCH_BROKEN='1'), [503] * 9)

    def test_ends_with_its_command(self):
        for script, status in (('exit 0', 0), ('exit 7', 7), ('kill -TERM $$', 143)):
            with self.subTest(script):
                server = serve('sh', '-c', script)
                server.communicate()
                self.assertEqual(server.returncode, status)

    def test_passes_signals_on(self):
        # Python begins a command with its default handlers, so the shell's trap alone decides the status.
        server = serve('sh', '-c', 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done')
        self.assertEqual(server.stdout.readline(), 'ready\n')
        server.send_signal(signal.SIGTERM)
        server.communicate()
        self.assertEqual(server.returncode, 9)


if __name__ == '__main__':
    tap.main()
