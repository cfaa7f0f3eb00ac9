/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs tests, one after the other, and speaks TAP. The plan comes first, so that a program that ends early, however it
 * does, has run too few. */

import GLib from 'gi://GLib';
import System from 'system';

/* How long a test may take, s. */
const TIME = 60;

const tests = [];

export function test(name, func) {
  tests.push({ name, func });
}

export function sleep(ms, priority = GLib.PRIORITY_DEFAULT) {
  return new Promise(resolve => {
    GLib.timeout_add(priority, ms, () => {
      resolve();
      return GLib.SOURCE_REMOVE;
    });
  });
}

/* Settles when @condition holds, looking at it when there is nothing else to do: many that look all the time would
 * leave no time for runs, where looking is slow. */
export async function until(condition) {
  while (!condition())
    await sleep(1, GLib.PRIORITY_LOW);
}

function show(value) {
  if (value instanceof Uint8Array)
    return `Uint8Array [${Array.from(value)}]`;
  if (typeof value === 'bigint')
    return `${value}n`;
  if (Object.is(value, -0))
    return '-0';
  if (typeof value === 'number' || value === undefined || value instanceof Error)
    return String(value);
  if (Array.isArray(value))
    return `[${value.map(show).join(', ')}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.keys(value).sort().map(key => `${JSON.stringify(key)}: ${show(value[key])}`).join(', ')}}`;
  return JSON.stringify(value);
}

export function ok(value, what = 'it') {
  if (!value)
    throw new Error(`${what} does not hold`);
}

export function equal(actual, expected) {
  if (show(actual) !== show(expected))
    throw new Error(`${show(actual)} is not ${show(expected)}`);
}

export function match(text, pattern) {
  if (!pattern.test(text))
    throw new Error(`“${text}” does not match ${pattern}`);
}

function check(error, type, pattern) {
  if (!(error instanceof type))
    throw new Error(`${error} is no ${type.name}`);
  match(error.message, pattern);
  return error;
}

export function throws(func, type, pattern) {
  let result;

  try {
    result = func();
  } catch (error) {
    return check(error, type, pattern);
  }
  throw new Error(`nothing was thrown, but ${show(result)} was given`);
}

export async function rejects(promise, type, pattern) {
  let result;

  try {
    result = await promise;
  } catch (error) {
    return check(error, type, pattern);
  }
  throw new Error(`the promise gave ${show(result)}`);
}

function withTime(promise) {
  const factor = Number(GLib.getenv('MESON_TEST_TIMEOUT_MULTIPLIER') ?? 1) || 1;
  let id;
  const late = new Promise((_, reject) => {
    id = GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, TIME * factor, () => {
      id = 0;
      reject(new Error(`it took longer than ${TIME * factor} s`));
      return GLib.SOURCE_REMOVE;
    });
  });

  return Promise.race([promise, late]).finally(() => {
    if (id !== 0)
      GLib.source_remove(id);
  });
}

export async function run() {
  let failed = 0;

  print(`1..${tests.length}`);
  for (const [index, { name, func }] of tests.entries()) {
    try {
      await withTime((async () => func())());
      print(`ok ${index + 1} ${name}`);
    } catch (error) {
      failed++;
      for (const line of `${error}\n${error?.stack ?? ''}`.trimEnd().split('\n'))
        print(`# ${line}`);
      print(`not ok ${index + 1} ${name}`);
    }
  }
  System.exit(failed > 0 || tests.length === 0 ? 1 : 0);
}
