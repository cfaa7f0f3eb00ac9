/* SPDX-License-Identifier: LGPL-2.1-or-later */
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Myrmex from 'gi://Myrmex';
import System from 'system';

import { equal, match, ok, rejects, run, sleep, test, throws, until } from './tap.js';

/* How long an attempt may take in which a function is called before the time is over, s; on almost any machine. */
const BEGUN = 0.5;

const never = () => new Promise(() => {});

function single(task, properties = {}) {
  return new Myrmex.Workflow({ name: 'single', ...properties }).addTask({ name: 'task', ...task });
}

/* The result of a task that fails. */
async function failureOf(task) {
  const { results } = await rejects(single(task).run(), Myrmex.WorkflowError, /./);

  return results.task;
}

/* The same of an action whose function was called, where the time of an attempt may be over before it is. */
async function failureOfBegun(action) {
  let begun = false;
  let result;

  do {
    result = await failureOf({
      timeout: BEGUN,
      action: context => {
        begun = true;
        return action(context);
      },
    });
  } while (!begun);
  return result;
}

test('a plain function gets the context and gives a value', async () => {
  const seen = {};
  const results = await new Myrmex.Workflow({ name: 'context' })
    .addTask({ name: 'first', action: () => 'one' })
    .addTask({
      name: 'second',
      dependencies: ['first'],
      args: [1, { two: 2 }],
      action: (context, ...args) => {
        Object.assign(seen, {
          taskName: context.taskName,
          attempt: context.attempt,
          runId: context.runId.length,
          parameters: context.parameters,
          input: context.input,
          cancelled: context.cancelled,
          first: context.results.first.value,
          names: Object.keys(context.results),
          unknown: context.results.third,
          args,
        });
      },
    })
    .run();

  equal(seen, {
    taskName: 'second', attempt: 1, runId: 32, parameters: {}, input: null, cancelled: false, first: 'one',
    names: ['first'], unknown: undefined, args: [1, { two: 2 }],
  });
  equal(results.second.value, null);
  equal(results.second.status, 'completed');
  equal(results.second.reason, null);
  equal(results.second.error, null);
  equal(results.second.attempts, 1);
  ok(results.second.executionTime >= 0);
  ok(results.second.started instanceof Date && results.second.finished >= results.second.started);
});

test('results can not be changed', async () => {
  const results = await single({ action: () => 1 }).run();

  throws(() => {
    results.task = 2;
  }, TypeError, /./);
  throws(() => {
    delete results.task;
  }, TypeError, /./);
  throws(() => {
    results.task.value = 2;
  }, TypeError, /./);
  equal(Object.keys(results), ['task']);
  ok('task' in results && !('other' in results));
  equal(JSON.parse(JSON.stringify(results)).task.value, 1);
});

test('a task can not put anything into the results of others', async () => {
  const results = await new Myrmex.Workflow({ name: 'forger', failFast: false })
    .addTask({ name: 'first', action: () => ({ a: 1 }) })
    .addTask({
      name: 'forger',
      dependencies: ['first'],
      action: context => {
        context.results.first.value.a = 2;
      },
    })
    .addTask({ name: 'last', dependencies: ['first', 'forger'], action: context => context.results.first.value.a })
    .run();

  equal(results.last.value, 1);
});

test('twenty asynchronous actions go on at once, with two workers', async () => {
  const workflow = new Myrmex.Workflow({ name: 'parallel' });
  const runner = new Myrmex.LocalRunner({ maxParallel: 2 });
  let now = 0;
  let most = 0;

  for (let i = 0; i < 20; i++) {
    workflow.addTask({
      name: `wait-${i}`,
      action: async () => {
        most = Math.max(most, ++now);
        await until(() => most === 20);
        now--;
        return i;
      },
    });
  }
  const results = await runner.start(workflow).wait();

  equal(most, 20);
  equal(Object.values(results).map(result => result.value), [...Array(20).keys()]);
});

