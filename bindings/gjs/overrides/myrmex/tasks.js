/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported addTask, setUpTasks */

/* Tasks from plain objects. Everything is checked before anything is added, so that what is wrong leaves no trace. */

const { GLib } = imports.gi;
const { begin, decide, isPromise, remember } = imports.overrides.myrmex.context;
const { failureMessage, wrapError } = imports.overrides.myrmex.errors;
const { toSnake } = imports.overrides.myrmex.options;
const { toPolicy } = imports.overrides.myrmex.retry;
const { workflowOf } = imports.overrides.myrmex.runs;
const { describe, pack, packDictionary, unpack } = imports.overrides.myrmex.values;

const FUNCTIONS = Symbol('functions');
const KEYS = ['name', 'description', 'action', 'args', 'dependencies', 'condition', 'transform', 'triggerRule',
  'timeout', 'retryPolicy', 'priority', 'tags', 'metadata'];

let Myrmex;

function setUpTasks(namespace) {
  Myrmex = namespace;
}

function fromLibrary(func) {
  try {
    return func();
  } catch (error) {
    throw wrapError(error);
  }
}

function needArrayOfStrings(value, key, example) {
  if (!Array.isArray(value) || value.some(entry => typeof entry !== 'string'))
    throw new TypeError(`${key} must be an array of strings, such as ${example}, not ${describe(value)}`);
  return value;
}

function needNumber(value, key, min, max) {
  if (typeof value !== 'number' || Number.isNaN(value))
    throw new TypeError(`${key} must be a number, not ${describe(value)}`);
  if (value < min || value > max)
    throw new RangeError(`${key} must be from ${min} to ${max}, not ${value}`);
  return value;
}

function needStringOrFunction(value, key) {
  if (typeof value !== 'string' && typeof value !== 'function')
    throw new TypeError(`${key} must be an expression, as a string, or a function, not ${describe(value)}`);
  return value;
}

function needTriggerRule(value) {
  if (typeof value === 'number' && Object.values(Myrmex.TriggerRule).includes(value))
    return value;
  if (typeof value === 'string') {
    const [known, rule] = Myrmex.trigger_rule_parse(value);

    if (known)
      return rule;
  }
  throw new TypeError('triggerRule must be one of all_success, all_done, all_failed, one_success, one_failed, ' +
    `none_failed and none_failed_min_one_success, not ${typeof value === 'string' ? `“${value}”` : describe(value)}`);
}

const CHECKS = {
  args: value => {
    if (!Array.isArray(value))
      throw new TypeError(`args must be an array, not ${describe(value)}`);
    return value;
  },
  description: value => {
    if (typeof value !== 'string')
      throw new TypeError(`description must be a string, not ${describe(value)}`);
    return value;
  },
  dependencies: value => needArrayOfStrings(value, 'dependencies', '["fetch"]'),
  condition: value => needStringOrFunction(value, 'condition'),
  transform: value => needStringOrFunction(value, 'transform'),
  triggerRule: needTriggerRule,
  timeout: value => needNumber(value, 'timeout', 0, 1e9),
  retryPolicy: toPolicy,
  priority: value => {
    if (!Number.isInteger(value))
      throw new TypeError(`priority must be a whole number, not ${describe(value)}`);
    return needNumber(value, 'priority', -(2 ** 31), 2 ** 31 - 1);
  },
  tags: value => needArrayOfStrings(value, 'tags', '["slow"]'),
  metadata: value => packDictionary('metadata', value),
};

/* What is left of @given beside what every task has: what a definition would say of its action. */
function takeSpec(given) {
  const spec = Object.fromEntries(Object.entries(given)
    .filter(([key, value]) => !KEYS.includes(key) && value !== undefined));
  const types = Myrmex.Action.list_types();
  const named = Object.keys(spec).filter(key => types.includes(key));

  if (named.length === 1)
    return { type: named[0], spec };
  if (named.length > 1)
    throw new TypeError(`a task has one action, and there are ${named.join(' and ')}`);
  if (Object.keys(spec).length > 0)
    throw new TypeError(`a task has no key “${Object.keys(spec)[0]}”; there are ${KEYS.join(', ')}, and the types of ` +
      `action: ${types.join(', ')}`);
  return { type: null, spec };
}

