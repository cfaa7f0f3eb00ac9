#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The process: how it comes, stays, is replaced and goes."""

import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

from service import DEADLINE, MANAGER, MYRMEXD, NAME, PATH, Case, Gio, GLib, Pending, definition, iterate, variant
import tap

BUS = 'org.freedesktop.DBus'


class Activated(Case):
    """The bus starts the service when it is first called. That call is there from the beginning: no service is idle
    before it."""

    STARTS_SERVICE = False

    def activate(self, tasks, path=None):
        """Submits the first run. @path is where the service is to find programs."""
        command = MYRMEXD if path is None else f'/usr/bin/env PATH={path} {MYRMEXD}'
        (self.services / f'{NAME}.service').write_text(
            f'[D-BUS Service]\nName={NAME}\nExec={command}\n', encoding='utf-8')
        self.ask_bus('ReloadConfig', None)
        answer = self.client.bus.call_sync(NAME, PATH, MANAGER, 'Submit',
                                           GLib.Variant('(sa{sv})', (definition(tasks), {})), None, 0,
                                           DEADLINE * 1000, None)
        return answer.unpack()[0]

    def ask_bus(self, method, arguments):
        return self.client.bus.call_sync(BUS, '/org/freedesktop/DBus', BUS, method, arguments, None, 0, -1, None)


class Start(Activated):
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

    def test_name_is_refused(self):
        """A bus that does not let it have its name is told, and not waited at."""
        path = self.folder / 'bus.conf'
        path.write_text(path.read_text(encoding='utf-8').replace('<allow own="*"/>', '<deny own="*"/>'),
                        encoding='utf-8')
        self.ask_bus('ReloadConfig', None)
        shown = subprocess.run([MYRMEXD], capture_output=True, text=True, env=self.environment, check=False)
        self.assertEqual(shown.returncode, 1)
        self.assertRegex(shown.stderr, f'^myrmexd: .*{NAME}')

    def test_activation(self):
        self.assertEqual(self.client.wait(self.activate({'a': 'true'}))[0], 'completed')
        os.kill(self.ask_bus('GetConnectionUnixProcessID', GLib.Variant('(s)', (NAME,))).unpack()[0], signal.SIGTERM)
        self.await_owner(lambda owner: owner is None)


