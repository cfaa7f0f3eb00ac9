# SPDX-License-Identifier: LGPL-2.1-or-later
"""Retry policies: their numbers, and what they try again."""

import socket
import unittest

from gi.repository import GLib

from gi.repository import Myrmex
from gi.repository.Myrmex import OrchestratorTimeoutError, Reason, RetryPolicy, TaskFailedError, Workflow

import tap


class Flaky(Exception):
    pass


class VeryFlaky(Flaky):
    pass


def attempts_of(original, retry_on, max_attempts=2, **options):
    """How many attempts there are of a task that raises this each time."""
    def fail():
        raise original

    policy = RetryPolicy(max_attempts=max_attempts, initial_delay=0, retry_on=retry_on)
    try:
        Workflow('w').add_task('a', fail, retry_policy=policy, **options).run()
    except TaskFailedError as error:
        return error.results['a'].attempts
    raise AssertionError('it did not fail')


class TestPolicy(unittest.TestCase):
    def test_defaults(self):
        policy = RetryPolicy()
        self.assertEqual((policy.max_attempts, policy.initial_delay, policy.max_delay, policy.exponential_base,
                          policy.retry_on, policy.jitter, policy.max_elapsed), (3, 1.0, 60.0, 2.0, None, 0.0, 0.0))

    def test_arguments(self):
        policy = RetryPolicy(5, 0.5, 10, 3, ['timeout'], jitter=0.25, max_elapsed=100)
        self.assertEqual((policy.max_attempts, policy.initial_delay, policy.max_delay, policy.exponential_base,
                          policy.retry_on, policy.jitter, policy.max_elapsed), (5, 0.5, 10, 3, ('timeout',), 0.25, 100))
        self.assertEqual(policy, RetryPolicy(5, 0.5, 10, 3, 'timeout', 0.25, 100))
        self.assertEqual(hash(policy), hash(RetryPolicy(5, 0.5, 10, 3, 'timeout', 0.25, 100)))
        self.assertNotEqual(policy, RetryPolicy())
        self.assertNotEqual(policy, 3)
        self.assertEqual(eval(repr(policy)), policy)

    def test_delays(self):
        policy = RetryPolicy(initial_delay=1.0, exponential_base=2.0, max_delay=60.0)
        self.assertEqual([policy.get_delay(attempt) for attempt in (1, 2, 3, 6, 7, 1100, 2**31, 10**30)],
                         [1, 2, 4, 32, 60, 60, 60, 60])
        self.assertEqual(RetryPolicy(initial_delay=0).get_delay(5), 0)
        self.assertEqual(RetryPolicy(exponential_base=1e9, max_delay=1e9).get_delay(2000), 1e9)
        for attempt in (0, -1):
            with self.assertRaisesRegex(ValueError, 'attempt'):
                policy.get_delay(attempt)
        with self.assertRaises(TypeError):
            policy.get_delay(1.5)

    def test_numbers_out_of_range(self):
        nan, inf = float('nan'), float('inf')
        for name, numbers in (('max_attempts', (0, -1, 1000001, 2**31)), ('initial_delay', (-1, inf, nan, 1e10)),
                              ('max_delay', (-1, inf, nan)), ('exponential_base', (0.5, 0, -2, inf, nan)),
                              ('jitter', (-0.1, 1.1, nan)), ('max_elapsed', (-1, nan, inf))):
            for number in numbers:
                with self.subTest(name, number=number), self.assertRaisesRegex(ValueError, name):
                    RetryPolicy(**{name: number})
            for wrong in ('3', True, [1]):
                with self.subTest(name, wrong=wrong), self.assertRaisesRegex(TypeError, name):
                    RetryPolicy(**{name: wrong})
        with self.assertRaises(TypeError):
            RetryPolicy(max_attempts=2.5)
        with self.assertRaises(TypeError):
            RetryPolicy(attempts=2)

    def test_retry_on_is_checked(self):
        for wrong in ([3], [int], 3, [None]):
            with self.assertRaises(TypeError):
                RetryPolicy(retry_on=wrong)
        self.assertIsNone(RetryPolicy(retry_on=()).retry_on)
        self.assertIsNone(RetryPolicy(retry_on=(Exception,)).retry_on)
        self.assertEqual(RetryPolicy(retry_on=OSError).retry_on, ('OSError',))
        self.assertEqual(RetryPolicy(retry_on=[TimeoutError]).retry_on, ('TimeoutError', 'timeout'))


