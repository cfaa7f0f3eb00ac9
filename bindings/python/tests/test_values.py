# SPDX-License-Identifier: LGPL-2.1-or-later
"""Native values to GVariant and back."""

import collections
import decimal
import enum
import fractions
import math
import random
import struct
import unittest

from gi.repository import GLib

from gi.repository.Myrmex import MAX_VALUE_BYTES, InvalidValueError, pack, unpack

import tap


def independent(value):
    """The same value, put together by PyGObject."""
    if value is None:
        return GLib.Variant.new_signature('')
    if isinstance(value, (list, tuple)):
        return GLib.Variant('av', [independent(item) for item in value])
    if isinstance(value, dict):
        return GLib.Variant('a{sv}', {key: independent(item) for key, item in value.items()})
    if isinstance(value, bytes):
        return GLib.Variant('ay', list(value))
    return GLib.Variant({bool: 'b', int: 'x', float: 'd', str: 's'}[type(value)], value)


def as_lists(value):
    if isinstance(value, (list, tuple)):
        return [as_lists(item) for item in value]
    if isinstance(value, dict):
        return {key: as_lists(item) for key, item in value.items()}
    return value


class Values:
    """Random values."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        return ''.join(self.random.choices('ab é€😀\n', k=self.random.choice((0, 1, 7, 300))))

    def value(self, depth):
        kind = self.random.randrange(9 if depth else 6)
        if kind == 0:
            return None
        if kind == 1:
            return self.random.random() < 0.5
        if kind == 2:
            return self.random.randint(-2**63, 2**63 - 1)
        if kind == 3:
            return self.random.random()
        if kind == 4:
            return self.text()
        if kind == 5:
            return self.random.randbytes(self.random.randrange(20))
        count = self.random.choice((0, 1, 2, 5, 40)) if depth < 3 else self.random.randrange(4)
        items = [self.value(depth - 1) for _ in range(count)]
        if kind == 8:
            return {self.text()[:8]: item for item in items}
        return items if kind == 6 else tuple(items)


class Color(enum.Enum):
    RED = 1


class Size(enum.IntEnum):
    SMALL = 7


class TestValues(unittest.TestCase):
    def test_random_values_agree_with_pygobject(self):
        values = Values(2026)
        for _ in range(1500):
            value = values.value(4)
            packed = pack(value)
            self.assertTrue(packed.is_normal_form())
            self.assertTrue(packed.equal(independent(value)), value)
            self.assertEqual(unpack(packed), as_lists(value))
            self.assertEqual(unpack(independent(value)), as_lists(value))

    def test_types(self):
        for value, kind in ((None, 'g'), (True, 'b'), (3, 'x'), (1.5, 'd'), ('a', 's'), (b'a', 'ay'), ([1], 'av'),
                            ((1,), 'av'), ({'a': 1}, 'a{sv}'), ([], 'av'), ({}, 'a{sv}')):
            self.assertEqual(pack(value).get_type_string(), kind)
        self.assertIsNone(unpack(None))

    def test_numbers(self):
        for number in (0, -1, 2**63 - 1, -2**63):
            self.assertEqual(unpack(pack(number)), number)
            self.assertEqual(unpack(pack([number])), [number])
        self.assertIs(unpack(pack([True]))[0], True)
        self.assertEqual(unpack(pack([math.inf, -math.inf])), [math.inf, -math.inf])
        self.assertTrue(math.isnan(unpack(pack(math.nan))))
        self.assertTrue(math.isnan(unpack(pack([math.nan]))[0]))

    def test_kin_of_plain_types(self):
        class Text(str):
            pass

        Pair = collections.namedtuple('Pair', 'a b')
        for value, native in ((Size.SMALL, 7), (Text('x'), 'x'), (collections.OrderedDict(a=1), {'a': 1}),
                              (collections.defaultdict(int, a=1), {'a': 1}), (Pair(1, 2), [1, 2]),
                              (bytearray(b'x'), b'x'), (memoryview(b'yz')[1:], b'z')):
            self.assertEqual(unpack(pack(value)), native)
            self.assertEqual(unpack(pack([value])), [native])

    def test_variants_stay_as_they_are(self):
        pair = GLib.Variant('(is)', (1, 'a'))
        self.assertEqual(pack(pair).get_type_string(), '(is)')
        self.assertEqual(unpack(pack([pair, {'x': pair}])), [(1, 'a'), {'x': (1, 'a')}])

    def test_reads_every_type(self):
        for kind, value in (('(ybnqiuxtdsog)', (1, True, -2, 3, -4, 5, -6, 2**64 - 1, .5, 's', '/o', 'as')),
                            ('a(is)', [(1, 'a'), (2, 'bb')]), ('a{us}', {1: 'a', 5: 'b'}), ('as', ['a', '', 'ccc']),
                            ('aas', [['a'], [], ['b', 'c']]), ('ad', [.5, 1.5]), ('ab', [True, False]), ('mi', 3),
                            ('mi', None), ('ms', 'x'), ('ams', ['x', None]), ('(ss)', ('a', 'b')),
                            ('((yx)s)', ((1, 2), 'z')), ('a(yx)', [(1, 2), (3, 4)]), ('a{s(ii)}', {'a': (1, 2)}),
                            ('()', ()), ('h', 3), ('a{sas}', {'x': ['y']}), ('aay', [b'', b'x']), ('(yas)', (1, []))):
            with self.subTest(kind):
                native = list(value) if kind == 'ay' else value
                if kind == 'aay':
                    variant = GLib.Variant('aay', [list(item) for item in value])
                else:
                    variant = GLib.Variant(kind, native)
                self.assertEqual(unpack(variant), value)
                self.assertEqual(unpack(GLib.Variant('v', variant)), value)

    def test_malformed_data_is_read_as_glib_reads_it(self):
        for kind, data in (('av', b'\xff\xff\xff'), ('a{sv}', bytes(range(40))), ('s', b'no end'), ('(ss)', b'\1'),
                           ('b', b'\7'), ('v', b''), ('aav', b'\0' * 9), ('av', b'')):
            with self.subTest(kind=kind, data=data):
                variant = GLib.Variant.new_from_bytes(GLib.VariantType.new(kind), GLib.Bytes.new(data), False)
                self.assertEqual(unpack(variant), variant.get_normal_form().unpack())

    def refuse(self, value, pattern):
        with self.assertRaisesRegex(InvalidValueError, pattern) as caught:
            pack(value)
        self.assertIsInstance(caught.exception, ValueError)
        self.assertLess(len(str(caught.exception)), 400)

    def test_says_which_part_does_not_fit(self):
        self.refuse({1, 2}, r'^value is of type set; a value is None, a bool')
        self.refuse({'a': [1, 2, 3, {4}]}, r"^value\['a'\]\[3\] is of type set")
        self.refuse([{'b': object()}], r"^value\[0\]\['b'\] is of type object")
        self.refuse({1: 2}, r'^value has the key 1; the keys of a dict must be str')
        self.refuse([{None: 2}], r'^value\[0\] has the key None')
        self.refuse(decimal.Decimal(1), 'decimal.Decimal')
        self.refuse(fractions.Fraction(1, 2), 'fractions.Fraction')
        self.refuse([Color.RED], r'^value\[0\] is of type .*Color')
        self.refuse(1j, 'complex')
        self.refuse({'{}': [{1}]}, r"^value\['{}'\]\[0\] is of type set")

    def test_integers_that_are_too_large(self):
        self.refuse(2**63, '^value is 9223372036854775808, which does not fit 64 bits')
        self.refuse(-2**63 - 1, 'is -9223372036854775809')
        self.refuse([0, 10**5000], r'^value\[1\] is 0x[0-9a-f]{16}…, which does not fit')

    def test_text_that_is_none(self):
        self.refuse('a\0b', 'NUL')
        self.refuse(['a\0b'], r'value\[0\] has a NUL')
        self.refuse({'a\0': 1}, 'NUL')
        self.refuse('\ud800', 'surrogate')
        self.refuse({'\udcff': 1}, 'surrogate')

    def test_a_list_in_itself(self):
        circle = []
        circle.append(circle)
        self.refuse(circle, r'^value\[0\]\[0\].*….*nests too deep; does it hold itself')
        tangle = {}
        tangle['a'] = [tangle, tangle]
        self.refuse(tangle, 'nests too deep')

    def test_depth(self):
        def nest(wrap, levels):
            value = 1
            for _ in range(levels):
                value = wrap(value)
            return value

        for wrap, levels in ((lambda value: [value], 63), (lambda value: {'a': value}, 42)):
            self.assertEqual(unpack(pack(nest(wrap, levels))), nest(wrap, levels))
            self.refuse(nest(wrap, levels + 1), 'too deep')
            self.refuse(nest(wrap, 100000), 'too deep')

    def test_a_little_that_is_much(self):
        looks = [0]

        class Pair(list):
            def __iter__(self):
                looks[0] += 1
                return super().__iter__()

        value = [1]
        for _ in range(50):
            value = Pair([value, value])
        self.refuse(value, '^value is too large')
        # No more work than a value of the greatest size, not that of 2 ** 50 lists.
        self.assertGreater(looks[0], 50)
        self.assertLess(looks[0], MAX_VALUE_BYTES)
        self.refuse(['x' * 600000] * 2, '^value is too large')

    def test_large_values(self):
        for value in (list(range(50000)), {str(number): number for number in range(20000)}, ['x' * 300] * 900):
            self.assertEqual(unpack(pack(value)), value)

    def test_offsets_of_all_widths(self):
        # The table of a container's elements grows a byte an entry at 256 and at 65,536 bytes.
        for size in [*range(230, 262), *range(65500, 65540, 3)]:
            value = ['a', 'x' * size, 'b']
            self.assertTrue(pack(value).equal(independent(value)))
            value = {'k' * size: 'v'}
            self.assertTrue(pack(value).equal(independent(value)))
            self.assertEqual(unpack(pack([value, value])), [value, value])

    def test_numbers_are_native(self):
        variant = GLib.Variant('ax', [1, -2])
        self.assertEqual(variant.get_data_as_bytes().get_data(), struct.pack('=2q', 1, -2))


if __name__ == '__main__':
    tap.main()
