# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an action may be: how functions are called, and types of action of one's own."""

import asyncio
import functools
import threading
import unittest
import unittest.mock

from gi.repository import Myrmex
from gi.repository.Myrmex import Action, Context, DefinitionError, StateError, TaskFailedError, Workflow, WorkflowError

import tap


def run(action, **options):
    """The value of a task with this action."""
    return Workflow('w').add_noop('before').add_task('a', action, ['before'], **options).run()['a'].value


def told(given):
    """What a function was given, as a value."""
    return 'context' if isinstance(given, Context) else given


class Callable:
    def __call__(self):
        return 'called'

    def method(self, context):
        return told(context)

    @classmethod
    def of_class(cls, context):
        return told(context)

    @staticmethod
    def of_nobody():
        return 'static'


class CallableWithContext:
    def __call__(self, context):
        return told(context)


class AsyncCallable:
    async def __call__(self, context):
        return told(context)


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@decorated
def wrapped(context):
    return told(context)


class TestSignatures(unittest.TestCase):
    def test_who_gets_the_context(self):
        for name, action, value in (
                ('nothing', lambda: 'none', 'none'),
                ('one', lambda anything: told(anything), 'context'),
                ('by name, with a default', lambda context=None: told(context), 'context'),
                ('ctx', lambda *, ctx: told(ctx), 'context'),
                ('a default is not the context', lambda number=5: number, 5),
                ('several defaults', lambda a=1, b=2: [a, b], [1, 2]),
                ('any number', lambda *args, **kwargs: [len(args), len(kwargs)], [0, 0]),
                ('instance', Callable(), 'called'),
                ('instance with context', CallableWithContext(), 'context'),
                ('method', Callable().method, 'context'),
                ('class method', Callable.of_class, 'context'),
                ('static method', Callable.of_nobody, 'static'),
                ('wrapped', wrapped, 'context'),
                ('partial', functools.partial(lambda a, context: [a, told(context)], 1), [1, 'context']),
                ('partial that is full', functools.partial(pow, 2, 5), 32),
                ('partial by name', functools.partial(lambda context, x: [told(context), x], x=3), ['context', 3]),
                ('builtin without a signature', dict, {}),
                ('mock', unittest.mock.Mock(return_value=3), 3),
                ('lru_cache', functools.lru_cache(lambda: 4), 4)):
            with self.subTest(name):
                self.assertEqual(run(action), value)

    def test_annotations_tell(self):
        def annotated(somebody: Context = None):
            return told(somebody)

        def by_text(somebody: 'Myrmex.TaskContext' = None):
            return told(somebody)

        self.assertEqual((run(annotated), run(by_text)), ('context', 'context'))

    def test_further_arguments(self):
        for action, args, kwargs, value in (
                (lambda a, b: [a, b], [1, 2], None, [1, 2]),
                (lambda a, b=5: [a, b], [1], None, [1, 5]),
                (lambda a, b: [a, b], None, {'a': 1, 'b': 2}, [1, 2]),
                (lambda context, a: [told(context), a], [1], None, ['context', 1]),
                (lambda a, context: [a, told(context)], [1], None, [1, 'context']),
                (lambda a, b, *, context: [a, b, told(context)], [1], {'b': 2}, [1, 2, 'context']),
                (lambda somebody, a, b: [told(somebody), a, b], [1, 2], None, ['context', 1, 2]),
                (lambda context: context, None, {'context': 'mine'}, 'mine'),
                (lambda *args: list(args), [1, 2], None, [1, 2]),
                (max, [3, 9, 4], None, 9),
                (sorted, [[2, 1]], {'reverse': True}, [2, 1]),
                (dict, None, {'a': 1}, {'a': 1})):
            with self.subTest(args=args, kwargs=kwargs):
                self.assertEqual(run(action, args=args, kwargs=kwargs), value)

    def test_arguments_are_copied(self):
        args, kwargs = [1], {'b': 2}
        workflow = Workflow('w').add_task('a', lambda a, b: [a, b], args=args, kwargs=kwargs)
        args[0], kwargs['b'] = 7, 8
        self.assertEqual(workflow.run()['a'].value, [1, 2])

    def test_results_as_the_origin_gives_them(self):
        def add(_task_results):
            return _task_results['a'].value + 1

        async def double(x, _task_results=None):
            return _task_results['a'].value * x

        workflow = Workflow('w').add_task('a', lambda: 5).add_task('b', add, ['a']).add_task('c', double, ['a'], [2])
        results = workflow.run()
        self.assertEqual((results['b'].value, results['c'].value), (6, 10))

    def test_what_can_not_be_called(self):
        for action, args, kwargs in ((lambda a, b: 1, None, None), (lambda: 1, [1], None), (lambda: 1, None, {'a': 1}),
                                     (lambda *, a: 1, None, None), (lambda context: 1, [1, 2], None)):
            with self.assertRaisesRegex(TypeError, 'the action of task .a. takes'):
                Workflow('w').add_task('a', action, args=args, kwargs=kwargs)

    def test_functions_run_in_workers(self):
        self.assertIs(run(lambda: threading.current_thread() is threading.main_thread()), False)

    def test_functions_on_the_main_context(self):
        self.assertIs(run(lambda: threading.current_thread() is threading.main_thread(), affinity='main'), True)
        self.assertEqual(run(wrapped, affinity=Myrmex.Affinity.MAIN), 'context')

    def test_coroutines_without_a_loop(self):
        async def double(x):
            await asyncio.sleep(0)
            return x * 2

        self.assertEqual(run(double, args=[4]), 8)
        self.assertEqual(run(AsyncCallable()), 'context')
        self.assertEqual(run(functools.partial(double, 5)), 10)
        # Not known to be a coroutine before it is called.
        self.assertEqual(run(lambda: double(6)), 12)

    def test_coroutines_run_side_by_side(self):
        # More of them than there are workers, and each waits for all.
        count = 100
        events = {}

        async def meet(context):
            gate = events.setdefault('gate', asyncio.Event())
            events['here'] = events.get('here', 0) + 1
            if events['here'] == count:
                gate.set()
            await gate.wait()

        workflow = Workflow('w')
        for number in range(count):
            workflow.add_task(f't{number}', meet)
        self.assertTrue(all(result.success for result in workflow.run().values()))


