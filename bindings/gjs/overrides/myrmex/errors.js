/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported TaskError, WorkflowError, failureName, failureMessage, wrapError */

const { GLib } = imports.gi;

/* Why a workflow could not run, or did not complete.
 *
 *   cause      the GLib.Error of the library, or what a function of the script threw
 *   run        the run, or null where it did not come to one
 *   results    what came of the tasks by name, where there is a run */
var WorkflowError = class WorkflowError extends Error {
  constructor(message, { cause = null, run = null } = {}) {
    super(message, { cause });
    this.run = run;
  }

  get name() {
    return 'WorkflowError';
  }

  get results() {
    return this.run?.results ?? null;
  }

  get code() {
    return this.cause instanceof GLib.Error ? this.cause.code : null;
  }

  /* As GLib.Error does: `error.matches(Myrmex.Error, Myrmex.Error.CYCLE)`. */
  matches(domain, code) {
    return this.cause instanceof GLib.Error && this.cause.matches(domain, code);
  }
};

/* Why a task failed: `name` is what retry policies know it by, `cause` what the task threw where it is a function
 * of this script. */
var TaskError = class TaskError extends Error {
  constructor(name, message, cause) {
    super(message, { cause });
    Object.defineProperty(this, 'name', { value: name, configurable: true });
  }
};

const BUILTIN_NAMES = new Set(['Error', 'AggregateError', 'EvalError', 'InternalError', 'RangeError',
  'ReferenceError', 'SyntaxError', 'TypeError', 'URIError']);

/* The name of what was thrown: that of its class, unless it says itself that it is another. */
function failureName(error) {
  if (!(error instanceof Error))
    return 'Error';
  if (typeof error.name !== 'string' || BUILTIN_NAMES.has(error.name))
    return error.constructor?.name || 'Error';
  return error.name || 'Error';
}

function failureMessage(error) {
  try {
    if (typeof error?.message === 'string')
      return error.message || failureName(error);
    return `${String(error)} was thrown`;
  } catch {
    return 'something was thrown that can not be shown';
  }
}

/* What the library reports, as an exception of the script's. */
function wrapError(error, run = null) {
  if (!(error instanceof GLib.Error))
    return error;
  return new WorkflowError(error.message, { cause: error, run });
}
