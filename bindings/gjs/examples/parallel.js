#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// As many asynchronous tasks at once as there are, and one that waits for all of them.
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Myrmex from 'gi://Myrmex';

Gio._promisify(Gio.File.prototype, 'load_contents_async', 'load_contents_finish');

const files = ['quick-start', 'progress', 'commands'];
const workflow = new Myrmex.Workflow({ name: 'sizes' });

for (const name of files) {
  workflow.addTask({
    name,
    action: async context => {
      const path = GLib.build_filenamev([GLib.path_get_dirname(GLib.filename_from_uri(import.meta.url)[0]), `${name}.txt`]);
      const [contents] = await Gio.File.new_for_path(path).load_contents_async(context.cancellable);
      return new TextDecoder().decode(contents).trimEnd().split('\n').length;
    },
  });
}
workflow.addTask({ name: 'all', dependencies: files, action: ({ results }) => files.map(name => `${name}: ${results[name].value}`) });
print((await workflow.run()).all.value.join('\n'));
