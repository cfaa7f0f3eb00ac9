#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How much of lib/ the tests run: 90 of 100 lines at least, and the files of which they run least.

    test_coverage.py SOURCE-FOLDER BUILD-FOLDER
"""

import json
import re
import unittest

from soundness import ENVIRONMENT, SOURCE, must, need, run, set_up, tell
import tap

LEAST = 90  # of 100 lines
SHOWN = 10  # files


def percent(covered, total):
    return 100 * covered / total if total > 0 else 100


class Coverage(unittest.TestCase):
    def test_lines(self):
        need('meson', 'ninja', 'gcovr')
        # Counters are linked into the library, which is why its list of symbols is not looked at here.
        folder = set_up('coverage', '-Db_coverage=true', '-Dvapi=disabled', '-Dtests=true')
        must('ninja', '-C', folder, env=ENVIRONMENT)
        for stale in folder.rglob('*.gcda'):
            stale.unlink()
        suites = run('meson', 'test', '--no-rebuild', '--timeout-multiplier', '3', '--no-suite', 'full',
                     '--no-suite', 'checks', '--no-suite', 'api', cwd=folder, env=ENVIRONMENT)
        found = re.search(r'^Ok: +(\d+)', suites.stdout, re.MULTILINE)
        self.assertIsNotNone(found, suites.stdout[-8000:])
        self.assertGreater(int(found[1]), 0, suites.stdout[-8000:])

        must('gcovr', '--root', SOURCE, '--filter', f'{SOURCE}/lib/', '--json-summary', 'coverage.json', '.',
             cwd=folder)
        summary = json.loads((folder / 'coverage.json').read_text(encoding='utf-8'))
        files = sorted(((percent(file['line_covered'], file['line_total']), file) for file in summary['files']
                        if file['line_total'] > 0), key=lambda entry: entry[0])
        whole = percent(summary['line_covered'], summary['line_total'])
        text = [f'Line coverage of lib/: {whole:.1f} % ({summary["line_covered"]} of {summary["line_total"]} lines)']
        text += [f'  {part:5.1f} %  {file["filename"]}, {file["line_total"] - file["line_covered"]} lines not'
                 for part, file in files[:SHOWN]]
        if suites.returncode != 0:
            text.append('Some tests failed with the counters in:')
            text += [f'  {line.strip()}' for line in suites.stdout.splitlines()
                     if re.match(r' *\d+/\d+ .* (FAIL|ERROR|TIMEOUT)', line)]
        tell('coverage', '\n'.join(text))
        self.assertGreaterEqual(whole, LEAST)


if __name__ == '__main__':
    tap.main()
