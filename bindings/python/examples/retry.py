# SPDX-License-Identifier: LGPL-2.1-or-later
"""A task that works at the third attempt, and one that is not tried again, since its failure is another one."""

from gi.repository.Myrmex import RetryPolicy, TaskFailedError, Workflow

policy = RetryPolicy(max_attempts=3, initial_delay=0.01, retry_on=[ConnectionError])


def call_api(context):
    if context.attempt < 3:
        raise ConnectionResetError(f'attempt {context.attempt}')
    return 'answer'


def parse():
    raise ValueError('no number')


workflow = Workflow('resilient', fail_fast=False)
workflow.add_task('api', call_api, retry_policy=policy).add_task('parse', parse, retry_policy=policy)
try:
    workflow.run()
except TaskFailedError as error:
    print(error)
    print(repr(error.__cause__))
    for name, result in error.results.items():
        print(name, result.status, result.attempts, result.value)
