/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "discovery/myrmex-catalog.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "discovery-fixture.h"

#define GOOD "{ \"myrmex\": 1, \"tasks\": { \"a\": { \"noop\": {} } } }"

static char *
make_definition (const char *name)
{
  return g_strdup_printf ("{ \"myrmex\": 1, \"name\": \"%s\", \"tasks\": { \"a\": { \"noop\": {} } } }", name);
}

static MyrmexCatalog *
load (Fixture            *fixture,
      const char * const *folders)
{
  MyrmexCatalog *catalog = myrmex_catalog_new ();
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, folders[i], NULL);

      myrmex_catalog_add_folder (catalog, path);
    }
  g_assert_true (myrmex_catalog_load (catalog, NULL, &error));
  g_assert_no_error (error);
  return catalog;
}

/* “name path [!] [<path]” of each entry: broken, and shadowed by. */
static char *
describe (Fixture       *fixture,
          MyrmexCatalog *catalog)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *prefix = g_strconcat (fixture->folder, "/", NULL);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (catalog));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MyrmexCatalogEntry) entry = g_list_model_get_item (G_LIST_MODEL (catalog), i);
      const char *shadow = myrmex_catalog_entry_get_shadowed_by (entry);

      g_string_append_printf (text, "%s %s%s%s%s\n", myrmex_catalog_entry_get_name (entry),
                              myrmex_catalog_entry_get_path (entry),
                              myrmex_catalog_entry_is_broken (entry) ? " !" : "",
                              shadow != NULL ? " <" : "", shadow != NULL ? shadow : "");
    }
  g_string_replace (text, prefix, "", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
describe_remarks (Fixture       *fixture,
                  MyrmexCatalog *catalog)
{
  g_autoptr (GPtrArray) remarks = myrmex_catalog_dup_remarks (catalog);

  return fixture_describe (fixture, remarks);
}

static void
assert_listed (Fixture            *fixture,
               const char * const *folders,
               const char         *expected,
               const char         *expected_remarks)
{
  g_autoptr (MyrmexCatalog) catalog = load (fixture, folders);
  g_autofree char *found = describe (fixture, catalog);
  g_autofree char *remarks = describe_remarks (fixture, catalog);

  g_assert_cmpstr (found, ==, expected);
  g_assert_cmpstr (remarks, ==, expected_remarks);
}

static void
test_entry (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autoptr (MyrmexCatalogEntry) entry = NULL;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *tags = NULL;

  fixture_write (fixture, "a/photos.json",
                 "{ \"myrmex\": 1, \"description\": \"Sorts photos\", \"parameters\": { \"size\": { \"type\": \"integer\" } },"
                 " \"tasks\": { \"x\": { \"noop\": {}, \"tags\": [\"slow\", \"net\"] }, \"y\": { \"noop\": {},"
                 " \"tags\": [\"net\"] } } }");
  catalog = load (fixture, (const char *[]) { "a", NULL });
  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (catalog)) == MYRMEX_TYPE_CATALOG_ENTRY);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (catalog), 1));

  entry = myrmex_catalog_find (catalog, "photos", &error);
  g_assert_no_error (error);
  path = fixture_path (fixture, "a/photos.json");
  tags = g_strjoinv (" ", (char **) myrmex_catalog_entry_get_tags (entry));
  g_assert_cmpstr (myrmex_catalog_entry_get_path (entry), ==, path);
  g_assert_cmpstr (myrmex_catalog_entry_get_description (entry), ==, "Sorts photos");
  g_assert_cmpuint (myrmex_catalog_entry_get_n_tasks (entry), ==, 2);
  g_assert_cmpuint (g_variant_n_children (myrmex_catalog_entry_get_parameters (entry)), ==, 1);
  g_assert_cmpstr (tags, ==, "net slow");
  g_assert_false (myrmex_catalog_entry_is_scripts (entry));
  g_assert_cmpuint (myrmex_catalog_entry_get_diagnostics (entry)->len, ==, 0);

  workflow = myrmex_catalog_entry_load (entry, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (myrmex_workflow_get_name (workflow), ==, "photos");
}

