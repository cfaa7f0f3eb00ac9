#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service on a bus of its own, with its journal on the disk: how soon, how many, how much.

    bench_service.py MYRMEXD [NAME…]

NAME is one of those at the end; without any, all of them. Prints rows of the table that table.py puts together. A peer
is measured in the same run, in turn where there are rounds.
"""

import os
import pathlib
import select
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'service'))

from service import MANAGER, MYRMEXD, NAME, PATH, Case, GLib, definition, iterate, variant  # noqa: E402

NAMES = sys.argv[1:]
BUS = ('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus')
N_COMMANDS = 5000
N_RUNS = 10000
N_TASKS = 10000
N_CLIENTS = 200


def show(value, unit):
    return (f'{value:.0f}' if value >= 1000 else f'{value:.4g}') + (f' {unit}' if unit else '')


def row(what, unit, ours, peer='', theirs=0.0, ratio_budget=0.0, budget=None):
    """As bench-row.c prints it."""
    limit, value = '', None
    if ratio_budget:
        limit, value, bound = f'ratio {ratio_budget:.2f}', ours / theirs if theirs else None, ratio_budget
    elif budget is not None:
        limit, value, bound = show(budget, unit), ours, budget
    verdict = ''
    if value is not None:
        verdict = 'met' if value <= bound else f'**missed by {100 * (value / bound - 1) if bound else 100:.0f} %**'
    beside = f'{peer} {show(theirs, unit)}' if theirs else f'{peer} is not installed' if peer else ''
    ratio = f'{ours / theirs:.2f}' if ratio_budget and theirs else ''
    print(f'| {what} | {show(ours, unit)} | {beside} | {ratio} | {limit} | {verdict} |', flush=True)


def late(times):
    """The 99th percentile."""
    return sorted(times)[len(times) * 99 // 100]


class Bench(Case):
    """A bus, and a service that is started by it or at once."""

    def __init__(self):
        super().__init__('run')

    def start_bus(self):
        (self.services / f'{NAME}.service').write_text(f'[D-BUS Service]\nName={NAME}\nExec={MYRMEXD}\n',
                                                       encoding='utf-8')
        super().start_bus()

    def ask_bus(self, method, *arguments):
        return self.client.bus.call_sync(*BUS, method, GLib.Variant('(s)', arguments) if arguments else None, None, 0,
                                         -1, None).unpack()[0]

    def round_trip(self):
        begin = time.perf_counter()
        self.ask_bus('GetId')
        return time.perf_counter() - begin

    def pid(self):
        return self.ask_bus('GetConnectionUnixProcessID', NAME)

    def submit_all(self, clients, text):
        """Each of @clients submits at once. Returns how long each of them waited for its answer."""
        begin, took = time.perf_counter(), []
        for client in clients:
            client.bus.call(NAME, PATH, MANAGER, 'Submit', GLib.Variant('(sa{sv})', (text, {})), None, 0, -1, None,
                            lambda bus, result: (bus.call_finish(result), took.append(time.perf_counter() - begin)))
        iterate(lambda: len(took) == len(clients), 'answer to all')
        return took

    def await_rest(self):
        iterate(lambda: self.client.get(PATH, 'RunsActive', MANAGER) == 0, 'end of all')


def status(pid, name):
    text = pathlib.Path(f'/proc/{pid}/status').read_text(encoding='utf-8')
    return int(next(line.split()[1] for line in text.split('\n') if line.startswith(name + ':')))


RETENTION_DELAY = 5  # seconds, as dbus/service/removal.c has it


def switches(pid):
    """How often each thread went to sleep."""
    word = 'voluntary_ctxt_switches:'
    return {task.name: int((task / 'status').read_text(encoding='utf-8').split(word)[1].split()[0])
            for task in pathlib.Path(f'/proc/{pid}/task').iterdir()}


def idle(bench):
    """First of all: the journal is empty."""
    bench.client.wait(bench.client.submit(definition({'a': {'noop': {}}})))
    bench.client.call('Prune', '(a{sv})', {})
    pid, length = bench.pid(), 5
    # Some seconds after a run it is looked at whether there are too many; an idle service has that behind it.
    time.sleep(RETENTION_DELAY + 1)
    while True:
        before = switches(pid)
        time.sleep(0.5)
        if switches(pid) == before:
            break
    before = switches(pid)
    time.sleep(length)
    woken = sum(count - before.get(task, 0) for task, count in switches(pid).items())
    row(f'idle service: wake-ups in {length} s', '', woken, budget=0)
    row('idle service: resident', 'MiB', status(pid, 'VmRSS') / 1024, budget=15)


class Start:
    """A command that tells when it runs."""

    def __init__(self, bench):
        self.path = bench.folder / 'started'
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        self.text = definition({'a': {'command': ['sh', '-c', f'echo > {self.path}']}})

    def measure(self, bench):
        """From the call until the command runs, in seconds."""
        begin = time.perf_counter()
        bench.client.bus.call(NAME, PATH, MANAGER, 'Submit', GLib.Variant('(sa{sv})', (self.text, {})), None, 0, -1,
                              None, None)
        bench.client.bus.flush_sync(None)
        if not select.select([self.fd], [], [], 60)[0]:
            raise AssertionError('the command has not started')
        took = time.perf_counter() - begin
        os.read(self.fd, 64)
        return took

    def measure_alone(self):
        """What starting that command takes by itself."""
        begin = time.perf_counter()
        process = subprocess.Popen(['sh', '-c', f'echo > {self.path}'])
        select.select([self.fd], [], [])
        took = time.perf_counter() - begin
        os.read(self.fd, 64)
        process.wait()
        return took


def start(bench):
    """Submit to the first command, in a service that runs and in one that has to be started."""
    first, warm, trips, alone, cold = Start(bench), [], [], [], []
    first.measure(bench)
    for _ in range(50):
        bench.await_rest()
        trips.append(bench.round_trip())
        alone.append(first.measure_alone())
        warm.append(first.measure(bench))
    trip = statistics.median(trips)
    row('submit to first command started, warm, median of 50', 'ms', 1000 * statistics.median(warm), 'bus round trip',
        1000 * trip, budget=5 + 1000 * trip)
    row('- of which the shell takes to start and write, by itself', 'ms', 1000 * statistics.median(alone))
    for _ in range(7):
        bench.await_rest()
        pid = bench.pid()
        os.kill(pid, signal.SIGTERM)
        bench.await_owner(lambda owner: owner is None)
        cold.append(first.measure(bench))
    row('submit to first command started, cold, median of 7', 'ms', 1000 * statistics.median(cold), budget=150)


def commands(bench):
    """5,000 × `true` against make."""
    tasks = {f't{i}': {'command': ['true']} for i in range(N_COMMANDS)}
    text = definition(tasks, max_parallel=2)
    names = ' '.join(tasks)
    (bench.folder / 'Makefile').write_text(f'all: {names}\n' + ''.join(f'{name}:\n\t@true\n' for name in tasks),
                                           encoding='utf-8')
    ours, theirs = [], []
    for _ in range(3):
        if shutil.which('make'):
            begin = time.perf_counter()
            subprocess.run(['make', '-s', '-j2', '-C', str(bench.folder)], check=True)
            theirs.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        run = bench.client.submit(text)
        if bench.client.wait(run)[0] != 'completed':
            raise AssertionError('the run has not completed')
        ours.append(time.perf_counter() - begin)
    row(f'{N_COMMANDS} commands `true` through the durable service, two at a time', 's', min(ours), 'make -j2',
        min(theirs, default=0), ratio_budget=1.5)


def clients(bench):
    """Many that submit at the same moment."""
    many = [bench.connect() for _ in range(N_CLIENTS)]
    text = definition({'a': {'noop': {}}})
    bench.submit_all(many, text)  # by which each is known
    bench.await_rest()
    took = bench.submit_all(many, text)
    row(f'{N_CLIENTS} clients submit at once: until all are answered', 'ms', 1000 * max(took), 'bus round trip',
        1000 * bench.round_trip())
    row('- submits kept on disk a second', '', len(took) / max(took))


def listing(bench):
    """All runs of a full journal, page by page."""
    many = [bench.connect() for _ in range(N_CLIENTS)]
    text = definition({'a': {'noop': {}}})
    begin = time.perf_counter()
    for _ in range(N_RUNS // N_CLIENTS):
        bench.submit_all(many, text)
    bench.await_rest()
    row(f'{N_RUNS} runs of one task each, submitted by {N_CLIENTS} clients', 's', time.perf_counter() - begin)
    begin, seen, total = time.perf_counter(), 0, 1
    while seen < total:
        # What is in it is not unpacked: that would measure Python.
        page = bench.client.bus.call_sync(NAME, PATH, MANAGER, 'ListRuns', GLib.Variant('(a{sv}uu)', ({}, seen, 0)),
                                          None, 0, -1, None)
        seen += page.get_child_value(0).n_children()
        total = page.get_child_value(1).get_uint32()
    row(f'listing {seen} of {total} runs over the bus', 'ms', 1000 * (time.perf_counter() - begin))
    begin = time.perf_counter()
    bench.client.call('ListRuns', '(a{sv}uu)', {}, 0, 20)
    row('- the newest 20 of them', 'ms', 1000 * (time.perf_counter() - begin))
    row(f'resident with {total} runs in the journal', 'MiB', status(bench.pid(), 'VmRSS') / 1024)


def messages(bench):
    """What a run of many tasks puts on the bus, and for how long it does."""
    tasks = {f't{i}': {'noop': {}} for i in range(N_TASKS)}
    for how, options in (('nobody asked', {}), ('subscribed in batches', {'subscribe': True, 'batched': True}),
                         ('subscribed', {'subscribe': True})):
        heard = bench.folder / 'heard'
        with open(heard, 'wb') as file:
            monitor = subprocess.Popen(['dbus-monitor', '--address', bench.address, '--profile',
                                        f"type='signal',sender='{NAME}'"], stdout=file, env=bench.environment)
            iterate(lambda: heard.stat().st_size > 0, 'monitor')
            begin = time.perf_counter()
            run = bench.client.submit(definition(tasks), **{key: variant(value) for key, value in options.items()})
            bench.client.wait(run)
            took = time.perf_counter() - begin
            bench.round_trip()
            time.sleep(1)  # property changes are told a little later
            monitor.terminate()
            monitor.wait()
        count = sum(line.startswith('sig') for line in heard.read_text(encoding='utf-8').splitlines())
        row(f'bus messages of a run of {N_TASKS} tasks, {how}', '', count)
    row('- and how long such a run takes', 's', took)


def main():
    benches = {'idle': idle, 'start': start, 'commands': commands, 'clients': clients, 'messages': messages,
               'listing': listing}
    for name in NAMES or benches:
        bench = Bench()
        bench.setUp()
        try:
            benches[name](bench)
            # What came of the last command is on the disk, so that its supervisor keeps nothing and leaves.
            bench.await_rest()
        finally:
            bench.doCleanups()


if __name__ == '__main__':
    main()
