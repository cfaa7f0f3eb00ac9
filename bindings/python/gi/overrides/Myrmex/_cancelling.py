# SPDX-License-Identifier: LGPL-2.1-or-later
"""Being told when an attempt should stop."""

from gi.repository import GObject


class CancelWatch:
    """Calls a function, in any thread and maybe twice, when an attempt should stop, until end()."""

    __slots__ = ('_cancellable', '_handler')

    def __init__(self, raw, function):
        self._cancellable = raw.get_cancellable()
        # Not Gio.Cancellable.connect(), whose disconnect() waits for a handler that runs.
        self._handler = GObject.Object.connect(self._cancellable, 'cancelled', lambda *_args: function())
        # It may have fired before the handler was there.
        if raw.is_cancelled():
            function()

    def end(self):
        GObject.Object.disconnect(self._cancellable, self._handler)
        self._cancellable = None
