# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs that are cut short: cancelled, out of time, interrupted, and overtaken by the end of the interpreter."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

from gi.repository.Myrmex import (OrchestratorTimeoutError, Reason, RunStatus, TaskFailedError, TaskStatus, Workflow,
                                  WorkflowCancelledError)

from gi.overrides.Myrmex import _waiting

import tap


class TestCancelling(unittest.TestCase):
    def test_during_the_run(self):
        begun = threading.Event()
        done = []

        def work(context):
            begun.set()
            context.wait_cancelled()
            done.append('work')
            return 'late'

        workflow = Workflow('w').add_task('a', work).add_task('b', lambda: done.append('b'), ['a'])
        workflow.add_task('tidy', lambda: done.append('tidy'), ['a'], trigger_rule='all_done')
        threading.Thread(target=lambda: begun.wait(30) and workflow.cancel()).start()
        with self.assertRaisesRegex(WorkflowCancelledError, '“w” was cancelled') as caught:
            workflow.run()
        results = caught.exception.results
        self.assertEqual([(result.status, result.reason) for result in results.values()],
                         [(TaskStatus.CANCELLED, Reason.RUN_CANCELLED), (TaskStatus.CANCELLED, Reason.RUN_CANCELLED),
                          (TaskStatus.COMPLETED, Reason.NONE)])
        self.assertIsNone(results['a'].value)
        self.assertIsInstance(results['a'].error, WorkflowCancelledError)
        self.assertIn('tidy', done)
        self.assertNotIn('b', done)
        self.assertEqual(workflow.get_summary()['completed'], 1)

    def test_before_the_run(self):
        done = []
        workflow = Workflow('w').add_task('a', lambda: done.append('a'))
        workflow.add_task('tidy', lambda: done.append('tidy'), ['a'], trigger_rule='all_done')
        workflow.cancel()
        with self.assertRaises(WorkflowCancelledError):
            workflow.run()
        self.assertEqual(done, ['tidy'])
        # It was for one run.
        workflow.run()
        self.assertEqual(done, ['tidy', 'a', 'tidy'])

    def test_after_the_run(self):
        workflow = Workflow('w').add_task('a', lambda: 1)
        run = workflow.start()
        run.wait()
        run.cancel()
        self.assertIs(run.status, RunStatus.COMPLETED)

    def test_all_runs_of_a_workflow(self):
        barrier = threading.Barrier(3, timeout=30)

        def work(context):
            barrier.wait()
            context.wait_cancelled()

        workflow = Workflow('w').add_task('a', work)
        ended = []

        def run():
            try:
                workflow.run()
            except WorkflowCancelledError as error:
                ended.append(error)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        barrier.wait()
        workflow.cancel()
        for thread in threads:
            thread.join()
        self.assertEqual(len(ended), 2)

    def test_from_within(self):
        def work(context):
            workflow.cancel()
            return context.wait_cancelled(30)

        workflow = Workflow('w').add_task('a', work)
        with self.assertRaises(WorkflowCancelledError):
            workflow.run()

    def test_wait_cancelled(self):
        def work(context):
            return [context.wait_cancelled(0), context.wait_cancelled(0.001), context.cancelled,
                    context.cancellable.is_cancelled()]

        self.assertEqual(Workflow('w').add_task('a', work).run()['a'].value, [False] * 4)

    def test_fail_fast_stops_what_runs(self):
        begun = threading.Event()

        def fail():
            begun.wait(30)
            raise ValueError('no')

        def work(context):
            begun.set()
            return context.wait_cancelled(30)

        workflow = Workflow('w').add_task('a', work).add_task('b', fail).add_noop('c', ['b'])
        workflow.add_task('d', lambda: 1, ['a'])
        with self.assertRaises(TaskFailedError) as caught:
            workflow.run()
        results = caught.exception.results
        self.assertEqual((results['a'].status, results['a'].reason), (TaskStatus.CANCELLED, Reason.FAIL_FAST))
        self.assertEqual((results['d'].status, results['d'].reason), (TaskStatus.CANCELLED, Reason.FAIL_FAST))
        self.assertFalse([name for name, result in results.items() if result.status is TaskStatus.PENDING])