class Replace(Case):
    def test_second_one_leaves(self):
        second = self.spawn_service()
        self.assertEqual(second.wait(DEADLINE), 1)
        self.assertIsNone(self.service.poll())

    def test_replace(self):
        """The other one goes on with what there is, and answers who calls meanwhile."""
        script, _ = self.gate()
        run = self.client.submit(definition({'a': {'shell': script, 'retry_policy': {'max_attempts': 2}}}), grace=0.1)
        pending = self.client.call_async('Wait', '()', path=run, interface=NAME + '.Run')
        self.start_service('--replace')
        self.assertEqual(self.client.call('ListRuns', '(a{sv}uu)', {}, 0, 0)[0][0]['Id'], self.client.get(run, 'Id'))
        self.assertEqual(self.service.wait(DEADLINE), 0)
        iterate(lambda: pending.is_done, 'answer to Wait')
        self.assertEqual(Gio.DBusError.get_remote_error(pending.error), f'{NAME}.Error.Interrupted')
        self.client.of_run(run, 'Cancel')
        self.assertEqual(self.client.wait(run)[0], 'cancelled')

    def test_early_calls(self):
        """Who calls one that has the name, and nothing else as yet, is answered when it has."""
        run = self.client.submit(definition({'a': {'noop': {}}}), paused=True)
        first = self.owner()
        self.halt()
        self.spawn_service('--replace')
        self.await_owner(lambda owner: owner not in (None, first))
        calls = [self.client.call_async('ListRuns', '(a{sv}uu)', {}, 0, 0),
                 self.client.call_async('Resume', '()', path=run, interface=NAME + '.Run'),
                 self.client.call_async('Submit', '(sa{sv})', definition({'a': 'true'}), {})]
        self.client.bus.flush_sync(None)
        self.service.send_signal(signal.SIGCONT)
        iterate(lambda: all(call.is_done for call in calls), 'answers')
        self.assertEqual([call.error for call in calls], [None] * 3)
        # The one that is submitted meanwhile may be there, too.
        self.assertIn(run, [listed['path'] for listed in calls[0].value[0]])
        self.assertEqual(self.client.wait(run)[0], 'completed')
        self.assertEqual(self.client.wait(calls[2].value[0])[0], 'completed')

    def test_bus_goes(self):
        self.end(self.bus_process)
        self.assertEqual(self.service.wait(DEADLINE), 0)

    def test_bus_goes_with_commands(self):
        """They have the time to end that they have at any other end of the service."""
        started, ended = self.folder / 'started', self.folder / 'ended'
        script, _ = self.gate()
        trap = f'trap "sleep 0.2; touch {ended}; exit" TERM'
        self.client.submit(definition({'a': f'{trap}; touch {started}; {script}'}), grace=1000.0)
        iterate(started.exists, 'task that has started')
        self.bus_process.kill()
        self.assertEqual(self.service.wait(DEADLINE), 0)
        self.assertTrue(ended.exists())

    def test_bus_goes_while_it_leaves(self):
        """Whatever is seen first, there is nothing to warn of, which G_DEBUG would make fatal."""
        for n in range(10):
            if n > 0:
                self.start_bus()
                self.service = self.start_service()
            self.halt()
            self.service.send_signal(signal.SIGTERM)
            self.bus_process.kill()
            self.bus_process.wait()
            self.service.send_signal(signal.SIGCONT)
            self.assertEqual(self.service.wait(DEADLINE), 0)

    def test_name_is_taken_while_it_leaves(self):
        other = self.connect()
        for n in range(10):
            if n > 0:
                self.service = self.start_service()
            self.halt()
            request = ('RequestName', GLib.Variant('(su)', (NAME, 2)))
            for method, arguments in (request, ('ReleaseName', GLib.Variant('(s)', (NAME,)))):
                other.bus.call_sync(BUS, '/org/freedesktop/DBus', BUS, method, arguments, None, 0, -1, None)
            self.service.send_signal(signal.SIGTERM)
            self.service.send_signal(signal.SIGCONT)
            self.assertEqual(self.service.wait(DEADLINE), 0)


