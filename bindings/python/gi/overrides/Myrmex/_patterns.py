# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workflows of a usual shape, made of functions."""

from collections.abc import Iterable

from ._checks import to_kind
from ._task import NAME
from ._workflow import Workflow


def _choose_names(actions, names, prefix, taken=()):
    """A name for each action: the one given, or that of the function where it is free, or one with a number."""
    names = list(names or ())
    if len(names) > len(actions):
        raise ValueError(f'there are {len(names)} names for {len(actions)} tasks')
    taken = set(taken) | set(names)
    for index, action in enumerate(actions[len(names):], len(names)):
        name = getattr(action, '__name__', '')
        if name in taken or NAME.fullmatch(name) is None:
            name = f'{prefix}_{index}'
        taken.add(name)
        names.append(name)
    return names


def chain(*actions, names=None):
    """A workflow whose tasks run one after the other, each depending on the one before. They are named by @names,
    or as their functions are, or task_0, task_1 and so on."""
    workflow = Workflow(name='chain')
    before = None
    for name, action in zip(_choose_names(actions, names, 'task'), actions):
        workflow.add_task(name, action, dependencies=before)
        before = [name]
    return workflow


def parallel(*actions, names=None):
    """A workflow whose tasks all run at once."""
    workflow = Workflow(name='parallel')
    for name, action in zip(_choose_names(actions, names, 'task'), actions):
        workflow.add_task(name, action)
    return workflow


def fan_out_fan_in(initial, parallel_tasks, final, initial_name='initial', final_name='final'):
    """A workflow that does @initial, then all of @parallel_tasks at once, and when they are done @final."""
    workflow = Workflow(name='fan_out_fan_in')
    parallel_tasks = list(to_kind('parallel_tasks', parallel_tasks, Iterable, 'a list of functions') or ())
    names = _choose_names(parallel_tasks, None, 'parallel', (initial_name, final_name))
    workflow.add_task(initial_name, initial)
    for name, action in zip(names, parallel_tasks):
        workflow.add_task(name, action, dependencies=[initial_name])
    return workflow.add_task(final_name, final, dependencies=names or [initial_name])
