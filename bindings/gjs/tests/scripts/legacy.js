// SPDX-License-Identifier: LGPL-2.1-or-later
// A script as they were before modules, with a main loop of its own.
const { GLib, Myrmex } = imports.gi;

const loop = new GLib.MainLoop(null, false);
const workflow = new Myrmex.Workflow({ name: 'legacy' });

workflow.addTask({ name: 'one', action: () => 1 });
workflow.addTask({ name: 'two', dependencies: ['one'],
  action: context => Promise.resolve(context.results.one.value + 1) });
workflow.run()
  .then(results => print(`two is ${results.two.value}`))
  .catch(logError)
  .finally(() => loop.quit());
loop.run();
print('the loop has ended');