/* What a view binds to says what the getters say. */
static void
test_properties (Fixture       *fixture,
                 gconstpointer  data)
{
  const char *folders[] = { "a", "b", NULL };
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autoptr (MyrmexCatalogEntry) entry = NULL;
  g_autoptr (MyrmexCatalogEntry) shadowed = NULL;
  g_autoptr (GVariant) parameters = NULL;
  g_autofree char *name = NULL, *path = NULL, *description = NULL, *shadowed_by = NULL, *shadow = NULL;
  g_auto (GStrv) tags = NULL;
  gboolean is_scripts, is_broken;
  guint n_tasks;

  fixture_write (fixture, "a/x.json",
                 "{ \"myrmex\": 1, \"name\": \"x\", \"description\": \"What it is\","
                 "  \"parameters\": { \"p\": { \"type\": \"string\", \"default\": \"d\" } },"
                 "  \"tasks\": { \"a\": { \"noop\": {}, \"tags\": [\"z\", \"y\"] }, \"b\": { \"noop\": {} } } }");
  fixture_write (fixture, "b/x.json", "{ \"myrmex\": 1, \"name\": \"x\", \"tasks\": { \"a\": {} } }");
  catalog = load (fixture, folders);
  entry = g_list_model_get_item (G_LIST_MODEL (catalog), 0);
  g_object_get (entry, "name", &name, "path", &path, "description", &description, "n-tasks", &n_tasks,
                "parameters", &parameters, "tags", &tags, "script-folder", &is_scripts, NULL);
  g_assert_cmpstr (name, ==, "x");
  g_assert_cmpstr (path, ==, myrmex_catalog_entry_get_path (entry));
  g_assert_cmpstr (description, ==, "What it is");
  g_assert_cmpuint (n_tasks, ==, 2);
  g_assert_true (g_variant_equal (parameters, myrmex_catalog_entry_get_parameters (entry)));
  g_assert_cmpuint (g_strv_length (tags), ==, 2);
  g_assert_cmpstr (tags[0], ==, "y");
  g_assert_false (is_scripts);

  shadowed = g_list_model_get_item (G_LIST_MODEL (catalog), 1);
  g_object_get (entry, "shadowed-by", &shadow, NULL);
  g_object_get (shadowed, "broken", &is_broken, "shadowed-by", &shadowed_by, NULL);
  g_assert_null (shadow);
  g_assert_cmpstr (shadowed_by, ==, path);
  g_assert_true (is_broken);
}

/* A broken file among good ones is listed, says why, and hides nothing else. */
static void
test_broken (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autoptr (MyrmexCatalogEntry) entry = NULL;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  g_autofree char *why = NULL;

  fixture_write (fixture, "a.json", GOOD);
  fixture_write (fixture, "b.json", "{ \"myrmex\": 1, \"tasks\": { \"a\": { \"comand\": [\"ls\"] } } }");
  fixture_write (fixture, "c.json", "{ \"myrmex\": 1, \"tasks\": { ");
  fixture_write (fixture, "d.json", "");
  fixture_write (fixture, "e.json", GOOD);
  catalog = load (fixture, (const char *[]) { ".", NULL });
  found = describe (fixture, catalog);
  g_assert_cmpstr (found, ==, "a a.json\nb b.json !\nc c.json !\nd d.json !\ne e.json\n");

  entry = myrmex_catalog_find (catalog, "b", &error);
  g_assert_no_error (error);
  why = fixture_describe (fixture, myrmex_catalog_entry_get_diagnostics (entry));
  g_assert_cmpstr (why, ==, "b.json:1:34: There is no key “comand” here; did you mean “command”?\n");
  workflow = myrmex_catalog_entry_load (entry, NULL, &error);
  g_assert_null (workflow);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_DEFINITION);
}

static void
test_files_that_are_not_looked_at (Fixture       *fixture,
                                   gconstpointer  data)
{
  fixture_write (fixture, "a.json", GOOD);
  fixture_write (fixture, ".hidden.json", GOOD);
  fixture_write (fixture, "a.json~", GOOD);
  fixture_write (fixture, "notes.txt", "hello");
  fixture_write (fixture, "package.json", "{ \"name\": \"x\" }");
  fixture_write (fixture, "list.json", "[1, 2]");
  fixture_write (fixture, "sub/b.json", GOOD);
  assert_listed (fixture, (const char *[]) { ".", NULL }, "a a.json\n",
                 "list.json: note: left out: it is no definition, since it has neither “myrmex” nor “tasks”\n"
                 "package.json: note: left out: it is no definition, since it has neither “myrmex” nor “tasks”\n");
}

