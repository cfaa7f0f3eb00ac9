# SPDX-License-Identifier: LGPL-2.1-or-later
"""Putting a workflow together, and everything that is refused meanwhile."""

import functools
import subprocess
import sys
import threading
import unittest

from gi.repository import GLib

from gi.repository import Myrmex
from gi.repository.Myrmex import (Affinity, CycleError, DefinitionError, DependencyResolutionError, InvalidValueError,
                                  RetryPolicy, StateError, Task, TriggerRule, Workflow, WorkflowError, chain,
                                  fan_out_fan_in, parallel)

import tap


def nothing():
    pass


class TestWorkflow(unittest.TestCase):
    def test_defaults(self):
        workflow = Workflow(name='w')
        self.assertEqual((workflow.name, workflow.timeout, workflow.fail_fast, workflow.max_parallel),
                         ('w', 0, True, 0))
        self.assertEqual((workflow.description, workflow.directory, workflow.env, workflow.parameters),
                         (None, None, {}, {}))
        self.assertIsNone(workflow.progress_callback)

    def test_arguments(self):
        workflow = Workflow('w', 30, False, max_parallel=3, description='what', directory='/tmp', env={'A': 'b'},
                            parameters={'size': {'type': 'integer', 'default': 7}})
        self.assertEqual((workflow.timeout, workflow.fail_fast, workflow.max_parallel), (30, False, 3))
        self.assertEqual((workflow.description, workflow.directory, workflow.env), ('what', '/tmp', {'A': 'b'}))
        self.assertEqual(workflow.parameters, {'size': {'type': 'integer', 'default': 7}})
        workflow.timeout = None
        workflow.description = None
        self.assertEqual((workflow.timeout, workflow.description), (0, None))

    def test_numbers_out_of_range(self):
        for number in (-1, -0.001, float('inf'), float('nan'), 1e10):
            with self.assertRaisesRegex(ValueError, 'timeout'):
                Workflow('w', timeout=number)
            with self.assertRaisesRegex(ValueError, 'timeout'):
                Workflow('w').add_task('a', nothing, timeout=number)
            with self.assertRaisesRegex(ValueError, 'timeout'):
                Workflow('w').run(timeout=number)
        for number in (-1, 2**32):
            with self.assertRaisesRegex(ValueError, 'max_parallel'):
                Workflow('w', max_parallel=number)
        for number in (2**31, -2**31 - 1):
            with self.assertRaisesRegex(ValueError, 'priority'):
                Workflow('w').add_task('a', nothing, priority=number)
        for wrong in ('3', True, [3]):
            with self.assertRaisesRegex(TypeError, 'timeout'):
                Workflow('w', timeout=wrong)
        Workflow('w', max_parallel=2**32 - 1).add_task('a', nothing, priority=-2**31, timeout=1e9).validate()

    def test_is_a_container_of_tasks(self):
        workflow = Workflow('w')
        self.assertTrue(workflow)
        self.assertEqual(len(workflow), 0)
        self.assertIs(workflow.add_task('a', nothing).add_task('b', nothing, dependencies=['a']), workflow)
        self.assertEqual(len(workflow), 2)
        self.assertIn('a', workflow)
        self.assertNotIn('c', workflow)
        self.assertNotIn('a\0', workflow)
        self.assertNotIn(3, workflow)
        self.assertEqual([task.name for task in workflow], ['a', 'b'])
        self.assertEqual(list(workflow.tasks), ['a', 'b'])
        self.assertIs(workflow['b'].action, nothing)
        for name in ('c', 'a\0', 3, None):
            with self.assertRaises(KeyError):
                workflow[name]

    def test_tasks_as_they_stand(self):
        policy = RetryPolicy(max_attempts=7)
        workflow = Workflow('w').add_task('a', nothing).add_task(
            'b', nothing, ['a'], timeout=3, retry_policy=policy, condition='tasks.a.success', transform='value',
            tags=['x', 'y'], metadata={'k': [1, None]}, trigger_rule='all_done', priority=5, affinity='main',
            description='second')
        task = workflow['b']
        self.assertEqual((task.dependencies, task.timeout, task.retry_policy), (['a'], 3, policy))
        self.assertEqual((task.condition, task.transform), ('tasks.a.success', 'value'))
        self.assertEqual((task.tags, task.metadata, task.description), (['x', 'y'], {'k': [1, None]}, 'second'))
        self.assertEqual((task.trigger_rule, task.priority, task.affinity), (TriggerRule.ALL_DONE, 5, Affinity.MAIN))
        self.assertEqual(task.action_type, 'function')
        plain = workflow['a']
        self.assertEqual((plain.dependencies, plain.timeout, plain.retry_policy, plain.condition, plain.tags,
                          plain.metadata, plain.description), ([], 0, None, None, [], {}, None))
        task.timeout, task.tags, task.dependencies, task.metadata = None, None, None, {'n': 1}
        task.trigger_rule = TriggerRule.NONE_FAILED
        self.assertEqual((task.timeout, task.tags, task.dependencies, task.metadata), (0, [], [], {'n': 1}))
        self.assertEqual(workflow['b'].trigger_rule, TriggerRule.NONE_FAILED)

    def test_a_task_outlives_its_workflow(self):
        task = Workflow('w').add_task('a', nothing, dependencies=['b'])['a']
        self.assertEqual((task.name, task.dependencies), ('a', ['b']))

    def test_tasks_made_before(self):
        task = Task('a', lambda: 3, timeout=4, transform=lambda value: value + 1)
        self.assertIsNotNone(task.action)
        workflow = Workflow('w').add_task(task)
        self.assertEqual(workflow.run()['a'].value, 4)
        with self.assertRaisesRegex(WorkflowError, 'belongs to workflow “w”'):
            Workflow('other').add_task(task)
        with self.assertRaisesRegex(DefinitionError, 'two tasks'):
            workflow.add_task(Task('a', nothing))

    def test_names(self):
        for name in ('', 'a b', '../x', 'ä', 'a\n', 'x' * 129):
            with self.assertRaisesRegex(DefinitionError, 'name'):
                Workflow(name)
            with self.assertRaisesRegex(DefinitionError, 'name'):
                Workflow('w').add_task(name, nothing)
            with self.assertRaisesRegex(DefinitionError, 'depend'):
                Workflow('w').add_task('a', nothing, dependencies=[name])
        with self.assertRaises(ValueError):
            Workflow('w').add_task('a\0', nothing)
        for name in (None, 3, b'a'):
            with self.assertRaisesRegex(TypeError, 'must be a str'):
                Workflow('w').add_task(name, nothing)
        Workflow('x' * 128).add_task('x' * 128, nothing).validate()

    def test_duplicates(self):
        workflow = Workflow('w').add_task('a', nothing)
        with self.assertRaisesRegex(WorkflowError, '“a”'):
            workflow.add_task('a', lambda: 5)
        # And nothing of it is left.
        self.assertEqual(len(workflow), 1)
        self.assertIs(workflow['a'].action, nothing)
        workflow.validate()

    def test_dependencies_given_as_a_string(self):
        for wrong in ('abc', b'abc'):
            with self.assertRaisesRegex(TypeError, r'dependencies must be a list of str, such as \[b?.abc.\]'):
                Workflow('w').add_task('a', nothing, dependencies=wrong)
        with self.assertRaisesRegex(TypeError, 'dependencies must be a list of str, not int'):
            Workflow('w').add_task('a', nothing, dependencies=3)
        with self.assertRaisesRegex(TypeError, 'each of dependencies must be a str, not int'):
            Workflow('w').add_task('a', nothing, dependencies=[3])
        workflow = Workflow('w').add_task('a', nothing).add_task('b', nothing, dependencies={'a'})
        workflow.add_task('c', nothing, dependencies=(name for name in 'ab'))
        self.assertEqual(workflow['c'].dependencies, ['a', 'b'])

    def test_wrong_arguments_leave_no_task(self):
        workflow = Workflow('w')
        for error, pattern, arguments in (
                (TypeError, 'needs an action.*add_noop', {}),
                (TypeError, 'must be callable, not str; add_shell', {'action': 'ls'}),
                (TypeError, 'must be callable, not list; add_command', {'action': ['ls']}),
                (TypeError, 'must be callable, not NoneType; add_noop', {'action': None}),
                (TypeError, 'must be callable, not int', {'action': 3}),
                (TypeError, r"takes \(x, y\)", {'action': lambda x, y: None}),
                (TypeError, 'args .* must be a list', {'action': nothing, 'args': 'ab'}),
                (TypeError, 'args .* must be a list, not int', {'action': nothing, 'args': 3}),
                (TypeError, 'kwargs .* must be a dict', {'action': nothing, 'kwargs': ['ab']}),
                (TypeError, 'retry_policy must be a RetryPolicy, not int', {'action': nothing, 'retry_policy': 3}),
                (TypeError, 'condition must be', {'action': nothing, 'condition': 3}),
                (TypeError, 'transform must be', {'action': nothing, 'transform': 3}),
                (TypeError, 'two names', {'action': nothing, 'transform': len, 'transform_result': len}),
                (TypeError, 'tags must be a list', {'action': nothing, 'tags': 'abc'}),
                (TypeError, 'metadata must be a dict', {'action': nothing, 'metadata': [1]}),
                (InvalidValueError, r"metadata\['a'\] is of type set", {'action': nothing, 'metadata': {'a': {1}}}),
                (ValueError, 'trigger_rule must be one of all_success', {'action': nothing, 'trigger_rule': 'x'}),
                (ValueError, 'affinity must be one of worker', {'action': nothing, 'affinity': 'x'}),
                (TypeError, 'unexpected keyword', {'action': nothing, 'dependancies': ['x']})):
            with self.subTest(pattern), self.assertRaisesRegex(error, pattern):
                workflow.add_task('a', **arguments)
        for add in (lambda: workflow.add_noop('a', dependancies=['x']), lambda: workflow.add_shell('a', 'ls', x=None),
                    lambda: workflow.add_command('a', ['ls'], args=[1])):
            with self.assertRaisesRegex(TypeError, 'a task has no option'):
                add()
        self.assertEqual(len(workflow), 0)
        self.assertEqual(dict(workflow.run()), {})
        with self.assertRaisesRegex(TypeError, 'runner must be a Runner, not int'):
            workflow.run(runner=3)
        with self.assertRaisesRegex(WorkflowError, 'The folder for logs') as caught:
            workflow.run(log_directory='/proc/none')
        self.assertIs(type(caught.exception), WorkflowError)

    def test_validate(self):
        workflow = Workflow('w').add_task('fetch', nothing).add_task('a', nothing, dependencies=['fetsh'])
        with self.assertRaisesRegex(DependencyResolutionError, '“a”.*“fetsh”.*“fetch”') as caught:
            workflow.validate()
        self.assertIsInstance(caught.exception, LookupError)
        self.assertIsInstance(caught.exception, GLib.Error)
        self.assertTrue(caught.exception.matches(Myrmex.error_quark(), Myrmex.Error.UNKNOWN_DEPENDENCY))
        with self.assertRaises(DependencyResolutionError):
            workflow.run()
        with self.assertRaises(DependencyResolutionError):
            workflow.start()

    def test_all_problems_at_once(self):
        workflow = Workflow('w').add_task('a', nothing, dependencies=['x']).add_task('b', nothing, dependencies=['y'])
        with self.assertRaisesRegex(DependencyResolutionError, '“x”.*\n.*“y”'):
            workflow.validate()

    def test_the_whole_cycle_is_named(self):
        workflow = Workflow('w')
        for name, before in (('a', 'd'), ('b', 'a'), ('c', 'b'), ('d', 'c')):
            workflow.add_task(name, nothing, dependencies=[before])
        with self.assertRaises(CycleError) as caught:
            workflow.validate()
        circle = str(caught.exception).rpartition(': ')[2].split(' → ')
        self.assertEqual(len(circle), 5)
        for name, before in zip(circle, circle[1:]):
            self.assertEqual(workflow[name].dependencies, [before])

    def test_a_long_chain_added_in_reverse(self):
        workflow = Workflow('w')
        for number in range(5000, 0, -1):
            workflow.add_task(f't{number}', nothing, dependencies=[f't{number - 1}'] if number > 1 else None)
        self.assertTrue(workflow.validate())

    def test_bad_expressions(self):
        workflow = Workflow('w').add_task('a', nothing).add_task('b', nothing, condition='tasks.a.value')
        with self.assertRaisesRegex(DefinitionError, '“a”'):
            workflow.validate()

    def test_can_not_be_changed_while_it_runs(self):
        said = []

        def change():
            for function in (lambda: workflow.add_task('b', nothing), lambda: workflow.add_task(Task('b', nothing)),
                             lambda: setattr(workflow, 'timeout', 3), lambda: setattr(workflow, 'fail_fast', False),
                             lambda: setattr(workflow, 'env', {}), lambda: setattr(workflow['a'], 'timeout', 3),
                             lambda: setattr(workflow['a'], 'tags', ['x'])):
                try:
                    function()
                except StateError as error:
                    said.append(str(error))

        workflow = Workflow('w').add_task('a', change)
        workflow.run()
        self.assertEqual(len(said), 7, said)
        self.assertIn('while the workflow r', said[0])
        # And it is as good as before.
        workflow.add_task('c', nothing)
        self.assertTrue(workflow.run()['c'].success)

    def test_derived_classes(self):
        class Pipeline(Workflow):
            def __init__(self):
                super().__init__('pipeline')
                self.add_task('a', self.first).add_task('b', self.second, dependencies=['a'])

            def first(self):
                return 20

            def second(self, context):
                return context.results['a'].value + 1

        self.assertEqual(Pipeline().run()['b'].value, 21)
        self.assertIsInstance(Pipeline(), Workflow)
        self.assertIsInstance(Myrmex.Workflow.new('x'), Workflow)

    def test_warns_of_nothing(self):
        code = ('from gi.repository.Myrmex import Workflow\n'
                'assert Workflow("w").add_task("a", lambda: 1).run()["a"].value == 1\n')
        process = subprocess.run([sys.executable, '-c', code], capture_output=True)
        self.assertEqual((process.returncode, process.stdout, process.stderr), (0, b'', b''))


