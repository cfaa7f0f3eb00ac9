#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the command does with runs of the service that have ended: explains, reports, runs again, forgets.

    test_ended.py MYRMEX MYRMEXD [TEST…]
"""

import json
import re

from serving import Case, UNAVAILABLE
from shell import FAILED, USAGE
import service
import tap


class Ended(Case):
    """A run that failed: “good” completed, “bad” failed, and “never” was skipped."""

    def setUp(self):
        super().setUp()
        self.log = self.folder / 'ran'
        self.run_id = self.submit({
            'good': f'echo good >> {self.log}; echo value',
            'bad': f'echo bad >> {self.log}; test -e {self.folder}/mended',
            'never': {'shell': f'echo never >> {self.log}', 'dependencies': ['good', 'bad']}}, '--keep-going')
        self.client.wait(self.client.call('GetRun', '(s)', self.run_id))


class Explain(Ended):
    def test_run(self):
        output, _ = self.run_command('explain', self.run_id[:8], 'never', 'bad')
        self.assertRegex(output, '^never: .*“bad”')
        self.assertRegex(output, '\n\nbad: It failed after 1 attempt')
        self.assertTrue(output.endswith('\n') and not output.endswith('\n\n'))
        _, errors = self.run_command('explain', self.run_id, 'nothing', status=FAILED)
        self.assertIn('has no task “nothing”', errors)
        self.assertNotIn('list --runs', errors)

    def test_which(self):
        """A workflow counts before a run of the same name, unless it is to be a run."""
        workflows = self.folder / 'data/myrmex/workflows'
        workflows.mkdir(parents=True)
        (workflows / 'w.json').write_text(service.definition({'other': 'true'}))
        self.assertIn('It depends on nothing', self.run_command('explain', 'w', 'other')[0])
        self.run_command('explain', 'w', 'bad', status=USAGE)
        self.assertNotIn('It depends on nothing', self.run_command('explain', '--run', 'w', 'bad')[0])
        _, errors = self.run_command('explain', '--run', 'x', 'bad', status=FAILED)
        self.assertIn('There is no run “x”', errors)
        _, errors = self.run_command('explain', 'x', 'bad', status=USAGE)
        self.assertIn('no workflow “x”', errors)
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nothing'
        self.run_command('explain', '--run', 'w', 'bad', status=UNAVAILABLE)
        _, errors = self.run_command('explain', 'x', 'bad', status=USAGE)
        self.assertEqual(errors.count('\n'), 1)


class Report(Ended):
    def test_formats(self):
        output, _ = self.run_command('report', self.run_id[:8])
        self.assertIn('bad', output)
        self.assertEqual(json.loads(self.run_command('report', 'w', '-f', 'json')[0])['status'], 'failed')
        self.run_command('report', 'w', 'a.md', 'b.xml', 'c.dot')
        self.assertIn('| bad |', re.sub(' +', ' ', (self.folder / 'a.md').read_text().replace('`', '')))
        self.assertIn('<testsuite', (self.folder / 'b.xml').read_text())
        self.assertIn('digraph', (self.folder / 'c.dot').read_text())
        self.run_command('report', 'w', '--format', 'json', 'd.txt')
        self.assertEqual(json.loads((self.folder / 'd.txt').read_text())['status'], 'failed')

    def test_wrong(self):
        _, errors = self.run_command('report', 'w', 'x.odt', status=USAGE)
        self.assertIn('x.odt', errors)
        _, errors = self.run_command('report', 'w', '-f', 'odt', status=USAGE)
        self.assertIn('timeline', errors)
        self.run_command('report', status=USAGE)
        self.run_command('report', 'x', status=FAILED)
        _, errors = self.run_command('report', 'w', 'no/such/folder.md', 'e.md', status=FAILED)
        self.assertIn('no/such/folder.md', errors)
        self.assertTrue((self.folder / 'e.md').exists())
        output, _ = self.run_command('__complete', 'report', '-f', 'm')
        self.assertEqual(output.split(), ['markdown', 'mermaid'])


class Retry(Ended):
    def run_id_of(self, errors):
        """What a command said that waits for a run."""
        return re.search('as ([0-9a-f]{8})', errors)[1]

    def test_retry(self):
        """Only what failed, and what waited for it, runs again."""
        output, _ = self.run_command('retry', self.run_id[:8])
        self.assertRegex(output, '^[0-9a-f]{8}\n$')
        self.assertNotEqual(output.strip(), self.run_id[:8])
        self.client.wait(self.client.call('ResolveRun', '(s)', output.strip()))
        self.assertEqual(sorted(self.log.read_text().split()), ['bad', 'bad', 'good'])
        # Which run it retries is told, and of others nothing.
        self.assertIn(f'  Retry of   {self.run_id}\n', self.run_command('status', output.strip())[0])
        self.assertNotIn('Retry of', self.run_command('status', self.run_id)[0])
        told = json.loads(self.run_command('status', output.strip(), '--json')[0])
        self.assertEqual(told['retried_from'], self.run_id)
        told = json.loads(self.run_command('list', '--runs', '--json')[0])['runs']
        self.assertEqual([run.get('retried_from') for run in told], [self.run_id, None])
        (self.folder / 'mended').touch()
        output, errors = self.run_command('retry', self.run_id, '--wait')
        self.assertRegex(errors, 'as [0-9a-f]{8}')
        self.assertRegex(output.splitlines()[-1], '3 completed')
        # What did not run is not told as if it had.
        self.assertIn(f'good: completed, kept from run {self.run_id[:8]}\n', output)
        self.assertRegex(output, r'bad: completed in \d')
        events = map(json.loads, self.run_command('watch', self.run_id_of(errors), '--json')[0].splitlines())
        self.assertEqual({event['task']: event.get('kept_from') for event in events if 'task' in event},
                         {'good': self.run_id, 'bad': None, 'never': None})
        self.assertEqual(sorted(self.log.read_text().split()), ['bad', 'bad', 'bad', 'good', 'never'])

    def test_wrong(self):
        good = self.submit({'a': 'true'}, name='fine')
        self.client.wait(self.client.call('GetRun', '(s)', good))
        self.run_command('retry', 'fine', status=FAILED)
        self.run_command('retry', 'nobody', status=FAILED)
        self.run_command('retry', 'a', 'b', status=USAGE)
        self.run_command('retry', status=USAGE)


class Forget(Ended):
    def left(self):
        return {run['name'] for run in json.loads(self.run_command('list', '--runs', '--json')[0])['runs']}

    def test_delete(self):
        held, go_on = self.held(name='held')
        _, errors = self.run_command('delete', 'held', status=FAILED)
        self.assertIn(f'has not ended; “myrmex cancel {held[:8]}”', errors)
        self.run_command('delete', self.run_id[:8])
        self.assertEqual(self.left(), {'held'})
        self.run_command('delete', self.run_id, status=FAILED)
        go_on()

    def test_prune(self):
        held, go_on = self.held(name='held')
        for name in ('one', 'two'):
            self.client.wait(self.client.call('GetRun', '(s)', self.submit({'a': 'true'}, name=name)))
        self.assertEqual(self.run_command('prune', '--older-than', '1d')[0], '0 runs are forgotten.\n')
        self.assertEqual(self.run_command('prune', '--status', 'failed')[0], '1 run is forgotten.\n')
        self.assertEqual(self.left(), {'held', 'one', 'two'})
        self.assertEqual(json.loads(self.run_command('prune', '--keep', '1', '--json')[0]), {'pruned': 1})
        self.assertEqual(self.left(), {'held', 'two'})
        self.run_command('prune', '--all')
        self.assertEqual(self.left(), {'held'})
        go_on()

    def test_dry_run(self):
        """It names those that go then, whatever was asked for, and none of them goes."""
        held, go_on = self.held(name='held')
        runs = {'w': self.run_id}
        for name in ('one', 'two', 'three'):
            runs[name] = self.submit({'a': 'true'}, name=name)
            self.client.wait(self.client.call('GetRun', '(s)', runs[name]))
        everything = {'held', *runs}
        for arguments, names in ((['--older-than', '1d'], []), (['--older-than', '0s', '--keep', '3'], ['w']),
                                 (['--status', 'running'], []), (['--status', 'completed', '-k', '1'], ['two', 'one']),
                                 (['--keep', '9'], []), (['--all'], ['three', 'two', 'one', 'w'])):
            with self.subTest(arguments):
                output, _ = self.run_command('prune', '--dry-run', *arguments)
                count = '1 run' if len(names) == 1 else f'{len(names)} runs'
                self.assertEqual(output.splitlines()[-1], f'{count} would be forgotten.')
                self.assertEqual([line.split()[:2] for line in output.splitlines()[1:-1]],
                                 [[runs[name][:8], name] for name in names])
                told = json.loads(self.run_command('prune', '-n', '--json', *arguments)[0])
                self.assertEqual([run['name'] for run in told['runs']], names)
                self.assertEqual(self.left(), everything)
        for arguments, names in ((['--status', 'completed', '-k', '1'], {'one', 'two'}), (['--all'], {'three', 'w'})):
            self.run_command('prune', *arguments)
            everything -= names
            self.assertEqual(self.left(), everything)
        go_on()

    def test_wrong(self):
        _, errors = self.run_command('prune', status=USAGE)
        self.assertIn('--all', errors)
        for arguments in (('--older-than', '30'), ('--older-than', 'd'), ('--older-than', '1e99d'),
                          ('--older-than', '-1d'), ('--older-than', '1 d'), ('--keep', '-1'), ('--status', 'runing')):
            with self.subTest(arguments):
                self.run_command('prune', *arguments, status=USAGE)
                self.run_command('prune', '--dry-run', *arguments, status=USAGE)
        self.assertEqual(self.left(), {'w'})
        for arguments in (('--older-than', '0.5h'), ('--older-than', '90m'), ('--older-than', '2w')):
            self.run_command('prune', *arguments)
        self.assertEqual(self.left(), {'w'})


if __name__ == '__main__':
    tap.main()
