#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs each of data/examples as a person would, and looks at what came of it.

    test_examples.py MYRMEX [TEST…]
"""

import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / 'tests' / 'tools'))
import tap

EXAMPLES = TREE / 'data' / 'examples'
MYRMEX = sys.argv.pop(1)
FINAL = {'completed', 'failed', 'skipped', 'cancelled'}

Run = collections.namedtuple('Run', 'status ended retries late errors')


def read_events(text):
    """Of the lines of --json: how each task ended, how often it was tried again, and how often since it was late."""
    ended, retries, late = {}, collections.Counter(), collections.Counter()
    for line in text.splitlines():
        event = json.loads(line)
        task, status = event.get('task'), event.get('status')
        if task is None:
            continue
        if status in FINAL:
            ended[task] = status
        elif status == 'retrying':
            retries[task] += 1
            late[task] += 'exit status' not in event['error']
    return ended, retries, late


def png_size(path):
    """Width and height of a PNG, from its first chunk."""
    data = path.read_bytes()[:24]
    assert data.startswith(b'\x89PNG\r\n\x1a\n') and data[12:16] == b'IHDR', path
    return struct.unpack('>II', data[16:24])


def processes_of(folder):
    """The command lines of the processes that were told of @folder."""
    found = []
    for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in line and path.parent.name != str(os.getpid()):
            found.append(line.replace(b'\0', b' ').decode(errors='replace'))
    return found


class Example(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='myrmex-example-')
        self.addCleanup(folder.cleanup)
        # With a space and a quote in its name, as folders of people have.
        self.output = pathlib.Path(folder.name, "an ant's output")
        self.environment = dict(os.environ, MYRMEX=MYRMEX)
        self.environment.pop('FETCH_BROKEN', None)

    def start(self, example, *options):
        command = [EXAMPLES / example / 'run', '--output', self.output, '--json', *options]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=self.environment, start_new_session=True)

    def run_example(self, example, *options, status=0):
        process = self.start(example, *options)
        output, errors = process.communicate()
        self.assertEqual(process.returncode, status, output + errors)
        self.assertEqual(processes_of(self.output), [])
        return Run(process.returncode, *read_events(output), errors)

    def read(self, name):
        return self.output.joinpath(name).read_text(encoding='utf-8')

    def names(self, pattern):
        return sorted(path.name for path in self.output.glob(pattern))


class Every(Example):
    def test_definitions(self):
        for path in sorted(EXAMPLES.glob('*/workflow.json')):
            for command in (('validate',), ('plan',), ('run', '--dry-run', '--param', 'server=http://127.0.0.1:1')):
                if command[0] == 'run' and path.parent.name != 'fetch':
                    command = command[:2]
                with self.subTest(f'{command[0]} {path.parent.name}'):
                    done = subprocess.run([MYRMEX, command[0], path, *command[1:]], capture_output=True, text=True)
                    self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(list(EXAMPLES.glob('*/myrmex-*-output')), [], 'a dry run did something')

    def test_output_is_told(self):
        run = self.run_example('images', '--dry-run')
        self.assertIn(str(self.output), run.errors)


class Build(Example):
    def test_as_it_is(self):
        run = self.run_example('build')
        self.assertEqual(run.ended['link-sanitized'], 'skipped')
        self.assertEqual(run.ended['sanitized-tests'], 'skipped')
        self.assertEqual({task for task, status in run.ended.items() if status != 'completed'} - {'workflow'},
                         {'link-sanitized', 'sanitized-tests'})
        self.assertEqual(run.retries, {'integration': 2})
        self.assertEqual(self.read('attempts'), '3\n')
        self.assertEqual(self.read('tally.txt'), EXAMPLES.joinpath('build/project/expected.txt').read_text())
        self.assertEqual(self.names('*.o'), [])
        self.assertEqual(self.names('*'), ['attempts', 'libtally.a', 'report.txt', 'tally', 'tally-stripped',
                                           'tally.txt', 'test-tally'])
        self.assertIn('unit tests: 11 lines of TAP\n', self.read('report.txt'))
        self.assertIn('integration: attempt 3: tally says what it should\n', self.read('report.txt'))
        self.assertIn('sanitized tests: skipped\n', self.read('report.txt'))
        self.assertIn(f'program: {self.output.joinpath("tally").stat().st_size} bytes\n', self.read('report.txt'))
        self.assertLess(self.output.joinpath('tally-stripped').stat().st_size,
                        self.output.joinpath('tally').stat().st_size)

    def test_parameters(self):
        run = self.run_example('build', '--param', 'sanitize=true', '--param', 'failures=0',
                               '--param', 'strip_above=100000000')
        self.assertEqual(run.ended['sanitized-tests'], 'completed')
        self.assertEqual(run.ended['strip'], 'skipped')
        self.assertEqual(run.retries, {})
        self.assertEqual(self.read('attempts'), '1\n')
        self.assertFalse(self.output.joinpath('tally-stripped').exists())
        self.assertIn('sanitized tests: completed\n', self.read('report.txt'))

    def test_attempts_are_used_up(self):
        run = self.run_example('build', '--param', 'failures=9', status=1)
        self.assertEqual(run.ended['integration'], 'failed')
        self.assertEqual(run.retries, {'integration': 4})
        self.assertEqual(self.read('attempts'), '5\n')
        self.assertEqual(run.ended['tidy'], 'completed')
        self.assertEqual(self.names('*.o'), [])
        self.assertFalse(self.output.joinpath('report.txt').exists())

    def test_does_not_compile(self):
        project = self.output.parent / 'broken'
        shutil.copytree(EXAMPLES / 'build', project)
        with project.joinpath('project', 'words.c').open('a') as file:
            file.write('no C at all\n')
        done = subprocess.run([MYRMEX, 'run', project / 'workflow.json', '--json',
                               '--param', f'output={self.output}'], capture_output=True, text=True)
        ended, *_ = read_events(done.stdout)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(ended['compile-words'], 'failed')
        self.assertEqual(ended['tidy'], 'completed')
        self.assertNotEqual(ended['link'], 'completed')
        self.assertEqual(self.names('*.o'), [])
        self.assertFalse(self.output.joinpath('tally').exists())


class Images(Example):
    def check(self, run, size):
        self.assertEqual({status for task, status in run.ended.items() if task != 'preview'}, {'completed'})
        self.assertEqual(len(self.names('photos/*.jpg')), 8)
        self.assertEqual([path.removesuffix('.png') for path in self.names('thumbnails/*')],
                         [path.removesuffix('.jpg') for path in self.names('photos/*')])
        for path in self.output.glob('thumbnails/*'):
            with self.subTest(path.name):
                self.assertEqual(max(png_size(path)), size)
        width, height = png_size(self.output / 'sheet.png')
        # Four columns and two rows, each with its border; a row has a line of text, too.
        self.assertEqual(width, 4 * (size + 24))
        self.assertGreater(height, 2 * (size + 24))
        self.assertLess(height, 2 * (size + 24 + 40))

    def test_as_it_is(self):
        run = self.run_example('images')
        self.check(run, 240)
        self.assertEqual(run.ended['preview'], 'completed')
        self.assertEqual(png_size(self.output / 'preview.png')[0], 4 * (240 + 24) / 2)

    def test_small_and_one_at_a_time(self):
        run = self.run_example('images', '--param', 'size=100', '--jobs', '1')
        self.check(run, 100)
        self.assertEqual(run.ended['preview'], 'skipped')


class Fetch(Example):
    QUARTERS = [f'quarter-{n}.csv' for n in range(1, 5)]

    def check_sums(self, names):
        for line in self.read('SHA256SUMS').splitlines():
            digest, name = line.split()
            if name in names:
                self.assertEqual(hashlib.sha256(self.output.joinpath(name).read_bytes()).hexdigest(), digest, name)

    def test_as_it_is(self):
        run = self.run_example('fetch')
        expected = {'quarter-2': 1, 'quarter-3': 1, 'quarter-4': 3}
        # The server is late twice; where the machine was, too, there is more to try again.
        if run.late.total() == 2:
            self.assertEqual(run.retries, expected)
        else:
            self.assertGreater(run.late.total(), 2)
            self.assertGreaterEqual(run.retries, collections.Counter(expected))
        self.assertEqual({task for task, status in run.ended.items() if status != 'completed'}, {'apology'})
        self.check_sums(self.QUARTERS)
        year = self.read('year.csv').splitlines()
        self.assertEqual([int(line.split(',')[0]) for line in year], list(range(1, 365)))
        self.assertEqual(self.read('alarm.txt'), '22 degrees in the hill\n')

    def test_a_quarter_is_never_served(self):
        self.environment['FETCH_BROKEN'] = '1'
        run = self.run_example('fetch', status=1)
        self.assertEqual(run.ended['quarter-3'], 'failed')
        self.assertEqual(run.retries['quarter-3'], 5)
        self.assertEqual(run.ended['verify'], 'skipped')
        self.assertEqual(run.ended['apology'], 'completed')
        self.check_sums([name for name in self.QUARTERS if name != 'quarter-3.csv'])
        self.assertTrue(self.output.joinpath('incomplete.txt').exists())
        self.assertFalse(self.output.joinpath('year.csv').exists())

    def test_interrupted(self):
        process = self.start('fetch')
        for line in process.stdout:
            event = json.loads(line)
            if event.get('task') == 'quarter-4' and event.get('status') == 'running':
                break
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate()
        self.assertEqual(process.returncode, 130, output + errors)
        self.assertEqual(processes_of(self.output), [])


@unittest.skipUnless(os.environ.get('MYRMEXD'), 'the service is not built')
class Service(Example):
    def test_as_it_is(self):
        done = subprocess.run([EXAMPLES / 'service' / 'run', '--output', self.output], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=self.environment, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        run = re.search(r'^\$ myrmex submit .*\n([0-9a-f]{8})$', done.stdout, re.MULTILINE)
        self.assertIsNotNone(run, done.stdout)
        self.assertRegex(done.stdout, rf'\$ myrmex watch {run[1]}\n'
                                      r'(.*\n)*\[.*\] build: completed in .*15 completed, 0 failed')
        self.assertRegex(done.stdout, rf'\$ myrmex status {run[1]}\nbuild  completed')
        self.assertRegex(self.read('run.txt'), r'^build: completed\n17 tasks in .*: 15 completed, 2 skipped\n')
        self.assertIn(self.read('run.txt'), done.stdout)
        self.assertIn('integration: attempt 3: tally says what it should\n', self.read('report.txt'))
        self.assertEqual(done.stderr, f'Output of service: {self.output}\n')
        self.assertEqual(processes_of(self.output), [])


if __name__ == '__main__':
    tap.main()
