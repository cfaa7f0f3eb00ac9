#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// A type of action of one's own, which definitions can use by its name.
import GObject from 'gi://GObject';
import Myrmex from 'gi://Myrmex';

const Repeat = GObject.registerClass(class Repeat extends Myrmex.Action {
  vfunc_prepare() {
    if (!(this.spec.times > 0))
      throw new Error('“times” must be a number above 0');
  }

  async vfunc_start(context) {
    return Array(context.input.times).fill(context.input['example.repeat']).join(' ');
  }
});
Myrmex.Action.register('example.repeat', Repeat, ['times'], 'Says something several times');

const workflow = Myrmex.Workflow.fromJSON(`{
  "myrmex": 1, "name": "echo", "tasks": {
    "word": { "command": ["echo", "ant"] },
    "many": { "example.repeat": "\${{ tasks.word.value }}", "times": 3, "dependencies": ["word"] } }
}`);
print((await workflow.run()).many.value);
