# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two tasks, the second with the value of the first."""

from gi.repository.Myrmex import RetryPolicy, Workflow


def fetch_data_function():
    return [3, 1, 2]


def process_function(context):
    return sorted(context.results['fetch_data'].value)


workflow = Workflow(name='my_pipeline', fail_fast=True)
workflow.add_task(name='fetch_data', action=fetch_data_function, timeout=30)
workflow.add_task(name='process', action=process_function, dependencies=['fetch_data'],
                  retry_policy=RetryPolicy(max_attempts=3, initial_delay=1.0, exponential_base=2.0))
results = workflow.run()
print(results['process'].value)
