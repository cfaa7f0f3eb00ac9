# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workflows under asyncio: the loop's thread has the coroutines, and is never held."""

import asyncio
import threading
import unittest

from gi.repository.Myrmex import (OrchestratorTimeoutError, Reason, RetryPolicy, RunStatus, StateError, TaskFailedError,
                                  TaskStatus, Workflow, WorkflowCancelledError)

import tap


class TestAsyncio(unittest.IsolatedAsyncioTestCase):
    async def test_three_ways(self):
        async def work():
            await asyncio.sleep(0)
            return 5

        workflow = Workflow('w').add_task('a', work)
        self.assertEqual((await workflow.run_async())['a'].value, 5)
        self.assertEqual((await workflow)['a'].value, 5)
        run = workflow.start()
        self.assertEqual((await run)['a'].value, 5)
        self.assertEqual((await run)['a'].value, 5)
        self.assertIs(run.status, RunStatus.COMPLETED)
        self.assertEqual(workflow.get_task_result('a').value, 5)

    async def test_coroutines_run_in_the_loop(self):
        thread = threading.get_ident()
        lock = asyncio.Lock()

        async def work(context):
            async with lock:
                await asyncio.sleep(0)
            return [threading.get_ident() == thread, context.results['before'].value, context.attempt]

        workflow = Workflow('w').add_task('before', lambda: threading.get_ident() == thread)
        workflow.add_task('a', work, ['before'])
        # A coroutine that a plain function returns belongs to the loop too.
        workflow.add_task('b', lambda context: work(context), ['before'])
        results = await workflow
        self.assertEqual(results['a'].value, [True, False, 1])
        self.assertEqual(results['b'].value, [True, False, 1])

    async def test_the_loop_goes_on(self):
        gate = threading.Event()
        turns = []

        async def tick():
            for _ in range(5):
                turns.append(await asyncio.sleep(0))
            gate.set()

        workflow = Workflow('w').add_task('a', lambda: gate.wait(30))
        results, _ = await asyncio.gather(workflow.run_async(), tick())
        self.assertTrue(results['a'].value)
        self.assertEqual(len(turns), 5)

    async def test_tasks_wait_for_each_other(self):
        gate = asyncio.Event()

        async def wait():
            await gate.wait()

        async def open_gate():
            gate.set()

        await Workflow('w').add_task('a', wait).add_task('b', open_gate)

    async def test_many_side_by_side(self):
        async def work(context):
            await asyncio.sleep(0)
            return context.task_name

        workflow = Workflow('w')
        for number in range(300):
            workflow.add_task(f't{number}', work)
        results = await workflow
        self.assertTrue(all(result.value == name for name, result in results.items()))

    async def test_several_runs_at_once(self):
        async def work(context):
            await asyncio.sleep(0)
            return context.parameters['n']

        workflow = Workflow('w', parameters={'n': {'type': 'integer'}}).add_task('a', work)
        runs = await asyncio.gather(*(workflow.run_async({'n': number}) for number in range(20)))
        self.assertEqual([results['a'].value for results in runs], list(range(20)))

    async def test_results_of_runs_that_are_over_at_once(self):
        workflow = Workflow('w').add_noop('a')
        for _ in range(100):
            await workflow.run_async()
            self.assertEqual(workflow.get_summary()['status'], 'completed')

    async def test_failures(self):
        original = ValueError('no')

        async def fail():
            raise original

        with self.assertRaises(TaskFailedError) as caught:
            await Workflow('w').add_task('a', fail)
        self.assertIs(caught.exception.__cause__, original)
        self.assertIs(caught.exception.results['a'].error, original)
        with self.assertRaises(LookupError):
            await Workflow('w').add_task('a', fail, ['nobody'])

    async def test_timeouts_cancel_the_coroutine(self):
        begun, ended = [], []

        async def work(context):
            begun.append(context.attempt)
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                ended.append(context.cancelled)
                raise

        # The time of an attempt may be over before its coroutine has begun.
        while not begun:
            with self.assertRaises(TaskFailedError) as caught:
                await Workflow('w').add_task('a', work, timeout=0.3, retry_policy=RetryPolicy(2, 0))
            result = caught.exception.results['a']
            self.assertEqual((result.reason, result.attempts), (Reason.TIMED_OUT, 2))
        self.assertEqual(ended, [True] * len(begun))
        with self.assertRaises(OrchestratorTimeoutError) as caught:
            await Workflow('w', timeout=0.02).add_task('a', work)
        self.assertIs(caught.exception.results['a'].reason, Reason.RUN_TIMED_OUT)
        with self.assertRaises(OrchestratorTimeoutError):
            await Workflow('w').add_task('a', work).run_async(timeout=0.02)

    async def test_cancelling_who_waits_cancels_the_run(self):
        begun, ended = asyncio.Event(), []

        async def work():
            begun.set()
            try:
                await asyncio.sleep(3600)
            finally:
                ended.append('work')

        workflow = Workflow('w').add_task('a', work).add_task('b', lambda: 1, ['a'])
        workflow.add_task('tidy', lambda: ended.append('tidy'), ['a'], trigger_rule='all_done')
        waiter = asyncio.create_task(workflow.run_async())
        await begun.wait()
        waiter.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await waiter
        self.assertEqual(workflow.get_summary()['status'], 'cancelled')
        self.assertEqual(sorted(ended), ['tidy', 'work'])
        self.assertIs(workflow.get_task_result('b').status, TaskStatus.CANCELLED)

    async def test_wait_for(self):
        async def work():
            await asyncio.sleep(3600)

        workflow = Workflow('w').add_task('a', work)
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(workflow.run_async(), 0.02)
        self.assertEqual(workflow.get_summary()['status'], 'cancelled')

    async def test_cancelling_the_run(self):
        begun = asyncio.Event()

        async def work():
            begun.set()
            await asyncio.sleep(3600)

        workflow = Workflow('w').add_task('a', work)
        waiter = asyncio.create_task(workflow.run_async())
        await begun.wait()
        workflow.cancel()
        with self.assertRaises(WorkflowCancelledError) as caught:
            await waiter
        self.assertIs(caught.exception.results['a'].reason, Reason.RUN_CANCELLED)

    async def test_a_coroutine_that_swallows_its_cancelling(self):
        gate = asyncio.Event()

        async def work():
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                await gate.wait()
            return 'late'

        with self.assertRaises(OrchestratorTimeoutError) as caught:
            await Workflow('w', timeout=0.02).add_task('a', work)
        self.assertIsNone(caught.exception.results['a'].value)
        gate.set()

    async def test_progress_comes_in_the_loop(self):
        thread = threading.get_ident()
        told = []

        async def work(context):
            context.report(0.5, 'half')
            while not any(status == 'running' and 'fraction' in details for _, status, details in told):
                await asyncio.sleep(0.001)

        def on_progress(task_name, status, details):
            self.assertEqual(threading.get_ident(), thread)
            asyncio.get_running_loop()
            told.append((task_name, status, details))

        await Workflow('w', progress_callback=on_progress).add_task('a', work)
        self.assertEqual([(name, status) for name, status, details in told if 'fraction' not in details],
                         [('workflow', 'started'), ('a', 'running'), ('a', 'completed'), ('workflow', 'completed')])

    async def test_what_blocks_is_refused(self):
        async def work():
            await asyncio.sleep(0)

        workflow = Workflow('w').add_task('a', work)
        with self.assertRaisesRegex(StateError, 'run_async'):
            workflow.run()
        run = workflow.start(paused=True)
        with self.assertRaisesRegex(StateError, 'await run'):
            run.wait()
        run.resume()
        await run
        self.assertTrue(run.wait()['a'].success)

    async def test_plain_functions_may_be_waited_for(self):
        # As in a notebook, whose loop runs while its cells do; and as the origin wants it.
        workflow = Workflow('w').add_task('a', lambda: 3)
        self.assertEqual(workflow.run()['a'].value, 3)
        self.assertEqual((await workflow.run())['a'].value, 3)

    async def test_conditions_transforms_and_commands(self):
        async def work():
            return 'x y'

        workflow = Workflow('w').add_task('a', work, transform=str.split)
        workflow.add_command('b', ['echo', '${{ tasks.a.value[1] }}'], ['a'], condition=lambda results: True)
        self.assertEqual((await workflow)['b'].value, 'y')


    async def test_waiting_for_its_own_run(self):
        runs = []

        async def blocks():
            runs[0].wait()

        async def awaits():
            await runs[0]

        async def of_another_run():
            return (await Workflow('inner').add_task('a', lambda: 5))['a'].value

        for action in (blocks, awaits):
            workflow = Workflow('w').add_task('a', action)
            runs[:] = [workflow.start(paused=True)]
            runs[0].resume()
            with self.assertRaisesRegex(TaskFailedError, 'can not wait for its own run'):
                await runs[0]
        self.assertEqual((await Workflow('w').add_task('a', of_another_run))['a'].value, 5)


