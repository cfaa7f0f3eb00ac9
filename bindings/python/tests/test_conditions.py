# SPDX-License-Identifier: LGPL-2.1-or-later
"""Conditions, transforms and trigger rules."""

import unittest

from gi.repository.Myrmex import (Context, Reason, TaskFailedError, TaskStatus, TriggerRule, Workflow)

import tap


def outcome(workflow):
    try:
        return workflow.run()
    except TaskFailedError as error:
        return error.results


class TestConditions(unittest.TestCase):
    def decide(self, condition):
        workflow = Workflow('w', parameters={'go': {'type': 'boolean', 'default': True}})
        workflow.add_task('a', lambda: {'n': 5}).add_task('b', lambda: 'ran', ['a'], condition=condition)
        return outcome(workflow)['b']

    def test_functions(self):
        for condition, ran in ((lambda results: results['a'].value['n'] > 3, True),
                               (lambda results: results['a'].value['n'] > 7, False),
                               (lambda anything: anything['a'].success, True),
                               (lambda context: context.parameters['go'], True),
                               (lambda ctx=None: isinstance(ctx, Context), True),
                               (lambda context: context.results['a'].value['n'] == 4, False),
                               (lambda: True, True), (lambda: False, False), (lambda results: [], False),
                               (lambda results: 'yes', True), (lambda results: None, False),
                               (lambda results: list(results) == ['a'] and len(results) == 1, True)):
            result = self.decide(condition)
            self.assertIs(result.status, TaskStatus.COMPLETED if ran else TaskStatus.SKIPPED)
            self.assertIs(result.reason, Reason.NONE if ran else Reason.CONDITION)
            self.assertEqual(result.value, 'ran' if ran else None)

    def test_expressions(self):
        self.assertTrue(self.decide('tasks.a.value.n > 3 && parameters.go').success)
        self.assertIs(self.decide("tasks.a.value.n == 4").reason, Reason.CONDITION)

    def test_one_that_raises_fails_the_task(self):
        for condition, original in ((lambda results: results['nobody'], KeyError), (lambda results: 1 / 0,
                                                                                    ZeroDivisionError),
                                    (lambda results: exit(3), SystemExit)):
            result = self.decide(condition)
            self.assertIs(result.status, TaskStatus.FAILED)
            self.assertIs(result.reason, Reason.ERROR)
            self.assertIsInstance(result.error, original)
            self.assertEqual((result.error_name, result.attempts), ('condition', 0))

    def test_the_run_fails_with_it(self):
        workflow = Workflow('w').add_task('a', lambda: 1, condition=lambda: 1 / 0)
        with self.assertRaisesRegex(TaskFailedError, 'The condition failed: division by zero') as caught:
            workflow.run()
        self.assertIsInstance(caught.exception.__cause__, ZeroDivisionError)

    def test_can_not_be_coroutines(self):
        async def later(results):
            return True

        for option in ('condition', 'transform'):
            with self.assertRaisesRegex(TypeError, f'the {option} of task .a. can not be a coroutine function'):
                Workflow('w').add_task('a', lambda: 1, **{option: later})

    def test_of_commands(self):
        workflow = Workflow('w').add_shell('a', 'echo 1', condition=lambda: False)
        workflow.add_command('b', ['echo', '2'], condition=lambda results: True)
        results = workflow.run()
        self.assertEqual((results['a'].status, results['b'].value), (TaskStatus.SKIPPED, '2'))

    def test_are_kept(self):
        condition = len
        task = Workflow('w').add_task('a', lambda: 1, condition=condition, transform=str)['a']
        self.assertIs(task.condition, condition)
        self.assertIs(task.transform, str)

    def test_a_skipped_task_skips_its_dependants(self):
        workflow = Workflow('w').add_task('a', lambda: 1, condition=lambda: False).add_task('b', lambda: 1, ['a'])
        workflow.add_task('c', lambda: 1, ['b'])
        results = workflow.run()
        self.assertEqual([result.reason for result in results.values()],
                         [Reason.CONDITION, Reason.UPSTREAM_SKIPPED, Reason.UPSTREAM_SKIPPED])

    def test_branches_join_again(self):
        workflow = Workflow('w').add_task('check', lambda: 5)
        workflow.add_task('small', lambda: 'small', ['check'], condition=lambda results: results['check'].value < 3)
        workflow.add_task('large', lambda: 'large', ['check'], condition=lambda results: results['check'].value >= 3)
        workflow.add_task('join', lambda context: [result.value for result in context.results.values()],
                          ['small', 'large'], trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
        self.assertEqual(workflow.run()['join'].value, [None, 'large'])

    def test_trigger_rules(self):
        def fail():
            raise ValueError

        ran = {'all_success': False, 'all_done': True, 'all_failed': False, 'one_success': True, 'one_failed': True,
               'none_failed': False, 'none_failed_min_one_success': False}
        self.assertEqual({rule.value for rule in TriggerRule}, set(ran))
        workflow = Workflow('w', fail_fast=False).add_task('good', lambda: 1).add_task('bad', fail)
        for rule in ran:
            workflow.add_task(rule, lambda: 1, ['good', 'bad'], trigger_rule=rule)
        results = outcome(workflow)
        self.assertEqual({rule: results[rule].success for rule in ran}, ran)


class TestTransforms(unittest.TestCase):
    def test_of_functions(self):
        workflow = Workflow('w').add_task('a', lambda: 5, transform_result=lambda value: value * 2)
        workflow.add_task('b', lambda context: context.results['a'].value + 1, ['a'], transform=str)
        workflow.add_task('c', lambda: {'x': [7]}, transform='value.x[0]')
        # What the action returns need not fit a value, what the transform returns must.
        workflow.add_task('d', lambda: {3, 1, 2}, transform=sorted)
        workflow.add_task('e', lambda: None, transform=lambda value: value is None)
        workflow.add_task('f', lambda: 1, transform=lambda value: None)
        self.assertEqual([result.value for result in workflow.run().values()], [10, '11', 7, [1, 2, 3], True, None])

    def test_of_coroutines(self):
        async def work():
            return {2, 1}

        self.assertEqual(Workflow('w').add_task('a', work, transform=sorted).run()['a'].value, [1, 2])

    def test_of_commands(self):
        workflow = Workflow('w').add_command('a', ['echo', '3 4'], transform=lambda text: text.split())
        workflow.add_shell('b', 'echo "{\\"n\\": [1]}"', output='json', transform=lambda value: value['n'])
        workflow.add_noop('c', transform=lambda value: [value])
        self.assertEqual([result.value for result in workflow.run().values()], [['3', '4'], [1], [None]])

    def test_one_that_raises_fails_the_task(self):
        async def coroutine():
            return 5

        def transform(value):
            raise LookupError(value)

        workflow = Workflow('w', fail_fast=False).add_task('function', lambda: 5, transform=transform)
        workflow.add_task('coroutine', coroutine, transform=transform).add_shell('shell', 'echo 5', transform=transform)
        workflow.add_task('exit', lambda: 5, transform=lambda value: exit(value))
        results = outcome(workflow)
        for name in ('function', 'coroutine', 'shell'):
            self.assertIs(results[name].status, TaskStatus.FAILED)
            self.assertIsInstance(results[name].error, LookupError)
            self.assertIsNone(results[name].value)
        self.assertIsInstance(results['exit'].error, SystemExit)

    def test_messages(self):
        workflow = Workflow('w').add_task('a', lambda: 5, transform=lambda value: value['x'])
        with self.assertRaisesRegex(TaskFailedError, 'The transform failed: .int. object is not subscriptable'):
            workflow.run()
        workflow = Workflow('w').add_shell('a', 'echo', transform=lambda value: {1})
        with self.assertRaisesRegex(TaskFailedError, 'The transform failed: value is of type set'):
            workflow.run()


if __name__ == '__main__':
    tap.main()
