#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks what the house asks of its files and no compiler sees.

    check_source.py [TREE]

Prints `file:line: message` for each thing that is not as it should be; exits with 1 if there is one.
"""

import os
import pathlib
import re
import sys

FLOORS = ('base', 'model', 'expression', 'process', 'actions', 'definition', 'engine', 'journal', 'report',
          'discovery')
MAX_LINES = 700
MAX_COLUMNS = 120  # the aim is 112; this is where it stops
SPDX = 'SPDX-License-Identifier: LGPL-2.1-or-later'

SOURCE_SUFFIXES = {'.c', '.h', '.py', '.js', '.vala', '.sh'}
TEXT_SUFFIXES = SOURCE_SUFFIXES | {'.build', '.in', '.json', '.md', '.supp', '.txt', '.xml', '.yml'}
# The text of a licence, expected outputs and hostile inputs are not ours to format.
LEFT_ALONE = ('LICENSES', 'tests/fixtures', 'tests/fuzz/corpus')
# These folders, and what is below them down to this depth, each have a README.md.
ROOMS = {'.': 0, '.ci': 0, 'lib': 1, 'dbus': 1, 'bindings': 1, 'tests': 1, 'data': 2, 'po': 0}

TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
AFTER_PROTOTYPE = 'G_GNUC_WARN_UNUSED_RESULT;'
HIDDEN_TEXT = re.compile(r'\s*#\s*define\s+\w+\(.*\b(?:\w*gettext2?|C?_) ?\(')
INCLUDE = re.compile(r'\s*#\s*include\s+(["<])([^">]+)[">]')


def files_of(tree):
    """The files of @tree that are its own, relative to it: nothing hidden but .ci, and nothing built."""
    for folder, folders, names in os.walk(tree):
        at = pathlib.Path(folder).relative_to(tree)
        top = at == pathlib.Path('.')
        folders[:] = sorted(name for name in folders
                            if name != '__pycache__' and (not name.startswith('.') or top and name == '.ci')
                            and not (top and name.startswith(('_build', 'build'))))
        for name in sorted(names):
            if not name.startswith('.') and not pathlib.Path(folder, name).is_symlink():
                yield at / name


def is_source(path, text):
    return path.suffix in SOURCE_SUFFIXES or path.name.endswith('.h.in') or text.startswith('#!')


def is_in(path, folders):
    return any(path.is_relative_to(folder) for folder in folders)


def check_licence(path, lines):
    if not any(SPDX in line for line in lines[:3]):
        yield 1, f'none of the first three lines says "{SPDX}"'


def check_length(path, lines):
    if len(lines) > MAX_LINES:
        yield MAX_LINES + 1, f'{len(lines)} lines, and {MAX_LINES} are the most: which noun is missing?'


def check_columns(path, lines):
    for number, line in enumerate(lines, 1):
        # A text is not broken, so that a search and a translator find it whole; nor are columns of prototypes.
        if len(TEXT.sub('""', line)) > MAX_COLUMNS and not line.endswith(AFTER_PROTOTYPE):
            yield number, f'{len(line)} columns, and {MAX_COLUMNS} are the most'


def check_space(path, lines):
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield number, 'space at the end of the line'
    if lines and lines[-1] == '':
        yield len(lines), 'empty line at the end'


def check_texts(path, lines):
    """Who looks for what is to be translated finds texts where gettext is called, and knows no other macros."""
    for number, line in enumerate(lines, 1):
        if HIDDEN_TEXT.match(line):
            yield number, 'a macro that translates what it is given: call gettext where the text stands'


def includes(lines):
    """The includes in @lines: (line number, '"' or '<', name)."""
    for number, line in enumerate(lines, 1):
        if match := INCLUDE.match(line):
            yield number, match[1], match[2]


def check_config(path, lines):
    """In the library each .c has config.h before any other."""
    first = next(includes(lines), None)
    if first is None or first[1:] != ('"', 'config.h'):
        yield first[0] if first else 1, 'the first include is not "config.h"'


def check_direction(path, lines):
    """A file on a floor of the library includes only from its own floor and from those above."""
    floor = path.parts[1]
    for number, kind, name in includes(lines):
        folder = name.split('/')[0] if '/' in name else None
        if kind == '<' and (folder in FLOORS or name.startswith('myrmex')):
            yield number, f'<{name}> is ours: include it in quotes'
        elif kind == '"' and folder is None and name != 'config.h':
            yield number, f'"{name}": say which floor it is on, as in "{floor}/{name}"'
        elif kind == '"' and folder is not None and folder not in FLOORS:
            yield number, f'"{name}" is on no floor of the library'
        elif kind == '"' and folder is not None and FLOORS.index(folder) > FLOORS.index(floor):
            yield number, f'{floor} may not include from {folder}, which is below it'


def check_privacy(path, lines):
    """What is installed includes nothing that is not, and can not be included by itself."""
    for number, _, name in includes(lines):
        if name.endswith('-private.h'):
            yield number, f'a public header includes "{name}"'
    if not any('MYRMEX_INSIDE' in line for line in lines):
        yield 1, 'a public header without the guard that asks for <myrmex.h> (MYRMEX_INSIDE)'


def checks_of(path, text):
    """The checks that a file is put to."""
    if is_source(path, text):
        yield check_licence
        yield check_length
        yield check_columns
    if path.suffix in TEXT_SUFFIXES or is_source(path, text):
        yield check_space
    if path.suffix in ('.c', '.h'):
        yield check_texts
    if len(path.parts) > 2 and path.parts[0] == 'lib' and path.parts[1] in FLOORS:
        if path.suffix in ('.c', '.h'):
            yield check_direction
        if path.suffix == '.c':
            yield check_config
        if path.suffix == '.h' and not path.stem.endswith('-private'):
            yield check_privacy


def check_file(path, text):
    """Everything that is wrong with one file: (line, message)."""
    # An editor's last line break ends the last line; it does not begin another.
    lines = text.removesuffix('\n').split('\n') if text else []
    found = [problem for check in checks_of(path, text) for problem in check(path, lines)]
    if lines and not text.endswith('\n'):
        found.append((len(lines), 'no line break at the end of the file'))
    return sorted(found)


def check_rooms(paths):
    """Every folder of the house that holds more than a meson.build says in a README.md what it is for."""
    paths = set(paths)
    for room, depth in ROOMS.items():
        room = pathlib.Path(room)
        folders = {folder for path in paths if path.name != 'meson.build' and path.is_relative_to(room)
                   for folder in path.parents
                   if folder.is_relative_to(room) and len(folder.relative_to(room).parts) <= depth}
        for folder in sorted(folders):
            if folder / 'README.md' not in paths and not is_in(folder, LEFT_ALONE):
                yield folder / 'README.md', 1, 'missing: what is this folder for, and what are its files?'


def check_tree(tree):
    """Everything that is wrong in @tree: (path, line, message)."""
    paths = list(files_of(tree))
    for path in paths:
        if is_in(path, LEFT_ALONE):
            continue
        try:
            text = pathlib.Path(tree, path).read_text(encoding='utf-8')
        except UnicodeDecodeError:
            if path.suffix in TEXT_SUFFIXES:
                yield path, 1, 'not UTF-8'
            continue
        for line, message in check_file(path, text):
            yield path, line, message
    yield from check_rooms(paths)


def main(tree):
    count = 0
    for path, line, message in check_tree(tree):
        print(f'{path}:{line}: {message}')
        count += 1
    return 1 if count else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]))
