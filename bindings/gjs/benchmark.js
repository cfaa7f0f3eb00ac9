#!/usr/bin/env -S gjs -m
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a JavaScript task costs, all in: adding it, running it, reading its result. Usage: benchmark.js [TASKS]
 *
 * Beside it the same number of promises of asynchronous functions, which know nothing of dependencies, results by
 * name, retries or status. Prints rows of the table that tests/benchmark/table.py puts together; the best of three
 * rounds, in which both have their turn. Not more of them by default: see README.md on GJS before 1.82. */

import GLib from 'gi://GLib';
import Myrmex from 'gi://Myrmex';
import System from 'system';

const nextTurn = () => new Promise(resolve => GLib.idle_add(GLib.PRIORITY_DEFAULT, () => {
  resolve();
  return GLib.SOURCE_REMOVE;
}));

async function runWorkflow(count, action, dependencies) {
  const workflow = new Myrmex.Workflow({ name: 'benchmark' });

  for (let i = 0; i < count; i++)
    workflow.addTask({ name: `t${i}`, action, dependencies: dependencies(i) });
  return Object.keys(await workflow.run()).length;
}

const wide = action => count => runWorkflow(count, action, () => []);
const chain = action => count => runWorkflow(count, action, i => i > 0 ? [`t${i - 1}`] : []);

async function allPromises(count) {
  const promises = [];

  for (let i = 0; i < count; i++)
    promises.push(nextTurn());
  return (await Promise.all(promises)).length;
}

async function promiseChain(count) {
  let i = 0;

  for (; i < count; i++)
    await nextTurn();
  return i;
}

/* Microseconds a task. */
async function measure(run, count) {
  const begin = GLib.get_monotonic_time();

  if (await run(count) !== count)
    throw new Error('not all has run');
  return (GLib.get_monotonic_time() - begin) / count;
}

const cases = [
  ['GJS functions, wide', wide(() => null), 'idle and Promise.all', allPromises],
  ['- asynchronous, wide', wide(async () => null), 'idle and Promise.all', allPromises],
  ['- chain', chain(() => null), 'idle and await', promiseChain],
];
const count = Number(System.programArgs[0] ?? 2000);

for (const [what, run, peer, peerRun] of cases) {
  let ours = Infinity;
  let theirs = Infinity;

  await measure(run, Math.min(count, 100));
  for (let round = 0; round < 3; round++) {
    ours = Math.min(ours, await measure(run, count));
    theirs = Math.min(theirs, await measure(peerRun, count));
  }
  print(`| ${what} | ${ours.toFixed(1)} µs a task | ${peer} ${theirs.toFixed(1)} µs a task | ` +
    `${(ours / theirs).toFixed(2)} | | |`);
}
