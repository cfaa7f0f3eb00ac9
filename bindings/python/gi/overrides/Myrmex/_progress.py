# SPDX-License-Identifier: LGPL-2.1-or-later
"""progress_callback: the library's signal in native values, and in the thread that the caller expects it in."""

import sys
import types

from ._loops import driven_loop
from ._variants import from_variant


def _call(callback, task_name, status, details):
    try:
        callback(task_name, status, details)
    except BaseException as error:
        # It can stop nothing, and is not silent either.
        sys.unraisablehook(types.SimpleNamespace(exc_type=type(error), exc_value=error,
                                                 exc_traceback=error.__traceback__,
                                                 err_msg='Exception in progress_callback', object=callback))


def on_progress(workflow, task_name, status, details):
    """Handler of the signal; on the main context of the run."""
    callback = workflow.progress_callback
    if callback is None:
        return
    native = from_variant(details)
    if 'attempt' in native and 'execution_time' in native:
        native['attempts'] = native['attempt']
    loop = driven_loop()
    if loop is None:
        _call(callback, task_name, status, native)
        return
    try:
        loop.call_soon_threadsafe(_call, callback, task_name, status, native)
    except RuntimeError:
        pass  # the loop is closed; nobody is left who could be told
