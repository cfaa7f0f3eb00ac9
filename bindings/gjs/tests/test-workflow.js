/* SPDX-License-Identifier: LGPL-2.1-or-later */
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Myrmex from 'gi://Myrmex';

import { equal, match, ok, rejects, run, test, throws } from './tap.js';

const nothing = () => null;

function workflowOf(...tasks) {
  const workflow = new Myrmex.Workflow({ name: 'test' });

  for (const task of tasks)
    workflow.addTask({ action: nothing, ...task });
  return workflow;
}

async function statuses(workflow) {
  let results;

  try {
    results = await workflow.run();
  } catch (error) {
    ({ results } = error);
  }
  return Object.fromEntries(Object.entries(results).map(([name, { status, reason }]) => [name,
    reason === null ? status : `${status}, ${reason}`]));
}

test('a workflow is made of an object', () => {
  const workflow = new Myrmex.Workflow({
    name: 'made', failFast: false, timeout: 5, maxParallel: 3, description: 'Made', directory: '/tmp',
    env: { A: 'b' }, parameters: { n: { type: 'integer', default: 4 } },
  });

  equal([workflow.name, workflow.failFast, workflow.timeout, workflow.maxParallel, workflow.description,
    workflow.directory],
    ['made', false, 5, 3, 'Made', '/tmp']);
  equal(workflow.env, { A: 'b' });
  equal(workflow.parameters, { n: { type: 'integer', default: 4 } });
  workflow.env = { C: 'd' };
  equal(workflow.env, { C: 'd' });
  workflow.env = null;
  equal(workflow.env, null);
  equal(new Myrmex.Workflow({ name: 'plain' }).failFast, true);
});

test('addTask() gives the workflow, and the task has it all', () => {
  const workflow = workflowOf({ name: 'first' }, {
    name: 'second', description: 'Second', dependencies: ['first'],
    condition: 'tasks.first.success', triggerRule: 'all_done',
    timeout: 2.5, retryPolicy: { maxAttempts: 7 }, priority: -3, tags: ['slow', 'big'], metadata: { owner: { id: 5 } },
    transform: 'value',
  });
  const task = workflow.get_task('second');

  equal([task.get_name(), task.get_description(), task.get_condition(), task.get_timeout(), task.get_priority(),
    task.get_transform()], ['second', 'Second', 'tasks.first.success', 2.5, -3, 'value']);
  equal(task.dup_dependencies(), ['first']);
  equal(task.get_trigger_rule(), Myrmex.TriggerRule.ALL_DONE);
  equal(task.get_retry_policy().maxAttempts, 7);
  equal(task.get_tags(), ['slow', 'big']);
  equal(Myrmex.unpack(task.get_metadata()), { owner: { id: 5 } });
});

