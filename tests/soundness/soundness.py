# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the long checks share: where the tree and the build are, build folders of their own, and what they found.

    TEST.py SOURCE-FOLDER BUILD-FOLDER [TEST…]
"""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
OWN = BUILD / 'soundness'
sys.path.insert(0, str(SOURCE / 'tests' / 'tools'))

# The long forms of the tests have had their turn.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != 'MYRMEX_TEST_FULL'}


def need(*programs):
    """A check that a system has no tools for is skipped, and says so."""
    for program in programs:
        if shutil.which(program) is None:
            raise unittest.SkipTest(f'{program} is not installed')


def run(*command, **options):
    return subprocess.run([os.fspath(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors='replace', check=False, **options)


def must(*command, **options):
    done = run(*command, **options)
    if done.returncode != 0:
        words = ' '.join(map(str, command))
        raise AssertionError(f'{words} ended with status {done.returncode}:\n{done.stdout[-8000:]}')
    return done.stdout


def set_up(name, *options, **variables):
    """A build folder of its own, set up with @options anew where it was before, so that they hold."""
    folder = OWN / name
    again = ['--wipe'] if (folder / 'build.ninja').exists() else []
    must('meson', 'setup', *again, *options, folder, SOURCE, env={**ENVIRONMENT, **variables})
    return folder


def tell(name, text):
    """What tests/run prints when all is done, and the log has as well."""
    OWN.mkdir(parents=True, exist_ok=True)
    (OWN / f'{name}.txt').write_text(text + '\n', encoding='utf-8')
    for line in text.splitlines():
        print(f'# {line}', flush=True)
