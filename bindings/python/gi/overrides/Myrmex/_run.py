# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run and TaskRun: one execution of a workflow, and one task of it."""

import threading
import weakref

from gi.overrides import override
from gi.repository import Gio, GLib, GObject

from . import _failures, _waiting
from ._checks import to_seconds, to_text
from ._enums import Reason, RunStatus, TaskStatus, to_member
from ._errors import DOMAIN, Code, StateError, TaskFailedError, native_error
from ._library import MODULE, Myrmex
from ._loops import inside_of, is_held_by_waiting, running_loop
from ._results import Results

# The type of those that the service has. They go on when this program ends.
_SERVICE_RUN = 'MyrmexServiceRun'


class Outcome:
    """Results or an exception, without the run. What raises the exception must not be a function that has the run:
    the exception keeps its variables."""

    __slots__ = ('_error', '_cause', '_results')

    def __init__(self, error=None, cause=None, results=None):
        self._error = error
        self._cause = cause
        self._results = results

    def get(self):
        if self._error is None:
            return self._results
        error, cause, self._error, self._cause = self._error, self._cause, None, None
        try:
            raise error from cause
        finally:
            # The exception keeps this frame, which must not keep the exception.
            del error, cause


def _keep_results(run):
    """The run has ended: its workflow is asked for the results also when nobody has kept the run."""
    workflow = run._workflow() if run._workflow is not None else None
    if workflow is not None:
        workflow._keep_results(run)


@override
class TaskRun(Myrmex.TaskRun):
    """One task of a run, with properties that notify, for lists that show a run."""

    __module__ = MODULE

    name = property(Myrmex.TaskRun.get_name, doc='The name of the task.')
    index = property(Myrmex.TaskRun.get_index, doc='Its place in the order of definition, from 0.')
    attempt = property(Myrmex.TaskRun.get_attempt, doc='The number of the newest attempt; 0 before the first.')
    fraction = property(Myrmex.TaskRun.get_fraction, doc='How much of the work it says is done, or -1.')

    # Of these the library's functions lend what may be gone in another thread; the properties are copies.

    @property
    def message(self):
        """What it says it is doing, or None."""
        return self.get_property('message')

    @property
    def status(self):
        """Where it stands, a TaskStatus."""
        return TaskStatus.by_number(int(self.get_status()))

    @property
    def reason(self):
        """Why, a Reason."""
        return Reason.by_number(int(self.get_reason()))

    @property
    def result(self):
        """What came of it, or how it stands: a TaskResult."""
        return self.get_property('result')

    def __repr__(self):
        return f'<TaskRun {self.name}: {self.status}>'


