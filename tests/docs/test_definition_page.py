#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pages on definitions, expressions and configuration name what there is, all of it, and nothing else.

    test_definition_page.py BUILD_FOLDER MYRMEX [TEST…]
"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / 'tests' / 'tools'))
import tap  # noqa: E402

del sys.argv[1]
MYRMEX = sys.argv.pop(1)
SCHEMA = json.loads((TREE / 'data' / 'schema' / 'myrmex-1.schema.json').read_text(encoding='utf-8'))
DEFINITIONS = (TREE / 'lib' / 'docs' / 'definitions.md').read_text(encoding='utf-8')
EXPRESSIONS = (TREE / 'lib' / 'docs' / 'expressions.md').read_text(encoding='utf-8')
FUNCTIONS = (TREE / 'lib' / 'expression' / 'myrmex-expression-functions.c').read_text(encoding='utf-8')
NAMES = (TREE / 'lib' / 'expression' / 'myrmex-expression-names.c').read_text(encoding='utf-8')
ACTIONS = ['command', 'shell', 'noop']


def rows_of(page, title):
    """The rows of the tables below a heading: a list of cells each."""
    section = re.split(r'^#+ ', page.partition(f'\n## {title}\n')[2], maxsplit=1, flags=re.MULTILINE)[0]
    lines = re.findall(r'^\| (.*) \|$', section, re.MULTILINE)
    rows = [[cell.strip() for cell in re.split(r'(?<!\\) \| ', line)] for line in lines]
    return [row for row in rows if row[0].startswith('`')]


def keys_of(title):
    return [row[0].strip('`') for row in rows_of(DEFINITIONS, title)]


def default_of(title, key):
    return next(row[2].strip('`') for row in rows_of(DEFINITIONS, title) if row[0] == f'`{key}`')


class Definitions(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.of = SCHEMA['$defs']
        self.task = dict(self.of['task']['properties'])
        self.command = self.of['task']['then']['properties']

    def test_workflow(self):
        self.assertEqual(sorted(keys_of('Of a workflow')), sorted(SCHEMA['properties']))

    def test_parameter(self):
        self.assertEqual(sorted(keys_of('Of a parameter')), sorted(self.of['parameter']['properties']))

    def test_task(self):
        self.assertEqual(sorted([*keys_of('Of a task'), *ACTIONS]), sorted(self.task))

    def test_retry_policy(self):
        self.assertEqual(sorted(keys_of('Of a retry policy')), sorted(self.of['retry_policy']['properties']))

    def test_actions(self):
        self.assertEqual(sorted(keys_of('Actions')), sorted([*ACTIONS, 'example.render', *self.command]))

    def test_defaults(self):
        tables = {'Of a workflow': SCHEMA['properties'], 'Of a task': self.task, 'Actions': self.command,
                  'Of a retry policy': self.of['retry_policy']['properties']}
        for title, keys in tables.items():
            for key, value in keys.items():
                if 'default' in value:
                    with self.subTest(f'{title}: {key}'):
                        self.assertEqual(json.dumps(value['default']).strip('"'), default_of(title, key))

    def test_each_key_is_in_the_example(self):
        example = re.search(r'```json\n(.*?)```', DEFINITIONS, re.DOTALL)[1]
        for key in {*SCHEMA['properties'], *self.of['parameter']['properties'], *self.task,
                    *self.of['retry_policy']['properties'], *self.command}:
            with self.subTest(key):
                self.assertIn(f'"{key}":', example)

    def test_values_that_there_are(self):
        page = DEFINITIONS
        for value in [*self.of['parameter']['properties']['type']['enum'],
                      *filter(None, self.command['output']['enum'])]:
            self.assertIn(f'`{value}`', page)


class Expressions(unittest.TestCase):
    def test_functions(self):
        there = set(re.findall(r'^  \{ "(\w+)", ', FUNCTIONS, re.MULTILINE))
        told = {name for row in rows_of(EXPRESSIONS, 'Functions') for name in re.findall(r'`(\w+)\(', row[0])}
        self.assertEqual(told, there)

    def test_contexts(self):
        there = set(re.findall(r'"(\w+)"', re.search(r'myrmex_contexts\[\] = \{(.*?)\}', NAMES)[1]))
        told = {re.match(r'`(\w+)', row[0])[1] for row in rows_of(EXPRESSIONS, 'What they look at')}
        self.assertEqual(told, there)


class Configuration(unittest.TestCase):
    maxDiff = None

    def test_keys(self):
        page = (TREE / 'lib' / 'docs' / 'configuration.md').read_text(encoding='utf-8')
        nothing = {'HOME': '/nonexistent', 'XDG_CONFIG_DIRS': '/nonexistent', 'LC_ALL': 'C.UTF-8'}
        shown = json.loads(subprocess.run([MYRMEX, 'config', '--json'], env=nothing, check=True, capture_output=True,
                                          text=True).stdout)
        there = {key: (about['variable'], self.show(about['default'])) for key, about in shown.items()}
        told = {key.strip('`'): (variable.strip('`'), default.strip('`'))
                for key, variable, _, default in re.findall(r'^\| (`[\w.-]+`) \| (`\w+`) \| (.*) \| (.*?) ?\|$', page,
                                                            re.MULTILINE)}
        self.assertEqual(told, there)

    def show(self, default):
        return '' if default in (None, []) else f'{default:.15g}' if isinstance(default, float) else str(default)


if __name__ == '__main__':
    tap.main()
