# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command and the library speak the language of who uses them, and programs are not confused by it."""

import json
import os
import pathlib
import sys

REDIRECT, LOCALEDIR = (str(pathlib.Path(path).resolve()) for path in (sys.argv.pop(2), sys.argv.pop(2)))

import shell
import tap
from shell import DEFINITION, FAILED, USAGE


class Language(shell.Case):
    def setUp(self):
        super().setUp()
        # The sanitizers want to be first, where they are used.
        preload = [os.environ.get('LD_PRELOAD', ''), REDIRECT]
        self.environment.update(LD_PRELOAD=' '.join(filter(None, preload)), MYRMEX_TEST_LOCALEDIR=LOCALEDIR,
                                LC_ALL='C.UTF-8')
        asan = os.environ.get('ASAN_OPTIONS')
        self.environment['ASAN_OPTIONS'] = ':'.join(filter(None, [asan, 'verify_asan_link_order=0']))

    def speak(self, language):
        self.environment['LANGUAGE'] = language

    def test_german(self):
        self.speak('de')
        output, _ = self.run_command('run', str(self.workflow({'a': 'true', 'b': 'exit 3'}, fail_fast=False)),
                                     '--report', 'report.txt', status=FAILED)
        self.assertIn('a: abgeschlossen in ', output)
        self.assertIn('Sie endete mit dem Exit-Status 3', output)
        self.assertIn('1 abgeschlossen, 1 fehlgeschlagen', output)
        # What tells of a run has the same words.
        report = (self.folder / 'report.txt').read_text(encoding='utf-8')
        self.assertRegex(report, r'(?m)^w: fehlgeschlagen$')
        self.assertRegex(report, r'(?m)^abgeschlossen +a ')
        self.assertRegex(report, r'(?m)^Höchstens \d Aufgaben? gleichzeitig in Arbeit, im Mittel ')
        output, _ = self.run_command('--help')
        self.assertIn('Aufruf: myrmex BEFEHL', output)
        self.assertIn('Einen Arbeitsablauf ausführen und zeigen, wie es vorangeht', output)
        # Options that several commands have are no exception.
        output, _ = self.run_command('run', '--help')
        for option in ('param', 'only', 'keep-going', 'timeout', 'log-dir'):
            self.assertRegex(output, rf'(?m)^  -?.*--{option}\b.* (Nur|Einem|Nach|Den|Die) ')

    def test_french(self):
        self.speak('fr')
        path = self.workflow({'a': 'true', 'b': {'shell': 'true', 'dependencies': ['a']}})
        output, _ = self.run_command('plan', str(path))
        self.assertIn('Plus long chemin, 2 tâches', output)
        output, _ = self.run_command('run', '--help')
        self.assertIn('Exécuter un flux de travail', output)

    def test_library(self):
        """What the library says of a definition is in the same language, and still begins with where it is."""
        self.speak('de')
        path = self.write('{"myrmex": 1, "name": "w",\n "tasks": {"a": {"shel": "true"}}}')
        _, errors = self.run_command('validate', str(path), status=DEFINITION)
        self.assertRegex(errors, r'w\.json:2:\d+: Hier gibt es keinen Schlüssel »shel«; meinten Sie »shell«\?')

    def test_usage(self):
        self.speak('de')
        _, errors = self.run_command('rnu', status=USAGE)
        self.assertIn('meinten Sie »run«?', errors)

    def test_regions_and_others(self):
        """A language of a region is the language; one that there is not is English."""
        for language, expected in (('de_AT', 'Aufruf:'), ('xx', 'Usage:'), ('xx:fr', 'Usage\N{NO-BREAK SPACE}:')):
            with self.subTest(language):
                self.speak(language)
                output, _ = self.run_command('--help')
                self.assertTrue(output.startswith(expected), output[:40])

    def test_programs(self):
        """What is for programs is the same in each language."""
        path = str(self.workflow({'a': 'true', 'b': 'exit 3'}, fail_fast=False))
        seen = {}
        for language in ('en', 'de', 'fr'):
            self.speak(language)
            output, _ = self.run_command('run', path, '--json', status=FAILED)
            events = [json.loads(line) for line in output.splitlines()]
            seen[language] = sorted((event.get('task', ''), event.get('status', ''), event.get('reason', ''))
                                    for event in events)
        self.assertEqual(seen['en'], seen['de'])
        self.assertEqual(seen['en'], seen['fr'])


if __name__ == '__main__':
    tap.main()
