// SPDX-License-Identifier: LGPL-2.1-or-later
// The library as Vala sees it: what the vapi says of ownership, null and delegates is what happens.

int n_freed = 0;

Variant dict_of (string key, Variant value) {
  var dict = new VariantDict ();

  dict.insert_value (key, value);
  return dict.end ();
}

// Counts itself when it goes, to tell whether a closure was freed.
class Token {
  public string text = "token";

  ~Token () {
    n_freed++;
  }
}

// Runs @workflow to its end on the main context, by the async method.
Myrmex.Run? run_async (Myrmex.Workflow workflow, out Error? problem = null, Cancellable? cancellable = null) {
  var loop = new MainLoop ();
  Myrmex.Run? run = null;
  Error? caught = null;

  workflow.run_async.begin (cancellable, (_, result) => {
    try {
      run = workflow.run_async.end (result);
    } catch (Error error) {
      caught = error;
    }
    loop.quit ();
  });
  loop.run ();
  problem = (owned) caught;
  return run;
}

Myrmex.Run run_well (Myrmex.Workflow workflow) {
  Error? problem;
  var run = run_async (workflow, out problem);

  if (problem != null)
    error ("%s", problem.message);
  return run;
}

void test_function () {
  var workflow = new Myrmex.Workflow ("function");
  var token = new Token ();

  workflow.add_function ("text", context => {
    assert_cmpstr (context.get_task_name (), CompareOperator.EQ, "text");
    assert (context.get_attempt () == 1);
    return new Variant.string (token.text);
  });
  workflow.add_function ("null", () => null);
  workflow.add_function ("both", context => {
    assert (context.dup_result ("nobody") == null);
    return new Variant.boolean (context.dup_result ("null").get_value () == null);
  }).set_dependencies ({ "text", "null" });

  var run = run_well (workflow);
  assert_cmpstr (run.dup_result ("text").get_value ().get_string (), CompareOperator.EQ, "token");
  assert_true (run.dup_result ("both").get_value ().get_boolean ());
  assert_true (run.dup_result ("text").get_error () == null);
  assert_true (run.dup_result ("nobody") == null);
}

void test_closures_are_freed () {
  n_freed = 0;
  {
    var workflow = new Myrmex.Workflow ("closures");
    var one = new Token ();
    var two = new Token ();
    var three = new Token ();
    var four = new Token ();

    unowned var task = workflow.add_function ("function", () => new Variant.string (one.text));
    task.set_condition_func (context => two.text == "token");
    task.set_transform_func ((context, value) => new Variant.string (value.get_string () + three.text));
    workflow.add_async ("async", context => {
      assert_true (four.text == "token");
      context.return_value ();
    });
    var run = run_well (workflow);
    assert_cmpstr (run.dup_result ("function").get_value ().get_string (), CompareOperator.EQ, "tokentoken");
  }
  // A worker may be about to let go.
  while (n_freed < 4)
    Thread.yield ();
}

void test_thrown () {
  var workflow = new Myrmex.Workflow ("thrown");

  workflow.add_function ("bad", context => {
    throw new IOError.NOT_FOUND ("nothing there");
  });
  Error? problem;
  assert_true (run_async (workflow, out problem) == null);
  assert_error (problem, Myrmex.Error.quark (), Myrmex.Error.TASK_FAILED);

  try {
    var run = workflow.start ();
    try {
      run.wait ();
      assert_not_reached ();
    } catch (Myrmex.Error.TASK_FAILED error) {
      assert_true (error.message.contains ("nothing there"));
    }
    var result = run.dup_result ("bad");
    assert_true (result.get_error () is IOError.NOT_FOUND);
    assert_cmpstr (result.get_error_name (), CompareOperator.EQ, "g-io-error:1");
  } catch (Error error) {
    assert_not_reached ();
  }
}

async void answer_later (Myrmex.TaskContext context) {
  Timeout.add (1, answer_later.callback);
  yield;
  context.return_value (new Variant.uint32 (context.get_attempt ()));
}

void test_async_action () {
  var workflow = new Myrmex.Workflow ("async");

  for (int i = 0; i < 10; i++)
    workflow.add_async (@"task-$i", context => answer_later.begin (context));
  var run = run_well (workflow);
  for (int i = 0; i < 10; i++)
    assert_true (run.dup_result (@"task-$i").get_value ().get_uint32 () == 1);
}

