#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""libFuzzer goes on from the corpus of each fuzz target for a minute, and finds nothing.

    test_fuzzers.py SOURCE-FOLDER BUILD-FOLDER

MYRMEX_FUZZ_TARGETS names them. MYRMEX_FUZZ_SECONDS is how long each takes; what is found stays in the build folder.
"""

import os
import re
import unittest

from soundness import ENVIRONMENT, SOURCE, must, need, run, set_up, tell
import tap

SECONDS = int(os.environ.get('MYRMEX_FUZZ_SECONDS', '60'))
TARGETS = os.environ['MYRMEX_FUZZ_TARGETS'].split()
OPTIONS = {
    # A fuzzer that asks for too much memory is told so, as in any program.
    'ASAN_OPTIONS': 'allocator_may_return_null=1:detect_stack_use_after_return=1',
    'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1',
    'G_DEBUG': 'fatal-warnings',
    'LC_ALL': 'C.UTF-8',
}


class Fuzzers(unittest.TestCase):
    folder = None
    told = []

    @classmethod
    def setUpClass(cls):
        need('meson', 'ninja', 'clang')
        cls.folder = set_up('fuzz', '-Db_sanitize=address,undefined', '-Db_lundef=false', '-Dintrospection=disabled',
                            '-Dvapi=disabled', '-Dc_args=-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined',
                            CC='clang')
        known = must('ninja', '-C', cls.folder, '-t', 'targets', 'all', env=ENVIRONMENT)
        if 'tests/fuzz/libfuzzer-' not in known:
            raise unittest.SkipTest('clang has no libFuzzer here; it is in libclang-rt-14-dev')
        must('ninja', '-C', cls.folder, *(f'tests/fuzz/libfuzzer-{name}' for name in TARGETS), env=ENVIRONMENT)

    @classmethod
    def tearDownClass(cls):
        if cls.told:
            tell('fuzzers', '\n'.join(cls.told))

    def fuzz(self, name):
        found = self.folder / 'found' / name
        found.mkdir(parents=True, exist_ok=True)
        done = run(self.folder / 'tests' / 'fuzz' / f'libfuzzer-{name}', '-max_len=4096', f'-max_total_time={SECONDS}',
                   '-timeout=20', f'-artifact_prefix={found}/', '-print_final_stats=1', found,
                   SOURCE / 'tests' / 'fuzz' / 'corpus' / name, cwd=self.folder, env={**ENVIRONMENT, **OPTIONS})
        executed = re.search(r'number_of_executed_units: *(\d+)', done.stdout)
        self.told.append(f'libFuzzer on {name}: {executed[1] if executed else "?"} inputs in {SECONDS} s, '
                         f'exit status {done.returncode}')
        self.assertEqual(done.returncode, 0, done.stdout[-8000:])


for target in TARGETS:
    setattr(Fuzzers, f'test_{target}', lambda self, name=target: self.fuzz(name))


if __name__ == '__main__':
    tap.main()
