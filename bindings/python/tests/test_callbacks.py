# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a run calls may call back into it: cancel it, change its workflow, run it again, let go of it."""

import asyncio
import gc
import unittest

from gi.repository.Myrmex import StateError, TaskFailedError, TaskStatus, Workflow, WorkflowCancelledError

import tap


def places(function):
    """A workflow for each place that calls a function: its task “b” does."""
    async def coroutine():
        await asyncio.sleep(0)
        return function()

    for place, action, options in (('action', function, {}), ('main', function, {'affinity': 'main'}),
                                   ('coroutine', coroutine, {}),
                                   ('condition', lambda: 5, {'condition': lambda results: function() != 7}),
                                   ('transform', lambda: 5, {'transform': lambda value: function()})):
        workflow = Workflow('w').add_task('a', lambda: 1).add_task('b', action, ['a'], **options)
        yield place, workflow.add_task('c', lambda: 3, ['b'])


class TestCallbacks(unittest.TestCase):
    def check(self, function, check):
        """Runs a workflow for each place. @function gets the workflow that runs."""
        box = []
        for place, workflow in places(lambda: function(box)):
            with self.subTest(place):
                box[:] = [workflow]
                # A function may be called before start() has returned; here all are called after it.
                run = workflow.start(paused=True)
                # It must not be held while it runs.
                del workflow
                run.resume()
                check(self.outcome_of(run), place)

    def outcome_of(self, run):
        try:
            return run.wait(60)
        except (TaskFailedError, WorkflowCancelledError) as error:
            return error

    def test_cancels(self):
        def check(error, _place):
            self.assertIsInstance(error, WorkflowCancelledError)
            self.assertEqual({name: result.status for name, result in error.results.items()},
                             {'a': TaskStatus.COMPLETED, 'b': TaskStatus.CANCELLED, 'c': TaskStatus.CANCELLED})

        self.check(lambda box: box[0].cancel(), check)

    def test_changes_the_workflow(self):
        def check(error, _place):
            self.assertIsInstance(error, TaskFailedError)
            self.assertRegex(str(error), 'while the workflow r')
            self.assertIsInstance(error.results['b'].error, StateError)
            self.assertEqual(len(error.results), 3)

        self.check(lambda box: box[0].add_task('d', lambda: 4), check)
        self.check(lambda box: setattr(box[0], 'timeout', 3), check)
        self.check(lambda box: setattr(box[0]['a'], 'timeout', 3), check)

    def test_asks_it(self):
        def ask(box):
            box[0].validate()
            return [box[0].get_summary()['completed'], box[0].task_results['a'].value, len(box[0])]

        def check(results, place):
            self.assertEqual(results['b'].value, 5 if place == 'condition' else [1, 1, 3])

        self.check(ask, check)

    def test_runs_another(self):
        def check(results, _place):
            self.assertEqual(results['b'].value, 5)

        self.check(lambda _box: Workflow('inner').add_task('a', lambda: 5).run()['a'].value, check)

    def test_lets_go_of_it(self):
        def let_go(box):
            box.clear()
            gc.collect()
            return 5

        def check(results, _place):
            self.assertEqual((results['b'].value, results['c'].value), (5, 3))

        self.check(let_go, check)

    def test_waits_for_it(self):
        runs = []
        for place, workflow in places(lambda: runs[0].wait()):
            with self.subTest(place):
                runs[:] = [workflow.start(paused=True)]
                runs[0].resume()
                with self.assertRaisesRegex(TaskFailedError, 'can not wait for its own run'):
                    runs[0].wait(60)

    def test_a_handler_of_finished(self):
        workflow = Workflow('w').add_task('a', lambda: 1)
        seen = []

        def on_finished(run):
            run.cancel()
            seen.append([run.wait()['a'].value, workflow.add_task('b', lambda: 2).run()['b'].value])

        run = workflow.start(paused=True)
        run.connect('finished', on_finished)
        run.resume()
        run.wait()
        self.assertEqual(seen, [[1, 2]])


if __name__ == '__main__':
    tap.main()
