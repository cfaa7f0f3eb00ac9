# SPDX-License-Identifier: LGPL-2.1-or-later
"""Native values to GVariant.

The mapping is the library's: None is the empty signature, bool `b`, int `x`, float `d`, str `s`, bytes `ay`, a list
or a tuple `av`, a dictionary with str keys `a{sv}`. A container is written in GVariant's own format, since a call
into the library for each of its elements would take five times as long.
"""

import numbers
import struct

from gi.repository import GLib

from ._errors import InvalidValueError
from ._library import Myrmex, _

# GVariant serialises 128 levels; each list takes two of them and each dictionary three.
MAX_DEPTH = 127
_MAX_SHOWN_STEPS = 8
_MAX_SHOWN_BITS = 128

_PADDING = tuple(bytes(n) for n in range(8))
_pack_int = struct.Struct('=q').pack
_pack_float = struct.Struct('=d').pack
_INT_MIN, _INT_MAX = -2**63, 2**63 - 1
_OFFSETS = ((1, 'B'), (2, 'H'), (4, 'I'), (8, 'Q'))


class _Unfit(Exception):
    """Why a part of a value fits no GVariant; the path to it grows on the way out."""

    def __init__(self, reason, is_whole=False):
        super().__init__(reason)
        self.reason = reason
        self.is_whole = is_whole
        self.path = []

    def message(self, what):
        steps = [f'[{step!r}]' for step in reversed(self.path) if not self.is_whole]
        if len(steps) > _MAX_SHOWN_STEPS:
            steps[_MAX_SHOWN_STEPS - 2:-2] = ['…']
        return self.reason.format(what + ''.join(steps))


def _escape(text):
    return text.replace('{', '{{').replace('}', '}}')


def _too_large():
    return _Unfit(_('{} is too large: more than {limit} bytes in all. Write large data to a file and return its path')
                  .replace('{limit}', str(Myrmex.MAX_VALUE_BYTES)), is_whole=True)


def _too_deep():
    return _Unfit(_('{} nests too deep; does it hold itself?'))


def _wrong_kind(value):
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == 'builtins' else f'{kind.__module__}.{kind.__qualname__}'
    return _Unfit(_('{} is of type {type}; '
                    'a value is None, a bool, int, float, str or bytes, or a list or dict of these')
                  .replace('{type}', _escape(name)))


def _check_int(value):
    if _INT_MIN <= value <= _INT_MAX:
        return value
    shown = str(value) if value.bit_length() <= _MAX_SHOWN_BITS else f'0x{value >> (value.bit_length() - 64):x}…'
    raise _Unfit(_('{} is {number}, which does not fit 64 bits; give it as a str').replace('{number}', shown))


def _encode_text(text):
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise _Unfit(_('{} has half a surrogate pair, which is no character')) from None
    if b'\0' in data:
        raise _Unfit(_('{} has a NUL character, which a string can not hold; give it as bytes'))
    return data


def _join_offsets(parts, ends, size):
    """The end of each element, in as few bytes as can number all of the container, follows them."""
    for width, code in _OFFSETS:
        if size + width * len(ends) < 1 << (8 * width):
            parts.append(struct.pack(f'={len(ends)}{code}', *ends))
            return b''.join(parts)
    raise _too_large()


