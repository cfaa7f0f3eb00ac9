/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported pack, packDictionary, unpack, describe */

/* Values of JavaScript to those of Myrmex, and back.
 *
 *   null, undefined              null, `@g ""`
 *   boolean                      b
 *   safe integer, bigint         x (a bigint beyond that: t), back as a number where that is safe, or a bigint
 *   other number                 d
 *   string                       s
 *   Uint8Array, ArrayBuffer      ay
 *   array                        av
 *   plain object                 a{sv}
 *   GLib.Variant                 itself
 *
 * What else there is, is an error that says where it is. */

const { GLib } = imports.gi;

/* As deep as a GVariant may nest, and how deep an array and an object take what is in them: of the one it is an `av`,
 * of the other an `a{sv}`. */
const MAX_DEPTH = 127;
const ARRAY_DEPTH = 2;
const OBJECT_DEPTH = 3;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

const VARIANT = new GLib.VariantType('v');
const ENTRY = new GLib.VariantType('{sv}');
const BYTES = new GLib.VariantType('ay');

/* What a value is, in a word, for messages. */
function describe(value) {
  if (value === null || value === undefined)
    return String(value);
  if (typeof value !== 'object')
    return typeof value;
  if (Array.isArray(value))
    return 'array';
  return value.constructor?.name || 'object';
}

function pathOf(steps) {
  let text = 'value';

  /* Of something that holds itself the first steps say enough. */
  for (const step of steps.slice(0, 12))
    text += /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  return steps.length > 12 ? `${text}…` : text;
}

function refuse(steps, what) {
  return new TypeError(`${pathOf(steps)} ${what}`);
}

function packString(text, steps) {
  if (text.includes('\0'))
    throw refuse(steps, 'has a NUL character in it, which a string of Myrmex can not hold; return a Uint8Array');
  if (/\p{Surrogate}/u.test(text))
    throw refuse(steps, 'has half of a surrogate pair in it, which no UTF-8 can hold');
  return GLib.Variant.new_string(text);
}

function packBigInt(number, steps) {
  if (number >= MIN_INT64 && number <= MAX_INT64)
    return GLib.Variant.new_int64(number);
  if (number >= 0n && number <= MAX_UINT64)
    return GLib.Variant.new_uint64(number);
  throw refuse(steps, `is ${number}, which does not fit into 64 bits; return it as a string`);
}

function packBytes(bytes) {
  return GLib.Variant.new_from_bytes(BYTES, new GLib.Bytes(bytes), true);
}

function packArray(array, steps, depth) {
  const children = [];

  for (let i = 0; i < array.length; i++) {
    steps.push(i);
    children.push(GLib.Variant.new_variant(packValue(array[i], steps, depth + ARRAY_DEPTH)));
    steps.pop();
  }
  return GLib.Variant.new_array(VARIANT, children);
}

function packObject(object, steps, depth) {
  const entries = [];

  for (const key of Object.keys(object)) {
    steps.push(key);
    entries.push(GLib.Variant.new_dict_entry(packString(key, steps),
      GLib.Variant.new_variant(packValue(object[key], steps, depth + OBJECT_DEPTH))));
    steps.pop();
  }
  return GLib.Variant.new_array(ENTRY, entries);
}

function isPlain(object) {
  const prototype = Object.getPrototypeOf(object);

  /* The prototype of an object from elsewhere, such as another realm, has none itself. */
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function packInside(object, steps, depth) {
  if (object instanceof GLib.Variant)
    return object;
  if (object instanceof Uint8Array)
    return packBytes(object);
  if (object instanceof ArrayBuffer)
    return packBytes(new Uint8Array(object));
  if (Array.isArray(object))
    return packArray(object, steps, depth);
  if (object instanceof Promise || typeof object.then === 'function')
    throw refuse(steps, 'is a promise inside of a value; await it first');
  if (isPlain(object))
    return packObject(object, steps, depth);
  throw refuse(steps, `is a ${describe(object)}, which is no value of Myrmex; those are null, booleans, numbers, ` +
    'strings, Uint8Array, arrays and plain objects');
}

function packValue(value, steps, depth) {
  if (depth > MAX_DEPTH)
    throw refuse(steps, 'nests too deep; does it hold itself? Objects may nest ' +
      `${Math.floor(MAX_DEPTH / OBJECT_DEPTH)} levels deep, and arrays ${Math.floor(MAX_DEPTH / ARRAY_DEPTH)}`);

  switch (typeof value) {
  case 'undefined':
    return GLib.Variant.new_signature('');
  case 'boolean':
    return GLib.Variant.new_boolean(value);
  case 'number':
    return Number.isSafeInteger(value) && !Object.is(value, -0)
      ? GLib.Variant.new_int64(value)
      : GLib.Variant.new_double(value);
  case 'bigint':
    return packBigInt(value, steps);
  case 'string':
    return packString(value, steps);
  case 'object':
    return value === null ? GLib.Variant.new_signature('') : packInside(value, steps, depth);
  default:
    throw refuse(steps, `is a ${typeof value}, which is no value of Myrmex`);
  }
}

/* A GLib.Variant of any value; of null it is `@g ""`. */
function pack(value) {
  return packValue(value, [], 0);
}

/* A dictionary of type `a{sv}` of a plain object; @name says what it is for. */
function packDictionary(name, object) {
  if (object instanceof GLib.Variant)
    return object;
  if (object === null || typeof object !== 'object' || Array.isArray(object) || !isPlain(object))
    throw new TypeError(`${name} must be a plain object, not ${describe(object)}`);
  try {
    return packObject(object, [], 0);
  } catch (error) {
    error.message = error.message.replace(/^value/, () => name);
    throw error;
  }
}

function unpackInteger(variant) {
  /* Not get_int64(), which warns where the number is not safe. */
  const text = variant.print(false);
  const number = Number(text);

  return Number.isSafeInteger(number) ? number : BigInt(text);
}

function unpackChildren(variant) {
  const children = [];
  const n = variant.n_children();

  for (let i = 0; i < n; i++)
    children.push(unpack(variant.get_child_value(i)));
  return children;
}

function unpackArray(variant) {
  const type = variant.get_type_string();

  if (type === 'ay')
    return variant.get_data_as_bytes().toArray();
  if (!type.startsWith('a{'))
    return unpackChildren(variant);
  /* fromEntries() defines, where an assignment would take a key such as __proto__ for something else. */
  return Object.fromEntries(unpackChildren(variant));
}

/* The value that a GLib.Variant holds, all through; null of null. */
function unpack(variant) {
  if (variant === null || variant === undefined)
    return null;

  switch (String.fromCharCode(variant.classify())) {
  case 'b':
    return variant.get_boolean();
  case 'y':
    return variant.get_byte();
  case 'n':
    return variant.get_int16();
  case 'q':
    return variant.get_uint16();
  case 'i':
    return variant.get_int32();
  case 'u':
    return variant.get_uint32();
  case 'x':
  case 't':
    return unpackInteger(variant);
  case 'd':
    return variant.get_double();
  case 'g':
    return variant.get_string()[0] || null;
  case 's':
  case 'o':
    return variant.get_string()[0];
  case 'v':
    return unpack(variant.get_variant());
  case 'a':
    return unpackArray(variant);
  case 'm':
    return unpack(variant.get_maybe());
  default:
    return unpackChildren(variant);
  }
}
