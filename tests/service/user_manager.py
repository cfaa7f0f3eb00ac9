# SPDX-License-Identifier: LGPL-2.1-or-later
"""A manager of a user's services, `systemd --user`, that sees and touches nothing but itself.

It has process ids, mounts and control groups of its own, in a control group made for it: without that it would take
every process of the machine for its own and move it. All of it ends with the first process inside. It runs as a user
without any rights, as that of a session does, since what systemd can do for a service depends on that.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

USER = 61234  # of nobody, neither of people nor of services
CGROUPS = pathlib.Path('/sys/fs/cgroup')
PATIENCE = 60  # seconds, for what comes soon on any machine
NEEDED = ('systemd', 'systemctl', 'unshare', 'nsenter', 'setpriv', 'dbus-daemon', 'mount', 'umount')

# As root: a group of its own first, and only then the view in which that is the root.
ENTER = '''
set -eu
echo 0 > "$1/cgroup.procs"
exec unshare --cgroup sh -euc "$2" sh "$3" "$4" "$5"
'''

# In there. The first line is what all depends on: this is no group in which anybody else is.
INSIDE = '''
grep -qx 0::/ /proc/self/cgroup
umount --recursive /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
if grep -qx 0 /sys/fs/cgroup/cgroup.procs; then exit 1; fi
chown "$1" /sys/fs/cgroup /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/cgroup.subtree_control /sys/fs/cgroup/cgroup.threads
mount -t tmpfs -o mode=755 none /run
mkdir /run/build /run/systemd /run/systemd/system
mount --bind "$3" /run/build
mount --bind "$2/passwd" /etc/passwd
setpriv --reuid "$1" --regid "$1" --clear-groups systemd --user --unit=basic.target <&- &
echo started
read -r end || :
'''

BUS_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/runtime/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="auth_timeout">240000</limit>
  <limit name="service_start_timeout">240000</limit>
</busconfig>
'''

UNITS = {
    'basic.target': '[Unit]\nRequires=sockets.target\nAfter=sockets.target\n',
    'sockets.target': '[Unit]\nRequires=dbus.socket\n',
    'shutdown.target': '[Unit]\nDefaultDependencies=no\nRefuseManualStart=yes\n',
    'app.slice': '[Unit]\n',
    'dbus.socket': '[Socket]\nListenStream=%t/bus\n',
    'dbus.service': '[Unit]\nRequires=dbus.socket\n[Service]\nType=notify\nNotifyAccess=main\n'
                    'ExecStart={dbus} --config-file={folder}/bus.conf --address=systemd: --nofork --nopidfile'
                    ' --systemd-activation\n',
}


def groups():
    """Where groups of the second version are, or nothing."""
    for folder in (CGROUPS / 'unified', CGROUPS):
        if (folder / 'cgroup.procs').exists() and (folder / 'cgroup.controllers').exists():
            return folder
    return None


def why_not():
    """Why there can be none here, or nothing."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if os.geteuid() != 0:
        return 'it takes root to make the place for it'
    if missing:
        return 'there is no ' + ', '.join(missing)
    if groups() is None:
        return 'there are no control groups of the second version'
    try:
        place = groups() / f'myrmex-try-{os.getpid()}'
        place.mkdir()
        place.rmdir()
    except OSError as error:
        return f'no control group can be made: {error.strerror}'
    try_out = ['unshare', '--mount', '--pid', '--ipc', '--cgroup', '--fork', '--mount-proc', 'true']
    if subprocess.run(try_out, capture_output=True, check=False).returncode != 0:
        return 'no namespaces can be made'
    return None


class UserManager:
    """@units are texts by the names of units; @services those of D-Bus. BUILD is at /run/build in there."""

    def __init__(self, build, units, services):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='myrmex-manager-'))
        self.group = groups() / f'myrmex-test-{os.getpid()}'
        self.process = None
        for name in ('units', 'services', 'home', 'runtime'):
            (self.folder / name).mkdir(mode=0o700)
        words = {'folder': self.folder, 'dbus': shutil.which('dbus-daemon')}
        for name, text in {**UNITS, **units}.items():
            self.write_unit(name, text.format(**words) if name in UNITS else text)
        for name, text in services.items():
            (self.folder / 'services' / name).write_text(text, encoding='utf-8')
        (self.folder / 'bus.conf').write_text(BUS_CONFIG.format(**words), encoding='utf-8')
        # The bus wants to know the name of whom it serves.
        (self.folder / 'passwd').write_text(pathlib.Path('/etc/passwd').read_text(encoding='utf-8') +
                                            f'myrmex-test:x:{USER}:{USER}::{self.folder}/home:/bin/sh\n',
                                            encoding='utf-8')
        subprocess.run(['chown', '-R', f'{USER}:{USER}', str(self.folder)], check=True)
        self.start(build)

    def write_unit(self, name, text):
        (self.folder / 'units' / name).write_text(text, encoding='utf-8')

    def start(self, build):
        self.environment = {
            'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'HOME': str(self.folder / 'home'),
            'XDG_RUNTIME_DIR': str(self.folder / 'runtime'), 'SYSTEMD_UNIT_PATH': str(self.folder / 'units'),
            'DBUS_SESSION_BUS_ADDRESS': f'unix:path={self.folder}/runtime/bus', 'SYSTEMD_LOG_TARGET': 'console',
            'NOTIFY_SOCKET': str(self.folder / 'notify'),
        }
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        told.bind(self.environment['NOTIFY_SOCKET'])
        told.settimeout(PATIENCE)
        os.chown(self.environment['NOTIFY_SOCKET'], USER, USER)
        self.group.mkdir()
        with open(self.folder / 'log', 'wb') as log:
            self.process = subprocess.Popen(
                ['unshare', '--mount', '--pid', '--ipc', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', ENTER,
                 'sh', str(self.group), INSIDE, str(USER), str(self.folder), str(build)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=self.environment, text=True)
        if self.process.stdout.readline() != 'started\n':
            told = self.log()
            self.stop()
            raise AssertionError('the manager can not be started: ' + told)
        children = pathlib.Path(f'/proc/{self.process.pid}/task/{self.process.pid}/children')
        self.first = children.read_text(encoding='utf-8').split()[0]
        with told:
            while b'READY=1' not in told.recv(4096):
                pass
        del self.environment['NOTIFY_SOCKET']

    def log(self):
        return (self.folder / 'log').read_text(encoding='utf-8', errors='replace')

    def run(self, *command, check=True, **more):
        """What a command says that is run as a program of that session."""
        done = subprocess.run(
            ['nsenter', '--target', self.first, '--mount', '--pid', '--ipc', '--cgroup', '--', 'setpriv', '--reuid',
             str(USER), '--regid', str(USER), '--clear-groups', '--', *map(str, command)],
            env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **more)
        if check and done.returncode != 0:
            raise AssertionError(f'{command} ended with {done.returncode}\n{done.stdout}{done.stderr}\n{self.log()}')
        return done.stdout

    def systemctl(self, *arguments, **more):
        return self.run('systemctl', '--user', '--no-pager', *arguments, **more)

    def show(self, unit, name):
        return self.systemctl('show', '--property', name, '--value', unit).strip()

    def stop(self):
        """Nothing of it stays."""
        if self.process is not None:
            self.process.stdin.close()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()
            self.process.stdout.close()
        # Who was killed may be about to go.
        end = time.monotonic() + PATIENCE
        while self.group.exists():
            try:
                for folder in [*sorted(self.group.rglob('*/'), reverse=True), self.group]:
                    folder.rmdir()
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        shutil.rmtree(self.folder, ignore_errors=True)