class End(Case):
    def test_sigterm(self):
        self.service.send_signal(signal.SIGTERM)
        self.assertEqual(self.service.wait(DEADLINE), 0)

    def test_sigterm_while_callers_are_checked(self):
        """What it was asked and has not looked at goes with it, at any moment; the sanitizers see what does not."""
        for moment in range(8):
            client = self.connect()
            self.service.send_signal(signal.SIGSTOP)
            pending = client.call_async('Submit', '(sa{sv})', definition({'a': 'true'}), {})
            client.bus.flush_sync(None)
            self.ask_bus(client)  # the bus has taken the call
            # Who the caller is it asks a bus that does not answer.
            self.bus_process.send_signal(signal.SIGSTOP)
            self.service.send_signal(signal.SIGCONT)
            time.sleep(moment / 500)
            self.service.send_signal(signal.SIGTERM)
            time.sleep(moment / 500)
            self.bus_process.send_signal(signal.SIGCONT)
            self.assertEqual(self.service.wait(DEADLINE), 0)
            iterate(lambda pending=pending: pending.is_done, 'answer, or word that there is none')
            self.service = self.start_service()

    def test_sigterm_with_calls_on_their_way(self):
        """None of them is told what is not true, as that there is no such method."""
        run = self.client.submit(definition({'a': {'noop': {}}}))
        self.client.wait(run)
        calls = [('Submit', '(sa{sv})', definition({'a': 'true'}), {}), ('ListRuns', '(a{sv}uu)', {}, 0, 0),
                 ('Validate', '(sa{sv})', '{}', {}), ('ListWorkflows', '()')]
        calls_of_run = [('GetTask', '(s)', 'a'), ('Report', '(s)', 'json'), ('Wait', '()'),
                        ('Subscribe', '(a{sv})', {})]
        for moment in range(5):
            client = self.connect()
            self.service.send_signal(signal.SIGSTOP)
            pending = [client.call_async(*call) for call in calls * 3]
            pending += [client.call_async(*call, path=run, interface=NAME + '.Run') for call in calls_of_run * 3]
            client.bus.flush_sync(None)
            self.ask_bus(client)
            if moment % 2 == 0:
                self.service.send_signal(signal.SIGTERM)
            self.service.send_signal(signal.SIGCONT)
            time.sleep(moment / 1000)
            self.service.send_signal(signal.SIGTERM)
            self.assertEqual(self.service.wait(DEADLINE), 0)
            iterate(lambda pending=pending: all(call.is_done for call in pending), 'answers')
            told = {Gio.DBusError.get_remote_error(call.error) for call in pending if call.error is not None}
            self.assertLessEqual(told, {f'{NAME}.Error.Busy', f'{BUS}.Error.NoReply'})
            self.service = self.start_service()

    def ask_bus(self, client):
        client.bus.call_sync(BUS, '/org/freedesktop/DBus', BUS, 'GetId', None, None, 0, DEADLINE * 1000, None)

    def test_sigterm_leaves_runs_as_they_are(self):
        """Nothing of a command stays behind, and its run is not cancelled."""
        pid_file = self.folder / 'pid'
        script, _ = self.gate()
        told = f'echo $$ > {pid_file}.part; mv {pid_file}.part {pid_file}'
        run = self.client.submit(definition({'a': f'{told}; {script}'}))
        pending = self.client.call_async('Wait', '()', path=run, interface=NAME + '.Run')
        iterate(pid_file.exists, 'task that has started')
        self.service.send_signal(signal.SIGTERM)
        self.assertEqual(self.service.wait(DEADLINE), 0)
        iterate(lambda: pending.is_done, 'answer to Wait')
        self.assertEqual(Gio.DBusError.get_remote_error(pending.error), f'{NAME}.Error.Interrupted')
        self.assertFalse(pathlib.Path('/proc', pid_file.read_text(encoding='utf-8').strip()).exists())
        self.start_service()
        self.assertEqual(self.client.wait(run)[0], 'failed')
        self.assertEqual(self.client.of_run(run, 'GetTask', '(s)', 'a')['reason'], 'interrupted')

    def test_sigterm_does_not_wait_for_ever(self):
        """A command that does not end gets its grace, and after a second signal none."""
        started = self.folder / 'started'
        script, _ = self.gate()
        self.client.submit(definition({'a': f'trap "" TERM; touch {started}; {script}'}), grace=1000.0)
        iterate(started.exists, 'task that has started')
        self.service.send_signal(signal.SIGTERM)
        self.await_owner(lambda owner: owner is None)
        self.service.send_signal(signal.SIGTERM)
        self.assertEqual(self.service.wait(DEADLINE), 0)

    def test_following_while_it_leaves(self):
        """Who follows a run just then is told nothing, and does not have the service warn of anything."""
        started = self.folder / 'started'
        script, _ = self.gate()
        run = self.client.submit(definition({'a': f'trap "" TERM; touch {started}; {script}'}), grace=1000.0)
        iterate(started.exists, 'task that has started')
        service = self.owner()
        self.service.send_signal(signal.SIGTERM)
        self.await_owner(lambda owner: owner is None)
        for method, signature, arguments in (('Subscribe', '(a{sv})', ({},)), ('Unsubscribe', '()', ())):
            self.client.bus.call_sync(service, run, NAME + '.Run', method, GLib.Variant(signature, arguments), None,
                                      Gio.DBusCallFlags.NO_AUTO_START, DEADLINE * 1000, None)
        self.service.send_signal(signal.SIGTERM)
        self.assertEqual(self.service.wait(DEADLINE), 0)

    def test_reload(self):
        self.service.send_signal(signal.SIGHUP)
        self.assertEqual(self.client.wait(self.client.submit(definition({'a': 'true'})))[0], 'completed')


