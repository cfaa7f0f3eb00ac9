# SPDX-License-Identifier: LGPL-2.1-or-later
"""ServiceRunner, RunInfo and RunList: the service on the session bus, which goes on when this program ends."""

import functools

from gi.overrides import override
from gi.repository import GLib

from ._checks import to_integer, to_kind, to_number, to_seconds, to_text, to_texts
from ._enums import Reason, RunStatus, TaskStatus, to_member
from ._errors import native_error
from ._library import MODULE, Myrmex
from ._loops import Driver, running_loop
from ._results import to_timestamp
from ._runners import retry_run, start_run
from ._values import to_vardict
from ._variants import from_variant

_MICROSECONDS = 1e6
_MAX_COUNT = 2**32 - 1


def _translated(function):
    """What the library reports is raised as Python has it."""
    @functools.wraps(function)
    def call(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except GLib.Error as error:
            raise native_error(error) from None
    return call


def _to_statuses(status):
    names = [status] if isinstance(status, (str, RunStatus)) else list(status)
    return GLib.Variant('as', [to_member(RunStatus, name, 'status').value for name in names])


def _to_filter(status, name, active, since):
    options = {}
    if status is not None:
        options['status'] = _to_statuses(status)
    if name is not None:
        options['name'] = GLib.Variant('s', to_text('name', name))
    if active is not None:
        options['active'] = GLib.Variant('b', bool(active))
    if since is not None:
        options['since'] = GLib.Variant('x', int(to_number('since', since) * _MICROSECONDS))
    return GLib.Variant('a{sv}', options)


def _follow(start):
    """The run that @start() gives, which a thread of its own follows where a loop of asyncio runs in this one."""
    loop = running_loop()
    if loop is None:
        return start()._claim()
    driver = Driver(start, loop)
    return driver.begin()._claim(driver)


async def _elsewhere(function, *args, **kwargs):
    """Calls what waits for the service without holding the loop up."""
    import asyncio

    return await asyncio.get_running_loop().run_in_executor(None, functools.partial(function, *args, **kwargs))


async def _follow_elsewhere(start):
    import asyncio

    driver = Driver(start, asyncio.get_running_loop())
    return (await _elsewhere(driver.begin))._claim(driver)


@override
class RunInfo(Myrmex.RunInfo):
    """What a list shows of a run: how it is called and how it stands. In a RunList it is kept up to date."""

    __module__ = MODULE

    id = property(Myrmex.RunInfo.get_id, doc='The id; ServiceRunner.open_run() takes it.')
    name = property(Myrmex.RunInfo.get_name, doc='What the run is called.')
    workflow_name = property(Myrmex.RunInfo.get_workflow_name, doc='The name of the workflow.')
    fraction = property(Myrmex.RunInfo.get_fraction, doc='The part of the tasks that have ended, 0 to 1.')
    n_tasks = property(Myrmex.RunInfo.get_n_tasks, doc='How many tasks there are.')
    error_message = property(Myrmex.RunInfo.get_error_message, doc='Why it did not complete, or None.')

    @property
    def status(self):
        """Where the run stands, a RunStatus."""
        return RunStatus.by_number(int(self.get_status()))

    @property
    def reason(self):
        """Why, a Reason."""
        return Reason.by_number(int(self.get_reason()))

    @property
    def counts(self):
        """How many tasks there are of each status, by its word."""
        return {status.value: self.get_count(int(status)) for status in TaskStatus}

    @property
    def submitted(self):
        """When it was accepted, as time.time() has it."""
        return to_timestamp(self.get_submitted())

    @property
    def started(self):
        """When it started, as time.time() has it, or None."""
        return to_timestamp(self.get_started())

    @property
    def finished(self):
        """When it ended, as time.time() has it, or None."""
        return to_timestamp(self.get_finished())

    def __repr__(self):
        return f'<RunInfo {self.id[:8]} of {self.name}: {self.status}>'


@override
class RunList(Myrmex.RunList):
    """The runs of the service, the newest first: a list model of RunInfos that is loaded in pages and kept up to date.

    runner: a ServiceRunner, or None for the service on the session bus.
    status, name, active, since: which runs, as ServiceRunner.list_runs() has them.

    It needs a main loop, as an application has.
    """

    __module__ = MODULE

    def __init__(self, runner=None, status=None, name=None, active=None, since=None):
        to_kind('runner', runner, Myrmex.ServiceRunner, 'a ServiceRunner')
        super().__init__(runner=runner, filter=_to_filter(status, name, active, since))

    loading = property(Myrmex.RunList.get_loading, doc='Whether it is still asking for what there is.')
    runner = property(Myrmex.RunList.get_runner, doc='The runner.')

    @property
    def error(self):
        """Why it could not be loaded, or None."""
        return native_error(self.get_property('error'))

    @property
    def filter(self):
        """Which runs are listed, a dictionary."""
        return from_variant(self.get_filter()) or {}

    def set_filter(self, status=None, name=None, active=None, since=None):
        """Sets which runs are listed, and loads them."""
        Myrmex.RunList.set_filter(self, _to_filter(status, name, active, since))

    def __bool__(self):
        return True


@override
class ServiceRunner(Myrmex.ServiceRunner):
    """Hands workflows to the service, which goes on with them when this program ends, and finds runs again.

    connection: a Gio.DBusConnection, or None for the session bus.

    Tasks have to be commands, scripts or other actions of definitions: a function can not go there. Each method that
    waits for the service has another one for asyncio, which is awaited.
    """

    __module__ = MODULE

    def __init__(self, connection=None):
        super().__init__(connection=connection)

    def _start(self, workflow, options):
        if isinstance(workflow, str):
            given = to_vardict(options, 'options') if options else None
            return _translated(Myrmex.ServiceRunner.start_named)(self, to_text('workflow', workflow), given)
        return start_run(self, to_kind('workflow', workflow, Myrmex.Workflow, 'a Workflow or a name'), options)

    def start(self, workflow, options=None):
        """Starts a run and returns it, once it is accepted. It goes on when this program ends.

        workflow: a Workflow, or the name of one of the service's catalog.
        options: a dictionary: parameters, env, directory, log_directory, timeout, paused, grace, and of the service
            name (what the run is called) and idempotency_key (the same key gives the same run).
        """
        return _follow(lambda: self._start(workflow, options))

    async def start_async(self, workflow, options=None):
        """The same under asyncio: `run = await runner.start_async(workflow)`, and `results = await run`."""
        return await _follow_elsewhere(lambda: self._start(workflow, options))

    def retry_failed(self, run, options=None):
        """Starts a new run that keeps what has completed in @run, and returns it, once it is accepted."""
        return _follow(lambda: retry_run(self, run, options))

    async def retry_failed_async(self, run, options=None):
        """The same under asyncio."""
        return await _follow_elsewhere(lambda: retry_run(self, run, options))

    def open_run(self, run):
        """Gets a run that was submitted before, by its id, the first characters of that, or its name."""
        return _follow(lambda: _translated(Myrmex.ServiceRunner.open_run)(self, to_text('run', run)))

    async def open_run_async(self, run):
        """The same under asyncio."""
        return await _follow_elsewhere(lambda: _translated(Myrmex.ServiceRunner.open_run)(self, to_text('run', run)))

    @_translated
    def list_runs(self, status=None, name=None, active=None, since=None, offset=0, limit=0):
        """Lists runs, the newest first: RunInfos.

        status: a status or several, such as 'failed' or RunStatus.FAILED.
        name: what they are called.
        active: True for those that have not ended, False for those that have.
        since: submitted then or later, as time.time() has it.
        offset, limit: how many to leave out, and to give at most; 0: as many as the service gives at once, 1000.
        """
        runs, _total = Myrmex.ServiceRunner.list_runs(
            self, _to_filter(status, name, active, since), to_integer('offset', offset, 0, _MAX_COUNT),
            to_integer('limit', limit, 0, _MAX_COUNT))
        return runs

    async def list_runs_async(self, status=None, name=None, active=None, since=None, offset=0, limit=0):
        """The same under asyncio."""
        return await _elsewhere(self.list_runs, status, name, active, since, offset, limit)

    @_translated
    def delete_run(self, id):
        """Has the service forget a run that has ended, and its logs."""
        Myrmex.ServiceRunner.delete_run(self, to_text('id', id))

    async def delete_run_async(self, id):
        """The same under asyncio."""
        await _elsewhere(self.delete_run, id)

    @_translated
    def prune(self, older_than=None, keep=None, status=None):
        """Has the service forget runs that have ended, and returns how many: all of them, or those that ended
        @older_than seconds ago, are not the newest @keep, and ended with @status."""
        options = {}
        if older_than is not None:
            options['older_than'] = GLib.Variant('d', to_seconds('older_than', older_than))
        if keep is not None:
            options['keep'] = GLib.Variant('u', to_integer('keep', keep, 0, _MAX_COUNT))
        if status is not None:
            options['status'] = _to_statuses(status)
        _done, n_pruned = Myrmex.ServiceRunner.prune(self, GLib.Variant('a{sv}', options))
        return n_pruned

    async def prune_async(self, older_than=None, keep=None, status=None):
        """The same under asyncio."""
        return await _elsewhere(self.prune, older_than, keep, status)
