/* SPDX-License-Identifier: LGPL-2.1-or-later */
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Myrmex from 'gi://Myrmex';
import System from 'system';

import { equal, ok, rejects, run, sleep, test, throws, until } from './tap.js';

const never = () => new Promise(() => {});

function workflowOf(...tasks) {
  const workflow = new Myrmex.Workflow({ name: 'test' });

  for (const task of tasks)
    workflow.addTask(task);
  return workflow;
}

test('progress comes in order, with native details', async () => {
  const events = [];
  const workflow = workflowOf(
    { name: 'first', action: () => 1 },
    {
      name: 'second',
      dependencies: ['first'],
      retryPolicy: { initialDelay: 0.001 },
      action: async context => {
        if (context.attempt === 1)
          throw new RangeError('again');
        context.report(0.5, 'half way');
        await until(() => events.some(event => event[2].message === 'half way'));
      },
    },
    { name: 'third', dependencies: ['second'], condition: () => false, action: () => 1 });

  await workflow.run({ progress: (...event) => events.push(event) });

  equal(events.map(([task, status]) => `${task} ${status}`), ['workflow started', 'first running', 'first completed',
    'second running', 'second retrying', 'second running', 'second running', 'second completed', 'third skipped',
    'workflow completed']);
  equal(events[0][2], { totalTasks: 3 });
  equal([events[4][2].attempt, events[4][2].delay, events[4][2].error], [1, 0.001, 'again']);
  equal(events[6][2], { attempt: 2, fraction: 0.5, message: 'half way' });
  equal([events[7][2].attempt, typeof events[7][2].executionTime], [2, 'number']);
  equal(events[8][2], { reason: 'condition' });
  equal([events[9][2].completed, events[9][2].skipped, events[9][2].totalTasks], [2, 1, 3]);
});

test('a report may say only how much, or what', async () => {
  const seen = [];
  const workflow = workflowOf({
    name: 'task',
    action: async context => {
      context.report(2);
      await until(() => seen.length === 1);
      context.report(-1, 'something');
      await until(() => seen.length === 2);
    },
  });

  await workflow.run({
    progress: (task, status, details) => {
      if ('fraction' in details || 'message' in details)
        seen.push(details);
    },
  });
  equal(seen, [{ attempt: 1, fraction: 1 }, { attempt: 1, message: 'something' }]);
});

test('a progress function that throws does not stop the run, and is not overlooked', async () => {
  let calls = 0;
  const workflow = workflowOf({ name: 'a', action: () => 1 }, { name: 'b', dependencies: ['a'], action: () => 2 });
  const error = await rejects(workflow.run({
    progress: () => {
      calls++;
      throw new RangeError('broken');
    },
  }), Myrmex.WorkflowError, /The progress function failed: broken/);

  equal(calls, 1);
  ok(error.cause instanceof RangeError);
  equal([error.results.b.value, error.run.get_status()], [2, Myrmex.RunStatus.COMPLETED]);
});

test('the signal is there too', async () => {
  const workflow = workflowOf({ name: 'a', action: () => 1 });
  const seen = [];

  workflow.connect('progress', (_workflow, task, status, details) => seen.push([task, status, Myrmex.unpack(details)]));
  await workflow.run();
  equal(seen.map(([task, status]) => `${task} ${status}`),
    ['workflow started', 'a running', 'a completed', 'workflow completed']);
  equal(seen[0][2], { total_tasks: 1 });
});

test('two runs of a workflow at once, and one after', async () => {
  let n = 0;
  let open = 0;
  const workflow = workflowOf(
    {
      name: 'a',
      action: async () => {
        const mine = ++n;

        open++;
        await until(() => open >= 2);
        return mine;
      },
    },
    { name: 'b', dependencies: ['a'], condition: context => context.results.a.value > 0,
      action: context => context.results.a.value * 10 });
  const [one, two] = await Promise.all([workflow.run(), workflow.run()]);

  equal([one.a.value, one.b.value, two.a.value, two.b.value].sort((a, b) => a - b), [1, 2, 10, 20]);
  equal(one.b.value, one.a.value * 10);
  equal((await workflow.run()).b.value, 30);
});