class Idle(Activated):
    ENVIRONMENT = {'MYRMEX_IDLE_TIMEOUT': '0.3'}

    def setUp(self):
        super().setUp()
        self.owners = []
        self.client.bus.signal_subscribe(BUS, BUS, 'NameOwnerChanged', '/org/freedesktop/DBus', NAME,
                                         Gio.DBusSignalFlags.NONE,
                                         lambda *rest: self.owners.append(rest[5].unpack()[2]))

    def stays(self):
        """For longer than a service that is idle does."""
        self.assertTrue(self.owner())
        end = time.monotonic() + 1
        iterate(lambda: time.monotonic() > end and self.owners, 'time')
        self.assertEqual(len(self.owners), 1)

    def leaves(self):
        self.await_owner(lambda owner: owner is None)
        iterate(lambda: len(self.owners) == 2, 'loss of the name')

    def test_leaves_when_idle(self):
        service = self.spawn_service()
        self.assertEqual(service.wait(DEADLINE), 0)
        self.leaves()

    def test_stays_for_runs(self):
        """One that has ended does not keep it: that is in the journal."""
        script, go_on = self.gate()
        self.activate({'a': script})
        self.stays()
        go_on()
        self.leaves()

    def test_stays_for_questions(self):
        """A picture is drawn by a program that takes its time."""
        (drawing, go_on), (running, end_run) = self.gate('drawing'), self.gate('running')
        program, started = self.folder / 'bin' / 'dot', self.folder / 'started'
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\ntouch {started}\n{drawing}\ncat >/dev/null\necho "<svg/>"\n',
                           encoding='utf-8')
        program.chmod(0o700)
        # That goes on until the question alone is what the service stays for.
        run = self.activate({'a': running}, path=f'{program.parent}:{os.environ["PATH"]}')
        answer = self.client.call_async('Report', '(s)', 'graph', path=run, interface=NAME + '.Run')
        iterate(started.exists, 'program that draws')
        end_run()
        self.assertEqual(self.client.wait(run)[0], 'completed')
        self.stays()
        go_on()
        iterate(lambda: answer.is_done, 'picture')
        self.assertIn('<svg', answer.value[0])
        self.leaves()

    def test_stays_for_what_the_bus_has(self):
        """While a bus does not answer nobody knows what it has: here a call that came before the service was idle."""
        script, go_on = self.gate()
        self.activate({'a': script})
        self.bus_process.send_signal(signal.SIGSTOP)
        answer = Pending()
        self.client.bus.call(NAME, PATH, MANAGER, 'ListRuns', GLib.Variant('(a{sv}uu)', ({}, 0, 0)), None,
                             Gio.DBusCallFlags.NONE, DEADLINE * 1000, None, answer.done)
        self.client.bus.flush_sync(None)
        go_on()
        # It is idle after a third of a second. Where it takes longer, no harm is done.
        time.sleep(3)
        self.bus_process.send_signal(signal.SIGCONT)
        iterate(lambda: answer.is_done, 'answer')
        # The bus may see first that the service gives the name back, and start another one.
        self.assertIsNone(answer.error)
        self.await_owner(lambda owner: owner is None)

    def test_stays_for_clients(self):
        script, _ = self.gate()
        run = self.activate({'a': script})
        self.client.of_run(run, 'Subscribe', '(a{sv})', {'batched': variant(True)})
        self.stays()
        pending = self.client.call_async('Wait', '()', path=run, interface=NAME + '.Run')
        self.client.of_run(run, 'Cancel')
        iterate(lambda: pending.is_done, 'answer to Wait')
        self.assertIsNone(pending.error)
        self.leaves()


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
