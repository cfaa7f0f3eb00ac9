# SPDX-License-Identifier: LGPL-2.1-or-later
"""The enumerations of the library as those of Python.

A member is a number, as the library wants it, and its value is the word that is used everywhere else:
`TaskStatus.COMPLETED.value == 'completed'`, `TaskStatus('completed') is TaskStatus.COMPLETED`.
"""

import enum

from ._library import MODULE, Myrmex


class _Word(int, enum.Enum):
    """An enumeration whose members are numbers and whose values are words."""

    def __new__(cls, number, word):
        self = int.__new__(cls, number)
        self._value_ = word
        return self

    def __repr__(self):
        return f'{type(self).__name__}.{self.name}'

    def __str__(self):
        return self.value

    def __format__(self, spec):
        return format(self.value, spec)


def _mirror(original, doc):
    """The enumeration of Python for one of the library."""
    numbers = sorted((int(getattr(original, name)), name) for name in dir(original) if name.isupper())
    mirrored = _Word(original.__name__, [(name, (number, name.lower())) for number, name in numbers], module=MODULE)
    mirrored.__doc__ = doc
    mirrored.by_number = {int(member): member for member in mirrored}.__getitem__
    return mirrored


TaskStatus = _mirror(Myrmex.TaskStatus, """Where a task of a run stands.

PENDING, RUNNING, RETRYING, COMPLETED, FAILED, SKIPPED and CANCELLED; the last four are final.""")

RunStatus = _mirror(Myrmex.RunStatus, """Where a run stands.

QUEUED, RUNNING, PAUSED, COMPLETED, FAILED and CANCELLED; the last three are final.""")

Reason = _mirror(Myrmex.Reason, """Why a task or a run is in its status.

NONE, CONDITION, UPSTREAM_FAILED, UPSTREAM_SKIPPED, EXIT_STATUS, SIGNAL, ERROR, SPAWN_FAILED, TIMED_OUT, FAIL_FAST,
RUN_CANCELLED, RUN_TIMED_OUT and INTERRUPTED.""")

TriggerRule = _mirror(Myrmex.TriggerRule, """What the dependencies of a task must have come to for it to run.

ALL_SUCCESS (the default), ALL_DONE, ALL_FAILED, ONE_SUCCESS, ONE_FAILED, NONE_FAILED and
NONE_FAILED_MIN_ONE_SUCCESS.""")

Affinity = _mirror(Myrmex.Affinity, """Where the functions of a task run.

WORKER (in a thread of the runner's) or MAIN (on the main context that the run was started from).""")


def to_member(kind, value, what):
    """The member that @value is, or names."""
    try:
        return value if isinstance(value, kind) else kind(value) if isinstance(value, str) else kind.by_number(value)
    except (KeyError, TypeError, ValueError):
        words = ', '.join(member.value for member in kind)
        raise ValueError(f'{what} must be one of {words}, not {value!r}') from None
