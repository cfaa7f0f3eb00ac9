/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported adopt, setUpRuns, startRun, startRunLater, workflowOf */

/* Runs: promises, progress, and what came of the tasks. */

const { GLib } = imports.gi;
const { keepThrown } = imports.overrides.myrmex.context;
const { WorkflowError, wrapError } = imports.overrides.myrmex.errors;
const { takeOptions, toCamel, toSnake } = imports.overrides.myrmex.options;
const { makeResults, resultOf } = imports.overrides.myrmex.results;
const { pack, packDictionary, unpack } = imports.overrides.myrmex.values;

const STATE = Symbol('state');
const NATIVE_OPTIONS = ['directory', 'logDirectory', 'paused', 'timeout', 'grace', 'priority'];
const SERVICE_OPTIONS = ['name', 'idempotencyKey'];
const OPTIONS = ['parameters', 'env', ...NATIVE_OPTIONS, 'progress', 'cancellable'];

let Myrmex;

/* The runs of this script that go on. They hold what their tasks threw, and lead from the id that a condition's
 * context has to the workflow. */
const running = new Map();

function workflowOf(runId) {
  return running.get(runId)?.get_workflow() ?? null;
}

function stateOf(run) {
  run[STATE] ??= { thrown: new Map(), progressError: null, results: null };
  return run[STATE];
}

function countsOf() {
  const statuses = Object.values(Myrmex.TaskStatus).filter(Number.isInteger);

  return Object.fromEntries(statuses.map(status => [Myrmex.task_status_to_string(status), this.get_count(status)]));
}

function adopt(run) {
  const id = run.get_id();

  running.set(id, run);
  /* Not in the prototype, which the native property of the run's own class hides. */
  Object.defineProperty(run, 'counts', { get: countsOf, configurable: true });
  keepThrown(id, stateOf(run).thrown);
  run.connect('finished', () => {
    running.delete(id);
    keepThrown(id, null);
  });
  return run;
}

function mapValues(object, func) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, func(value)]));
}

function camelKeys(object) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [toCamel(key), value]));
}

/* Calls @func for whatever happens. Where it throws, it is not called again, and the error is that of the run. */
function connectProgress(run, func) {
  const id = run.connect('progress', (_run, task, status, details) => {
    try {
      func(task, status, camelKeys(unpack(details)));
    } catch (error) {
      run.disconnect(id);
      stateOf(run).progressError = error;
    }
  });
}

function connectCancellable(run, cancellable) {
  const id = cancellable.connect(() => run.cancel());

  run.connect('finished', () => {
    if (id !== 0)
      cancellable.disconnect(id);
  });
}

function packOptions(given) {
  const options = {};

  for (const name of ['parameters', 'env']) {
    if (given[name] !== undefined && given[name] !== null)
      options[name] = packDictionary(name, given[name]);
  }
  for (const name of [...NATIVE_OPTIONS, ...SERVICE_OPTIONS]) {
    if (given[name] !== undefined && given[name] !== null)
      options[toSnake(name)] = pack(given[name]);
  }
  return new GLib.Variant('a{sv}', options);
}

/* What there is to know before a run is started: the options as the library takes them, and those for us. */
function takeRunOptions(options, names) {
  const isNative = options instanceof GLib.Variant || options === null;
  const given = isNative ? {} : takeOptions('a run', options, names);

  if (given.progress !== undefined && given.progress !== null && typeof given.progress !== 'function')
    throw new TypeError('progress must be a function (task, status, details)');
  return { given, packed: isNative ? options : packOptions(given) };
}

function connectRun(run, given) {
  adopt(run);
  if (given.progress)
    connectProgress(run, given.progress);
  if (given.cancellable)
    connectCancellable(run, given.cancellable);
  return run;
}

/* Starts a run by @start, a native function that takes the options as a GLib.Variant. */
function startRun(start, options) {
  const { given, packed } = takeRunOptions(options, OPTIONS);

  try {
    return connectRun(start(packed), given);
  } catch (error) {
    throw wrapError(error);
  }
}

/* The same where @start gives a promise of the run: of the service. */
async function startRunLater(start, options) {
  const { given, packed } = takeRunOptions(options, [...OPTIONS, ...SERVICE_OPTIONS]);

  return connectRun(await start(packed), given);
}

function resultsOf(run) {
  return makeResults(name => {
    const native = run.dup_result(name);

    return native === null ? undefined : resultOf(native, stateOf(run).thrown.get(name));
  }, () => run.dup_task_names());
}

/* A promise of the results of @run. Where it does not complete, a WorkflowError that has them too. */
function wait(run, cancellable) {
  return new Promise((resolve, reject) => {
    run.wait_async(cancellable, (_run, result) => {
      const { progressError } = stateOf(run);

      try {
        run.wait_finish(result);
      } catch (error) {
        reject(wrapError(error, run));
        return;
      }
      if (progressError !== null)
        reject(new WorkflowError(`The progress function failed: ${progressError?.message ?? progressError}`,
          { cause: progressError, run }));
      else
        resolve(run.results);
    });
  });
}

function setUpRuns(namespace) {
  Myrmex = namespace;
  const { prototype } = Myrmex.Run;
  const { start, retry_failed: retryFailed } = Myrmex.Runner.prototype;

  prototype.wait = function (cancellable = null) {
    return wait(this, cancellable);
  };

  Object.defineProperties(prototype, {
    results: {
      get() {
        const state = stateOf(this);

        state.results ??= resultsOf(this);
        return state.results;
      },
      configurable: true,
    },
    summary: {
      get() {
        const { tasks, ...summary } = camelKeys(unpack(this.dup_summary()));

        return { ...summary, tasks: mapValues(tasks, camelKeys) };
      },
      configurable: true,
    },
  });

  Myrmex.Runner.prototype.start = function (workflow, options = {}) {
    return startRun(packed => start.call(this, workflow, packed), options);
  };

  /* A new run of the workflow of @run in which what has completed is kept, and not run again. */
  Myrmex.Runner.prototype.retryFailed = function (run, options = {}) {
    return startRun(packed => retryFailed.call(this, run, packed), options);
  };
  Myrmex.Runner.prototype.retry_failed = Myrmex.Runner.prototype.retryFailed;
}
