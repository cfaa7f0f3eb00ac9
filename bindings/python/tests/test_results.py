# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a run comes to: results, summaries, runs again and side by side."""

import os
import pathlib
import tempfile
import threading
import time
import unittest

from gi.repository import GLib

from gi.repository import Myrmex
from gi.repository.Myrmex import (Reason, Run, RunStatus, StateError, TaskFailedError, TaskResult, TaskRun,
                                  TaskStatus, TriggerRule, Workflow)

import tap


class TestResults(unittest.TestCase):
    def test_quick_start(self):
        workflow = Workflow(name='my_pipeline', fail_fast=True)
        workflow.add_task(name='fetch_data', action=lambda: [1, 2], timeout=30)
        workflow.add_task(name='process', action=lambda context: sum(context.results['fetch_data'].value),
                          dependencies=['fetch_data'])
        results = workflow.run()
        self.assertEqual(results['process'].value, 3)

    def test_a_result(self):
        before = time.time()
        result = Workflow('w').add_task('a', lambda: {'b': [1]}).run()['a']
        self.assertIsInstance(result, TaskResult)
        self.assertIs(result.success, True)
        self.assertIs(result.status, TaskStatus.COMPLETED)
        self.assertIs(result.reason, Reason.NONE)
        self.assertEqual(result.value, {'b': [1]})
        self.assertIs(result.value, result.value)
        self.assertIsNone(result.error)
        self.assertIsNone(result.error_name)
        self.assertEqual(result.attempts, 1)
        self.assertGreaterEqual(result.execution_time, 0)
        self.assertLess(abs(result.started - before), 60)
        self.assertGreaterEqual(result.finished, result.started)

    def test_values(self):
        for value in (None, True, 0, -5, 2**63 - 1, 1.5, '', 'ä', b'\0\xff', [], [1, [None]], {}, {'a': {'b': None}},
                      float('inf')):
            with self.subTest(value):
                workflow = Workflow('w').add_task('a', lambda: value)
                workflow.add_task('b', lambda context: [context.results['a'].value], dependencies=['a'])
                results = workflow.run()
                self.assertEqual(results['a'].value, value)
                self.assertIs(type(results['a'].value), type(value))
                self.assertEqual(results['b'].value, [value])

    def test_deepest_values(self):
        lists, dicts = 1, 1
        for _ in range(63):
            lists = [lists]
        for _ in range(42):
            dicts = {'a': dicts}
        results = Workflow('w').add_task('a', lambda: lists).add_task('b', lambda: dicts).run()
        self.assertEqual((results['a'].value, results['b'].value), (lists, dicts))

    def test_a_megabyte(self):
        # The origin takes a function that returns this much for one that ran out of time.
        value = 'x' * (Myrmex.MAX_VALUE_BYTES - 1)
        self.assertEqual(Workflow('w').add_task('a', lambda: value, timeout=60).run()['a'].value, value)
        with self.assertRaisesRegex(TaskFailedError, 'Write large data to a file') as caught:
            Workflow('w').add_task('a', lambda: [value, value]).run()
        self.assertEqual(caught.exception.results['a'].error_name, 'invalid-value')
        with self.assertRaisesRegex(TaskFailedError, 'Write large data to a file') as caught:
            Workflow('w').add_task('a', lambda: value + 'xx').run()
        self.assertEqual(caught.exception.results['a'].error_name, 'invalid-value')

    def test_results_can_not_be_forged(self):
        def forge(context):
            with self.assertRaises(TypeError):
                context.results['a'] = 'false'
            with self.assertRaises(TypeError):
                context.results['x'] = 'false'
            context.results['a'].value.append('false')

        workflow = Workflow('w').add_task('a', lambda: ['true'])
        workflow.add_task('b', forge, dependencies=['a'])
        workflow.add_task('c', lambda context: context.results['a'].value, dependencies=['a', 'b'])
        results = workflow.run()
        self.assertEqual((results['a'].value, results['c'].value), (['true'], ['true']))
        with self.assertRaises(TypeError):
            results['a'] = None
        with self.assertRaises(AttributeError):
            results['a'].status = TaskStatus.FAILED

    def test_results_are_a_mapping(self):
        results = Workflow('w').add_task('a', lambda: 1).add_task('b', lambda: 2).run()
        self.assertEqual(list(results), ['a', 'b'])
        self.assertEqual(len(results), 2)
        self.assertEqual({name: result.value for name, result in results.items()}, {'a': 1, 'b': 2})
        self.assertIs(results['a'], results['a'])
        self.assertIsNone(results.get('c'))
        for name in ('c', 'a\0', 3, None):
            with self.assertRaises(KeyError):
                results[name]

    def test_a_task_sees_its_dependencies_only(self):
        def names(context):
            with self.assertRaises(KeyError):
                context.results['a']
            return sorted(context.results)

        workflow = Workflow('w').add_noop('a').add_noop('b', ['a']).add_noop('c', ['a'])
        workflow.add_task('d', names, dependencies=['b', 'c'])
        self.assertEqual(workflow.run()['d'].value, ['b', 'c'])

    def test_summary(self):
        def fail():
            raise ValueError('no')

        workflow = Workflow('w', fail_fast=False).add_task('a', lambda: 1).add_task('b', fail)
        workflow.add_task('c', lambda: 1, dependencies=['b'])
        keys = {'name', 'total_tasks', 'completed', 'failed', 'skipped', 'pending', 'success', 'total_execution_time',
                'elapsed_time', 'tasks'}
        summary = workflow.get_summary()
        self.assertLessEqual(keys, set(summary))
        self.assertEqual((summary['total_tasks'], summary['pending'], summary['success'], summary['elapsed_time']),
                         (3, 3, False, 0))
        self.assertEqual(summary['tasks']['a']['status'], 'pending')
        self.assertIsNone(workflow.get_task_result('a'))
        with self.assertRaises(TaskFailedError) as caught:
            workflow.run()
        self.assertEqual(caught.exception.summary, workflow.get_summary())
        summary = workflow.get_summary()
        self.assertLessEqual(keys, set(summary))
        self.assertEqual((summary['name'], summary['total_tasks'], summary['completed'], summary['failed'],
                          summary['skipped'], summary['pending'], summary['success']), ('w', 3, 1, 1, 1, 0, False))
        self.assertEqual(summary['status'], 'failed')
        self.assertEqual(summary['tasks']['b']['error'], 'no')
        self.assertEqual(summary['tasks']['c'], {'status': 'skipped', 'reason': 'upstream_failed',
                                                 'execution_time': 0, 'attempts': 0, 'error': None})
        self.assertAlmostEqual(summary['total_execution_time'],
                               sum(task['execution_time'] for task in summary['tasks'].values()))
        self.assertGreater(summary['elapsed_time'], 0)

    def test_results_stay_when_the_run_has_gone(self):
        workflow = Workflow('w').add_task('a', lambda: 5)
        workflow.run()
        self.assertEqual(workflow.get_task_result('a').value, 5)
        self.assertIsNone(workflow.get_task_result('b'))
        self.assertEqual(workflow.task_results['a'].value, 5)
        self.assertTrue(workflow.get_summary()['success'])

    def test_execution_time_is_of_all_attempts(self):
        def work(context):
            begin = time.monotonic()
            while time.monotonic() - begin < 0.02:
                pass
            if context.attempt < 3:
                raise ValueError('again')

        policy = Myrmex.RetryPolicy(initial_delay=0)
        result = Workflow('w').add_task('a', work, retry_policy=policy).run()['a']
        self.assertEqual(result.attempts, 3)
        self.assertGreaterEqual(result.execution_time, 0.06)

    def test_runs_again(self):
        numbers = iter(range(10))
        workflow = Workflow('w').add_task('a', lambda: next(numbers))
        self.assertEqual([workflow.run()['a'].value for _ in range(3)], [0, 1, 2])

    def test_twice_at_once(self):
        barrier = threading.Barrier(2, timeout=30)
        counts = []

        def meet(context):
            barrier.wait()
            counts.append(context.run_id)
            return context.run_id

        workflow = Workflow('w').add_task('a', meet).add_task('b', lambda context: context.results['a'].value, ['a'])
        results = [None, None]

        def run(index):
            results[index] = workflow.run()

        threads = [threading.Thread(target=run, args=(index,)) for index in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(counts), 2)
        self.assertEqual(len(set(counts)), 2)
        self.assertEqual({result['b'].value for result in results}, set(counts))
        self.assertEqual([result['a'].value == result['b'].value for result in results], [True, True])

    def test_workflows_in_workflows(self):
        inner = Workflow('inner').add_task('a', lambda: 4)
        outer = Workflow('outer').add_task('a', lambda: inner.run()['a'].value + 1)
        self.assertEqual(outer.run()['a'].value, 5)

    def test_many(self):
        workflow = Workflow('w')
        for number in range(2000):
            workflow.add_task(f't{number}', lambda number=number: number)
        results = workflow.run()
        self.assertEqual([results[f't{number}'].value for number in range(2000)], list(range(2000)))

    def test_parameters(self):
        workflow = Workflow('w', parameters={'who': {'type': 'string'}, 'n': {'type': 'integer', 'default': 2}})
        workflow.add_task('a', lambda context: context.parameters)
        self.assertEqual(workflow.run({'who': 'Ada'})['a'].value, {'who': 'Ada', 'n': 2})
        self.assertEqual(workflow.run(parameters={'who': 'Ada', 'n': 3})['a'].value, {'who': 'Ada', 'n': 3})
        for parameters, pattern in ((None, '“who”'), ({'who': 3}, '“who”'), ({'who': 'x', 'm': 1}, '“m”')):
            with self.assertRaisesRegex(ValueError, pattern):
                workflow.run(parameters)
        with self.assertRaisesRegex(TypeError, 'parameters must be a dict'):
            workflow.run(['who'])

    def test_max_parallel(self):
        for bound in (1, 3, 40):
            now, most, lock, gate = [0], [0], threading.Lock(), threading.Semaphore(0)

            def work():
                with lock:
                    now[0] += 1
                    most[0] = max(most[0], now[0])
                    full = now[0] == bound
                if full:
                    for _ in range(bound):
                        gate.release()
                gate.acquire()
                with lock:
                    now[0] -= 1

            workflow = Workflow('w', max_parallel=bound)
            for number in range(bound * 2):
                workflow.add_task(f't{number}', work)
            workflow.run()
            self.assertEqual(most[0], bound)

    def test_logs(self):
        with tempfile.TemporaryDirectory() as folder:
            def work(context):
                context.log('one')
                context.log('two\n')
                context.log('ä\0\ud800')
                context.log(3)

            Workflow('w').add_task('a', work).run(log_directory=pathlib.Path(folder, 'logs'))
            text = pathlib.Path(folder, 'logs', 'a.log').read_text(encoding='utf-8')
            self.assertEqual(text, 'one\ntwo\nä\\0\\ud800\n3\n')


