#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server that fails now and then, for as long as a command takes.

    server.py COMMAND [ARGUMENT…]

Serves a year of measurements on a port of its own of 127.0.0.1, runs the command with the address in
FETCH_SERVER, and ends with it and with its exit status. What goes wrong goes wrong by count, so each run meets
the same: of each quarter, as FAULTS has it, the first requests are refused (503), or get half an answer and
then nothing. With FETCH_BROKEN=1 the third quarter is never served.
"""

import hashlib
import http.server
import os
import signal
import subprocess
import sys
import threading

BUSY, SLOW = 'busy', 'slow'
FAULTS = {
    'quarter-1.csv': [],
    'quarter-2.csv': [BUSY],
    'quarter-3.csv': [SLOW],
    'quarter-4.csv': [BUSY, SLOW, BUSY],
}
SLOW_SECONDS = 60  # longer than any patience
DAYS = 91          # in a quarter


def document(name):
    """The body of a quarter: a line for each day, with the temperature in an ant hill."""
    quarter = int(name.removeprefix('quarter-').removesuffix('.csv'))
    first = (quarter - 1) * DAYS + 1
    return ''.join(f'{day},{12 + (day * 37 % 101) / 10:.1f}\n' for day in range(first, first + DAYS)).encode()


DOCUMENTS = {name: document(name) for name in FAULTS}
DOCUMENTS['SHA256SUMS'] = ''.join(f'{hashlib.sha256(DOCUMENTS[name]).hexdigest()}  {name}\n'
                                  for name in sorted(FAULTS)).encode()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Handler)
        self.ending = threading.Event()
        self.lock = threading.Lock()
        self.faults = {name: list(faults) for name, faults in FAULTS.items()}
        if os.environ.get('FETCH_BROKEN') == '1':
            self.faults['quarter-3.csv'] = [BUSY] * 1000

    def next_fault(self, name):
        with self.lock:
            faults = self.faults.get(name)
            return faults.pop(0) if faults else None


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.removeprefix('/')
        body = DOCUMENTS.get(name)
        fault = self.server.next_fault(name)
        if body is None:
            self.send_error(404)
        elif fault == BUSY:
            self.send_error(503)
        else:
            self.send_response(200)
            self.send_header('Content-Type', 'text/plain')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            half = len(body) // 2
            self.wfile.write(body[:half])
            if fault == SLOW:
                self.wfile.flush()
                self.server.ending.wait(SLOW_SECONDS)
                self.close_connection = True
                return
            self.wfile.write(body[half:])

    def log_message(self, *_arguments):
        pass


def run(server, command):
    """Runs @command while @server serves; what ends us ends the command, which then ends us."""
    child, early = None, []

    def pass_on(number, _frame):
        if child is None:
            early.append(number)  # the command may run before we know its pid
        else:
            child.send_signal(number)

    # Ctrl-C in a terminal reaches the command by itself; a handler of ours is not inherited.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, pass_on)
    environment = dict(os.environ, FETCH_SERVER=f'http://127.0.0.1:{server.server_port}')
    child = subprocess.Popen(command, env=environment)
    for number in early:
        child.send_signal(number)
    status = child.wait()
    return 128 - status if status < 0 else status


def main(command):
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        return run(server, command)
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit('usage: server.py COMMAND [ARGUMENT…]')
    sys.exit(main(sys.argv[1:]))
