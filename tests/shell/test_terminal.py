#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The live view of `myrmex run`, on a pseudo-terminal.

    test_terminal.py MYRMEX [TEST…]
"""

import os
import re
import signal
import time
import unittest

from shell import Case, DONE, FAILED, INTERRUPTED, MYRMEX
from terminal import Terminal, Unexpected
import tap


class Live(Case):
    def setUp(self):
        super().setUp()
        self.environment['TERM'] = 'xterm-256color'

    def open(self, *arguments, width=80, height=24):
        terminal = Terminal([MYRMEX, 'run', 'w.json', *arguments], self.folder, self.environment, width, height)
        self.addCleanup(terminal.close)
        return terminal

    def held(self, n, **more):
        """A workflow of @n tasks that wait; the function that is returned lets them go."""
        release = self.gate()
        self.workflow({f'task-{i}': {'shell': 'read x < wait', **more} for i in range(n)})
        return lambda: release(n)

    def assert_in_order(self, terminal):
        self.assertTrue(terminal.screen.cursor, 'the cursor is hidden')
        self.assertFalse(terminal.screen.in_frame)
        self.assertEqual(terminal.screen.column, 0)

    def test_whole_run(self):
        self.workflow({'good': 'true', 'flaky': {'shell': 'test -e x || { touch x; exit 3; }',
                                                 'retry_policy': {'max_attempts': 2, 'initial_delay': 0.1}},
                       'bad': {'shell': 'echo one; echo two; exit 4', 'dependencies': ['good', 'flaky']},
                       'never': {'shell': 'true', 'dependencies': ['bad']},
                       'nor-this': {'shell': 'true', 'dependencies': ['bad']},
                       'not-now': {'shell': 'true', 'condition': 'false'}}, fail_fast=False)
        terminal = self.open(width=100)
        self.assertEqual(terminal.wait(), FAILED)
        self.assert_in_order(terminal)
        text = re.sub(r'\d+\.\d s', 'N s', terminal.screen.all_text())
        lines = text.splitlines()
        self.assertIn('✓ good       N s', lines)
        self.assertIn('↻ flaky     attempt 1: It ended with exit status 3; again in N s', lines)
        self.assertIn('✓ flaky      N s  attempt 2', lines)
        self.assertIn('– not-now   skipped: its condition is false', lines)
        at = lines.index('✗ bad        N s  It ended with exit status 4: two')
        self.assertEqual(lines[at + 1:], [
            '  │ one', '  │ two',
            '– 2 tasks skipped: what it depends on failed (never, nor-this)',
            '',
            '✗ w failed after N s: 2 completed, 1 failed, 3 skipped',
            '  bad: It ended with exit status 4: two'])

    def test_retry_on_narrow(self):
        """The error gives way, so that the line is one."""
        self.workflow({'flaky': {'shell': 'test -e x || { touch x; echo a long story of what went wrong; exit 3; }',
                                 'retry_policy': {'max_attempts': 2, 'initial_delay': 0.1}}})
        terminal = self.open(width=50)
        self.assertEqual(terminal.wait(), DONE)
        lines = terminal.screen.all_text().splitlines()
        self.assertRegex(lines[0], r'^↻ flaky  attempt 1: It ended.*…; again in 0\.1 s$')
        self.assertEqual(len(lines[0]), 50)
        self.assertTrue(lines[1].startswith('✓ flaky'), lines)

    def test_under_way(self):
        release = self.held(3)
        terminal = self.open('--jobs', '2')
        terminal.wait_for('2 running')
        shown = terminal.screen.text()
        self.assertRegex(shown[0], r'^▸ task-0 +\d+\.\d s$')
        self.assertRegex(shown[1], r'^▸ task-1 +\d+\.\d s$')
        self.assertRegex(shown[2], r'^─+ 0 of 3 · \d+\.\d s · 2 running$')
        self.assertEqual(shown[3], '')
        self.assertFalse(terminal.screen.cursor)
        # The time goes on by itself.
        terminal.wait_for(lambda t: re.search(r'task-0 +[1-9]\d?\.\d s', t.screen.all_text()))
        release()
        self.assertEqual(terminal.wait(), DONE)
        self.assert_in_order(terminal)
        text = terminal.screen.all_text()
        self.assertNotIn('▸', text)
        self.assertNotIn('━', text)
        self.assertRegex(text, r'\n\n✓ w completed in \d+\.\d s: 3 completed$')

    def test_progress(self):
        release = self.gate()
        self.workflow({'a': 'printf "3/4 \\033[2Jthird\\n" >&$MYRMEX_PROGRESS_FD; read x < wait'})
        terminal = self.open()
        terminal.wait_for(r'━━━━━━━───  75%  \x1b[2Jthird')
        release()
        self.assertEqual(terminal.wait(), DONE)

    def test_retry_counts_down(self):
        self.workflow({'a': {'shell': 'echo why; exit 3', 'retry_policy': {'max_attempts': 2, 'initial_delay': 60}}})
        terminal = self.open()
        terminal.wait_for(lambda t: re.search(r'↻ a  attempt 2 in 5\d\.\d s  It ended with exit status 3: why',
                                              t.screen.all_text()))
        terminal.type('\x03')
        self.assertEqual(terminal.wait(), INTERRUPTED)

    def test_hostile(self):
        bytes_ = b''.join(bytes([byte]) for byte in range(256)) + '\u202e\u2066\u009b31m'.encode()
        (self.folder / 'hostile').write_bytes(bytes_ + b'\n\033]0;title\007\033[2J\033c\n')
        self.workflow({'a': 'cat hostile >&2; cat hostile; printf "1/2 " >&$MYRMEX_PROGRESS_FD; '
                            'head -n 1 hostile | tr -d "\\n" >&$MYRMEX_PROGRESS_FD; echo >&$MYRMEX_PROGRESS_FD; '
                            'sleep 0.3; exit 1'})
        terminal = self.open()
        try:
            self.assertEqual(terminal.wait(), FAILED)
        except Unexpected as error:
            self.fail(f'{error}')
        self.assertIn(r'  │ \x1b]0;title\x07\x1b[2J\x1bc', terminal.screen.all_text())

    def test_many(self):
        release = self.held(300)
        before = time.monotonic()
        terminal = self.open('--jobs', '300', height=20)
        terminal.wait_for('300 running')
        shown = terminal.screen.text()
        self.assertEqual(shown[14], '… and 286 more')
        self.assertRegex(shown[15], r'^─+ 0 of 300 · ')
        release()
        self.assertEqual(terminal.wait(), DONE)
        seconds = time.monotonic() - before
        self.assertLess(terminal.screen.frames, 10 * seconds + 3)
        self.assertEqual(terminal.screen.all_text().count('✓ task-'), 300)

    def test_small_terminals(self):
        for width, height in ((1, 1), (2, 2), (5, 3), (12, 4), (20, 6), (39, 24), (400, 100)):
            with self.subTest(f'{width} × {height}'):
                self.workflow({'a': 'sleep 0.2', 'b': 'sleep 0.2; exit 1', 'c': 'sleep 0.1'})
                terminal = self.open('-j', '3', '-k', width=width, height=height)
                self.assertEqual(terminal.wait(), FAILED)
                self.assert_in_order(terminal)
                self.assertIn('wfailedafter', re.sub(r'\s', '', terminal.screen.all_text()))

    def test_resize(self):
        release = self.held(4)
        terminal = self.open('--jobs', '4', width=100)
        terminal.wait_for('4 running')
        for width, height in ((30, 24), (100, 24), (25, 6), (60, 40), (9, 10), (80, 24)):
            shown = ['▸'] * 4 + ['0 of 4'] if height >= 9 else ['…', '0 of 4']
            terminal.resize(width, height)
            # One frame, all of it, and nothing of the one before it.
            terminal.wait_for(lambda t: [next((mark for mark in ('▸', '…', '0 of 4') if mark in line), line)
                                         for line in t.screen.text() if line] == shown)
        release()
        self.assertEqual(terminal.wait(), DONE)
        self.assert_in_order(terminal)

    def test_ctrl_c(self):
        ready = self.fifo('ready')
        self.workflow({'a': 'trap "" TERM; echo up > ready; sleep 60; sleep 60'})
        terminal = self.open()
        ready.read_text()
        terminal.wait_for('1 running')
        terminal.type('\x03')
        terminal.wait_for('Interrupted: stopping, then cleaning up. Ctrl-C again forces.')
        terminal.wait_for('· stopping')
        terminal.type('\x03')
        terminal.wait_for('Interrupted again: killing what runs, without cleaning up.')
        self.assertEqual(terminal.wait(), INTERRUPTED)
        self.assert_in_order(terminal)
        text = terminal.screen.all_text()
        self.assertIn('■ a  cancelled: the run was interrupted', text)
        self.assertRegex(text, r'✗ w was interrupted after \d+\.\d s: 1 cancelled$')

    def test_typing_is_not_shown(self):
        release = self.held(1)
        terminal = self.open()
        self.assertTrue(terminal.echoes())
        terminal.wait_for('1 running')
        terminal.wait_for(lambda t: not t.echoes())
        terminal.type('hello\n')
        release()
        self.assertEqual(terminal.wait(), DONE)
        self.assertNotIn('hello', terminal.screen.all_text())

    def test_terminal_is_left_in_order(self):
        """However it ends, except by a signal that nobody can see to."""
        for number in (signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGABRT):
            with self.subTest(number):
                release = self.held(1)
                terminal = self.open()
                terminal.wait_for('1 running')
                self.addCleanup(os.close, terminal.open_again())
                terminal.wait_for(lambda t: not t.echoes())
                os.kill(terminal.pid, number)
                terminal.wait_for(lambda t: t.screen.cursor)
                terminal.wait_for(lambda t: t.echoes())
                (self.folder / 'wait').unlink()

    def test_no_colour(self):
        self.workflow({'a': 'true', 'b': 'exit 1'})
        for value, coloured in (('1', False), ('', True), (None, True)):
            with self.subTest(value):
                self.environment.pop('NO_COLOR', None)
                if value is not None:
                    self.environment['NO_COLOR'] = value
                terminal = self.open()
                self.assertEqual(terminal.wait(), FAILED)
                self.assertEqual(terminal.screen.colours > 0, coloured)

    def test_poor_terminals(self):
        self.workflow({'a': 'true'})
        for name in ('dumb', '', None):
            with self.subTest(name):
                self.environment.pop('TERM', None)
                if name is not None:
                    self.environment['TERM'] = name
                terminal = self.open()
                self.assertEqual(terminal.wait(), DONE)
                self.assertNotIn(b'\033', terminal.raw)
                self.assertRegex(terminal.screen.all_text(), r'^\[   0\.\d{3}\] w: started, 1 task\n')

    def test_other_character_sets(self):
        self.environment['LC_ALL'] = 'C'
        self.workflow({'a': 'printf "1/2 \\303\\251\\n" >&$MYRMEX_PROGRESS_FD; sleep 0.3; echo é; exit 1'})
        terminal = self.open()
        self.assertEqual(terminal.wait(), FAILED)
        self.assertTrue(all(byte < 0x7f for byte in terminal.raw))
        self.assertIn('x a', terminal.screen.all_text())

    def test_json_and_quiet(self):
        self.workflow({'a': 'true'})
        terminal = self.open('--json')
        self.assertEqual(terminal.wait(), DONE)
        self.assertNotIn(b'\033', terminal.raw)
        terminal = self.open('--quiet')
        self.assertEqual(terminal.wait(), DONE)
        self.assertEqual(terminal.raw, b'')

    def test_suspended(self):
        """Ctrl-Z under a shell that knows jobs, then in the background, then back."""
        release = self.held(2)
        command = f'PS1=; {MYRMEX} run w.json -j 2'
        self.environment['ENV'] = '/dev/null'
        terminal = Terminal(['/bin/sh', '-i'], self.folder, self.environment)
        self.addCleanup(terminal.close)
        terminal.type(command + '; echo "status $?"\n')
        terminal.wait_for('2 running')
        terminal.wait_for(lambda t: not t.echoes())
        terminal.type('\x1a')
        terminal.wait_for('Stopped')
        self.assertTrue(terminal.screen.cursor)
        self.assertTrue(terminal.echoes())
        terminal.type('bg\n')
        frames = terminal.screen.frames
        terminal.type('sleep 0.4; echo mar""ker\n')
        terminal.wait_for('marker')
        self.assertTrue(terminal.screen.cursor)
        self.assertLessEqual(terminal.screen.frames - frames, 1)
        terminal.type('fg\n')
        terminal.wait_for(lambda t: t.screen.all_text().rsplit('marker', 1)[1].count('2 running') == 1)
        terminal.wait_for(lambda t: not t.echoes())
        release()
        terminal.wait_for('w completed')
        terminal.wait_for(lambda t: t.screen.cursor and t.echoes())
        terminal.type('exit\n')
        terminal.wait()


if __name__ == '__main__':
    tap.main()
