/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported setUpRetryPolicy, toPolicy */

const { GLib } = imports.gi;
const { takeOptions, toSnake } = imports.overrides.myrmex.options;
const { wrapError } = imports.overrides.myrmex.errors;

const DEFAULTS = {
  maxAttempts: 3,
  initialDelay: 1,
  exponentialBase: 2,
  maxDelay: 60,
  jitter: 0,
  maxElapsed: 0,
};

let Native;

function isErrorClass(value) {
  return typeof value === 'function' &&
         [Error, GLib.Error].some(base => value === base || value.prototype instanceof base);
}

/* The classes of errors in a list of what is worth another try, and the names of all. */
function splitRetryOn(list) {
  const classes = [];
  const names = [];

  if (!Array.isArray(list))
    throw new TypeError('retryOn must be an array of names or classes of errors, such as ["timeout", RangeError]');
  for (const entry of list) {
    if (typeof entry === 'string') {
      names.push(entry);
    } else if (isErrorClass(entry)) {
      classes.push(entry);
      names.push(entry.name);
    } else {
      throw new TypeError('retryOn must hold names or classes of errors');
    }
  }
  return { classes, names };
}

function makePolicy(options) {
  const given = takeOptions('a retry policy', options, [...Object.keys(DEFAULTS), 'retryOn']);
  const numbers = { ...DEFAULTS };

  for (const key of Object.keys(DEFAULTS)) {
    if (given[key] === undefined)
      continue;
    if (typeof given[key] !== 'number' || Number.isNaN(given[key]))
      throw new TypeError(`${key} must be a number`);
    numbers[key] = given[key];
  }
  if (!Number.isInteger(numbers.maxAttempts))
    throw new TypeError('maxAttempts must be a whole number');

  const { classes, names } = given.retryOn === undefined || given.retryOn === null
    ? { classes: [], names: null }
    : splitRetryOn(given.retryOn);
  try {
    const policy = Native.new_full(Math.max(-1, Math.min(numbers.maxAttempts, 2 ** 31 - 1)), numbers.initialDelay,
      numbers.exponentialBase, numbers.maxDelay, numbers.jitter, numbers.maxElapsed, names);

    return { policy, classes };
  } catch (error) {
    throw wrapError(error);
  }
}

/* Classes that a policy was made with; a policy is immutable and its wrapper may be another one each time. */
const classesOf = new WeakMap();

/* What addTask() takes: a policy, or the options of one. */
function toPolicy(value) {
  if (value instanceof Native)
    return { policy: value, classes: classesOf.get(value) ?? [] };
  return makePolicy(value);
}

/* `new Myrmex.RetryPolicy({maxAttempts: 5})`. */
function setUpRetryPolicy(Myrmex) {
  Native = Myrmex.RetryPolicy;
  Myrmex.RetryPolicy = new Proxy(Native, {
    construct(target, [options = {}]) {
      const { policy, classes } = typeof options === 'number'
        ? makePolicy({ maxAttempts: options })
        : makePolicy(options);

      classesOf.set(policy, classes);
      return policy;
    },
  });

  for (const key of Object.keys(DEFAULTS)) {
    const getter = `get_${toSnake(key)}`;

    Object.defineProperty(Native.prototype, key, {
      get() {
        return this[getter]();
      },
      configurable: true,
    });
  }
  Object.defineProperty(Native.prototype, 'retryOn', {
    get() {
      return this.get_retry_on();
    },
    configurable: true,
  });
  Native.prototype.getDelay = function (attempt) {
    return this.get_delay(attempt);
  };
}
