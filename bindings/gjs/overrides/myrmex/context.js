/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported setUpContext, begin, decide, isPromise, keepThrown, remember */

/* What an attempt may know and do, and how what a function returns, throws or promises becomes its answer.
 *
 * The context is held by nothing but the promise that is to answer it. Where nobody is left who could settle that
 * promise, it is collected, and the attempt fails with `no-answer` instead of waiting for ever. */

const { GLib } = imports.gi;
const System = imports.system;
const { failureMessage, failureName } = imports.overrides.myrmex.errors;
const { makeResults, resultOf, setNamespace } = imports.overrides.myrmex.results;
const { pack, unpack } = imports.overrides.myrmex.values;

/* How long an attempt that was interrupted may take to settle before it is looked whether it ever can, ms. */
const SETTLE_TIME = 250;

const CACHE = Symbol('cache');

/* What was thrown, by task, of the runs that go on: run id → Map. */
const thrown = new Map();

function isPromise(value) {
  return value !== null && typeof value === 'object' && typeof value.then === 'function';
}

function cached(context, name, make) {
  context[CACHE] ??= Object.create(null);
  if (!(name in context[CACHE]))
    context[CACHE][name] = make();
  return context[CACHE][name];
}

/* From now on what the tasks of a run throw is put into @map; null: no longer. */
function keepThrown(runId, map) {
  if (map === null)
    thrown.delete(runId);
  else
    thrown.set(runId, map);
}

/* Remembers what was thrown, so that the result can show it whole. */
function remember(context, error) {
  if (!context.is_cancelled())
    thrown.get(context.get_run_id())?.set(context.get_task_name(), error);
}

function forget(context) {
  thrown.get(context.get_run_id())?.delete(context.get_task_name());
}

/* A retry policy may list a base of the class of what was thrown: then it has that name for it. */
function fail(context, error, classes) {
  const listed = classes.find(type => error instanceof type);

  remember(context, error);
  if (listed === undefined && error instanceof GLib.Error)
    context.return_error(error);
  else
    context.return_failure(listed?.name ?? failureName(error), failureMessage(error), true);
}

function succeed(context, value) {
  let variant = null;

  try {
    if (value !== null && value !== undefined)
      variant = pack(value);
  } catch (error) {
    remember(context, error);
    context.return_failure('invalid-value', error.message, true);
    return;
  }
  context.return_value(variant);
}

/* The next attempt waits for a promise that stays open after its attempt was interrupted, since attempts never
 * overlap. If nothing can settle it any more, collecting it tells the library. */
function watch(context, state) {
  context.get_cancellable().connect(() => {
    GLib.timeout_add(GLib.PRIORITY_LOW, SETTLE_TIME, () => {
      if (!state.settled)
        System.gc();
      return GLib.SOURCE_REMOVE;
    });
  });
}

/* Calls @action, and sees to it that the context gets exactly one answer. Never throws.
 *
 * @borrowed is what a callback got: GJS does not copy structures that it passes to one, so it is only good until that
 * returns.
 *
 *   args      what the action gets after the context
 *   transform makes the value of the result of what the action gives
 *   classes   classes of errors that the retry policy lists
 *   retries   whether there may be another attempt after one that was interrupted
 *   later     whether an action that gives nothing is going to answer by the context itself */
function begin(borrowed, action, { args = [], transform = null, classes = [], retries = false, later = false } = {}) {
  const context = borrowed.ref();
  const state = { settled: false };
  let answer;

  forget(context);
  try {
    answer = action(context, ...args);
    if (answer === undefined && later)
      return;
    if (transform !== null && !isPromise(answer))
      answer = transform(answer, context);
  } catch (error) {
    fail(context, error, classes);
    return;
  }

  if (!isPromise(answer)) {
    succeed(context, answer);
    return;
  }

  if (retries)
    watch(context, state);
  (async () => transform === null ? answer : transform(await answer, context))().then(value => {
    state.settled = true;
    succeed(context, value);
  }, error => {
    state.settled = true;
    fail(context, error, classes);
  });
}

/* Asks @condition, which answers at once. */
function decide(borrowed, condition) {
  const answer = condition(borrowed.ref());

  if (isPromise(answer)) {
    answer.then(() => {}, () => {});
    throw new TypeError('the condition gave a promise; a condition must answer at once, so do what it waits for ' +
      'in a task of its own');
  }
  return Boolean(answer);
}

const GETTERS = {
  taskName: context => context.get_task_name(),
  runId: context => context.get_run_id(),
  attempt: context => context.get_attempt(),
  directory: context => context.get_directory(),
  cancellable: context => context.get_cancellable(),
  cancelled: context => context.is_cancelled(),
  input: context => cached(context, 'input', () => unpack(context.get_input())),
  parameters: context => cached(context, 'parameters', () => unpack(context.get_parameters())),
  results: context => cached(context, 'results', () => makeResults(
    name => {
      const native = context.dup_result(name);

      return native === null ? undefined : resultOf(native, thrown.get(context.get_run_id())?.get(name));
    },
    () => context.dup_dependencies())),
};

function setUpContext(Myrmex) {
  const { prototype } = Myrmex.TaskContext;
  const { report } = prototype;

  setNamespace(Myrmex);
  for (const [name, getter] of Object.entries(GETTERS)) {
    Object.defineProperty(prototype, name, {
      get() {
        return getter(this);
      },
      configurable: true,
    });
  }
  prototype.report = function (fraction, message = null) {
    report.call(this, fraction, message);
  };
}
