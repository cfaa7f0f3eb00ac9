#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The checker of the API sees each fault that it is there for."""

import io
import pathlib
import tempfile
import unittest

import check_api
import tap

GOOD = '''<?xml version="1.0"?>
<repository xmlns="http://www.gtk.org/introspection/core/1.0" xmlns:c="http://www.gtk.org/introspection/c/1.0"
            xmlns:glib="http://www.gtk.org/introspection/glib/1.0">
 <namespace name="T">
  <class name="Thing" glib:get-type="t_thing_get_type" version="1.0"><doc>A thing.</doc>
   <constructor name="new" c:identifier="t_thing_new" version="1.0"><doc>Makes one.</doc>
    <return-value><doc>a thing</doc><type name="Thing"/></return-value></constructor>
   <method name="poke" c:identifier="t_thing_poke" version="1.0"><doc>Pokes it.</doc>
    <return-value><type name="none"/></return-value>
    <parameters><instance-parameter name="self"/><parameter name="how"><doc>how hard</doc></parameter></parameters>
   </method>
   <virtual-method name="poked" version="1.0"><doc>It was poked.</doc></virtual-method>
   <property name="size" version="1.0"><doc>How big.</doc></property>
   <glib:signal name="moved" version="1.0"><doc>It moved.</doc></glib:signal>
  </class>
  <record name="ThingClass" glib:is-gtype-struct-for="Thing"/>
  <record name="ThingPrivate" disguised="1"/>
  <enumeration name="Kind" glib:get-type="t_kind_get_type" version="1.0"><doc>What kind.</doc>
   <member name="big" c:identifier="T_KIND_BIG"><doc>a big one</doc></member></enumeration>
  <function name="hidden" c:identifier="t_hidden" introspectable="0" version="1.0"><doc>For C alone.</doc></function>
  <callback name="Func" version="1.0"><doc>A function.</doc></callback>
  <constant name="MAX" version="1.0"><doc>The most.</doc></constant>
 </namespace>
</repository>
'''
SYMBOLS = {'t_thing_get_type', 't_thing_new', 't_thing_poke', 't_kind_get_type', 't_hidden'}


def problems_of(text, exported=SYMBOLS, listed=SYMBOLS):
    return list(check_api.check(check_api.read_gir(io.StringIO(text)), exported, listed))


class Faults(unittest.TestCase):
    def test_good(self):
        self.assertEqual(problems_of(GOOD), [])

    def test_untold(self):
        for old, new, name in [
                ('<doc>A thing.</doc>', '', 'Thing: not documented'),
                ('<doc>Makes one.</doc>', '<doc> </doc>', 'Thing.t_thing_new: not documented'),
                ('<doc>a thing</doc>', '', 'Thing.t_thing_new: what it returns is not documented'),
                ('<doc>how hard</doc>', '', 'Thing.t_thing_poke: the parameter how is not documented'),
                ('<doc>It was poked.</doc>', '', 'Thing.poked: not documented'),
                ('<doc>How big.</doc>', '', 'Thing.size: not documented'),
                ('<doc>It moved.</doc>', '', 'Thing.moved: not documented'),
                ('<doc>a big one</doc>', '', 'Kind.T_KIND_BIG: not documented'),
                ('<doc>For C alone.</doc>', '', 't_hidden: not documented'),
                ('<doc>A function.</doc>', '', 'Func: not documented'),
                ('<doc>The most.</doc>', '', 'MAX: not documented'),
                ('t_thing_get_type" version="1.0"', 't_thing_get_type"', 'Thing: no “Since:”'),
                ('"size" version="1.0"', '"size"', 'Thing.size: no “Since:”'),
                ('"moved" version="1.0"', '"moved"', 'Thing.moved: no “Since:”'),
                ('introspectable="0" version="1.0"', 'introspectable="0"', 't_hidden: no “Since:”'),
                ('"MAX" version="1.0"', '"MAX"', 'MAX: no “Since:”')]:
            with self.subTest(name):
                self.assertIn(old, GOOD)
                self.assertEqual(problems_of(GOOD.replace(old, new, 1)), [name])

    def test_symbols(self):
        for exported, listed, symbol, words in [
                (SYMBOLS - {'t_hidden'}, SYMBOLS, 't_hidden', 'does not export'),
                (SYMBOLS | {'t_extra'}, SYMBOLS, 't_extra', 'not in the introspection data'),
                (SYMBOLS, SYMBOLS - {'t_kind_get_type'}, 't_kind_get_type', 'not in the list'),
                (SYMBOLS, SYMBOLS | {'t_gone'}, 't_gone', 'has to stay')]:
            with self.subTest(symbol + words):
                problem, = problems_of(GOOD, exported, listed)
                self.assertTrue(problem.startswith(symbol + ': '), problem)
                self.assertIn(words, problem)

    def test_list(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, 'symbols')
            path.write_text('# head\nold\n', encoding='utf-8')
            check_api.write_list(path, {'b', 'a'})
            self.assertEqual(path.read_text(encoding='utf-8'), '# head\na\nb\n')
            self.assertEqual(check_api.read_list(path), {'a', 'b'})


if __name__ == '__main__':
    tap.main()
