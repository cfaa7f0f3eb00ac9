#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The process: how it comes, stays, is replaced and goes."""

import os
import pathlib
import shutil
import signal
import subprocess
import unittest

from service import DEADLINE, MANAGER, MYRMEXD, NAME, PATH, Case, GLib, definition, iterate, variant
import tap

BUS = 'org.freedesktop.DBus'


class Start(Case):
    STARTS_SERVICE = False

    def test_version_and_usage(self):
        shown = subprocess.run([MYRMEXD, '--version'], capture_output=True, text=True, check=True)
        self.assertRegex(shown.stdout, r'^myrmexd \d+\.\d+\.\d+\n$')
        for arguments in (['--nonsense'], ['argument']):
            self.assertEqual(subprocess.run([MYRMEXD, *arguments], capture_output=True, env=self.environment,
                                            check=False).returncode, 2)

    def test_no_bus(self):
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = f'unix:path={self.folder}/none'
        shown = subprocess.run([MYRMEXD], capture_output=True, text=True, env=self.environment, check=False)
        self.assertEqual(shown.returncode, 1)
        self.assertRegex(shown.stderr, '^myrmexd: ')

    def test_bad_settings(self):
        (self.folder / 'config' / 'myrmex').mkdir(parents=True)
        for name in ('myrmex.conf', 'config.ini', 'myrmex.ini', 'config'):
            (self.folder / 'config' / 'myrmex' / name).write_text('[run]\nmax-parallel=many\n', encoding='utf-8')
        self.environment['MYRMEX_MAX_PARALLEL'] = 'many'
        shown = subprocess.run([MYRMEXD], capture_output=True, text=True, env=self.environment, check=False)
        self.assertEqual(shown.returncode, 1)
        self.assertIn('many', shown.stderr)

    def test_activation(self):
        (self.services / f'{NAME}.service').write_text(
            f'[D-BUS Service]\nName={NAME}\nExec={MYRMEXD}\n', encoding='utf-8')
        self.ask_bus('ReloadConfig', None)
        answer = self.client.bus.call_sync(NAME, PATH, MANAGER, 'Submit',
                                           GLib.Variant('(sa{sv})', (definition({'a': 'true'}), {})), None, 0,
                                           DEADLINE * 1000, None)
        self.assertEqual(self.client.wait(answer.unpack()[0])[0], 'completed')
        os.kill(self.ask_bus('GetConnectionUnixProcessID', GLib.Variant('(s)', (NAME,))).unpack()[0], signal.SIGTERM)
        self.await_owner(lambda owner: owner is None)

    def ask_bus(self, method, arguments):
        return self.client.bus.call_sync(BUS, '/org/freedesktop/DBus', BUS, method, arguments, None, 0, -1, None)


class Replace(Case):
    def test_second_one_leaves(self):
        second = self.spawn_service()
        self.assertEqual(second.wait(DEADLINE), 1)
        self.assertIsNone(self.service.poll())

    def test_replace(self):
        script, _ = self.gate()
        run = self.client.submit(definition({'a': script}), grace=0.1)
        pending = self.client.call_async('Wait', '()', path=run, interface=NAME + '.Run')
        self.start_service('--replace')
        self.assertEqual(self.service.wait(DEADLINE), 0)
        iterate(lambda: pending.is_done, 'answer to Wait')
        # The other one knows its own runs alone.
        self.assertEqual(self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 0), ([], 0))

    def test_bus_goes(self):
        self.end(self.bus_process)
        self.assertEqual(self.service.wait(DEADLINE), 0)


