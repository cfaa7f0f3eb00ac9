#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units of systemd: each line of them is tried, under a manager of a user's services of its own.

    test_units.py MYRMEXD UNITS PROBE [TEST…]
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

UNITS, PROBE = (pathlib.Path(sys.argv.pop(2)) for _ in range(2))
BUILD = pathlib.Path(os.environ['MYRMEX_BUILD_ROOT'])

from service import DEADLINE, MYRMEXD, NAME, PATH, definition  # noqa: E402
from user_manager import UserManager, why_not  # noqa: E402
import tap  # noqa: E402

WHY_NOT = why_not()
ACTIVATION = NAME + '.service'
SERVICE, SUPERVISOR, SOCKET = 'myrmexd.service', 'myrmex-supervisor.service', 'myrmex-supervisor.socket'
INSIDE = pathlib.Path('/run/build')

# What each line forbids by itself, of what the probe tries. NoNewPrivileges= follows from each of those after it, where
# the manager has no rights.
FORBIDS = {
    'UMask=0077': {'readable-by-all'},
    'NoNewPrivileges=yes': {'new-privileges'},
    'RestrictSUIDSGID=yes': {'set-user-id', 'new-privileges'},
    'RestrictAddressFamilies=AF_UNIX': {'inet-socket', 'new-privileges'},
    'MemoryDenyWriteExecute=yes': {'write-and-execute', 'make-executable', 'new-privileges'},
    'LockPersonality=yes': {'personality', 'new-privileges'},
    'RestrictNamespaces=yes': {'namespace', 'new-privileges'},
    'RestrictRealtime=yes': {'real-time', 'new-privileges'},
    'SystemCallArchitectures=native': {'other-machine', 'new-privileges'},
    'SystemCallFilter=@system-service': {'be-traced', 'new-privileges'},
    'SystemCallFilter=~@privileged @resources @setuid @keyring @memlock':
        {'chown', 'lock-memory', 'change-user', 'priority', 'real-time', 'keyring', 'new-privileges'},
    'LimitCORE=0': {'core'},
}
# And these do something together with others.
TOGETHER = {'SystemCallFilter=@chown', 'SystemCallErrorNumber=EPERM'}
# What the others are for is tried in Service, below.
RUNNING = {'Type', 'BusName', 'ExecStart', 'ExecReload', 'Restart', 'RestartSec', 'TimeoutStopSec'}


def lines_of(text, section):
    """The lines of a section of a unit."""
    found, inside = [], False
    for line in text.splitlines():
        if line.startswith('['):
            inside = line == f'[{section}]'
        elif inside and line and not line.startswith('#'):
            found.append(line)
    return found


def read(name):
    return (UNITS / name).read_text(encoding='utf-8')


def hardening():
    return [line for line in lines_of(read(SERVICE), 'Service') if line.split('=')[0] not in RUNNING]


