# SPDX-License-Identifier: LGPL-2.1-or-later
"""Context: what one attempt of a task may know and do."""

import threading
import traceback

from . import _failures
from ._cancelling import CancelWatch
from ._checks import to_number
from ._errors import StateError, WorkflowError
from ._library import MODULE, Myrmex, _
from ._policy import failure_name
from ._results import ResultMapping
from ._values import to_variant
from ._variants import from_variant


def _attempt_is_over(*_args):
    raise StateError('the attempt is over, and its context with it')


class DependencyResults(ResultMapping):
    """The results of the direct dependencies of a task, by name."""

    __module__ = MODULE

    def forget(self):
        """Lets go of the attempt; what was looked at stays."""
        self._find = self._list_names = _attempt_is_over


def _to_line(value):
    """Text that the library takes as it is: without what would end it, or is no character."""
    try:
        text = str(value)
    except Exception:
        text = type(value).__name__
    return text.replace('\0', '\\0').encode('utf-8', 'backslashreplace').decode()


def describe(error):
    """An exception in a line or more, for people."""
    if isinstance(error, SystemExit):
        return _('The task called sys.exit({status})').format(status='' if error.code is None else error.code)
    if isinstance(error, WorkflowError):
        return _to_line(error)
    text = _to_line(error)
    kind = type(error).__name__
    # “KeyError: 'x'”; what says enough by itself stays as it is.
    return f'{kind}: {text}' if isinstance(error, LookupError) and text else text or kind


class Context:
    """What one attempt of a task may know and do. May be used from any thread.

    When the attempt is over it lets go of everything: nothing can be asked of it any more, and what is reported or
    logged then is dropped.
    """

    __module__ = MODULE
    __slots__ = ('_raw', '_results', '__weakref__')

    def __init__(self, raw):
        self._raw = raw
        self._results = None

    def _need(self):
        raw = self._raw
        return raw if raw is not None else _attempt_is_over()

    def _close(self):
        self._raw = None
        if self._results is not None:
            self._results.forget()

    @property
    def task_name(self):
        """The name of the task."""
        return self._need().get_task_name()

    @property
    def run_id(self):
        """The id of the run."""
        return self._need().get_run_id()

    @property
    def attempt(self):
        """The number of the attempt, from 1; 0 in a condition."""
        return self._need().get_attempt()

    @property
    def results(self):
        """The results of the task's direct dependencies, by name: `context.results['fetch'].value`."""
        results = self._results
        if results is None:
            raw = self._need()
            results = self._results = DependencyResults(raw.dup_result, raw.dup_dependencies,
                                                        _failures.claim(raw.get_run_id()))
        return results

    @property
    def parameters(self):
        """The parameters of the run, a dictionary; with defaults where the caller gave none."""
        return from_variant(self._need().get_parameters()) or {}

    @property
    def input(self):
        """What the definition says of an action, with its templates filled: a dictionary, or None for functions."""
        return from_variant(self._need().get_input())

    @property
    def environment(self):
        """The environment for a program that does the work of the task, a dictionary."""
        pairs = (entry.partition('=') for entry in self._need().dup_environment())
        return {name: value for name, _sign, value in pairs}

    @property
    def directory(self):
        """The folder that the run's relative paths start from, or None for the process's own."""
        return self._need().get_directory()

    @property
    def cancelled(self):
        """Whether the attempt should stop: its time is over, or the run is ending. What it returns is dropped then."""
        raw = self._raw
        return raw is None or raw.is_cancelled()

    @property
    def cancellable(self):
        """A Gio.Cancellable that fires when the attempt should stop."""
        return self._need().get_cancellable()

    def wait_cancelled(self, timeout=None):
        """Sleeps until the attempt should stop, or @timeout seconds have passed. Returns whether it should stop."""
        raw = self._need()
        if raw.is_cancelled():
            return True
        event = threading.Event()
        watch = CancelWatch(raw, event.set)
        try:
            return event.wait(None if timeout is None else to_number('timeout', timeout))
        finally:
            watch.end()

    def report(self, fraction=None, message=None):
        """Reports progress: how much is done, 0 to 1 or None where that is not known, and what is being done."""
        raw = self._raw
        if raw is not None:
            raw.report(-1.0 if fraction is None else to_number('fraction', fraction),
                       None if message is None else _to_line(message))

    def log(self, text):
        """Adds a line to the log of the task."""
        raw = self._raw
        if raw is not None:
            line = _to_line(text)
            raw.log(line if line.endswith('\n') else line + '\n')

    def return_value(self, value=None):
        """Ends the attempt well; for actions, whose functions have returned before. The first answer counts."""
        raw = self._need()
        try:
            variant = to_variant(value)
        except Exception as error:
            answer_failure(raw, error)
        else:
            raw.return_value(variant)
        self._close()

    def return_error(self, error, retryable=True):
        """Ends the attempt badly, with an exception. Unless @retryable, a retry policy does not try again."""
        answer_failure(self._need(), error, retryable)
        self._close()


def answer_failure(raw, error, retryable=True, prefix=''):
    """Ends an attempt with an exception: its name, its message, its traceback in the log, and the object kept."""
    if not raw.is_cancelled():
        _failures.add(raw.get_run_id(), raw.get_task_name(), raw.get_attempt(), error)
    if error.__traceback__ is not None:
        raw.log(_to_line(''.join(traceback.format_exception(type(error), error, error.__traceback__))))
    # What stops the interpreter was hardly meant to be tried again, unless somebody says so by name.
    names = failure_name(error)
    raw.return_failure(names, prefix + describe(error), retryable)
