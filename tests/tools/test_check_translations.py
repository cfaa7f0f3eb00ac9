#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The check of translations sees what is missing and what is unsound, and this tree's are whole."""

import pathlib
import shutil
import tempfile
import unittest

import check_translations
import tap

TREE = pathlib.Path(__file__).resolve().parents[2]
HEAD = 'msgid ""\nmsgstr "Language: de\\nContent-Type: text/plain; charset=UTF-8\\n"\n\n'


@unittest.skipUnless(shutil.which('msgcmp'), 'gettext is not installed')
class Translations(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = pathlib.Path(folder.name)
        self.write('po/POTFILES.in', 'a.c\n')
        self.write('po/LINGUAS', 'de\n')
        self.write('a.c', 'f (_("One %s"));\n')

    def write(self, path, text):
        path = self.tree / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')

    def problems(self):
        template = self.tree / 'x.pot'
        check_translations.extract(self.tree, template)
        return '\n'.join(check_translations.check(self.tree, template))

    def test_whole(self):
        self.write('po/de.po', HEAD + '#, c-format\nmsgid "One %s"\nmsgstr "Eins %s"\n')
        self.assertEqual(self.problems(), '')

    def test_missing(self):
        self.write('po/de.po', HEAD)
        self.assertIn('this message is used but not defined', self.problems())

    def test_untranslated(self):
        self.write('po/de.po', HEAD + 'msgid "One %s"\nmsgstr ""\n')
        self.assertIn('untranslated', self.problems())

    def test_fuzzy(self):
        self.write('po/de.po', HEAD + '#, fuzzy, c-format\nmsgid "One %s"\nmsgstr "Zwei %s"\n')
        self.assertIn('needs to be reviewed', self.problems())

    def test_format(self):
        self.write('po/de.po', HEAD + '#, c-format\nmsgid "One %s"\nmsgstr "Eins %d"\n')
        self.assertIn('msgstr', self.problems())

    def test_update(self):
        self.write('po/de.po', HEAD)
        self.assertEqual(check_translations.main(['--update', str(self.tree)]), 1)
        self.assertIn('msgid "One %s"\nmsgstr ""', (self.tree / 'po/de.po').read_text(encoding='utf-8'))

    def test_this_tree(self):
        template = self.tree / 'x.pot'
        check_translations.extract(TREE, template)
        found = check_translations.check(TREE, template)
        self.assertEqual(found, [], 'tests/tools/check_translations.py --update, then translate what is empty')


if __name__ == '__main__':
    tap.main()
