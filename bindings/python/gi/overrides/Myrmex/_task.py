# SPDX-License-Identifier: LGPL-2.1-or-later
"""Task: one unit of work, and how it is set up."""

import re
from collections.abc import Iterable

from gi.overrides import override

from ._calls import Call, Link, run_condition, run_function, run_transform
from ._checks import to_integer, to_kind, to_seconds, to_text, to_texts
from ._coroutines import run_coroutine
from ._enums import Affinity, TriggerRule, to_member
from ._errors import DefinitionError, StateError
from ._library import MODULE, Documented, Myrmex
from ._values import to_vardict
from ._variants import from_variant

NAME = re.compile(r'[A-Za-z0-9._-]{1,128}')


def check_name(what, name):
    """A name of a task or a workflow."""
    to_text(what, name)
    if NAME.fullmatch(name) is None:
        raise DefinitionError(f'{what} can not be {name[:64]!r}; it must be 1 to {Myrmex.MAX_NAME_BYTES} characters '
                              f'of A-Z a-z 0-9 . _ -')
    return name


def check_action(name, action):
    if callable(action) or isinstance(action, Myrmex.Action):
        return action
    hint = {str: '; add_shell() adds a script', list: '; add_command() adds a command',
            tuple: '; add_command() adds a command', type(None): '; add_noop() adds a task that does nothing'}
    raise TypeError(f'task {name!r} needs an action, which must be callable, not {type(action).__name__}'
                    f'{hint.get(type(action), "")}')


class Settings:
    """What a task is given, checked before anything is added, so that a mistake leaves no half of a task."""

    __slots__ = ('name', 'action', 'call', 'link', 'setters', 'affinity')

    def __init__(self, name, action, args, kwargs, options):
        self.name = name
        self.action = action
        self.call = None
        self.link = None
        self.setters = []
        self.affinity = None
        if action is not None and not isinstance(action, Myrmex.Action):
            self._need_call().set_action(name, action, _check_args(name, args), _check_kwargs(name, kwargs))
        elif args or kwargs:
            raise TypeError(f'task {name!r}: only functions take args and kwargs')
        for option, value in options.items():
            take = getattr(self, f'_take_{option}', None)
            if take is None:
                raise TypeError(f'a task has no option {option!r}')
            if value is not None:
                take(value)

    def _need_call(self):
        if self.call is None:
            self.call = Call()
            self.link = Link(self.call)
        return self.call

    def _take(self, setter, *values):
        self.setters.append((setter, values))

    def _take_dependencies(self, value):
        names = [check_name(f'a dependency of task {self.name!r}', item) for item in to_texts('dependencies', value)]
        if names:
            self._take(Myrmex.Task.set_dependencies, names)

    def _take_timeout(self, value):
        self._take(Myrmex.Task.set_timeout, to_seconds('timeout', value))

    def _take_retry_policy(self, value):
        if not isinstance(value, Myrmex.RetryPolicy):
            raise TypeError(f'retry_policy must be a RetryPolicy, not {type(value).__name__}')
        self._take(Myrmex.Task.set_retry_policy, value)
        if self.call is not None:
            self.call.retries_named = bool(value.get_retry_on())

    def _take_condition(self, value):
        if isinstance(value, str):
            self._take(Myrmex.Task.set_condition, to_text('condition', value))
        elif callable(value):
            self._need_call().set_condition(self.name, value)
            self._take(Myrmex.Task.set_condition_func, run_condition, self.link)
        else:
            raise TypeError(f'condition must be a function or an expression, not {type(value).__name__}')

    def _take_transform(self, value):
        if isinstance(value, str):
            self._take(Myrmex.Task.set_transform, to_text('transform', value))
        elif callable(value):
            self._need_call().set_transform(self.name, value)
            if self.call.action is None:
                self._take(Myrmex.Task.set_transform_func, run_transform, self.link)
        else:
            raise TypeError(f'transform must be a function or an expression, not {type(value).__name__}')

    def _take_tags(self, value):
        self._take(Myrmex.Task.set_tags, to_texts('tags', value))

    def _take_metadata(self, value):
        self._take(Myrmex.Task.set_metadata, to_vardict(value, 'metadata'))

    def _take_trigger_rule(self, value):
        self._take(Myrmex.Task.set_trigger_rule, int(to_member(TriggerRule, value, 'trigger_rule')))

    def _take_priority(self, value):
        self._take(Myrmex.Task.set_priority, to_integer('priority', value, -2**31, 2**31 - 1))

    def _take_affinity(self, value):
        self.affinity = to_member(Affinity, value, 'affinity')
        # Coroutines always begin on the main context, and go on in their loop.
        if self.call is None or not self.call.is_coroutine:
            self._take(Myrmex.Task.set_affinity, int(self.affinity))

    def _take_description(self, value):
        self._take(Myrmex.Task.set_description, to_text('description', value))

    def apply(self, task):
        for setter, values in self.setters:
            setter(task, *values)
        return task

    def add_to(self, workflow):
        """Adds the task to a workflow of the library, which takes the name."""
        if isinstance(self.action, Myrmex.Action):
            task = Myrmex.Workflow.add_action(workflow, self.name, self.action)
        elif self.action is None:
            task = Myrmex.Workflow.add_noop(workflow, self.name)
        elif self.call.is_coroutine:
            task = Myrmex.Workflow.add_async(workflow, self.name, run_coroutine, self.link)
        else:
            task = Myrmex.Workflow.add_function(workflow, self.name, run_function, self.link)
        if self.setters:
            self.apply(task)

    def make_task(self):
        """A task that is in no workflow yet."""
        if isinstance(self.action, Myrmex.Action) or self.action is None:
            task = Myrmex.Task.new(self.name, self.action)
        elif self.call.is_coroutine:
            task = Myrmex.Task.new_async(self.name, run_coroutine, self.link)
        else:
            task = Myrmex.Task.new_function(self.name, run_function, self.link)
        return self.apply(task)


