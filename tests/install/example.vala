// SPDX-License-Identifier: LGPL-2.1-or-later
int main () {
  var workflow = new Myrmex.Workflow ("installed");
  workflow.add_function ("answer", () => new Variant.uint32 (42));

  try {
    print ("%u\n", workflow.run ().dup_result ("answer").get_value ().get_uint32 ());
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
