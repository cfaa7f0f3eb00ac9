# SPDX-License-Identifier: LGPL-2.1-or-later
"""progress_callback and the signals."""

import os
import shutil
import sys
import tempfile
import threading
import unittest

from gi.repository import GLib

from gi.repository.Myrmex import RetryPolicy, TaskFailedError, Workflow, WorkflowCancelledError, unpack

import tap


class TestProgress(unittest.TestCase):
    def setUp(self):
        self.told = []
        self.unraisable = []
        hook = sys.unraisablehook
        sys.unraisablehook = lambda unraisable: self.unraisable.append(unraisable.exc_value)
        self.addCleanup(setattr, sys, 'unraisablehook', hook)

    def tell(self, task_name, status, details):
        self.told.append((task_name, status, details))

    def events(self):
        return [(task_name, status) for task_name, status, _ in self.told]

    def test_what_is_told(self):
        def fail():
            raise ValueError('no')

        workflow = Workflow('w', fail_fast=False, progress_callback=self.tell)
        workflow.add_task('a', lambda: 1)
        workflow.add_task('b', lambda: 1, ['a'], condition=lambda: False)
        workflow.add_task('c', fail, ['b'], trigger_rule='all_done', retry_policy=RetryPolicy(2, 0))
        with self.assertRaises(TaskFailedError):
            workflow.run()
        self.assertEqual(self.events(), [
            ('workflow', 'started'), ('a', 'running'), ('a', 'completed'), ('b', 'skipped'), ('c', 'running'),
            ('c', 'retrying'), ('c', 'running'), ('c', 'failed'), ('workflow', 'failed')])
        details = {(name, status): details for name, status, details in self.told}
        self.assertEqual(details['workflow', 'started'], {'total_tasks': 3})
        self.assertEqual(details['a', 'completed']['attempts'], 1)
        self.assertIsInstance(details['a', 'completed']['execution_time'], float)
        self.assertEqual(details['b', 'skipped']['reason'], 'condition')
        self.assertEqual((details['c', 'retrying']['attempt'], details['c', 'retrying']['error']), (1, 'no'))
        self.assertEqual(details['c', 'retrying']['delay'], 0)
        self.assertEqual((details['c', 'failed']['error'], details['c', 'failed']['error_name'],
                          details['c', 'failed']['attempts']), ('no', 'ValueError', 2))
        ended = details['workflow', 'failed']
        self.assertEqual((ended['completed'], ended['failed'], ended['skipped']), (1, 1, 1))
        self.assertGreater(ended['elapsed'], 0)

    def test_in_the_thread_that_runs(self):
        threads = set()
        workflow = Workflow('w', progress_callback=lambda *_args: threads.add(threading.get_ident()))
        workflow.add_task('a', lambda: 1).run()
        self.assertEqual(threads, {threading.get_ident()})

    def test_reports(self):
        seen = threading.Event()

        def on_progress(task_name, status, details):
            if details.get('message') == 'half':
                self.tell(task_name, status, details)
                seen.set()

        def work(context):
            context.report(0.5, 'half')
            return seen.wait(30)

        self.assertTrue(Workflow('w', progress_callback=on_progress).add_task('a', work).run()['a'].value)
        self.assertEqual(self.told[0], ('a', 'running', {'attempt': 1, 'fraction': 0.5, 'message': 'half'}))

    def test_commands_report_too(self):
        seen = threading.Event()

        def on_progress(task_name, status, details):
            if 'fraction' in details:
                self.tell(task_name, status, details)
                seen.set()

        def go_on():
            seen.wait(30)
            with open(gate, 'w') as end:
                end.write('\n')

        # The command stays until its report has been told: what has ended reports nothing any more.
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        gate = os.path.join(folder, 'gate')
        os.mkfifo(gate)
        workflow = Workflow('w', progress_callback=on_progress).add_task('go_on', go_on)
        workflow.add_shell('a', 'echo "1/4 a quarter" >&"$MYRMEX_PROGRESS_FD"; read -r _ <"$GATE"', env={'GATE': gate})
        self.assertTrue(workflow.run()['a'].success)
        self.assertEqual(self.told, [('a', 'running', {'attempt': 1, 'fraction': 0.25, 'message': 'a quarter'})])

    def test_can_be_set_and_taken_away(self):
        workflow = Workflow('w').add_task('a', lambda: 1)
        workflow.progress_callback = self.tell
        self.assertEqual(workflow.progress_callback, self.tell)
        workflow.run()
        self.assertEqual(len(self.told), 4)
        workflow.progress_callback = None
        workflow.run()
        self.assertEqual(len(self.told), 4)
        with self.assertRaisesRegex(TypeError, 'progress_callback must be callable'):
            workflow.progress_callback = 3

    def test_one_that_raises(self):
        for error in (ValueError('bad'), SystemExit(3), KeyboardInterrupt()):
            def on_progress(task_name, status, details):
                raise error

            self.unraisable.clear()
            results = Workflow('w', progress_callback=on_progress).add_task('a', lambda: 7).run()
            self.assertEqual(results['a'].value, 7)
            self.assertEqual(self.unraisable, [error] * 4)

    def test_one_that_takes_too_little(self):
        Workflow('w', progress_callback=lambda: None).add_task('a', lambda: 7).run()
        self.assertIsInstance(self.unraisable[0], TypeError)

    def test_one_that_calls_back_into_the_run(self):
        def on_progress(task_name, status, details):
            self.tell(task_name, status, details)
            if status == 'running':
                self.assertEqual(workflow.get_summary()['total_tasks'], 2)
                workflow.task_results['a'].status
                with self.assertRaises(Exception):
                    workflow.add_task('c', lambda: 1)
                workflow.cancel()

        workflow = Workflow('w', progress_callback=on_progress)
        workflow.add_task('a', lambda context: context.wait_cancelled()).add_task('b', lambda: 1, ['a'])
        with self.assertRaises(WorkflowCancelledError):
            workflow.run()
        self.assertEqual(self.told[-1][:2], ('workflow', 'cancelled'))

    def test_one_that_runs_it_again(self):
        inner = []

        def on_progress(task_name, status, details):
            if task_name == 'a' and status == 'completed' and not inner:
                inner.append(None)
                inner[0] = workflow.run()['a'].value

        workflow = Workflow('w', progress_callback=on_progress).add_task('a', lambda: 3)
        self.assertEqual(workflow.run()['a'].value, 3)
        self.assertEqual(inner, [3])

    def test_one_that_drops_the_last_reference(self):
        kept = {}

        def on_progress(task_name, status, details):
            kept.clear()
            self.tell(task_name, status, details)

        kept['workflow'] = Workflow('w', progress_callback=on_progress).add_task('a', lambda: 3)
        self.assertEqual(kept['workflow'].run()['a'].value, 3)
        self.assertEqual(len(self.told), 4)

    def test_signals(self):
        workflow = Workflow('w').add_task('a', lambda: 1)
        seen = []
        handler = workflow.connect('progress', lambda _w, name, status, details: seen.append((name, status, details)))
        run = workflow.start()
        run.connect('progress', lambda _run, name, status, details: seen.append((name, status, details)))
        run.wait()
        workflow.disconnect(handler)
        self.assertEqual(len(seen), 8)
        # The raw signal has what the library gives.
        self.assertIsInstance(seen[0][2], GLib.Variant)
        self.assertEqual(unpack(seen[0][2]), {'total_tasks': 1})

    def test_many_events(self):
        workflow = Workflow('w', progress_callback=self.tell)
        for number in range(500):
            workflow.add_task(f't{number}', lambda: 1)
        workflow.run()
        self.assertEqual(len(self.told), 1002)
        self.assertEqual(self.told[-1][:2], ('workflow', 'completed'))


if __name__ == '__main__':
    tap.main()
