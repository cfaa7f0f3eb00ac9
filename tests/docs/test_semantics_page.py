#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of trigger rules is what the engine does: each of its cells is run.

    test_semantics_page.py BUILD_FOLDER MYRMEX [TEST…]
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / 'tests' / 'tools'))
import tap  # noqa: E402

del sys.argv[1]
MYRMEX = sys.argv.pop(1)
PAGE = (TREE / 'lib' / 'docs' / 'semantics.md').read_text(encoding='utf-8')
SCHEMA = json.loads((TREE / 'data' / 'schema' / 'myrmex-1.schema.json').read_text(encoding='utf-8'))
# A task that comes to each outcome.
OUTCOMES = {'C': {'noop': {}}, 'F': {'shell': 'exit 1'}, 'S': {'noop': {}, 'condition': 'false'}}


def table():
    """{rule: {'C F': cell}}, and the columns."""
    head, *rest = re.search(r'^\| rule \| none \|.*?(?=\n\n)', PAGE, re.MULTILINE | re.DOTALL)[0].splitlines()
    columns = [cell.strip() for cell in head.strip('|').split('|')][1:]
    rows = {}
    for line in rest[1:]:
        rule, *cells = [cell.strip() for cell in line.strip('|').split('|')]
        rows[rule.strip('`')] = dict(zip(columns, cells))
    return rows


def run(tasks):
    with tempfile.TemporaryDirectory(prefix='myrmex-docs-') as folder:
        definition, report = pathlib.Path(folder, 'w.json'), pathlib.Path(folder, 'r.json')
        definition.write_text(json.dumps({'myrmex': 1, 'fail_fast': False, 'tasks': tasks}), encoding='utf-8')
        subprocess.run([MYRMEX, 'run', '--quiet', '--report', report, definition], check=False, capture_output=True,
                       timeout=100)
        return {task['name']: task for task in json.loads(report.read_text(encoding='utf-8'))['tasks']}


class Semantics(unittest.TestCase):
    maxDiff = None

    def test_all_rules_are_there(self):
        self.assertEqual(sorted(table()), sorted(SCHEMA['$defs']['task']['properties']['trigger_rule']['enum']))

    def test_every_cell(self):
        tasks, expected = {}, {}
        for rule, cells in table().items():
            for column, cell in cells.items():
                name = f'{rule}.{column.replace(" ", "")}'
                outcomes = [] if column == 'none' else column.split()
                dependencies = [f'{name}.{number}' for number in range(len(outcomes))]
                for dependency, outcome in zip(dependencies, outcomes):
                    tasks[dependency] = OUTCOMES[outcome]
                tasks[name] = {'noop': {}, 'dependencies': dependencies, 'trigger_rule': rule}
                expected[name] = cell
        self.assertEqual(len(expected), 7 * 7)
        came = run(tasks)
        self.assertEqual({name: 'runs' if came[name]['status'] == 'completed' else came[name]['reason']
                          for name in expected}, expected)


if __name__ == '__main__':
    tap.main()
