#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The counter is shown what may go wrong in a test program, by way of meson itself where meson takes part."""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import count_results
import tap

# Name, what the program does, and the counts that should be made of it: passed, failed, skipped.
PROGRAMS = [
    ('good', 'echo 1..2; echo ok 1 /a; echo ok 2 /b', (2, 0, 0)),
    ('late-plan', 'echo ok 1 /a; echo 1..1', (1, 0, 0)),
    ('one-fails', 'echo 1..2; echo ok 1 /a; echo not ok 2 /b; exit 1', (1, 1, 0)),
    ('fails-and-exits-0', 'echo 1..1; echo not ok 1 /a', (0, 1, 0)),
    ('skips', 'echo 1..2; echo ok 1 /a; echo "ok 2 /b # SKIP no bus"', (1, 0, 1)),
    ('skips-all', 'echo "1..0 # SKIP no bus"', (0, 0, 1)),
    ('skips-each', 'echo 1..1; echo "ok 1 /a # SKIP no bus"', (0, 0, 1)),
    ('skips-some-runs-few', 'echo 1..3; echo "ok 1 /a # SKIP no bus"', (0, 2, 1)),
    ('foretold', 'echo 1..1; echo "not ok 1 /a # TODO later"', (0, 0, 1)),
    ('foretold-and-works', 'echo 1..1; echo "ok 1 /a # TODO later"', (0, 1, 0)),
    ('crashes', 'echo 1..3; echo ok 1 /a; kill -SEGV $$', (1, 3, 0)),
    ('crashes-at-the-end', 'echo 1..1; echo ok 1 /a; kill -ABRT $$', (1, 1, 0)),
    ('crashes-at-once', 'kill -SEGV $$', (0, 1, 0)),
    ('leaks', 'echo 1..1; echo ok 1 /a; exit 23', (1, 1, 0)),
    ('times-out', 'echo 1..2; echo ok 1 /a; exec sleep 1000', (1, 2, 0)),
    ('bails-out', 'echo 1..2; echo ok 1 /a; echo "Bail out! broken"', (1, 2, 0)),
    ('runs-few', 'echo 1..3; echo ok 1 /a', (1, 2, 0)),
    ('runs-more', 'echo 1..1; echo ok 1 /a; echo ok 2 /b', (2, 1, 0)),
    ('no-plan', 'echo ok 1 /a', (1, 1, 0)),
    ('plans-nothing', 'echo 1..0', (0, 1, 0)),
    ('says-nothing', 'true', (0, 1, 0)),
    ('exit-77', 'exit 77', (0, 1, 0)),
]
PLAIN_PROGRAMS = [
    ('plain-good', 'true', (1, 0, 0)),
    ('plain-bad', 'false', (0, 1, 0)),
    ('plain-skips', 'exit 77', (0, 0, 1)),
    ('plain-crashes', 'kill -SEGV $$', (0, 1, 0)),
    ('plain-times-out', 'exec sleep 1000', (0, 1, 0)),
]


def count(results):
    results = list(results)
    return tuple(results.count(result)
                 for result in (count_results.PASSED, count_results.FAILED, count_results.SKIPPED))


def write_pass(folder, entries, protocols, expected=None, status=0):
    """Writes a pass as tests/run leaves it."""
    folder.mkdir()
    folder.joinpath('log.json').write_text(''.join(json.dumps(entry) + '\n' for entry in entries))
    folder.joinpath('tests.json').write_text(json.dumps(
        [{'name': name, 'suite': [], 'protocol': protocol} for name, protocol in protocols.items()]))
    folder.joinpath('expected.txt').write_text('\n'.join(protocols if expected is None else expected) + '\n')
    folder.joinpath('exit').write_text(f'{status}\n')


def program(name, stdout, result='OK', status=0):
    return {'name': name, 'stdout': stdout, 'result': result, 'returncode': status}


