# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the commands for the service share: a bus that starts the service when it is wanted.

    test_….py MYRMEX MYRMEXD [TEST…]
"""

import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'service'))

# Each of the two takes its program from the command line, in this order.
import shell  # noqa: E402
import service  # noqa: E402
from terminal import Terminal  # noqa: E402

UNAVAILABLE = 69

# What a shell starts in the background ignores Ctrl-C, and so would all that is started from here.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Case(service.Case, shell.Case):
    """A test with a folder, a bus on which the service can be started, and the command."""

    STARTS_SERVICE = False

    def setUp(self):
        super().setUp()
        for name in ('NO_COLOR', 'LANGUAGE'):
            self.environment.pop(name, None)
        self.install()
        self.addCleanup(self.stop_service)

    def install(self):
        (self.services / f'{service.NAME}.service').write_text(
            f'[D-BUS Service]\nName={service.NAME}\nExec={service.MYRMEXD}\n', encoding='utf-8')
        self.ask_bus('ReloadConfig')

    def ask_bus(self, method, *arguments):
        bus = 'org.freedesktop.DBus'
        variant = service.GLib.Variant('(' + 's' * len(arguments) + ')', arguments)
        return self.client.bus.call_sync(bus, '/org/freedesktop/DBus', bus, method, variant, None, 0, -1, None).unpack()

    def service_pid(self):
        return self.ask_bus('GetConnectionUnixProcessID', service.NAME)[0]

    def stop_service(self):
        """Nothing of a test runs on."""
        if self.bus_process.poll() is not None or self.owner() is None:
            return
        for run in self.client.call('ListRuns', '(a{sv}uu)', {'active': service.variant(True)}, 0, 0)[0]:
            self.client.of_run(run['path'], 'Cancel')
            self.client.of_run(run['path'], 'Cancel')
            self.client.wait(run['path'])
        os.kill(self.service_pid(), signal.SIGTERM)
        self.await_owner(lambda owner: owner is None)

    def submit(self, tasks, *arguments, name='w', **more):
        """Submits a workflow by the command; returns the whole id of its run."""
        path = self.write(service.definition(tasks, name, **more), f'{name}.json')
        output, _ = self.run_command('submit', str(path), '--json', *arguments)
        return json.loads(output)['run']

    def held(self, *arguments, task='hold', gate='gate', **more):
        """A run with a task that waits; its id, and the function that lets it go on."""
        script, go_on = self.gate(gate)
        return self.submit({task: script}, *arguments, **more), go_on

    def await_status(self, run, *statuses, task=None):
        """Until the run, or a task of it, is in one of some statuses."""
        path = self.client.call('GetRun', '(s)', run)
        get = (lambda: self.client.get(path, 'Status')) if task is None else (
            lambda: self.client.of_run(path, 'GetTask', '(s)', task)['status'])
        service.iterate(lambda: get() in statuses, f'{statuses}')

    def open(self, *arguments, width=80, height=24):
        self.environment['TERM'] = 'xterm-256color'
        terminal = Terminal([shell.MYRMEX, *arguments], self.folder, self.environment, width, height)
        self.addCleanup(terminal.close)
        return terminal