test('a run is cancelled', async () => {
  let heard = null;
  const workflow = workflowOf(
    {
      name: 'long',
      action: context => new Promise(() => {
        context.cancellable.connect(() => {
          heard = true;
        });
        heard = false;
      }),
    },
    { name: 'after', dependencies: ['long'], action: () => 1 },
    { name: 'tidy', dependencies: ['long'], triggerRule: 'all_done', action: async () => 'tidied' });
  const flow = workflow.start();

  await until(() => heard === false);
  equal(flow.get_count(Myrmex.TaskStatus.RUNNING), 1);
  flow.cancel();
  const error = await rejects(flow.wait(), Myrmex.WorkflowError, /was cancelled/);

  ok(heard);
  ok(error.matches(Myrmex.Error, Myrmex.Error.CANCELLED));
  ok(error.run === flow);
  equal(Object.values(error.results).map(({ status, reason }) => [status, reason]),
    [['cancelled', 'run_cancelled'], ['cancelled', 'run_cancelled'], ['completed', null]]);
  equal(error.results.tidy.value, 'tidied');
});

test('by a cancellable too, before and while it runs', async () => {
  for (const early of [true, false]) {
    const cancellable = new Gio.Cancellable();

    if (early)
      cancellable.cancel();
    else
      GLib.idle_add(GLib.PRIORITY_LOW, () => cancellable.cancel() ?? GLib.SOURCE_REMOVE);
    await rejects(workflowOf({ name: 'long', action: never }).run({ cancellable }), Myrmex.WorkflowError,
      /was cancelled/);
  }
});

test('a cancellable is left alone when the run has ended', async () => {
  const cancellable = new Gio.Cancellable();

  await workflowOf({ name: 'a', action: () => 1 }).run({ cancellable });
  cancellable.cancel();
});

test('the time of a workflow', async () => {
  const workflow = workflowOf({ name: 'long', action: never });

  workflow.timeout = 0.02;
  const error = await rejects(workflow.run(), Myrmex.WorkflowError, /ran out of time/);
  ok(error.matches(Myrmex.Error, Myrmex.Error.TIMED_OUT));
  equal(error.results.long.reason, 'run_timed_out');
});

test('pause and resume', async () => {
  const done = [];
  const workflow = workflowOf({ name: 'a', action: () => done.push('a') },
    { name: 'b', dependencies: ['a'], action: () => done.push('b') });
  const flow = workflow.start({ paused: true });

  await sleep(10);
  equal([done, flow.get_status()], [[], Myrmex.RunStatus.PAUSED]);
  flow.resume();
  await flow.wait();
  equal(done, ['a', 'b']);
});

test('one may wait more than once, also after the end', async () => {
  const flow = workflowOf({ name: 'a', action: () => 7 }).start();
  const [one, two] = await Promise.all([flow.wait(), flow.wait()]);

  equal([one.a.value, two.a.value, (await flow.wait()).a.value, flow.results.a.value], [7, 7, 7, 7]);
});

test('waiting may be given up, and the run goes on', async () => {
  const cancellable = new Gio.Cancellable();
  let go = false;
  const flow = workflowOf({ name: 'a', action: () => until(() => go) }).start();
  const waiting = flow.wait(cancellable);

  cancellable.cancel();
  await rejects(waiting, Myrmex.WorkflowError, /./);
  go = true;
  await flow.wait();
});

test('results of a run that goes on', async () => {
  let go = false;
  const flow = workflowOf({ name: 'a', action: () => until(() => go) }).start();

  await until(() => flow.get_count(Myrmex.TaskStatus.RUNNING) === 1);
  const { a } = Object.fromEntries([['a', flow.dup_result('a')]]);
  equal(a.get_status(), Myrmex.TaskStatus.RUNNING);
  go = true;
  await flow.wait();
  equal(flow.results.a.status, 'completed');
});

test('an action that cancels its own run', async () => {
  const state = {};
  const workflow = workflowOf({
    name: 'a',
    action: async () => {
      state.flow.cancel();
      state.flow.cancel();
      await sleep(1);
      return 1;
    },
  });

  state.flow = workflow.start();
  await rejects(state.flow.wait(), Myrmex.WorkflowError, /was cancelled/);
});

