#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tells which translations are not whole, or not sound.

    check_translations.py [--update] [ROOT]

The texts are read from the sources that po/POTFILES.in names, so one that was changed since the last update counts
as missing. --update brings each language up to date first: new texts are left empty there, for somebody to fill in.
"""

import pathlib
import subprocess
import sys
import tempfile

# As meson's i18n module has them in its preset “glib”.
KEYWORDS = ('_', 'N_', 'C_:1c,2', 'NC_:1c,2', 'g_dcgettext:2', 'g_dngettext:2,3', 'g_dpgettext2:2c,3')


def run(*command, **options):
    return subprocess.run(command, text=True, encoding='utf-8', stderr=subprocess.STDOUT, stdout=subprocess.PIPE,
                          check=False, **options)


def extract(root, template):
    """Writes the texts of the sources to @template."""
    result = run('xgettext', '--from-code=UTF-8', '--add-comments=Translators', '--package-name=myrmex',
                 *[f'--keyword={keyword}' for keyword in KEYWORDS], '--files-from=po/POTFILES.in',
                 f'--output={template}', cwd=root)
    if result.returncode != 0:
        sys.exit(result.stdout)


def languages(root):
    return (root / 'po' / 'LINGUAS').read_text(encoding='utf-8').split()


def update(root, template):
    for language in languages(root):
        result = run('msgmerge', '--quiet', '--update', '--backup=none', '--no-fuzzy-matching', '--sort-output',
                     '--no-location', f'po/{language}.po', template, cwd=root)
        if result.returncode != 0:
            sys.exit(result.stdout)


def check(root, template):
    """What is wrong, a line each."""
    found = []
    for language in languages(root):
        path = f'po/{language}.po'
        for command in (('msgfmt', '--check', '--output-file=/dev/null', path),
                        ('msgcmp', path, template)):
            result = run(*command, cwd=root)
            if result.returncode != 0:
                found += [f'{path}: {line}' for line in result.stdout.strip().splitlines()]
    return found


def main(arguments):
    root = pathlib.Path(next((word for word in arguments if not word.startswith('-')), '.')).resolve()
    with tempfile.TemporaryDirectory() as folder:
        template = pathlib.Path(folder) / 'myrmex.pot'
        extract(root, template)
        if '--update' in arguments:
            update(root, template)
        found = check(root, template)
    print(*found, sep='\n', end='\n' if found else '')
    if found:
        print('tests/tools/check_translations.py --update, then translate what is empty in po/')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
