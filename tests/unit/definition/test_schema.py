#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The JSON Schemas agree with the readers of definitions, and of settings of scripts.

    test_schema.py DEFINITION-VERDICT [TEST…]

What the reader takes the schema takes; and what the schema takes the reader refuses only for reasons that no schema
can express. Tried on the fixtures, on the examples and on random changes to them. MYRMEX_TEST_FULL=1 makes more
changes, MYRMEX_FUZZ_SEED=N other ones.
"""

import copy
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

TREE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TREE / 'tests' / 'tools'))
import tap

try:
    import jsonschema
except ImportError:
    jsonschema = None

VERDICT = sys.argv.pop(1)
SCHEMAS = TREE / 'data' / 'schema'
FIXTURES = TREE / 'tests' / 'fixtures' / 'definitions'

# What the reader says of texts that a schema can find nothing wrong with.
BEYOND_A_SCHEMA = re.compile('|'.join((
    'Task “.*” depends on “.*”, which does not exist',
    'Task “.*” depends on itself',
    'The dependencies form a cycle: ',
    'Task “.*” is not among the dependencies',
    'A task can not look at itself',
    'There is no task “',
    'There are no tasks to look at here',
    'There is no parameter “',
    '“value” is there only in a “transform”',
    'Parameter “.*” must be one of ',           # a default that is not in its enum
    '(This value nests|Arrays and objects nest) deeper than ',
    # What an expression or a template is refused for.
    'The expression (is empty|has \\d+ bytes|nests)',
    'The “\\$\\{\\{” that stands here is not closed',
    '“.*” is neither a value nor a context',
    '“.*” is no number',
    'There is no (arithmetic|operator|function|context)',
    '.*\\(\\) takes ',
    '“\\$\\{\\{” is not allowed inside an expression',
    '(A value|An operator)( or “.”)? was expected',
    'There is no script “',
    'Two scripts have the name “',
    'There is no executable script in ',
    'The script “.*” was left out: ',
    'Strings are in single quotes',
    'The string that begins here is not closed',
    'The “.” that stands here is not closed',
)))

VALUES = [
    None, True, False, 0, 1, -1, 2, 1.5, 3.0, -0.5, 1e10, 2**40,
    '', 'x', 'a b', '3', 'all_done', 'lines', 'string', '${{ 1 }}', 'value', 'tasks.list', 'x=y', 'ü', 'a' * 129,
    [], ['x'], [1], [None], [''], ['list'], [[]],
    {}, {'a': 1}, {'A': 'b'}, {'A=B': 'c'}, {'type': 'string'}, {'max_attempts': 2}, {'noop': {}},
]


def words_of(schema):
    """All keys that the schema has a property for."""
    if isinstance(schema, list):
        return set().union(*map(words_of, schema))
    if not isinstance(schema, dict):
        return set()
    own = set(schema['properties']) if isinstance(schema.get('properties'), dict) else set()
    return own.union(*map(words_of, schema.values()))


def without_comments(text):
    """The text of a fixture without what // begins; none of them has // in a string but after a space."""
    return re.sub(r'(^|(?<=[,{}\]]))\s*//.*$', '', text, flags=re.MULTILINE)


def load(path):
    """A definition as a value, or None where Python's reader of JSON does not take it either."""
    def unique(pairs):
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError('a key is used twice')
        return dict(pairs)

    try:
        return json.loads(without_comments(path.read_text(encoding='utf-8')), object_pairs_hook=unique)
    except ValueError:
        return None


def has_outside_type(definition):
    """Whether a task has a key with a dot, which the reader refuses, as no program registers such a type here."""
    tasks = definition.get('tasks') if isinstance(definition, dict) else None
    return isinstance(tasks, dict) and any('.' in key for task in tasks.values() if isinstance(task, dict)
                                           for key in task)


def judge(definitions, *folder):
    """What the reader says of each: definitions, or settings of the scripts in a folder."""
    # Escaped, so that nothing in it is a line break.
    lines = ''.join(json.dumps(definition) + '\n' for definition in definitions)
    done = subprocess.run([VERDICT, *folder], input=lines, capture_output=True, text=True, check=True,
                          encoding='utf-8')
    return [json.loads(line) for line in done.stdout.splitlines()]


def containers_of(value):
    """All objects and arrays in a value that have something in them, itself first."""
    found = [value] if isinstance(value, (dict, list)) and value else []
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        found += containers_of(child)
    return found


def change(definition, words, chance):
    """Something in the definition becomes another thing, goes, comes, or gets another name."""
    containers = containers_of(definition)
    if not containers:
        return
    container = chance.choice(containers)
    key = chance.choice(list(container)) if isinstance(container, dict) else chance.randrange(len(container))
    kind = chance.randrange(5)

    if kind == 0:
        del container[key]
    elif kind == 1 and isinstance(container, dict):
        container[chance.choice(words)] = container.pop(key)
    elif kind == 2 and isinstance(container, dict):
        container[chance.choice(words)] = copy.deepcopy(chance.choice(VALUES))
    elif kind == 3 and isinstance(container, dict):
        container[key + chance.choice('xX_ ')] = container.pop(key)
    else:
        container[key] = copy.deepcopy(chance.choice(VALUES))


