#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// A window that shows a run: the run is the model of the list. `window.js N` runs N tasks instead, and says how long
// the longest frame took.
import Adw from 'gi://Adw?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk?version=4.0';
import Myrmex from 'gi://Myrmex';
import System from 'system';

const { SYNC_CREATE } = GObject.BindingFlags;
const manyTasks = Number(System.programArgs[0] ?? 0);

const ICONS = {
  pending: 'content-loading-symbolic',
  running: 'media-playback-start-symbolic',
  retrying: 'view-refresh-symbolic',
  completed: 'emblem-ok-symbolic',
  failed: 'dialog-error-symbolic',
  skipped: 'media-skip-forward-symbolic',
  cancelled: 'process-stop-symbolic',
};

const sleep = ms => new Promise(resolve => {
  GLib.timeout_add(GLib.PRIORITY_DEFAULT, ms, () => resolve() ?? GLib.SOURCE_REMOVE);
});

/* Work that takes its time and tells how far it is. */
function work(steps, what) {
  return async context => {
    for (let i = 1; i <= steps && !context.cancelled; i++) {
      context.report(i / steps, `${what} ${i} of ${steps}`);
      await sleep(60);
    }
    return steps;
  };
}

function makeWorkflow() {
  const workflow = new Myrmex.Workflow({ name: 'photos', failFast: false })
    .addTask({ name: 'find', action: work(20, 'folder') })
    .addTask({ name: 'thumbnails', dependencies: ['find'], action: work(60, 'picture') })
    .addTask({ name: 'faces', dependencies: ['find'], action: work(90, 'picture'), timeout: 3 })
    .addTask({
      name: 'upload',
      dependencies: ['thumbnails'],
      retryPolicy: { maxAttempts: 5, initialDelay: 1 },
      action: async context => {
        await work(10, 'picture')(context);
        if (context.attempt < 3)
          throw new Error('the server did not answer');
      },
    })
    .addTask({ name: 'albums', dependencies: ['faces'], action: work(10, 'album') })
    .addTask({
      name: 'video',
      dependencies: ['find'],
      condition: ({ results }) => results.find.value > 50,
      action: null,
    })
    .addTask({ name: 'size', dependencies: ['find'], command: ['du', '-sh', GLib.get_user_config_dir()] })
    .addTask({ name: 'tidy', dependencies: ['upload', 'albums'], triggerRule: 'all_done', action: work(5, 'file') });

  return workflow;
}

function makeLargeWorkflow(n) {
  const workflow = new Myrmex.Workflow({ name: 'large' });

  for (let i = 0; i < n; i++) {
    const dependencies = i < 100 ? [] : [`task-${i - 100}`];

    workflow.addTask({ name: `task-${i}`, dependencies, action: async () => i });
  }
  return workflow;
}

const nameOf = status => Myrmex.task_status_to_string(status);

/* A row has its widgets from the beginning to the end, and one task after another. */
function makeFactory() {
  const factory = new Gtk.SignalListItemFactory();

  factory.connect('setup', (_factory, listItem) => {
    const row = new Gtk.Box({ spacing: 12, marginTop: 6, marginBottom: 6, marginStart: 12, marginEnd: 12 });

    row.icon = new Gtk.Image();
    row.name_label = new Gtk.Label({ xalign: 0, widthChars: 12 });
    row.message = new Gtk.Label({ xalign: 0, hexpand: true, cssClasses: ['dim-label'] });
    row.bar = new Gtk.ProgressBar({ valign: Gtk.Align.CENTER, widthRequest: 160 });
    for (const widget of [row.icon, row.name_label, row.message, row.bar])
      row.append(widget);
    listItem.child = row;
  });

  factory.connect('bind', (_factory, listItem) => {
    const { item, child: row } = listItem;
    const update = () => {
      const status = nameOf(item.status);
      const label = Myrmex.task_status_get_label(item.status);

      row.icon.iconName = ICONS[status];
      row.message.label = item.reason === Myrmex.Reason.NONE ? item.message ?? label
        : `${label}: ${Myrmex.reason_to_string(item.reason)}`;
      row.bar.visible = status === 'running' && item.fraction >= 0;
      if (row.bar.visible)
        row.bar.fraction = item.fraction;
    };

    row.name_label.label = item.name;
    row.handlers = ['status', 'fraction', 'message'].map(property => item.connect(`notify::${property}`, update));
    update();
  });

  factory.connect('unbind', (_factory, { item, child: row }) => {
    for (const id of row.handlers)
      item.disconnect(id);
    row.handlers = [];
  });

  return factory;
}

class Window {
  constructor(application) {
    this.button = new Gtk.Button({ label: 'Run', cssClasses: ['suggested-action'] });
    this.button.connect('clicked', () => this.run === null ? this.start() : this.run.cancel());
    this.total = new Gtk.ProgressBar({ showText: true, marginTop: 6, marginBottom: 6, marginStart: 12, marginEnd: 12 });
    this.list = new Gtk.ListView({ factory: makeFactory(), showSeparators: true });
    this.run = null;

    const header = new Adw.HeaderBar();
    const content = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL });
    header.pack_start(this.button);
    content.append(header);
    content.append(new Gtk.ScrolledWindow({ child: this.list, vexpand: true }));
    content.append(this.total);
    this.native = new Adw.ApplicationWindow({ application, title: 'Myrmex', content });
    this.native.set_default_size(640, 480);
  }

  async start(workflow = makeWorkflow()) {
    this.run = workflow.start();
    this.list.model = new Gtk.NoSelection({ model: this.run });
    this.run.bind_property('fraction', this.total, 'fraction', SYNC_CREATE);
    this.run.connect('notify::counts', () => {
      const { completed, failed, skipped } = this.run.counts;

      this.total.text = `${completed} completed, ${failed} failed, ${skipped} skipped`;
    });
    this.button.label = 'Cancel';
    try {
      await this.run.wait();
    } catch (error) {
      this.total.text = error.message;
    }
    this.button.label = 'Run';
    this.run = null;
  }
}

/* The longest time between two frames, in ms, while @window runs. */
async function measure(window) {
  const workflow = makeLargeWorkflow(manyTasks);
  let longest = 0;
  let last = null;

  window.native.add_tick_callback((_widget, clock) => {
    const now = clock.get_frame_time();

    if (last !== null)
      longest = Math.max(longest, now - last);
    last = now;
    return GLib.SOURCE_CONTINUE;
  });
  await sleep(500);
  longest = 0;
  const begin = GLib.get_monotonic_time();
  await window.start(workflow);
  print(`${manyTasks} tasks in ${((GLib.get_monotonic_time() - begin) / 1e6).toFixed(2)} s, ` +
    `longest frame ${(longest / 1000).toFixed(1)} ms`);
}

const application = new Adw.Application({
  applicationId: 'org.codomyrmex.MyrmexExample',
  flags: Gio.ApplicationFlags.NON_UNIQUE,
});
application.connect('activate', () => {
  const window = new Window(application);

  window.native.present();
  if (manyTasks > 0)
    measure(window).catch(logError).finally(() => application.quit());
  else
    window.start().catch(logError);
});
application.run([System.programInvocationName]);
