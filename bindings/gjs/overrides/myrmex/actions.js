/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported setUpActions */

/* Types of action that are classes of the script:
 *
 *   const Render = GObject.registerClass(class Render extends Myrmex.Action {
 *     async vfunc_start(context) {
 *       return await render(context.input['example.render'], context.cancellable);
 *     }
 *   });
 *   Myrmex.Action.register('example.render', Render, ['size'], 'Renders a page');
 *
 * vfunc_start() answers by what it returns, by the promise that it returns, or later by the `return` methods of the
 * context, where it returns nothing. What it throws is the failure of the attempt. */

const { GObject } = imports.gi;
const { begin } = imports.overrides.myrmex.context;
const { packDictionary, unpack } = imports.overrides.myrmex.values;

function wrapStart(prototype) {
  const start = prototype.vfunc_start;

  prototype.vfunc_start = function (context) {
    begin(context, kept => start.call(this, kept), { later: true, retries: true });
  };
}

function wrapPrepare(prototype) {
  const prepare = prototype.vfunc_prepare;

  /* To say nothing is to like it: what is wrong is thrown. */
  prototype.vfunc_prepare = function () {
    return prepare.call(this) ?? true;
  };
}

function setUpActions(Myrmex) {
  const { prototype } = Myrmex.Action;
  const { _init } = prototype;

  Myrmex.Action._classInit = function (klass) {
    if (Object.hasOwn(klass.prototype, 'vfunc_start'))
      wrapStart(klass.prototype);
    if (Object.hasOwn(klass.prototype, 'vfunc_prepare'))
      wrapPrepare(klass.prototype);
    return GObject.Object._classInit(klass);
  };

  prototype._init = function (properties = {}) {
    const given = { ...properties };

    if (given.affinity === Myrmex.Affinity.WORKER)
      throw new TypeError('an action of a script can not run in a worker thread; leave the affinity out');
    if (given.spec !== undefined && given.spec !== null)
      given.spec = packDictionary('spec', given.spec);
    return _init.call(this, given);
  };

  Object.defineProperty(prototype, 'spec', {
    get() {
      return unpack(this.get_spec());
    },
    configurable: true,
  });
}
