# SPDX-License-Identifier: LGPL-2.1-or-later
"""Exceptions of tasks: errors there, exceptions here."""

import _thread
import asyncio
import concurrent.futures
import os
import pathlib
import pickle
import sys
import tempfile
import traceback
import unittest

from gi.repository import GLib

from gi.repository.Myrmex import (InvalidValueError, OrchestratorTimeoutError, Reason, TaskFailedError, TaskStatus,
                                  Workflow, WorkflowCancelledError, WorkflowError)

import tap


def raising(error):
    def fail():
        raise error

    return fail


def fail_with(action, **options):
    """The exception of a run, and the result of its one task, whose action fails."""
    try:
        Workflow('w').add_task('a', action, **options).run()
    except TaskFailedError as error:
        return error, error.results['a']
    raise AssertionError('it did not fail')


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError('no words')


class TestFailures(unittest.TestCase):
    def test_an_exception_arrives(self):
        original = ValueError('no number')
        error, result = fail_with(raising(original))
        self.assertIsInstance(error, WorkflowError)
        self.assertIsInstance(error, GLib.Error)
        self.assertEqual(str(error), 'Workflow “w” failed: “a”: no number')
        self.assertIs(error.__cause__, original)
        self.assertEqual(error.tasks, ['a'])
        self.assertEqual(error.summary['failed'], 1)
        self.assertIs(result.error, original)
        self.assertEqual((result.success, result.status, result.reason, result.error_name, result.value),
                         (False, TaskStatus.FAILED, Reason.ERROR, 'ValueError', None))

    def test_the_traceback_is_that_of_the_task(self):
        def inner():
            raise LookupError('deep')

        def outer():
            inner()

        error, result = fail_with(outer)
        frames = [frame.name for frame in traceback.extract_tb(result.error.__traceback__)]
        self.assertEqual(frames, ['outer', 'inner'])
        shown = ''.join(traceback.format_exception(error))
        self.assertIn('LookupError: deep', shown)
        self.assertIn('in inner', shown)

    def test_the_log_has_the_traceback(self):
        with tempfile.TemporaryDirectory() as folder:
            workflow = Workflow('w').add_task('a', raising(ValueError('ä no \udcff')))
            with self.assertRaises(TaskFailedError):
                workflow.run(log_directory=folder)
            text = pathlib.Path(folder, 'a.log').read_text(encoding='utf-8')
        self.assertIn('Traceback', text)
        self.assertIn('ValueError: ä no \\udcff', text)

    def test_names_and_messages(self):
        class Own(Exception):
            pass

        for original, name, message in (
                (Own('x'), 'Own', 'x'), (AssertionError(), 'AssertionError', 'AssertionError'),
                (KeyError('k'), 'KeyError', "KeyError: 'k'"), (Unspeakable(), 'Unspeakable', 'Unspeakable'),
                (OSError(2, 'gone'), 'FileNotFoundError', '[Errno 2] gone'),
                (ValueError('a\0b'), 'ValueError', r'a\0b'),
                (UnicodeDecodeError('utf-8', b'\xff', 0, 1, 'bad'), 'UnicodeDecodeError', 'codec'),
                (type('Two words', (Exception,), {})('x'), 'Two_words', 'x'),
                (GLib.Error('io', 'g-io-error-quark', 1), 'g-io-error:1', 'io')):
            with self.subTest(name):
                error, result = fail_with(raising(original))
                self.assertEqual(result.error_name, name)
                self.assertIn(message, str(error))
                self.assertIs(result.error, original)

    def test_a_task_that_exits_the_process(self):
        for action, name, message in ((lambda: sys.exit(3), 'SystemExit', r'sys\.exit\(3\)'),
                                      (sys.exit, 'SystemExit', r'sys\.exit\(\)'),
                                      (lambda: sys.exit('bye'), 'SystemExit', r'sys\.exit\(bye\)'),
                                      (raising(KeyboardInterrupt()), 'KeyboardInterrupt', 'KeyboardInterrupt'),
                                      (raising(GeneratorExit()), 'GeneratorExit', 'GeneratorExit'),
                                      (raising(asyncio.CancelledError()), 'CancelledError', 'CancelledError')):
            for affinity in ('worker', 'main'):
                error, result = fail_with(action, affinity=affinity)
                self.assertEqual(result.error_name, name)
                self.assertRegex(str(error), message)

    def test_a_coroutine_that_exits_the_process(self):
        async def leave():
            sys.exit(3)

        async def interrupt():
            raise KeyboardInterrupt

        async def cancel():
            raise asyncio.CancelledError

        for action, name in ((leave, 'SystemExit'), (interrupt, 'KeyboardInterrupt'), (cancel, 'CancelledError')):
            self.assertEqual(fail_with(action)[1].error_name, name)

        async def main(action):
            with self.assertRaises(TaskFailedError) as caught:
                await Workflow('w').add_task('a', action)
            return caught.exception.results['a'].error_name

        for action, name in ((leave, 'SystemExit'), (interrupt, 'KeyboardInterrupt'), (cancel, 'CancelledError')):
            self.assertEqual(asyncio.run(main(action)), name)

    def test_a_task_that_ends_its_thread(self):
        self.assertEqual(fail_with(_thread.exit)[1].error_name, 'SystemExit')

    def test_its_own_timeout_error_is_its_own(self):
        for original in (TimeoutError('mine'), asyncio.TimeoutError(), concurrent.futures.TimeoutError('mine'),
                         OrchestratorTimeoutError('of a workflow inside')):
            error, result = fail_with(raising(original), timeout=60)
            self.assertIs(type(error), TaskFailedError)
            self.assertIs(result.error, original)
            self.assertIs(result.reason, Reason.ERROR)

    def test_an_attempt_that_took_too_long(self):
        error, result = fail_with(lambda context: context.wait_cancelled(), timeout=0.02)
        self.assertIs(type(error), TaskFailedError)
        self.assertIsNone(error.__cause__.__cause__ if error.__cause__ else None)
        self.assertIsInstance(result.error, OrchestratorTimeoutError)
        self.assertIsInstance(result.error, TimeoutError)
        self.assertEqual((result.reason, result.error_name), (Reason.TIMED_OUT, 'timeout'))

    def test_values_that_nothing_can_hold(self):
        for value, part in (({1, 2}, 'value is of type set'), ({'a': [1, {3}]}, r"value\['a'\]\[1\] is of type set"),
                            (2**80, str(2**80)), (object(), 'object'), ({1: 2}, 'key 1'), (lambda: 1, 'function'),
                            ('a\0', 'NUL'), (unittest, 'module')):
            error, result = fail_with(lambda: value)
            self.assertRegex(str(error), part)
            self.assertEqual((result.error_name, result.value), ('invalid-value', None))
            self.assertIsInstance(result.error, InvalidValueError)

    def test_the_first_failure_is_the_cause(self):
        first, second = ValueError('first'), ValueError('second')
        workflow = Workflow('w', fail_fast=False).add_task('b', raising(second), ['a'], trigger_rule='all_done')
        workflow.add_task('a', raising(first))
        with self.assertRaises(TaskFailedError) as caught:
            workflow.run()
        self.assertIs(caught.exception.__cause__, first)
        self.assertEqual(caught.exception.tasks, ['b', 'a'])

    def test_dependants_see_the_exception(self):
        original = ValueError('no')
        workflow = Workflow('w', fail_fast=False).add_task('a', raising(original))
        workflow.add_task('b', lambda context: [context.results['a'].error is original,
                                                context.results['a'].error_name], ['a'], trigger_rule='all_done')
        with self.assertRaises(TaskFailedError) as caught:
            workflow.run()
        self.assertEqual(caught.exception.results['b'].value, [True, 'ValueError'])

    def test_workflows_in_workflows(self):
        inner = Workflow('inner').add_task('a', raising(ValueError('no')))
        error, result = fail_with(inner.run)
        self.assertIsInstance(result.error, TaskFailedError)
        self.assertIsInstance(result.error.__cause__, ValueError)
        self.assertEqual(result.error.results['a'].error_name, 'ValueError')
        self.assertIn('Workflow “inner” failed: “a”: no', str(error))

    def test_the_exception_of_another_run_is_not_this_ones(self):
        numbers = iter(range(3))

        def work():
            if next(numbers) != 1:
                raise ValueError('odd')
            return 'even'

        workflow = Workflow('w').add_task('a', work)
        with self.assertRaises(TaskFailedError):
            workflow.run()
        self.assertIsNone(workflow.run()['a'].error)

    def test_cancelled_tasks_are_not_completed(self):
        workflow = Workflow('w', max_parallel=1).add_task('a', raising(ValueError('no'))).add_noop('b', ['a'])
        workflow.add_task('c', lambda: 1)
        with self.assertRaises(TaskFailedError) as caught:
            workflow.run()
        summary = caught.exception.summary
        self.assertEqual((summary['completed'], summary['failed'], summary['cancelled'], summary['pending']),
                         (0, 1, 1, 0))
        result = caught.exception.results['c']
        self.assertEqual((result.success, result.status, result.reason),
                         (False, TaskStatus.CANCELLED, Reason.FAIL_FAST))
        self.assertNotIsInstance(result.error, ValueError)

    def test_pickle(self):
        for error in (WorkflowError('a'), TaskFailedError('b'), WorkflowCancelledError('c'), InvalidValueError('d')):
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(again), str(again), again.code), (type(error), str(error), error.code))

    def test_errors_without_a_run(self):
        error = WorkflowError('a')
        self.assertEqual((error.results, error.summary, repr(error)), ({}, None, "WorkflowError('a')"))
        self.assertEqual(TaskFailedError('a').tasks, [])


if __name__ == '__main__':
    tap.main()