static void
test_unreadable (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autoptr (MyrmexCatalogEntry) entry = NULL;
  g_autofree char *why = NULL;
  g_autofree char *fifo = fixture_path (fixture, "d.json");

  fixture_write (fixture, "a.json", GOOD);
  fixture_write (fixture, "file", "x");
  fixture_link (fixture, "b.json", "b.json");
  fixture_link (fixture, "c.json", "nowhere");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_listed (fixture, (const char *[]) { ".", NULL }, "a a.json\nb b.json !\nc c.json !\nd d.json !\n", "");
  assert_listed (fixture, (const char *[]) { "none", "file", ".", NULL },
                 "a a.json\nb b.json !\nc c.json !\nd d.json !\n",
                 "none: The folder “none” can not be read: No such file or directory\n"
                 "file: “file” is no folder\n");

  catalog = load (fixture, (const char *[]) { ".", NULL });
  entry = myrmex_catalog_find (catalog, "c", NULL);
  why = fixture_describe (fixture, myrmex_catalog_entry_get_diagnostics (entry));
  g_assert_cmpstr (why, ==, "c.json: “c.json” can not be read: No such file or directory\n");
}

static void
test_folder_without_permission (Fixture       *fixture,
                                gconstpointer  data)
{
  g_autofree char *path = NULL;

  fixture_folder (fixture, "closed");
  fixture_write (fixture, "open/a.json", GOOD);
  path = fixture_path (fixture, "closed");
  g_assert_cmpint (chmod (path, 0), ==, 0);
  if (access (path, R_OK) == 0)
    {
      g_test_skip ("root may read everything");
      return;
    }
  assert_listed (fixture, (const char *[]) { "closed", "open", NULL }, "a open/a.json\n",
                 "closed: The folder “closed” can not be read: Permission denied\n");
  g_assert_cmpint (chmod (path, 0700), ==, 0);
}

static void
test_shadowed (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *a = make_definition ("a");

  fixture_write (fixture, "one/a.json", GOOD);
  fixture_write (fixture, "two/a.json", GOOD);
  fixture_write (fixture, "two/b.json", GOOD);
  fixture_write (fixture, "two/other.json", a);
  assert_listed (fixture, (const char *[]) { "one", "two", NULL },
                 "a one/a.json\na two/a.json <one/a.json\na two/other.json <one/a.json\nb two/b.json\n", "");
  assert_listed (fixture, (const char *[]) { "two", "one", NULL },
                 "a two/a.json\na two/other.json <two/a.json\na one/a.json <two/a.json\nb two/b.json\n", "");
}

/* What a person put before another one is not passed over since it has a mistake; but what can not even be read
 * has only the name of its file. */
static void
test_broken_and_shadowed (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autofree char *b = make_definition ("b");

  fixture_write (fixture, "one/a.json", "{ \"myrmex\": 1, \"name\": \"a\", \"tasks\": { \"x\": {} } }");
  fixture_write (fixture, "one/b.json", "{");
  fixture_write (fixture, "two/a.json", GOOD);
  fixture_write (fixture, "two/c.json", b);
  assert_listed (fixture, (const char *[]) { "one", "two", NULL },
                 "a one/a.json !\na two/a.json <one/a.json\nb two/c.json\nb one/b.json ! <two/c.json\n", "");
}

static void
test_name_of_file (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autoptr (MyrmexCatalogEntry) entry = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = make_definition ("photo-import");
  g_autofree char *why = NULL;

  fixture_write (fixture, "old.json", name);
  fixture_write (fixture, "über uns.json", GOOD);
  assert_listed (fixture, (const char *[]) { ".", NULL }, "__ber_uns über uns.json\nphoto-import old.json\n", "");

  catalog = load (fixture, (const char *[]) { ".", NULL });
  entry = myrmex_catalog_find (catalog, "photo-import", NULL);
  why = fixture_describe (fixture, myrmex_catalog_entry_get_diagnostics (entry));
  g_assert_cmpstr (why, ==, "old.json:1:24: warning: The workflow is found as “photo-import”, which is not the name of "
                   "its file, “old”\n");
  g_assert_false (myrmex_catalog_entry_is_broken (entry));

  g_assert_null (myrmex_catalog_find (catalog, "old", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "“photo-import”"));
}

