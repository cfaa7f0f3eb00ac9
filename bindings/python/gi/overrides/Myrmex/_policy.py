# SPDX-License-Identifier: LGPL-2.1-or-later
"""RetryPolicy, and the names that failures have."""

from gi.overrides import override
from gi.repository import GLib

from ._checks import to_integer, to_number, to_text
from ._errors import InvalidValueError, OrchestratorTimeoutError, native_error
from ._library import MODULE, Documented, Myrmex

_MAX_ATTEMPTS = 2**31 - 1  # what the library is asked about; it allows less
_EVERYTHING = (Exception, BaseException)


def _class_name(kind):
    """What a class is called in retry_on: as it is imported, and as such words go, without a space."""
    name = kind.__qualname__ if kind.__module__ == 'builtins' else f'{kind.__module__}.{kind.__qualname__}'
    return '_'.join(name.split())


def failure_name(error):
    """The name of an exception, and after it, apart by spaces, those of the classes that it is of."""
    if type(error) is GLib.Error:
        first = f'{error.domain.removesuffix("-quark")}:{error.code}'
    elif isinstance(error, InvalidValueError):
        first = 'invalid-value'
    else:
        first = '_'.join(type(error).__name__.split())
    names = [first] + [_class_name(kind) for kind in type(error).__mro__ if issubclass(kind, BaseException)]
    return ' '.join(dict.fromkeys(names))


def _entry_names(entry):
    if isinstance(entry, str):
        return [to_text('retry_on', entry)]
    if not isinstance(entry, type) or not issubclass(entry, BaseException):
        raise TypeError(f'retry_on must be of exception classes and names of failures, not {entry!r}')
    names = [_class_name(entry)]
    if entry.__name__ == 'TimeoutError' or issubclass(entry, OrchestratorTimeoutError):
        names.append('timeout')
    elif issubclass(entry, InvalidValueError):
        names.append('invalid-value')
    return names


def _retry_names(retry_on):
    """The names for the library; None stands for every failure."""
    if retry_on is None:
        return None
    entries = [retry_on] if isinstance(retry_on, (str, type)) else list(retry_on)
    names = [name for entry in entries for name in _entry_names(entry)]
    return None if any(entry in _EVERYTHING for entry in entries) else list(dict.fromkeys(names)) or None


@override
class RetryPolicy(Myrmex.RetryPolicy, metaclass=Documented):
    """How often, after which failures and how long apart a task is tried again. It never changes.

    After failed attempt n, counted from 1, the wait is
    `min(max_delay, initial_delay * exponential_base ** (n - 1))`, less up to `jitter` of itself by chance.

    max_attempts: how many attempts in all, from 1 to 1,000,000.
    initial_delay, max_delay: seconds.
    exponential_base: what each wait is multiplied by to give the next, at least 1.
    retry_on: what is worth another attempt: exception classes, which stand for what derives from them too, and
        names of failures: 'timeout', 'exit-75', 'exit' (any status), 'signal-9', 'http-5xx', 'ValueError',
        'g-io-error:39'. TimeoutError also stands for 'timeout'; Exception, as None, for every failure.
    jitter: the part of a wait that chance may take off, 0 to 1.
    max_elapsed: no attempt starts later than this many seconds after the first began; 0 for no such bound.

    A number that is out of range is a ValueError.
    """

    __module__ = MODULE

    def __new__(cls, max_attempts=3, initial_delay=1.0, max_delay=60.0, exponential_base=2.0, retry_on=None,
                jitter=0.0, max_elapsed=0.0):
        attempts = to_integer('max_attempts', max_attempts, -_MAX_ATTEMPTS, _MAX_ATTEMPTS)
        try:
            return Myrmex.RetryPolicy.new_full(
                attempts, to_number('initial_delay', initial_delay), to_number('exponential_base', exponential_base),
                to_number('max_delay', max_delay), to_number('jitter', jitter),
                to_number('max_elapsed', max_elapsed or 0), _retry_names(retry_on))
        except GLib.Error as error:
            raise native_error(error) from None

    def __init__(self, *args, **kwargs):
        pass

    max_attempts = property(Myrmex.RetryPolicy.get_max_attempts, doc='How many attempts there are in all.')
    initial_delay = property(Myrmex.RetryPolicy.get_initial_delay, doc='The wait after the first failure, in seconds.')
    max_delay = property(Myrmex.RetryPolicy.get_max_delay, doc='The longest wait, in seconds.')
    exponential_base = property(Myrmex.RetryPolicy.get_exponential_base,
                                doc='What each wait is multiplied by to give the next.')
    jitter = property(Myrmex.RetryPolicy.get_jitter, doc='The part of a wait that chance may take off.')
    max_elapsed = property(Myrmex.RetryPolicy.get_max_elapsed,
                           doc='How many seconds after the first attempt began a further one may start; 0: any.')

    @property
    def retry_on(self):
        """The names of what is worth another attempt, or None for every failure."""
        names = self.get_retry_on()
        return tuple(names) if names else None

    def get_delay(self, attempt):
        """The wait after failed attempt number @attempt, from 1, in seconds, before jitter takes anything off."""
        return Myrmex.RetryPolicy.get_delay(self, min(to_integer('attempt', attempt, 1, float('inf')), _MAX_ATTEMPTS))

    def _fields(self):
        return (self.max_attempts, self.initial_delay, self.max_delay, self.exponential_base, self.retry_on,
                self.jitter, self.max_elapsed)

    def __eq__(self, other):
        return self._fields() == other._fields() if isinstance(other, RetryPolicy) else NotImplemented

    def __hash__(self):
        return hash(self._fields())

    def __repr__(self):
        names = ('max_attempts', 'initial_delay', 'max_delay', 'exponential_base', 'retry_on', 'jitter', 'max_elapsed')
        return f'RetryPolicy({", ".join(f"{name}={value!r}" for name, value in zip(names, self._fields()))})'
