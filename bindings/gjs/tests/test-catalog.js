/* SPDX-License-Identifier: LGPL-2.1-or-later */
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Myrmex from 'gi://Myrmex';

import { equal, match, ok, rejects, run, test, throws } from './tap.js';

Gio._promisify(Myrmex.Catalog.prototype, 'load_async', 'load_finish');

const encoder = new TextEncoder();

/* A folder with these files; those that end in .sh are executable. */
function folderOf(files) {
  const folder = GLib.Dir.make_tmp('myrmex-catalog-XXXXXX');

  for (const [name, text] of Object.entries(files)) {
    const path = GLib.build_filenamev([folder, name]);

    GLib.file_set_contents_full(path, encoder.encode(text), GLib.FileSetContentsFlags.CONSISTENT,
                                name.endsWith('.sh') ? 0o755 : 0o644);
  }
  return folder;
}

function drop(folder) {
  const file = Gio.File.new_for_path(folder);

  for (const info of file.enumerate_children('standard::name', Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS, null))
    file.get_child(info.get_name()).delete(null);
  file.delete(null);
}

function catalogOf(folder) {
  const catalog = new Myrmex.Catalog();

  catalog.add_folder(folder);
  return catalog;
}

test('a catalog is a list model of what there is', async () => {
  const folder = folderOf({
    'good.json': '{ "myrmex": 1, "description": "Good", "tasks": { "a": { "shell": "echo a" } } }',
    'bad.json': '{ "myrmex": 1, "tasks": { "a": { "shel": "x" } } }',
  });
  const catalog = catalogOf(folder);
  const changes = [];

  catalog.connect('items-changed', (model, ...change) => changes.push(change));
  ok(await catalog.load_async(null), 'the list is new');
  equal(changes, [[0, 0, 2]]);

  const [bad, good] = [catalog.get_item(0), catalog.get_item(1)];

  equal([bad.name, bad.broken, bad.is_broken(), good.name, good.description, good.n_tasks],
        ['bad', true, true, 'good', 'Good', 1]);
  match(bad.get_diagnostics()[0].to_string(), /bad\.json:1:34: There is no key “shel” here; did you mean “shell”\?$/);
  equal((await catalog.find('good').load(null).run()).a.value, 'a');
  throws(() => catalog.find('goood'), GLib.Error, /did you mean “good”/);
  drop(folder);
});

test('a search that is cancelled leaves the list as it was', async () => {
  const folder = folderOf({ 'a.json': '{ "myrmex": 1, "tasks": {} }' });
  const catalog = catalogOf(folder);
  const cancellable = new Gio.Cancellable();

  catalog.load(null);
  cancellable.cancel();
  await rejects(catalog.load_async(cancellable), GLib.Error, /./);
  equal(catalog.get_n_items(), 1);
  drop(folder);
});

test('a folder of scripts is a workflow', async () => {
  const folder = folderOf({
    'one.sh': '#!/bin/sh\necho "one $1"\n',
    'two.sh': '#!/bin/sh\nexit 4\n',
    'myrmex-scripts.json': `{
      "defaults": { "output": "text", "arguments": ["more"] },
      "scripts": { "two.sh": { "allowed_exit_codes": [4] } }
    }`,
  });
  const workflow = Myrmex.Workflow.new_from_scripts(folder, null);

  equal((await workflow.run())['one.sh'].value, 'one more');
  drop(folder);
});

test('a part of a workflow has its functions', async () => {
  const ran = [];
  const part = new Myrmex.Workflow({ name: 'whole' })
    .addTask({ name: 'a', action: () => { ran.push('a'); } })
    .addTask({ name: 'b', dependencies: ['a'], action: () => { ran.push('b'); } })
    .addTask({ name: 'c', action: () => { ran.push('c'); } })
    .select(['b'], null, null);

  await part.run();
  equal(ran, ['a', 'b']);
});

await run();