const BAD_TASKS = [
  ['no object', 'fetch', TypeError, /takes an object/],
  ['no name', { action: nothing }, TypeError, /name of a task must be a string, not undefined/],
  ['an empty name', { name: '', action: nothing }, Myrmex.WorkflowError, /./],
  ['a name that is none', { name: 'a b', action: nothing }, Myrmex.WorkflowError, /“a b” can not be the name/],
  ['a name that is taken', { name: 'taken', action: nothing }, Myrmex.WorkflowError, /two tasks with the name “taken”/],
  ['no action', { name: 'x' }, TypeError,
    /task “x”: action must be a function, a Myrmex.Action or null, not undefined/],
  ['two actions', { name: 'x', action: nothing, command: ['ls'] }, TypeError,
    /one action, and there are action and command/],
  ['two types of action', { name: 'x', command: ['ls'], shell: 'ls' }, TypeError, /command and shell/],
  ['an action that does not exist', { name: 'x', kommand: ['ls'] }, TypeError, /no key “kommand”.* command/],
  ['a key that does not exist', { name: 'x', action: nothing, depends: [] }, TypeError, /no key “depends”/],
  ['a key that the action does not have', { name: 'x', command: ['ls'], outputs: 'text' }, Myrmex.WorkflowError,
    /“outputs” is no key of actions of type “command”; did you mean “output”/],
  ['a bad command', { name: 'x', command: 'ls' }, Myrmex.WorkflowError, /“command” must be a list/],
  ['dependencies as a string', { name: 'x', action: nothing, dependencies: 'taken' }, TypeError,
    /task “x”: dependencies must be an array of strings, such as \["fetch"\], not string/],
  ['a dependency that is no string', { name: 'x', action: nothing, dependencies: [1] }, TypeError,
    /dependencies must be/],
  ['a condition that is none', { name: 'x', action: nothing, condition: true }, TypeError, /condition must be/],
  ['a transform that is none', { name: 'x', action: nothing, transform: 5 }, TypeError, /transform must be/],
  ['a rule that is none', { name: 'x', action: nothing, triggerRule: 'always' }, TypeError, /all_done.* not “always”/],
  ['a rule beyond the last', { name: 'x', action: nothing, triggerRule: 99 }, TypeError, /triggerRule/],
  ['a timeout below 0', { name: 'x', action: nothing, timeout: -1 }, RangeError, /timeout must be from 0/],
  ['a timeout that is no number', { name: 'x', action: nothing, timeout: NaN }, TypeError, /timeout must be a number/],
  ['a timeout as text', { name: 'x', action: nothing, timeout: '5' }, TypeError,
    /timeout must be a number, not string/],
  ['no end of time', { name: 'x', action: nothing, timeout: Infinity }, RangeError, /timeout/],
  ['a priority beyond', { name: 'x', action: nothing, priority: 2 ** 40 }, RangeError, /priority/],
  ['half a priority', { name: 'x', action: nothing, priority: 0.5 }, TypeError, /priority/],
  ['tags as a string', { name: 'x', action: nothing, tags: 'slow' }, TypeError, /tags must be an array/],
  ['metadata that is no object', { name: 'x', action: nothing, metadata: [1] }, TypeError,
    /metadata must be a plain object/],
  ['metadata that no value holds', { name: 'x', action: nothing, metadata: { f: nothing } }, TypeError,
    /metadata\.f is a function/],
  ['args that are no array', { name: 'x', action: nothing, args: 'abc' }, TypeError, /args must be an array/],
  ['no attempts', { name: 'x', action: nothing, retryPolicy: { maxAttempts: 0 } }, Myrmex.WorkflowError, /./],
  ['attempts below 0', { name: 'x', action: nothing, retryPolicy: { maxAttempts: -5 } }, Myrmex.WorkflowError, /./],
  ['attempts beyond', { name: 'x', action: nothing, retryPolicy: { maxAttempts: 1e12 } }, Myrmex.WorkflowError, /./],
  ['half an attempt', { name: 'x', action: nothing, retryPolicy: { maxAttempts: 1.5 } }, TypeError, /whole number/],
  ['a delay below 0', { name: 'x', action: nothing, retryPolicy: { initialDelay: -1 } }, Myrmex.WorkflowError, /./],
  ['a delay that is no number', { name: 'x', action: nothing, retryPolicy: { initialDelay: NaN } }, TypeError,
    /initialDelay/],
  ['a jitter beyond 1', { name: 'x', action: nothing, retryPolicy: { jitter: 2 } }, Myrmex.WorkflowError, /./],
  ['a policy with a key that is none', { name: 'x', action: nothing, retryPolicy: { attempts: 2 } }, TypeError,
    /no option “attempts”; there are maxAttempts/],
  ['a policy that is none', { name: 'x', action: nothing, retryPolicy: 5 }, TypeError, /must be an object/],
  ['retryOn as a string', { name: 'x', action: nothing, retryPolicy: { retryOn: 'timeout' } }, TypeError,
    /retryOn must be an array/],
  ['retryOn of other classes', { name: 'x', action: nothing, retryPolicy: { retryOn: [Date] } }, TypeError,
    /classes of errors/],
];