/* How the work is done: `function`, `noop` or `object`, with what it takes. */
function takeAction(given) {
  const { type, spec } = takeSpec(given);

  if (type !== null && given.action !== undefined && given.action !== null)
    throw new TypeError(`a task has one action, and there are action and ${type}`);
  if (type === 'noop' || given.action === null)
    return { kind: 'noop' };
  if (type !== null) {
    const entries = Object.entries(spec).map(([key, value]) => [key === type ? key : toSnake(key), value]);

    return {
      kind: 'object',
      action: Myrmex.Action.create(type, packDictionary('the task', Object.fromEntries(entries))),
    };
  }
  if (typeof given.action === 'function')
    return { kind: 'function', action: given.action };
  if (given.action instanceof Myrmex.Action)
    return { kind: 'object', action: given.action };
  throw new TypeError(`action must be a function, a Myrmex.Action or null, not ${describe(given.action)}`);
}

function addNative(workflow, name, how, checked) {
  if (how.kind === 'noop')
    return workflow.add_noop(name);
  if (how.kind === 'object')
    return workflow.add_action(name, how.action);

  const { action } = how;
  const settings = {
    args: checked.args,
    transform: typeof checked.transform === 'function' ? checked.transform : null,
    classes: checked.retryPolicy?.classes,
    retries: checked.retryPolicy !== undefined && checked.timeout > 0,
  };
  return workflow.add_async(name, context => begin(context, action, settings));
}

/* What a script's condition or transform throws, for the library. */
function toLibraryError(context, error) {
  remember(context, error);
  return error instanceof GLib.Error
    ? error
    : new GLib.Error(Myrmex.Error, Myrmex.Error.FAILED, failureMessage(error));
}

/* The functions of tasks that the library holds without the workflow knowing would hold the workflow, and it them, for
 * ever. So the library holds these two, which are the same for all, and they look theirs up. */
function functionsOf(context) {
  const functions = workflowOf(context.get_run_id())?.[FUNCTIONS]?.get(context.get_task_name());

  if (functions === undefined)
    throw new Error('functions of a script can be called only in a run that it started itself, by run() or start()');
  return functions;
}

function conditionOfTask(context) {
  try {
    return decide(context, functionsOf(context).condition);
  } catch (error) {
    throw toLibraryError(context, error);
  }
}

function transformOfTask(context, value) {
  try {
    const answer = functionsOf(context).transform(unpack(value), context.ref());

    if (isPromise(answer)) {
      answer.then(() => {}, () => {});
      throw new TypeError('the transform gave a promise, which only that of a function may');
    }
    return answer === null || answer === undefined ? null : pack(answer);
  } catch (error) {
    throw toLibraryError(context, error);
  }
}

function setFunctions(workflow, task, how, checked) {
  const condition = typeof checked.condition === 'function' ? checked.condition : null;
  const transform = typeof checked.transform === 'function' && how.kind !== 'function' ? checked.transform : null;

  if (condition === null && transform === null)
    return;

  workflow[FUNCTIONS] ??= new Map();
  workflow[FUNCTIONS].set(task.get_name(), { condition, transform });
  task.set_affinity(Myrmex.Affinity.MAIN);
  if (condition !== null)
    task.set_condition_func(conditionOfTask);
  if (transform !== null)
    task.set_transform_func(transformOfTask);
}

function addTask(workflow, given) {
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw new TypeError(`addTask() takes an object, such as {name: "fetch", action: fetchIt}, not ${describe(given)}`);
  if (typeof given.name !== 'string')
    throw new TypeError(`the name of a task must be a string, not ${describe(given.name)}`);

  const { name } = given;
  const checked = {};
  let how;

  try {
    workflow.can_add(name);
    how = takeAction(given);
    for (const [key, check] of Object.entries(CHECKS)) {
      if (given[key] !== undefined && given[key] !== null)
        checked[key] = check(given[key]);
    }
  } catch (error) {
    if (!(error instanceof GLib.Error))
      error.message = `task “${name}”: ${error.message}`;
    throw wrapError(error);
  }

  const task = addNative(workflow, name, how, checked);
  if (checked.description !== undefined)
    task.set_description(checked.description);
  if (checked.dependencies !== undefined)
    task.set_dependencies(checked.dependencies);
  if (typeof checked.condition === 'string')
    task.set_condition(checked.condition);
  if (typeof checked.transform === 'string')
    task.set_transform(checked.transform);
  setFunctions(workflow, task, how, checked);
  if (checked.triggerRule !== undefined)
    task.set_trigger_rule(checked.triggerRule);
  if (checked.timeout !== undefined)
    task.set_timeout(checked.timeout);
  if (checked.retryPolicy !== undefined)
    task.set_retry_policy(checked.retryPolicy.policy);
  if (checked.priority !== undefined)
    task.set_priority(checked.priority);
  if (checked.tags !== undefined)
    task.set_tags(checked.tags);
  if (checked.metadata !== undefined)
    task.set_metadata(checked.metadata);
}
