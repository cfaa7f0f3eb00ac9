#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service from Python: what ServiceRunner, RunInfo and RunList promise there."""

import asyncio
import signal
import subprocess
import sys
import textwrap
import time

import gi

gi.require_version('Myrmex', '1')
from gi.repository import Myrmex  # noqa: E402
from gi.repository.Myrmex import (RunInfo, RunList, RunStatus, ServiceRunner, TaskFailedError, Workflow,  # noqa: E402
                                  WorkflowError)

from on_bus import end_service  # noqa: E402
from service import DEADLINE, MYRMEXD, NAME, Case, definition, iterate  # noqa: E402
import tap  # noqa: E402


def greet(name='greet'):
    return Workflow(name, parameters={'who': {'type': 'string', 'default': 'nobody'}}) \
        .add_command('hello', ['echo', 'hello', '${{ parameters.who }}'])


class Client(Case):
    def setUp(self):
        super().setUp()
        self.runner = ServiceRunner(self.client.bus)

    def test_start(self):
        run = self.runner.start(greet(), {'parameters': {'who': 'world'}, 'name': 'mine'})
        self.assertEqual(run.wait()['hello'].value, 'hello world')
        self.assertEqual(self.runner.list_runs(name='mine')[0].id, run.id)

    def test_workflow_run(self):
        self.assertEqual(greet().run({'who': 'you'}, runner=self.runner)['hello'].value, 'hello you')

    def test_progress(self):
        run = self.runner.start(greet(), {'paused': True})
        told = []
        run.connect('progress', lambda run, task, status, details: told.append((task, status)))
        run.resume()
        run.wait()
        self.assertEqual([status for task, status in told if task == 'hello'], ['running', 'completed'])
        self.assertEqual(told[-1], ('workflow', 'completed'))

    def test_functions_are_refused_by_name(self):
        workflow = Workflow('w').add_task('calculate', lambda: 1)
        with self.assertRaisesRegex(WorkflowError, 'calculate') as caught:
            self.runner.start(workflow)
        self.assertTrue(caught.exception.matches(Myrmex.Error.quark(), Myrmex.Error.NOT_SUPPORTED))

    def test_failure(self):
        run = self.runner.start(Workflow('w').add_shell('bad', 'exit 3'))
        with self.assertRaisesRegex(TaskFailedError, 'exit status 3') as caught:
            run.wait()
        self.assertEqual(caught.exception.tasks, ['bad'])

    def test_retry_failed(self):
        well = self.folder / 'well'
        run = self.runner.start(Workflow('w').add_command('first', ['echo', 'x'])
                                .add_shell('broken', f'test -e {well}', dependencies=['first']))
        with self.assertRaises(TaskFailedError):
            run.wait()
        again = self.runner.retry_failed(run)
        with self.assertRaises(TaskFailedError):
            again.wait()
        well.touch()

        async def retry():
            last = await self.runner.retry_failed_async(again)
            return last, await last

        last, results = asyncio.run(retry())
        self.assertEqual((last.retried_from, results['first'].kept_from), (again.id, run.id))
        self.assertEqual((results['first'].value, results['broken'].kept_from), ('x', None))
        with self.assertRaisesRegex(ValueError, 'has completed'):
            self.runner.retry_failed(last)

    def test_named(self):
        folder = self.folder / 'data' / 'myrmex' / 'workflows'
        folder.mkdir(parents=True)
        (folder / 'known.json').write_text(definition({'a': 'echo 1', 'b': 'echo 2'}, name='known'))
        run = self.runner.start('known', {'paused': True})
        told = []
        run.connect('progress', lambda run, task, status, details: told.append((task, status)))
        self.assertEqual(len(run), 2)
        run.resume()
        results = run.wait()
        self.assertEqual([results[name].value for name in results], ['1', '2'])
        self.assertEqual(sorted(entry for entry in told if entry[0] in ('a', 'b')),
                         [('a', 'completed'), ('a', 'running'), ('b', 'completed'), ('b', 'running')])
        with self.assertRaisesRegex(WorkflowError, 'knwon'):
            self.runner.start('knwon')

    def test_idempotency(self):
        options = {'idempotency_key': 'once'}
        first, second = (self.runner.start(greet(), options) for _ in range(2))
        self.assertEqual(first.id, second.id)
        self.assertEqual(first.wait()['hello'].value, second.wait()['hello'].value)

    def test_open(self):
        run = self.runner.start(greet(), {'paused': True})
        for text in (run.id, run.id[:8], 'greet'):
            self.assertEqual(self.runner.open_run(text).id, run.id)
        same = self.runner.open_run(run.id)
        self.assertEqual(same.status, RunStatus.PAUSED)
        self.assertIsNone(same.workflow)
        same.resume()
        self.assertEqual(same.wait()['hello'].value, 'hello nobody')
        with self.assertRaises(WorkflowError):
            self.runner.open_run('nothing')

    def test_list(self):
        before = time.time() - 1
        self.runner.start(greet('one')).wait()
        waiting = self.runner.start(greet('two'), {'paused': True})
        runs = self.runner.list_runs()
        self.assertEqual([run.name for run in runs], ['two', 'one'])
        self.assertIsInstance(runs[0], RunInfo)
        self.assertEqual([run.status for run in runs], [RunStatus.PAUSED, RunStatus.COMPLETED])
        self.assertEqual(runs[1].counts['completed'], 1)
        self.assertTrue(before < runs[1].submitted <= runs[1].started <= runs[1].finished < time.time() + 1)
        self.assertIsNone(runs[0].finished)
        self.assertEqual([run.name for run in self.runner.list_runs(active=True)], ['two'])
        self.assertEqual([run.name for run in self.runner.list_runs(status='completed')], ['one'])
        self.assertEqual([run.name for run in self.runner.list_runs(status=[RunStatus.PAUSED])], ['two'])
        self.assertEqual([run.name for run in self.runner.list_runs(offset=1, limit=1)], ['one'])
        self.assertEqual(self.runner.list_runs(since=time.time() + 100), [])
        with self.assertRaises(ValueError):
            self.runner.list_runs(status='well')
        waiting.resume()
        waiting.wait()

    def test_forget(self):
        runs = [self.runner.start(greet()) for _ in range(3)]
        for run in runs:
            run.wait()
        self.runner.delete_run(runs[0].id)
        self.assertEqual(self.runner.prune(keep=1), 1)
        self.assertEqual(self.runner.prune(older_than=1000), 0)
        self.assertEqual([run.id for run in self.runner.list_runs()], [runs[2].id])
        self.assertEqual(self.runner.prune(), 1)
        with self.assertRaises(WorkflowError):
            self.runner.delete_run(runs[0].id)

    def test_list_model(self):
        self.runner.start(greet('one')).wait()
        runs = RunList(self.runner)
        self.assertTrue(runs.loading)
        iterate(lambda: not runs.loading, 'end of loading')
        self.assertIsNone(runs.error)
        self.assertEqual([run.name for run in runs], ['one'])
        statuses = []
        waiting = self.runner.start(greet('two'), {'paused': True})
        iterate(lambda: len(runs) == 2, 'second run')
        runs[0].connect('notify::status', lambda info, pspec: statuses.append(info.status))
        waiting.resume()
        iterate(lambda: RunStatus.COMPLETED in statuses, 'end of the run')
        runs.set_filter(name='one')
        iterate(lambda: not runs.loading and len(runs) == 1, 'filtered list')
        self.assertEqual(runs.filter['name'], 'one')

    def test_asyncio(self):
        """Nothing blocks, and what is told comes while the loop runs."""
        async def main():
            ticks = 0

            async def tick():
                nonlocal ticks
                while True:
                    ticks += 1
                    await asyncio.sleep(0.005)

            async def let_go():
                before = ticks
                while ticks < before + 10:
                    await asyncio.sleep(0)
                go_on(3)  # for the runs below, too

            ticking = asyncio.create_task(tick())
            gate, go_on = self.gate()
            workflow = Workflow('w').add_shell('slow', f'{gate}; echo done')
            run = await self.runner.start_async(workflow)
            # It would never end if waiting for it held the loop up.
            letting_go = asyncio.create_task(let_go())
            results = await run
            self.assertEqual(results['slow'].value, 'done')
            await letting_go
            same = await self.runner.open_run_async(run.id)
            self.assertEqual((await same)['slow'].value, 'done')
            self.assertEqual([info.id for info in await self.runner.list_runs_async()], [run.id])
            # The one that waits for the call alone.
            self.assertEqual((await self.runner.start(workflow))['slow'].value, 'done')
            self.assertEqual((await workflow.run_async(runner=self.runner))['slow'].value, 'done')
            await self.runner.delete_run_async(run.id)
            self.assertEqual(await self.runner.prune_async(), 2)
            ticking.cancel()

        asyncio.run(main())

    def test_a_run_goes_on_when_the_program_ends(self):
        gate, go_on = self.gate()
        script = textwrap.dedent(f'''
            from gi.repository.Myrmex import ServiceRunner, Workflow
            run = ServiceRunner().start(Workflow('left').add_shell('a', {gate + "; echo done"!r}))
            print(run.id)
        ''')
        done = subprocess.run([sys.executable, '-c', script], env=self.environment, capture_output=True, text=True,
                              timeout=DEADLINE, check=True)
        run = self.runner.open_run(done.stdout.strip())
        self.assertEqual(run.status, RunStatus.RUNNING)
        go_on()
        self.assertEqual(run.wait()['a'].value, 'done')

    def test_a_service_that_was_killed_is_started_by_the_run(self):
        """Nobody else does."""
        (self.services / f'{NAME}.service').write_text(f'[D-BUS Service]\nName={NAME}\nExec={MYRMEXD}\n')
        run = self.runner.start(greet(), {'paused': True})
        told = []
        run.connect('progress', lambda run, task, status, details: told.append((task, status)))
        self.service.kill()
        self.service.wait()
        run.resume()
        self.assertEqual(run.wait()['hello'].value, 'hello nobody')
        self.assertEqual([status for task, status in told if task == 'hello'], ['running', 'completed'])
        end_service(self.client.bus)

    def test_the_bus_goes_away(self):
        """The run ends with an error that says so, and the program goes on."""
        script = textwrap.dedent('''
            from gi.repository.Myrmex import ServiceRunner, Workflow, WorkflowError
            run = ServiceRunner().start(Workflow('w').add_shell('a', 'sleep 1000'))
            print('started', flush=True)
            try:
                run.wait()
            except WorkflowError as error:
                print(error)
            print(run.reason)
        ''')
        program = subprocess.Popen([sys.executable, '-c', script], env=self.environment, stdout=subprocess.PIPE,
                                   text=True)
        self.addCleanup(self.end, program)
        self.assertEqual(program.stdout.readline(), 'started\n')
        self.client.close()
        self.bus_process.send_signal(signal.SIGKILL)
        self.bus_process.wait()
        told, _nothing = program.communicate(timeout=DEADLINE)
        self.assertEqual(program.returncode, 0, told)
        self.assertRegex(told, r'The bus went away(.|\n)*interrupted')


if __name__ == '__main__':
    tap.main()