class TestContext(unittest.TestCase):
    def test_what_it_knows(self):
        def look(context):
            return {'task': context.task_name, 'run': context.run_id, 'attempt': context.attempt,
                    'parameters': context.parameters, 'cancelled': context.cancelled, 'input': context.input,
                    'results': {name: result.status.value for name, result in context.results.items()}}

        workflow = Workflow('w').add_noop('x').add_task('a', look, ['x'])
        run = workflow.start()
        value = run.wait()['a'].value
        self.assertEqual(value, {'task': 'a', 'run': run.id, 'attempt': 1, 'parameters': {}, 'cancelled': False,
                                 'input': None, 'results': {'x': 'completed'}})

    def test_is_of_no_use_afterwards(self):
        kept = []
        workflow = Workflow('w').add_task('a', lambda: [1]).add_task(
            'b', lambda context: kept.extend((context, context.results, context.results['a'])), ['a'])
        workflow.add_noop('c')
        workflow.run()
        context, results, result = kept
        self.assertTrue(context.cancelled)
        context.report(0.5, 'dropped')
        context.log('dropped')
        for look in (lambda: context.attempt, lambda: context.task_name, lambda: context.parameters,
                     lambda: context.cancellable, lambda: context.wait_cancelled(0), lambda: results['c']):
            with self.assertRaisesRegex(StateError, 'the attempt is over'):
                look()
        # What was looked at before stays.
        self.assertEqual((result.value, results['a'].value), ([1], [1]))

    def test_bad_reports(self):
        for arguments in (('x',), (True,), ([0.5],)):
            def report(context):
                context.report(*arguments)

            with self.assertRaisesRegex(TaskFailedError, 'fraction must be a number') as caught:
                run(report)
            self.assertIsInstance(caught.exception.__cause__, TypeError)
        fractions = (-5, 7, float('nan'), float('inf'), 10**30)
        run(lambda context: [context.report(fraction) for fraction in fractions] and 0)


class Greet(Action):
    """Answers as a coroutine."""

    def do_prepare(self):
        if not isinstance(self.spec['test.greet'], str):
            raise ValueError('“test.greet” must be a string')

    async def do_start(self, context):
        await asyncio.sleep(0)
        return {'text': f'Hello {context.input["test.greet"]}', 'loud': context.input.get('loud', False)}


