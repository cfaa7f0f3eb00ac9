// SPDX-License-Identifier: LGPL-2.1-or-later
async void go () throws Error {
  SNIPPET
}

int main () {
  var loop = new MainLoop ();
  var status = 0;

  go.begin ((source, result) => {
    try {
      go.end (result);
    } catch (Error error) {
      printerr ("%s\n", error.message);
      status = 1;
    }
    loop.quit ();
  });
  loop.run ();
  return status;
}