class TestRun(unittest.TestCase):
    def test_start_and_wait(self):
        workflow = Workflow('w').add_task('a', lambda: 1).add_task('b', lambda: 2)
        run = workflow.start()
        self.assertIsInstance(run, Run)
        self.assertTrue(run)
        results = run.wait()
        self.assertEqual((results['a'].value, results['b'].value), (1, 2))
        self.assertIs(run.status, RunStatus.COMPLETED)
        self.assertIs(run.reason, Reason.NONE)
        self.assertTrue(run.has_ended)
        self.assertEqual(run.fraction, 1)
        self.assertEqual(run.counts, {'pending': 0, 'running': 0, 'retrying': 0, 'completed': 2, 'failed': 0,
                                      'skipped': 0, 'cancelled': 0})
        self.assertEqual(run.get_count(TaskStatus.COMPLETED), 2)
        self.assertEqual(run.get_count('failed'), 0)
        self.assertIs(run.workflow, workflow)
        self.assertEqual((run.name, len(run.id)), ('w', 32))
        self.assertGreater(run.elapsed, 0)
        self.assertIs(run.results, run.results)
        self.assertEqual(run.get_summary(), workflow.get_summary())
        self.assertIs(run.wait()['a'], results['a'])

    def test_is_a_sequence_of_task_runs(self):
        run = Workflow('w').add_task('a', lambda: 1).add_task('b', lambda: 2).start(paused=True)
        self.assertEqual(len(run), 2)
        self.assertEqual([task_run.name for task_run in run], ['a', 'b'])
        task_run = run[1]
        self.assertIsInstance(task_run, TaskRun)
        changes = []
        task_run.connect('notify::status', lambda *_args: changes.append(task_run.status))
        run.resume()
        run.wait()
        self.assertIs(changes[-1], TaskStatus.COMPLETED)
        self.assertIs(task_run.status, TaskStatus.COMPLETED)
        self.assertEqual((task_run.index, task_run.attempt, task_run.result.value), (1, 1, 2))
        self.assertEqual(run[-1].name, 'b')

    def test_results_while_it_runs(self):
        begun, gate = threading.Event(), threading.Event()

        def work():
            begun.set()
            gate.wait(30)
            return 1

        workflow = Workflow('w').add_task('a', work).add_task('b', lambda: 2, dependencies=['a'])
        run = workflow.start()
        begun.wait(30)
        self.assertIs(run.results['a'].status, TaskStatus.RUNNING)
        self.assertIs(run.results['b'].status, TaskStatus.PENDING)
        self.assertEqual(workflow.get_summary()['pending'], 1)
        self.assertIs(workflow.get_task_result('a').status, TaskStatus.RUNNING)
        self.assertIn('“a”', run.explain('b'))
        with self.assertRaises(StateError):
            run.check()
        with self.assertRaises(TimeoutError):
            run.wait(timeout=0.01)
        gate.set()
        run.wait(timeout=30)
        self.assertEqual(run.results['b'].value, 2)

    def test_explain(self):
        run = Workflow('w').add_task('a', lambda: 1).add_task('b', lambda: 1, condition=lambda: False).start()
        run.wait()
        self.assertIn('condition', run.explain('b'))
        with self.assertRaisesRegex(Myrmex.WorkflowError, '“c”'):
            run.explain('c')

    def test_pause(self):
        workflow = Workflow('w').add_task('a', lambda: 1)
        run = workflow.start(paused=True)
        self.assertIs(run.status, RunStatus.PAUSED)
        run.resume()
        run.wait()
        self.assertTrue(run.results['a'].success)

    def test_waiting_in_another_thread(self):
        gate = threading.Event()
        run = Workflow('w').add_task('a', lambda: gate.wait(30)).start()
        got = []
        thread = threading.Thread(target=lambda: got.append(run.wait()['a'].value))
        thread.start()
        gate.set()
        thread.join()
        self.assertEqual(got, [True])
        run.wait()

    def test_the_main_thread_waits_for_a_run_of_another(self):
        runs = []
        gate = threading.Event()

        def begin():
            context = GLib.MainContext.new()
            context.push_thread_default()
            run = Workflow('w').add_task('a', lambda: gate.wait(30)).start()
            runs.append(run)
            begun.set()
            run.wait()
            context.pop_thread_default()

        begun = threading.Event()
        thread = threading.Thread(target=begin)
        thread.start()
        begun.wait(30)
        with self.assertRaises(TimeoutError):
            runs[0].wait(0.01)
        gate.set()
        self.assertTrue(runs[0].wait()['a'].value)
        thread.join()

    def test_with_a_main_loop(self):
        loop = GLib.MainLoop()
        threads = []
        workflow = Workflow('w').add_task('a', lambda: threads.append(threading.get_ident()), affinity='main')
        run = workflow.start()
        run.connect('finished', lambda _run: loop.quit())
        loop.run()
        self.assertTrue(run.results['a'].success)
        self.assertEqual(threads, [threading.get_ident()])
        self.assertTrue(workflow.get_task_result('a').success)

    def test_runners(self):
        workflow = Workflow('w').add_task('a', lambda context: context.parameters.get('x'),)
        workflow.parameters = {'x': {'type': 'integer', 'default': 1}}
        runner = Myrmex.LocalRunner(max_parallel=1)
        self.assertEqual(workflow.run(runner=runner)['a'].value, 1)
        run = runner.start(workflow, {'parameters': {'x': 3}})
        self.assertEqual(run.wait()['a'].value, 3)
        with self.assertRaisesRegex(ValueError, 'pausd'):
            runner.start(workflow, {'pausd': True})

    def test_environment_and_directory(self):
        workflow = Workflow('w', env={'A': 'x'}, directory='/')
        workflow.add_task('a', lambda context: [context.environment['A'], context.environment['B'], context.directory])
        self.assertEqual(workflow.run(env={'B': 'y'})['a'].value, ['x', 'y', '/'])
        self.assertEqual(workflow.run(env={'A': 'z', 'B': ''}, directory=pathlib.Path('/tmp'))['a'].value,
                         ['z', '', '/tmp'])
        self.assertNotIn('B', os.environ)

    def test_enumerations(self):
        self.assertEqual([status.value for status in TaskStatus],
                         ['pending', 'running', 'retrying', 'completed', 'failed', 'skipped', 'cancelled'])
        self.assertIs(TaskStatus('completed'), TaskStatus.COMPLETED)
        self.assertEqual(str(TaskStatus.FAILED), 'failed')
        self.assertEqual(f'{TaskStatus.FAILED:>8}', '  failed')
        self.assertEqual(repr(TriggerRule.ALL_DONE), 'TriggerRule.ALL_DONE')
        self.assertEqual(TaskStatus.FAILED.name, 'FAILED')
        self.assertEqual(len({TaskStatus.FAILED, TaskStatus.COMPLETED}), 2)
        # The words are those of the library.
        for status in TaskStatus:
            self.assertEqual(Myrmex.task_status_to_string(status), status.value)
        for status in RunStatus:
            self.assertEqual(Myrmex.run_status_to_string(status), status.value)
        for reason in Reason:
            self.assertEqual(Myrmex.reason_to_string(reason), reason.value)
        for rule in TriggerRule:
            self.assertEqual(Myrmex.trigger_rule_to_string(rule), rule.value)


if __name__ == '__main__':
    tap.main()
