# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the command share: workflows in a folder of their own, and the command run in it."""

import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'tools'))

MYRMEX = sys.argv.pop(1)
# Seconds; only a test that fails waits that long.
PATIENCE = 240 if 'ASAN_OPTIONS' in os.environ else 60

# Whoever runs them may ignore some (nohup does), and so would the command.
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

DONE, FAILED, USAGE, DEFINITION, TIMED_OUT, INTERRUPTED = 0, 1, 2, 65, 124, 130


class Process(subprocess.Popen):
    """A test that fails does not wait for what nobody will end any more."""

    def __exit__(self, kind, *more):
        if kind is not None:
            self.kill()
        super().__exit__(kind, *more)


class Case(unittest.TestCase):
    """A test with a folder, in which the command is run."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='myrmex-shell-')
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = dict(os.environ)
        for name in ('NO_COLOR', 'LANGUAGE'):
            self.environment.pop(name, None)

    def write(self, text, name='w.json'):
        path = self.folder / name
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding='utf-8')
        return path

    def workflow(self, tasks, name='w.json', **more):
        """Writes a definition. A task that is a string is a shell script."""
        tasks = {key: {'shell': task} if isinstance(task, str) else task for key, task in tasks.items()}
        return self.write(json.dumps({'myrmex': 1, 'name': 'w', 'tasks': tasks, **more}), name)

    def fifo(self, name):
        """What a task writes to for the test to wait."""
        os.mkfifo(self.folder / name)
        return self.folder / name

    def gate(self, name='wait'):
        """What a task waits at, with `read x < NAME`; the function that is returned lets @n of them through."""
        # Opened both ways, so that neither side waits for the other to open it, or sees its end.
        gate = os.open(self.fifo(name), os.O_RDWR)
        self.addCleanup(os.close, gate)
        return lambda n=1: os.write(gate, b'go\n' * n)

    def ready(self, name='ready'):
        """What tasks write a line to when they have got so far; the function that is returned waits for @n of them."""
        fd = os.open(self.fifo(name), os.O_RDWR)
        self.addCleanup(os.close, fd)

        def wait(n=1):
            while n > 0:
                self.assertTrue(select.select([fd], [], [], PATIENCE)[0], 'the tasks do not get so far')
                n -= os.read(fd, n).count(b'\n')
        return wait

    def start(self, *arguments, **options):
        options = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE,
                   'cwd': self.folder, 'env': self.environment, 'text': True, 'encoding': 'utf-8', **options}
        process = Process([MYRMEX, *arguments], **options)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def run_command(self, *arguments, status=DONE, **options):
        """Runs it to its end; returns standard output and standard error."""
        text = options.pop('input', None)
        if text is not None:
            options['stdin'] = subprocess.PIPE
        with self.start(*arguments, **options) as process:
            output, errors = process.communicate(text)
        self.assertEqual(process.returncode, status, f'{output}{errors}')
        return output, errors

    def run_json(self, *arguments, status=DONE, **options):
        """The events of a run, all of them, and those of each task by its name."""
        output, _ = self.run_command('run', *arguments, '--json', status=status, **options)
        events = [json.loads(line) for line in output.splitlines()]
        by_task = {}
        for event in events:
            if 'task' in event:
                by_task.setdefault(event['task'], []).append(event)
        return events, by_task
