#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Two tasks, of which one uses what the other found.
import GLib from 'gi://GLib';
import Myrmex from 'gi://Myrmex';

const workflow = new Myrmex.Workflow({ name: 'my_pipeline', failFast: true });
workflow.addTask({
  name: 'fetch_data',
  action: () => new Promise(resolve => GLib.timeout_add(0, 50, () => resolve([3, 1, 2]) ?? GLib.SOURCE_REMOVE)),
  timeout: 30,
});
workflow.addTask({
  name: 'process',
  action: context => context.results.fetch_data.value.sort(),
  dependencies: ['fetch_data'],
  retryPolicy: { maxAttempts: 3, initialDelay: 1, exponentialBase: 2 },
});

const results = await workflow.run();
print(results.process.value.join(' '));