class TestTimeouts(unittest.TestCase):
    def test_of_a_workflow(self):
        workflow = Workflow('w', timeout=0.02).add_task('a', lambda context: context.wait_cancelled(30))
        begin = time.monotonic()
        with self.assertRaisesRegex(OrchestratorTimeoutError, 'ran out of time') as caught:
            workflow.run()
        self.assertLess(time.monotonic() - begin, 20)
        self.assertIsInstance(caught.exception, TimeoutError)
        self.assertIs(caught.exception.results['a'].reason, Reason.RUN_TIMED_OUT)

    def test_of_one_run(self):
        workflow = Workflow('w', timeout=3600).add_task('a', lambda context: context.wait_cancelled(30))
        with self.assertRaises(OrchestratorTimeoutError):
            workflow.run(timeout=0.02)
        self.assertEqual(workflow.timeout, 3600)
        quick = Workflow('w', timeout=1e-6).add_task('a', lambda: 1)
        self.assertEqual(quick.run(timeout=0)['a'].value, 1)

    def test_a_function_that_does_not_listen(self):
        gate = threading.Event()
        workflow = Workflow('w', fail_fast=False).add_task('deaf', lambda: gate.wait(30), timeout=0.02)
        workflow.add_task('quick', lambda: 5, ['deaf'], trigger_rule='all_done', timeout=30)
        with self.assertRaises(TaskFailedError) as caught:
            workflow.run()
        self.assertIs(caught.exception.results['deaf'].reason, Reason.TIMED_OUT)
        self.assertEqual(caught.exception.results['quick'].value, 5)
        gate.set()

    def test_they_do_not_fill_the_pool(self):
        gate = threading.Event()
        workflow = Workflow('w', fail_fast=False)
        for number in range(40):
            workflow.add_task(f't{number}', lambda: gate.wait(30), timeout=0.02)
        with self.assertRaises(TaskFailedError):
            workflow.run()
        # Forty threads are stuck, and a quick task is as quick as ever.
        self.assertEqual(Workflow('w').add_task('a', lambda: 5, timeout=30).run()['a'].value, 5)
        gate.set()


def python(code, **options):
    return subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            **options)


# A run that its error holds, in a cycle with the module; and a child that was forked and ends first.
HOLD = ('run = Workflow("w").add_shell("a", "echo no; exit 3").start()\n'
        'try:\n'
        '    run.wait()\n'
        'except WorkflowError as error:\n'
        '    kept = error\n'
        'child = os.fork()\n'
        'if child:\n'
        '    os.waitpid(child, 0)\n'
        '    print(os.path.exists(run.dup_log_path("a")))\n')

BEGIN = ('import os, signal, sys, threading, time\n'
         'from gi.repository.Myrmex import Action, Workflow, WorkflowError\n')


# What is put down first is done last at the end: functions are told to stop, and not waited for.
AFTER = ('import atexit, threading\n'
         'told = threading.Event()\n'
         'atexit.register(told.wait, 60)\n')


