#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The check of po/POTFILES.in sees what is missing and what is too much, and this tree's list is whole."""

import pathlib
import tempfile
import unittest

import check_potfiles
import tap

TREE = pathlib.Path(__file__).resolve().parents[2]
WITH_TEXT = ('x = _("a");', 'x = _ ("a");', 'g_set_error (e, D, 1,\n   _(\n  "a"), 1);', 'N_("a")', "_('a')",
             '_(`a`)', 'g_dngettext (GETTEXT_PACKAGE, "a", "b", n)', 'ngettext ("a", "b", n)', 'gettext("a")',
             'C_("x", "a")')
WITHOUT_TEXT = ('x = _(name);', 'x = foo_("a");', 'self._("a")', 'this._ = 1;', 'MYRMEX_("a")', 'x_N_("a")')


class PotFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = pathlib.Path(folder.name)
        self.write('po/POTFILES.in', '# A comment\n')

    def write(self, path, text):
        path = self.tree / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_what_is_text(self):
        for text in WITH_TEXT + WITHOUT_TEXT:
            with self.subTest(text):
                self.write('lib/x.c', text)
                self.assertEqual(check_potfiles.wanted(self.tree), ['lib/x.c'] if text in WITH_TEXT else [])

    def test_list(self):
        self.assertEqual(check_potfiles.problems(self.tree), [])
        self.write('lib/b.c', '_("b")')
        self.write('bindings/a.js', "_('a')")
        self.write('tests/c.c', '_("c")')
        self.write('lib/d.c', 'no text')
        self.write('lib/e.h', '#define OPTION { N_("e") }')
        for text, count in (('', 3), ('lib/b.c\nlib/e.h\n', 1), ('bindings/a.js\nlib/b.c\nlib/e.h\n', 0),
                            ('lib/b.c\nlib/e.h\nbindings/a.js\n', 1),
                            ('bindings/a.js\nlib/b.c\nlib/b.c\nlib/e.h\n', 1),
                            ('bindings/a.js\nlib/b.c\nlib/d.c\nlib/e.h\n', 1),
                            ('bindings/a.js\nlib/b.c\nlib/e.h\nlib/gone.c\n', 1)):
            with self.subTest(text):
                self.write('po/POTFILES.in', text)
                self.assertEqual(len(check_potfiles.problems(self.tree)), count)
        self.assertEqual(check_potfiles.main(['--update', self.tree]), 0)
        self.assertEqual(check_potfiles.listed(self.tree), ['bindings/a.js', 'lib/b.c', 'lib/e.h'])

    def test_broken_text(self):
        for text, count in (('_("%d" " b")', 0), ('_ ("a %" G_GSIZE_FORMAT " b")', 1), ('_("a"\n  "b" X)', 1),
                            ('f (_("a"), X)', 0), ('_("\\" x")', 0)):
            with self.subTest(text):
                self.write('lib/x.c', text)
                check_potfiles.update(self.tree)
                self.assertEqual(len(check_potfiles.problems(self.tree)), count)

    def test_this_tree(self):
        found = check_potfiles.problems(TREE)
        self.assertEqual(found, [], '\n'.join(['', *found, 'mend it with tests/tools/check_potfiles.py --update']))


if __name__ == '__main__':
    tap.main()