@override
class Run(Myrmex.Run):
    """One execution of a workflow.

    A sequence of its TaskRuns, in the order of definition: `len(run)`, `run[0]`, `for task_run in run`. Its methods
    may be called from any thread; signals and notifications come on the main context that it was started from.

    `await run` waits for it under asyncio, and returns its results or raises as Workflow.run() does.
    """

    __module__ = MODULE

    _driver = None    # what iterates its context, where it was started under asyncio
    _thread = None    # that started it, if that was this class
    _workflow = None  # weak reference
    _final = None     # its results, once it has ended

    def _claim(self, driver=None, workflow=None):
        """Makes this object the one that knows the exceptions of the run's tasks, as long as the run is there."""
        if '_failures' not in self.__dict__:
            self._failures = _failures.claim(self.get_id())
            _waiting.watch_over(self, self.__gtype__.name == _SERVICE_RUN)
        if driver is not None:
            self._driver = driver
        if workflow is not None:
            self._workflow = weakref.ref(workflow)
            self._thread = None if driver is not None else threading.get_ident()
            GObject.Object.connect(self, 'finished', _keep_results)
        return self

    id = property(Myrmex.Run.get_id, doc='The id: 32 hexadecimal digits that nobody can guess.')
    retried_from = property(Myrmex.Run.get_retried_from,
                            doc='The id of the earlier run that this one retries, or None.')
    name = property(Myrmex.Run.get_name, doc='The name of the workflow.')
    workflow = property(Myrmex.Run.get_workflow, doc='What is run, or None where this process does not have it.')
    fraction = property(Myrmex.Run.get_fraction, doc='The part of the tasks that have ended, 0 to 1.')
    elapsed = property(Myrmex.Run.get_elapsed, doc='How long the run has taken so far, or took, in seconds.')

    @property
    def status(self):
        """Where the run stands, a RunStatus."""
        return RunStatus.by_number(int(self.get_status()))

    @property
    def reason(self):
        """Why, a Reason."""
        return Reason.by_number(int(self.get_reason()))

    @property
    def results(self):
        """The results of all tasks, by name; while the run goes on, how they stand."""
        if self._final is not None:
            return self._final
        results = Results(self, self._claim()._failures)
        if self.has_ended:
            self._final = results
        return results

    @property
    def counts(self):
        """How many tasks there are of each status, by its word."""
        return {status.value: self.get_count(status) for status in TaskStatus}

    @property
    def has_ended(self):
        """Whether the run is over."""
        return Myrmex.run_status_is_final(self.get_status())

    @property
    def _is_started_here(self):
        """Whether this thread started the run, and so dispatches its signals while it waits."""
        return self._thread is None and self._driver is None or self._thread == threading.get_ident()

    def get_summary(self):
        """The run in short; see Workflow.get_summary()."""
        return self.results.summary()

    def get_count(self, status):
        """How many tasks are in a status now."""
        return Myrmex.Run.get_count(self, int(to_member(TaskStatus, status, 'status')))

    def explain(self, task_name):
        """Tells in words why a task waits, was skipped or ended as it did."""
        try:
            return Myrmex.Run.explain(self, to_text('task_name', task_name))
        except GLib.Error as error:
            raise native_error(error) from None

    def _wait_quietly(self, cancellable=None):
        """Waits until the run has ended, however that was. Dispatches its signals in the thread that started it.
        A function that is called by the run itself can not."""
        try:
            Myrmex.Run.wait(self, cancellable)
        except GLib.Error as error:
            if (error.domain, error.code) == (DOMAIN, Code.BUSY):
                raise native_error(error) from None

    def _check_not_inside(self):
        """For coroutines; the library does it for functions."""
        if inside_of.get() == self.get_id() and not self.has_ended:
            raise StateError(f'a function of workflow {self.name!r} can not wait for its own run')

    def wait(self, timeout=None, cancellable=None):
        """Waits until the run has ended, and returns its results, or raises as Workflow.run() does.

        In the thread that started the run its signals are dispatched meanwhile. After @timeout seconds, or when
        @cancellable fires, it raises TimeoutError or GLib.Error, and the run goes on.
        """
        if isinstance(timeout, Gio.Cancellable):
            timeout, cancellable = None, timeout
        self._check_not_inside()
        driver, loop = self._driver, running_loop()
        if (driver is not None and driver.loop is loop or is_held_by_waiting(loop)) and not self.has_ended:
            raise StateError('waiting here would stop the loop that the run needs; use “await run”')
        if not _waiting.wait(self, None if timeout is None else to_seconds('timeout', timeout), cancellable):
            if cancellable is not None:
                cancellable.set_error_if_cancelled()
            raise TimeoutError(f'the run of {self.name!r} is still going after {timeout} seconds')
        return self.check()

    def check(self):
        """The results of a run that has completed; of any other it raises what Workflow.run() raises."""
        return self._outcome().get()

    def _outcome(self):
        """What a run that has ended came to, an Outcome."""
        try:
            Myrmex.Run.check(self)
        except GLib.Error as error:
            return Outcome(native_error(error, None if error.code == Code.BUSY else self.results),
                           self._find_cause(error))
        return Outcome(results=self.results)

    def _find_cause(self, error):
        """The exception of the first task that failed with one."""
        if error.code != Code.TASK_FAILED or not self._claim()._failures:
            return None
        for name in self._failures.copy():
            result = self.results[name]
            cause = result.error
            if result.status == TaskStatus.FAILED and isinstance(cause, BaseException) and \
                    not (type(cause) is TaskFailedError and not cause.results):
                return cause
        return None

    async def _wait_for_outcome(self):
        """Waits under asyncio, for the outcome. Whoever cancels this cancels the run, and again forces it."""
        import asyncio

        self._check_not_inside()
        if self._driver is not None:
            future = asyncio.wrap_future(self._driver.finished)
        else:
            future = asyncio.get_running_loop().run_in_executor(None, self._wait_quietly)
        cancelled = None
        while not future.done():
            try:
                await asyncio.shield(future)
            except asyncio.CancelledError as error:
                cancelled = error
                self.cancel()
        if cancelled is not None:
            raise cancelled
        return self._outcome()

    def __await__(self):
        outcome = yield from self._wait_for_outcome().__await__()
        return outcome.get()

    def __bool__(self):
        return True

    def __repr__(self):
        return f'<Run of {self.name}: {self.status}>'
