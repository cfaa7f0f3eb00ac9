# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waiting for runs without being deaf to Ctrl-C, and what is done about runs when the interpreter ends."""

import atexit
import contextlib
import os
import signal
import socket
import threading
import time
import weakref

from gi.repository import Gio, GLib

# How long the end of the interpreter is held up for runs that are still going: a command that is asked to end has
# five seconds, and is then killed.
_EXIT_SECONDS = 10.0
# And for objects that another thread is freeing.
_FREEING_SECONDS = 1.0

_live = weakref.WeakSet()
_followed = weakref.WeakSet()
_states = weakref.WeakSet()  # what of workflows is Python's
_kept = []                   # at the end
_wakeup = None


def _wakeup_sockets():
    """What the interpreter writes to at a signal, and what is read. They stay open: a signal that another thread
    is handling just now may still be written when nobody waits for it any more."""
    global _wakeup
    if _wakeup is None:
        # Ctrl-C may come in between.
        pair = socket.socketpair()
        for end in pair:
            end.setblocking(False)
        _wakeup = pair
    return _wakeup


def _forget_wakeup():
    """A child must not take the bytes of its parent."""
    global _wakeup
    _wakeup = None


os.register_at_fork(after_in_child=_forget_wakeup)


class Interrupts:
    """Within this, Ctrl-C calls a function instead of raising KeyboardInterrupt, which C code would not see, and it
    is raised at the end. Does nothing but in the main thread, and where SIGINT is handled otherwise.

    A signal wakes the main context that is the thread's at the beginning.
    """

    def __init__(self):
        self._function = None
        self._pressed = False
        self._stack = contextlib.ExitStack()

    def call(self, function):
        """Sets what is called each time; at once where that was said before."""
        self._function = function
        if self._pressed:
            function()

    def _on_signal(self, _number, _frame):
        self._pressed = True
        if self._function is not None:
            self._function()

    def __enter__(self):
        if threading.current_thread() is threading.main_thread() and \
                signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            try:
                self._listen()
            except BaseException:
                self._stack.close()
                raise
        return self

    def _listen(self):
        reader, writer = _wakeup_sockets()

        def on_bytes(*_args):
            # That any Python runs here is what lets the handler run.
            with contextlib.suppress(BlockingIOError):
                reader.recv(64)
            return True

        source = GLib.io_create_watch(GLib.IOChannel.unix_new(reader.fileno()), GLib.IOCondition.IN)
        source.set_callback(on_bytes)
        source.attach(GLib.MainContext.ref_thread_default())
        self._stack.callback(source.destroy)
        old_descriptor = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        self._stack.callback(signal.set_wakeup_fd, old_descriptor)
        self._stack.callback(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, self._on_signal))

    def __exit__(self, kind, _error, _traceback):
        self._stack.close()
        self._function = None
        if self._pressed and (kind is None or not issubclass(kind, KeyboardInterrupt)):
            raise KeyboardInterrupt


def _wait_here(run, cancellable):
    """In the thread that the run was started in: iterates its context meanwhile."""
    with Interrupts() as interrupts:
        cancellable = cancellable or Gio.Cancellable()
        interrupts.call(cancellable.cancel)
        run._wait_quietly(cancellable)


def _wait_elsewhere(run, cancellable):
    """In another thread. The main thread must sleep in Python, where a signal wakes it."""
    if threading.current_thread() is not threading.main_thread():
        run._wait_quietly(cancellable)
        return
    thread = threading.Thread(target=run._wait_quietly, args=(cancellable,), name='myrmex-wait', daemon=True)
    thread.start()
    thread.join()


def wait(run, timeout=None, cancellable=None):
    """Waits until the run has ended. Returns whether it has; Ctrl-C ends the waiting with KeyboardInterrupt."""
    timer = None
    if timeout is not None:
        cancellable = cancellable or Gio.Cancellable()
        timer = threading.Timer(timeout, cancellable.cancel)
        timer.daemon = True
        timer.start()
    try:
        if run._is_started_here:
            _wait_here(run, cancellable)
        else:
            _wait_elsewhere(run, cancellable)
    finally:
        if timer is not None:
            timer.cancel()
    return run.has_ended


def run_to_end(start):
    """Starts a run with @start() and waits for it: Ctrl-C cancels it, and again forces it. Returns its outcome."""
    context = GLib.MainContext.new()
    context.push_thread_default()
    try:
        with Interrupts() as interrupts:
            run = start()
            interrupts.call(run.cancel)
            run._wait_quietly()
        return run._outcome()
    finally:
        context.pop_thread_default()


def watch_over(run, goes_on):
    """Sees to it that the end of the interpreter ends the run, unless it goes on elsewhere."""
    (_followed if goes_on else _live).add(run)


def watch_over_state(state):
    """Sees to it that its workflow is not freed by another thread while the interpreter ends."""
    _states.add(state)


def _keep_workflows():
    """A worker that has ended a run may be the last to hold its workflow. If the interpreter ends while that thread
    frees an object, PyGObject aborts the process. So this thread holds what is there; and where a state is left
    without its workflow, that is being freed, which takes an instant, and the state goes last."""
    end = time.monotonic() + _FREEING_SECONDS
    while True:
        workflows = [state.owner() for state in list(_states)]
        if all(workflow is not None for workflow in workflows) or time.monotonic() > end:
            break
        time.sleep(0.0005)
    _kept.extend(workflows)
    _kept.extend(_live)
    _kept.extend(_followed)


@atexit.register
def _end_all():
    runs = [run for run in _live if not run.has_ended]
    for run in runs:
        run.cancel()
    for run in runs:
        with contextlib.suppress(KeyboardInterrupt):
            wait(run, _EXIT_SECONDS)
    _keep_workflows()