class _Encoder:
    """Writes values as variants: the data, a NUL, the type. All of them start at a multiple of eight bytes."""

    __slots__ = ('left',)

    def __init__(self):
        self.left = Myrmex.MAX_VALUE_BYTES

    def box(self, value, depth):
        kind = type(value)
        if kind is str:
            data = _encode_text(value) + b'\0\0s'
        elif kind is int:
            data = _pack_int(_check_int(value)) + b'\0x'
        elif kind is float:
            data = _pack_float(value) + b'\0d'
        elif kind is bool:
            data = b'\1\0b' if value else b'\0\0b'
        elif value is None:
            data = b'\0\0g'
        else:
            return self.box_other(value, depth)
        # Also what is met many times over counts each time, so that a small tangle can not grow without end.
        self.left -= len(data)
        if self.left < 0:
            raise _too_large()
        return data

    def box_other(self, value, depth):
        self.left -= 8
        if self.left < 0:
            raise _too_large()
        if isinstance(value, (list, tuple)):
            return self.box_list(value, depth)
        if isinstance(value, dict):
            return self.box_dict(value, depth)
        if isinstance(value, (bytes, bytearray, memoryview)):
            data = bytes(value)
            self.left -= len(data)
            return data + b'\0ay'
        if isinstance(value, GLib.Variant):
            data = value.get_data_as_bytes().get_data() or b''
            self.left -= len(data)
            return data + b'\0' + value.get_type_string().encode()
        return self.box_kin(value, depth)

    def box_kin(self, value, depth):
        """What derives from a plain type, or says that it is a number, as those of NumPy do."""
        if isinstance(value, str):
            return self.box(str.__str__(value), depth)
        if isinstance(value, numbers.Integral):
            return self.box(int(value), depth)
        if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
            return self.box(float(value), depth)
        raise _wrong_kind(value)

    def box_list(self, value, depth):
        if depth + 2 > MAX_DEPTH:
            raise _too_deep()
        parts, ends, size = [], [], 0
        # A copy, since another thread may still change it.
        for index, item in enumerate(tuple(value)):
            try:
                data = self.box(item, depth + 2)
            except _Unfit as unfit:
                unfit.path.append(index)
                raise
            padding = -size & 7
            parts.append(_PADDING[padding])
            parts.append(data)
            size += padding + len(data)
            ends.append(size)
        return _join_offsets(parts, ends, size) + b'\0av'

    def box_dict(self, value, depth):
        if depth + 3 > MAX_DEPTH:
            raise _too_deep()
        parts, ends, size = [], [], 0
        for key, item in tuple(value.items()):
            if not isinstance(key, str):
                raise _Unfit(_('{} has the key {key}; the keys of a dict must be str')
                             .replace('{key}', _escape(ascii(key)[:64])))
            try:
                name = _encode_text(key) + b'\0'
                data = self.box(item, depth + 3)
            except _Unfit as unfit:
                unfit.path.append(key)
                raise
            self.left -= len(name)
            entry = _join_offsets([name, _PADDING[-len(name) & 7], data], [len(name)],
                                  len(name) + (-len(name) & 7) + len(data))
            padding = -size & 7
            parts.append(_PADDING[padding])
            parts.append(entry)
            size += padding + len(entry)
            ends.append(size)
        return _join_offsets(parts, ends, size) + b'\0a{sv}'


def _to_variant(value):
    kind = type(value)
    if kind is str:
        _encode_text(value)
        return GLib.Variant.new_string(value)
    if kind is int:
        return GLib.Variant.new_int64(_check_int(value))
    if kind is bool:
        return GLib.Variant.new_boolean(value)
    if kind is float:
        return GLib.Variant.new_double(value)
    if isinstance(value, GLib.Variant):
        return value
    data = _Encoder().box(value, 0)
    end = data.rindex(b'\0')
    return GLib.Variant.new_from_bytes(GLib.VariantType.new(data[end + 1:].decode()),
                                       GLib.Bytes.new(data[:end]), True)


def to_variant(value, what='value'):
    """The GVariant of a native value, or None for None.

    Raises InvalidValueError, which says which part of @what fits none.
    """
    if value is None:
        return None
    try:
        return _to_variant(value)
    except _Unfit as unfit:
        raise InvalidValueError(unfit.message(what)) from None


def to_vardict(value, what):
    """The same for a dictionary that the library wants; None stays None."""
    if value is None or isinstance(value, GLib.Variant):
        return value
    if not isinstance(value, dict):
        raise TypeError(f'{what} must be a dict, not {type(value).__name__}')
    return to_variant(value, what)


def pack(value):
    """The GLib.Variant of a native value, as it is in results; of None too. See InvalidValueError."""
    return GLib.Variant.new_signature('') if value is None else to_variant(value)