class Later(Action):
    """Answers from another thread."""

    def do_start(self, context):
        threading.Thread(target=lambda: context.return_value([context.task_name, None])).start()


class Odd(Action):
    """Does what it is told to."""

    def do_start(self, context):
        return {'raise': self.fail, 'exit': self.leave, 'nothing': self.drop, 'set': self.return_set,
                'error': self.answer_error, 'twice': self.answer_twice}[context.input['test.odd']](context)

    def fail(self, context):
        raise KeyError('boo')

    def leave(self, context):
        raise SystemExit(3)

    def drop(self, context):
        pass

    def return_set(self, context):
        context.return_value({1})

    def answer_error(self, context):
        context.return_error(LookupError('none'), retryable=False)

    def answer_twice(self, context):
        context.return_value(1)
        with unittest.TestCase().assertRaises(StateError):
            context.return_value(2)
        raise ValueError('too late')


Greet.register('test.greet', keys=['loud'], description='Greets')
Later.register('test.later')
Myrmex.action_register('test.odd', Odd, [], 'Does odd things')


def define(tasks):
    return Workflow.from_json('{"myrmex": 1, "name": "w", "fail_fast": false, "tasks": {' + tasks + '}}')


class TestTypesOfAction(unittest.TestCase):
    def test_in_a_definition(self):
        workflow = define('"a": {"test.greet": "Ada"}, "b": {"test.later": 1}, '
                          '"c": {"test.greet": "${{ tasks.a.value.text }}", "loud": true, "dependencies": ["a"]}')
        results = workflow.run()
        self.assertEqual(results['a'].value, {'text': 'Hello Ada', 'loud': False})
        self.assertEqual(results['b'].value, ['b', None])
        self.assertEqual(results['c'].value, {'text': 'Hello Hello Ada', 'loud': True})
        self.assertEqual(workflow['a'].action_type, 'test.greet')
        self.assertIsInstance(workflow['a'].action, Greet)
        self.assertEqual(workflow['a'].action.spec, {'test.greet': 'Ada'})

    def test_added(self):
        action = Action.create('test.greet', {'test.greet': 'Bob'})
        self.assertIsInstance(action, Greet)
        results = Workflow('w').add_task('a', action, transform=lambda value: value['text'].upper()).run()
        self.assertEqual(results['a'].value, 'HELLO BOB')
        self.assertEqual(Workflow('w').add_task('a', Later()).run()['a'].value, ['a', None])

    def test_under_asyncio(self):
        async def main():
            return await define('"a": {"test.greet": "Ada"}')

        self.assertEqual(asyncio.run(main())['a'].value['text'], 'Hello Ada')

    def test_prepare(self):
        with self.assertRaisesRegex(DefinitionError, r'^1:\d+: “test.greet” must be a string'):
            define('"a": {"test.greet": 3}')
        with self.assertRaisesRegex(DefinitionError, 'must be a string'):
            Action.create('test.greet', {'test.greet': 3})
        with self.assertRaisesRegex(WorkflowError, 'test.greed.*test.greet'):
            Action.create('test.greed', {'test.greed': 3})

    def test_failures(self):
        words = ('raise', 'exit', 'nothing', 'set', 'error', 'twice')
        workflow = define(', '.join(f'"{word}": {{"test.odd": "{word}"}}' for word in words))
        with self.assertRaises(TaskFailedError) as caught:
            workflow.run()
        results = caught.exception.results
        self.assertEqual({name: result.error_name for name, result in results.items()},
                         {'raise': 'KeyError', 'exit': 'SystemExit', 'nothing': 'no-answer', 'set': 'invalid-value',
                          'error': 'LookupError', 'twice': None})
        self.assertIsInstance(results['raise'].error, KeyError)
        self.assertEqual(results['twice'].value, 1)

    def test_registering(self):
        self.assertIn('test.greet', Action.list_types())
        for error, pattern, register in (
                (DefinitionError, 'command', lambda: Greet.register('command')),
                (DefinitionError, 'test.greet', lambda: Later.register('test.greet')),
                (DefinitionError, 'does not derive', lambda: Myrmex.action_register('test.no', Workflow)),
                (TypeError, 'keys must be a list', lambda: Later.register('test.no', keys='abc'))):
            with self.subTest(pattern), self.assertRaisesRegex(error, pattern):
                register()


if __name__ == '__main__':
    tap.main()
