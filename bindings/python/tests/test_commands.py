# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commands and definitions."""

import json
import os
import pathlib
import tempfile
import unittest

from gi.repository.Myrmex import (DefinitionError, Reason, TaskFailedError, TaskStatus, Workflow, WorkflowError)

import tap

DEFINITION = {
    'myrmex': 1,
    'name': 'sizes',
    'parameters': {'words': {'type': 'array', 'default': ['a', 'bb']}},
    'tasks': {
        'join': {'command': ['printf', '%s\n', "${{ join(parameters.words, '-') }}"]},
        'count': {'shell': 'printf %s "$TEXT" | wc -c', 'env': {'TEXT': '${{ tasks.join.value }}'},
                  'dependencies': ['join'], 'transform': 'fromJSON(value)',
                  'retry_policy': {'max_attempts': 2, 'retry_on': ['exit']}, 'timeout': 30, 'tags': ['x']},
    },
}


class TestCommands(unittest.TestCase):
    def test_values(self):
        workflow = Workflow('w').add_command('text', ['printf', 'a b\n'])
        workflow.add_command('nothing', ['true'], output='none')
        workflow.add_shell('lines', 'echo 1; echo 2', output='lines').add_shell('json', 'echo "[1, null]"', output='json')
        workflow.add_shell('bytes', r"printf '\377\000x'", output='bytes')
        results = workflow.run()
        self.assertEqual({name: result.value for name, result in results.items()},
                         {'text': 'a b', 'nothing': None, 'lines': ['1', '2'], 'json': [1, None], 'bytes': b'\xff\0x'})

    def test_options(self):
        with tempfile.TemporaryDirectory() as folder:
            workflow = Workflow('w').add_shell('a', 'read line; echo "$line $X $(pwd)"; exit 3', stdin='in\n',
                                               env={'X': '5'}, directory=folder, allowed_exit_codes=[0, 3], timeout=30)
            self.assertEqual(workflow.run()['a'].value, f'in 5 {os.path.realpath(folder)}')

    def test_mistakes_are_told_at_once(self):
        for pattern, add in (
                ('command must be a list of str', lambda workflow: workflow.add_command('a', 'ls -l')),
                ('each of command', lambda workflow: workflow.add_command('a', ['ls', 3])),
                ('“command”', lambda workflow: workflow.add_command('a', [])),
                ('“output”', lambda workflow: workflow.add_command('a', ['ls'], output='jsn')),
                ('“grace”', lambda workflow: workflow.add_command('a', ['ls'], grace=-1)),
                ('script must be a str', lambda workflow: workflow.add_shell('a', ['ls'])),
                ('NUL', lambda workflow: workflow.add_shell('a', 'ls\0')),
                ('env', lambda workflow: workflow.add_shell('a', 'echo ${{ parameters.x }}')),
                ('name', lambda workflow: workflow.add_command('a b', ['ls']))):
            workflow = Workflow('w')
            with self.subTest(pattern), self.assertRaisesRegex((TypeError, ValueError), pattern):
                add(workflow)
            self.assertEqual(len(workflow), 0)

    def test_failures(self):
        workflow = Workflow('w', fail_fast=False).add_shell('status', 'echo oops >&2; exit 7')
        workflow.add_shell('signal', 'kill -9 $$').add_command('missing', ['/nonexistent/program'])
        workflow.add_shell('json', 'echo "{"', output='json')
        with self.assertRaises(TaskFailedError) as caught:
            workflow.run()
        results = caught.exception.results
        self.assertEqual([(result.error_name, result.reason) for result in results.values()][:3],
                         [('exit-7', Reason.EXIT_STATUS), ('signal-9', Reason.SIGNAL),
                          ('spawn-failed', Reason.SPAWN_FAILED)])
        self.assertIsInstance(results['status'].error, TaskFailedError)
        self.assertIn('oops', str(results['status'].error))
        self.assertIs(results['json'].status, TaskStatus.FAILED)
        self.assertIsNone(caught.exception.__cause__)


class TestDefinitions(unittest.TestCase):
    def test_from_json(self):
        for text in (json.dumps(DEFINITION), json.dumps(DEFINITION).encode()):
            workflow = Workflow.from_json(text)
            self.assertIsInstance(workflow, Workflow)
            self.assertEqual((workflow.name, len(workflow)), ('sizes', 2))
            self.assertEqual(workflow['count'].dependencies, ['join'])
            self.assertEqual(workflow['count'].retry_policy.max_attempts, 2)
            self.assertEqual(workflow.run()['count'].value, 4)
            self.assertEqual(workflow.run({'words': ['x']})['count'].value, 1)

    def test_from_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, 'sizes.json')
            path.write_text(json.dumps(DEFINITION), encoding='utf-8')
            for given in (path, str(path)):
                self.assertEqual(Workflow.from_file(given).name, 'sizes')
            with self.assertRaisesRegex(WorkflowError, 'nobody.json.*No such file'):
                Workflow.from_file(path.with_name('nobody.json'))

    def test_there_and_back(self):
        text = Workflow.from_json(json.dumps(DEFINITION)).to_json()
        again = Workflow.from_json(text)
        self.assertEqual(again.to_json(), text)
        self.assertEqual(json.loads(text)['tasks']['count']['env'], {'TEXT': '${{ tasks.join.value }}'})

    def test_made_here(self):
        workflow = Workflow('made', timeout=60).add_command('a', ['echo', 'x'], tags=['t'], metadata={'n': [1, None]})
        workflow.add_shell('b', 'cat', ['a'], stdin='y', condition='tasks.a.success', priority=3)
        again = Workflow.from_json(workflow.to_json())
        self.assertEqual((again.timeout, again['a'].tags, again['a'].metadata), (60, ['t'], {'n': [1, None]}))
        self.assertEqual(again.run()['b'].value, 'y')

    def test_functions_can_not_be_written_down(self):
        for workflow in (Workflow('w').add_task('a', lambda: 1),
                         Workflow('w').add_command('a', ['ls'], condition=lambda: True),
                         Workflow('w').add_command('a', ['ls'], transform=str)):
            with self.assertRaisesRegex(WorkflowError, '“a”'):
                workflow.to_json()

    def test_all_that_is_wrong(self):
        definition = json.loads(json.dumps(DEFINITION))
        definition['tasks']['count']['dependencies'] = ['jion']
        definition['tasks']['count']['timeot'] = 3
        with self.assertRaises(DefinitionError) as caught:
            Workflow.from_json(json.dumps(definition, indent=1), filename='sizes.json')
        lines = str(caught.exception).splitlines()
        self.assertGreaterEqual(len(lines), 2)
        for line in lines:
            self.assertRegex(line, r'^sizes.json:\d+:\d+: ')
        self.assertIn('did you mean “join”', str(caught.exception))
        self.assertIsInstance(caught.exception, ValueError)

    def test_what_is_no_definition(self):
        for text in ('', '{', '[]', 'null', '{"myrmex": 1}', '{"myrmex": 99, "name": "x", "tasks": {}}', b'\xff\xfe',
                     '[' * 100000, '{"a": 1, "a": 2}'):
            with self.subTest(text[:20]), self.assertRaises(DefinitionError):
                Workflow.from_json(text)
        with self.assertRaises(ValueError):
            Workflow.from_json('{\0}')
        for wrong in (None, 3, {}):
            with self.assertRaises(TypeError):
                Workflow.from_json(wrong)


if __name__ == '__main__':
    tap.main()
