#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints where overrides and type stubs go for a prefix: a line for each.

    places.py PREFIX

PyGObject looks for gi/overrides beside itself, and below every folder of Python's path. An override that is
installed where neither is found would be passed over without a word.
"""

import os
import sys
import sysconfig


def is_below(path, folder):
    return os.path.commonpath([os.path.realpath(path), os.path.realpath(folder)]) == os.path.realpath(folder)


def overrides_of_gi():
    # Beside this script is a folder gi, which is not PyGObject.
    here = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.realpath(path) != here]
    try:
        import gi
    except ImportError:
        return None
    return gi._overridesdir


def site_of(prefix):
    """The folder below @prefix that Python looks into, or the one it would have there."""
    known = [path for path in sys.path if path.endswith(('-packages',)) and is_below(path, prefix)]
    if known:
        return known[0]
    return sysconfig.get_path('purelib', 'posix_prefix', vars={'base': prefix, 'platbase': prefix})


def main(prefix):
    beside = overrides_of_gi()
    # /usr/local is below /usr, and is not where the distribution's files go.
    if beside is not None and is_below(beside, prefix):
        overrides = beside
        site = os.path.dirname(os.path.dirname(beside))
    else:
        site = site_of(prefix)
        overrides = os.path.join(site, 'gi', 'overrides')
    print(overrides)
    print(site)


if __name__ == '__main__':
    main(sys.argv[1])