for (const [name, task, type, pattern] of BAD_TASKS) {
  test(`${name}: refused at once, and nothing is added`, () => {
    const workflow = workflowOf({ name: 'taken' });

    throws(() => workflow.addTask(task), type, pattern);
    equal(workflow.get_n_tasks(), 1);
    ok(workflow.validate() === workflow);
  });
}

test('options of a run that there are not', async () => {
  const workflow = workflowOf({ name: 'x' });

  await rejects(workflow.run({ params: {} }), TypeError, /no option “params”; there are parameters/);
  await rejects(workflow.run({ parameters: { n: 1 } }), Myrmex.WorkflowError, /n/);
  await rejects(workflow.run({ parameters: [1] }), TypeError, /parameters must be a plain object, not array/);
  await rejects(workflow.run({ env: { A: 1 } }), Myrmex.WorkflowError, /A/);
  await rejects(workflow.run({ paused: 'yes' }), Myrmex.WorkflowError, /paused/);
  await rejects(workflow.run({ progress: 5 }), TypeError, /progress must be a function/);
  await rejects(workflow.run({ directory: 5 }), Myrmex.WorkflowError, /directory/);
  await rejects(workflow.run({ cancellable: 5 }), TypeError, /cancellable/);
  throws(() => workflow.start({ params: {} }), TypeError, /params/);
});

test('parameters', async () => {
  const workflow = new Myrmex.Workflow({
    name: 'parameters',
    parameters: { n: { type: 'integer', default: 4 }, who: { type: 'string' } },
  }).addTask({ name: 'x', action: context => [context.parameters.n, context.parameters.who] });

  equal((await workflow.run({ parameters: { who: 'me' } })).x.value, [4, 'me']);
  equal((await workflow.run({ parameters: { who: 'you', n: 5 } })).x.value, [5, 'you']);
  await rejects(workflow.run(), Myrmex.WorkflowError, /who/);
  await rejects(workflow.run({ parameters: { who: 'me', n: 'many' } }), Myrmex.WorkflowError, /n/);
});

test('every type of parameter', async () => {
  const types = { string: 'text', number: 5, integer: 5, boolean: true, array: [1, 'x', null],
    object: { a: { b: 1 } } };
  const parameters = Object.fromEntries(Object.keys(types).map(type => [type, { type }]));
  const workflow = new Myrmex.Workflow({ name: 'types', parameters })
    .addTask({ name: 'x', action: context => context.parameters })
    .addCommand('y', ['echo', '${{ parameters.number }} ${{ parameters.array[1] }}']);
  const results = await workflow.run({ parameters: types });

  equal(results.x.value, types);
  equal(results.y.value, '5 x');
  equal((await workflow.run({ parameters: { ...types, number: 0.5 } })).x.value.number, 0.5);
  await rejects(workflow.run({ parameters: { ...types, integer: 0.5 } }), Myrmex.WorkflowError, /integer/);
});

test('a cycle is an error that names it all', async () => {
  const workflow = workflowOf({ name: 'a', dependencies: ['c'] }, { name: 'b', dependencies: ['a'] },
    { name: 'c', dependencies: ['b'] });

  for (const error of [await rejects(workflow.run(), Myrmex.WorkflowError, /a → c → b → a/),
    throws(() => workflow.validate(), Myrmex.WorkflowError, /a → c → b → a/)]) {
    ok(error.matches(Myrmex.Error, Myrmex.Error.CYCLE));
    equal([error.code, error.run, error.results], [Myrmex.Error.CYCLE, null, null]);
    ok(error.cause instanceof GLib.Error);
  }
});

