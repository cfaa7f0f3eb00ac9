# SPDX-License-Identifier: LGPL-2.1-or-later
"""Actions that are coroutine functions: one attempt is one task of asyncio, which is cancelled with it."""

from ._calls import NOWHERE
from ._cancelling import CancelWatch
from ._context import Context, answer_failure
from ._loops import background_loop, driven_loop, inside_of


class _Attempt:
    """One attempt. With its answer it lets go of the library's context, which would keep the run."""

    __slots__ = ('_raw', '_call', '_loop', '_task', '_watch')

    def __init__(self, raw, call, loop):
        self._raw = raw
        self._call = call
        self._loop = loop
        self._task = None
        self._watch = None

    def begin(self):
        """In the loop."""
        self._task = self._loop.create_task(self._run())
        self._task.add_done_callback(self._done)
        self._watch = CancelWatch(self._raw, self._cancel)

    def _cancel(self):
        """In any thread."""
        try:
            self._loop.call_soon_threadsafe(self._task.cancel)
        except RuntimeError:
            pass  # the loop is closed, and has cancelled its tasks

    async def _run(self):
        raw, call, context = self._raw, self._call, Context(self._raw)
        inside_of.set(raw.get_run_id())
        try:
            if call.place == NOWHERE:
                value = await call.action(*call.args, **call.kwargs)
            else:
                value = await call.invoke(context)
            variant = call.finish(value)
        except BaseException as error:
            call.fail(raw, error)
        else:
            raw.return_value(variant)
        finally:
            context._close()
            self._raw = raw = context = None

    def _done(self, task):
        self._watch.end()
        raw, self._raw = self._raw, None
        if raw is not None:
            # It was cancelled before it began, and so _run() never did.
            raw.return_failure('CancelledError', 'CancelledError', False)


def start_attempt(raw, call):
    """Begins an attempt; on the main context of the run."""
    loop = driven_loop() or background_loop()
    # The wrapper is whoever's who called; what is kept is a reference of its own.
    loop.call_soon_threadsafe(_Attempt(raw.ref(), call, loop).begin)


def run_coroutine(raw, link):
    """The action of a coroutine function."""
    try:
        start_attempt(raw, link())
    except BaseException as error:
        answer_failure(raw, error)
    finally:
        raw = None
