#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Submits a workflow, follows it, and shows what came of it; or goes on where it was left: client.py [ID]"""

import sys

from gi.repository.Myrmex import ServiceRunner, Workflow

runner = ServiceRunner()
if len(sys.argv) > 1:
    run = runner.open_run(sys.argv[1])
else:
    workflow = Workflow('hello')
    workflow.add_command('greet', ['echo', 'hello'])
    workflow.add_shell('shout', 'echo HELLO', dependencies=['greet'])
    run = runner.start(workflow)

print('run', run.id)
run.connect('progress', lambda run, task, status, details: print(f'{task}: {status}'))
results = run.wait()
print('result', results['shout'].value)
print('log', run.open_log('shout').read_bytes(4096, None).get_data().decode(), end='')
