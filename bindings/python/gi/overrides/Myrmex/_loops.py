# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where asyncio and the main contexts of GLib meet.

A run has a GMainContext, an asyncio loop has none, and neither may wait for the other. So a run that is started while
a loop runs gets a thread that iterates its context, and everything that is the loop's business is handed over to it.
"""

import contextvars
import sys
import threading

from gi.repository import GLib

_local = threading.local()  # .loop: the loop that this thread iterates a context for

# In a coroutine of a run, the id of that.
inside_of = contextvars.ContextVar('inside_of', default=None)

_lock = threading.Lock()
_loops = {}                 # the id of a run → the loop that it was started from
_background = None


def running_loop():
    """The asyncio loop that runs in this thread, or None."""
    # Where nobody has imported it no loop runs, and it is slow to import.
    asyncio = sys.modules.get('asyncio')
    if asyncio is None:
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def driven_loop():
    """The loop that this thread iterates the context of a run for, or None."""
    return getattr(_local, 'loop', None)


def is_held_by_waiting(loop):
    """Whether a loop that runs in this thread is one that coroutines of runs may need."""
    return loop is not None and loop is _background


def background_loop():
    """The loop for coroutines of runs that were started where no loop runs. It has a thread of its own."""
    import asyncio

    global _background
    with _lock:
        if _background is None:
            _background = asyncio.new_event_loop()
            threading.Thread(target=_run_background, args=(_background,), name='myrmex-asyncio', daemon=True).start()
        return _background


def _run_background(loop):
    import asyncio

    asyncio.set_event_loop(loop)
    loop.run_forever()


def loop_of(run_id):
    """The loop for the coroutines of a run, in any thread."""
    # Who starts a run holds the lock until its id is known.
    with _lock:
        loop = _loops.get(run_id)
    return loop or background_loop()


class Driver:
    """Starts a run and iterates its main context, in a thread, for a loop that can not.

    `finished` is a future, `loop` the loop.
    """

    def __init__(self, start, loop):
        import concurrent.futures

        self.loop = loop
        self.finished = concurrent.futures.Future()
        self._start = start
        self._begun = threading.Event()
        self._run = None
        self._error = None

    def begin(self):
        """Returns the run, or raises what came of starting it."""
        threading.Thread(target=self._drive, name='myrmex-run', daemon=True).start()
        self._begun.wait()
        run, self._run = self._run, None
        if self._error is not None:
            raise self._error
        return run

    def _drive(self):
        context = GLib.MainContext.new()
        context.push_thread_default()
        _local.loop = self.loop
        run_id = None
        try:
            with _lock:
                run = self._run = self._start()
                run_id = run.get_id()
                _loops[run_id] = self.loop
        except BaseException as error:
            self._error = error
            self._begun.set()
        else:
            self._begun.set()
            run._wait_quietly()
        # Whoever waits may find nobody else holding the run.
        run = None
        context.pop_thread_default()
        _loops.pop(run_id, None)
        self.finished.set_result(None)
