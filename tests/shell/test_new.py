#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Definitions to begin with, tasks in words, and what could stand at the end of a command line.

    test_new.py MYRMEX [TEST…]
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from shell import Case, DEFINITION, FAILED, MYRMEX, USAGE
import tap

TEMPLATES = ('commands', 'scripts', 'parameters')


class New(Case):
    def test_templates(self):
        """Each is good, runs to its end, says why in comments, and leaves nothing behind."""
        for template in TEMPLATES:
            with self.subTest(template):
                _, errors = self.run_command('new', template, '--template', template)
                self.assertIn(f'“{template}.json” is written', errors)
                text = (self.folder / f'{template}.json').read_text()
                self.assertGreaterEqual(text.count('//'), 5)
                self.assertIn(f'"name": "{template}"', text)
                self.assertNotIn('@', re.sub('[\'"][^\'"]*[\'"]', '', text))
                _, errors = self.run_command('validate', f'{template}.json')
                self.assertEqual(errors, '')
                events, by_task = self.run_json(f'{template}.json')
                self.assertEqual(events[-1]['failed'], 0)
                self.assertGreaterEqual(events[-1]['completed'], 3)
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(f'{name}.json' for name in TEMPLATES))

    def test_json_without_comments(self):
        """What the schema says of a template is what the parser says: it names the schema that is installed."""
        output, _ = self.run_command('new', '-')
        text = '\n'.join(line for line in output.splitlines() if not line.lstrip().startswith('//'))
        definition = json.loads(text)
        self.assertTrue(definition['$schema'].endswith('/myrmex/myrmex-1.schema.json'))
        self.assertEqual(definition['name'], 'workflow')

    def test_names(self):
        self.run_command('new')
        self.assertTrue((self.folder / 'workflow.json').exists())
        self.run_command('new', 'my photos?.json')
        self.assertIn('"name": "my-photos-"', (self.folder / 'my photos?.json').read_text())
        self.run_command('run', 'my photos?.json', '--quiet')
        self.run_command('new', 'x' * 200)
        self.run_command('validate', 'x' * 200 + '.json')

    def test_never_overwrites(self):
        self.write('mine', 'workflow.json')
        _, errors = self.run_command('new', status=USAGE)
        self.assertEqual(errors, 'myrmex: “workflow.json” is there already, and stays as it is; name another file\n')
        self.assertEqual((self.folder / 'workflow.json').read_text(), 'mine')
        os.symlink('nowhere', self.folder / 'link.json')
        self.run_command('new', 'link', status=USAGE)
        self.assertFalse((self.folder / 'nowhere').exists())

    def test_mistakes(self):
        for arguments, message, status in (
                (['a', 'b'], 'new: One file at a time, not 2', USAGE),
                ([''], 'new: A file needs a name', USAGE),
                (['-t', 'comands'], 'new: There is no template “comands”; did you mean “commands”?', USAGE),
                (['-t', 'frob'], 'new: There is no template “frob”; there are commands, scripts and parameters', USAGE),
                (['no/such/folder'], '“no/such/folder.json” can not be made: No such file or directory', FAILED),
        ):
            with self.subTest(arguments):
                output, errors = self.run_command('new', *arguments, status=status)
                self.assertEqual(output, '')
                self.assertEqual(errors.splitlines()[0], f'myrmex: {message}')