test('max_parallel of the workflow holds for them', async () => {
  const workflow = new Myrmex.Workflow({ name: 'bounded', maxParallel: 3 });
  let now = 0;
  let most = 0;

  for (let i = 0; i < 12; i++) {
    workflow.addTask({
      name: `wait-${i}`,
      action: async () => {
        most = Math.max(most, ++now);
        await until(() => most >= 3);
        await sleep(2);
        now--;
      },
    });
  }
  await workflow.run();
  equal(most, 3);
});

test('what is thrown is the failure, by its name', async () => {
  class Special extends RangeError {}
  const named = new Error('named');
  named.name = 'NamedError';

  for (const [thrown, name, message] of [
    [new TypeError('plain'), 'TypeError', 'plain'],
    [new Special('special'), 'Special', 'special'],
    [named, 'NamedError', 'named'],
    [new Error(''), 'Error', 'Error'],
    ['text', 'Error', 'text was thrown'],
    [undefined, 'Error', 'undefined was thrown'],
    [Object.create(null), 'Error', 'something was thrown that can not be shown'],
    [new GLib.Error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND, 'gone'), 'g-io-error:1', 'gone'],
  ]) {
    for (const action of [() => {
      throw thrown;
    }, async () => {
      await null;
      throw thrown;
    }, () => Promise.reject(thrown)]) {
      const result = await failureOf({ action });

      equal([result.success, result.status, result.reason], [false, 'failed', 'error']);
      ok(result.error instanceof Myrmex.TaskError);
      equal([result.error.name, result.error.message], [name, message]);
      if (thrown instanceof Error)
        ok(result.error.cause === thrown, 'that the cause is what was thrown');
    }
  }
});

test('anything with a then is a promise', async () => {
  equal((await single({ action: () => ({ then: resolve => resolve(5) }) }).run()).task.value, 5);
  const result = await failureOf({
    action: () => ({
      then() {
        throw new RangeError('bad then');
      },
    }),
  });

  equal(result.error.name, 'RangeError');
});

test('a retry policy tries again', async () => {
  const attempts = [];
  const results = await single({
    retryPolicy: { maxAttempts: 5, initialDelay: 0.001 },
    action: async context => {
      attempts.push(context.attempt);
      if (context.attempt < 3)
        throw new Error('not yet');
      return 'at last';
    },
  }).run();

  equal(attempts, [1, 2, 3]);
  equal([results.task.attempts, results.task.value, results.task.error], [3, 'at last', null]);
});

test('retryOn has names and classes, and bases of classes', async () => {
  class Flaky extends RangeError {}

  for (const [retryOn, attempts] of [
    [[RangeError], 3], [['Flaky'], 3], [[Error], 3], [[TypeError], 1], [['timeout'], 1], [[], 3],
  ]) {
    const result = await failureOf({
      retryPolicy: { initialDelay: 0.001, retryOn },
      action: () => {
        throw new Flaky('always');
      },
    });

    equal(result.attempts, attempts);
    equal(result.error.name, 'Flaky');
  }
});

test('a RetryPolicy may be made before', async () => {
  const policy = new Myrmex.RetryPolicy({ maxAttempts: 4, initialDelay: 0.002, exponentialBase: 3,
    retryOn: [RangeError] });

  ok(policy instanceof Myrmex.RetryPolicy);
  equal([policy.maxAttempts, policy.initialDelay, policy.exponentialBase, policy.maxDelay, policy.jitter,
    policy.maxElapsed],
    [4, 0.002, 3, 60, 0, 0]);
  equal(policy.retryOn, ['RangeError']);
  equal(policy.getDelay(2), 0.006);
  equal(new Myrmex.RetryPolicy().maxAttempts, 3);

  class Derived extends RangeError {}
  const result = await failureOf({
    retryPolicy: policy,
    action: () => {
      throw new Derived('always');
    },
  });
  equal(result.attempts, 4);
});

test('a promise that is never settled is ended by the timeout', async () => {
  const result = await failureOf({ action: never, timeout: 0.02 });

  equal([result.reason, result.error.name, result.attempts], ['timed_out', 'timeout', 1]);
});

