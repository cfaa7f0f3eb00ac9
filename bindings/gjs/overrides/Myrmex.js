/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported _init */

/* Makes Myrmex feel at home in GJS. What is here is a thin skin: everything is done by the library, through what
 * the introspection data has.
 *
 * All functions of a script are called on the main context, by the engine or by promises; none is called while
 * garbage is collected, or in another thread. */

const { setUpActions } = imports.overrides.myrmex.actions;
const { setUpContext } = imports.overrides.myrmex.context;
const { WorkflowError, TaskError } = imports.overrides.myrmex.errors;
const { setUpRetryPolicy } = imports.overrides.myrmex.retry;
const { setUpRuns } = imports.overrides.myrmex.runs;
const { setUpService } = imports.overrides.myrmex.service;
const { pack, unpack } = imports.overrides.myrmex.values;
const { setUpWorkflow } = imports.overrides.myrmex.workflow;

function _init() {
  const Myrmex = this;

  Myrmex.WorkflowError = WorkflowError;
  Myrmex.TaskError = TaskError;
  Myrmex.pack = pack;
  Myrmex.unpack = unpack;

  setUpRetryPolicy(Myrmex);
  setUpContext(Myrmex);
  setUpActions(Myrmex);
  setUpRuns(Myrmex);
  setUpService(Myrmex);
  setUpWorkflow(Myrmex);
}