class Explain(Case):
    def test_all(self):
        self.write('''{ "myrmex": 1, "name": "w", "timeout": 60, "fail_fast": false, "tasks": {
            "list": { "command": ["find", "a b", "-name", "*.jpg"], "output": "lines", "env": { "A": "1" } },
            "upload": { "description": "Sends them", "shell": "echo one\\necho two", "dependencies": ["list"],
                        "condition": "length(tasks.list.value) > 0", "timeout": 30, "priority": 2, "tags": ["net"],
                        "retry_policy": { "max_attempts": 5, "initial_delay": 1, "max_delay": 3, "jitter": 0.5,
                                          "max_elapsed": 99, "retry_on": ["timeout", "exit-75"] } },
            "other": { "command": ["true"] },
            "tidy": { "command": ["true"], "dependencies": ["upload", "other"], "trigger_rule": "all_done" } } }''')
        output, errors = self.run_command('explain', 'w.json', 'upload')
        self.assertEqual(errors, '')
        self.assertEqual(output, '''\
upload: Sends them
  It runs the script, by sh,
    echo one
    echo two
  It runs when all of these have completed, and is skipped when one does not: list
  Then its condition is looked at; where it is false, the task is skipped:
    length(tasks.list.value) > 0
  Among tasks that are ready it has the priority 2; higher ones come first.
  Each attempt may take 30 seconds; then it is stopped, and has failed.
  The whole run may take 60 seconds.
  There are up to 5 attempts; the waits between them are 1, 2, 3, 3 seconds, each less up to 50 % of itself.
  No attempt begins later than 99 seconds after the first.
  It is tried again only after these failures: timeout, exit-75.
  When it fails for good, what does not depend on it goes on.
  These depend on it: tidy.
  It is on the longest path, as task 2 of 3.
  Tags: net
''')
        output, _ = self.run_command('explain', 'w.json', 'list', 'other')
        self.assertIn("    find 'a b' -name '*.jpg'\n", output)
        self.assertIn('  env:\n    A=1\n', output)
        self.assertIn('  output: lines\n', output)
        self.assertIn('  It depends on nothing, so it can run at once.\n', output)
        self.assertIn('\n\nother\n', output)
        self.assertIn('  It is not on the longest path.\n', output)

    def test_rules(self):
        rules = ('all_success', 'all_done', 'all_failed', 'one_success', 'one_failed', 'none_failed',
                 'none_failed_min_one_success')
        tasks = {rule: {'command': ['true'], 'dependencies': ['a'], 'trigger_rule': rule} for rule in rules}
        self.workflow({'a': 'true', **tasks})
        output, _ = self.run_command('explain', 'w.json', *rules)
        sentences = [line for line in output.splitlines() if line.startswith('  It runs when')]
        self.assertEqual(len(set(sentences)), 7)
        self.assertTrue(all(sentence.endswith(': a') for sentence in sentences))

    def test_mistakes(self):
        self.workflow({'build': 'true'})
        for arguments, message in (
                ([], 'explain: Name the file of a workflow, or a run, and a task or more'),
                (['w.json'], 'explain: Name the file of a workflow, or a run, and a task or more'),
                (['w.json', 'biuld'], 'explain: There is no task “biuld”; did you mean “build”?'),
                (['w.json', 'frobnicate'], 'explain: There is no task “frobnicate”; “myrmex plan” lists them'),
        ):
            with self.subTest(arguments):
                output, errors = self.run_command('explain', *arguments, status=USAGE)
                self.assertEqual(output, '')
                self.assertEqual(errors.splitlines()[0], f'myrmex: {message}')
        self.write('{', 'bad.json')
        self.run_command('explain', 'bad.json', 'a', status=DEFINITION)

    def test_hostile(self):
        self.workflow({'a': {'shell': 'echo "\x1b[2J"', 'description': '\u202e\x1b[2J', 'env': {'A': '\x07'}}})
        output, _ = self.run_command('explain', 'w.json', 'a')
        for character in ('\x1b', '\u202e', '\x07'):
            self.assertNotIn(character, output)