class Written(unittest.TestCase):
    """What can be seen without a manager."""

    def test_every_line_is_tried(self):
        self.assertEqual(set(hardening()), set(FORBIDS) | TOGETHER)

    def test_every_line_says_why(self):
        for name in (SERVICE, SUPERVISOR, SOCKET):
            before = ''
            for line in read(name).splitlines():
                key = line.split('=')[0]
                if line and line[0] not in '#[' and key not in {
                        'Description', 'Documentation', 'After', 'Type', 'BusName', 'ExecStart', 'ListenStream',
                        'Requires', 'RestartSec', 'TimeoutStopSec', 'DirectoryMode'}:
                    with self.subTest(unit=name, line=line):
                        self.assertTrue(before.startswith('#') or before.split('=')[0] == key)
                before = line

    @unittest.skipUnless(shutil.which('systemd-analyze'), 'there is no systemd-analyze')
    def test_verify(self):
        with tempfile.TemporaryDirectory(prefix='myrmex-units-') as folder:
            for name in (SERVICE, SUPERVISOR, SOCKET):
                text = read(name)
                for line in lines_of(text, 'Service'):
                    if line.startswith('ExecStart='):
                        text = text.replace(line, 'ExecStart=/bin/true')
                (pathlib.Path(folder) / name).write_text(text, encoding='utf-8')
            for name in (SERVICE, SUPERVISOR, SOCKET):
                told = subprocess.run(['systemd-analyze', '--user', 'verify', '--man=no', f'{folder}/{name}'],
                                      env={**os.environ, 'SYSTEMD_UNIT_PATH': f'{folder}:/usr/lib/systemd/user',
                                           'XDG_RUNTIME_DIR': folder},
                                      capture_output=True, text=True, check=False)
                with self.subTest(unit=name):
                    self.assertEqual((told.returncode, told.stderr), (0, ''))

    def test_activation(self):
        """The bus starts the unit where there is systemd, and the program where there is none."""
        lines = lines_of(read(ACTIVATION), 'D-BUS Service')
        start, = (line for line in lines_of(read(SERVICE), 'Service') if line.startswith('ExecStart='))
        self.assertEqual(lines, [f'Name={NAME}', start.replace('ExecStart', 'Exec'), f'SystemdService={SERVICE}'])


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Lines(unittest.TestCase):
    """What each line forbids: the manager starts a program with that line alone, which tries."""

    def setUp(self):
        self.manager = UserManager(BUILD, {}, {})
        self.addCleanup(self.manager.stop)

    def try_lines(self, number, lines):
        """What the probe says may be done in a unit with these lines."""
        told = self.manager.folder / 'home' / f'told-{number}'
        unit = f'probe-{number}.service'
        lines = '\n'.join(lines)
        self.manager.write_unit(
            unit, f'[Service]\nType=oneshot\n{lines}\nExecStart={INSIDE / PROBE.relative_to(BUILD)} {told}\n')
        self.manager.systemctl('daemon-reload')
        self.manager.systemctl('start', unit)
        return dict(line.split() for line in told.read_text(encoding='utf-8').splitlines())

    def test_each(self):
        free = self.try_lines('none', [])
        allowed = {name for name, answer in free.items() if answer == 'yes'}
        for number, (line, forbidden) in enumerate(FORBIDS.items()):
            more = ['SystemCallErrorNumber=EPERM'] if 'Filter' in line else []
            tried = self.try_lines(number, [line, *more])
            with self.subTest(line=line):
                self.assertEqual({name for name in allowed if tried[name] != 'yes'}, forbidden & allowed)

    def test_all(self):
        tried = self.try_lines('all', hardening())
        every = set().union(*FORBIDS.values()) - {'chown'}
        self.assertEqual({name for name, answer in tried.items() if answer == 'yes'}, set(tried) - every)
        self.assertEqual({tried[name] for name in ('lock-memory', 'priority', 'be-traced')}, {'EPERM'})


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Service(unittest.TestCase):
    """The service and the supervisor, started by systemd for the first call."""

    def setUp(self):
        units = {name: self.relocate(read(name)) for name in (SERVICE, SUPERVISOR, SOCKET)}
        self.manager = UserManager(BUILD, units, {ACTIVATION: self.relocate(read(ACTIVATION))})
        self.addCleanup(self.manager.stop)

    def relocate(self, text):
        """Where the programs of the build folder are in there, in place of where they will be installed."""
        folder = lines_of(read(SERVICE), 'Service')
        folder, = (pathlib.Path(line.split('=')[1]).parent for line in folder if line.startswith('ExecStart='))
        for program in (pathlib.Path(MYRMEXD), BUILD / 'dbus/supervisor/myrmex-supervisor'):
            text = text.replace(f'{folder}/{program.name}', str(INSIDE / program.relative_to(BUILD)))
        return text

    def call(self, method, *arguments, path=PATH, **more):
        return self.manager.run('gdbus', 'call', '--session', '--dest', NAME, '--object-path', path, '--method',
                                f'{NAME}.{method}', '--', *arguments, **more)

    def submit(self, tasks, **more):
        return self.call('Manager.Submit', definition(tasks), '{}', **more).split("'")[1]

    def value(self, run, task):
        return self.call('Run.GetTask', task, path=run).split("'value': <")[1].split('>')[0]

    def command_lines(self):
        """Of all processes in there."""
        return self.manager.run('sh', '-c', 'cat /proc/[0-9]*/cmdline', check=False)

    def main_pid(self):
        return self.manager.show(SERVICE, 'MainPID')

    def test_run(self):
        """A whole run; the service is confined, and its commands are not."""
        told = self.manager.folder / 'home' / 'told'
        run = self.submit({'hello': 'echo hello', 'probe': f'{INSIDE / PROBE.relative_to(BUILD)} {told}'})
        self.assertIn("'completed'", self.call('Run.Wait', path=run))
        self.assertEqual(self.value(run, 'hello'), "'hello'")
        self.assertEqual(self.manager.show(SERVICE, 'ActiveState'), 'active')
        self.assertEqual(self.manager.show(SUPERVISOR, 'ActiveState'), 'active')
        free = dict(line.split() for line in told.read_text(encoding='utf-8').splitlines())
        self.assertEqual({name: free[name] for name in ('new-privileges', 'inet-socket', 'priority', 'namespace')},
                         {'new-privileges': 'yes', 'inet-socket': 'yes', 'priority': 'yes', 'namespace': 'yes'})
        status = self.manager.run('cat', f'/proc/{self.main_pid()}/status')
        self.assertIn('NoNewPrivs:\t1', status)
        self.assertIn('Seccomp:\t2', status)

    def test_cgroups(self):
        """Each command has a control group of its own, and what it leaves without any other mark is ended with it."""
        fifo = self.manager.folder / 'home' / 'gate'
        os.mkfifo(fifo, 0o666)
        os.chmod(fifo, 0o666)
        beside = self.submit({'a': f'cat /proc/self/cgroup; read x < {fifo}'})
        hidden = 'setsid -f env -i sleep 1001 </dev/null >/dev/null 2>&1 3>&-'
        run = self.submit({'a': f'cat /proc/self/cgroup; {hidden}'})
        self.assertIn("'completed'", self.call('Run.Wait', path=run))
        self.assertNotIn('sleep\0001001', self.command_lines())
        fifo.write_text('\n', encoding='utf-8')
        self.assertIn("'completed'", self.call('Run.Wait', path=beside))
        own = self.manager.show(SUPERVISOR, 'ControlGroup')
        groups = [self.value(path, 'a') for path in (run, beside)]
        self.assertNotEqual(*groups)
        for group in groups:
            self.assertRegex(group, rf'0::.*{SUPERVISOR}/myrmex-[0-9]+')
        self.assertTrue(own.endswith(SUPERVISOR))

    def test_files(self):
        """What it writes is for its owner alone, also where the session's mask is another."""
        self.assertIn("'completed'", self.call('Run.Wait', path=self.submit({'a': 'echo hello'})))
        state = self.manager.folder / 'home/.local/state/myrmex'
        for path in [state, *state.rglob('*')]:
            with self.subTest(path=path):
                self.assertEqual(path.stat().st_mode & 0o077, 0)

    def test_sandboxed_caller(self):
        """The check of callers works from within the unit: it lets in, and it keeps out."""
        self.submit({'a': 'true'})
        with self.assertRaisesRegex(AssertionError, 'AccessDenied: Callers inside a sandbox are refused'):
            self.manager.run('unshare', '--user', '--map-current-user', '--mount', 'gdbus', 'call', '--session',
                             '--dest', NAME, '--object-path', PATH, '--method', f'{NAME}.Manager.ListActions')
        self.assertIn("'command'", self.call('Manager.ListActions'))

    def test_more_lines_would_refuse_all(self):
        """Why there is no ProtectSystem= or the like: it needs PrivateUsers=, from where nobody can be looked at."""
        folder = self.manager.folder / 'units' / f'{SERVICE}.d'
        folder.mkdir()
        (folder / 'more.conf').write_text('[Service]\nPrivateUsers=yes\n', encoding='utf-8')
        self.manager.systemctl('daemon-reload')
        with self.assertRaisesRegex(AssertionError, 'AccessDenied: It can not be told whether the caller is inside'):
            self.call('Manager.ListActions')

    def test_reload(self):
        self.submit({'a': 'true'})
        before = self.main_pid()
        self.manager.systemctl('reload', SERVICE)
        self.assertEqual((self.main_pid(), self.manager.show(SERVICE, 'ActiveState')), (before, 'active'))

    def test_killed(self):
        """It is started again without anybody asking; after an orderly end it is not."""
        self.submit({'a': 'true'})
        before = self.main_pid()
        self.manager.run('kill', '-KILL', before)
        end = time.monotonic() + DEADLINE
        while self.main_pid() in (before, '0') and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.manager.show(SERVICE, 'NRestarts'), '1')
        self.manager.systemctl('stop', SERVICE)
        self.assertEqual(self.manager.show(SERVICE, 'ActiveState'), 'inactive')

    def test_stopped(self):
        """Nothing is left of the commands when the supervisor is stopped."""
        fifo = self.manager.folder / 'home' / 'gate'
        os.mkfifo(fifo, 0o666)
        os.chmod(fifo, 0o666)
        self.submit({'a': f'echo $$ > {fifo}; setsid sleep 1000 & sleep 1000'})
        with open(fifo, encoding='utf-8') as gate:
            gate.readline()
        self.manager.systemctl('stop', SERVICE, SUPERVISOR, SOCKET)
        left = self.command_lines()
        self.assertIn('systemd', left)
        self.assertNotIn('sleep', left)


if __name__ == '__main__':
    tap.main()
