# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commands and functions in one workflow, parameters, and clean-up that always runs."""

from gi.repository.Myrmex import Workflow

workflow = Workflow('words', parameters={'text': {'type': 'string', 'default': 'the ant and the anthill'}})
workflow.add_command('split', ['printf', '%s', '${{ parameters.text }}'],
                     transform=lambda text: text.split())
workflow.add_shell('count', 'printf "%s\\n" $WORDS | sort | uniq -c | sort -rn | head -n 1',
                   dependencies=['split'], env={'WORDS': "${{ join(tasks.split.value, ' ') }}"})
workflow.add_task('tidy', lambda context: print('count', context.results['count'].status),
                  dependencies=['count'], trigger_rule='all_done')
print(workflow.run()['count'].value.split())
print(workflow.run({'text': 'one one one'})['count'].value.split())
