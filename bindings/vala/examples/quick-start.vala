// SPDX-License-Identifier: LGPL-2.1-or-later
// Two tasks, of which one uses what the other found, and what happens meanwhile.
int main () {
  Intl.setlocale ();

  var workflow = new Myrmex.Workflow ("my_pipeline");
  workflow.add_function ("fetch_data", context => {
    context.report (0.5, "half way");
    return new Variant.strv ({ "one", "two", "three" });
  }).set_timeout (30);
  unowned var process = workflow.add_function ("process", context => {
    return new Variant.string (string.joinv (" ", context.dup_result ("fetch_data").get_value ().dup_strv ()));
  });
  process.add_dependency ("fetch_data");
  process.set_retry_policy (new Myrmex.RetryPolicy (3));
  workflow.progress.connect ((task, status, details) => {
    if (status != "running")
      print ("[%s] %s\n", task, status);
  });

  try {
    var run = workflow.run ();
    print ("%s\n", run.dup_result ("process").get_value ().get_string ());
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
