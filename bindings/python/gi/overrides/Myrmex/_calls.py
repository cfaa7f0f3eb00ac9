# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls of Python's functions by the library: actions, conditions and transforms.

The library holds a function of this file and a weak reference to a Call, which the workflow holds. A workflow that
the library held through its own functions could never be freed, since Python's collector sees no such circle.

No exception leaves a function of this file: PyGObject would print it, or end the process on SystemExit.
"""

import inspect
import os
import weakref

from gi.repository import GLib

from . import _failures, _loops
from ._cancelling import CancelWatch
from ._context import Context, answer_failure, describe
from ._errors import DOMAIN, Code, StateError
from ._library import _
from ._signatures import BY_NAME, FIRST, NOWHERE, find_context, is_coroutine_function
from ._values import to_variant
from ._variants import from_variant

_HERE = os.path.dirname(__file__) + os.sep
# Nothing of these types can be awaited.
_PLAIN = frozenset((type(None), bool, int, float, str, bytes, list, dict, tuple))


class TransformFailed(Exception):
    """Carries what a transform raised."""


class Call:
    """What of a task is Python's. Held by the workflow, or by the Task that is in none yet."""

    __slots__ = ('action', 'args', 'kwargs', 'place', 'parameter', 'condition', 'condition_place',
                 'condition_parameter', 'transform', 'retries_named', 'is_coroutine', '__weakref__')

    def __init__(self):
        self.action = None
        self.args = ()
        self.kwargs = {}
        self.place = NOWHERE
        self.parameter = None
        self.condition = None
        self.condition_place = FIRST
        self.condition_parameter = None
        self.transform = None
        self.retries_named = False
        self.is_coroutine = False

    def set_action(self, name, action, args, kwargs):
        self.action = action
        self.args = tuple(args or ())
        self.kwargs = dict(kwargs or {})
        self.place, self.parameter = find_context(action, self.args, self.kwargs, f'the action of task {name!r}')
        self.is_coroutine = is_coroutine_function(action)

    def set_condition(self, name, condition):
        if is_coroutine_function(condition):
            raise TypeError(f'the condition of task {name!r} can not be a coroutine function')
        self.condition = condition
        self.condition_place, self.condition_parameter = find_context(
            condition, (), {}, f'the condition of task {name!r}', looks_at_names=True)

    def set_transform(self, name, transform):
        if is_coroutine_function(transform):
            raise TypeError(f'the transform of task {name!r} can not be a coroutine function')
        self.transform = transform

    def invoke(self, context):
        """Calls the action where it wants something of the context."""
        if self.place == FIRST:
            return self.action(context, *self.args, **self.kwargs)
        given = context if self.place == BY_NAME else context.results
        return self.action(*self.args, **{self.parameter: given}, **self.kwargs)

    def decide(self, context):
        """Calls the condition where it wants the results of the dependencies, or the context."""
        if self.condition_place == FIRST:
            return self.condition(context.results)
        given = context if self.condition_place == BY_NAME else context.results
        return self.condition(**{self.condition_parameter: given})

    def finish(self, value):
        """The GVariant for what the action returned."""
        if self.transform is not None:
            try:
                value = self.transform(value)
            except BaseException as error:
                raise TransformFailed from error
        return to_variant(value)

    def fail(self, raw, error):
        prefix = ''
        if isinstance(error, TransformFailed):
            error = error.__cause__
            prefix = _('The transform failed: ')
        strip_traceback(error)
        # What stops the interpreter was hardly meant to be tried again, unless the policy names it.
        answer_failure(raw, error, isinstance(error, Exception) or self.retries_named, prefix)


def strip_traceback(error):
    """Leaves out the frames of this package before those of the function that it called."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_HERE):
        trace = trace.tb_next
    if trace is not None:
        error.__traceback__ = trace


def _is_awaitable(value):
    return type(value) not in _PLAIN and inspect.isawaitable(value)


def _await_elsewhere(awaitable, raw):
    """What comes of an awaitable that a plain function returned; this thread waits for it."""
    import asyncio

    async def wait():
        return await awaitable

    loop = _loops.loop_of(raw.get_run_id())
    future = asyncio.run_coroutine_threadsafe(wait(), loop)
    watch = CancelWatch(raw, future.cancel)
    try:
        return future.result()
    finally:
        watch.end()


def run_function(raw, link):
    """The action of a plain function: returns a GVariant or None, or answers by the context."""
    call = context = None
    try:
        call = link()
        if call.place == NOWHERE:
            value = call.action(*call.args, **call.kwargs)
        else:
            context = Context(raw)
            value = call.invoke(context)
        if value is None and call.transform is None:
            return None
        if _is_awaitable(value):
            value = _await_elsewhere(value, raw)
        return call.finish(value)
    except BaseException as error:
        (call or Call()).fail(raw, error)
        return None
    finally:
        if context is not None:
            context._close()
        # The frames of an exception keep this one, which must not keep the run.
        raw = call = context = None


def run_condition(raw, link):
    """The condition of a task."""
    context = None
    try:
        call = link()
        if call.condition_place == NOWHERE:
            return bool(call.condition())
        context = Context(raw)
        return bool(call.decide(context))
    except BaseException as error:
        strip_traceback(error)
        _failures.add(raw.get_run_id(), raw.get_task_name(), 0, error)
        raise GLib.Error(describe(error), DOMAIN, int(Code.FAILED)) from None
    finally:
        if context is not None:
            context._close()
        raw = call = context = None


def run_transform(raw, value, link):
    """The transform of a task whose action is not Python's."""
    try:
        return link().finish(from_variant(value))
    except BaseException as error:
        error = error.__cause__ if isinstance(error, TransformFailed) else error
        strip_traceback(error)
        _failures.add(raw.get_run_id(), raw.get_task_name(), raw.get_attempt(), error)
        raise GLib.Error(describe(error), DOMAIN, int(Code.FAILED)) from None
    finally:
        raw = None


class Link:
    """What the library holds: a way to a Call, weak once a workflow holds the Call."""

    __slots__ = ('_call', '_weak')

    def __init__(self, call):
        self._call = call
        self._weak = weakref.ref(call)

    def loosen(self):
        """Now somebody else holds the call."""
        self._call = None

    def __call__(self):
        call = self._weak()
        if call is None:
            raise StateError('the workflow of this task is gone')
        return call