void test_dropped_context () {
  var workflow = new Myrmex.Workflow ("dropped");
  Error? problem;

  workflow.add_async ("drop", context => {});
  run_async (workflow, out problem);
  assert_true (problem.message.contains ("without an answer"));
}

void test_condition () {
  var workflow = new Myrmex.Workflow ("condition") { fail_fast = false };

  workflow.add_noop ("no").set_condition_func (context => false);
  workflow.add_noop ("bad").set_condition_func (context => {
    throw new Myrmex.Error.FAILED ("can not tell");
  });
  Error? problem;
  run_async (workflow, out problem);
  assert_true (problem.message.contains ("can not tell"));
}

class Echo : Myrmex.Action {
  public Echo (string text) {
    Object (spec: dict_of ("example.echo", new Variant.string (text)), affinity: Myrmex.Affinity.WORKER);
  }

  public override bool prepare () throws Error {
    if (spec == null || !spec.lookup ("example.echo", "s", null))
      throw new Myrmex.Error.INVALID_ARGUMENT ("“example.echo” must be a string");
    return true;
  }

  public override void start (Myrmex.TaskContext context) {
    string text;

    context.get_input ().lookup ("example.echo", "s", out text);
    if (text == "fail")
      context.return_failure ("EchoError", "as it was told", true);
    else if (text == "throw")
      context.return_error (new IOError.FAILED ("thrown"));
    else
      context.return_value (text);
  }
}

void test_action () {
  try {
    assert_true (Myrmex.Action.register ("example.echo", typeof (Echo), null, null));
    assert_true ("example.echo" in Myrmex.Action.list_types ());
  } catch (Error error) {
    assert_not_reached ();
  }

  try {
    Myrmex.Action.create ("example.echo", dict_of ("example.echo", new Variant.int32 (3)));
    assert_not_reached ();
  } catch (Error error) {
    assert_error (error, Myrmex.Error.quark (), Myrmex.Error.INVALID_ARGUMENT);
  }

  try {
    var workflow = new Myrmex.Workflow.from_json (
      """{ "myrmex": 1, "name": "e", "tasks": { "a": { "example.echo": "from afar" } } }""");
    var run = run_well (workflow);
    assert_cmpstr (run.dup_result ("a").get_value ().get_string (), CompareOperator.EQ, "from afar");
  } catch (Error error) {
    assert_not_reached ();
  }
}

void test_retry () {
  try {
    var policy = new Myrmex.RetryPolicy.full (3, 0.001, 2, 60, 0, 0, { "EchoError" });
    var workflow = new Myrmex.Workflow ("retry");
    int n = 0;

    workflow.add_async ("flaky", context => {
      if (++n < 3)
        context.return_failure ("EchoError", "again", true);
      else
        context.return_value (n);
    });
    workflow.get_task ("flaky").set_retry_policy (policy);
    assert_true (workflow.get_task ("flaky").get_retry_policy ().get_max_attempts () == 3);
    assert_true (workflow.get_task ("nobody") == null);
    var run = run_well (workflow);
    assert_true (run.dup_result ("flaky").get_attempts () == 3);
    assert_true (run.dup_result ("flaky").get_value ().get_int32 () == 3);
  } catch (Error error) {
    assert_not_reached ();
  }

  try {
    new Myrmex.RetryPolicy.full (0, 1, 2, 60, 0, 0, null);
    assert_not_reached ();
  } catch (Error error) {
    assert_error (error, Myrmex.Error.quark (), Myrmex.Error.INVALID_ARGUMENT);
  }
}

void test_tasks () {
  try {
    var workflow = new Myrmex.Workflow ("tasks");
    var task = new Myrmex.Task ("made", null);
    var copy = task;

    copy.set_tags ({ "a", "b" });
    assert_true (task.get_tags ().length == 2 && task.get_tags ()[1] == "b");
    assert_true (task.get_metadata () == null);
    task.set_metadata (dict_of ("key", new Variant.int64 (5)));
    assert_true (workflow.add_task (task));
    assert_true (workflow.get_nth_task (0).get_name () == "made");
    assert_true (workflow.get_nth_task (1) == null);
    workflow.add_task (new Myrmex.Task.function ("other", () => null));
    workflow.chain ({ "made", "other" });
    assert_cmpstrv (workflow.get_task ("other").dup_dependencies (), { "made" });
    run_well (workflow);
    workflow.add_task (new Myrmex.Task ("made", null));
    assert_not_reached ();
  } catch (Error error) {
    assert_error (error, Myrmex.Error.quark (), Myrmex.Error.DUPLICATE);
  }
}