test('and tried again', async () => {
  const result = await failureOf({ action: never, timeout: 0.02, retryPolicy: { maxAttempts: 3, initialDelay: 0 } });

  equal([result.reason, result.attempts], ['timed_out', 3]);
});

test('attempts do not overlap', async () => {
  let now = 0;
  let most = 0;
  let n = 0;
  const results = await single({
    timeout: BEGUN,
    /* Attempts may be over before the function is called. */
    retryPolicy: { maxAttempts: 1000, initialDelay: 0 },
    action: async context => {
      most = Math.max(most, ++now);
      if (++n === 1) {
        await until(() => context.cancelled);
        await sleep(60);
      }
      now--;
      return n;
    },
  }).run();

  equal([most, results.task.value], [1, n]);
  ok(n >= 2);
});

test('a late answer is dropped', async () => {
  let late = false;
  const result = await failureOfBegun(async context => {
    await until(() => context.cancelled);
    await sleep(20);
    late = true;
    throw new Error('late');
  });

  await until(() => late);
  await sleep(1);
  equal([result.reason, result.error.name, result.error.cause instanceof GLib.Error], ['timed_out', 'timeout', true]);
});

test('an interrupted attempt hears of it by its cancellable', async () => {
  let heard = 0;
  let inside = null;
  const result = await failureOfBegun(context => new Promise((_, reject) => {
    context.cancellable.connect(() => {
      heard++;
      inside = context.cancelled;
      reject(new Error('stopped'));
    });
  }));

  equal([heard, inside, result.error.name], [1, true, 'timeout']);
});

test('a function of Gio stops by it', async () => {
  Gio._promisify(Gio.InputStream.prototype, 'read_bytes_async', 'read_bytes_finish');
  let error = null;
  const process = Gio.Subprocess.new(['sleep', '3600'], Gio.SubprocessFlags.STDOUT_PIPE);
  const result = await failureOfBegun(async context => {
    try {
      await process.get_stdout_pipe().read_bytes_async(1, GLib.PRIORITY_DEFAULT, context.cancellable);
    } catch (thrown) {
      error = thrown;
      throw thrown;
    }
  });

  await until(() => error !== null);
  process.force_exit();
  equal(result.error.name, 'timeout');
  ok(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED));
});

test('the first failure stops what runs', async () => {
  let stopped = false;
  const workflow = new Myrmex.Workflow({ name: 'fast' })
    .addTask({
      name: 'long',
      action: context => new Promise(() => {
        context.cancellable.connect(() => {
          stopped = true;
        });
      }),
    })
    .addTask({
      name: 'bad',
      action: async () => {
        await sleep(1);
        throw new Error('bad');
      },
    })
    .addTask({ name: 'after', dependencies: ['long'], action: () => 1 })
    .addTask({ name: 'tidy', dependencies: ['long'], triggerRule: 'all_done', action: () => 'tidied' });
  const { results } = await rejects(workflow.run(), Myrmex.WorkflowError, /“bad”: bad/);

  ok(stopped);
  equal([results.long.status, results.long.reason], ['cancelled', 'fail_fast']);
  equal([results.after.status, results.after.reason], ['cancelled', 'fail_fast']);
  equal(results.tidy.value, 'tidied');
});

test('a transform makes the value, of functions also later', async () => {
  const results = await new Myrmex.Workflow({ name: 'transform' })
    .addTask({ name: 'plain', action: () => 2, transform: value => value * 2 })
    .addTask({ name: 'later', action: async () => 3, transform: async (value, context) => value * context.attempt * 3 })
    .addTask({ name: 'expression', action: () => ({ a: [7] }), transform: 'value.a[0]' })
    .addTask({
      name: 'command',
      command: ['echo', '5'],
      transform: (value, context) => [Number(value), context.taskName],
    })
    .run();

  equal(Object.values(results).map(result => result.value), [4, 9, 7, [5, 'command']]);
});

