// SPDX-License-Identifier: LGPL-2.1-or-later
// A run that fails and that nobody awaits is told of all the same.
import GLib from 'gi://GLib';
import Myrmex from 'gi://Myrmex';

const loop = new GLib.MainLoop(null, false);
const workflow = new Myrmex.Workflow({ name: 'alone' }).addTask({
  name: 'bad',
  action: () => {
    throw new RangeError('out of it');
  },
});

workflow.connect('progress', (_workflow, task, status) => {
  if (task === 'workflow' && status === 'failed')
    GLib.idle_add(GLib.PRIORITY_LOW, () => loop.quit() ?? GLib.SOURCE_REMOVE);
});
workflow.run();
loop.run();