void test_properties () {
  var workflow = new Myrmex.Workflow ("properties") { description = "Described", timeout = 5, max_parallel = 2 };

  assert_cmpstr (workflow.description, CompareOperator.EQ, "Described");
  workflow.description = null;
  assert_null (workflow.description);
  assert_null (workflow.env);
  assert_true (workflow.fail_fast);
  workflow.parameters = dict_of ("n", dict_of ("type", "integer"));
  workflow.add_function ("n", context => context.dup_parameter ("n"));

  try {
    var run = workflow.start (dict_of ("parameters", dict_of ("n", new Variant.int64 (4))));
    run.wait ();
    assert_true (run.dup_result ("n").get_value ().get_int64 () == 4);
  } catch (Error error) {
    assert_not_reached ();
  }
}

void test_run () {
  var workflow = new Myrmex.Workflow ("run");
  var events = new GenericArray<string> ();

  workflow.add_function ("a", () => null);
  workflow.add_function ("b", () => null).add_dependency ("a");
  try {
    var loop = new MainLoop ();
    var run = workflow.start ();

    run.progress.connect ((task, status, details) => {
      assert_true (details.is_of_type (VariantType.VARDICT));
      events.add (@"$task $status");
    });
    run.finished.connect (() => loop.quit ());
    assert_true (run.get_n_items () == 2);
    var first = (Myrmex.TaskRun) run.get_item (0);
    assert_cmpstr (first.name, CompareOperator.EQ, "a");
    assert_null (first.message);
    loop.run ();
    assert_true (first.status == Myrmex.TaskStatus.COMPLETED && first.status.is_final ());
    assert_cmpstr (first.status.to_string (), CompareOperator.EQ, "completed");
    assert_true (run.workflow == workflow);
    assert_true (run.check ());

    // Vala owns what these give.
    for (int i = 0; i < 100; i++) {
      Variant summary = run.dup_summary ();
      Variant result = run.dup_result ("a").to_variant ();
      Variant nothing = Myrmex.value_new_null ();
      assert_true (summary.n_children () > 0 && result.n_children () > 0 && Myrmex.value_is_null (nothing));
    }
    assert_cmpstrv (run.dup_task_names (), { "a", "b" });
  } catch (Error error) {
    assert_not_reached ();
  }
  assert_cmpstrv (events.data, { "workflow started", "a running", "a completed", "b running", "b completed",
                                 "workflow completed" });
}

void test_cancelled () {
  var workflow = new Myrmex.Workflow ("cancelled");
  var cancellable = new Cancellable ();
  var contexts = new Myrmex.TaskContext[0];
  bool heard = false;
  Error? problem;

  workflow.add_async ("stay", context => {
    context.get_cancellable ().cancelled.connect (() => heard = true);
    contexts += context;
    Idle.add (() => {
      cancellable.cancel ();
      return Source.REMOVE;
    });
  });
  run_async (workflow, out problem, cancellable);
  assert_error (problem, Myrmex.Error.quark (), Myrmex.Error.CANCELLED);
  assert_true (heard);
  assert_true (contexts[0].is_cancelled ());
}

delegate void Meddle (Myrmex.Workflow workflow, Myrmex.Run run) throws Error;

// The workflow and the run that are meddled with, which nothing else holds.
class Box {
  public Myrmex.Workflow? workflow;
  public Myrmex.Run? run;
}

// Lets @meddle happen where a function of task “b” is called: 0 function, 1 condition, 2 transform, 3 progress.
Myrmex.Run meddle_at (int place, Meddle meddle) throws Error {
  var box = new Box ();
  box.workflow = new Myrmex.Workflow ("meddle");
  Myrmex.TaskFunc plain = () => new Variant.int64 (5);
  var loop = new MainLoop ();

  box.workflow.add_function ("a", () => null);
  var b = box.workflow.add_function ("b", context => {
    if (place == 0)
      meddle (box.workflow, box.run);
    return new Variant.int64 (5);
  });
  b.add_dependency ("a");
  b.set_affinity (Myrmex.Affinity.MAIN);
  if (place == 1)
    b.set_condition_func (context => {
      meddle (box.workflow, box.run);
      return true;
    });
  if (place == 2)
    b.set_transform_func ((context, value) => {
      meddle (box.workflow, box.run);
      return value;
    });
  box.workflow.add_function ("c", (owned) plain).add_dependency ("b");

  box.run = box.workflow.start ();
  var run = box.run;
  run.progress.connect ((task, status, details) => {
    if (place == 3 && task == "b" && status == "running") {
      try {
        meddle (box.workflow, run);
      } catch (Error error) {
        // It has no way to tell of it.
      }
    }
  });
  run.finished.connect (() => loop.quit ());
  loop.run ();
  return run;
}

