#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that po/POTFILES.in names each file with text for people, and no other, and that the texts are whole.

    check_potfiles.py [--update] [TREE]

Prints what is wrong and exits with 1; with --update it writes the list anew.
"""

import pathlib
import re
import sys

ROOTS = ('lib', 'dbus', 'bindings', 'data')
SUFFIXES = ('.c', '.h', '.py', '.js', '.vala')
# Every string in these is for people; intltool's rules know which.
ALWAYS = ('.desktop.in', '.metainfo.xml.in')

# A call with the text itself: _("…"), g_dngettext (NULL, "…", …).
CALL = re.compile(r'''(?<![\w.>$])(?:_|N_|C_|NC_|Q_|(?:g_dn?p?)?n?gettext2?)\s*\(\s*(?:\w+,\s*)?["'`]''')
# A text with a macro in it, as G_GSIZE_FORMAT: xgettext stops there, so no translation of it is ever found.
BROKEN = re.compile(r'(?<![\w.>$])(?:_|N_)\s*\(\s*(?:"(?:[^"\\]|\\.)*"\s*)+[A-Za-z]')
COMMENT = '# Written by tests/tools/check_potfiles.py --update.\n'


def has_text(path):
    if path.name.endswith(ALWAYS):
        return True
    return path.suffix in SUFFIXES and CALL.search(path.read_text(encoding='utf-8')) is not None


def wanted(tree):
    """The files that should be listed, in order."""
    paths = (path for root in ROOTS for path in pathlib.Path(tree, root).rglob('*'))
    return sorted(str(path.relative_to(tree)) for path in paths if path.is_file() and has_text(path))


def listed(tree):
    lines = pathlib.Path(tree, 'po', 'POTFILES.in').read_text(encoding='utf-8').splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def broken(tree):
    for path in wanted(tree):
        text = pathlib.Path(tree, path).read_text(encoding='utf-8')
        for match in BROKEN.finditer(text) if path.endswith(('.c', '.h')) else ():
            line = text.count('\n', 0, match.end()) + 1
            yield f'{path}:{line}: a macro breaks the text; use %zu and the like'


def problems(tree):
    """What is wrong, one text each."""
    should, does = wanted(tree), listed(tree)
    found = [f'{path} has text for people and is not listed' for path in should if path not in does]
    found += [f'{path} is listed and has no text for people' for path in does if path not in should]
    if not found and should != does:
        found.append('not in order, or a file is listed twice')
    return [f'po/POTFILES.in: {problem}' for problem in found] + list(broken(tree))


def update(tree):
    text = COMMENT + ''.join(path + '\n' for path in wanted(tree))
    pathlib.Path(tree, 'po', 'POTFILES.in').write_text(text, encoding='utf-8')


def main(arguments):
    writes = '--update' in arguments
    trees = [argument for argument in arguments if argument != '--update']
    tree = pathlib.Path(trees[0]) if trees else pathlib.Path(__file__).resolve().parents[2]
    if writes:
        update(tree)
    found = problems(tree)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