class End(Case):
    def test_sigterm(self):
        self.service.send_signal(signal.SIGTERM)
        self.assertEqual(self.service.wait(DEADLINE), 0)

    def test_sigterm_ends_what_runs(self):
        pid_file = self.folder / 'pid'
        script, _ = self.gate()
        told = f'echo $$ > {pid_file}.part; mv {pid_file}.part {pid_file}'
        run = self.client.submit(definition({'a': f'{told}; {script}'}))
        pending = self.client.call_async('Wait', '()', path=run, interface=NAME + '.Run')
        iterate(pid_file.exists, 'task that has started')
        self.service.send_signal(signal.SIGTERM)
        self.assertEqual(self.service.wait(DEADLINE), 0)
        iterate(lambda: pending.is_done, 'answer to Wait')
        self.assertEqual(pending.value[0], 'cancelled')
        self.assertFalse(pathlib.Path('/proc', pid_file.read_text(encoding='utf-8').strip()).exists())

    def test_sigterm_does_not_wait_for_ever(self):
        """A clean-up that takes its time gets some of it, and a second signal none."""
        script, _ = self.gate()
        started = self.folder / 'started'
        tidy = {'shell': f'touch {started}; {script}', 'dependencies': ['a'], 'trigger_rule': 'all_done', 'grace': 0.1}
        self.client.submit(definition({'a': script, 'tidy': tidy}), grace=0.1)
        self.service.send_signal(signal.SIGTERM)
        iterate(started.exists, 'clean-up')
        self.service.send_signal(signal.SIGTERM)
        self.assertEqual(self.service.wait(DEADLINE), 0)

    def test_reload(self):
        self.service.send_signal(signal.SIGHUP)
        self.assertEqual(self.client.wait(self.client.submit(definition({'a': 'true'})))[0], 'completed')


class Idle(Case):
    ENVIRONMENT = {'MYRMEX_IDLE_TIMEOUT': '0.3'}
    STARTS_SERVICE = False

    def test_leaves_when_idle(self):
        service = self.start_service()
        self.assertEqual(service.wait(DEADLINE), 0)
        self.assertIsNone(self.owner())

    def test_stays_for_runs(self):
        """Nothing else remembers a run that has ended: it is not thrown away for want of something to do."""
        service = self.start_service()
        run = self.client.submit(definition({'a': 'true'}))
        self.client.wait(run)
        with self.assertRaises(subprocess.TimeoutExpired):
            service.wait(1)
        self.client.call('Prune', '(a{sv})', {})
        self.assertEqual(service.wait(DEADLINE), 0)

    def test_stays_for_clients(self):
        service = self.start_service()
        script, _ = self.gate()
        run = self.client.submit(definition({'a': script}))
        self.client.of_run(run, 'Subscribe', '(a{sv})', {'batched': variant(True)})
        with self.assertRaises(subprocess.TimeoutExpired):
            service.wait(1)
        self.client.of_run(run, 'Cancel')
        self.client.wait(run)
        self.client.call('Prune', '(a{sv})', {})
        self.assertEqual(service.wait(DEADLINE), 0)


@unittest.skipUnless(shutil.which('gdbus'), 'there is no gdbus')
class ByHand(Case):
    """A client of nothing but what every desktop has."""

    def gdbus(self, method, *arguments, path=PATH):
        shown = subprocess.run(['gdbus', 'call', '--session', '--dest', NAME, '--object-path', path, '--method',
                                f'{NAME}.{method}', *arguments], env=self.environment, capture_output=True, text=True,
                               check=False)
        return shown.stdout.strip() or shown.stderr.strip()

    def test_gdbus(self):
        path = self.gdbus('Manager.Submit', definition({'a': 'echo hello'}), '{}').split("'")[1]
        self.assertIn("'completed'", self.gdbus('Run.Wait', path=path))
        self.assertIn("'value': <'hello'>", self.gdbus('Run.GetTask', 'a', path=path))
        self.assertIn('did you mean “paused”', self.gdbus('Manager.Submit', '{}', '{"pausd": <true>}'))
        self.assertIn('GDBus.Error:org.codomyrmex.Myrmex1.Error.NotFound', self.gdbus('Manager.GetRun', 'none'))

    def test_introspection(self):
        shown = subprocess.run(['gdbus', 'introspect', '--session', '--recurse', '--dest', NAME, '--object-path', PATH],
                               env=self.environment, capture_output=True, text=True, check=True).stdout
        for word in ('SubmitNamed', 'ListRuns', 'GetManagedObjects', 'InterfaceVersion = 1'):
            self.assertIn(word, shown)


if __name__ == '__main__':
    tap.main()