def _check_args(name, args):
    if args is None:
        return ()
    if isinstance(args, (str, bytes)):
        raise TypeError(f'args of task {name!r} must be a list, such as [{args!r}], not {args!r}')
    return tuple(to_kind(f'args of task {name!r}', args, Iterable, 'a list'))


def _check_kwargs(name, kwargs):
    if kwargs is not None and not isinstance(kwargs, dict):
        raise TypeError(f'kwargs of task {name!r} must be a dict, not {type(kwargs).__name__}')
    return kwargs or {}


@override
class Task(Myrmex.Task, metaclass=Documented):
    """One unit of work in a workflow. Workflow.add_task() makes one and says what the arguments are;
    Workflow.add_task(task) takes one that was made before.

    `workflow['name']` has the task as it stands in its workflow. It can be changed as long as the workflow does
    not run.
    """

    __module__ = MODULE

    _link = None
    _call = None
    _workflow = None

    def __new__(cls, name, action, dependencies=None, args=None, kwargs=None, timeout=None, retry_policy=None,
                condition=None, transform_result=None, tags=None, metadata=None, *, transform=None,
                trigger_rule=None, priority=None, affinity=None, description=None):
        settings = Settings(
            check_name('the name of a task', name), check_action(name, action), args, kwargs, dict(
                dependencies=dependencies, timeout=timeout, retry_policy=retry_policy, condition=condition,
                transform=choose_transform(transform, transform_result), tags=tags, metadata=metadata,
                trigger_rule=trigger_rule, priority=priority, affinity=affinity, description=description))
        task = settings.make_task()
        task._link = settings.link
        task._call = settings.call
        return task

    def __init__(self, *args, **kwargs):
        pass

    name = property(Myrmex.Task.get_name, doc='The name.')

    @property
    def action(self):
        """What does the work: the function, an Action, or None where it does nothing or is not known here."""
        if self._call is not None and self._call.action is not None:
            return self._call.action
        return self.get_action()

    @property
    def action_type(self):
        """The type of the action: 'command', 'shell', 'noop', 'function', 'async' or what is registered."""
        return self.get_action_type()

    @property
    def dependencies(self):
        """The names of the tasks that this one depends on."""
        return self.dup_dependencies()

    @dependencies.setter
    def dependencies(self, names):
        self._set('dependencies', names if names is not None else [])
        if not names:
            self.set_dependencies(None)

    @property
    def timeout(self):
        """How many seconds an attempt may take; 0 for no bound."""
        return self.get_timeout()

    @timeout.setter
    def timeout(self, seconds):
        self._set('timeout', seconds or 0)

    @property
    def retry_policy(self):
        """How the task is tried again, or None."""
        return self.get_retry_policy()

    @property
    def condition(self):
        """The condition: a function, an expression, or None."""
        call = self._call
        return call.condition if call is not None and call.condition is not None else self.get_condition()

    @property
    def transform(self):
        """What makes the value of the result out of that of the action: a function, an expression, or None."""
        call = self._call
        return call.transform if call is not None and call.transform is not None else self.get_transform()

    @property
    def trigger_rule(self):
        """What the dependencies must have come to, a TriggerRule."""
        return TriggerRule.by_number(int(self.get_trigger_rule()))

    @trigger_rule.setter
    def trigger_rule(self, rule):
        self._set('trigger_rule', rule)

    @property
    def priority(self):
        """Of several tasks that may start, the one with the higher priority starts first."""
        return self.get_priority()

    @priority.setter
    def priority(self, priority):
        self._set('priority', priority)

    @property
    def affinity(self):
        """Where its functions run, an Affinity."""
        return Affinity.by_number(int(self.get_affinity()))

    @property
    def description(self):
        """What the task is for, in a sentence, or None."""
        return self.get_description()

    @description.setter
    def description(self, text):
        self._set('description', text)

    @property
    def tags(self):
        """The tags, a list."""
        return list(self.get_tags() or ())

    @tags.setter
    def tags(self, tags):
        self._set('tags', tags if tags is not None else [])

    @property
    def metadata(self):
        """The metadata, a dictionary."""
        return from_variant(self.get_metadata()) or {}

    @metadata.setter
    def metadata(self, metadata):
        self._set('metadata', metadata if metadata is not None else {})

    def _set(self, option, value):
        workflow = self._workflow() if self._workflow is not None else None
        if workflow is not None and workflow.is_busy():
            raise StateError(f'{option} of task {self.name!r} can not be changed while the workflow runs')
        Settings(self.name, None, None, None, {option: value}).apply(self)

    def __repr__(self):
        return f'<Task {self.name}>'


def choose_transform(transform, transform_result):
    if transform is not None and transform_result is not None:
        raise TypeError('transform and transform_result are two names of the same; give one')
    return transform if transform is not None else transform_result


def make_settings(name, action, args, kwargs, options):
    """The settings of a task that a workflow is going to add."""
    options['transform'] = choose_transform(options.pop('transform', None), options.pop('transform_result', None))
    return Settings(to_text('the name of a task', name), action, args, kwargs, options)
