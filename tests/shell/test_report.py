#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reports and graphs, as a person asks for them.

    test_report.py MYRMEX [TEST…]
"""

import json
import pathlib
import shutil
import unittest
from xml.etree import ElementTree

try:
    import jsonschema
except ImportError:
    jsonschema = None

from shell import Case, DEFINITION, DONE, FAILED, TIMED_OUT, USAGE
import tap

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / 'data' / 'schema' / 'myrmex-report-1.schema.json'

HOSTILE = r"printf 'a\033[31mb\n```\n</system-out>\n' >&2; exit 3"


class Report(Case):
    def read(self, name):
        return (self.folder / name).read_text(encoding='utf-8')

    def read_json(self, name):
        """A report in JSON, each of which is as the schema says."""
        report = json.loads(self.read(name))
        if jsonschema is not None:
            schema = json.loads(SCHEMA.read_text(encoding='utf-8'))
            errors = jsonschema.Draft202012Validator(schema).iter_errors(report)
            self.assertEqual([f'{error.json_path}: {error.message}' for error in errors], [])
        return report

    def read_junit(self, name):
        """A report in JUnit XML, each of which has what readers of it rely on."""
        root = ElementTree.fromstring(self.read(name))
        self.assertEqual(root.tag, 'testsuites')
        suites = list(root)
        self.assertEqual([suite.tag for suite in suites], ['testsuite'])
        cases = suites[0].findall('testcase')
        for key, tag in (('tests', 'testcase'), ('failures', 'testcase/failure'), ('errors', 'testcase/error'),
                         ('skipped', 'testcase/skipped')):
            self.assertEqual(suites[0].get(key), str(len(suites[0].findall(tag))), key)
        self.assertLessEqual({child.tag for child in suites[0]}, {'properties', 'testcase', 'system-out', 'system-err'})
        for case in cases:
            self.assertTrue(case.get('name') and case.get('classname'))
            self.assertGreaterEqual(float(case.get('time')), 0)
            kinds = [child.tag for child in case]
            self.assertLessEqual(set(kinds), {'failure', 'error', 'skipped', 'system-out', 'system-err'})
            self.assertLessEqual(sum(kind in ('failure', 'error', 'skipped') for kind in kinds), 1)
            self.assertEqual(kinds, sorted(kinds, key=lambda kind: kind.startswith('system-')))
        return suites[0]

    def mixed(self, count=30):
        """A folder's worth of scripts of mixed fate."""
        tasks = {'start': 'echo begun'}
        for number in range(count - 2):
            task = {'shell': HOSTILE if number % 7 == 3 else 'true', 'dependencies': ['start']}
            if number % 5 == 4:
                task['dependencies'] = [f'step-{number - 1}']
            tasks[f'step-{number}'] = task
        tasks['tidy'] = {'shell': 'true', 'dependencies': list(tasks), 'trigger_rule': 'all_done'}
        self.workflow(tasks, fail_fast=False)

    def test_each_format(self):
        self.mixed()
        names = ['r.txt', 'r.json', 'r.md', 'r.xml', 'r.svg', 'r.dot', 'r.mmd']
        options = [f'--report={name}' for name in names]
        _, errors = self.run_command('run', 'w.json', '--quiet', *options, status=FAILED)
        self.assertEqual(errors, '')
        for name in names:
            self.assertNotIn('\x1b', self.read(name), name)

        report = self.read_json('r.json')
        self.assertEqual(report['status'], 'failed')
        self.assertEqual(report['total_tasks'], 30)
        self.assertEqual(report['counts']['failed'], 4)
        self.assertEqual(sum(report['counts'].values()), 30)
        self.assertEqual(report['critical_path'][-1]['task'], 'tidy')
        failed = [task for task in report['tasks'] if task['status'] == 'failed']
        self.assertEqual(failed[0]['log_tail'], 'a\\x1b[31mb\n```\n</system-out>')
        shares = [report['bound'][name] for name in ('dependencies', 'slots', 'retries', 'idle')]
        self.assertAlmostEqual(sum(shares), report['elapsed'], places=3)

        suite = self.read_junit('r.xml')
        self.assertEqual(len(suite.findall('testcase')), 30)
        self.assertEqual(len(suite.findall('testcase/failure')), 4)
        self.assertEqual(suite.get('skipped'), str(report['counts']['skipped']))
        picture = ElementTree.fromstring(self.read('r.svg'))
        titles = [title.text for title in picture.iter('{http://www.w3.org/2000/svg}title')]
        self.assertEqual(len(titles), report['counts']['completed'] + report['counts']['failed'])
        self.assertIn('Critical path', self.read('r.txt'))
        self.assertIn('````', self.read('r.md'))

    def test_good_run(self):
        self.workflow({'a': 'echo x', 'b': {'shell': 'true', 'dependencies': ['a']}})
        self.run_command('run', 'w.json', '-q', '-r', 'r.md')
        self.assertTrue(self.read('r.md').startswith('# w: completed\n'))

    def test_run_that_is_stopped(self):
        self.workflow({'a': 'sleep 100'})
        self.run_command('run', 'w.json', '-q', '--timeout', '0.2', '--report', 'r.json', status=TIMED_OUT)
        self.assertEqual(self.read_json('r.json')['reason'], 'run_timed_out')

    def test_every_fate(self):
        """What each status and each kind of value comes to, in the formats that programs read."""
        self.workflow({
            'text': 'echo x', 'lines': {'command': ['printf', 'a\nb\n'], 'output': 'lines'},
            'json': {'command': ['printf', '{"a": [1, null, true]}'], 'output': 'json'},
            'bytes': {'command': ['printf', '\\377\\001'], 'output': 'bytes'},
            'none': {'shell': 'echo x', 'output': 'none'}, 'nothing': {'noop': {}},
            'again': {'shell': '[ -e tried ] || { touch tried; exit 75; }',
                      'retry_policy': {'max_attempts': 2, 'initial_delay': 0.01}},
            'killed': 'kill -9 $$', 'missing': {'command': ['no-such-program']},
            'late': {'shell': 'sleep 100', 'timeout': 0.05},
            'after': {'shell': 'true', 'dependencies': ['killed']},
            'never': {'shell': 'true', 'condition': 'false'},
            'wrong': {'shell': 'true', 'condition': "fromJSON('x')"},
        }, fail_fast=False)
        self.run_command('run', 'w.json', '-q', '-r', 'r.json', '-r', 'r.xml', status=FAILED)
        report = self.read_json('r.json')
        reasons = {task['name']: task.get('reason') for task in report['tasks']}
        self.assertEqual({name: reasons[name] for name in ('killed', 'missing', 'late', 'after', 'never', 'wrong')}, {
            'killed': 'signal', 'missing': 'spawn_failed', 'late': 'timed_out', 'after': 'upstream_failed',
            'never': 'condition', 'wrong': 'error'})
        suite = self.read_junit('r.xml')
        self.assertEqual((suite.get('errors'), suite.get('skipped')), ('4', '2'))

        self.workflow({'bad': 'exit 1', 'slow': 'sleep 100', 'next': {'shell': 'true', 'dependencies': ['slow']}})
        self.run_command('run', 'w.json', '-q', '-j', '2', '-r', 'r.json', '-r', 'r.xml', status=FAILED)
        self.read_json('r.json')
        self.read_junit('r.xml')

    def test_format_is_known_before_anything_runs(self):
        self.workflow({'a': 'touch ran'})
        _, errors = self.run_command('run', 'w.json', '--report', 'r.pdf', status=USAGE)
        self.assertIn('“r.pdf” does not tell the format', errors)
        _, errors = self.run_command('run', 'w.json', '--dry-run', '--report', 'r.md', status=USAGE)
        self.assertIn('--dry-run runs nothing', errors)
        self.assertFalse((self.folder / 'ran').exists())

    def test_report_that_can_not_be_written(self):
        self.workflow({'a': 'true'})
        _, errors = self.run_command('run', 'w.json', '-q', '-r', 'none/r.md', '-r', 'r.txt', status=FAILED)
        self.assertIn('none/r.md', errors)
        self.assertIn('completed', self.read('r.txt'))

    def test_picture_of_a_graph(self):
        if shutil.which('dot') is None:
            self.skipTest('Graphviz is not installed')
        self.mixed()
        self.run_command('run', 'w.json', '-q', '-r', 'r.graph.svg', status=FAILED)
        self.assertEqual(self.read('r.graph.svg').count('class="node'), 30)


