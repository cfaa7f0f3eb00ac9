# SPDX-License-Identifier: LGPL-2.1-or-later
"""Told of what happens; one task is skipped by its condition."""

from gi.repository.Myrmex import Workflow


def on_progress(task_name: str, status: str, details: dict):
    told = {key: details[key] for key in ('total_tasks', 'attempt', 'reason') if key in details}
    print(f'[{task_name}] {status}: {told}')


workflow = Workflow(name='monitored_pipeline', progress_callback=on_progress)
workflow.add_task('copy', lambda: 20)
workflow.add_task('compress', lambda: None, dependencies=['copy'],
                  condition=lambda results: results['copy'].value > 100)
workflow.run()
print(workflow.get_summary()['skipped'])
