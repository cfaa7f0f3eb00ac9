/* SPDX-License-Identifier: LGPL-2.1-or-later */
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Myrmex from 'gi://Myrmex';

import { equal, match, ok, rejects, run, test, throws } from './tap.js';

const DEEP = 48;

function nest(depth) {
  let value = 'inside';

  for (let i = 0; i < depth; i++)
    value = i % 2 ? [value] : { a: value };
  return value;
}

const GOOD = {
  null: null,
  booleans: [true, false],
  integers: [0, 1, -1, 42, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  doubles: [0.5, -0, 1e300, 2 ** 53, 2 ** 60, Infinity, -Infinity, NaN, Number.MIN_VALUE],
  bigints: [2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n],
  strings: ['', 'text', 'ünïcödé 🐜', 'two\nlines', '\u0001', '${{ tasks.x }}'],
  bytes: [new Uint8Array([]), new Uint8Array([0, 1, 127, 128, 255])],
  arrays: [[], [[]], [1, 'two', null, [3.5]]],
  objects: [{}, { a: { b: { c: [] } } }, { '': 1, 'with space': 2, constructor: 3, toString: 4 }],
  deep: nest(DEEP),
};

for (const [name, value] of Object.entries(GOOD)) {
  test(`${name} survive packing`, () => {
    const variant = Myrmex.pack(value);

    ok(variant instanceof GLib.Variant);
    equal(Myrmex.unpack(variant), value);
    ok(Myrmex.value_check(variant));
  });

  test(`${name} survive a run`, async () => {
    const results = await new Myrmex.Workflow({ name: 'values' })
      .addTask({ name: 'give', action: () => value })
      .addTask({ name: 'pass', dependencies: ['give'], action: async context => await context.results.give.value })
      .addTask({ name: 'last', dependencies: ['pass'], action: context => ({ value: context.results.pass.value }) })
      .run();

    equal(results.give.value, value);
    equal(results.pass.value, value);
    equal(results.last.value.value, value);
  });
}

test('a key that objects have anyway is a key like others', () => {
  const object = JSON.parse('{"__proto__": {"a": 1}, "b": 2}');
  const back = Myrmex.unpack(Myrmex.pack(object));

  equal(Object.keys(back), ['__proto__', 'b']);
  equal(Object.getPrototypeOf(back) === Object.prototype, true);
  equal(back.b, 2);
});

test('values of the same meaning become the same', () => {
  equal(Myrmex.unpack(Myrmex.pack(undefined)), null);
  equal(Myrmex.unpack(Myrmex.pack([undefined, , 1])), [null, null, 1]);
  equal(Myrmex.unpack(Myrmex.pack({ a: undefined })), { a: null });
  equal(Myrmex.unpack(Myrmex.pack(7n)), 7);
  equal(Myrmex.unpack(Myrmex.pack(new Uint8Array([1, 2]).buffer)), new Uint8Array([1, 2]));
  equal(Myrmex.unpack(Myrmex.pack(Object.create(null, { a: { value: 1, enumerable: true } }))), { a: 1 });
  equal(Myrmex.unpack(Myrmex.pack(new GLib.Variant('as', ['x', 'y']))), ['x', 'y']);
});

test('integers are integers, and other numbers doubles', () => {
  equal(Myrmex.pack(3).get_type_string(), 'x');
  equal(Myrmex.pack(3.5).get_type_string(), 'd');
  equal(Myrmex.pack(2 ** 53).get_type_string(), 'd');
  equal(Myrmex.pack(-0).get_type_string(), 'd');
  equal(Myrmex.pack(2n ** 63n).get_type_string(), 't');
});

test('every kind of GVariant that a result may be is unpacked', () => {
  const variant = new GLib.Variant('(bynqiuxtdsoga{si}a{sv}asmsv)',
    [true, 255, -3, 3, -4, 4, -5, 5, 0.5, 's', '/o', 'as', { k: 1 },
      { v: new GLib.Variant('u', 9) }, ['t'], null, new GLib.Variant('ay', new Uint8Array([1]))]);

  equal(Myrmex.unpack(variant), [true, 255, -3, 3, -4, 4, -5, 5, 0.5, 's', '/o', 'as', { k: 1 }, { v: 9 }, ['t'], null,
    new Uint8Array([1])]);
});

const self = { name: 'self' };
self.inner = { again: self };

const Thing = GObject.registerClass(class Thing extends GObject.Object {});

const BAD = [
  ['a function', () => 1, /^value is a function/],
  ['a function inside', { a: [1, { b: () => 1 }] }, /^value\.a\[1\]\.b is a function/],
  ['a symbol', Symbol('x'), /^value is a symbol/],
  ['a date', { at: new Date(0) }, /^value\.at is a Date/],
  ['a map', new Map([['a', 1]]), /^value is a Map/],
  ['a set', [new Set()], /^value\[0\] is a Set/],
  ['an error', new Error('x'), /^value is a Error/],
  ['another typed array', new Float64Array(2), /^value is a Float64Array/],
  ['an object of a class', new Thing(), /^value is a /],
  ['a promise inside', [Promise.resolve(1)], /^value\[0\] is a promise inside of a value/],
  ['what holds itself', self, /^value\.inner\.again\.inner.*… nests too deep/],
  ['what is too deep', nest(DEEP + 4), /nests too deep/],
  ['a NUL', { 'odd key': 'a\0b' }, /^value\["odd key"\] has a NUL/],
  ['a NUL in a key', { 'a\0b': 1 }, /has a NUL/],
  ['half a pair', 'a\ud83d', /half of a surrogate pair/],
  ['a bigint beyond 64 bits', [2n ** 64n], /^value\[0\] is 18446744073709551616, which does not fit/],
  ['a negative one', -(2n ** 63n) - 1n, /does not fit/],
];

for (const [name, value, pattern] of BAD) {
  test(`${name} is refused, and it is said where`, async () => {
    throws(() => Myrmex.pack(value), TypeError, pattern);

    const workflow = new Myrmex.Workflow({ name: 'values' }).addTask({ name: 'give', action: () => value });
    const error = await rejects(workflow.run(), Myrmex.WorkflowError, /“give”: value/);

    equal(error.results.give.error.name, 'invalid-value');
    match(error.results.give.error.message, pattern);
  });
}

test('a value of more than a megabyte is refused by the library', async () => {
  const workflow = new Myrmex.Workflow({ name: 'values' }).addTask({ name: 'big', action: () => 'x'.repeat(2 ** 21) });
  const error = await rejects(workflow.run(), Myrmex.WorkflowError, /Write large data to a file/);

  equal(error.results.big.error.name, 'invalid-value');
});

await run();
