# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes wrong in the orchestrator module that Myrmex follows: each row of reference/upstream.md that whoever comes
from there could meet in Python. What has a test of its own elsewhere is named in its place."""

import os
import tempfile
import threading
import time
import unittest

from gi.repository.Myrmex import (CycleError, OrchestratorTimeoutError, Reason, RetryPolicy, TaskFailedError,
                                  TaskStatus, Workflow, WorkflowCancelledError, WorkflowError)

import tap


def failing():
    raise ValueError('no')


def outcome(workflow):
    try:
        return workflow.run()
    except TaskFailedError as error:
        return error.results


def is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
            return file.read().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


class TestOrigin(unittest.TestCase):
    def test_levels_are_no_barriers(self):
        # The slow one ends only when the dependant of the fast one has run.
        gate = threading.Event()
        workflow = Workflow('w').add_task('slow', lambda: gate.wait(30)).add_task('fast', lambda: 1)
        workflow.add_task('dependant', gate.set, ['fast'])
        self.assertTrue(workflow.run()['slow'].value)

    def test_the_dependant_of_a_skipped_task(self):
        workflow = Workflow('w').add_task('a', lambda: 1, condition=lambda results: False)
        workflow.add_task('b', lambda: 1, dependencies=['a'])
        results = workflow.run()
        self.assertEqual([(result.status, result.reason) for result in results.values()],
                         [(TaskStatus.SKIPPED, Reason.CONDITION), (TaskStatus.SKIPPED, Reason.UPSTREAM_SKIPPED)])

    def test_if_and_else_join_again(self):
        workflow = Workflow('w').add_task('if', lambda: 1, condition=lambda: True)
        workflow.add_task('else', lambda: 2, condition=lambda: False)
        workflow.add_task('join', lambda: 3, ['if', 'else'], trigger_rule='none_failed')
        self.assertEqual(workflow.run()['join'].value, 3)

    def test_a_failure_without_fail_fast(self):
        workflow = Workflow('w', fail_fast=False).add_task('a', failing).add_task('b', lambda: 1, ['a'])
        workflow.add_task('c', lambda: 1, ['b']).add_task('other', lambda: 1)
        results = outcome(workflow)
        self.assertEqual([result.status.value for result in results.values()],
                         ['failed', 'skipped', 'skipped', 'completed'])
        # B is told why, and so is C, that was told of B's.
        self.assertIs(results['b'].reason, Reason.UPSTREAM_FAILED)

    def test_fail_fast(self):
        events = []
        begun = threading.Event()

        def fail():
            begun.wait(30)
            raise ValueError('no')

        def work(context):
            begun.set()
            return context.wait_cancelled(30)

        workflow = Workflow('w', fail_fast=True, progress_callback=lambda *event: events.append(event[:2]))
        workflow.add_task('sibling', work).add_task('a', fail).add_task('later', lambda: 1, ['sibling'])
        with self.assertRaisesRegex(TaskFailedError, 'no') as caught:
            workflow.run()
        self.assertEqual({result.status.value for result in caught.exception.results.values()},
                         {'failed', 'cancelled'})
        self.assertEqual(events[-1], ('workflow', 'failed'))

    def test_cancelling(self):
        """More in test_ending.py."""
        workflow = Workflow('w').add_task('a', lambda: 1)
        workflow.cancel()
        with self.assertRaises(WorkflowCancelledError):
            workflow.run()

    def test_workflow_timeout(self):
        begin = time.monotonic()
        with self.assertRaises(OrchestratorTimeoutError):
            Workflow('w', timeout=0.05).add_task('a', lambda context: context.wait_cancelled(60)).run()
        self.assertLess(time.monotonic() - begin, 30)

    def test_a_timed_out_function_and_its_next_attempts(self):
        running, most, lock = [0], [0], threading.Lock()

        def work(context):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            context.wait_cancelled()
            with lock:
                running[0] -= 1

        workflow = Workflow('w', fail_fast=False)
        workflow.add_task('a', work, timeout=0.02, retry_policy=RetryPolicy(3, initial_delay=0))
        workflow.add_task('quick', lambda: 5, timeout=60)
        results = outcome(workflow)
        self.assertEqual((results['a'].attempts, most[0], results['quick'].value), (3, 1, 5))

    def test_plain_functions_read_the_results_of_dependencies(self):
        workflow = Workflow('w').add_task('a', lambda: 5)
        workflow.add_task('b', lambda context: context.results['a'].value + 1, dependencies=['a'])
        self.assertEqual(workflow.run()['b'].value, 6)

    def test_a_task_that_exits_the_process(self):
        results = outcome(Workflow('w', fail_fast=False).add_task('a', lambda: exit(1)).add_task('b', lambda: 2))
        self.assertEqual((results['a'].error_name, results['b'].value), ('SystemExit', 2))

    def test_the_tasks_own_timeout_error(self):
        def fail():
            raise TimeoutError('mine')

        result = outcome(Workflow('w').add_task('a', fail, timeout=60))['a']
        self.assertEqual((str(result.error), result.reason), ('mine', Reason.ERROR))

    def test_retry_policies(self):
        with self.assertRaisesRegex(ValueError, 'max_attempts'):
            RetryPolicy(max_attempts=0)
        self.assertEqual(RetryPolicy().get_delay(1100), 60)
        self.assertEqual(RetryPolicy(initial_delay=1.0, exponential_base=2.0).get_delay(3), 4)

    def test_a_transform_that_raises(self):
        def transform(value):
            raise LookupError('transform')

        result = outcome(Workflow('w').add_task('a', lambda: 5, transform_result=transform))['a']
        self.assertEqual((result.success, result.value), (False, None))
        self.assertIsInstance(result.error, LookupError)

    def test_a_condition_that_raises(self):
        def condition(results):
            raise LookupError('condition')

        result = outcome(Workflow('w').add_task('a', lambda: 5, condition=condition))['a']
        self.assertIs(result.status, TaskStatus.FAILED)
        self.assertIsInstance(result.error, LookupError)

    def test_a_chain_of_a_thousand_added_in_reverse(self):
        workflow = Workflow('w')
        for number in range(1000, 0, -1):
            workflow.add_task(f't{number}', lambda: 1, dependencies=[f't{number - 1}'] if number > 1 else None)
        self.assertEqual(workflow.get_summary()['total_tasks'], 1000)
        workflow.run()
        self.assertTrue(workflow.get_summary()['success'])

    def test_the_message_of_a_cycle(self):
        workflow = Workflow('w')
        for name, before in (('a', 'c'), ('b', 'a'), ('c', 'b')):
            workflow.add_task(name, lambda: 1, dependencies=[before])
        with self.assertRaisesRegex(CycleError, '. → . → . → .'):
            workflow.run()

    def test_a_long_chain_is_not_quadratic(self):
        def seconds(count):
            workflow = Workflow('w')
            for number in range(count):
                workflow.add_task(f't{number}', lambda: None, [f't{number - 1}'] if number else None)
            begin = time.process_time()
            workflow.run()
            return time.process_time() - begin

        seconds(200)
        # Sixteen times as many would take 256 times as long.
        few = min(seconds(500) for _ in range(3))
        self.assertLess(seconds(8000), 80 * few)

    def test_values_go_from_command_to_command(self):
        text = 'x' * 200000
        workflow = Workflow('w').add_task('first', lambda: text)
        workflow.add_command('count', ['wc', '-c'], ['first'], stdin='${{ tasks.first.value }}')
        self.assertEqual(workflow.run()['count'].value, '200000')

        workflow = Workflow('w').add_shell('first', 'exit 3')
        workflow.add_command('count', ['wc', '-c'], ['first'], stdin='${{ tasks.first.value }}')
        with self.assertRaisesRegex(TaskFailedError, 'exit status 3') as caught:
            workflow.run()
        self.assertFalse(caught.exception.results['count'].success)

    def test_a_script_that_takes_too_long(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'pid')
            # The grandchild has a session of its own.
            workflow = Workflow('w').add_shell(
                'a', 'setsid sh -c \'echo $$ >"$OUT.new"; mv "$OUT.new" "$OUT"; exec sleep 3600\'', timeout=60,
                env={'OUT': path})
            run = workflow.start()
            while not os.path.exists(path):
                time.sleep(0.005)
            run.cancel()
            with self.assertRaises(WorkflowCancelledError):
                run.wait(60)
            with open(path, encoding='ascii') as file:
                self.assertFalse(is_alive(int(file.read())))
        result = outcome(Workflow('w').add_shell('a', 'sleep 3600', timeout=0.05))['a']
        self.assertEqual((result.reason, result.error_name), (Reason.TIMED_OUT, 'timeout'))

    def test_output_that_is_no_text(self):
        result = outcome(Workflow('w').add_shell('a', r"printf '\377\376'; exit 5"))['a']
        self.assertEqual((result.reason, result.error_name), (Reason.EXIT_STATUS, 'exit-5'))
        result = outcome(Workflow('w').add_shell('a', r"printf '\377\376'"))['a']
        self.assertFalse(result.success)
        self.assertRegex(str(result.error), 'UTF-8')

    def test_a_file_that_is_missing(self):
        with self.assertRaisesRegex(WorkflowError, 'nowhere.json'):
            Workflow.from_file('/nowhere.json')
        result = outcome(Workflow('w').add_command('a', ['/nowhere']))['a']
        self.assertIs(result.reason, Reason.SPAWN_FAILED)

    def test_a_failing_stage(self):
        with tempfile.TemporaryDirectory() as folder:
            workflow = Workflow('ci', env={'TRIES': os.path.join(folder, 'tries')})
            workflow.add_shell('test', 'echo x >>"$TRIES"; exit 1', retry_policy=RetryPolicy(3, 0))
            workflow.add_shell('deploy', 'echo deployed', ['test'])
            results = outcome(workflow)
            with open(os.path.join(folder, 'tries'), encoding='ascii') as file:
                self.assertEqual(len(file.readlines()), 3)
        self.assertEqual((results['test'].attempts, results['deploy'].success, results['deploy'].value),
                         (3, False, None))

    def test_everything_is_told_in_the_words_of_the_origin(self):
        told = []

        def work(context):
            if context.attempt == 1:
                raise ValueError('again')
            return 5

        def on_progress(task_name, status, details):
            told.append((task_name, status, set(details)))

        workflow = Workflow(name='w', timeout=60, fail_fast=True, progress_callback=on_progress)
        workflow.add_task(name='a', action=work, dependencies=None, args=[], kwargs={}, timeout=30,
                          retry_policy=RetryPolicy(max_attempts=3, initial_delay=0.0, max_delay=60.0,
                                                   exponential_base=2.0, retry_on=(ValueError,)),
                          condition=lambda results: True, transform_result=lambda value: value * 2, tags=['x'],
                          metadata={'k': 'v'})
        workflow.add_task('b', lambda: 1, ['a'], condition=lambda results: results['a'].value == 1)
        workflow.validate()
        results = workflow.run()
        self.assertEqual(results['a'].value, 10)
        result = workflow.get_task_result('a')
        self.assertEqual((result.success, result.value, result.error, result.attempts), (True, 10, None, 2))
        for name, status, keys in (('workflow', 'started', {'total_tasks'}), ('a', 'running', set()),
                                   ('a', 'retrying', {'attempt', 'delay', 'error'}),
                                   ('a', 'completed', {'execution_time', 'attempts'}), ('b', 'skipped', {'reason'}),
                                   ('workflow', 'completed', {'completed', 'failed', 'skipped', 'elapsed'})):
            found = [event for event in told if event[:2] == (name, status) and keys <= event[2]]
            self.assertTrue(found, (name, status))


if __name__ == '__main__':
    tap.main()