class ByMeson(unittest.TestCase):
    """Each program is run by the meson of this machine, so that what its log says is not assumed."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        top = pathlib.Path(cls.folder.name)
        source, build = top / 'source', top / 'build'
        source.mkdir()
        lines = ["project('fixture')", "sh = find_program('sh')"]
        for protocol, programs in (('tap', PROGRAMS), ('exitcode', PLAIN_PROGRAMS)):
            for name, script, _ in programs:
                source.joinpath(f'{name}.sh').write_text(script + '\n')
                # Time for all that it says, and for the others on any machine.
                time = 5 if 'times-out' in name else 100
                lines.append(f"test('{name}', sh, args: files('{name}.sh'), timeout: {time}, suite: '{protocol}',"
                             f" protocol: '{protocol}')")
        source.joinpath('meson.build').write_text('\n'.join(lines) + '\n')
        meson = ['meson']
        run = {'check': True, 'capture_output': True, 'text': True}
        subprocess.run([*meson, 'setup', build, source], **run)
        one_pass = top / 'results' / '1-plain'
        one_pass.mkdir(parents=True)
        listed = subprocess.run([*meson, 'test', '-C', build, '--no-rebuild', '--list'], **run).stdout
        one_pass.joinpath('expected.txt').write_text(listed)
        status = subprocess.run([*meson, 'test', '-C', build], capture_output=True).returncode
        one_pass.joinpath('exit').write_text(f'{status}\n')
        for name, made in (('log.json', 'meson-logs/testlog.json'),
                           ('tests.json', 'meson-info/intro-tests.json')):
            one_pass.joinpath(name).write_bytes(build.joinpath(made).read_bytes())
        cls.results = top / 'results'
        cls.found = count_results.read_pass(one_pass)

    def test_each_program(self):
        for suite, programs in (('tap', PROGRAMS), ('exitcode', PLAIN_PROGRAMS)):
            for name, script, wanted in programs:
                with self.subTest(name):
                    got = count(result for program, _, result, _ in self.found
                                if program == f'fixture:{suite} / {name}')
                    self.assertEqual(got, wanted, script)

    def test_total(self):
        wanted = [sum(column) for column in zip(*(counts for _, _, counts in PROGRAMS + PLAIN_PROGRAMS))]
        with contextlib.redirect_stdout(io.StringIO()) as output:
            status = count_results.main(self.results)
        self.assertEqual(output.getvalue().splitlines()[-1],
                         f'{wanted[0]} passed, {wanted[1]} failed, {wanted[2]} skipped')
        self.assertEqual(status, 1)


class ByHand(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)

    def total(self):
        """The last line that is printed, and the exit status."""
        with contextlib.redirect_stdout(io.StringIO()) as output:
            status = count_results.main(self.top)
        return output.getvalue().splitlines()[-1], status

    def test_all_good(self):
        write_pass(self.top / 'a', [program('x', '1..1\nok 1 /a\n')], {'x': 'tap'})
        self.assertEqual(self.total(), ('1 passed, 0 failed, 0 skipped', 0))

    def test_nothing_ran(self):
        self.assertEqual(self.total(), ('0 passed, 0 failed, 0 skipped', 1))

    def test_only_skips(self):
        write_pass(self.top / 'a', [program('x', '1..0 # SKIP no bus\n', 'SKIP')], {'x': 'tap'})
        self.assertEqual(self.total(), ('0 passed, 0 failed, 1 skipped', 1))

    def test_no_log(self):
        write_pass(self.top / 'a', [], {'x': 'tap', 'y': 'tap'}, status=125)
        self.top.joinpath('a', 'log.json').unlink()
        self.assertEqual(self.total(), ('0 passed, 2 failed, 0 skipped', 1))

    def test_chosen_and_not_run(self):
        write_pass(self.top / 'a', [program('x', '1..1\nok 1 /a\n')], {'x': 'tap', 'y': 'tap'})
        self.assertEqual(self.total(), ('1 passed, 1 failed, 0 skipped', 1))

    def test_meson_itself_fails(self):
        write_pass(self.top / 'a', [program('x', '1..1\nok 1 /a\n')], {'x': 'tap'}, status=1)
        self.assertEqual(self.total(), ('1 passed, 1 failed, 0 skipped', 1))

    def test_does_not_build(self):
        write_pass(self.top / 'a', [program('x', '1..1\nok 1 /a\n')], {'x': 'tap'})
        write_pass(self.top / 'b', [], {}, status='build')
        self.assertEqual(self.total(), ('1 passed, 1 failed, 0 skipped', 1))

    def test_report_of_a_sanitizer(self):
        write_pass(self.top / 'a', [program('x', '1..1\nok 1 /a\n')], {'x': 'tap'})
        self.top.joinpath('a', 'reports').mkdir()
        self.assertEqual(self.total(), ('1 passed, 0 failed, 0 skipped', 0))
        self.top.joinpath('a', 'reports', 'asan.12').write_text('leak')
        self.assertEqual(self.total(), ('1 passed, 1 failed, 0 skipped', 1))

    def test_two_passes_count_once(self):
        first = program('x', '1..3\nok 1 /a\nok 2 /b\nok 3 /c # SKIP not here\n')
        second = program('x', '1..3\nok 1 /a\nnot ok 2 /b\nok 3 /c\n', 'ERROR', 1)
        write_pass(self.top / 'a', [first], {'x': 'tap'})
        write_pass(self.top / 'b', [second], {'x': 'tap'}, status=1)
        self.assertEqual(self.total(), ('2 passed, 1 failed, 0 skipped', 1))

    def test_same_name_twice_counts_twice(self):
        write_pass(self.top / 'a', [program('x', '1..2\nok 1 /a\nok 2 /a\n')], {'x': 'tap'})
        self.assertEqual(self.total(), ('2 passed, 0 failed, 0 skipped', 0))


class Lines(unittest.TestCase):
    def test_names(self):
        for line, name in (('ok 1 /a/b', '/a/b'), ('ok - spoken', 'spoken'), ('ok 3 - spoken', 'spoken'),
                           ('ok 4 with \\# in it', 'with \\# in it'), ('ok', 'test 1')):
            with self.subTest(line):
                self.assertEqual(count_results.read_tap(f'1..1\n{line}\n'), ([(name, 'passed', '')], []))

    def test_words_that_are_no_tests(self):
        for line in ('okay then', '# ok 1', '    ok 1 of a subtest', 'not okay', 'oks 1'):
            with self.subTest(line):
                tests, _ = count_results.read_tap(f'1..1\n{line}\n')
                self.assertEqual([result for _, result, _ in tests], ['failed'])


class Tap(unittest.TestCase):
    """The runner of these very tests, by a file of tests that do all that tests may do."""

    CASES = '''
import subprocess, sys, unittest
sys.path.insert(0, {tools!r})
import tap
class Case(unittest.TestCase):
    def test_1_good(self):
        print("ok 9 noise")
        subprocess.run(["echo", "not ok 9 noise"])
    def test_2_bad(self): self.fail("x")
    def test_3_raises(self): raise ValueError("#")
    def test_4_skips(self): self.skipTest("no #1")
    def test_5_subtests(self):
        for n in range(3):
            with self.subTest(n=n): self.assertEqual(n, 7)
    def test_6_subtest_then_raises(self):
        with self.subTest(): self.fail("x")
        raise ValueError()
    @unittest.expectedFailure
    def test_7_foretold(self): self.fail("x")
    @unittest.expectedFailure
    def test_8_foretold_and_works(self): pass
class NoClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise ValueError()
    def test_never(self): pass
tap.main()
'''

    def run_cases(self, text, *names):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, 'cases.py')
            file.write_text(text.format(tools=str(pathlib.Path(__file__).parent)))
            done = subprocess.run([sys.executable, file, *names], capture_output=True, text=True)
        return count_results.read_tap(done.stdout), done.returncode

    def test_cases(self):
        (tests, problems), status = self.run_cases(self.CASES)
        self.assertEqual([result for _, result, _ in tests],
                         ['passed', 'failed', 'failed', 'skipped', 'failed', 'failed', 'skipped', 'failed',
                          'failed'])
        self.assertEqual(problems, [])
        self.assertEqual(status, 1)

    def test_one_case(self):
        (tests, problems), status = self.run_cases(self.CASES, 'Case.test_1_good')
        self.assertEqual((tests, problems, status), ([('Case.test_1_good', 'passed', '')], [], 0))

    def test_no_cases(self):
        text = 'import sys; sys.path.insert(0, {tools!r}); import tap; tap.main()'
        (_, problems), status = self.run_cases(text)
        self.assertEqual((problems, status), (['it planned no tests'], 1))


if __name__ == '__main__':
    tap.main()
