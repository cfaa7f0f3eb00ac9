# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workflows of a usual shape, made of functions."""

from gi.repository.Myrmex import chain, fan_out_fan_in


def read():
    return 'a bc def'


def split(context):
    return context.results['read'].value.split()


def longest(context):
    return max(context.results['split'].value, key=len)


print(chain(read, split, longest).run()['longest'].value)


def numbers():
    return [1, 2, 3]


def add(context):
    return sum(context.results['numbers'].value)


def multiply(context):
    return len(context.results['numbers'].value) * 2


def both(context):
    return {name: result.value for name, result in context.results.items()}


workflow = fan_out_fan_in(numbers, [add, multiply], both, initial_name='numbers', final_name='both')
print(workflow.run()['both'].value)
