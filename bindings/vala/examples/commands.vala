// SPDX-License-Identifier: LGPL-2.1-or-later
// Programs as tasks: their output is their value, which others take by templates. One of them fails.
int main () {
  Intl.setlocale ();

  var workflow = new Myrmex.Workflow ("commands") { fail_fast = false };
  workflow.add_command ("list", { "printf", "%s\\n", "one", "two" }, options ("output", "lines"));
  workflow.add_command ("last", { "echo", "${{ tasks.list.value[1] }}" }).add_dependency ("list");
  workflow.add_shell ("fails", "exit 3");
  workflow.add_noop ("after").add_dependency ("fails");

  try {
    var run = workflow.start ();
    try {
      run.wait ();
    } catch (Myrmex.Error.TASK_FAILED error) {
      print ("%s\n", error.message);
    }
    print ("%s\n", run.dup_result ("last").get_value ().get_string ());
    print ("%s\n", run.explain ("after"));
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}

Variant options (string key, string value) {
  var dict = new VariantDict ();

  dict.insert (key, "s", value);
  return dict.end ();
}