test('an unknown dependency is an error, with the nearest name', async () => {
  const error = await rejects(workflowOf({ name: 'fetch' }, { name: 'b', dependencies: ['fetsh'] }).run(),
    Myrmex.WorkflowError, /fetsh.*fetch/);

  ok(error.matches(Myrmex.Error, Myrmex.Error.UNKNOWN_DEPENDENCY));
});

test('a condition that does not parse, or looks elsewhere', async () => {
  await rejects(workflowOf({ name: 'a', condition: 'tasks..' }).run(), Myrmex.WorkflowError, /a/);
  await rejects(workflowOf({ name: 'a' }, { name: 'b', condition: 'tasks.a.success' }).run(),
    Myrmex.WorkflowError, /a/);
});

test('a condition may be a function', async () => {
  const workflow = workflowOf({ name: 'a', action: () => 5 },
    { name: 'yes', dependencies: ['a'], condition: ({ results }) => results.a.value === 5 },
    { name: 'no', dependencies: ['a'], condition: ({ results }) => results.a.value > 5 },
    { name: 'truthy', dependencies: ['a'], condition: ({ results }) => results.a.value },
    { name: 'falsy', dependencies: ['a'], condition: () => undefined },
    { name: 'after-no', dependencies: ['no'] },
    { name: 'command', command: ['true'], action: undefined, dependencies: ['a'],
      condition: ({ taskName }) => taskName !== 'command' });

  equal(await statuses(workflow), {
    a: 'completed', yes: 'completed', no: 'skipped, condition', truthy: 'completed', falsy: 'skipped, condition',
    'after-no': 'skipped, upstream_skipped', command: 'skipped, condition',
  });
});

test('a condition that throws fails its task', async () => {
  for (const [condition, pattern] of [
    [() => {
      throw new RangeError('can not tell');
    }, /can not tell/],
    [context => context.results.nobody.value, /nobody/],
    [async () => true, /a condition must answer at once/],
    [async () => {
      throw new Error('lost?');
    }, /a condition must answer at once/],
  ]) {
    const { results } = await rejects(workflowOf({ name: 'a', condition }).run(), Myrmex.WorkflowError, pattern);

    equal([results.a.status, results.a.reason], ['failed', 'error']);
  }
});

test('a condition is asked again in each run', async () => {
  let answer = true;
  const workflow = workflowOf({ name: 'a', condition: () => answer });

  equal(await statuses(workflow), { a: 'completed' });
  answer = false;
  equal(await statuses(workflow), { a: 'skipped, condition' });
});

test('trigger rules', async () => {
  const workflow = new Myrmex.Workflow({ name: 'rules', failFast: false })
    .addTask({ name: 'good', action: nothing })
    .addTask({ name: 'bad', command: ['false'] });
  const both = ['good', 'bad'];

  for (const rule of ['all_success', 'all_done', 'all_failed', 'one_success', 'one_failed', 'none_failed'])
    workflow.addTask({ name: rule, dependencies: both, triggerRule: rule, action: nothing });
  workflow.addTask({ name: 'by-number', dependencies: both, triggerRule: Myrmex.TriggerRule.ALL_DONE,
    action: nothing });

  const seen = await statuses(workflow);
  equal(Object.entries(seen).filter(([, status]) => status === 'completed').map(([name]) => name),
    ['good', 'all_done', 'one_success', 'one_failed', 'by-number']);
});

test('chain, parallel and fan-out', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const workflow = () => workflowOf(...names.map(name => ({ name })));
  const dependencies = flow => Object.fromEntries(names.map(name => [name, flow.get_task(name).dup_dependencies()]));

  equal(dependencies(workflow().chain(names)), { a: [], b: ['a'], c: ['b'], d: ['c'], e: ['d'] });
  equal(dependencies(workflow().parallel(['b', 'c'], 'a')), { a: [], b: ['a'], c: ['a'], d: [], e: [] });
  equal(dependencies(workflow().parallel(['b', 'c'])), { a: [], b: [], c: [], d: [], e: [] });
  equal(dependencies(workflow().fanOutFanIn('a', ['b', 'c', 'd'], 'e')),
    { a: [], b: ['a'], c: ['a'], d: ['a'], e: ['b', 'c', 'd'] });
  await rejects(workflow().chain(['a', 'nobody']).run(), Myrmex.WorkflowError, /no task “nobody”/);
});

