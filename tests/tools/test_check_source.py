#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The checker sees each fault that it is there for, and finds none in this tree."""

import pathlib
import tempfile
import unittest

import check_source
import tap

TREE = pathlib.Path(__file__).resolve().parents[2]
GOOD_C = '''/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>

#include "base/myrmex-error.h"
#include "engine/myrmex-plan-private.h"
'''
GOOD_H = '''/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif
#include "base/myrmex-error.h"
'''


def lines_found(path, text):
    return [line for line, _ in check_source.check_file(pathlib.Path(path), text)]


class Faults(unittest.TestCase):
    def check(self, path, good, changes):
        """@good has no fault; each of @changes, (what, by what, line or None), makes one there or none."""
        self.assertEqual(check_source.check_file(pathlib.Path(path), good), [])
        for old, new, line in changes:
            with self.subTest(new or f'without {old}'):
                self.assertIn(old, good)
                found = set(lines_found(path, good.replace(old, new, 1)))
                self.assertEqual(found, set() if line is None else {line})

    def test_source_of_the_library(self):
        self.check('lib/engine/myrmex-plan.c', GOOD_C, [
            (check_source.SPDX, 'Licence: mine', 1),
            ('LGPL-2.1', 'GPL-3.0', 1),
            ('#include "config.h"\n', '', 3),
            ('#include "config.h"\n\n#include <gio/gio.h>', '#include <gio/gio.h>\n#include "config.h"', 2),
            ('"base/', '"model/', None),
            ('"base/', '"journal/', 6),
            ('"base/', '"discovery/', 6),
            ('"base/', '"dbus/', 6),
            ('"base/', '"', 6),
            ('"base/myrmex-error.h"', '<base/myrmex-error.h>', 6),
            ('"base/myrmex-error.h"', '<myrmex.h>', 6),
            ('<gio/gio.h>', '<gio/gio.h> ', 4),
            ('<gio/gio.h>', '<gio/gio.h>\t', 4),
            ('<gio/gio.h>', f'<gio/gio.h> /* {"x" * 99} */', 4),
            ('<gio/gio.h>', f'<gio/gio.h> /* {"x" * 80} */', None),
            ('<gio/gio.h>', f'<gio/gio.h>\n  _("{"x" * 120}"),', None),
            ('<gio/gio.h>', '<gio/gio.h>\n#define N(one, many, n) g_dngettext (DOMAIN, one, many, n)', 5),
            ('<gio/gio.h>', '<gio/gio.h>\n#define SAY(text) puts (_ (text))', 5),
            ('<gio/gio.h>', '<gio/gio.h>\n#define COLUMN N_("Name"), MIN_ (2)', None),
            ('<gio/gio.h>', f'<gio/gio.h>\n{"x" * 100} (void) G_GNUC_WARN_UNUSED_RESULT;', None),
        ])

    def test_header_of_the_library(self):
        self.check('lib/engine/myrmex-run.h', GOOD_H, [
            ('base/myrmex-error.h', 'engine/myrmex-plan-private.h', 6),
            ('MYRMEX_INSIDE', 'MYRMEX_OUTSIDE', 1),
            ('base/', 'report/', 6),
        ])
        private = GOOD_H.replace('MYRMEX_INSIDE', '').replace('error.h', 'clock-private.h')
        self.check('lib/engine/myrmex-run-private.h', private, [(check_source.SPDX, '', 1)])

    def test_other_sources(self):
        for path in ('tests/x.py', 'bindings/gjs/x.js', 'tests/unit/x.c', 'bindings/vala/x.vala', 'x.h.in'):
            with self.subTest(path):
                self.assertEqual(lines_found(path, f'// {check_source.SPDX}\n'), [])
                self.assertEqual(lines_found(path, 'x = 1\n'), [1])
        self.assertEqual(lines_found('tests/run', '#!/bin/sh\ntrue\n'), [1])
        self.assertEqual(lines_found('tests/run', f'#!/bin/sh\n# {check_source.SPDX}\n'), [])

    def test_length(self):
        start = f'// {check_source.SPDX}\n'
        self.assertEqual(lines_found('x.js', start + 'x\n' * 699), [])
        self.assertEqual(lines_found('x.js', start + 'x\n' * 700), [701])

    def test_end_of_file(self):
        self.assertEqual(lines_found('README.md', 'text'), [1])
        self.assertEqual(lines_found('README.md', 'text\n\n'), [2])
        self.assertEqual(lines_found('README.md', ''), [])


class Trees(unittest.TestCase):
    def make(self, **files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for path, text in files.items():
            path = pathlib.Path(folder.name, path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        return folder.name

    def found(self, **files):
        return [(str(path), line) for path, line, _ in check_source.check_tree(self.make(**files))]

    def test_rooms(self):
        house = {'README.md': 'x\n', 'lib/README.md': 'x\n', 'lib/engine/meson.build': 'x\n'}
        self.assertEqual(self.found(**house), [])
        self.assertEqual(self.found(**house, **{'lib/engine/x.c': GOOD_C}), [('lib/engine/README.md', 1)])
        self.assertEqual(self.found(**{'meson_options.txt': 'x\n', 'data/examples/build/x.json': '{}\n'}),
                         [('README.md', 1), ('data/README.md', 1), ('data/examples/README.md', 1),
                          ('data/examples/build/README.md', 1)])

    def test_what_is_not_read(self):
        bad = 'x \n'
        house = {'README.md': 'x\n', '.ci/README.md': 'x\n'}
        self.assertEqual(self.found(**house, **{
            '_build/x.c': bad, '_build-asan/x.c': bad, 'build/x.c': bad, '.git/x.c': bad,
            'lib/__pycache__/x.c': bad, 'LICENSES/x.txt': bad, 'x.png': b'\x89PNG\xff \n',
        }), [])
        self.assertEqual(self.found(**house, **{'x.md': b'\xff\n'}), [('x.md', 1)])
        self.assertEqual(self.found(**house, **{'.ci/x.sh': f'# {check_source.SPDX} \n'}), [('.ci/x.sh', 1)])


class House(unittest.TestCase):
    def test_this_tree(self):
        problems = [f'{path}:{line}: {message}' for path, line, message in check_source.check_tree(TREE)]
        self.assertEqual(problems, [], '\n' + '\n'.join(problems))


if __name__ == '__main__':
    tap.main()
