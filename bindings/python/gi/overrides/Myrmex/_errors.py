# SPDX-License-Identifier: LGPL-2.1-or-later
"""The exceptions. All are WorkflowErrors, and thereby GLib.Errors, whose domain and code they keep."""

from gi.repository import GLib

from ._library import MODULE, Myrmex

DOMAIN = 'myrmex-error-quark'
Code = Myrmex.Error


class WorkflowError(GLib.Error):
    """Something is wrong with a workflow, or with a run of it.

    Where it tells of a run, `results` are the results of all tasks of that, and `summary` is what
    `Workflow.get_summary()` gives.
    """

    __module__ = MODULE
    _code = Code.FAILED

    def __init__(self, message='', code=None, results=None):
        super().__init__(message, DOMAIN, int(self._code if code is None else code))
        self._results = results

    def __str__(self):
        return self.message

    def __repr__(self):
        return f'{type(self).__name__}({self.message!r})'

    def __reduce__(self):
        return type(self), (self.message, self.code)

    @property
    def results(self):
        """The results of all tasks by name; empty where nothing has run."""
        return self._results if self._results is not None else {}

    @property
    def summary(self):
        """The run in short, or None."""
        return self._results.summary() if self._results is not None else None


class DefinitionError(WorkflowError, ValueError):
    """A workflow, or something that was said of it, can not be right. There is a line for each problem."""

    __module__ = MODULE
    _code = Code.INVALID_DEFINITION


class CycleError(WorkflowError, ValueError):
    """Tasks depend on each other in a circle. The message names all of it, in order."""

    __module__ = MODULE
    _code = Code.CYCLE


class DependencyResolutionError(WorkflowError, LookupError):
    """A task depends on a task that does not exist."""

    __module__ = MODULE
    _code = Code.UNKNOWN_DEPENDENCY

    __str__ = WorkflowError.__str__


class StateError(WorkflowError):
    """A workflow was changed while it ran, or a run was asked what only an ended one knows."""

    __module__ = MODULE
    _code = Code.BUSY


class TaskFailedError(WorkflowError):
    """Tasks of a run failed. The exception of the first, where there is one, is the cause of this.

    As the error of a single task it tells how its command ended, or what else went wrong in no function of Python.
    """

    __module__ = MODULE
    _code = Code.TASK_FAILED

    @property
    def tasks(self):
        """The names of the tasks that failed, in the order of definition."""
        return [name for name, result in self.results.items() if result.status.value == 'failed']


class OrchestratorTimeoutError(WorkflowError, TimeoutError):
    """A run, or as the error of a task an attempt, took longer than it may.

    Never what a task raised: its own TimeoutError is the error of that task as it is.
    """

    __module__ = MODULE
    _code = Code.TIMED_OUT

    __str__ = WorkflowError.__str__


class WorkflowCancelledError(WorkflowError):
    """A run was cancelled; as the error of a task: it was stopped, since the run was ending."""

    __module__ = MODULE
    _code = Code.CANCELLED


class InvalidValueError(WorkflowError, ValueError):
    """A value that no GVariant can hold. The message says which part of it."""

    __module__ = MODULE
    _code = Code.INVALID_VALUE


_CLASSES = {
    Code.INVALID_ARGUMENT: DefinitionError,
    Code.INVALID_DEFINITION: DefinitionError,
    Code.CYCLE: CycleError,
    Code.UNKNOWN_DEPENDENCY: DependencyResolutionError,
    Code.DUPLICATE: DefinitionError,
    Code.BUSY: StateError,
    Code.TASK_FAILED: TaskFailedError,
    Code.TIMED_OUT: OrchestratorTimeoutError,
    Code.CANCELLED: WorkflowCancelledError,
    Code.EXIT_STATUS: TaskFailedError,
    Code.SIGNAL: TaskFailedError,
    Code.SPAWN_FAILED: TaskFailedError,
    Code.INTERRUPTED: TaskFailedError,
    Code.FAILED: TaskFailedError,
    Code.EXPRESSION: DefinitionError,
    Code.INVALID_VALUE: InvalidValueError,
    Code.LIMIT: InvalidValueError,
}


def native_error(error, results=None):
    """The exception for an error of the library. Errors of other domains stay as they are."""
    if error is None or error.domain != DOMAIN:
        return error
    return _CLASSES.get(error.code, WorkflowError)(error.message, error.code, results)
