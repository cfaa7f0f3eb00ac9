# SPDX-License-Identifier: LGPL-2.1-or-later
"""The exceptions that tasks ended with, by run, for as long as somebody can ask for them.

The library keeps their names and messages; the objects are kept here. A task may fail before whoever starts its run
knows the id of it, so what comes early waits until the run is claimed.
"""

import threading
import weakref

# Of runs that nobody claims, since C code runs them, only the newest are kept.
_MAX_UNCLAIMED = 64

_lock = threading.Lock()
_claimed = weakref.WeakValueDictionary()
_unclaimed = {}


class Failures(dict):
    """Of one run: the name of a task → (attempt, exception)."""

    __slots__ = ('__weakref__',)


def add(run_id, task_name, attempt, error):
    with _lock:
        failures = _claimed.get(run_id)
        if failures is None:
            failures = _unclaimed.setdefault(run_id, Failures())
            while len(_unclaimed) > _MAX_UNCLAIMED:
                del _unclaimed[next(iter(_unclaimed))]
        failures[task_name] = (attempt, error)


def claim(run_id):
    """The failures of a run, from now on kept by whoever keeps what this returns."""
    with _lock:
        failures = _claimed.get(run_id)
        if failures is None:
            failures = _claimed[run_id] = _unclaimed.pop(run_id, None) or Failures()
        return failures