class Complete(Case):
    """What all shells ask."""

    def setUp(self):
        super().setUp()
        self.environment.update(XDG_DATA_HOME=f'{self.folder}/data', XDG_DATA_DIRS=f'{self.folder}/none')

    def ask(self, *words):
        output, errors = self.run_command('__complete', *words)
        self.assertEqual(errors, '')
        return output.splitlines()

    def offered(self, *words):
        return [line.split('\t')[0] for line in self.ask(*words)]

    def test_commands(self):
        self.assertIn('run\tRun a workflow and show how it goes', self.ask(''))
        self.assertNotIn('__complete', self.offered(''))
        self.assertEqual(self.offered('--v'), ['--version'])
        self.assertEqual(self.offered('frob', ''), [])
        self.assertEqual(self.offered(), [])
        self.assertIn('plan', self.offered('help', ''))

    def test_workflows(self):
        self.assertEqual(self.offered('run', ''), [':json'])
        names = self.folder / 'data/myrmex/workflows'
        names.mkdir(parents=True)
        (names / 'photos.json').write_text(json.dumps({
            'myrmex': 1, 'name': 'photos', 'description': 'Sends\nthem', 'parameters': {'size': {'type': 'integer'}},
            'tasks': {'send': {'command': ['true'], 'tags': ['net']}}}))
        (names / 'broken.json').write_text('{ "myrmex": 1 }')
        self.assertEqual(self.ask('run', ''), [':json', 'photos\tSends\\nthem'])
        self.assertEqual(self.offered('run', 'x'), [':json'])
        self.assertEqual(self.ask('run', 'photos', '-p', ''), [':nospace', 'size=\tinteger'])
        self.assertEqual(self.offered('explain', 'photos', 's'), ['send'])

    def test_options(self):
        self.assertEqual(self.offered('run', 'w.json', '--js'), ['--json'])
        self.assertIn('--json', self.offered('plan', '-'))
        self.assertEqual(self.offered('run', '--', '--js'), [':json'])
        # The value of an option is no file.
        self.workflow({'a': 'true'})
        self.assertEqual(self.offered('explain', '--', 'w.json', ''), ['a'])

    def test_values(self):
        self.workflow({'a': 'true'}, parameters={'fast': {'type': 'boolean'}, 'to': {'type': 'string'},
                                                 'how': {'type': 'string', 'enum': ['well', 'badly']},
                                                 'n': {'type': 'integer', 'description': 'How many'}})
        self.assertEqual(self.ask('run', '-j', '3', 'w.json', '-p', 'n'), [':nospace', 'n=\tHow many'])
        self.assertEqual(self.offered('run', 'w.json', '--param=fast=f'), ['--param=fast=false'])
        self.assertEqual(self.offered('run', 'w.json', '--param', 'to=x'), [':files'])
        self.assertEqual(self.offered('run', 'w.json', '--param', 'n='), [])
        self.assertEqual(self.offered('run', 'w.json', '--param', 'how='), ['how=well', 'how=badly'])
        self.assertEqual(self.offered('run', 'w.json', '--jobs', ''), [])
        self.assertEqual(self.offered('run', '--log-dir='), [':folders'])
        self.assertEqual(self.offered('graph', '-f', 'm'), ['mermaid'])
        self.assertEqual(self.offered('run', '-c', 'display.c'), [':nospace', 'display.colour='])
        self.assertEqual(self.offered('run', '-c', 'display.colour=n'), ['display.colour=never'])
        self.assertEqual(self.offered('config', 'run.g'), ['run.grace'])

    def test_hostile(self):
        """Nothing on standard error, whatever there is, and no byte that a terminal acts on."""
        for text in ('', '{', '\x1b[2J', '{ "myrmex": 1, "tasks": { "a": { "x": 1 } } }'):
            self.write(text)
            self.assertEqual(self.offered('explain', 'w.json', ''), [])
            self.assertEqual(self.offered('run', 'w.json', '-p', ''), [])
        self.assertEqual(self.offered('explain', 'none.json', ''), [])
        self.assertEqual(self.offered('explain', '/dev/zero', ''), [])
        self.workflow({'a': {'command': ['true'], 'description': '\x1b[2J\tx'}})
        self.assertEqual(self.ask('explain', 'w.json', ''), ['a\t\\x1b[2J\\tx'])


@unittest.skipUnless(shutil.which('zsh'), 'there is no zsh')
class Zsh(Case):
    """What bindings/shell/myrmex.zsh makes of the answers, with zsh's own functions written down."""

    SCRIPT = pathlib.Path(__file__).resolve().parents[2] / 'bindings/shell/myrmex.zsh'
    STUBS = '''
_call_program () { shift; eval "$@" }
_describe () { print -rl -- "${(@P)3}"; print -r -- "suffix=${5}." }
_files () { print -r -- "_files $*" }
compset () { }
script=$1; shift
words=("$@"); CURRENT=$#words; PREFIX=$words[-1]
. $script
'''

    def complete(self, *words):
        done = subprocess.run(['zsh', '-f', '-c', self.STUBS, 'zsh', self.SCRIPT, MYRMEX, *words], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, '')
        self.assertEqual(done.returncode, 0 if done.stdout else 1)
        return done.stdout.splitlines()

    def test_all(self):
        self.workflow({'a': {'command': ['true'], 'description': 'x: y'}}, name='my file.json',
                      parameters={'n': {'type': 'integer', 'description': 'How: many'}})
        self.assertEqual(self.complete('explain', 'my file.json', ''), ['a:x: y', 'suffix= .'])
        self.assertEqual(self.complete('run', 'my file.json', '--param', ''), ['n=:How: many', 'suffix=.'])
        self.assertEqual(self.complete('run', '--log-dir', ''), ['_files -/'])
        self.assertEqual(self.complete('run', '--report=x'), ['_files '])
        self.assertEqual(self.complete('run', ''), ['_files -g *.json(-.)'])
        self.assertEqual(self.complete('run', '--frob'), [])


if __name__ == '__main__':
    tap.main()
