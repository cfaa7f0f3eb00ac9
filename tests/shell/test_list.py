#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What there is to run: the catalog, folders of scripts, and parts of workflows.

    test_list.py MYRMEX [TEST…]
"""

import json
import pathlib
import subprocess
import unittest
from xml.etree import ElementTree

from shell import Case, DEFINITION, DONE, FAILED, MYRMEX, USAGE
import tap


class ListCase(Case):
    """A test with a home and a data folder of its own."""

    def setUp(self):
        super().setUp()
        for name in ('home', 'system', 'other'):
            self.environment[f'XDG_DATA_{name.upper()}'] = str(self.folder / name)
        self.environment['XDG_DATA_DIRS'] = f'{self.folder}/system:{self.folder}/other:relative'
        self.environment['HOME'] = str(self.folder / 'nobody')

    def install(self, name, text=None, place='home', **more):
        """Writes a definition to a place where workflows are found by name."""
        folder = self.folder / place / 'myrmex' / 'workflows'
        folder.mkdir(parents=True, exist_ok=True)
        if text is None:
            text = json.dumps({'myrmex': 1, 'tasks': {'a': {'shell': f'echo {place}'}}, **more})
        (folder / f'{name}.json').write_text(text, encoding='utf-8')
        return folder / f'{name}.json'

    def script(self, path, text='true', mode=0o755):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\n{text}\n', encoding='utf-8')
        path.chmod(mode)
        return path


class List(ListCase):
    def test_nothing(self):
        output, errors = self.run_command('list')
        self.assertEqual(errors, '')
        places = [f'    {self.folder}/{name}/myrmex/workflows\n' for name in ('home', 'system', 'other')]
        self.assertEqual(output, 'There are no workflows. Looked in:\n' + ''.join(places))

    def test_text(self):
        good = self.install('photos', description='Sorts photos',
                            parameters={'size': {'type': 'integer', 'default': 3}})
        hidden = self.install('photos', place='system')
        bad = self.install('bad', '{ "myrmex": 1,\n  "tasks": { "a": { "comand": ["x"] } } }')
        output, errors = self.run_command('list', status=DEFINITION)
        self.assertEqual(errors, '')
        self.assertEqual(output, (
            f'bad     broken  {bad}\n'
            f'    {bad}:2:21: There is no key “comand” here; did you mean “command”?\n'
            f'photos  1 task  {good}  Sorts photos\n'
            f'photos  1 task  {hidden}\n'
            f'    shadowed by {good}\n'))
        output, _ = self.run_command('list', '--verbose', status=DEFINITION)
        self.assertIn('    --param size=  integer = 3\n', output)
        output, _ = self.run_command('list', '-q', status=DEFINITION)
        self.assertEqual(output, 'photos\n')

    def test_json(self):
        self.install('photos', parameters={'size': {'type': 'integer'}})
        self.install('bad', '{')
        output, _ = self.run_command('list', '--json', status=DEFINITION)
        found = json.loads(output)
        bad, photos = found['workflows']
        self.assertEqual((bad['name'], bad['broken']), ('bad', True))
        self.assertEqual((bad['diagnostics'][0]['line'], bad['diagnostics'][0]['severity']), (1, 'error'))
        self.assertEqual((photos['name'], photos['kind'], photos['total_tasks']), ('photos', 'definition', 1))
        self.assertEqual(photos['parameters'], {'size': {'type': 'integer'}})
        self.assertEqual(found['folders'][0], f'{self.folder}/home/myrmex/workflows')

    def test_folders(self):
        self.workflow({'a': 'true'}, 'flow.json')
        self.write('{ "name": "not-ours" }', 'package.json')
        self.script('checks/one.sh')
        self.script('checks/two.sh', mode=0o644)
        output, errors = self.run_command('list', '.', 'checks', 'none', status=USAGE)
        self.assertIn('none” can not be read: No such file or directory', errors)
        self.assertEqual(output, (
            f'checks  1 script  {self.folder}/checks\nw       1 task  {self.folder}/flow.json\n'
            f'    {self.folder}/flow.json:1:23: warning: The workflow is found as “w”, which is not the name of its '
            'file, “flow”\n'))
        output, _ = self.run_command('list', '-v', '.', 'checks')
        self.assertIn(f'{self.folder}/checks/two.sh: note: left out: it is not executable\n', output)
        self.assertIn(f'{self.folder}/package.json: note: left out: it is no definition', output)

    def test_actions(self):
        output, _ = self.run_command('list', '--actions')
        self.assertIn('\n    output              text, json, lines, bytes or none, without it "text"\n', output)
        output, _ = self.run_command('list', '--actions', '--json')
        actions = {action['name']: action for action in json.loads(output)['actions']}
        self.assertEqual(sorted(actions), ['command', 'noop', 'shell'])
        keys = {key['name']: key for key in actions['command']['keys']}
        self.assertEqual(keys['allowed_exit_codes']['default'], [0])
        self.assertTrue(all(key['description'] and key['type'] for key in keys.values()))
        _, errors = self.run_command('list', '--actions', '.', status=USAGE)
        self.assertIn('it looks into no folder', errors)

    def test_hostile_names(self):
        self.install('a', json.dumps({'myrmex': 1, 'description': 'red \x1b[31m\ntext', 'tasks': {}}))
        (self.folder / 'home/myrmex/workflows/\x1b[2J.json').write_text('{', encoding='utf-8')
        output, errors = self.run_command('list', '-v', status=DEFINITION)
        self.assertNotIn('\x1b', output + errors)
        self.assertEqual(len([line for line in output.splitlines() if line.startswith('a ')]), 1)


class Name(ListCase):
    def test_run(self):
        self.install('hello', place='system')
        self.install('hello', place='other')
        events, tasks = self.run_json('hello')
        self.assertEqual(events[0]['workflow'], 'hello')
        self.assertEqual(tasks['a'][-1]['value'], 'system')

    def test_each_command(self):
        self.install('hello')
        output, _ = self.run_command('validate', 'hello')
        self.assertEqual(output, 'hello: good, workflow “hello” with 1 task\n')
        output, _ = self.run_command('plan', 'hello')
        self.assertTrue(output.startswith('hello: 1 task'))
        output, _ = self.run_command('graph', 'hello')
        self.assertTrue(output.startswith('digraph "hello"'))

    def test_not_found(self):
        self.install('hello')
        _, errors = self.run_command('run', 'hlelo', status=USAGE)
        self.assertEqual(errors, 'myrmex: There is no workflow “hlelo”; did you mean “hello”? Looked in: '
                         + ', '.join(f'{self.folder}/{name}/myrmex/workflows' for name in ('home', 'system', 'other'))
                         + '\n')
        self.workflow({'a': 'true'}, 'site.json')
        _, errors = self.run_command('run', 'site', status=USAGE)
        self.assertIn('there is a file here: name it “site.json”', errors)

    def test_broken(self):
        """One that has a mistake does not make way for another one in silence."""
        self.install('hello', '{ "myrmex": 1, "name": "hello" }')
        self.install('hello', place='system')
        _, errors = self.run_command('run', 'hello', status=DEFINITION)
        self.assertIn('hello.json:1:1: The key “tasks” is missing', errors)

    def test_name_and_path(self):
        """Nobody wants the scripts of ./build run who asks for a workflow of that name."""
        self.install('build')
        self.script('build/danger.sh', 'touch ran')
        _, errors = self.run_command('run', 'build', status=USAGE)
        self.assertIn('name the path of the one that you mean, such as “./build”', errors)
        self.assertFalse((self.folder / 'build/ran').exists())
        self.run_command('run', './build', '-q')
        self.assertTrue((self.folder / 'build/ran').exists())


class Scripts(ListCase):
    def mixed(self):
        """30 scripts of mixed fate, and the counts of what becomes of them."""
        for number in range(30):
            kind = number % 6
            self.script(f'checks/{number:02}-job.sh', (
                'echo fine', 'exit 3', 'exit 4', 'sleep 1000 & sleep 1000',
                '[ -e "$0.seen" ] || { touch "$0.seen"; exit 75; }',
                r"printf 'a\033[31mb\377\n'; exit 9")[kind])
        settings = {f'{number:02}-job.sh': {'allowed_exit_codes': [4]} for number in range(2, 30, 6)}
        settings |= {f'{number:02}-job.sh': {'timeout': 0.2} for number in range(3, 30, 6)}
        settings |= {f'{number:02}-job.sh': {'retry_policy': {'max_attempts': 2, 'initial_delay': 0}}
                     for number in range(4, 30, 6)}
        settings['06-job.sh'] = {'dependencies': ['01-job.sh']}
        settings['12-job.sh'] = {'dependencies': ['01-job.sh'], 'trigger_rule': 'all_done'}
        self.write(json.dumps({'scripts': settings}), 'checks/myrmex-scripts.json')
        return {'completed': 14, 'failed': 15, 'skipped': 1, 'cancelled': 0}

    def test_mixed_fate_in_each_format(self):
        counts = self.mixed()
        names = ['r.txt', 'r.json', 'r.md', 'r.xml', 'r.svg', 'r.dot', 'r.mmd']
        events, tasks = self.run_json('checks', *(f'--report={name}' for name in names), status=FAILED)
        self.assertEqual({key: events[-1][key] for key in counts}, counts)
        self.assertEqual(len(tasks), 30)
        self.assertEqual(tasks['03-job.sh'][-1]['reason'], 'timed_out')
        self.assertEqual(tasks['04-job.sh'][-1]['attempt'], 2)
        self.assertEqual(tasks['06-job.sh'][-1]['reason'], 'upstream_failed')
        self.assertIn('exit status 9', tasks['05-job.sh'][-1]['error'])
        for name in names:
            text = (self.folder / name).read_text(encoding='utf-8')
            self.assertNotIn('\x1b', text, name)
            self.assertIn('06-job.sh', text, name) if name not in ('r.svg', 'r.txt') else None
        report = json.loads((self.folder / 'r.json').read_text(encoding='utf-8'))
        self.assertEqual((report['name'], report['total_tasks']), ('checks', 30))
        self.assertEqual({key: report['counts'][key] for key in counts}, counts)
        suite = ElementTree.parse(self.folder / 'r.xml').getroot().find('testsuite')
        self.assertEqual((len(suite.findall('testcase/failure')), len(suite.findall('testcase/error'))), (10, 5))
        ElementTree.parse(self.folder / 'r.svg')

    def test_each_command(self):
        self.script('checks/a.sh')
        self.script('checks/b.sh')
        output, _ = self.run_command('validate', 'checks')
        self.assertEqual(output, 'checks: good, workflow “checks” with 2 tasks\n')
        output, _ = self.run_command('plan', 'checks/')
        self.assertTrue(output.startswith('checks: 2 tasks'))
        output, _ = self.run_command('graph', 'checks', '--format', 'mermaid')
        self.assertIn('t1["b.sh"]', output)
        output, _ = self.run_command('explain', 'checks', 'b.sh')
        self.assertIn('b.sh', output)
        output, _ = self.run_command('run', 'checks', '--only', 'a.sh')
        self.assertIn('1 completed', output)

    def test_wrong_settings(self):
        self.script('checks/a.sh', 'touch ran')
        self.write('{ "scripts": { "a.sh": { "time_out": 3 } },\n  "dept": 2 }', 'checks/myrmex-scripts.json')
        output, errors = self.run_command('run', 'checks', status=DEFINITION)
        path = f'{self.folder}/checks/myrmex-scripts.json'
        self.assertEqual(output, '')
        self.assertEqual(errors.replace(f'{self.folder}/', ''), (
            'checks/myrmex-scripts.json:1:26: There is no key “time_out” here; did you mean “timeout”?\n'
            'checks/myrmex-scripts.json:2:3: There is no key “dept” here; did you mean “depth”?\n'), path)
        self.assertFalse((self.folder / 'checks/ran').exists())

    def test_nothing_to_run(self):
        self.script('checks/a.sh', mode=0o644)
        _, errors = self.run_command('run', 'checks', status=USAGE)
        self.assertEqual(errors, (f'myrmex: There is no executable script in “{self.folder}/checks”; '
                                  '1 file was left out (a.sh: it is not executable)\n'))
        self.workflow({'a': 'true'}, 'checks/flow.json')
        _, errors = self.run_command('run', 'checks', status=USAGE)
        self.assertIn('There are workflows in it; name one of them: checks/flow.json\n', errors)

    def test_file_without_interpreter(self):
        """Not a hang and not a success."""
        path = self.folder / 'checks' / 'text'
        path.parent.mkdir()
        path.write_bytes(b'\x00\x01\x02')
        path.chmod(0o755)
        _, tasks = self.run_json('checks', status=FAILED)
        self.assertEqual(tasks['text'][-1]['status'], 'failed')


class Choice(ListCase):
    def setUp(self):
        super().setUp()
        self.workflow({
            'fetch': 'true',
            'test-a': {'shell': 'true', 'dependencies': ['fetch'], 'tags': ['fast']},
            'test-b': {'shell': 'true', 'dependencies': ['fetch'], 'tags': ['slow']},
            'ship': {'shell': 'true', 'dependencies': ['test-a', 'test-b']},
            'tell': {'shell': 'true', 'dependencies': ['test-a', 'test-b'], 'trigger_rule': 'none_failed'},
        })

    def ends(self, *options, status=DONE):
        _, tasks = self.run_json('w.json', *options, status=status)
        return {name: events[-1]['status'] for name, events in tasks.items()}

    def test_only(self):
        """What a chosen task depends on comes along; what depends on it does not."""
        self.assertEqual(self.ends('--only', 'test-a'), {'fetch': 'completed', 'test-a': 'completed'})
        self.assertEqual(sorted(self.ends('--only', 'test-*')), ['fetch', 'test-a', 'test-b'])
        self.assertEqual(sorted(self.ends('--only=test-a', '--only=fetch')), ['fetch', 'test-a'])

    def test_tag(self):
        self.assertEqual(sorted(self.ends('--tag', 'slow')), ['fetch', 'test-b'])
        self.assertEqual(sorted(self.ends('--tag', 'slow', '--tag', 'fast')), ['fetch', 'test-a', 'test-b'])
        self.assertEqual(sorted(self.ends('--only', 'test-*', '--tag', 'fast')), ['fetch', 'test-a'])

    def test_skip(self):
        """As a condition that is false: dependants follow their trigger rules, dependencies run."""
        self.assertEqual(self.ends('--skip', 'test-b'),
                         {'fetch': 'completed', 'test-a': 'completed', 'test-b': 'skipped', 'ship': 'skipped',
                          'tell': 'completed'})
        self.assertEqual(self.ends('--only', 'test-a', '--skip', 'fetch'), {'fetch': 'skipped', 'test-a': 'skipped'})

    def test_plan(self):
        output, _ = self.run_command('plan', 'w.json', '--only', 'test-a', '--json')
        self.assertEqual([task['name'] for task in json.loads(output)['tasks']], ['fetch', 'test-a'])
        output, _ = self.run_command('run', '-n', 'w.json', '--tag', 'fast', '--json')
        self.assertEqual(json.loads(output)['total_tasks'], 2)

    def test_nothing_matches(self):
        _, errors = self.run_command('run', 'w.json', '--only', 'tset-a', status=USAGE)
        self.assertEqual(errors, 'myrmex: No task of “w” matches “tset-a”; did you mean “test-a”?\n')
        _, errors = self.run_command('plan', 'w.json', '--tag', 'fats', status=USAGE)
        self.assertEqual(errors, 'myrmex: No task of “w” has the tag “fats”; did you mean “fast”?\n')
        _, errors = self.run_command('run', 'w.json', '--skip', 'x*', status=USAGE)
        self.assertEqual(errors, 'myrmex: No task of “w” matches “x*”\n')


class Completion(ListCase):
    def test_names(self):
        """Bash offers what can be run by name, and folders."""
        self.install('photos')
        self.install('bad', '{')
        (self.folder / 'plots').mkdir()
        source = pathlib.Path(__file__).resolve().parents[2] / 'bindings' / 'shell' / 'myrmex.bash'
        script = ('compopt () { :; }; . "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _myrmex; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        for words, expected in ((['run', 'p'], ['photos', 'plots']), (['run', './p'], ['./plots']),
                                (['list', 'p'], ['plots']), (['li'], ['list'])):
            done = subprocess.run(['bash', '-c', script, 'bash', source, MYRMEX, *words], cwd=self.folder, text=True,
                                  capture_output=True, check=True, env=self.environment)
            self.assertEqual((sorted(done.stdout.split()), done.stderr), (expected, ''))


if __name__ == '__main__':
    tap.main()