class TestPatterns(unittest.TestCase):
    def test_chain(self):
        def first():
            return 1

        def second(context):
            return context.results['first'].value + 1

        workflow = chain(first, second, lambda context: context.results['second'].value + 1)
        self.assertEqual([task.name for task in workflow], ['first', 'second', 'task_2'])
        self.assertEqual(workflow.run()['task_2'].value, 3)
        self.assertEqual(list(chain(first, first, first, names=['a', 'b']).tasks), ['a', 'b', 'first'])
        self.assertEqual(list(chain(first, functools.partial(first), first).tasks), ['first', 'task_1', 'task_2'])
        self.assertEqual(len(chain()), 0)

    def test_parallel(self):
        workflow = parallel(lambda: 1, lambda: 2, names=['x', 'y'])
        self.assertEqual([task.dependencies for task in workflow], [[], []])
        self.assertEqual({name: result.value for name, result in workflow.run().items()}, {'x': 1, 'y': 2})
        with self.assertRaisesRegex(ValueError, '2 names for 1'):
            parallel(nothing, names=['a', 'b'])

    def test_fan_out_fan_in(self):
        def triple(context):
            return context.results['initial'].value * 3

        workflow = fan_out_fan_in(lambda: 5, [triple, triple],
                                  lambda context: sum(result.value for result in context.results.values()))
        self.assertEqual(list(workflow.tasks), ['initial', 'triple', 'parallel_1', 'final'])
        self.assertEqual(workflow.run()['final'].value, 30)
        self.assertEqual(fan_out_fan_in(lambda: 1, [], nothing)['final'].dependencies, ['initial'])
        with self.assertRaisesRegex(TypeError, 'parallel_tasks must be a list of functions, not int'):
            fan_out_fan_in(nothing, 3, nothing)


class TestPriority(unittest.TestCase):
    def test_priority(self):
        runner = Myrmex.LocalRunner(max_parallel=1)
        gate, order = threading.Event(), []

        def workflow(*names):
            flow = Workflow('w')
            for name in names:
                flow.add_task(name, lambda context: order.append(context.task_name))
            return flow

        first = Workflow('w').add_task('first', gate.wait).start(runner=runner)
        low = workflow('low').start(runner=runner, priority=-1)
        high = workflow('a', 'b').start(runner=runner, priority=1000)
        gate.set()
        for run in (first, low, high):
            run.wait()
        self.assertEqual(order, ['a', 'b', 'low'])

    def test_refused(self):
        flow = Workflow('w').add_task('a', lambda: None)
        for priority, error in ((1001, ValueError), (-1001, ValueError), ('1', TypeError), (True, TypeError)):
            with self.assertRaises(error):
                flow.start(priority=priority)


if __name__ == '__main__':
    tap.main()