class TestRetrying(unittest.TestCase):
    def test_until_it_works(self):
        def work(context):
            if context.attempt < 3:
                raise Flaky(str(context.attempt))
            return context.attempt

        result = Workflow('w').add_task('a', work, retry_policy=RetryPolicy(initial_delay=0)).run()['a']
        self.assertEqual((result.value, result.attempts, result.error), (3, 3, None))

    def test_without_a_policy_there_is_one_attempt(self):
        def fail():
            raise Flaky

        with self.assertRaises(TaskFailedError) as caught:
            Workflow('w').add_task('a', fail).run()
        self.assertEqual(caught.exception.results['a'].attempts, 1)

    def test_which_exceptions(self):
        for original, retry_on, attempts in (
                (Flaky(), None, 2), (Flaky(), [Exception], 2), (Flaky(), [Flaky], 2), (VeryFlaky(), [Flaky], 2),
                (VeryFlaky(), Flaky, 2), (VeryFlaky(), ['VeryFlaky'], 2), (VeryFlaky(), ['timeout', Flaky], 2),
                (Flaky(), [VeryFlaky], 1), (ValueError(), [Flaky], 1), (ValueError(), ['Flaky'], 1),
                (ConnectionResetError(), [OSError], 2), (ConnectionResetError(), ['OSError'], 2),
                (FileNotFoundError(), [ConnectionError], 1), (TimeoutError(), [TimeoutError], 2),
                (socket.timeout(), [OSError], 2), (KeyError(), [LookupError], 2),
                (GLib.Error('x', 'g-io-error-quark', 44), ['g-io-error:44'], 2),
                (GLib.Error('x', 'g-io-error-quark', 44), ['g-io-error'], 2),
                (GLib.Error('x', 'g-io-error-quark', 44), [GLib.Error], 2),
                (GLib.Error('x', 'g-io-error-quark', 44), ['g-io-error:4'], 1),
                (SystemExit(1), None, 1), (SystemExit(1), [Exception], 1), (SystemExit(1), [SystemExit], 2),
                (KeyboardInterrupt(), None, 1)):
            with self.subTest(original=repr(original), retry_on=retry_on):
                self.assertEqual(attempts_of(original, retry_on), attempts)

    def test_classes_of_the_same_name_are_not_the_same(self):
        other = type('Flaky', (Exception,), {'__module__': 'elsewhere'})
        self.assertEqual(attempts_of(other(), [Flaky]), 1)
        self.assertEqual(attempts_of(other(), ['Flaky']), 2)
        self.assertEqual(attempts_of(other(), ['elsewhere.Flaky']), 2)

    def test_values_that_do_not_fit(self):
        for retry_on, attempts in ((None, 2), (['invalid-value'], 2), ([Myrmex.InvalidValueError], 2), ([OSError], 1)):
            with self.assertRaises(TaskFailedError) as caught:
                Workflow('w').add_task('a', lambda: {1}, retry_policy=RetryPolicy(2, 0, retry_on=retry_on)).run()
            self.assertEqual(caught.exception.results['a'].attempts, attempts)

    def test_timeouts(self):
        for retry_on, attempts in ((None, 2), (['timeout'], 2), ([TimeoutError], 2), ([OrchestratorTimeoutError], 2),
                                   ([ConnectionError], 1)):
            with self.assertRaises(TaskFailedError) as caught:
                Workflow('w').add_task('a', lambda context: context.wait_cancelled(), timeout=0.02,
                                       retry_policy=RetryPolicy(2, 0, retry_on=retry_on)).run()
            result = caught.exception.results['a']
            self.assertEqual((result.attempts, result.reason), (attempts, Reason.TIMED_OUT))
            self.assertIsInstance(result.error, OrchestratorTimeoutError)

    def test_transforms(self):
        def transform(value):
            raise Flaky

        with self.assertRaises(TaskFailedError) as caught:
            Workflow('w').add_task('a', lambda: 1, transform=transform,
                                   retry_policy=RetryPolicy(2, 0, retry_on=[Flaky])).run()
        self.assertEqual(caught.exception.results['a'].attempts, 2)

    def test_coroutines(self):
        async def work(context):
            if context.attempt < 2:
                raise VeryFlaky
            return context.attempt

        policy = RetryPolicy(2, 0, retry_on=[Flaky])
        self.assertEqual(Workflow('w').add_task('a', work, retry_policy=policy).run()['a'].value, 2)

    def test_commands(self):
        policy = RetryPolicy(2, 0, retry_on=['exit-75'])
        for status, attempts in ((75, 2), (74, 1)):
            with self.assertRaises(TaskFailedError) as caught:
                Workflow('w').add_shell('a', f'exit {status}', retry_policy=policy).run()
            self.assertEqual(caught.exception.results['a'].attempts, attempts)

    def test_attempts_never_overlap(self):
        # What ran out of time goes on in its thread; the next attempt waits for it.
        running, most = [0], [0]

        def work(context):
            running[0] += 1
            most[0] = max(most[0], running[0])
            context.wait_cancelled()
            running[0] -= 1

        with self.assertRaises(TaskFailedError) as caught:
            Workflow('w').add_task('a', work, timeout=0.02, retry_policy=RetryPolicy(3, 0)).run()
        self.assertEqual((caught.exception.results['a'].attempts, most[0]), (3, 1))

    def test_the_error_is_that_of_the_last_attempt(self):
        def work(context):
            if context.attempt == 1:
                raise Flaky('first')
            context.wait_cancelled()

        with self.assertRaises(TaskFailedError) as caught:
            Workflow('w').add_task('a', work, timeout=0.3, retry_policy=RetryPolicy(2, 0)).run()
        self.assertIsInstance(caught.exception.results['a'].error, OrchestratorTimeoutError)


