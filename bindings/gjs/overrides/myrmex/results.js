/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported setNamespace, resultOf, makeResults */

/* What came of tasks, as plain objects. */

const { TaskError, failureName } = imports.overrides.myrmex.errors;
const { unpack } = imports.overrides.myrmex.values;

let Myrmex;

function setNamespace(namespace) {
  Myrmex = namespace;
}

/* Wall clock, µs; 0 where it did not come to it. */
function toDate(time) {
  return time === 0 ? null : new Date(time / 1000);
}

/* A policy may have known what was thrown by the name of a base of its class. */
function nameOf(native, cause) {
  const name = native.get_error_name() ?? 'error';

  for (let type = cause?.constructor; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    if (type.name === name)
      return failureName(cause);
  }
  return name;
}

/* A result as an object that can not be changed. @cause is what the task threw, where that is known. */
function resultOf(native, cause) {
  const status = native.get_status();
  const reason = native.get_reason();
  const error = native.get_error();

  return Object.freeze({
    success: native.get_success(),
    status: Myrmex.task_status_to_string(status),
    reason: reason === Myrmex.Reason.NONE ? null : Myrmex.reason_to_string(reason),
    value: unpack(native.get_value()),
    error: error === null ? null : new TaskError(nameOf(native, cause), error.message, cause ?? error),
    attempts: native.get_attempts(),
    executionTime: native.get_execution_time(),
    started: toDate(native.get_started()),
    finished: toDate(native.get_finished()),
    keptFrom: native.get_kept_from(),
  });
}

/* A dictionary of results that makes each when it is first asked for: a run of a hundred thousand tasks ends without
 * holding up the main loop. @find gives the result of a name or undefined, @list all names. */
function makeResults(find, list) {
  const known = Object.create(null);
  const get = name => {
    if (typeof name !== 'string')
      return undefined;
    if (!(name in known)) {
      const result = find(name);

      if (result === undefined)
        return undefined;
      known[name] = result;
    }
    return known[name];
  };

  return new Proxy(Object.create(null), {
    get: (_target, name) => get(name),
    has: (_target, name) => get(name) !== undefined,
    ownKeys: () => list(),
    getOwnPropertyDescriptor: (_target, name) => {
      const value = get(name);

      return value === undefined ? undefined : { value, enumerable: true, configurable: true, writable: false };
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    preventExtensions: () => false,
  });
}