class TestLoops(unittest.TestCase):
    def test_waiting_in_the_loop_of_other_coroutines(self):
        async def work():
            await asyncio.sleep(0)

        async def blocks():
            Workflow('inner').add_task('a', work).start().wait()

        async def waits():
            runs[0].wait()

        runs = []
        with self.assertRaisesRegex(TaskFailedError, 'await run'):
            Workflow('w').add_task('a', blocks).run()
        runs.append(Workflow('w').add_task('a', waits).start(paused=True))
        runs[0].resume()
        with self.assertRaisesRegex(TaskFailedError, 'can not wait for its own run'):
            runs[0].wait()


    def test_one_loop_after_another(self):
        async def work():
            await asyncio.sleep(0)
            return id(asyncio.get_running_loop())

        workflow = Workflow('w').add_task('a', work)

        async def main():
            return (await workflow)['a'].value == id(asyncio.get_running_loop())

        self.assertTrue(asyncio.run(main()))
        self.assertTrue(asyncio.run(main()))
        self.assertIsInstance(workflow.run()['a'].value, int)

    def test_a_loop_that_ends_first(self):
        begun = threading.Event()

        async def work():
            begun.set()
            await asyncio.sleep(3600)

        workflow = Workflow('w').add_task('a', work)

        async def main():
            run = workflow.start()
            while not begun.is_set():
                await asyncio.sleep(0.001)
            return run

        # asyncio.run() cancels the tasks that are left, and so the attempt fails.
        run = asyncio.run(main())
        with self.assertRaises(TaskFailedError):
            run.wait(30)
        self.assertEqual(run.results['a'].error_name, 'CancelledError')

    def test_ctrl_c_in_a_loop(self):
        import os
        import signal

        async def work():
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(3600)

        workflow = Workflow('w').add_task('a', work)

        async def main():
            await workflow

        with self.assertRaises(KeyboardInterrupt):
            asyncio.run(main())
        self.assertEqual(workflow.get_summary()['status'], 'cancelled')


if __name__ == '__main__':
    tap.main()
