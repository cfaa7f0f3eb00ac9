/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported setUpService */

/* The service: every call is a promise. */

const { GLib } = imports.gi;
const { wrapError } = imports.overrides.myrmex.errors;
const { takeOptions } = imports.overrides.myrmex.options;
const { adopt, startRunLater } = imports.overrides.myrmex.runs;
const { unpack } = imports.overrides.myrmex.values;

const FILTER = ['status', 'name', 'active', 'since'];
const MICROSECONDS = 1000;

/* What the asynchronous method of this name comes to. */
function call(object, name, ...args) {
  return new Promise((resolve, reject) => {
    object[`${name}_async`](...args, null, (_object, result) => {
      try {
        resolve(object[`${name}_finish`](result));
      } catch (error) {
        reject(wrapError(error));
      }
    });
  });
}

function packStatuses(status) {
  return new GLib.Variant('as', Array.isArray(status) ? status : [status]);
}

/* Which runs: @since is a Date, the rest as it is on the bus. */
function packFilter(given) {
  const filter = {};

  if (given instanceof GLib.Variant || given === null)
    return given;
  takeOptions('a list of runs', given, FILTER);
  if (given.status !== undefined)
    filter.status = packStatuses(given.status);
  if (given.name !== undefined)
    filter.name = new GLib.Variant('s', given.name);
  if (given.active !== undefined)
    filter.active = new GLib.Variant('b', given.active);
  if (given.since !== undefined)
    filter.since = new GLib.Variant('x', given.since.getTime() * MICROSECONDS);
  return new GLib.Variant('a{sv}', filter);
}

function setUpRunner(Myrmex) {
  const { prototype } = Myrmex.ServiceRunner;

  /* A promise of the run, once it is accepted. @workflow may be the name of one of the service's catalog. */
  prototype.start = function (workflow, options = {}) {
    const name = typeof workflow === 'string' ? 'start_named' : 'start';

    return startRunLater(packed => call(this, name, workflow, packed), options);
  };

  /* A promise of a new run that keeps what has completed in @run. */
  prototype.retryFailed = function (run, options = {}) {
    return startRunLater(packed => call(this, 'retry_failed', run, packed), options);
  };

  prototype.openRun = async function (run) {
    return adopt(await call(this, 'open_run', run));
  };

  prototype.listRuns = async function (options = {}) {
    const { offset = 0, limit = 0, ...filter } = options;
    const [runs] = await call(this, 'list_runs', packFilter(filter), offset, limit);

    return runs;
  };

  prototype.deleteRun = async function (id) {
    await call(this, 'delete_run', id);
  };

  prototype.prune = async function (options = {}) {
    const { olderThan, keep, status } = takeOptions('prune()', options, ['olderThan', 'keep', 'status']);
    const packed = {};

    if (olderThan !== undefined)
      packed.older_than = new GLib.Variant('d', olderThan);
    if (keep !== undefined)
      packed.keep = new GLib.Variant('u', keep);
    if (status !== undefined)
      packed.status = packStatuses(status);
    const [, nPruned] = await call(this, 'prune', new GLib.Variant('a{sv}', packed));

    return nPruned;
  };
}

function setUpList(Myrmex) {
  const { prototype } = Myrmex.RunList;
  const { _init } = prototype;

  prototype._init = function (properties = {}) {
    const given = { ...properties };

    if (given.filter !== undefined)
      given.filter = packFilter(given.filter);
    return _init.call(this, given);
  };

  Object.defineProperties(prototype, {
    filter: {
      get() {
        return unpack(this.get_filter());
      },
      set(value) {
        this.set_filter(packFilter(value));
      },
      configurable: true,
    },
  });

  Object.defineProperty(Myrmex.RunInfo.prototype, 'counts', {
    get() {
      const statuses = Object.values(Myrmex.TaskStatus).filter(Number.isInteger);

      return Object.fromEntries(statuses.map(status => [Myrmex.task_status_to_string(status), this.get_count(status)]));
    },
    configurable: true,
  });
}

function setUpService(Myrmex) {
  setUpRunner(Myrmex);
  setUpList(Myrmex);
}
