/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported takeOptions, toSnake, toCamel */

const { describe } = imports.overrides.myrmex.values;

/* The options in @given, none of which is overlooked: @names are those that @what takes. */
function takeOptions(what, given, names) {
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw new TypeError(`the options of ${what} must be an object, not ${describe(given)}`);
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      throw new TypeError(`${what} has no option “${name}”; there are ${names.join(', ')}`);
  }
  return given;
}

function toSnake(name) {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

function toCamel(name) {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}
