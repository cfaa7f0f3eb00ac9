/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service from GJS: what ServiceRunner, RunInfo and RunList promise there. The bus is that of the environment. */

import Myrmex from 'gi://Myrmex';

import { equal, ok, rejects, run as main, test, until } from '../../bindings/gjs/tests/tap.js';

const runner = new Myrmex.ServiceRunner();

function greet(name = 'greet') {
  return new Myrmex.Workflow({ name, parameters: { who: { type: 'string', default: 'nobody' } } })
    .addTask({ name: 'hello', command: ['echo', 'hello', '${{ parameters.who }}'] });
}

test('start', async () => {
  const told = [];
  const run = await runner.start(greet(), {
    parameters: { who: 'world' },
    name: 'mine',
    progress: (task, status) => told.push(`${task} ${status}`),
  });
  const results = await run.wait();

  equal(results.hello.value, 'hello world');
  equal(told.at(-1), 'workflow completed');
  equal((await runner.listRuns({ name: 'mine' })).map(({ id }) => id), [run.id]);
});

test('functions are refused by name', async () => {
  const workflow = new Myrmex.Workflow({ name: 'w' }).addTask({ name: 'calculate', action: () => 1 });
  const error = await rejects(runner.start(workflow), Myrmex.WorkflowError, /calculate/);

  ok(error.matches(Myrmex.Error, Myrmex.Error.NOT_SUPPORTED));
});

test('what is no option', async () => {
  await rejects(runner.start(greet(), { colour: 'red' }), TypeError, /no option “colour”/);
  await rejects(runner.start('nothing'), Myrmex.WorkflowError, /nothing/);
});

test('open, list and forget', async () => {
  const before = new Date(Date.now() - 1000);
  const run = await runner.start(greet('one'), { paused: true, idempotencyKey: 'once' });
  const again = await runner.start(greet('one'), { paused: true, idempotencyKey: 'once' });
  const same = await runner.openRun(run.id.slice(0, 8));

  equal([again.id, same.id], [run.id, run.id]);
  equal((await runner.listRuns({ active: true, since: before })).map(({ name }) => name), ['one']);
  equal(await runner.listRuns({ status: ['failed', 'cancelled'] }), []);
  await rejects(runner.deleteRun(run.id), Myrmex.WorkflowError, /not ended/);
  same.resume();
  equal((await same.wait()).hello.value, 'hello nobody');
  await run.wait();
  equal((await runner.listRuns({ name: 'one' }))[0].counts.completed, 1);
  await runner.deleteRun(run.id);
  await rejects(runner.openRun(run.id), Myrmex.WorkflowError, /There is no run/);
  ok(await runner.prune() >= 1);
  equal(await runner.prune({ keep: 1, olderThan: 10, status: 'failed' }), 0);
});

test('the list model', async () => {
  const list = new Myrmex.RunList({ runner, filter: { name: 'shown' } });

  equal(list.filter, { name: 'shown' });
  await until(() => !list.loading);
  equal(list.error, null);
  equal(list.get_n_items(), 0);

  const run = await runner.start(greet('shown'), { paused: true });
  await until(() => list.get_n_items() === 1);
  const info = list.get_item(0);
  const told = [];
  info.connect('notify::status', () => told.push(Myrmex.run_status_to_string(info.status)));
  run.resume();
  await until(() => told.includes('completed'));
  equal(info.counts.completed, 1);
  list.filter = { active: true };
  await until(() => !list.loading && list.get_n_items() === 0);
});

test('what failed is retried', async () => {
  const workflow = new Myrmex.Workflow({ name: 'w' })
    .addTask({ name: 'first', command: ['echo', 'x'] })
    .addTask({ name: 'broken', shell: 'exit "${CODE-1}"', dependencies: ['first'] });
  const run = await runner.start(workflow);

  await rejects(run.wait(), Myrmex.WorkflowError, /broken/);
  const again = await runner.retryFailed(run, { env: { CODE: '0' }, priority: 5 });
  const results = await again.wait();
  equal([results.first.keptFrom, results.broken.keptFrom], [run.id, null]);
  equal([results.first.value, again.get_retried_from()], ['x', run.id]);
  await rejects(runner.retryFailed(again), Error, /has completed/);
});

await main();