static void
test_not_found (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autoptr (MyrmexCatalog) empty = myrmex_catalog_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;

  fixture_write (fixture, "build.json", GOOD);
  catalog = load (fixture, (const char *[]) { ".", "x", NULL });
  g_assert_null (myrmex_catalog_find (catalog, "biuld", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  expected = g_strdup_printf ("There is no workflow “biuld”; did you mean “build”? Looked in: %s, %s/x",
                              fixture->folder, fixture->folder);
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);

  g_assert_null (myrmex_catalog_find (empty, "build", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "has not been loaded"));
}

/* Named twice, by a link, or with a link in it that leads back: each workflow is there once. */
static void
test_links (Fixture       *fixture,
            gconstpointer  data)
{
  fixture_write (fixture, "real/a.json", GOOD);
  fixture_link (fixture, "real/self", ".");
  fixture_link (fixture, "link", "real");
  assert_listed (fixture, (const char *[]) { "real", "link", "real/../real", NULL }, "a real/a.json\n", "");
}

static void
test_script_folders (Fixture       *fixture,
                     gconstpointer  data)
{
  fixture_script (fixture, "hello.sh", "echo hello");
  fixture_script (fixture, "checks/one.sh", "true");
  fixture_write (fixture, "checks/myrmex-scripts.json", "{ \"name\": \"all-checks\" }");
  fixture_script (fixture, "broken/one.sh", "true");
  fixture_write (fixture, "broken/myrmex-scripts.json", "{ \"nam\": \"all-checks\" }");
  fixture_write (fixture, "empty/myrmex-scripts.json", "{}");
  fixture_script (fixture, "plain/one.sh", "true");
  fixture_write (fixture, "flow.json", GOOD);

  {
    g_autoptr (MyrmexCatalog) catalog = load (fixture, (const char *[]) { ".", NULL });
    g_autofree char *name = g_path_get_basename (fixture->folder);
    g_autofree char *found = describe (fixture, catalog);
    g_autofree char *expected =
      g_strdup_printf ("all-checks checks\nbroken broken !\nempty empty !\nflow flow.json\n%s %s\n", name,
                       fixture->folder);
    g_autoptr (MyrmexCatalogEntry) entry = myrmex_catalog_find (catalog, "all-checks", NULL);

    g_assert_cmpstr (found, ==, expected);
    g_assert_true (myrmex_catalog_entry_is_scripts (entry));
    g_assert_cmpuint (myrmex_catalog_entry_get_n_tasks (entry), ==, 1);
  }
}

static void
test_standard_folders (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr (MyrmexCatalog) catalog = myrmex_catalog_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) folders = NULL;
  g_autofree char *first = g_build_filename (g_get_user_data_dir (), "myrmex", "workflows", NULL);

  /* None of them is there, which is no complaint; one that is not absolute is passed over. */
  myrmex_catalog_add_standard_folders (catalog);
  folders = myrmex_catalog_dup_folders (catalog);
  g_assert_cmpstr (folders[0], ==, first);
  g_assert_true (g_str_has_suffix (folders[1], "/system/myrmex/workflows"));
  g_assert_true (g_str_has_suffix (folders[2], "/other/myrmex/workflows"));
  g_assert_cmpuint (g_strv_length (folders), ==, 3);
  g_assert_true (myrmex_catalog_load (catalog, NULL, &error));
  g_assert_no_error (error);
  {
    g_autofree char *remarks = describe_remarks (fixture, catalog);

    g_assert_cmpstr (remarks, ==, "");
  }

  g_assert_cmpint (g_mkdir_with_parents (first, 0700), ==, 0);
  {
    g_autofree char *path = g_build_filename (first, "mine.json", NULL);
    g_autofree char *script = g_build_filename (first, "tool.sh", NULL);

    g_assert_true (g_file_set_contents (path, GOOD, -1, NULL));
    g_assert_true (g_file_set_contents_full (script, "#!/bin/sh\n", -1, G_FILE_SET_CONTENTS_CONSISTENT, 0755, NULL));
    g_assert_true (myrmex_catalog_load (catalog, NULL, &error));
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (catalog)), ==, 1);
    g_assert_cmpint (unlink (path), ==, 0);
    g_assert_cmpint (unlink (script), ==, 0);
  }
  g_assert_cmpint (g_rmdir (first), ==, 0);
  {
    g_autofree char *above = g_path_get_dirname (first);

    g_assert_cmpint (g_rmdir (above), ==, 0);
    g_assert_cmpint (g_rmdir (g_get_user_data_dir ()), ==, 0);
  }
}

