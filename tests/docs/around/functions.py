# SPDX-License-Identifier: LGPL-2.1-or-later
def fetch_data_function():
    return [3, 1, 2]


def process_function(context):
    return sorted(context.results['fetch_data'].value)


SNIPPET
assert results['process'].value == [1, 2, 3]