class Agreement:
    """What holds of each pair of a schema and a reader."""

    schema_name = None
    folder = ()
    more_words = ()

    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads((SCHEMAS / cls.schema_name).read_text(encoding='utf-8'))
        jsonschema.Draft202012Validator.check_schema(cls.schema)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)
        cls.words = sorted(words_of(cls.schema)) + ['x-note', 'nonsense', *cls.more_words]
        cls.good = cls.load_good()

    def compare(self, definitions):
        """How many each of both takes."""
        taken = refused = 0
        for definition, messages in zip(definitions, judge(definitions, *self.folder), strict=True):
            errors = [error.message for error in self.validator.iter_errors(definition)]
            text = json.dumps(definition, ensure_ascii=False)
            if not messages:
                self.assertEqual(errors, [], f'the reader takes it, the schema does not: {text}')
                taken += 1
            elif not errors and not has_outside_type(definition):
                for message in messages:
                    self.assertTrue(BEYOND_A_SCHEMA.match(message),
                                    f'the schema takes it, the reader says “{message}”: {text}')
            elif errors:
                refused += 1
        return taken, refused

    def test_good(self):
        self.assertNotIn(None, self.good)
        self.assertEqual(self.compare(self.good), (len(self.good), 0))

    def test_changed(self):
        chance = random.Random(int(os.environ.get('MYRMEX_FUZZ_SEED', '1')))
        definitions = []
        for _ in range(6000 if os.environ.get('MYRMEX_TEST_FULL') else 1500):
            definition = copy.deepcopy(chance.choice(self.good))
            for _ in range(chance.randint(1, 3)):
                change(definition, self.words, chance)
            definitions.append(definition)
        taken, refused = self.compare(definitions)
        self.assertGreater(taken, len(definitions) // 20)
        self.assertGreater(refused, len(definitions) // 4)


@unittest.skipIf(jsonschema is None, 'python3-jsonschema is not installed')
class Definitions(Agreement, unittest.TestCase):
    schema_name = 'myrmex-1.schema.json'
    more_words = ('example.render', 'list', 'folder')

    @classmethod
    def load_good(cls):
        return [load(path) for path in (*sorted(FIXTURES.glob('good/*.json')),
                                        *sorted(TREE.glob('data/examples/*/workflow.json')))]

    def test_bad(self):
        found = [load(path) for path in sorted(FIXTURES.glob('bad/*.json'))]
        definitions = [definition for definition in found if definition is not None]
        self.assertGreater(len(definitions), len(found) // 2)
        taken, refused = self.compare(definitions)
        self.assertEqual(taken, 0)
        self.assertGreater(refused, len(definitions) // 2)

    def test_outside_types(self):
        """A key with a dot is one of which the schema knows nothing."""
        for task, valid in (
                ({'example.render': 3, 'quality': 'high', 'env': [], 'timeout': 3}, True),
                ({'example.render': 3, 'timeout': 'x'}, False),
                ({'example.render': 3, 'command': ['true']}, False),
                ({'render': 3}, False)):
            with self.subTest(json.dumps(task)):
                self.assertEqual(self.validator.is_valid({'myrmex': 1, 'tasks': {'a': task}}), valid)


@unittest.skipIf(jsonschema is None, 'python3-jsonschema is not installed')
class Scripts(Agreement, unittest.TestCase):
    schema_name = 'myrmex-scripts-1.schema.json'
    more_words = ('fetch.sh', 'parts/load.sh', 'tasks', 'command')

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix='myrmex-schema-')
        cls.addClassCleanup(folder.cleanup)
        cls.folder = (folder.name,)
        for name in ('fetch.sh', 'check.sh', 'parts/load.sh', 'parts/tidy.sh'):
            script = pathlib.Path(folder.name, name)
            script.parent.mkdir(exist_ok=True)
            script.write_text('#!/bin/sh\n', encoding='utf-8')
            script.chmod(0o755)

    @classmethod
    def load_good(cls):
        return [
            {},
            {'$schema': 'x', 'myrmex': 1, 'name': 'checks', 'description': 'All checks', 'fail_fast': True,
             'timeout': 60, 'max_parallel': 2, 'env': {'LC_ALL': 'C'}, 'directory': 'parts', 'depth': 2,
             'pattern': '*.sh', 'skip': ['old-*', 'parts/tidy.sh']},
            {'depth': 3, 'pattern': ['*.sh', 'parts/*'], 'parameters': {'level': {'type': 'integer', 'default': 1}},
             'defaults': {'timeout': 60, 'retry_policy': {'max_attempts': 2}, 'env': {'A': 'b'}, 'tags': ['quick'],
                          'arguments': ['--level', '${{ parameters.level }}'], 'grace': 1, 'output': 'lines'},
             'scripts': {'fetch.sh': {'arguments': ['--all'], 'priority': 3},
                         'check.sh': {'name': 'check', 'dependencies': ['fetch.sh', 'parts/load.sh'],
                                      'allowed_exit_codes': [0, 3], 'condition': 'parameters.level > 1',
                                      'trigger_rule': 'all_done', 'stdin': 'x', 'metadata': {'a': 1}},
                         'parts/load.sh': {'description': 'Loads', 'directory': '.', 'output': 'json',
                                           'transform': 'value'}}},
        ]

    def test_shared(self):
        """What both schemas have is the same."""
        other = json.loads((SCHEMAS / Definitions.schema_name).read_text(encoding='utf-8'))['$defs']
        for name, own in self.schema['$defs'].items():
            if name in other:
                self.assertEqual(own, other[name], name)
        layer = set(self.schema['$defs']['defaults']['properties'])
        self.assertEqual(set(self.schema['$defs']['script']['properties']), layer | {'name', 'dependencies'})
        self.assertEqual(layer - {'arguments'},
                         set(other['task']['then']['propertyNames']['enum'])
                         - {'command', 'shell', 'noop', 'dependencies'})


if __name__ == '__main__':
    tap.main()
