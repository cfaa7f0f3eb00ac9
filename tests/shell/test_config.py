#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Configuration: what counts more than what, where it is said to come from, and what it does.

    test_config.py MYRMEX [TEST…]
"""

import json
import unittest

from shell import Case, FAILED, USAGE
import tap

DEFAULTS = '''\
run.max-parallel   0        default
run.timeout        0        default
run.grace          5        default
run.log-dir                 default
run.reports                 default
catalog.folders             default
service.keep-age   2592000  default
service.keep-runs  10000    default
service.keep-size  1024     default
display.colour     auto     default
display.progress   auto     default

Files, of which each counts more than those before it:
  {0}/system/myrmex/myrmex.conf (not there)
  {0}/user/myrmex/myrmex.conf (not there)
'''


class ConfigCase(Case):
    def setUp(self):
        super().setUp()
        self.environment.update(XDG_CONFIG_HOME=f'{self.folder}/user', XDG_CONFIG_DIRS=f'{self.folder}/system')
        self.user = self.folder / 'user/myrmex/myrmex.conf'
        self.system = self.folder / 'system/myrmex/myrmex.conf'

    def configure(self, text, path=None):
        path = path or self.user
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')

    def show(self, *arguments):
        return self.run_command('config', *arguments)[0]


class Shown(ConfigCase):
    def test_defaults(self):
        self.assertEqual(self.show(), DEFAULTS.format(self.folder))

    def test_origins(self):
        self.configure('[run]\ngrace=1\ntimeout=7\nmax-parallel=2\n', self.system)
        self.configure('# mine\n[run]\ngrace=3\nmax-parallel=4\n')
        self.environment['MYRMEX_GRACE'] = '2.5'
        lines = self.show('--config', 'display.colour=never').splitlines()
        self.assertEqual([line.split() for line in lines[:3]], [
            ['run.max-parallel', '4', f'{self.user}:4'],
            ['run.timeout', '7', f'{self.system}:3'],
            ['run.grace', '2.5', 'MYRMEX_GRACE']])
        self.assertEqual(lines[9].split(), ['display.colour', 'never', '--config'])
        self.assertEqual(lines[-1], f'  {self.user}')

    def test_one(self):
        self.configure('[run]\nreports=a.md;b.svg\nlog-dir=\\s\\s\x7f\n')
        self.assertEqual(self.show('run.reports'), 'a.md;b.svg\n')
        self.assertEqual(self.show('run.log-dir', 'run.max-parallel'), '  \\x7f\n0\n')

    def test_json(self):
        self.configure('[run]\nreports=a.md\n')
        self.environment['MYRMEX_MAX_PARALLEL'] = '3'
        found = json.loads(self.show('--json'))
        self.assertEqual(len(found), 11)
        self.assertEqual(found['run.reports'] | {'description': ''}, {
            'value': ['a.md'], 'default': [], 'origin': 'file', 'place': f'{self.user}:2',
            'variable': 'MYRMEX_REPORTS', 'description': ''})
        self.assertEqual(found['run.max-parallel'] | {'description': ''}, {
            'value': 3, 'default': 0, 'origin': 'environment', 'place': 'MYRMEX_MAX_PARALLEL', 'min': 0, 'max': 32767,
            'variable': 'MYRMEX_MAX_PARALLEL', 'description': ''})
        self.assertEqual(json.loads(self.show('--json', 'display.colour'))['display.colour']['words'],
                         ['auto', 'always', 'never'])

    def test_mistakes(self):
        for arguments, message in (
                (['run.garce'], 'config: There is no key “run.garce”; did you mean “run.grace”?'),
                (['-c', 'run.grace'], 'config: --config needs KEY=VALUE, not “run.grace”'),
                (['-c', 'run.x=1'], 'config: --config: There is no key “run.x”; “myrmex config” lists them'),
                (['-c', 'run.grace=-1'],
                 'config: --config: “run.grace” must be a number of seconds from 0 to 3600, not “-1”'),
                (['-c', 'run.reports=x.frob'], '--config: run.reports: '),
        ):
            with self.subTest(arguments):
                output, errors = self.run_command('config', *arguments, status=USAGE)
                self.assertEqual(output, '')
                self.assertTrue(errors.startswith(f'myrmex: {message}'), errors)

    def test_hostile(self):
        self.configure('[run]\n\x1b[2J\u202e=1\n')
        _, errors = self.run_command('config', status=USAGE)
        self.assertNotIn('\x1b', errors)
        self.assertNotIn('\u202e', errors)


class Used(ConfigCase):
    def test_mistake_stops_a_run(self):
        """A file that is wrong is not passed over: nothing runs."""
        self.workflow({'a': 'touch ran'})
        self.configure('[run]\nmax-paralel=1\ngrace=x\n')
        self.environment['MYRMEX_TIMEUOT'] = '3'
        _, errors = self.run_command('run', 'w.json', status=USAGE)
        self.assertEqual(errors, f'''\
myrmex: {self.user}:2: There is no key “max-paralel” in [run]; did you mean “max-parallel”?
myrmex: {self.user}:3: “grace” must be a number of seconds from 0 to 3600, not “x”
myrmex: There is no environment variable “MYRMEX_TIMEUOT”; did you mean “MYRMEX_TIMEOUT”?
''')
        self.assertFalse((self.folder / 'ran').exists())
        self.configure('[run]\nreports=a.frob\n')
        del self.environment['MYRMEX_TIMEUOT']
        _, errors = self.run_command('run', 'w.json', status=USAGE)
        self.assertTrue(errors.startswith(f'myrmex: {self.user}:2: run.reports: '), errors)
        # What the command line says takes its place.
        self.run_command('run', 'w.json', '--report', 'a.md')
        self.assertTrue((self.folder / 'a.md').exists())

    def test_values(self):
        self.workflow({'a': 'echo out'})
        self.configure('[run]\nlog-dir=logs\nreports=r.md;r.json\n[display]\nprogress=json\n')
        output, _ = self.run_command('run', 'w.json')
        self.assertEqual({json.loads(line)['status'] for line in output.splitlines()} & {'completed'}, {'completed'})
        self.assertEqual((self.folder / 'logs/a.log').read_text(), 'out\n')
        self.assertTrue((self.folder / 'r.md').exists())
        self.assertTrue((self.folder / 'r.json').exists())
        self.assertEqual(self.run_command('run', 'w.json', '-c', 'display.progress=quiet')[0], '')
        self.assertEqual(self.run_command('run', 'w.json', '--quiet')[0], '')

    def test_catalog(self):
        """Folders that were set come before the standard ones, for a list, a run and whoever completes."""
        self.environment.update(XDG_DATA_HOME=f'{self.folder}/data', XDG_DATA_DIRS=f'{self.folder}/none')
        for folder, text in (('data/myrmex/workflows', 'standard'), ('mine', 'mine'), ('other', 'other')):
            (self.folder / folder).mkdir(parents=True)
            self.workflow({'a': f'echo {text} > {self.folder}/ran'}, name=f'{folder}/w.json')
        self.run_command('run', 'w')
        self.assertEqual((self.folder / 'ran').read_text(), 'standard\n')
        self.configure(f'[catalog]\nfolders={self.folder}/mine\n')
        self.run_command('run', 'w')
        self.assertEqual((self.folder / 'ran').read_text(), 'mine\n')
        self.assertIn(f'{self.folder}/mine', self.run_command('list', '--verbose')[0])
        self.run_command('run', 'w', '-c', f'catalog.folders={self.folder}/other')
        self.assertEqual((self.folder / 'ran').read_text(), 'other\n')
        self.assertIn('w', self.run_command('__complete', 'run', '')[0].split())
        self.configure('[catalog]\nfolder=x\n')
        for arguments in (('list',), ('plan', 'w'), ('run', 'w')):
            _, errors = self.run_command(*arguments, status=USAGE)
            self.assertIn('did you mean “folders”?', errors)
        self.assertEqual(self.run_command('__complete', 'run', ''), (':json\n', ''))

    def test_max_parallel(self):
        """With one at a time the second never begins while the first waits for it."""
        self.fifo('met')
        self.workflow({'a': 'echo a >> order', 'b': 'echo b >> order; sleep 0'}, max_parallel=2)
        self.environment['MYRMEX_MAX_PARALLEL'] = '1'
        events, _ = self.run_json('w.json')
        running = 0
        for event in events:
            running += (event.get('status') == 'running') - (event.get('status') == 'completed')
            self.assertLessEqual(running, 1)

    def test_grace(self):
        """It would take an hour if the option did not count more than the file."""
        self.workflow({'a': {'shell': "trap '' TERM; echo up > up; while :; do sleep 1; done", 'timeout': 0.5}})
        self.configure('[run]\ngrace=3600\n')
        self.run_command('run', 'w.json', '-c', 'run.grace=0', status=FAILED)

    def test_timeout(self):
        """A workflow that says how long it may take is right."""
        self.configure('[run]\ntimeout=0.2\ngrace=0\n')
        self.workflow({'a': 'sleep 1000'})
        self.run_command('run', 'w.json', status=124)
        self.workflow({'a': 'true'}, timeout=1000)
        self.run_command('run', 'w.json')
        self.workflow({'a': 'sleep 0.3'})
        self.run_command('run', 'w.json', '--timeout', '0')


class Debug(ConfigCase):
    def test_help(self):
        """As for GTK_DEBUG, it is printed, and then the program goes on."""
        self.environment['MYRMEX_DEBUG'] = 'help'
        output, errors = self.run_command('--version')
        self.assertRegex(output, '^myrmex ')
        self.assertEqual([line.split()[0] for line in errors.splitlines()],
                         ['MYRMEX_DEBUG', 'run', 'task', 'process', 'definition', 'config', 'all', 'values', 'help'])

    def test_unknown(self):
        self.environment['MYRMEX_DEBUG'] = 'tsak'
        _, errors = self.run_command('--version')
        self.assertIn('nothing called "tsak"', errors)

    def test_entries(self):
        """They are on standard error, so standard output is what it is without them; secrets are in neither."""
        self.workflow({'a': {'command': ['echo', 'canary']}, 'b': {'shell': 'echo canary; exit 3'}}, fail_fast=False)
        self.environment['MYRMEX_DEBUG'] = 'all'
        output, errors = self.run_command('run', 'w.json', '--json', status=FAILED)
        for line in output.splitlines():
            json.loads(line)
        for text in ('Run .* of “w” started: 2 tasks', 'Task “a” of run .* started, attempt 1', 'Task “a” .* completed',
                     r'Task “b” .* failed, attempt 1: exit_status \(exit-3\)', 'Run .* of “w” failed after',
                     'Process [0-9]+ started for task “a”', 'Process [0-9]+ ended with exit status 3',
                     'Definition “w.json”: 2 tasks, 0 errors', f'Configuration file “{self.user}”'):
            self.assertRegex(errors, text)
        self.assertNotIn('canary', errors)
        self.environment['MYRMEX_DEBUG'] = 'task,values'
        _, errors = self.run_command('run', 'w.json', '--quiet', status=FAILED)
        self.assertIn('canary', errors)
        self.assertNotIn('Run ', errors)


if __name__ == '__main__':
    tap.main()