test('a chain of a thousand, added in reverse', async () => {
  const workflow = new Myrmex.Workflow({ name: 'chain' });

  for (let i = 999; i > 0; i--)
    workflow.addTask({ name: `t${i}`, dependencies: [`t${i - 1}`],
      action: context => context.results[`t${i - 1}`].value + 1 });
  workflow.addTask({ name: 't0', action: () => 0 });
  equal((await workflow.run()).t999.value, 999);
});

const DEFINITION = `{
  // A comment.
  "myrmex": 1, "name": "defined", "parameters": { "who": { "type": "string", "default": "world" } },
  "tasks": {
    "greet": { "command": ["echo", "hello \${{ parameters.who }}"] },
    "count": { "shell": "printf 3", "dependencies": ["greet"], "output": "json" }
  }
}`;

test('a definition', async () => {
  const workflow = Myrmex.Workflow.fromJSON(DEFINITION);
  const results = await workflow.run({ parameters: { who: 'you' } });

  ok(workflow instanceof Myrmex.Workflow);
  equal([results.greet.value, results.count.value], ['hello you', 3]);
  equal(JSON.parse(JSON.stringify(workflow)).tasks.count,
    { shell: 'printf 3', dependencies: ['greet'], output: 'json' });
});

test('a definition in a file', async () => {
  const [file, stream] = Gio.File.new_tmp('myrmex-XXXXXX.json');

  stream.close(null);
  file.replace_contents(new TextEncoder().encode(DEFINITION), null, false, Gio.FileCreateFlags.NONE, null);
  equal((await Myrmex.Workflow.fromFile(file).run()).greet.value, 'hello world');
  equal((await Myrmex.Workflow.fromFile(file.get_path()).run()).greet.value, 'hello world');
  file.delete(null);
  throws(() => Myrmex.Workflow.fromFile(file), Myrmex.WorkflowError, /./);
});

test('a definition in error tells all that is wrong', () => {
  const error = throws(() => Myrmex.Workflow.fromJSON('{"myrmex": 1,\n "name": "x", "tasks": {"a": {}, "b": {"noop": {}, "nope": 1}}}',
    'my.json'), Myrmex.WorkflowError, /my\.json:2:\d+: .*\n.*my\.json:2:/s);

  ok(error.matches(Myrmex.Error, Myrmex.Error.INVALID_DEFINITION));
  throws(() => Myrmex.Workflow.fromJSON(''), Myrmex.WorkflowError, /./);
  throws(() => Myrmex.Workflow.fromJSON({ name: 'x' }), TypeError, /JSON.stringify/);
});

test('a function has no definition', () => {
  throws(() => JSON.stringify(workflowOf({ name: 'f' })), Myrmex.WorkflowError, /./);
});

test('the summary', async () => {
  const workflow = workflowOf({ name: 'a' }, { name: 'b', condition: () => false });
  const flow = workflow.start();

  await flow.wait();
  const { summary } = flow;
  equal([summary.name, summary.status, summary.success, summary.totalTasks, summary.completed, summary.skipped],
    ['test', 'completed', true, 2, 1, 1]);
  ok(summary.elapsedTime >= 0 && summary.totalExecutionTime >= 0);
  equal(summary.tasks.b.status, 'skipped');
  ok('executionTime' in summary.tasks.a);
  equal(flow.counts, { pending: 0, running: 0, retrying: 0, completed: 1, failed: 0, skipped: 1, cancelled: 0 });
  match(flow.explain('b'), /./);
});

await run();
