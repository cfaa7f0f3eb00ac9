# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each example is run as a person runs it, and prints what is written beside it."""

import pathlib
import subprocess
import sys
import unittest

import tap

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / 'examples'


class TestExamples(unittest.TestCase):
    def check(self, path):
        process = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=100)
        self.assertEqual((process.returncode, process.stderr), (0, ''))
        self.assertEqual(process.stdout, path.with_suffix('.txt').read_text(encoding='utf-8'))

    def test_the_readme(self):
        text = (EXAMPLES.parent / 'README.md').read_text(encoding='utf-8')
        code = text.partition('```python\n')[2].partition('```')[0]
        process = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=100)
        self.assertEqual((process.returncode, process.stderr, process.stdout), (0, '', '[1, 2, 3]\n'))


def add_example(path):
    setattr(TestExamples, f'test_{path.stem}', lambda self: self.check(path))


for example in sorted(EXAMPLES.glob('*.py')):
    add_example(example)


if __name__ == '__main__':
    tap.main()
