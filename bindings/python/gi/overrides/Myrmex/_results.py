# SPDX-License-Identifier: LGPL-2.1-or-later
"""What came of tasks: TaskResult, and Results, which have them by name."""

import collections.abc

from gi.overrides import override

from ._enums import Reason, RunStatus, TaskStatus
from ._errors import native_error
from ._library import MODULE, Documented, Myrmex
from ._variants import from_variant

_MICROSECONDS = 1e6
_FINAL = frozenset(int(status) for status in
                   (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.SKIPPED, TaskStatus.CANCELLED))


def to_timestamp(microseconds):
    """A time of the library as time.time() has it, or None for none."""
    return microseconds / _MICROSECONDS if microseconds else None


@override
class TaskResult(Myrmex.TaskResult, metaclass=Documented):
    """What came of a task. It never changes."""

    __module__ = MODULE

    _name = None
    _failures = None

    success = property(Myrmex.TaskResult.get_success, doc='Whether the task completed.')
    attempts = property(Myrmex.TaskResult.get_attempts, doc='How many attempts were started.')
    execution_time = property(Myrmex.TaskResult.get_execution_time,
                              doc='How long the attempts took, all together, in seconds.')
    kept_from = property(Myrmex.TaskResult.get_kept_from,
                         doc='The id of the earlier run that the task ran in, where it was kept; otherwise None.')
    error_name = property(Myrmex.TaskResult.get_error_name,
                          doc="The name of the failure, as retry_on knows it: 'ValueError', 'exit-2', 'timeout'.")

    @property
    def status(self):
        """Where the task stood, a TaskStatus; final if it had ended."""
        return TaskStatus.by_number(int(self.get_status()))

    @property
    def reason(self):
        """Why it is in its status, a Reason."""
        return Reason.by_number(int(self.get_reason()))

    @property
    def value(self):
        """The value, as a native object; the same one each time. None where the task did not complete."""
        try:
            return self.__dict__['_value']
        except KeyError:
            return self.__dict__.setdefault('_value', from_variant(self.get_value()))

    @property
    def error(self):
        """What the last attempt ended with, or None.

        The exception itself, where a function of this process raised it; for anything else a WorkflowError, or a
        GLib.Error of another domain.
        """
        error = self.get_error()
        if error is None:
            return None
        kept = self._failures.get(self._name) if self._failures is not None else None
        if kept is not None and kept[0] == self.get_attempts() and self.get_reason() == Reason.ERROR:
            return kept[1]
        return native_error(error)

    @property
    def started(self):
        """When the first attempt was started, as time.time() has it, or None."""
        return to_timestamp(self.get_started())

    @property
    def finished(self):
        """When the task ended, as time.time() has it, or None."""
        return to_timestamp(self.get_finished())

    def __repr__(self):
        if self.success:
            return f'TaskResult(status={self.status.value!r}, value={self.value!r})'
        return f'TaskResult(status={self.status.value!r}, reason={self.reason.value!r}, error={self.error!r})'


class ResultMapping(collections.abc.Mapping):
    """Results by name, each looked up when it is asked for. Nobody can put anything in."""

    def __init__(self, find, list_names, failures):
        self._find = find
        self._list_names = list_names
        self._failures = failures
        self._names = None
        self._known = {}

    def _look_up(self, name):
        result = self._find(name)
        if result is not None and name in self._failures:
            result._name = name
            result._failures = self._failures
        return result

    def _all_names(self):
        if self._names is None:
            self._names = dict.fromkeys(self._list_names())
        return self._names

    def __getitem__(self, name):
        result = self._known.get(name)
        if result is None:
            result = self._look_up(name) if isinstance(name, str) and '\0' not in name else None
            if result is None:
                raise KeyError(name)
            if int(result.get_status()) in _FINAL:
                result = self._known.setdefault(name, result)
        return result

    def __contains__(self, name):
        return name in self._all_names()

    def __iter__(self):
        return iter(self._all_names())

    def __len__(self):
        return len(self._all_names())

    def __repr__(self):
        return f'{type(self).__name__}({dict(self)!r})'


class Results(ResultMapping):
    """The results of all tasks of a run, by name: `results['fetch'].value`. While it runs, how they stand.

    Awaiting this gives it back, so that `await workflow.run()` is no mistake.
    """

    __module__ = MODULE

    def __init__(self, run, failures):
        super().__init__(run.dup_result, run.dup_task_names, failures)
        self._run = run
        self._standing = None
        if run.has_ended:
            self._detach()

    def _detach(self):
        """Lets go of the run, which holds the workflow, and keeps the results alone. A function of the workflow's
        may lead to these results; through the run that would be a circle that Python's collector does not see."""
        self._known = {name: self._look_up(name) for name in self._all_names()}
        self._standing = self._look_at_run()
        self._run = self._list_names = None
        self._find = self._known.get

    def _look_at_run(self):
        """The name of the workflow, the status of the run and how long it took, or takes so far."""
        run = self._run
        return run.get_name(), RunStatus.by_number(int(run.get_status())), run.get_elapsed()

    def summary(self):
        """The run in short; see Workflow.get_summary()."""
        workflow_name, status, elapsed = self._standing or self._look_at_run()
        counts = dict.fromkeys((status.value for status in TaskStatus), 0)
        tasks = {}
        for name, result in self.items():
            error = result.error
            tasks[name] = {'status': result.status.value, 'reason': result.reason.value,
                           'execution_time': result.execution_time, 'attempts': result.attempts,
                           'error': None if error is None else str(error) or type(error).__name__}
            counts[result.status.value] += 1
        return {'name': workflow_name, 'total_tasks': len(tasks), **counts,
                'success': status == RunStatus.COMPLETED, 'status': status.value,
                'total_execution_time': sum(result.execution_time for result in self.values()
                                            if result.kept_from is None),
                'elapsed_time': elapsed, 'tasks': tasks}

    def __await__(self):
        return self
        yield
