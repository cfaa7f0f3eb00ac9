# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workflow: what to do, and running it."""

import os
import threading
import weakref

from gi.overrides import override
from gi.repository import GLib, GObject

from ._checks import to_integer, to_kind, to_seconds, to_text, to_texts
from ._errors import DefinitionError, StateError, native_error
from ._library import MODULE, Myrmex
from ._loops import Driver, running_loop
from ._progress import on_progress
from ._results import Results
from ._runners import runner_for, start_run
from ._task import check_action, check_name, make_settings
from ._values import to_vardict
from ._variants import from_variant
from ._waiting import run_to_end, watch_over_state

_MAX_PARALLEL = 2**32 - 1


def _to_path(what, value):
    return to_text(what, os.fspath(value))


# How each option of a run is checked.
_MAX_RUN_PRIORITY = Myrmex.MAX_RUN_PRIORITY

_RUN_OPTIONS = {
    'parameters': lambda what, value: to_vardict(value, what),
    'env': lambda what, value: to_vardict(value, what),
    'timeout': to_seconds,
    'directory': _to_path,
    'log_directory': _to_path,
    'priority': lambda what, value: to_integer(what, value, -_MAX_RUN_PRIORITY, _MAX_RUN_PRIORITY),
}


class _State:
    """What of a workflow is Python's. Made when it is first needed, since C code makes workflows too."""

    __slots__ = ('calls', 'latest', 'kept', 'active', 'starting', 'cancels', 'cancels_next', 'progress_callback',
                 'progress_handler', 'lock', 'owner', '__weakref__')

    def __init__(self, owner):
        self.owner = weakref.ref(owner)
        self.calls = {}       # name → Call; the library has only weak references
        self.latest = None    # weak reference to the newest run
        self.kept = None      # its results, once the run is gone
        self.active = {}      # id → weak reference to a run
        self.starting = 0     # how many runs are being started, which are not active yet
        self.cancels = 0      # how often cancel() was called
        self.cancels_next = False
        self.progress_callback = None
        self.progress_handler = 0
        self.lock = threading.Lock()
        watch_over_state(self)


