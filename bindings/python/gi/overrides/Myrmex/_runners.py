# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runners, and which one runs a workflow."""

import os
import threading

from gi.overrides import override
from gi.repository import GLib

from ._errors import Code, WorkflowError, native_error
from ._library import MODULE, Myrmex
from ._values import to_vardict

# Functions of Python mostly wait, so there are more of them at once than processors, as in concurrent.futures.
_MAX_DEFAULT = 32
_MORE_THAN_PROCESSORS = 4
_MAX_PARALLEL = 32767  # of a runner

_lock = threading.Lock()
_runners = {}


def _default_parallel():
    return min(_MAX_DEFAULT, (os.cpu_count() or 1) + _MORE_THAN_PROCESSORS)


def runner_for(max_parallel):
    """A runner of this process that lets a workflow with this max_parallel have it."""
    number = max(_default_parallel(), min(max_parallel, _MAX_PARALLEL))
    with _lock:
        runner = _runners.get(number)
        if runner is None:
            runner = _runners[number] = Myrmex.LocalRunner(max_parallel=number)
        return runner


def start_run(runner, workflow, options):
    return _start(Myrmex.Runner.start, runner, workflow, options)


def retry_run(runner, run, options):
    return _start(Myrmex.Runner.retry_failed, runner, run, options)


def _start(start, runner, what, options):
    try:
        return start(runner, what, to_vardict(options, 'options') if options else None)
    except GLib.Error as error:
        # No task has failed yet.
        raise (WorkflowError(error.message) if error.code == Code.FAILED else native_error(error)) from None


@override
class Runner(Myrmex.Runner):
    """What executes workflows. Give one to Workflow.run(), or start a run here."""

    __module__ = MODULE

    def start(self, workflow, options=None):
        """Starts a run and returns it. @options is a dictionary: parameters, env, directory, log_directory, timeout
        and paused; Workflow.start() says what they mean."""
        return start_run(self, workflow, options)._claim()

    def retry_failed(self, run, options=None):
        """Starts a new run of the workflow of @run, which has failed or was cancelled, and returns it. What has
        completed is kept and not run again, with its value, times and log; everything else is decided anew.
        @options are those of start(), and take the place of those of @run."""
        return retry_run(self, run, options)._claim()
