# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs unittest cases and speaks TAP, so that meson and tests/run see each of them.

A test file ends with `tap.main()` in place of `unittest.main()`. Arguments are the names of tests to
run (`Case.test_name`); without any, all of the file run.
"""

import os
import sys
import traceback
import unittest


def _escape(text):
    """A description may hold no '#', which would begin a directive, and no line break."""
    return text.replace('\\', '\\\\').replace('#', '\\#').replace('\n', ' ')


class TapResult(unittest.TestResult):
    """Prints one TAP line for each test as it ends; what went wrong goes before it, as comments."""

    def __init__(self, stream):
        super().__init__()
        self.stream = stream
        self.count = 0
        self.failed_subtests = 0

    def startTest(self, test):
        super().startTest(test)
        self.failed_subtests = 0

    def _line(self, ok, test, directive=''):
        self.count += 1
        word = 'ok' if ok else 'not ok'
        name = test.id().removeprefix('__main__.')
        self.stream.write(f'{word} {self.count} {_escape(name)}{directive}\n')
        self.stream.flush()

    def _comment(self, text):
        for line in text.rstrip().splitlines():
            self.stream.write(f'# {line}\n')

    def _fail(self, test, error):
        self._comment(''.join(traceback.format_exception(*error)))
        if self.failed_subtests == 0:
            self._line(False, test)

    def addSuccess(self, test):
        super().addSuccess(test)
        # TestCase.run() calls this only when no subtest failed.
        self._line(True, test)

    def addError(self, test, err):
        super().addError(test, err)
        self._fail(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._fail(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is None:
            return
        self._comment(f'in {subtest.id()}')
        self._comment(''.join(traceback.format_exception(*err)))
        self.failed_subtests += 1
        # The plan counts tests: however many subtests of one fail, it is one line.
        if self.failed_subtests == 1:
            self._line(False, test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line(True, test, f' # SKIP {_escape(reason)}')

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._line(False, test, ' # TODO expected failure')

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._comment('expected to fail, and did not')
        self._line(False, test)


def main(module='__main__', argv=None):
    """Runs the tests of @module, prints TAP, and exits with 1 if one failed or there is none."""
    names = sys.argv[1:] if argv is None else argv
    loader = unittest.TestLoader()
    module = sys.modules[module]
    suite = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
    # What the tests and their children print must not be taken for TAP.
    stream = os.fdopen(os.dup(1), 'w', encoding='utf-8')
    os.dup2(2, 1)
    stream.write(f'1..{suite.countTestCases()}\n')
    result = TapResult(stream)
    suite.run(result)
    stream.flush()
    sys.exit(0 if result.wasSuccessful() and result.count > 0 else 1)