test('an action that adds a task to its workflow', async () => {
  const workflow = new Myrmex.Workflow({ name: 'growing' });

  workflow.addTask({ name: 'a', action: () => workflow.addTask({ name: 'b', action: () => 1 }) });
  const error = await rejects(workflow.run(), Myrmex.WorkflowError, /“b” was added while the workflow ran/);

  equal(error.results.a.error.name, 'WorkflowError');
  equal(workflow.get_n_tasks(), 1);
});

test('an action that starts a workflow of its own', async () => {
  const workflow = workflowOf({
    name: 'outer',
    action: async () => (await workflowOf({ name: 'inner', action: async () => 'inside' }).run()).inner.value,
  });

  equal((await workflow.run()).outer.value, 'inside');
});

test('a progress function that cancels', async () => {
  const workflow = workflowOf({ name: 'a', action: async () => sleep(1) },
    { name: 'b', dependencies: ['a'], action: never });
  let flow = null;

  flow = workflow.start({
    progress: (task, status) => {
      if (task === 'b' && status === 'running')
        flow.cancel();
    },
  });
  await rejects(flow.wait(), Myrmex.WorkflowError, /was cancelled/);
});

/* A workflow for each place that calls a function: its task “b” does. */
function places(func) {
  const later = async () => {
    await sleep(1);
    return func();
  };

  return Object.entries({
    action: { action: func },
    promise: { action: later },
    condition: { action: () => 5, condition: () => func() !== 7 },
    transform: { action: () => 5, transform: func },
    'transform of a command': { command: ['true'], action: undefined, transform: func },
  }).map(([place, task]) => [place, workflowOf({ name: 'a', action: () => 1 },
    { name: 'b', dependencies: ['a'], ...task },
    { name: 'c', dependencies: ['b'], action: () => 3 })]);
}

test('whatever is called may cancel the run', async () => {
  let flow = null;

  for (const [place, workflow] of places(() => flow.cancel())) {
    flow = workflow.start();
    const { results } = await rejects(flow.wait(), Myrmex.WorkflowError, /was cancelled/);

    equal([place, results.b.status, results.c.status], [place, 'cancelled', 'cancelled']);
  }
});

test('but not change the workflow', async () => {
  let current = null;

  for (const [place, workflow] of places(() => current.addTask({ name: 'd', action: () => 4 }))) {
    current = workflow;
    const { results } = await rejects(workflow.run(), Myrmex.WorkflowError, /“d” was added while the workflow ran/);

    equal([place, results.b.status, Object.keys(results).length], [place, 'failed', 3]);
  }
});

test('and let go of it', async () => {
  const held = [];
  const letGo = () => {
    held.length = 0;
    System.gc();
    return 5;
  };

  for (const [place, workflow] of places(letGo)) {
    let ended = null;

    held.push(workflow);
    workflow.start({
      progress: (task, status) => {
        if (task === 'workflow' && status !== 'started')
          ended = status;
      },
    });
    await until(() => ended !== null);
    equal([place, ended], [place, 'completed']);
  }
});

test('and throw what is no error, or return what is no value', async () => {
  const bad = { symbol: () => Symbol('x'), func: () => () => 1, object: () => new Date(), big: () => 2n ** 70n };

  for (const [name, func] of Object.entries(bad)) {
    for (const [place, workflow] of places(func).filter(([where]) => where !== 'condition')) {
      const { results } = await rejects(workflow.run(), Myrmex.WorkflowError, /./);

      equal([name, place, results.b.status, results.b.value], [name, place, 'failed', null]);
    }
  }
  for (const thrown of [undefined, null, 'text', 3, {}, Symbol('x')]) {
    for (const [place, workflow] of places(() => {
      throw thrown;
    })) {
      const { results } = await rejects(workflow.run(), Myrmex.WorkflowError, /./);

      equal([place, results.b.status], [place, 'failed']);
    }
  }
});

test('the failures that a run names', async () => {
  const workflow = new Myrmex.Workflow({ name: 'many', failFast: false });

  for (let i = 0; i < 7; i++) {
    workflow.addTask({
      name: `t${i}`,
      action: () => {
        throw new Error(`failure ${i}`);
      },
    });
  }
  const error = await rejects(workflow.run(), Myrmex.WorkflowError, /“t0”: failure 0; .*and 2 more/);
  ok(error.matches(Myrmex.Error, Myrmex.Error.TASK_FAILED));
});