test('a transform that throws fails its task', async () => {
  const transform = () => {
    throw new RangeError('no good');
  };

  for (const action of [() => 1, async () => 1]) {
    const result = await failureOf({ action, transform });

    equal([result.value, result.error.name, result.error.message], [null, 'RangeError', 'no good']);
  }
  const result = await failureOf({ command: ['true'], transform });
  equal(result.value, null);
  match(result.error.message, /no good/);

  match((await failureOf({ command: ['true'], transform: async () => 1 })).error.message, /gave a promise/);
  match((await failureOf({ command: ['true'], transform: () => () => 1 })).error.message, /is a function/);
});

test('commands and scripts', async () => {
  const results = await new Myrmex.Workflow({ name: 'commands', env: { GREETING: 'hello' } })
    .addCommand('list', ['printf', 'a\\nb\\n'], { output: 'lines' })
    .addShell('greet', 'echo "$GREETING, $WHO"; exit 3', {
      dependencies: ['list'], env: { WHO: '${{ tasks.list.value[1] }}' }, allowedExitCodes: [3],
    })
    .addTask({ name: 'json', command: ['echo', '{"a": [1, null]}'], output: 'json' })
    .addTask({ name: 'bytes', command: ['printf', '\\377'], output: 'bytes' })
    .run();

  equal(Object.values(results).map(result => result.value),
    [['a', 'b'], 'hello, b', { a: [1, null] }, new Uint8Array([255])]);
});

test('a command that fails says how', async () => {
  equal((await failureOf({ command: ['false'] })).reason, 'exit_status');
  equal((await failureOf({ command: ['/nonexistent/program'] })).reason, 'spawn_failed');
  equal((await failureOf({ shell: 'kill -9 $$' })).reason, 'signal');
});

test('a task that does nothing', async () => {
  equal((await single({ action: null }).run()).task.status, 'completed');
  equal((await single({ noop: {} }).run()).task.status, 'completed');
});

const Echo = GObject.registerClass(class Echo extends Myrmex.Action {
  vfunc_prepare() {
    if (typeof this.spec['example.echo'] !== 'string')
      throw new TypeError('“example.echo” must be a string');
  }

  vfunc_start(context) {
    const text = context.input['example.echo'];

    switch (context.input.how) {
    case 'throw':
      throw new RangeError(text);
    case 'later':
      GLib.idle_add(GLib.PRIORITY_DEFAULT, () => {
        context.return_value(new GLib.Variant('s', text));
        return GLib.SOURCE_REMOVE;
      });
      return undefined;
    case 'promise':
      return sleep(1).then(() => text);
    case 'never':
      return undefined;
    default:
      return text;
    }
  }
});

test('a type of action of the script, by its name', async () => {
  ok(Myrmex.Action.register('example.echo', Echo, ['how'], 'Gives back what it gets'));
  ok(Myrmex.Action.list_types().includes('example.echo'));

  for (const how of ['', 'later', 'promise']) {
    const results = await new Myrmex.Workflow({ name: 'echo' })
      .addTask({ name: 'word', action: () => 'hello' })
      .addTask({ name: 'task', dependencies: ['word'], 'example.echo': '${{ tasks.word.value }}!', how })
      .run();

    equal(results.task.value, 'hello!');
  }

  const result = await failureOf({ 'example.echo': 'bad', how: 'throw' });
  equal([result.error.name, result.error.message], ['RangeError', 'bad']);

  const collecting = GLib.timeout_add(GLib.PRIORITY_DEFAULT, 50, () => System.gc() ?? GLib.SOURCE_CONTINUE);
  equal((await failureOf({ 'example.echo': 'x', how: 'never' })).error.name, 'no-answer');
  GLib.source_remove(collecting);
  throws(() => single({ 'example.echo': 5 }), TypeError, /must be a string/);
});

test('an action as an object', async () => {
  equal((await single({ action: new Echo({ spec: { 'example.echo': 'direct' } }) }).run()).task.value, 'direct');
  throws(() => new Echo({ affinity: Myrmex.Affinity.WORKER }), TypeError, /worker thread/);
});

test('a definition may use it too', async () => {
  const workflow = Myrmex.Workflow.fromJSON('{"myrmex": 1, "name": "d", "tasks": {"t": {"example.echo": "from afar"}}}');

  equal((await workflow.run()).t.value, 'from afar');
});

await run();
