# SPDX-License-Identifier: LGPL-2.1-or-later
"""Myrmex for Python: workflows of functions, coroutines and commands.

    from gi.repository.Myrmex import Workflow, RetryPolicy

    workflow = Workflow(name='my_pipeline', fail_fast=True)
    workflow.add_task(name='fetch_data', action=fetch_data, timeout=30)
    workflow.add_task(name='process', action=process, dependencies=['fetch_data'])
    results = workflow.run()
    print(results['process'].value)

PyGObject loads this over what introspection shows of the library. help(Workflow) is the place to begin.
"""

import gi

# This is what is laid over version 1; a program that does not ask for a version gets the right one, and no warning.
gi.require_version('Myrmex', '1')

# Those that others derive from come first.
from ._enums import Affinity, Reason, RunStatus, TaskStatus, TriggerRule
from ._errors import (CycleError, DefinitionError, DependencyResolutionError, InvalidValueError,
                      OrchestratorTimeoutError, StateError, TaskFailedError, WorkflowCancelledError, WorkflowError)
from ._policy import RetryPolicy
from ._results import Results, TaskResult
from ._context import Context
from ._run import Run, TaskRun
from ._runners import Runner
from ._service import RunInfo, RunList, ServiceRunner
from ._actions import Action, action_register
from ._task import Task
from ._workflow import Workflow
from ._values import pack
from ._variants import unpack
from ._patterns import chain, fan_out_fan_in, parallel

__all__ = [
    'Action', 'Affinity', 'Context', 'CycleError', 'DefinitionError', 'DependencyResolutionError',
    'InvalidValueError', 'OrchestratorTimeoutError', 'Reason', 'Results', 'RetryPolicy', 'Run', 'RunInfo',
    'RunList', 'RunStatus', 'Runner', 'ServiceRunner', 'StateError', 'Task', 'TaskFailedError', 'TaskResult',
    'TaskRun', 'TaskStatus', 'TriggerRule', 'Workflow', 'WorkflowCancelledError', 'WorkflowError',
    'action_register', 'chain', 'fan_out_fan_in', 'pack', 'parallel', 'unpack',
]
