# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library as introspection shows it, without what this package lays over it, and its translations."""

from gi.module import get_introspection_module
from gi.repository import GLib

Myrmex = get_introspection_module('Myrmex')

# What the classes of this package say they are of; PyGObject goes by the last word.
MODULE = 'gi.overrides.Myrmex'


def _(text):
    """A text for people in their language."""
    return GLib.dgettext('myrmex', text)


class Documented(type(Myrmex.RetryPolicy)):
    # The metaclass of records. Its own would show the constructors of the library as their documentation.

    @property
    def __doc__(cls):
        return cls.__dict__.get('__doc__')
