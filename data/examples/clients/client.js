#!/usr/bin/env -S gjs -m
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Submits a workflow, follows it, and shows what came of it; or goes on where it was left: client.js [ID] */

import Myrmex from 'gi://Myrmex';
import { programArgs } from 'system';

const runner = new Myrmex.ServiceRunner();
let run;

if (programArgs.length > 0) {
  run = await runner.openRun(programArgs[0]);
} else {
  const workflow = new Myrmex.Workflow({ name: 'hello' })
    .addTask({ name: 'greet', command: ['echo', 'hello'] })
    .addTask({ name: 'shout', shell: 'echo HELLO', dependencies: ['greet'] });

  run = await runner.start(workflow);
}

print(`run ${run.id}`);
run.connect('progress', (_run, task, status) => print(`${task}: ${status}`));

const results = await run.wait();
const log = run.open_log('shout').read_bytes(4096, null).toArray();

print(`result ${results.shout.value}`);
print(`log ${new TextDecoder().decode(log).trim()}`);