test('logs are kept where one says', async () => {
  const folder = GLib.dir_make_tmp('myrmex-XXXXXX');
  const workflow = workflowOf(
    {
      name: 'talks',
      action: async context => {
        context.log('one\n');
        await sleep(1);
        context.log('two\n');
      },
    },
    { name: 'prints', command: ['echo', 'printed'] });
  const flow = workflow.start({ logDirectory: folder });

  await flow.wait();
  const texts = ['talks',
    'prints'].map(name => new TextDecoder().decode(GLib.file_get_contents(flow.dup_log_path(name))[1]));
  equal(texts, ['one\ntwo\n', 'printed\n']);
  for (const name of ['talks', 'prints'])
    GLib.unlink(flow.dup_log_path(name));
  GLib.rmdir(folder);
});

test('native options are taken too', async () => {
  const workflow = workflowOf({ name: 'a', action: context => context.parameters.n });

  workflow.parameters = { n: { type: 'integer' } };
  equal((await workflow.start(Myrmex.pack({ parameters: { n: 3 } })).wait()).a.value, 3);
  await rejects((async () => workflow.start(Myrmex.pack({ nope: 1 })))(), Myrmex.WorkflowError, /nope/);
  await rejects((async () => workflow.start(null))(), Myrmex.WorkflowError, /n/);
});

test('a run is a list of its tasks', async () => {
  const flow = workflowOf({ name: 'a', action: () => 1 }, { name: 'b', action: () => 2 }).start();
  const names = [];
  const notified = [];

  ok(flow instanceof Gio.ListModel);
  for (let i = 0; i < flow.get_n_items(); i++)
    names.push(flow.get_item(i).name);
  const item = flow.get_item(0);
  item.connect('notify::status', () => notified.push(item.status));
  await flow.wait();
  equal(names, ['a', 'b']);
  equal(notified.at(-1), Myrmex.TaskStatus.COMPLETED);
  equal(flow.fraction, 1);
});

test('what failed is retried, and what has completed is kept', async () => {
  const runner = new Myrmex.LocalRunner();
  const ran = [];
  let isWell = false;
  const workflow = workflowOf(
    { name: 'first', action: () => (ran.push('first'), { of: 'the first' }) },
    {
      name: 'broken',
      dependencies: ['first'],
      action: () => {
        ran.push('broken');
        if (!isWell)
          throw new Error('not well');
      },
    },
    {
      name: 'last',
      dependencies: ['first', 'broken'],
      action: context => context.results.first.value.of,
    });
  const events = [];
  const earlier = runner.start(workflow);

  await rejects(earlier.wait(), Myrmex.WorkflowError, /not well/);
  isWell = true;
  const again = runner.retryFailed(earlier, { progress: (...event) => events.push(event) });
  const results = await again.wait();
  equal(ran, ['first', 'broken', 'broken']);
  equal(results.last.value, 'the first');
  equal([results.first.keptFrom, results.last.keptFrom], [earlier.get_id(), null]);
  equal(results.first.started, earlier.results.first.started);
  equal(events[0], ['workflow', 'started', { totalTasks: 3, retriedFrom: earlier.get_id(), kept: 1 }]);
  ok(again.explain('first').includes(`kept from run ${earlier.get_id()}`));
  equal(again.summary.retriedFrom, earlier.get_id());
  throws(() => runner.retryFailed(again), Error, /has completed/);
  throws(() => runner.retryFailed(earlier, { pausd: true }), Error, /pausd/);
});

test('three thousand asynchronous tasks, one after and beside another', async () => {
  const workflow = new Myrmex.Workflow({ name: 'many' });

  for (let i = 0; i < 3000; i++) {
    workflow.addTask({
      name: `t${i}`,
      dependencies: i < 30 ? [] : [`t${i - 30}`],
      action: async context => (await null, i < 30 ? 1 : context.results[`t${i - 30}`].value + 1),
    });
  }
  equal((await workflow.run()).t2999.value, 100);
});

await run();
