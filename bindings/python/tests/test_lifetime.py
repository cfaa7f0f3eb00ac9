# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing is kept longer than somebody has it: circles of workflows and functions, runs, contexts, exceptions."""

import asyncio
import gc
import os
import threading
import time
import unittest
import weakref

from gi.repository.Myrmex import Action, Task, TaskFailedError, Workflow, WorkflowError

from gi.overrides.Myrmex import _failures

import tap


class Pipeline:
    """Holds a workflow whose functions hold it."""

    def __init__(self):
        self.kept = []
        self.workflow = Workflow('w', progress_callback=self.on_progress, fail_fast=False)
        self.workflow.add_task('first', self.first).add_task('second', self.second, ['first'],
                                                             condition=self.decide, transform=self.transform)
        self.workflow.add_task('third', self.third).add_task('fail', self.fail)
        self.workflow.add_shell('shell', 'echo 1', transform=self.transform, condition=self.decide)

    def on_progress(self, task_name, status, details):
        pass

    def first(self, context):
        self.kept.append(context)
        return 1

    def second(self, context):
        self.kept.extend((context, context.results, context.results['first']))
        return context.results['first'].value

    async def third(self, context):
        self.kept.append(context)
        await asyncio.sleep(0)
        return 2

    def fail(self, context):
        here = self  # in the frame that the exception keeps
        raise ValueError(here, context)

    def decide(self, results):
        self.kept.append(results)
        return True

    def transform(self, value):
        return value


class TestLifetime(unittest.TestCase):
    def freed(self, make):
        """Whether all that @make returns goes when nobody has it."""
        references = [weakref.ref(thing) for thing in make()]
        # A worker may be on its way out of a function.
        until = time.monotonic() + 30
        while any(reference() is not None for reference in references) and time.monotonic() < until:
            gc.collect()
            time.sleep(0.001)
        for reference in references:
            self.assertIsNone(reference())
        self.assertFalse(_failures._unclaimed)
        return True

    def test_not_run(self):
        def make():
            pipeline = Pipeline()
            return pipeline, pipeline.workflow

        self.assertTrue(self.freed(make))

    def test_run(self):
        def make():
            pipeline = Pipeline()
            with self.assertRaises(TaskFailedError):
                pipeline.workflow.run()
            return pipeline, pipeline.workflow

        self.assertTrue(self.freed(make))

    def test_results_and_exceptions_kept_in_the_circle(self):
        def make():
            pipeline = Pipeline()
            try:
                pipeline.workflow.run()
            except TaskFailedError as error:
                pipeline.error = error
                pipeline.results = error.results
                pipeline.cause = error.__cause__
            pipeline.summary = pipeline.workflow.get_summary()
            return pipeline, pipeline.workflow, pipeline.error

        self.assertTrue(self.freed(make))

    def test_asyncio(self):
        def make():
            pipeline = Pipeline()

            async def main():
                try:
                    await pipeline.workflow
                except TaskFailedError as error:
                    pipeline.error = error

            asyncio.run(main())
            return pipeline, pipeline.workflow, pipeline.error

        self.assertTrue(self.freed(make))

    def test_runs(self):
        def make():
            pipeline = Pipeline()
            run = pipeline.workflow.start()
            with self.assertRaises(TaskFailedError):
                run.wait()
            return pipeline, pipeline.workflow, run, run.results

        self.assertTrue(self.freed(make))

    def test_tasks(self):
        def make():
            pipeline = Pipeline()
            pipeline.task = Task('x', pipeline.first, condition=pipeline.decide)
            pipeline.other = Workflow('other').add_task(pipeline.task)
            pipeline.tasks = list(pipeline.workflow) + list(pipeline.other)
            pipeline.other.run()
            return pipeline, pipeline.workflow, pipeline.other

        self.assertTrue(self.freed(make))

    def test_cut_short(self):
        gate = threading.Event()

        def make():
            async def sleep():
                await asyncio.sleep(3600)

            pipeline = Pipeline()
            pipeline.workflow.add_task('deaf', lambda: gate.wait(30)).add_task('slow', sleep)
            with self.assertRaises(WorkflowError):
                pipeline.workflow.run(timeout=0.05)
            gate.set()
            return pipeline, pipeline.workflow

        self.assertTrue(self.freed(make))

    def test_actions(self):
        class Keep(Action):
            def do_start(self, context):
                self.context = context
                context.return_value(1)

        def make():
            action = Keep()
            workflow = Workflow('w').add_task('a', action)
            workflow.run()
            return workflow, action

        self.assertTrue(self.freed(make))

    def test_arguments(self):
        class Thing:
            pass

        def make():
            thing = Thing()
            workflow = Workflow('w').add_task('a', lambda thing: None, args=[thing])
            workflow.run()
            return workflow, thing

        self.assertTrue(self.freed(make))

    def test_descriptors_and_threads(self):
        def count():
            return len(os.listdir('/proc/self/fd')), threading.active_count(), len(os.listdir('/proc/self/task'))

        async def coroutine():
            await asyncio.sleep(0)

        async def main():
            await Workflow('w').add_task('a', coroutine).add_task('b', lambda: 1)

        def once():
            Workflow('w').add_task('a', coroutine).add_task('b', lambda: 1).add_shell('c', 'true').run()
            asyncio.run(main())

        for _ in range(3):
            once()
        before = count()
        for _ in range(20):
            once()

        def is_given_back():
            after = count()
            return after[0] <= before[0] and after[1] <= before[1] and after[2] <= before[2] + 8

        # The thread of the last run may be about to end when the run has.
        end = time.monotonic() + 30
        while not is_given_back() and time.monotonic() < end:
            time.sleep(0.01)
        self.assertTrue(is_given_back(), (before, count()))

    @unittest.skipIf('libasan' in os.environ.get('LD_PRELOAD', ''),
                     'the address sanitizer keeps what is freed, so that it is seen when that is used')
    def test_memory(self):
        """What a run costs is given back."""
        def once():
            workflow = Workflow('w')
            for number in range(300):
                workflow.add_task(f't{number}', lambda context: {'x': [context.attempt] * 20})
            results = workflow.run()
            return sum(len(result.value['x']) for result in results.values())

        def resident():
            gc.collect()
            with open('/proc/self/statm', encoding='ascii') as file:
                return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')

        for _ in range(5):
            once()
        # 9,000 tasks; a leak of 1 KiB each would be 9 MiB, each time. What threads keep for later is so once.
        for _ in range(4):
            before = resident()
            for _ in range(30):
                once()
            more = resident() - before
            if more < 4 * 1024 * 1024:
                break
        self.assertLess(more, 4 * 1024 * 1024)


if __name__ == '__main__':
    tap.main()
