#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// What happens, as it happens: a step that is tried again, and one that is skipped.
import Myrmex from 'gi://Myrmex';

const workflow = new Myrmex.Workflow({ name: 'monitored_pipeline' })
  .addTask({
    name: 'flaky',
    retryPolicy: { maxAttempts: 3, initialDelay: 0.01, retryOn: [RangeError] },
    action: async context => {
      if (context.attempt < 3)
        throw new RangeError(`attempt ${context.attempt} went wrong`);
      return 'fine';
    },
  })
  .addTask({
    name: 'repair',
    dependencies: ['flaky'],
    condition: ({ results }) => results.flaky.value !== 'fine',
    action: () => print('not needed'),
  });

await workflow.run({
  progress: (task, status, { error, reason }) => {
    const why = error ?? reason;
    print(`[${task}] ${status}${why ? `: ${why}` : ''}`);
  },
});
