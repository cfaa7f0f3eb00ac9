#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""GCC's static analyser has nothing to say of the library, the command and the service.

    test_analyser.py SOURCE-FOLDER BUILD-FOLDER
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import unittest

from soundness import BUILD, SOURCE, must, need, run, tell
import tap

FOLDERS = ('lib', 'bindings/shell', 'dbus')

# What is not looked for, and why.
LEFT_OUT = {
    # It does not follow a pointer through the void ** of g_autofree, g_autoptr and g_steal_pointer, and takes each such
    # variable for one without a value; all that it ever found was of that kind. -Wuninitialized, which the build
    # has on, does follow it.
    'analyzer-use-of-uninitialized-value',
}


def words_of(entry):
    """How a file is compiled, whatever cache is in between."""
    words = shlex.split(entry['command'])
    return words[1:] if pathlib.Path(words[0]).name == 'ccache' else words


def analyse(entry):
    """The warnings of one file, each once."""
    words, command = words_of(entry), []
    for i, word in enumerate(words):
        if word in ('-o', '-MF', '-MQ') or word == '-MD' or (i > 0 and words[i - 1] in ('-o', '-MF', '-MQ')):
            continue
        command.append(word)
    done = run(*command, '-o', os.devnull, '-fanalyzer', *(f'-Wno-{kind}' for kind in sorted(LEFT_OUT)),
               '-fdiagnostics-color=never', cwd=entry['directory'], env={**os.environ, 'LC_ALL': 'C.UTF-8'})
    if done.returncode != 0:
        return [f'{entry["file"]}: {done.stdout[-4000:]}']
    found = re.findall(r'^[^\s|].*\[-Wanalyzer-.*$', done.stdout, re.MULTILINE)
    # The warning may be in a header; the way to it names the file.
    return [f'{entry["file"]}: {warning}' for warning in dict.fromkeys(found)]


class Analyser(unittest.TestCase):
    def test_clean(self):
        need('gcc')
        entries = json.loads((BUILD / 'compile_commands.json').read_text(encoding='utf-8'))
        chosen = {}
        for entry in entries:
            path = pathlib.Path(os.path.normpath(os.path.join(entry['directory'], entry['file'])))
            if path.suffix == '.c' and any(path.is_relative_to(SOURCE / folder) for folder in FOLDERS):
                chosen[path] = entry
        self.assertGreater(len(chosen), 100)
        version = must(words_of(next(iter(chosen.values())))[0], '--version')
        if 'Free Software Foundation' not in version:
            self.skipTest('the compiler is not GCC')

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            warnings = [line for lines in pool.map(analyse, chosen.values()) for line in lines]
        tell('analyser', f'Static analysis of {len(chosen)} files: {len(warnings)} warnings')
        self.assertEqual(warnings, [], '\n'.join(['', *warnings]))


if __name__ == '__main__':
    tap.main()