static void
test_reload (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autofree char *found = NULL;
  guint changes[3] = { 0 };

  fixture_write (fixture, "a.json", GOOD);
  catalog = load (fixture, (const char *[]) { ".", NULL });
  fixture_write (fixture, "b.json", GOOD);
  g_signal_connect_swapped (catalog, "items-changed", G_CALLBACK (g_atomic_int_inc), &changes[0]);
  g_assert_true (myrmex_catalog_load (catalog, NULL, NULL));
  found = describe (fixture, catalog);
  g_assert_cmpstr (found, ==, "a a.json\nb b.json\n");
  g_assert_cmpuint (changes[0], ==, 1);
}

typedef struct
{
  MyrmexCatalog *catalog;
  guint          n_pending;
  guint          n_done;
  guint          n_cancelled;
} Waiting;

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  Waiting *waiting = data;
  g_autoptr (GError) error = NULL;

  if (myrmex_catalog_load_finish (MYRMEX_CATALOG (source), result, &error))
    waiting->n_done++;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    waiting->n_cancelled++;
  waiting->n_pending--;
}

static void
test_async (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (MyrmexCatalog) catalog = myrmex_catalog_new ();
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autofree char *found = NULL;
  Waiting waiting = { catalog, 3, 0, 0 };

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("w%u.json", i);

      fixture_write (fixture, name, GOOD);
    }
  myrmex_catalog_add_folder (catalog, fixture->folder);
  g_cancellable_cancel (cancelled);

  g_main_context_push_thread_default (context);
  myrmex_catalog_load_async (catalog, NULL, loaded_cb, &waiting);
  myrmex_catalog_load_async (catalog, cancelled, loaded_cb, &waiting);
  myrmex_catalog_load_async (catalog, NULL, loaded_cb, &waiting);
  g_assert_true (myrmex_catalog_is_loading (catalog));

  /* Nothing changes before the caller's main context runs. */
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (catalog)), ==, 0);
  while (waiting.n_pending > 0)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
  g_assert_false (myrmex_catalog_is_loading (catalog));
  g_assert_cmpuint (waiting.n_done, ==, 2);
  g_assert_cmpuint (waiting.n_cancelled, ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (catalog)), ==, 200);
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fixture_write (fixture, "a.json", GOOD);
  catalog = load (fixture, (const char *[]) { ".", NULL });
  fixture_write (fixture, "b.json", GOOD);
  g_cancellable_cancel (cancellable);
  g_assert_false (myrmex_catalog_load (catalog, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (catalog)), ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *data = g_dir_make_tmp ("myrmex-catalog-XXXXXX", NULL);
  g_autofree char *home = g_build_filename (data, "home", NULL);
  g_autofree char *system = g_strconcat (data, "/system:relative:", data, "/other", NULL);
  int status;

  /* Before anybody asks where they are. */
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_DATA_DIRS", system, TRUE);
  g_test_init (&argc, &argv, NULL);

  fixture_add ("/catalog/entry", test_entry);
  fixture_add ("/catalog/properties", test_properties);
  fixture_add ("/catalog/broken", test_broken);
  fixture_add ("/catalog/files-that-are-not-looked-at", test_files_that_are_not_looked_at);
  fixture_add ("/catalog/unreadable", test_unreadable);
  fixture_add ("/catalog/folder-without-permission", test_folder_without_permission);
  fixture_add ("/catalog/shadowed", test_shadowed);
  fixture_add ("/catalog/broken-and-shadowed", test_broken_and_shadowed);
  fixture_add ("/catalog/name-of-file", test_name_of_file);
  fixture_add ("/catalog/not-found", test_not_found);
  fixture_add ("/catalog/links", test_links);
  fixture_add ("/catalog/script-folders", test_script_folders);
  fixture_add ("/catalog/standard-folders", test_standard_folders);
  fixture_add ("/catalog/reload", test_reload);
  fixture_add ("/catalog/async", test_async);
  fixture_add ("/catalog/cancelled", test_cancelled);

  status = g_test_run ();
  g_assert_cmpint (g_rmdir (data), ==, 0);
  return status;
}
