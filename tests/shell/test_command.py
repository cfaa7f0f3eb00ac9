#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Command lines, definitions and parameters: what is accepted, and what is said of the rest.

    test_command.py MYRMEX [TEST…]
"""

import json
import os
import pathlib
import re
import subprocess
import unittest

from shell import Case, DEFINITION, DONE, MYRMEX, USAGE
import tap

PARAMETERS = {
    'folder': {'type': 'string', 'description': 'Where to look'},
    'size': {'type': 'integer', 'default': 240},
    'tags': {'type': 'array', 'default': []},
}


class CommandLine(Case):
    def check(self, arguments, message, status=USAGE):
        output, errors = self.run_command(*arguments, status=status)
        self.assertEqual(output, '')
        self.assertEqual(errors.splitlines()[0], f'myrmex: {message}')

    def test_mistakes(self):
        self.workflow({'a': 'true'})
        name = 'Name a file, a folder of scripts, a workflow that “myrmex list” shows, or “-” for standard input'
        for arguments, message in (
                ([], 'Which command? Try “myrmex --help”.'),
                (['rnu'], 'There is no command “rnu”; did you mean “run”?'),
                (['valdate'], 'There is no command “valdate”; did you mean “validate”?'),
                (['frobnicate'], 'There is no command “frobnicate”. Try “myrmex --help”.'),
                (['w.json'], 'There is no command “w.json”; to run that file: myrmex run w.json'),
                (['--json'], 'There is no option “--json” before the command. Try “myrmex --help”.'),
                (['help', 'plna'], 'There is no command “plna”; did you mean “plan”?'),
                (['run'], f'run: {name}'),
                (['plan'], f'plan: {name}'),
                (['validate'], f'validate: {name}'),
                (['run', 'a', 'b'], 'run: One file at a time, not 2'),
                (['run', 'w.json', '--qiuet'], 'run: There is no option “--qiuet”; did you mean “--quiet”?'),
                (['run', 'w.json', '--jbos=3'], 'run: There is no option “--jbos”; did you mean “--jobs”?'),
                (['plan', 'w.json', '--frobnicate'], 'plan: There is no option “--frobnicate”'),
                (['run', 'w.json', '--jobs'], 'run: Missing argument for --jobs'),
                (['run', 'w.json', '-Z'], 'run: Unknown option -Z'),
                (['run', 'w.json', '--jobs', '0'],
                 'run: --jobs needs a whole number from 1 to 32767, not “0”'),
                (['run', 'w.json', '--jobs', '-1'],
                 'run: --jobs needs a whole number from 1 to 32767, not “-1”'),
                (['run', 'w.json', '--jobs', '40000'],
                 'run: --jobs needs a whole number from 1 to 32767, not “40000”'),
                (['run', 'w.json', '--jobs', '2x'],
                 'run: --jobs needs a whole number from 1 to 32767, not “2x”'),
                (['run', 'w.json', '--timeout', 'soon'],
                 'run: --timeout needs a number of seconds from 0 to 1000000000, where 0 is no limit, not “soon”'),
                (['run', 'w.json', '--timeout=-1'],
                 'run: --timeout needs a number of seconds from 0 to 1000000000, where 0 is no limit, not “-1”'),
                (['run', 'w.json', '--timeout=nan'],
                 'run: --timeout needs a number of seconds from 0 to 1000000000, where 0 is no limit, not “nan”'),
                (['run', 'w.json', '--timeout=inf'],
                 'run: --timeout needs a number of seconds from 0 to 1000000000, where 0 is no limit, not “inf”'),
                (['run', 'none.json'], '“none.json” can not be read: No such file or directory'),
                (['run', 'none/x'], '“none/x” can not be read: No such file or directory'),
                (['validate', 'none.json'], '“none.json” can not be read: No such file or directory'),
        ):
            with self.subTest(arguments):
                self.check(arguments, message)

    def test_hostile_words(self):
        for arguments in (['\x1b[2J\u202e'], ['run', '\x1b[2J\u202e'], ['run', '--\x1b[2J\u202e'],
                          ['validate', '\x1b[2J\u202e'], ['run', 'w.json', '--jobs', '\x1b[2J\u202e']):
            with self.subTest(arguments):
                _, errors = self.run_command(*arguments, status=USAGE)
                self.assertNotIn('\x1b', errors)
                self.assertNotIn('\u202e', errors)
                self.assertIn('x1b[2J', errors.replace('u001b', 'x1b'))
        _, errors = self.run_command('run', b'./\xff\xfe', status=USAGE)
        self.assertIn('can not be read', errors)
        _, errors = self.run_command('run', b'\xff\xfe', status=USAGE)
        self.assertIn('There is no workflow', errors)

    def test_help(self):
        output, errors = self.run_command('--help')
        self.assertEqual(errors, '')
        for word in ('run', 'validate', 'plan', '--version', '65', '124', '130'):
            self.assertIn(word, output)
        self.assertEqual(output, self.run_command('-h')[0])
        self.assertEqual(output, self.run_command('help')[0])
        for command in ('run', 'validate', 'plan', 'graph', 'list', 'explain', 'new', 'config', 'doctor'):
            output, _ = self.run_command(command, '--help')
            self.assertIn(f'myrmex {command} [OPTION…]', output)
            self.assertIn('Exit status', output)
            self.assertEqual(output, self.run_command('help', command)[0])
        self.assertTrue(all(len(line) <= 100 for line in self.run_command('run', '--help')[0].splitlines()))

    def test_version(self):
        output, _ = self.run_command('--version')
        self.assertRegex(output, r'^myrmex \d+\.\d+\.\d+\n$')

    def test_no_standard_output(self):
        self.workflow({'a': 'true'})
        with open('/dev/full', 'w') as full:
            process = self.start('run', 'w.json', stdout=full)
            _, errors = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertEqual(errors, 'myrmex: Standard output can not be written: No space left on device\n')
        for arguments in (['plan', 'w.json'], ['plan', 'w.json', '--json'], ['validate', 'w.json'], ['--help']):
            with open('/dev/full', 'w') as full, self.subTest(arguments):
                process = self.start(*arguments, stdout=full)
                _, errors = process.communicate()
                self.assertEqual(process.returncode, 1)
                self.assertEqual(errors, 'myrmex: Standard output can not be written\n')


class Validate(Case):
    def test_good(self):
        self.workflow({'a': 'true'})
        self.workflow({'a': 'true', 'b': 'true'}, 'x.json')
        output, errors = self.run_command('validate', 'w.json', 'x.json')
        self.assertEqual(output, 'w.json: good, workflow “w” with 1 task\nx.json: good, workflow “w” with 2 tasks\n')
        self.assertEqual(errors, '')
        self.assertEqual(self.run_command('validate', '--quiet', 'w.json'), ('', ''))

    def test_bad(self):
        self.workflow({'a': {'shell': 'true', 'dependencies': ['bb']}, 'b': {'comand': ['true']}})
        self.workflow({'a': 'true'}, 'x.json')
        output, errors = self.run_command('validate', 'w.json', 'x.json', status=DEFINITION)
        self.assertEqual(output, 'x.json: good, workflow “w” with 1 task\n')
        lines = errors.splitlines()
        self.assertGreaterEqual(len(lines), 2, errors)
        for line in lines:
            self.assertRegex(line, r'^w\.json:1:\d+: ')
        self.assertIn('Task “a” depends on “bb”, which does not exist', errors)
        self.assertIn('“command”', errors)

    def test_each_command_says_it(self):
        self.write('{ "myrmex": 1,\n  "tasks": { "a": { "shell": 1 } } }')
        _, expected = self.run_command('validate', 'w.json', status=DEFINITION)
        self.assertRegex(expected, r'^w\.json:2:')
        for command in ('plan', 'run'):
            self.assertEqual(self.run_command(command, 'w.json', status=DEFINITION), ('', expected))

    def test_cycle(self):
        self.workflow({'a': {'noop': {}, 'dependencies': ['b']}, 'b': {'noop': {}, 'dependencies': ['a']}})
        _, errors = self.run_command('validate', 'w.json', status=DEFINITION)
        self.assertIn('cycle', errors)

    def test_no_json(self):
        for text in ('', '{', '\x00', b'\xff\xfe{', '[]', '{"myrmex": 1, "tasks": {}', '[' * 100):
            with self.subTest(text):
                self.write(text)
                output, errors = self.run_command('validate', 'w.json', status=DEFINITION)
                self.assertEqual(output, '')
                self.assertRegex(errors, r'^w\.json:\d+:\d+: ')

    def test_standard_input(self):
        path = self.workflow({'a': 'true'})
        output, _ = self.run_command('validate', '-', input=path.read_text())
        self.assertIn('workflow “w” with 1 task', output)
        _, errors = self.run_command('run', '-', input='{', status=DEFINITION)
        self.assertRegex(errors, r'^standard input:1:\d+: ')
        _, errors = self.run_command('validate', '-', status=USAGE, input=' ' * (8 * 1024 * 1024 + 1))
        self.assertEqual(errors, 'myrmex: Standard input is too large; a definition may have 8388608 bytes\n')

    def test_worst_counts(self):
        self.workflow({'a': 'true'})
        self.write('{', 'bad.json')
        self.run_command('validate', 'w.json', 'none.json', status=USAGE)
        self.run_command('validate', 'bad.json', 'none.json', 'w.json', status=DEFINITION)

    def test_hostile_definition(self):
        self.write('{"myrmex": 1, "tasks": {"a\\u001b[2J\\u202e": {"shell": "true"}}}')
        _, errors = self.run_command('validate', 'w.json', status=DEFINITION)
        self.assertNotIn('\x1b', errors)
        self.assertNotIn('\u202e', errors)


class Plan(Case):
    def setUp(self):
        super().setUp()
        self.workflow({
            'fetch': {'shell': 'true', 'timeout': 30, 'retry_policy': {'max_attempts': 3}},
            'build': {'command': ['true'], 'dependencies': ['fetch']},
            'alone': {'noop': {}, 'condition': 'parameters.size > 3'},
            'tidy': {'shell': 'true', 'dependencies': ['build', 'alone'], 'trigger_rule': 'all_done'},
        }, parameters=PARAMETERS, description='Shows \x1b[2J plans')

    def test_text(self):
        output, errors = self.run_command('plan', 'w.json')
        self.assertEqual(errors, '')
        self.assertEqual(output, '''w: 4 tasks, 3 dependencies
Shows \\x1b[2J plans

Parameters:
  folder  string, to be given  # Where to look
  size    integer = 240
  tags    array = []

Tasks, in the order in which one worker would run them:
    1  fetch  shell, up to 3 attempts, at most 30 s
    2  build  command, after fetch
    3  alone  noop, if parameters.size > 3
    4  tidy   shell, after build, alone (all_done)

Longest path, 3 tasks: fetch → build → tidy
''')

    def test_json(self):
        output, _ = self.run_command('plan', 'w.json', '--json')
        plan = json.loads(output)
        self.assertEqual(plan['workflow'], 'w')
        self.assertEqual(plan['total_tasks'], 4)
        self.assertEqual(plan['total_dependencies'], 3)
        self.assertEqual(plan['longest_path'], ['fetch', 'build', 'tidy'])
        self.assertEqual(plan['parameters'], PARAMETERS)
        self.assertEqual([task['name'] for task in plan['tasks']], ['fetch', 'build', 'alone', 'tidy'])
        self.assertEqual(plan['tasks'][0], {'name': 'fetch', 'action': 'shell', 'dependencies': [],
                                            'trigger_rule': 'all_success', 'timeout': 30, 'max_attempts': 3})
        self.assertEqual(plan['tasks'][3]['trigger_rule'], 'all_done')

    def test_many_names(self):
        names = [f't{i}' for i in range(100)]
        self.workflow({**{name: {'noop': {}} for name in names}, 'last': {'noop': {}, 'dependencies': names}})
        output, _ = self.run_command('plan', 'w.json')
        self.assertIn('noop, after t0, ', output)
        self.assertIn(' and 80 more\n', output)
        self.assertEqual(len(json.loads(self.run_command('plan', 'w.json', '--json')[0])['tasks'][-1]['dependencies']),
                         100)


class Parameters(Case):
    def setUp(self):
        super().setUp()
        self.workflow({'a': {'command': ['printf', '%s,', '${{ parameters.folder }}', '${{ parameters.size }}',
                                         '${{ length(parameters.tags) }}']}}, parameters=PARAMETERS)

    def check(self, *given, value):
        _, by_task = self.run_json('w.json', *[f'--param={text}' for text in given])
        self.assertEqual(by_task['a'][-1]['value'], value)

    def test_values(self):
        self.check('folder=x', value='x,240,0,')
        self.check('folder=a=b', 'size=-3', 'tags=["a", "b"]', value='a=b,-3,2,')
        self.check('folder=', value=',240,0,')
        self.check('folder=one', 'folder=two', 'size=1', 'size=2', value='two,2,0,')
        self.check('folder=é $(x) "y"', value='é $(x) "y",240,0,')

    def test_mistakes(self):
        for given, messages in (
                ([], ['Parameter “folder” is missing; it must be a string and has no default']),
                (['folder'], ['--param needs NAME=VALUE, not “folder”']),
                (['=x'], ['--param needs NAME=VALUE, not “=x”']),
                (['folder=x', 'size=big'], ['Parameter “size” must be an integer, not “big”']),
                (['size=big', 'tags=3'], ['Parameter “size” must be an integer, not “big”',
                                          'Parameter “tags” must be an array in JSON, not “3”']),
                (['folder=x', 'sise=3'], ['There is no parameter “sise”; did you mean “size”?']),
                ([b'folder=\xff'], ['Parameter “folder” is given with bytes that are no UTF-8']),
        ):
            for more in ([], ['--dry-run']):
                with self.subTest(given, more=more):
                    options = [word for text in given for word in ('-p', text)]
                    output, errors = self.run_command('run', 'w.json', *options, *more, status=USAGE)
                    self.assertEqual(output, '')
                    self.assertEqual(errors.splitlines(), [f'myrmex: {message}' for message in messages])

    def test_dry_run(self):
        self.workflow({'a': 'touch "$MARK"'}, parameters=PARAMETERS, env={'MARK': str(self.folder / 'mark')})
        output, errors = self.run_command('run', 'w.json', '--dry-run', '-p', 'folder=x', '--log-dir', 'logs')
        self.assertEqual(errors, '')
        self.assertIn('  folder  "x"\n  size    240\n  tags    []\n', output)
        self.assertIn('    1  a  shell\n', output)
        plan = json.loads(self.run_command('run', 'w.json', '--dry-run', '--json', '-p', 'folder=x')[0])
        self.assertEqual(plan['parameters'], {'folder': 'x', 'size': 240, 'tags': []})
        self.assertEqual(os.listdir(self.folder), ['w.json'])
        self.run_command('run', 'w.json', '-p', 'folder=x')
        self.assertIn('mark', os.listdir(self.folder))


class Completion(Case):
    SCRIPT = os.path.join(os.path.dirname(__file__), '..', '..', 'bindings', 'shell', 'myrmex.bash')

    def complete(self, *words):
        """What bash would offer for the last word."""
        environment = {**self.environment, 'PATH': f'{os.path.dirname(os.path.abspath(MYRMEX))}:{os.environ["PATH"]}'}
        script = ('compopt () { :; }; . "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _myrmex; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(['bash', '-c', script, 'bash', self.SCRIPT, 'myrmex', *words], cwd=self.folder,
                              capture_output=True, text=True, check=True, env=environment)
        self.assertEqual(done.stderr, '')
        return sorted(done.stdout.split())

    def test_words(self):
        self.workflow({'a': 'true'})
        self.write('', 'other.txt')
        (self.folder / 'sub').mkdir()
        self.assertEqual(self.complete('pl'), ['plan'])
        self.assertEqual(self.complete('run', '--j'), ['--jobs', '--json'])
        self.assertEqual(self.complete('run', ''), ['sub', 'w.json'])
        self.assertEqual(self.complete('run', 'w.json', '--log-dir', ''), ['sub'])
        self.assertEqual(self.complete('help', 'v'), ['validate'])

    def test_words_with_equals(self):
        """Bash has “--param”, “folder”, “=” and “.” as words of their own, and replaces the last one."""
        self.workflow({'build': 'true', 'bundle': 'true', 'test': 'true'},
                      parameters={'folder': {'type': 'string'}, 'fast': {'type': 'boolean'}})
        (self.folder / 'sub').mkdir()
        self.assertEqual(self.complete('explain', 'w.json', 'bu'), ['build', 'bundle'])
        self.assertEqual(self.complete('run', 'w.json', '--param', 'f'), ['fast=', 'folder='])
        self.assertEqual(self.complete('run', 'w.json', '--param', '=', 'fo'), ['folder='])
        self.assertEqual(self.complete('run', 'w.json', '--param', 'fast', '=', 't'), ['true'])
        self.assertEqual(self.complete('run', 'w.json', '--param', 'fast', '='), ['false', 'true'])
        self.assertEqual(self.complete('run', 'w.json', '--param', '=', 'fast', '=', ''), ['false', 'true'])
        self.assertEqual(self.complete('run', 'w.json', '--param', 'folder', '=', 's'), ['sub'])
        self.assertEqual(self.complete('run', '--log-dir', '=', 's'), ['sub'])
        self.assertEqual(self.complete('new', '--template', 's'), ['scripts'])

    def test_options_are_those_of_help(self):
        for command in ('run', 'validate', 'plan'):
            helped = self.run_command(command, '--help')[0]
            for option in self.complete(command, '--'):
                self.assertRegex(helped, rf'{option}\b')
            for line in helped.splitlines():
                if line.startswith('  -'):
                    option = '--' + line.split('--', 1)[1].split('=')[0].split()[0]
                    self.assertIn(option, self.complete(command, '--'))


class ManPage(Case):
    """It tells of each command with each of its options, and of each key of the configuration."""

    def setUp(self):
        super().setUp()
        source = pathlib.Path(__file__).resolve().parents[2] / 'bindings' / 'shell' / 'myrmex.1'
        # Without what only says how it looks.
        self.page = re.sub(r'\\f[A-Z]', '', source.read_text(encoding='utf-8').replace('\\-', '-'))

    def offered(self, *words):
        return [line.split('\t')[0] for line in self.run_command('__complete', *words)[0].splitlines()]

    def test_options(self):
        sections = dict(re.findall(r'(?ms)^\.SS (myrmex [^\n]*)\n(.*?)(?=^\.S[SH])', self.page))
        for command in self.offered(''):
            if command == 'help':
                continue
            with self.subTest(command):
                found = [text for name, text in sections.items() if re.search(rf'\b{command}\b', name)]
                self.assertEqual(len(found), 1)
                helped = re.findall(r'(?m)^  (?:-(\w), )?--([\w-]+)', self.run_command(command, '--help')[0])
                for letter, option in helped:
                    for word in (f'-{letter}' if letter else '', f'--{option}'):
                        if word and option != 'help':
                            self.assertRegex(found[0], rf'(?<![\w-]){word}(?![\w-])')

    def test_configuration(self):
        keys = self.offered('config', '')
        self.assertGreater(len(keys), 5)
        for key in keys:
            self.assertRegex(self.page, rf'(?m)^\.BR {re.escape(key)} ", " MYRMEX_')


if __name__ == '__main__':
    tap.main()
