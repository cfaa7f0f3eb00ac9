# SPDX-License-Identifier: LGPL-2.1-or-later
"""A terminal for tests: the command runs on a pseudo-terminal, and what it writes is drawn on a small screen.

The screen knows the few sequences that the command may use, and fails at everything else.
"""

import codecs
import fcntl
import os
import pty
import re
import resource
import select
import signal
import struct
import termios
import time
import unicodedata

SEQUENCE = re.compile(r'\033\[(\?)?([0-9;]*)([A-Za-z])')
# Seconds; only a test that fails waits that long.
PATIENCE = 240 if 'ASAN_OPTIONS' in os.environ else 60


class Unexpected(AssertionError):
    pass


class Screen:
    """What is seen, and the lines that have scrolled away."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.history = []
        self.rows = [[] for _ in range(height)]
        self.row = self.column = 0
        self.cursor = True
        self.frames = 0
        self.in_frame = False
        self.colours = 0
        self.rest = ''

    def text(self):
        return [''.join(row).rstrip() for row in self.rows]

    def all_text(self):
        return '\n'.join(self.history + self.text()).rstrip()

    def resize(self, width, height):
        """As terminals do that break lines anew: tmux and those of GNOME."""
        lines, cursor_line = [], 0
        for index, row in enumerate(self.rows):
            text = ''.join(row)
            parts = [text[at:at + width] for at in range(0, max(1, len(text.rstrip())), width)]
            if index == self.row:
                cursor_line = len(lines) + min(len(parts) - 1, self.column // width)
                self.column = min(self.column % width if self.column >= width else self.column, width - 1)
            lines += parts
        used = max(cursor_line, max((i for i, line in enumerate(lines) if line.strip()), default=0)) + 1
        lines = lines[:used]
        while len(lines) > height:
            self.history.append(lines.pop(0).rstrip())
            cursor_line -= 1
        self.width, self.height = width, height
        self.rows = [list(line) for line in lines] + [[] for _ in range(height - len(lines))]
        self.row = max(0, cursor_line)

    def line_feed(self):
        if self.row < self.height - 1:
            self.row += 1
            return
        self.history.append(''.join(self.rows.pop(0)).rstrip())
        self.rows.append([])

    def put(self, character):
        if unicodedata.category(character) in ('Cc', 'Cf', 'Zl', 'Zp'):
            raise Unexpected(f'{character!r} reached the terminal')
        columns = 2 if unicodedata.east_asian_width(character) in 'WF' else 1
        if unicodedata.combining(character):
            columns = 0
        if self.column + columns > self.width:
            self.column = 0
            self.line_feed()
        row = self.rows[self.row]
        row += [' '] * (self.column - len(row))
        row[self.column:self.column + 1] = [character]
        if columns == 2:
            row[self.column + 1:self.column + 2] = ['']
        self.column += columns

    def act(self, private, number, letter):
        if private:
            if (number, letter) not in (('25', 'h'), ('25', 'l'), ('2026', 'h'), ('2026', 'l')):
                raise Unexpected(f'ESC [ ? {number} {letter}')
            if number == '25':
                self.cursor = letter == 'h'
            else:
                if self.in_frame == (letter == 'h'):
                    raise Unexpected('frames do not begin and end in turn')
                self.in_frame = letter == 'h'
                self.frames += self.in_frame
        elif letter == 'A':
            self.row = max(0, self.row - int(number or 1))
        elif letter == 'J' and number in ('', '0'):
            self.rows[self.row] = self.rows[self.row][:self.column]
            for row in range(self.row + 1, self.height):
                self.rows[row] = []
        elif letter == 'K' and number in ('', '0'):
            self.rows[self.row] = self.rows[self.row][:self.column]
        elif letter == 'm':
            self.colours += 1
        else:
            raise Unexpected(f'ESC [ {number} {letter}')

    def feed(self, text):
        text = self.rest + text
        self.rest = ''
        at = 0
        while at < len(text):
            character = text[at]
            if character == '\033':
                match = SEQUENCE.match(text, at)
                if match is None:
                    if len(text) - at < 16 and re.fullmatch(r'\033(\[\??[0-9;]*)?', text[at:]):
                        self.rest = text[at:]
                        return
                    raise Unexpected(repr(text[at:at + 16]))
                self.act(*match.groups())
                at = match.end()
                continue
            if character == '\r':
                self.column = 0
            elif character == '\n':
                self.line_feed()
            else:
                self.put(character)
            at += 1


class Terminal:
    """A command on a terminal of its own, which is its controlling one."""

    def __init__(self, command, folder, environment, width=80, height=24):
        self.screen = Screen(width, height)
        self.decode = codecs.getincrementaldecoder('utf-8')('strict').decode
        self.raw = b''
        self.ready_read, ready_write = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.read(self.ready_read, 1)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            # What a shell starts in the background ignores these two, and so would the command.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)
            os.chdir(folder)
            os.execvpe(command[0], [os.fspath(word) for word in command], environment)
        os.close(self.ready_read)
        self.set_size(width, height)
        # A signal that is typed would throw away what is on its way to the screen, half a frame for one.
        modes = termios.tcgetattr(self.fd)
        modes[3] |= termios.NOFLSH
        termios.tcsetattr(self.fd, termios.TCSANOW, modes)
        os.write(ready_write, b'.')
        os.close(ready_write)
        self.status = None

    def set_size(self, width, height):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', height, width, 0, 0))

    def resize(self, width, height):
        # What was drawn for the old size comes before.
        while select.select([self.fd], [], [], 0)[0]:
            self.read(0)
        self.set_size(width, height)
        self.screen.resize(width, height)

    def open_again(self):
        """Another descriptor of it; while there is one, its modes stay."""
        return os.open(os.readlink(f'/proc/{self.pid}/fd/0'), os.O_RDWR | os.O_NOCTTY)

    def modes(self):
        return termios.tcgetattr(self.fd)

    def echoes(self):
        return bool(self.modes()[3] & termios.ECHO)

    def read(self, timeout):
        """Draws what there is; returns whether there may be more."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b''
        self.raw += data
        self.screen.feed(self.decode(data, not data))
        return bool(data)

    def wait_for(self, condition):
        """Until @condition, a function of the terminal or a text to be seen, is true."""
        text = condition
        if isinstance(text, str):
            condition = lambda terminal: text in terminal.screen.all_text()
        end = time.monotonic() + PATIENCE
        while not condition(self):
            if time.monotonic() > end or not self.read(0.1):
                raise AssertionError(f'waited in vain for {text!r}; there is:\n{self.screen.all_text()}')

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self):
        """Until it ends; returns its exit status, negative for a signal."""
        end = time.monotonic() + PATIENCE
        while self.status is None and self.read(0.1):
            if time.monotonic() > end:
                raise AssertionError(f'it does not end; there is:\n{self.screen.all_text()}')
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
