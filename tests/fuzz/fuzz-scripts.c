/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"
#include "definition/myrmex-definition.h"
#include "discovery/myrmex-scripts.h"

/* The scripts that each input finds, and what else is in the folder. */
static const char * const files[] = { "a.sh", "b.sh", "sub/a.sh", "sub/c d.py", "sub/deep/x", ".hidden", "old.bak" };

static char *folder;
static int   settings = -1;

static void
remove_folder (void)
{
  static const char * const others[] = { MYRMEX_SCRIPTS_FILE, "sub/deep", "sub", "." };

  for (gsize i = 0; i < G_N_ELEMENTS (files) + G_N_ELEMENTS (others); i++)
    {
      const char *name = i < G_N_ELEMENTS (files) ? files[i] : others[i - G_N_ELEMENTS (files)];
      g_autofree char *path = g_canonicalize_filename (name, folder);

      remove (path);
    }
}

static void
make_folder (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *deep = NULL;
  g_autofree char *path = NULL;
  g_autofree char *target = NULL;

  folder = g_dir_make_tmp ("myrmex-fuzz-XXXXXX", &error);
  g_assert_no_error (error);
  deep = g_build_filename (folder, "sub", "deep", NULL);
  g_assert_cmpint (g_mkdir_with_parents (deep, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *file = g_build_filename (folder, files[i], NULL);

      g_file_set_contents_full (file, "", 0, G_FILE_SET_CONTENTS_NONE, 0755, &error);
      g_assert_no_error (error);
    }
  /* On a disk each of the many inputs would wait for the disk. */
  settings = memfd_create (MYRMEX_SCRIPTS_FILE, MFD_CLOEXEC);
  g_assert_cmpint (settings, >=, 0);
  path = g_build_filename (folder, MYRMEX_SCRIPTS_FILE, NULL);
  target = g_strdup_printf ("/proc/self/fd/%d", settings);
  g_assert_cmpint (symlink (target, path), ==, 0);
  atexit (remove_folder);
}

/* Each is one line that a terminal can be shown; returns how many errors there are. */
static guint
check_diagnostics (const GPtrArray *diagnostics)
{
  guint n_errors = 0;

  for (guint i = 0; i < diagnostics->len; i++)
    {
      MyrmexDiagnostic *diagnostic = diagnostics->pdata[i];
      const char *message = myrmex_diagnostic_get_message (diagnostic);

      g_assert_cmpuint (strlen (message), >, 0);
      g_assert_true (g_utf8_validate (message, -1, NULL));
      for (const char *at = message; *at != '\0'; at = g_utf8_next_char (at))
        g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
      n_errors += myrmex_diagnostic_get_severity (diagnostic) == MYRMEX_SEVERITY_ERROR;
    }
  return n_errors;
}

/* Each task is a script that is there, under a name of its own; and the whole can be written and read again. */
static void
check_workflow (MyrmexWorkflow *workflow)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (MyrmexWorkflow) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *json = NULL;

  g_assert_cmpuint (myrmex_workflow_get_n_tasks (workflow), >, 0);
  for (guint i = 0; i < myrmex_workflow_get_n_tasks (workflow); i++)
    {
      const char *name = myrmex_task_get_name (myrmex_workflow_get_nth_task (workflow, i));

      g_assert_cmpuint (strlen (name), >, 0);
      g_assert_cmpuint (strlen (name), <=, MYRMEX_MAX_NAME_BYTES);
      g_assert_true (g_hash_table_add (names, (gpointer) name));
    }

  json = myrmex_workflow_to_json (workflow, &error);
  g_assert_no_error (error);
  again = myrmex_workflow_new_from_json (json, -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (again), ==, myrmex_workflow_get_n_tasks (workflow));
}

/* The input is myrmex-scripts.json. */
int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (GPtrArray) diagnostics = NULL;
  g_autoptr (GError) error = NULL;

  if (folder == NULL)
    make_folder ();
  g_assert_cmpint (ftruncate (settings, 0), ==, 0);
  g_assert_cmpint (pwrite (settings, data, size, 0), ==, (gssize) size);

  diagnostics = myrmex_scripts_check (folder, &workflow, NULL, &error);
  if (diagnostics == NULL)
    {
      /* Patterns may leave nothing over. */
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_null (workflow);
      return 0;
    }

  g_assert_no_error (error);
  g_assert_true ((workflow != NULL) == (check_diagnostics (diagnostics) == 0));
  if (workflow != NULL)
    check_workflow (workflow);
  return 0;
}
