# SPDX-License-Identifier: LGPL-2.1-or-later
"""Action: new types of action in Python."""

import functools
import inspect

from gi.overrides import override
from gi.repository import GLib

from ._calls import Call, strip_traceback
from ._checks import to_text, to_texts
from ._context import Context, describe
from ._coroutines import start_attempt
from ._errors import DOMAIN, Code, WorkflowError, native_error
from ._library import MODULE, Myrmex
from ._signatures import FIRST
from ._values import to_vardict
from ._variants import from_variant


def _wrap_start(start):
    """do_start() as the library calls it: with its own context, and without exceptions."""
    @functools.wraps(start)
    def do_start(self, raw):
        if inspect.iscoroutinefunction(start):
            call = Call()
            call.action = functools.partial(start, self)
            call.place = FIRST
            start_attempt(raw, call)
            return
        context = Context(raw.ref())
        try:
            start(self, context)
        except BaseException as error:
            strip_traceback(error)
            # It may have answered before.
            if context._raw is not None:
                context.return_error(error, isinstance(error, Exception))
        finally:
            raw = context = None

    return do_start


def _wrap_prepare(prepare):
    """do_prepare() with errors that the library can take."""
    @functools.wraps(prepare)
    def do_prepare(self):
        try:
            if prepare(self) is False:
                raise ValueError(f'{type(self).__name__} does not take what the definition says of it')
        except WorkflowError:
            raise
        except BaseException as error:
            raise GLib.Error(describe(error), DOMAIN, int(Code.INVALID_ARGUMENT)) from None
        return True

    return do_prepare


@override
class Action(Myrmex.Action):
    """How a task does its work. Derive from it to make a new type of action, and register that by name:

        class Greet(Action):
            def do_prepare(self):               # may be left out
                if 'example.greet' not in self.spec: raise ValueError('say whom')

            async def do_start(self, context):  # or: def do_start(self, context)
                return f"Hello {context.input['example.greet']}"

        Greet.register('example.greet', description='Says hello')

    Now definitions may say `{"example.greet": "Ada"}`. do_start() is called on the main context of the run. As a
    coroutine function it is awaited, and what it returns is the value. As a plain one it must not block: it begins
    the work, keeps the context, and answers when the work is done, from any thread, by `context.return_value()` or
    `context.return_error()`. What either raises is the error of the task.
    """

    __module__ = MODULE

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name, wrap in (('do_start', _wrap_start), ('do_prepare', _wrap_prepare)):
            if name in cls.__dict__:
                setattr(cls, name, wrap(cls.__dict__[name]))

    @property
    def spec(self):
        """What the definition says of the action, a dictionary; templates are not filled."""
        return from_variant(self.get_spec()) or {}

    @property
    def type_name(self):
        """The name of the type of action."""
        return self.get_type_name()

    @classmethod
    def register(cls, name, type=None, keys=None, description=None):
        """Gives a type of action, by default this class, a name that definitions can use. With a dot in it it can
        never be one of the library's: 'example.greet'. @keys are the further keys of a task that it takes."""
        try:
            Myrmex.Action.register(to_text('name', name), type if type is not None else cls.__gtype__,
                                   to_texts('keys', keys), description)
        except GLib.Error as error:
            raise native_error(error) from None

    @staticmethod
    def create(name, spec):
        """Makes an action of a type that is known by name, for Workflow.add_task(). @spec is a dictionary with that
        name as a key: Action.create('command', {'command': ['ls'], 'output': 'lines'})."""
        try:
            action = Myrmex.Action.create(to_text('name', name), to_vardict(spec, 'spec'))
            if action is not None:
                action.prepare()
            return action
        except GLib.Error as error:
            raise native_error(error) from None

    @staticmethod
    def list_types():
        """The names of all types of action."""
        return Myrmex.Action.list_types()


def action_register(name, type, keys=None, description=None):
    """Gives a type of action a name; see Action.register()."""
    Action.register(name, type, keys, description)