void test_meddling () {
  try {
    for (int place = 0; place < 4; place++) {
      var run = meddle_at (place, (workflow, run) => run.cancel ());
      // Progress may be told when all is over.
      assert_true (run.get_status () == Myrmex.RunStatus.CANCELLED || place == 3);
      assert_true (run.dup_result ("c").get_status () == Myrmex.TaskStatus.CANCELLED || place == 3);

      // What is added while the workflow runs is told when it runs the next time, and is in no run before.
      run = meddle_at (place, (workflow, run) => workflow.add_function ("d", () => null));
      assert_true (run.get_n_items () == 3);
      assert_true (run.get_status () == Myrmex.RunStatus.COMPLETED || place < 3);

      run = meddle_at (place, (workflow, run) => run.wait (null));
      var result = run.dup_result ("b");
      assert_true (place == 3 || result.get_error ().message.contains ("can not wait for its own run"));

      run = meddle_at (place, (workflow, run) => {
        throw new IOError.FAILED ("on purpose");
      });
      result = run.dup_result ("b");
      assert_true (place == 3 || result.get_error ().message.contains ("on purpose"));
    }

    var values = new Myrmex.Workflow ("values") { fail_fast = false };
    values.add_function ("maybe", () => new Variant.maybe (VariantType.STRING, null));
    values.add_function ("handle", () => new Variant.handle (3));
    values.add_function ("large", () => new Variant.string (string.nfill (2 << 20, 'x')));
    Error? problem;
    run_async (values, out problem);
    assert_error (problem, Myrmex.Error.quark (), Myrmex.Error.TASK_FAILED);
    foreach (string name in new string[] { "handle", "large" })
      assert_true (problem.message.contains (name));
  } catch (Error error) {
    Test.message ("%s", error.message);
    assert_not_reached ();
  }
}

void test_plan () {
  try {
    var workflow = new Myrmex.Workflow ("plan");

    workflow.add_noop ("a").add_dependency ("b");
    workflow.add_noop ("b");
    var plan = new Myrmex.Plan (workflow);
    assert_cmpstrv (plan.dup_order (), { "b", "a" });
    workflow.get_task ("b").add_dependency ("a");
    new Myrmex.Plan (workflow);
    assert_not_reached ();
  } catch (Myrmex.Error.CYCLE error) {
    assert_true (error.message.contains ("a → b → a"));
  } catch (Error error) {
    assert_not_reached ();
  }
}

void test_definition () {
  Myrmex.Workflow? workflow;
  var diagnostics = Myrmex.definition_check ("{ \"myrmex\": 1, \"name\": \"x\", \"tasks\": { \"a\": {} } }", -1, "x.json",
                                             out workflow);

  assert_null (workflow);
  assert_true (diagnostics.length == 1);
  assert_cmpstr (diagnostics[0].get_filename (), CompareOperator.EQ, "x.json");
  assert_true (diagnostics[0].get_severity () == Myrmex.Severity.ERROR);
}

int main (string[] args) {
  Test.init (ref args);
  Test.add_func ("/vala/function", test_function);
  Test.add_func ("/vala/closures-are-freed", test_closures_are_freed);
  Test.add_func ("/vala/thrown", test_thrown);
  Test.add_func ("/vala/async-action", test_async_action);
  Test.add_func ("/vala/dropped-context", test_dropped_context);
  Test.add_func ("/vala/condition", test_condition);
  Test.add_func ("/vala/action", test_action);
  Test.add_func ("/vala/retry", test_retry);
  Test.add_func ("/vala/tasks", test_tasks);
  Test.add_func ("/vala/properties", test_properties);
  Test.add_func ("/vala/run", test_run);
  Test.add_func ("/vala/cancelled", test_cancelled);
  Test.add_func ("/vala/meddling", test_meddling);
  Test.add_func ("/vala/plan", test_plan);
  Test.add_func ("/vala/definition", test_definition);
  return Test.run ();
}