class TestRetryFailed(unittest.TestCase):
    def setUp(self):
        self.ran = []
        self.is_well = False
        self.workflow = Workflow('w')
        self.workflow.add_task('first', self.first)
        self.workflow.add_task('broken', self.broken, dependencies=['first'])
        self.workflow.add_task('last', lambda context: context.results['first'].value['of'],
                               dependencies=['first', 'broken'])
        self.runner = Myrmex.LocalRunner()

    def first(self):
        self.ran.append('first')
        return {'of': 'the first'}

    def broken(self):
        self.ran.append('broken')
        if not self.is_well:
            raise Flaky('not well')

    def fail(self):
        run = self.runner.start(self.workflow)
        with self.assertRaises(TaskFailedError):
            run.wait()
        return run

    def test_what_completed_is_kept(self):
        earlier = self.fail()
        self.is_well = True
        run = self.runner.retry_failed(earlier)
        results = run.wait()
        self.assertEqual(self.ran, ['first', 'broken', 'broken'])
        self.assertEqual(results['last'].value, 'the first')
        self.assertEqual((run.retried_from, earlier.retried_from), (earlier.id, None))
        self.assertEqual([results[name].kept_from for name in ('first', 'broken', 'last')], [earlier.id, None, None])
        self.assertEqual(results['first'].started, earlier.results['first'].started)
        self.assertIn(f'kept from run {earlier.id}', run.explain('first'))

    def test_it_fails_again(self):
        run = self.runner.retry_failed(self.fail())
        with self.assertRaises(TaskFailedError) as caught:
            run.wait()
        self.assertIsInstance(caught.exception.results['broken'].error, Flaky)
        self.assertIsNone(caught.exception.results['first'].error)

    def test_options(self):
        earlier = self.fail()
        run = self.runner.retry_failed(earlier, {'paused': True})
        self.assertEqual(run.counts['completed'], 1)
        run.cancel()
        with self.assertRaises(ValueError):
            self.runner.retry_failed(earlier, {'pausd': True})

    def test_refused(self):
        self.is_well = True
        run = self.runner.start(self.workflow)
        run.wait()
        with self.assertRaises(ValueError):
            self.runner.retry_failed(run)


if __name__ == '__main__':
    tap.main()
