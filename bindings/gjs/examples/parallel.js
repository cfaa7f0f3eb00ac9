#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// As many asynchronous tasks at once as there are, and one that waits for all of them.
import Gio from 'gi://Gio';
import Myrmex from 'gi://Myrmex';

Gio._promisify(Gio.File.prototype, 'load_contents_async', 'load_contents_finish');

const folder = Gio.File.new_for_uri(import.meta.url).get_parent();
const files = ['quick-start', 'progress', 'commands'];
const workflow = new Myrmex.Workflow({ name: 'sizes' });

for (const name of files) {
  workflow.addTask({
    name,
    action: async context => {
      const [contents] = await folder.get_child(`${name}.txt`).load_contents_async(context.cancellable);
      return new TextDecoder().decode(contents).trimEnd().split('\n').length;
    },
  });
}
workflow.addTask({
  name: 'all',
  dependencies: files,
  action: ({ results }) => files.map(name => `${name}: ${results[name].value}`),
});
print((await workflow.run()).all.value.join('\n'));