@override
class Workflow(Myrmex.Workflow):
    """What to do: a named graph of tasks.

        workflow = Workflow(name='my_pipeline', fail_fast=True)
        workflow.add_task(name='fetch_data', action=fetch_data, timeout=30)
        workflow.add_task(name='process', action=process, dependencies=['fetch_data'],
                          retry_policy=RetryPolicy(max_attempts=3))
        results = workflow.run()
        print(results['process'].value)

    name: 1 to 128 characters of A-Z a-z 0-9 . _ -
    timeout: how many seconds a run may take; None or 0 for no bound.
    fail_fast: whether a run stops at the first task that failed for good.
    progress_callback: called with (task_name, status, details) as things happen; 'workflow' stands for the run
        itself, details is a dictionary.
    max_parallel: how many tasks of a run may run at once; 0 leaves it to the runner.
    description, directory, env, parameters: as in a definition; directory is where the relative paths of commands
        start, env a dictionary of variables for them, parameters one of what a run can be given.

    A workflow may run again, and several times at once. While it runs it can not be changed. It is a container of
    its tasks: `len(workflow)`, `'name' in workflow`, `workflow['name']`, `for task in workflow`.
    """

    __module__ = MODULE

    def __init__(self, name='workflow', timeout=None, fail_fast=True, progress_callback=None, max_parallel=0,
                 description=None, directory=None, env=None, parameters=None):
        super().__init__(name=check_name('the name of a workflow', name), fail_fast=bool(fail_fast))
        self.timeout = timeout
        self.max_parallel = max_parallel
        self.progress_callback = progress_callback
        for option, value in (('description', description), ('directory', directory), ('env', env),
                              ('parameters', parameters)):
            if value is not None:
                setattr(self, option, value)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # The library's type is final; what derives from it is Python's business alone.
        cls.__gtype__ = Myrmex.Workflow.__gtype__

    def _state(self):
        state = self.__dict__.get('_own')
        return state if state is not None else self.__dict__.setdefault('_own', _State(self))

    @classmethod
    def from_json(cls, text, filename=None):
        """Makes a workflow of a definition. What is wrong with it is a DefinitionError, all of it at once, a line
        each: `file:line:column: message`; @filename is what these lines begin with."""
        if isinstance(text, (bytes, bytearray)):
            try:
                text = bytes(text).decode()
            except UnicodeDecodeError as error:
                raise DefinitionError(f'{filename or "definition"}: not UTF-8, at byte {error.start}') from None
        try:
            return Myrmex.Workflow.new_from_json(to_text('a definition', text), -1, filename)
        except GLib.Error as error:
            raise native_error(error) from None

    @classmethod
    def from_file(cls, path):
        """Makes a workflow of the definition in a file; see from_json()."""
        try:
            return Myrmex.Workflow.new_from_file(os.fspath(path))
        except GLib.Error as error:
            raise native_error(error) from None

    def to_json(self):
        """The definition of this workflow. Functions can not be written down; tasks that have any are an error."""
        try:
            return Myrmex.Workflow.to_json(self)
        except GLib.Error as error:
            raise native_error(error) from None

    # What it is.

    name = property(Myrmex.Workflow.get_name, doc='The name.')

    def _check_idle(self, what):
        if self.is_busy():
            raise StateError(f'{what} can not be changed while the workflow runs')

    @property
    def timeout(self):
        """How many seconds a run may take; 0 for no bound."""
        return self.get_timeout()

    @timeout.setter
    def timeout(self, seconds):
        self._check_idle('timeout')
        self.set_timeout(to_seconds('timeout', seconds))

    @property
    def fail_fast(self):
        """Whether a run stops at the first task that failed for good."""
        return self.get_fail_fast()

    @fail_fast.setter
    def fail_fast(self, fail_fast):
        self._check_idle('fail_fast')
        self.set_fail_fast(bool(fail_fast))

    @property
    def max_parallel(self):
        """How many tasks of a run may run at once; 0 leaves it to the runner."""
        return self.get_max_parallel()

    @max_parallel.setter
    def max_parallel(self, number):
        self._check_idle('max_parallel')
        self.set_max_parallel(to_integer('max_parallel', number, 0, _MAX_PARALLEL))

    @property
    def description(self):
        """What it is for, in a sentence, or None."""
        return self.get_description()

    @description.setter
    def description(self, text):
        self._check_idle('description')
        self.set_description(None if text is None else to_text('description', text))

    @property
    def directory(self):
        """The folder that relative paths of commands start from, or None for the process's own."""
        return self.get_directory()

    @directory.setter
    def directory(self, path):
        self._check_idle('directory')
        self.set_directory(None if path is None else _to_path('directory', path))

    @property
    def env(self):
        """Environment variables for all commands, a dictionary."""
        return from_variant(self.get_env()) or {}

    @env.setter
    def env(self, variables):
        self._check_idle('env')
        self.set_env(to_vardict(variables, 'env'))

    @property
    def parameters(self):
        """What a run can be given, by name: dictionaries with 'type', 'default' and 'description'."""
        return from_variant(self.get_parameters()) or {}

    @parameters.setter
    def parameters(self, parameters):
        self._check_idle('parameters')
        self.set_parameters(to_vardict(parameters, 'parameters'))

    @property
    def progress_callback(self):
        """What is called with (task_name, status, details) as things happen, or None.

        In the thread that runs the workflow; under asyncio in that of the loop. What it raises goes to
        sys.unraisablehook, and stops nothing.
        """
        return self._state().progress_callback

    @progress_callback.setter
    def progress_callback(self, function):
        if function is not None and not callable(function):
            raise TypeError(f'progress_callback must be callable, not {type(function).__name__}')
        state = self._state()
        state.progress_callback = function
        if function is not None and not state.progress_handler:
            # Not a method of this object, which would hold it.
            state.progress_handler = GObject.Object.connect(self, 'progress', on_progress)
        elif function is None and state.progress_handler:
            GObject.Object.disconnect(self, state.progress_handler)
            state.progress_handler = 0

    # Its tasks.

    def _add(self, name, action, args, kwargs, options):
        settings = make_settings(name, action, args, kwargs, options)
        try:
            self.can_add(name)
        except GLib.Error as error:
            raise native_error(error) from None
        if settings.call is not None:
            self._state().calls[name] = settings.call
            settings.link.loosen()
        settings.add_to(self)
        return self

    def add_task(self, name, action=None, dependencies=None, args=None, kwargs=None, timeout=None, retry_policy=None,
                 condition=None, transform_result=None, tags=None, metadata=None, *, transform=None,
                 trigger_rule=None, priority=None, affinity=None, description=None):
        """Adds a task, and returns the workflow.

        name: a name of its own, 1 to 128 characters of A-Z a-z 0-9 . _ - (or a Task, and nothing else)
        action: a function, or any other callable, without a parameter or with one, the Context: it has the results
            of the dependencies, `context.results['fetch_data'].value`. A plain function runs in a worker thread; a
            coroutine function is awaited. What it returns is the value: None, a bool, int (of 64 bits), float, str
            or bytes, or a list or dict of these. What it raises is the error. Or an Action.
        dependencies: the names of the tasks that must have ended before, a list.
        args, kwargs: further arguments for the function; the context goes before them, or to a parameter that is
            called `context`.
        timeout: how many seconds each attempt may take. A function that takes longer is not waited for: it should
            look at `context.cancelled` now and then. A coroutine is cancelled.
        retry_policy: how it is tried again, a RetryPolicy; without one there is one attempt.
        condition: whether it runs: a function of the results of its dependencies, or of the `context`, or an
            expression, "tasks.fetch_data.value > 3". What it raises fails the task.
        transform, transform_result: a function that makes the value of the result out of what the action returned,
            or an expression of `value`.
        trigger_rule: what its dependencies must have come to: 'all_success', 'all_done' (for clean-up) and others.
        priority: of several tasks that may start, the one with the higher priority starts first.
        affinity: 'worker', or 'main' for a function that must run on the main context of the run.
        tags, metadata, description: labels; a list of str, a dictionary and a sentence.
        """
        if isinstance(name, Myrmex.Task):
            return self._adopt(name)
        return self._add(name, check_action(name, action), args, kwargs, dict(
            dependencies=dependencies, timeout=timeout, retry_policy=retry_policy, condition=condition,
            transform_result=transform_result, tags=tags, metadata=metadata, transform=transform,
            trigger_rule=trigger_rule, priority=priority, affinity=affinity, description=description))

    def _adopt(self, task):
        try:
            Myrmex.Workflow.add_task(self, task)
        except GLib.Error as error:
            raise native_error(error) from None
        if task._call is not None:
            self._state().calls[task.name] = task._call
            task._link.loosen()
        return self

    def add_noop(self, name, dependencies=None, **options):
        """Adds a task that does nothing, for others to depend on. @options are those of add_task()."""
        return self._add(name, None, None, None, dict(dependencies=dependencies, **options))

    def add_command(self, name, command, dependencies=None, *, output=None, env=None, directory=None, stdin=None,
                    grace=None, allowed_exit_codes=None, **options):
        """Adds a command, a list of a program and its arguments, and returns the workflow.

        output: what of the standard output is the value: 'text' (the default), 'json', 'lines', 'bytes', 'none'.
        env, directory, stdin: variables, folder and input of its own.
        grace: how many seconds it has to end when it is asked to, before it is killed.
        allowed_exit_codes: other statuses than 0 that are a success, a list.

        Templates such as "${{ tasks.list.value }}" fill arguments. @options are those of add_task().
        """
        spec = {'command': to_texts('command', command), 'output': output, 'env': env, 'directory': directory,
                'stdin': stdin, 'grace': grace, 'allowed_exit_codes': allowed_exit_codes}
        return self._add_spec(name, 'command', spec, dependencies, options)

    def add_shell(self, name, script, dependencies=None, *, output=None, env=None, directory=None, stdin=None,
                  grace=None, allowed_exit_codes=None, **options):
        """Adds a script of /bin/sh, and returns the workflow. Values reach it through @env; see add_command()."""
        spec = {'shell': to_text('script', script), 'output': output, 'env': env, 'directory': directory,
                'stdin': stdin, 'grace': grace, 'allowed_exit_codes': allowed_exit_codes}
        return self._add_spec(name, 'shell', spec, dependencies, options)

    def _add_spec(self, name, kind, spec, dependencies, options):
        from ._actions import Action

        given = {key: value for key, value in spec.items() if value is not None}
        return self._add(name, Action.create(kind, given), None, None, dict(dependencies=dependencies, **options))

    @property
    def tasks(self):
        """The tasks by name, a dictionary of its own."""
        return {task.name: task for task in self}

    def _own_task(self, task):
        task._workflow = weakref.ref(self)
        task._call = self._state().calls.get(task.get_name())
        return task

    def __len__(self):
        return self.get_n_tasks()

    def __bool__(self):
        return True

    def __contains__(self, name):
        return isinstance(name, str) and '\0' not in name and self.get_task(name) is not None

    def __getitem__(self, name):
        task = self.get_task(name) if isinstance(name, str) and '\0' not in name else None
        if task is None:
            raise KeyError(name)
        return self._own_task(task)

    def __iter__(self):
        for index in range(self.get_n_tasks()):
            yield self._own_task(self.get_nth_task(index))

    # Running it.

    def validate(self):
        """Checks everything that a run would check before it starts: raises CycleError, DependencyResolutionError
        or DefinitionError, whose message has a line for each thing that is wrong."""
        try:
            return Myrmex.Workflow.validate(self)
        except GLib.Error as error:
            raise native_error(error) from None

    def start(self, parameters=None, *, timeout=None, runner=None, env=None, directory=None, log_directory=None,
              paused=False, priority=None):
        """Starts a run and returns it, a Run. For the arguments see run().

        Where an asyncio loop runs in this thread, the run works with it: coroutines and progress_callback run in
        the loop, and `await run` waits. Otherwise signals and what begins on the main context wait until the main
        context of this thread is iterated, as an application does, and `run.wait()`.

        @paused: nothing begins before `run.resume()`.
        @priority: from -1000 to 1000; of the runs of a runner, one of a higher priority gets the next free place.
        """
        return self._start(running_loop(), runner, paused, parameters=parameters, timeout=timeout, env=env,
                           directory=directory, log_directory=log_directory, priority=priority)

    def _start(self, loop, runner, paused=False, **given):
        options = {name: _RUN_OPTIONS[name](name, value) for name, value in given.items() if value is not None}
        runner = to_kind('runner', runner, Myrmex.Runner, 'a Runner') or runner_for(self.get_max_parallel())
        state = self._state()
        with state.lock:
            cancelled, state.cancels_next = state.cancels_next, False
            state.starting += 1
            cancels = state.cancels
        if paused or cancelled:
            # So nothing can begin before it is cancelled.
            options['paused'] = True

        def start():
            return start_run(runner, self, options)

        run = None
        try:
            driver = Driver(start, loop) if loop is not None else None
            run = driver.begin() if driver is not None else start()
            run._claim(driver, self)
        finally:
            with state.lock:
                state.starting -= 1
                if run is not None:
                    state.latest = weakref.ref(run)
                    state.kept = None
                    state.active = {key: ref for key, ref in state.active.items() if ref() is not None}
                    state.active[run.get_id()] = weakref.ref(run)
                is_late = state.cancels != cancels
        if run.has_ended:
            # Its end may have been told before anybody listened.
            self._keep_results(run)
        if cancelled or is_late:
            run.cancel()
        if cancelled and not paused:
            run.resume()
        return run

    def run(self, parameters=None, *, timeout=None, runner=None, env=None, directory=None, log_directory=None):
        """Runs the workflow, waits until it has ended, and returns the results of all tasks by name.

        parameters: values for the parameters of the workflow, a dictionary.
        timeout: how many seconds the run may take, instead of the workflow's own timeout.
        runner: what executes it; by default one for this process.
        env, directory: variables for commands, and the folder that relative paths start from.
        log_directory: where the logs of tasks are kept; by default they go with the run.

        Raises what validate() does where it can not run. Where the run does not complete it raises TaskFailedError,
        OrchestratorTimeoutError or WorkflowCancelledError: their `results` are those of all tasks, and their cause
        is the exception of the first task that failed. Ctrl-C cancels the run, again forces it, and is raised as
        KeyboardInterrupt when the run has ended.

        This blocks. Under asyncio use `await workflow.run_async()`, or `await workflow`.
        """
        if running_loop() is not None and any(call.is_coroutine for call in self._state().calls.values()):
            raise StateError('run() would stop the loop that the coroutines of this workflow need; '
                             'use “await workflow.run_async()”')
        def start():
            return self._start(None, runner, parameters=parameters, timeout=timeout, env=env, directory=directory,
                               log_directory=log_directory)

        return run_to_end(start).get()

    async def run_async(self, parameters=None, *, timeout=None, runner=None, env=None, directory=None,
                        log_directory=None):
        """The same under asyncio: `results = await workflow.run_async()`. Whoever cancels this cancels the run."""
        # The run is in no variable, which an exception would keep.
        outcome = await self.start(parameters, timeout=timeout, runner=runner, env=env, directory=directory,
                                   log_directory=log_directory)._wait_for_outcome()
        return outcome.get()

    def __await__(self):
        return self.run_async().__await__()

    def cancel(self):
        """Cancels the runs of this workflow that are going on; the next one, where there is none.

        What runs is interrupted and nothing new starts, except clean-up, tasks with the trigger rule all_done.
        Again, clean-up is skipped and nothing is gentle any more.
        """
        state = self._state()
        with state.lock:
            runs = [ref() for ref in state.active.values()]
            runs = [run for run in runs if run is not None and not run.has_ended]
            state.cancels += 1
            state.cancels_next = not runs and not state.starting
        for run in runs:
            run.cancel()

    # What came of it.

    def _keep_results(self, run):
        state = self._state()
        if state.latest is not None and state.latest() is run:
            state.kept = run.results

    @property
    def task_results(self):
        """The results of the newest run, by name; empty before the first."""
        state = self._state()
        run = state.latest() if state.latest is not None else None
        if run is not None:
            return run.results
        return state.kept if state.kept is not None else {}

    def get_task_result(self, name):
        """The result of a task in the newest run, a TaskResult, or None."""
        return self.task_results.get(name)

    def get_summary(self):
        """The newest run in short: name, total_tasks, the number of tasks of each status (completed, failed,
        skipped, pending, running, retrying, cancelled), success, status, total_execution_time and elapsed_time in
        seconds, and tasks: by name, status, reason, execution_time, attempts and error of each."""
        results = self.task_results
        if isinstance(results, Results):
            return results.summary()
        waiting = {'status': 'pending', 'reason': 'none', 'execution_time': 0.0, 'attempts': 0, 'error': None}
        names = [task.get_name() for task in self]
        counts = dict.fromkeys(('running', 'retrying', 'completed', 'failed', 'skipped', 'cancelled'), 0)
        return {'name': self.name, 'total_tasks': len(names), 'pending': len(names), **counts, 'success': False,
                'status': 'queued', 'total_execution_time': 0.0, 'elapsed_time': 0.0,
                'tasks': {name: dict(waiting) for name in names}}

    def __repr__(self):
        return f'<Workflow {self.name}: {len(self)} tasks>'
