#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// A workflow that is written in JSON, and what is wrong with another one.
import Myrmex from 'gi://Myrmex';

const workflow = Myrmex.Workflow.fromJSON(`{
  "myrmex": 1, "name": "greeting",
  "parameters": { "who": { "type": "string", "default": "world" } },
  "tasks": {
    "greet": { "command": ["echo", "hello \${{ parameters.who }}"] },
    "shout": { "shell": "echo \\"$TEXT\\" | tr a-z A-Z", "env": { "TEXT": "\${{ tasks.greet.value }}" }, "dependencies": ["greet"] }
  }
}`);
print((await workflow.run({ parameters: { who: 'you' } })).shout.value);

try {
  Myrmex.Workflow.fromJSON('{ "myrmex": 1, "name": "x",\n  "tasks": { "a": { "noop": {}, "dependencies": ["b"] } } }', 'x.json');
} catch (error) {
  print(error.message);
}
