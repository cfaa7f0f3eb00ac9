#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Programs as tasks: their output is their value, which others take by templates, and functions as it is.
import Myrmex from 'gi://Myrmex';

const parameters = { text: { type: 'string', default: 'to be or not to be' } };
const workflow = new Myrmex.Workflow({ name: 'words', parameters })
  .addShell('words', 'printf %s "$TEXT" | tr " " "\\n"', { env: { TEXT: '${{ parameters.text }}' }, output: 'lines' })
  .addCommand('last', ['printf', '%s!', '${{ tasks.words.value[5] }}'], { dependencies: ['words'] })
  .addTask({
    name: 'count',
    dependencies: ['words'],
    action: ({ results }) => {
      const counts = {};
      for (const word of results.words.value)
        counts[word] = (counts[word] ?? 0) + 1;
      return counts;
    },
  });

const { count, last } = await workflow.run();
print(JSON.stringify(count.value), last.value);

try {
  await new Myrmex.Workflow({ name: 'fails' }).addCommand('fails', ['false']).run();
} catch (error) {
  print(error.message, `(${error.results.fails.reason})`);
}