class Graph(Case):
    def setUp(self):
        super().setUp()
        self.workflow({'a': 'true', 'b': {'shell': 'true', 'dependencies': ['a']}})

    def test_dot(self):
        output, errors = self.run_command('graph', 'w.json')
        self.assertEqual(errors, '')
        self.assertIn('t0 -> t1;', output)
        self.assertTrue(output.startswith('digraph "w" {'))

    def test_mermaid(self):
        output, _ = self.run_command('graph', '--format', 'mermaid', 'w.json')
        self.assertEqual(output, 'flowchart LR\n  t0["a"]\n  t1["b"]\n  t0 --> t1\n')
        self.run_command('graph', '-o', 'g.mmd', 'w.json', status=DONE)
        self.assertEqual((self.folder / 'g.mmd').read_text(encoding='utf-8'), output)

    def test_picture(self):
        if shutil.which('dot') is None:
            self.skipTest('Graphviz is not installed')
        output, _ = self.run_command('graph', '-f', 'svg', 'w.json')
        ElementTree.fromstring(output)

    def test_without_graphviz(self):
        self.environment['PATH'] = '/nonexistent'
        _, errors = self.run_command('graph', '-f', 'svg', 'w.json', status=FAILED)
        self.assertIn('install the package graphviz', errors)

    def test_wrong_usage(self):
        _, errors = self.run_command('graph', '-f', 'png', 'w.json', status=USAGE)
        self.assertIn('there are dot, mermaid and svg', errors)
        _, errors = self.run_command('graph', '-o', 'g.png', 'w.json', status=USAGE)
        self.assertIn('.dot, .mmd and .svg', errors)
        self.run_command('graph', status=USAGE)
        self.write('{', 'bad.json')
        self.run_command('graph', 'bad.json', status=DEFINITION)


if __name__ == '__main__':
    tap.main()
