/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole programs: what they print, and how they end. Examples print what the file beside them says. */

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

import { equal, match, run, test } from './tap.js';

Gio._promisify(Gio.Subprocess.prototype, 'communicate_utf8_async', 'communicate_utf8_finish');

const here = GLib.path_get_dirname(GLib.filename_from_uri(import.meta.url)[0]);
const examples = GLib.build_filenamev([GLib.path_get_dirname(here), 'examples']);

/* A critical of the script under test ends it, as it should, where it is not what is tested. */
async function runScript(path, { args = ['-m'], debug = 'fatal-warnings' } = {}) {
  const flags = Gio.SubprocessFlags.STDOUT_PIPE | Gio.SubprocessFlags.STDERR_PIPE;
  const launcher = new Gio.SubprocessLauncher({ flags });

  launcher.setenv('G_DEBUG', debug, true);
  launcher.set_cwd(GLib.path_get_dirname(path));
  const process = launcher.spawnv([GLib.getenv('GJS') ?? 'gjs', ...args, path]);
  const [stdout, stderr] = await process.communicate_utf8_async(null, null);

  return { stdout, stderr, status: process.get_if_exited() ? process.get_exit_status() : -process.get_term_sig() };
}

function script(name, options) {
  return runScript(GLib.build_filenamev([here, 'scripts', name]), options);
}

test('a script without modules, with a loop of its own', async () => {
  equal(await script('legacy.js', { args: [] }), { stdout: 'two is 2\nthe loop has ended\n', stderr: '', status: 0 });
});

test('both ways to import are the same', async () => {
  equal(await script('both-imports.js'), { stdout: 'true\nfunction\n', stderr: '', status: 0 });
});

test('a run that fails ends the script that awaits it', async () => {
  const { stdout, stderr, status } = await script('fails.js', { debug: '' });

  equal([stdout, status], ['', 1]);
  match(stderr, /WorkflowError: Workflow “fails” failed: “bad”: out of it/);
});

test('a run that fails and is not awaited is told of', async () => {
  const { stderr } = await script('not-awaited.js', { debug: '' });

  match(stderr, /Unhandled promise rejection/);
});

for (const name of ['quick-start', 'progress', 'commands', 'parallel', 'definition', 'own-action']) {
  test(`the example ${name}`, async () => {
    const [, expected] = GLib.file_get_contents(GLib.build_filenamev([examples, `${name}.txt`]));

    equal(await runScript(GLib.build_filenamev([examples, `${name}.js`])),
      { stdout: new TextDecoder().decode(expected), stderr: '', status: 0 });
  });
}

await run();
