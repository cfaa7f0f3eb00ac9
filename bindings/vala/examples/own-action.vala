// SPDX-License-Identifier: LGPL-2.1-or-later
// A type of action of one's own, which definitions can use by its name, run by an async method.
class Repeat : Myrmex.Action {
  public override bool prepare () throws Error {
    if (!spec.lookup ("times", "x", null))
      throw new Myrmex.Error.INVALID_ARGUMENT ("“times” must be a number");
    return true;
  }

  public override void start (Myrmex.TaskContext context) {
    string text;
    int64 times;
    var builder = new StringBuilder ();

    context.get_input ().lookup ("example.repeat", "s", out text);
    context.get_input ().lookup ("times", "x", out times);
    for (int64 i = 0; i < times; i++)
      builder.append (text);
    context.return_value (builder.str);
  }
}

async void work () throws Error {
  Myrmex.Action.register ("example.repeat", typeof (Repeat), { "times" }, "Says something several times");

  var workflow = new Myrmex.Workflow.from_json (
    """{ "myrmex": 1, "name": "echo", "tasks": { "ants": { "example.repeat": "ant ", "times": 3 } } }""");
  var run = yield workflow.run_async ();
  print ("%s\n", run.dup_result ("ants").get_value ().get_string ().strip ());

  try {
    new Myrmex.Workflow.from_json ("{ \"myrmex\": 1, \"name\": \"echo\",\n  \"tasks\": { \"ants\": {\n    \"example.repeat\": \"ant \" } } }");
  } catch (Myrmex.Error.INVALID_DEFINITION error) {
    print ("%s\n", error.message);
  }
}

int main () {
  Intl.setlocale ();

  var loop = new MainLoop ();
  int status = 0;

  work.begin ((_, result) => {
    try {
      work.end (result);
    } catch (Error error) {
      printerr ("%s\n", error.message);
      status = 1;
    }
    loop.quit ();
  });
  loop.run ();
  return status;
}
