# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks at what a caller gives, so that a mistake is told where it was made, and in words of Python."""

import numbers

MAX_SECONDS = 1e9  # as in the library


def to_seconds(what, value):
    """A time in seconds; None is 0, which is none."""
    if value is None:
        return 0.0
    seconds = to_number(what, value)
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValueError(f'{what} must be from 0 to {MAX_SECONDS:.0f} seconds, not {value!r}')
    return seconds


def to_number(what, value):
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f'{what} must be a number, not {type(value).__name__}')
    return float(value)


def to_integer(what, value, low, high):
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f'{what} must be an int, not {type(value).__name__}')
    if not low <= value <= high:
        raise ValueError(f'{what} must be from {low} to {high}, not {value}')
    return int(value)


def to_text(what, value):
    """A string that the library takes as it is: there it would end at a NUL."""
    if not isinstance(value, str):
        raise TypeError(f'{what} must be a str, not {type(value).__name__}')
    if '\0' in value:
        raise ValueError(f'{what} must not have a NUL character')
    return value


def to_kind(what, value, kinds, words):
    """What is of one of some types, or None."""
    if value is not None and not isinstance(value, kinds):
        raise TypeError(f'{what} must be {words}, not {type(value).__name__}')
    return value


def to_texts(what, value):
    """A list of strings; None is the empty one. A string is a mistake: it would be taken letter by letter."""
    if value is None:
        return []
    if isinstance(value, (str, bytes)):
        raise TypeError(f'{what} must be a list of str, such as [{value!r}], not the {type(value).__name__} {value!r}')
    try:
        return [to_text(f'each of {what}', item) for item in value]
    except TypeError as error:
        raise TypeError(str(error) if 'each of' in str(error)
                        else f'{what} must be a list of str, not {type(value).__name__}') from None
