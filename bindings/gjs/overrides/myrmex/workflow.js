/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported setUpWorkflow */

/* Workflows: made of plain objects, run by promises. */

const { Gio } = imports.gi;
const { wrapError } = imports.overrides.myrmex.errors;
const { startRun } = imports.overrides.myrmex.runs;
const { addTask, setUpTasks } = imports.overrides.myrmex.tasks;
const { describe, packDictionary, unpack } = imports.overrides.myrmex.values;

/* Properties that are dictionaries. */
const DICTIONARIES = ['env', 'parameters'];

function wrapConstructor(prototype) {
  const { _init } = prototype;

  prototype._init = function (properties = {}) {
    const given = { ...properties };

    for (const name of DICTIONARIES) {
      if (given[name] !== undefined && given[name] !== null)
        given[name] = packDictionary(name, given[name]);
    }
    return _init.call(this, given);
  };
}

function wrapDictionaries(prototype) {
  for (const name of DICTIONARIES) {
    Object.defineProperty(prototype, name, {
      get() {
        return unpack(this[`get_${name}`]());
      },
      set(value) {
        this[`set_${name}`](value === null ? null : packDictionary(name, value));
      },
      configurable: true,
    });
  }
}

/* What the library reports comes as a WorkflowError, and what would return nothing returns the workflow. */
function wrapMethod(prototype, name, defaults = []) {
  const native = prototype[name];

  prototype[name] = function (...args) {
    try {
      native.call(this, ...args, ...defaults.slice(args.length));
    } catch (error) {
      throw wrapError(error);
    }
    return this;
  };
  return prototype[name];
}

function setUpReading(Myrmex) {
  const { Workflow } = Myrmex;

  Workflow.fromJSON = function (text, filename = null) {
    if (typeof text !== 'string')
      throw new TypeError(`fromJSON() takes a string, not ${describe(text)}; for an object, JSON.stringify() it`);
    try {
      return Workflow.new_from_json(text, -1, filename);
    } catch (error) {
      throw wrapError(error);
    }
  };

  Workflow.fromFile = function (file) {
    try {
      return Workflow.new_from_file(file instanceof Gio.File ? file.get_path() : file);
    } catch (error) {
      throw wrapError(error);
    }
  };

  /* What JSON.stringify(workflow) asks for: the definition. */
  Workflow.prototype.toJSON = function () {
    try {
      return JSON.parse(this.to_json());
    } catch (error) {
      throw wrapError(error);
    }
  };
}

function setUpWorkflow(Myrmex) {
  const { prototype } = Myrmex.Workflow;
  const { start } = prototype;

  setUpTasks(Myrmex);
  wrapConstructor(prototype);
  wrapDictionaries(prototype);
  for (const name of ['validate', 'chain'])
    wrapMethod(prototype, name);
  wrapMethod(prototype, 'parallel', [undefined, null]);
  prototype.fanOutFanIn = wrapMethod(prototype, 'fan_out_fan_in');
  setUpReading(Myrmex);

  /* Adds a task, and returns the workflow. */
  prototype.addTask = function (task) {
    addTask(this, task);
    return this;
  };

  prototype.addCommand = function (name, argv, options = {}) {
    return this.addTask({ ...options, name, command: argv });
  };

  prototype.addShell = function (name, script, options = {}) {
    return this.addTask({ ...options, name, shell: script });
  };

  prototype.start = function (options = {}) {
    return startRun(packed => start.call(this, packed), options);
  };

  /* A promise of the results. It is settled by the main loop; nothing blocks. */
  prototype.run = function (options = {}) {
    try {
      return this.start(options).wait();
    } catch (error) {
      return Promise.reject(error);
    }
  };
}
