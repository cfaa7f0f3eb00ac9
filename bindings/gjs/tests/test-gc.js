/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a script lets go of while a run goes on. Garbage is collected all the time here. */

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Myrmex from 'gi://Myrmex';
import System from 'system';

import { equal, ok, rejects, run, sleep, test, until } from './tap.js';

/* Half of the time, however long it takes. */
function collect() {
  const begin = GLib.get_monotonic_time();

  System.gc();
  GLib.timeout_add(GLib.PRIORITY_HIGH, Math.ceil((GLib.get_monotonic_time() - begin) / 1000), () => {
    collect();
    return GLib.SOURCE_REMOVE;
  });
}
collect();

/* Starts a run of which nothing is held here. */
function startAlone(done) {
  const workflow = new Myrmex.Workflow({ name: 'alone', failFast: false });

  workflow.addTask({
    name: 'async',
    action: async () => {
      await sleep(20);
      return 'later';
    },
  });
  workflow.addTask({
    name: 'second',
    dependencies: ['async'],
    condition: context => context.results.async.value === 'later',
    transform: value => `${value}!`,
    action: context => context.results.async.value,
  });
  workflow.addTask({
    name: 'command',
    command: ['echo', 'x'],
    dependencies: ['second'],
    transform: value => value + value,
    action: undefined,
  });
  workflow.addTask({ name: 'last', dependencies: ['command'], action: context => done(context.results.command.value) });
  workflow.start({ progress: () => done.progress++ });
}

test('a run of which nothing is held goes on to its end', async () => {
  const seen = [];
  const done = value => seen.push(value);
  done.progress = 0;

  for (let i = 0; i < 5; i++)
    startAlone(done);
  await until(() => seen.length === 5);
  equal(seen, Array(5).fill('xx'));
  await until(() => done.progress === 5 * 10);
});

test('functions stay as long as the workflow does', async () => {
  const workflow = new Myrmex.Workflow({ name: 'stays' });

  (() => {
    const big = { value: 5 };

    workflow.addTask({ name: 'a', action: () => big.value, condition: () => big.value === 5,
      transform: value => value + big.value });
  })();
  for (let i = 0; i < 5; i++) {
    await sleep(5);
    equal((await workflow.run()).a.value, 10);
  }
});

/* How often this process has @file open: in JavaScript nothing tells that an object is gone, but its stream is
 * closed. */
function countOpen(file) {
  const folder = Gio.File.new_for_path('/proc/self/fd')
    .enumerate_children('standard::symlink-target', Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS, null);
  let info;
  let n = 0;

  while ((info = folder.next_file(null)) !== null)
    n += info.get_symlink_target() === file.get_path();
  folder.close(null);
  return n;
}

test('a workflow whose functions hold it goes when it is let go of', async () => {
  const [file, output] = Gio.File.new_tmp('myrmex-XXXXXX');
  const make = () => {
    const workflow = new Myrmex.Workflow({ name: 'cycle', timeout: 3600 });
    const stream = file.read(null);
    const hold = () => [workflow, stream] !== null;

    workflow.addTask({ name: 'a', action: hold, condition: hold, transform: hold });
    workflow.addTask({ name: 'b', command: ['true'], condition: hold, transform: hold });
    return workflow;
  };

  output.close(null);
  for (let i = 0; i < 10; i++)
    make();
  await Promise.all(Array.from({ length: 10 }, () => make().run()));
  await until(() => countOpen(file) === 0);
  file.delete(null);
});

test('a promise that nobody can settle any more fails its task', async () => {
  const workflow = new Myrmex.Workflow({ name: 'lost' }).addTask({ name: 'a', action: () => new Promise(() => {}) });
  const { results } = await rejects(workflow.run(), Myrmex.WorkflowError, /without an answer/);

  equal(results.a.error.name, 'no-answer');
});

test('while garbage is collected nothing is called', async () => {
  let stopped = false;
  const hold = [];
  const workflow = new Myrmex.Workflow({ name: 'lost' })
    .addTask({
      name: 'other',
      action: context => new Promise(resolve => {
        hold.push(resolve);
        context.cancellable.connect(() => {
          stopped = true;
        });
      }),
    })
    .addTask({ name: 'tidy', triggerRule: 'one_failed', dependencies: ['lost'], condition: () => true,
      action: () => 'tidied' })
    .addTask({
      name: 'lost',
      action: async () => {
        await until(() => hold.length > 0);
        await new Promise(() => {});
      },
    });
  const { results } = await rejects(workflow.run({ progress: () => {} }), Myrmex.WorkflowError, /without an answer/);

  ok(stopped);
  equal(results.tidy.value, 'tidied');
});

/* A promise that is held, but not settled, until its attempt is stopped. */
function openUntilStopped(context) {
  const hold = [];

  /* Neither function may know the context: it would be held by its own cancellable. */
  context.cancellable.connect(() => hold.pop());
  const isLate = context.cancelled;

  return new Promise(resolve => {
    if (!isLate)
      hold.push(resolve);
  });
}

test('what was given up is tried again when its promise is lost', async () => {
  const workflow = new Myrmex.Workflow({ name: 'again' }).addTask({
    name: 'a',
    timeout: 0.01,
    /* An attempt may be over before garbage was collected, and its function called. */
    retryPolicy: { maxAttempts: 1000, initialDelay: 0 },
    action: context => context.attempt < 3 ? openUntilStopped(context) : 'third',
  });

  equal((await workflow.run()).a.value, 'third');
});

test('a context may be kept, and used after its attempt', async () => {
  const kept = [];
  const workflow = new Myrmex.Workflow({ name: 'kept' }).addTask({
    name: 'a',
    condition: context => kept.push(context),
    action: async context => {
      kept.push(context);
      await sleep(5);
      return 1;
    },
  });

  await workflow.run();
  await sleep(20);
  equal(kept.map(context => [context.taskName, context.attempt]), [['a', 0], ['a', 1]]);
  kept[1].report(0.5);
  kept[1].return_value(null);
});

test('results and runs may be kept', async () => {
  const kept = [];

  for (let i = 0; i < 10; i++)
    kept.push(await new Myrmex.Workflow({ name: 'kept' }).addTask({ name: 'a', action: () => ({ i }) }).run());
  await sleep(20);
  equal(kept.map(results => results.a.value.i), [...kept.keys()]);
});

const Slow = GObject.registerClass(class Slow extends Myrmex.Action {
  async vfunc_start(context) {
    await sleep(15);
    return context.input['example.slow'];
  }
});

test('an action of the script stays too', async () => {
  Myrmex.Action.register('example.slow', Slow, null, null);
  const workflow = Myrmex.Workflow.fromJSON('{"myrmex": 1, "name": "s", "tasks": {"a": {"example.slow": 3}}}');

  await sleep(10);
  equal((await workflow.run()).a.value, 3);
});

await run();
