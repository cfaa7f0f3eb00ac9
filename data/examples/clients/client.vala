/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Submits a workflow, follows it, and shows what came of it; or goes on where it was left: client [ID]
 *
 *   valac --pkg myrmex-1 --pkg gio-2.0 client.vala
 */

int main (string[] args) {
    var runner = (Myrmex.ServiceRunner) new Myrmex.ServiceRunner (null);
    var workflow = new Myrmex.Workflow ("hello");

    try {
        Myrmex.Run run;

        if (args.length > 1) {
            run = runner.open_run (args[1]);
        } else {
            workflow.add_command ("greet", { "echo", "hello" });
            workflow.add_shell ("shout", "echo HELLO").add_dependency ("greet");
            run = runner.start (workflow);
        }
        print ("run %s\n", run.id);
        run.progress.connect ((task, status, details) => print ("%s: %s\n", task, status));
        run.wait (null);
        print ("result %s\n", run.dup_result ("shout").get_value ().get_string ());

        var log = new DataInputStream (run.open_log ("shout"));
        print ("log %s\n", log.read_line ());
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }
    return 0;
}
