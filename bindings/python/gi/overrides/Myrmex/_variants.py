# SPDX-License-Identifier: LGPL-2.1-or-later
"""GVariant to native values: any type, and the null of the library is None.

A container is read out of GVariant's own format, see _values.py. What is made for a type is kept, so that a type is
looked at once.
"""

import functools
import struct

# Letter → code of struct, bytes
_NUMBERS = {'y': 'B', 'n': 'h', 'q': 'H', 'i': 'i', 'u': 'I', 'x': 'q', 't': 'Q', 'h': 'i', 'd': 'd', 'b': '?'}
_WIDTHS = ((0xff, 1, 'B'), (0xffff, 2, 'H'), (0xffffffff, 4, 'I'), (None, 8, 'Q'))


class _Reader:
    """How to read one type: read(data, start, end), its alignment, and its size where that is fixed, or else 0."""

    __slots__ = ('read', 'alignment', 'size', 'code')

    def __init__(self, read, alignment, size=0, code=None):
        self.read = read
        self.alignment = alignment
        self.size = size
        self.code = code


def _offset_width(size):
    for limit, width, code in _WIDTHS:
        if limit is None or size <= limit:
            return width, code
    raise AssertionError


def _number_reader(letter):
    code = _NUMBERS[letter]
    unpack = struct.Struct(f'={code}').unpack_from
    size = struct.calcsize(f'={code}')
    return _Reader(lambda data, start, end: unpack(data, start)[0], size, size, code)


def _read_text(data, start, end):
    return data[start:end - 1].decode()


def _read_signature(data, start, end):
    return data[start:end - 1].decode() or None


def _read_bytes(data, start, end):
    return data[start:end]


def _read_variant(data, start, end):
    mark = data.rindex(b'\0', start, end)
    return _reader(data[mark + 1:end].decode()).read(data, start, mark)


def _maybe_reader(element):
    def read(data, start, end):
        if start == end:
            return None
        return element.read(data, start, end if element.size else end - 1)

    return _Reader(read, element.alignment)


def _fixed_array_reader(element):
    def read(data, start, end):
        return [element.read(data, at, at + element.size) for at in range(start, end, element.size)]

    def read_numbers(data, start, end):
        return list(struct.unpack_from(f'={(end - start) // element.size}{element.code}', data, start))

    return _Reader(read_numbers if element.code else read, element.alignment)


def _array_reader(element):
    if element.size:
        return _fixed_array_reader(element)

    def read(data, start, end):
        if start == end:
            return []
        width, code = _offset_width(end - start)
        table = start + struct.unpack_from(f'={code}', data, end - width)[0]
        values, at, skip = [], start, element.alignment - 1
        for stop in struct.unpack_from(f'={(end - table) // width}{code}', data, table):
            at += -at & skip
            values.append(element.read(data, at, start + stop))
            at = start + stop
        return values

    return _Reader(read, element.alignment)


def _dict_reader(pairs):
    return _Reader(lambda data, start, end: dict(pairs.read(data, start, end)), pairs.alignment)


def _struct_reader(members):
    alignment = max((member.alignment for member in members), default=1)
    size = 0
    for member in members:
        size += -size & (member.alignment - 1)
        size += member.size
    size = max(1, size + (-size & (alignment - 1)))
    is_fixed = all(member.size for member in members)

    def read(data, start, end):
        values, at = [], start
        width, code = _offset_width(end - start)
        offset = end
        for index, member in enumerate(members):
            at += -at & (member.alignment - 1)
            if member.size:
                stop = at + member.size
            elif index == len(members) - 1:
                stop = offset
            else:
                offset -= width
                stop = start + struct.unpack_from(f'={code}', data, offset)[0]
            values.append(member.read(data, at, stop))
            at = stop
        return tuple(values)

    return _Reader(read, alignment, size if is_fixed else 0)


def _parse(text, at):
    """The reader of the type that begins at @at, and where the next one does."""
    letter = text[at]
    if letter in _NUMBERS:
        return _number_reader(letter), at + 1
    if letter in 'so':
        return _Reader(_read_text, 1), at + 1
    if letter == 'g':
        return _Reader(_read_signature, 1), at + 1
    if letter == 'v':
        return _Reader(_read_variant, 8), at + 1
    if letter == 'm':
        element, at = _parse(text, at + 1)
        return _maybe_reader(element), at
    if letter == 'a':
        if text[at + 1] == 'y':
            return _Reader(_read_bytes, 1), at + 2
        is_dict = text[at + 1] == '{'
        element, at = _parse(text, at + 1)
        return _dict_reader(_array_reader(element)) if is_dict else _array_reader(element), at
    members, at = [], at + 1
    while text[at] not in ')}':
        member, at = _parse(text, at)
        members.append(member)
    return _struct_reader(members), at + 1


@functools.lru_cache(maxsize=256)
def _reader(text):
    return _parse(text, 0)[0]


def from_variant(variant):
    """The native value of a GVariant; None for None."""
    if variant is None:
        return None
    kind = variant.get_type_string()
    if kind == 's':
        return variant.get_string()
    if kind == 'x':
        return variant.get_int64()
    if kind == 'd':
        return variant.get_double()
    if kind == 'b':
        return variant.get_boolean()
    # What comes from elsewhere may be malformed; GVariant knows how to read that.
    if not variant.is_normal_form():
        variant = variant.get_normal_form()
    data = variant.get_data_as_bytes().get_data() or b''
    return _reader(kind).read(data, 0, len(data))


def unpack(variant):
    """The native value of a GLib.Variant, of any type: what details of a raw signal are, for example."""
    return from_variant(variant)
