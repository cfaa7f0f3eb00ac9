#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`myrmex doctor`, with all in order and with everything broken that can be.

    test_doctor.py MYRMEX [TEST…]
"""

import fcntl
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import unittest

from shell import Case, DONE, FAILED, MYRMEX, USAGE
import tap

NAME = 'org.codomyrmex.Myrmex1'
VERSION = subprocess.run([MYRMEX, '--version'], capture_output=True, text=True, check=True).stdout.split()[1]

BUS = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <servicedir>{folder}/data/dbus-1/services</servicedir>
  <auth>EXTERNAL</auth>
  <limit name="auth_timeout">240000</limit>
  <limit name="service_start_timeout">240000</limit>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''

# A service that says what it is told to.
SERVICE = '''#!{python}
import sys
if '--version' in sys.argv:
    sys.exit(print('myrmexd {program}'))
from gi.repository import Gio, GLib
XML = '<node><interface name="{name}.Manager"><property name="Version" type="s" access="read"/>' \\
      '<property name="RunsActive" type="u" access="read"/></interface></node>'
loop = GLib.MainLoop()
def called(bus, sender, path, interface, method, arguments, invocation):
    if {denied}:
        invocation.return_dbus_error('{name}.Error.AccessDenied', 'not you')
    else:
        invocation.return_value(GLib.Variant('(a{{sv}})', ({{'Version': GLib.Variant('s', '{version}'),
                                                            'RunsActive': GLib.Variant('u', 1)}},)))
    bus.flush_sync(None)
    loop.quit()
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
bus.register_object('/org/codomyrmex/Myrmex1', Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0], called, None, None)
Gio.bus_own_name_on_connection(bus, '{name}', 0, None, None)
loop.run()
'''


class Doctor(Case):
    def setUp(self):
        super().setUp()
        for name in ('data/dbus-1/services', 'config/myrmex', 'runtime', 'bin', 'lib'):
            (self.folder / name).mkdir(parents=True)
        (self.folder / 'runtime').chmod(0o700)
        self.state = self.folder / 'state/myrmex'
        self.journal = self.state / 'journal.db'
        self.environment.update(
            HOME=str(self.folder), XDG_DATA_HOME=f'{self.folder}/data', XDG_DATA_DIRS=f'{self.folder}/system',
            XDG_CONFIG_HOME=f'{self.folder}/config', XDG_CONFIG_DIRS=f'{self.folder}/none',
            XDG_STATE_HOME=f'{self.folder}/state', XDG_RUNTIME_DIR=f'{self.folder}/runtime',
            GI_TYPELIB_PATH=f'{self.folder}/lib', PATH=f'{self.folder}/bin:{os.environ["PATH"]}',
            MYRMEX_SUPERVISOR='/bin/true', DBUS_SESSION_BUS_ADDRESS=f'unix:path={self.folder}/none')
        (self.folder / 'lib/Myrmex-1.typelib').touch()
        for name in ('python3', 'gjs'):
            self.program(name, '#!/bin/sh\necho native\n')

    def program(self, name, text):
        path = self.folder / 'bin' / name
        path.write_text(text, encoding='utf-8')
        path.chmod(0o755)
        return path

    def start_bus(self, **service):
        """A bus, on which the service answers as told; without anything told there is none."""
        config = self.folder / 'bus.conf'
        config.write_text(BUS.format(folder=self.folder), encoding='utf-8')
        if service:
            self.activation(self.program('myrmexd', SERVICE.format(
                **{'python': sys.executable, 'name': NAME, 'program': VERSION, 'version': VERSION, 'denied': False,
                   **service})))
        bus = subprocess.Popen(['dbus-daemon', f'--config-file={config}', '--nofork', '--print-address'],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment, text=True)
        self.addCleanup(lambda: (bus.terminate(), bus.wait(), bus.stdout.close()))
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = bus.stdout.readline().strip()

    def activation(self, program):
        (self.folder / f'data/dbus-1/services/{NAME}.service').write_text(
            f'[D-BUS Service]\nName={NAME}\nExec={program}\n', encoding='utf-8')

    def make_journal(self, mode=0o600):
        self.state.mkdir(parents=True, mode=0o700)
        with sqlite3.connect(self.journal) as database:
            database.execute('CREATE TABLE state (name, value)')
            database.executemany('INSERT INTO state VALUES (?, ?)', [('x' * 50, i) for i in range(1000)])
        database.close()
        self.journal.chmod(mode)

    def look(self, status=FAILED, **options):
        """What was found of each check: its level and its words."""
        found = json.loads(self.run_command('doctor', '--json', status=status, **options)[0])
        self.assertEqual(found['ok'], status == DONE)
        checks = {}
        for check in found['checks']:
            checks.setdefault(check['check'], []).append(
                f"{check['level']}: {check['text']}" + (f"; {check['advice']}" if 'advice' in check else ''))
        return checks

    def finds(self, check, pattern, **options):
        found = self.look(**options)[check]
        self.assertTrue(any(re.search(pattern, text) for text in found), found)


class Healthy(Doctor):
    def test_all_is_well(self):
        self.start_bus(version=VERSION)
        found = self.look(status=DONE)
        if shutil.disk_usage(self.folder).free < 1024 ** 3:
            found['space'] = ['ok']
        self.assertEqual({check: [text.split(':')[0] for text in texts] for check, texts in found.items()}, {
            **{check: ['ok'] for check in ('command', 'typelib', 'activation', 'service', 'python', 'gjs', 'settings',
                                           'limits', 'state', 'space', 'runtime', 'journal', 'supervisor', 'bus',
                                           'name', 'answer')},
            'unit': found['unit'][0].split(':')[:1]})
        self.assertIn('starts', found['answer'][0])

    def test_lines(self):
        """For people: a line each, and nothing of it that a terminal would act on."""
        (self.folder / 'config/myrmex/myrmex.conf').write_text('[run]\n\x1b[31mbad=1\n', encoding='utf-8')
        output, _ = self.run_command('doctor', status=FAILED)
        for line in output.splitlines():
            self.assertRegex(line, r'^(ok|note|problem) +[a-z]+ +\S')
        self.assertNotIn('\x1b', output)
        self.assertIn('problem  settings', output)

    def test_german(self):
        self.environment.update(LANGUAGE='de', LC_ALL='C.UTF-8')
        self.assertEqual(set(self.look()), {
            'command', 'typelib', 'activation', 'unit', 'python', 'gjs', 'settings', 'limits', 'state', 'space',
            'runtime', 'journal', 'supervisor', 'bus'})

    def test_usage(self):
        self.run_command('doctor', 'something', status=USAGE)
        self.run_command('doctor', '--jsn', status=USAGE)


class Installation(Doctor):
    def test_typelib(self):
        (self.folder / 'lib/Myrmex-1.typelib').unlink()
        self.finds('typelib', '^note: .*(no language looks; set GI_TYPELIB_PATH=/|install the introspection)')

    def test_no_activation(self):
        self.finds('activation', '^note: no file tells')

    def test_activation_of_nothing(self):
        (self.folder / f'data/dbus-1/services/{NAME}.service').write_text('nonsense', encoding='utf-8')
        self.finds('activation', '^problem: .* names no program; install')

    def test_activation_of_missing_program(self):
        self.activation('/nowhere/myrmexd')
        self.finds('service', '^problem: /nowhere/myrmexd does not start: .*; install Myrmex again')

    def test_other_version(self):
        self.activation(self.program('myrmexd', '#!/bin/sh\necho myrmexd 0.0.1\n'))
        self.finds('service', f'^problem: .* is version 0.0.1, and this command is {VERSION}; remove')

    def test_unit(self):
        (self.folder / 'config/systemd/user').mkdir(parents=True)
        (self.folder / 'config/systemd/user/myrmexd.service').touch()
        self.finds('unit', f'^ok: {self.folder}/config/systemd/user/myrmexd.service')

    def test_languages(self):
        self.program('python3', '#!/bin/sh\necho first >&2; echo "ModuleNotFoundError: gi" >&2; exit 1\n')
        self.program('gjs', '#!/bin/sh\necho bare\n')
        found = self.look()
        self.assertEqual(found['python'], [f'note: {self.folder}/bin/python3 can not use Myrmex: '
                                           'ModuleNotFoundError: gi'])
        self.assertRegex(found['gjs'][0], '^note: .* finds Myrmex, but not .*; install the overrides')


class State(Doctor):
    def test_settings(self):
        (self.folder / 'config/myrmex/myrmex.conf').write_text('[run]\ngrace=soon\njobs=1\n', encoding='utf-8')
        found = self.look()['settings']
        self.assertEqual([text[:8] for text in found], ['problem:'] * 2)
        self.assertIn('myrmex.conf:2', found[0] + found[1])

    def test_limits(self):
        self.finds('limits', '^note: .* at most 512 open files; .*ulimit',
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512)))

    def test_state_open_to_others(self):
        self.state.mkdir(parents=True)
        self.state.chmod(0o755)
        self.finds('state', f'^problem: others may look into .* 0755; chmod 700 {self.state}$')

    def test_logs_open_to_others(self):
        (self.state / 'logs').mkdir(parents=True)
        self.state.chmod(0o700)
        (self.state / 'logs').chmod(0o750)
        self.finds('state', f'^problem: others may look into .* 0750; chmod 700 {self.state}/logs$')

    def test_state_no_folder(self):
        self.state.parent.mkdir()
        self.state.touch()
        self.finds('state', '^problem: .* is no folder; move it away')

    @unittest.skipIf(os.geteuid() == 0, 'root may write everywhere')
    def test_state_not_writable(self):
        self.state.parent.mkdir(mode=0o500)
        self.finds('state', '^problem: .* can not be made: .*; make .* writable')

    def test_runtime(self):
        (self.folder / 'runtime').chmod(0o755)
        self.finds('runtime', '^problem: others may look into')
        del self.environment['XDG_RUNTIME_DIR']
        self.finds('runtime', '^note: XDG_RUNTIME_DIR is not set')

    def test_supervisor(self):
        self.finds('supervisor', '^ok: it starts for the first command')
        path = self.folder / 'runtime/myrmex/supervisor'
        path.parent.mkdir()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            self.finds('supervisor', '^ok: it has gone')
            listener.listen()
            self.finds('supervisor', f'^ok: it listens at {path}')
        self.environment['MYRMEX_SUPERVISOR'] = '/nowhere/supervisor'
        self.finds('supervisor', '^note: there is no program /nowhere/supervisor; install')


class Journal(Doctor):
    def test_whole(self):
        self.make_journal()
        before = self.journal.read_bytes()
        self.finds('journal', f'^ok: {self.journal}, .*B, whole$')
        self.assertEqual(self.journal.read_bytes(), before)
        self.assertEqual(sorted(path.name for path in self.state.iterdir()), ['journal.db'])

    def test_odd_name(self):
        """The path is no part of an address."""
        self.state = self.folder / 'a?b#c%20d/myrmex'
        self.journal = self.state / 'journal.db'
        self.environment['XDG_STATE_HOME'] = str(self.state.parent)
        self.make_journal()
        self.finds('journal', 'whole$')

    def test_damaged(self):
        self.make_journal()
        content = bytearray(self.journal.read_bytes())
        content[5000:9000] = b'\xff' * 4000
        self.journal.write_bytes(content)
        self.finds('journal', '^problem: .* is damaged: .+; restore it')
        self.journal.write_bytes(b'nonsense' * 1000)
        self.finds('journal', '^problem: .* is damaged: file is not a database; restore it')

    def test_open_to_others(self):
        self.make_journal(mode=0o644)
        self.finds('journal', f'^problem: others may look into .* 0644; chmod 600 {self.journal}$')

    def test_no_file(self):
        self.journal.mkdir(parents=True)
        self.state.chmod(0o700)
        self.finds('journal', '^problem: .* is no file')

    def test_in_use(self):
        self.make_journal()
        with open(f'{self.journal}.lock', 'w', encoding='utf-8') as lock:
            lock.write('4711\n')
            lock.flush()
            self.finds('journal', 'whole$')
            # struct flock: type, whence, start, length, pid
            fcntl.fcntl(lock, 37, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
            self.finds('journal', '^ok: .*, in use by process 4711$')

    def test_not_closed_well(self):
        self.make_journal()
        pathlib.Path(f'{self.journal}-wal').write_text('x', encoding='utf-8')
        self.finds('journal', '^note: .*, was not closed well; nothing is lost')

    def test_set_aside(self):
        self.make_journal()
        for end in ('', '-wal'):
            pathlib.Path(f'{self.journal}.broken-20260101-120000{end}').touch()
        found = self.look()['journal']
        self.assertEqual([text.split(':')[0] for text in found], ['note', 'ok'])
        self.assertIn('broken-20260101-120000;', found[0])


class Bus(Doctor):
    def test_no_bus(self):
        self.finds('bus', '^problem: there is no session bus: .*; without one')

    def test_nobody_has_the_name(self):
        self.start_bus()
        self.finds('name', '^problem: nobody has the name .*; install')

    def test_other_version_answers(self):
        self.start_bus(version='0.0.1')
        self.finds('answer', '^problem: the service is version 0.0.1, .*; let the new one take over: myrmexd --replace')

    def test_refused(self):
        self.start_bus(denied=True)
        self.finds('answer', '^problem: the service does not answer: not you; .*PrivateUsers=')

    def test_service_that_does_not_start(self):
        self.activation(self.program(
            'myrmexd', f'#!/bin/sh\n[ "$1" = --version ] && echo myrmexd {VERSION} && exit\nexit 1\n'))
        self.start_bus()
        self.finds('answer', '^problem: the service does not answer: .*; see what it says')

    @unittest.skipUnless(os.environ.get('MYRMEXD'), 'built without the service')
    def test_real(self):
        self.activation(os.environ['MYRMEXD'])
        self.start_bus()
        found = self.look(status=DONE)
        self.assertEqual(found['answer'], [f'ok: the service {VERSION} starts'])
        self.assertEqual(self.look(status=DONE)['answer'],
                         [f'ok: the service {VERSION} runs, with 0 runs that have not ended'])


if __name__ == '__main__':
    tap.main()