class TestInterpreter(unittest.TestCase):
    """In an interpreter of their own, which gets a signal or ends."""

    def check(self, code, status, output, errors='', first=''):
        process = python(first + BEGIN + code)
        found, complaints = process.communicate(timeout=100)
        self.assertEqual((process.returncode, found), (status, output), complaints)
        self.assertIn(errors, complaints)
        if not errors:
            self.assertEqual(complaints, '')

    def test_ctrl_c(self):
        self.check('def work(context):\n'
                   '    os.kill(os.getpid(), signal.SIGINT)\n'
                   '    context.wait_cancelled()\n'
                   'workflow = Workflow("w").add_task("a", work)\n'
                   'workflow.add_task("tidy", lambda: print("tidy", flush=True), ["a"], trigger_rule="all_done")\n'
                   'try:\n'
                   '    workflow.run()\n'
                   'except KeyboardInterrupt:\n'
                   '    print(workflow.get_summary()["status"])\n'
                   'assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n'
                   'assert Workflow("w").add_task("a", lambda: 1).run()["a"].value == 1\n', 0, 'tidy\ncancelled\n')

    def test_ctrl_c_at_any_time(self):
        # Also where it comes before anything waits for the run, or when nothing does any more.
        self.check('workflow = Workflow("w").add_task("a", lambda: 1).add_task("b", lambda: 2, ["a"])\n'
                   'pressed = 0\n'
                   'def interrupt(delay, sent):\n'
                   '    time.sleep(delay)\n'
                   '    os.kill(os.getpid(), signal.SIGINT)\n'
                   '    sent.set()\n'
                   'for number in range(150):\n'
                   '    sent = threading.Event()\n'
                   '    thread = threading.Thread(target=interrupt, args=(number * 0.00002, sent))\n'
                   '    try:\n'
                   '        thread.start()\n'
                   '        while not sent.is_set():\n'
                   '            workflow.run()\n'
                   '        time.sleep(1)\n'
                   '    except KeyboardInterrupt:\n'
                   '        pressed += 1\n'
                   '    thread.join()\n'
                   'print(pressed, workflow.run()["b"].value)\n', 0, '150 2\n')

    def test_ctrl_c_while_waiting_is_made_ready(self):
        class Pressed:
            def setblocking(self, _flag):
                raise KeyboardInterrupt

        with mock.patch.object(_waiting, '_wakeup', None):
            with mock.patch('socket.socketpair', lambda: (Pressed(), Pressed())), \
                    self.assertRaises(KeyboardInterrupt):
                _waiting._wakeup_sockets()
            self.assertEqual(Workflow('w').add_task('a', lambda: 1).run()['a'].value, 1)

    def test_ctrl_c_again_forces(self):
        self.check('told = threading.Event()\n'
                   'def deaf(context):\n'
                   '    context.wait_cancelled()\n'
                   'def tidy(context):\n'
                   '    os.kill(os.getpid(), signal.SIGINT)\n'
                   '    context.wait_cancelled()\n'
                   '    print("forced", flush=True)\n'
                   '    told.set()\n'
                   'workflow = Workflow("w").add_task("a", deaf).add_task("tidy", tidy, ["a"], trigger_rule="all_done")\n'
                   'workflow.add_task("begin", lambda: os.kill(os.getpid(), signal.SIGINT))\n'
                   'try:\n'
                   '    workflow.run()\n'
                   'except KeyboardInterrupt:\n'
                   '    told.wait(60)\n'
                   '    print(workflow.get_task_result("tidy").status)\n', 0, 'forced\ncancelled\n')

    def test_ctrl_c_that_nobody_catches(self):
        process = python(BEGIN + 'def work(context):\n'
                                 '    print("begun", flush=True)\n'
                                 '    context.wait_cancelled()\n'
                                 'Workflow("w").add_task("a", work).run()\n')
        self.assertEqual(process.stdout.readline(), 'begun\n')
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=100)
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertIn('KeyboardInterrupt', complaints)

    def test_waiting_for_a_run_can_be_interrupted(self):
        self.check('def work(context):\n'
                   '    os.kill(os.getpid(), signal.SIGINT)\n'
                   '    return context.wait_cancelled()\n'
                   'run = Workflow("w").add_task("a", work).start(paused=True)\n'
                   'try:\n'
                   '    run.resume()\n'
                   '    run.wait()\n'
                   'except KeyboardInterrupt:\n'
                   '    print(run.status)\n'
                   '    run.cancel()\n'
                   'try:\n'
                   '    run.wait()\n'
                   'except WorkflowError as error:\n'
                   '    print(error)\n', 0, 'running\nWorkflow “w” was cancelled\n')

    def test_ends_while_functions_run(self):
        # Those that were given up go on in their threads, some of them forever.
        self.check('def sleep():\n'
                   '    while True:\n'
                   '        time.sleep(0.0005)\n'
                   'def spin():\n'
                   '    while True:\n'
                   '        sum(range(1000))\n'
                   'workflow = Workflow("w", timeout=0.05).add_task("a", sleep).add_task("b", spin)\n'
                   'try:\n'
                   '    workflow.run()\n'
                   'except WorkflowError as error:\n'
                   '    print(error)\n', 0, 'Workflow “w” ran out of time\n')

    def test_ends_while_a_run_goes_on(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'pid')
            self.check('import asyncio\n'
                       'begun = threading.Event()\n'
                       'def work(context):\n'
                       '    begun.set()\n'
                       '    context.wait_cancelled()\n'
                       '    print("told", flush=True)\n'
                       '    told.set()\n'
                       'workflow = Workflow("w").add_task("a", work)\n'
                       f'workflow.add_shell("b", "echo $$ > {path}.new; mv {path}.new {path}; exec sleep 3600")\n'
                       'async def coroutine():\n'
                       '    await asyncio.sleep(3600)\n'
                       'workflow.add_task("c", coroutine)\n'
                       'run = workflow.start()\n'
                       'begun.wait()\n'
                       f'while not os.path.exists({path!r}):\n'
                       '    time.sleep(0.001)\n', 0, 'told\n', first=AFTER)
            with open(path, encoding='utf-8') as file:
                pid = int(file.read())
            with self.assertRaises(ProcessLookupError):
                os.kill(pid, 0)

    def test_ends_with_sys_exit_and_an_exception(self):
        for end, status in (('sys.exit(7)', 7), ('raise ValueError', 1)):
            self.check('begun = threading.Event()\n'
                       'def work(context):\n'
                       '    begun.set()\n'
                       '    context.wait_cancelled()\n'
                       'run = Workflow("w").add_task("a", work).start()\n'
                       'begun.wait()\n'
                       f'{end}\n', status, '', 'ValueError' if status == 1 else '')

    def test_ends_while_another_thread_frees(self):
        # As a worker does that was the last to hold a run. PyGObject may abort where the interpreter ends meanwhile.
        self.check('freeing = threading.Event()\n'
                   'class Slow(Action):\n'
                   '    def __init__(self):\n'
                   '        super().__init__()\n'
                   '        self.kept = 1\n'
                   '    def __del__(self):\n'
                   '        freeing.set()\n'
                   '        time.sleep(0.1)\n'
                   '        print("freed", flush=True)\n'
                   'box = [Workflow("w").add_task("a", lambda: 1).add_task("b", Slow())]\n'
                   'threading.Thread(target=box.clear, daemon=True).start()\n'
                   'freeing.wait()\n', 0, 'freed\n')

    def test_leaves_no_logs(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, TMPDIR=folder):
            self.check(HOLD, 0, 'True\n')
            self.assertEqual(os.listdir(folder), [])

    def test_ends_at_once_without_runs(self):
        self.check('Workflow("w").add_task("a", lambda: 1).run()\n'
                   'async def coroutine(): return 5\n'
                   'print(Workflow("w").add_task("a", coroutine).run()["a"].value)\n', 0, '5\n')


if __name__ == '__main__':
    tap.main()
