/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What the folders of logs take, and what is gained when some of them go. */

#include "folders.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define OLD "0123456789abcdef0123456789abcdef"
#define NEW "0123456789abcdef0123456789abcdee"

static void
put (const char *root,
     const char *id,
     const char *below,
     gsize       n_bytes)
{
  g_autofree char *folder = g_build_filename (root, id, below, NULL);
  g_autofree char *path = g_build_filename (folder, "a.log", NULL);
  g_autofree char *text = g_strnfill (n_bytes, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents_full (path, text, (gssize) n_bytes, G_FILE_SET_CONTENTS_DURABLE, 0600, &error);
  g_assert_no_error (error);
}

/* What goes need not be looked for again. */
static void
test_removed (void)
{
  g_autofree char *root = g_dir_make_tmp ("myrmex-folders-XXXXXX", NULL);
  g_autofree char *link = g_build_filename (root, OLD, "link", NULL);
  gint64 before, after, freed;

  put (root, OLD, "", 100000);
  put (root, OLD, "below/there", 50000);
  put (root, NEW, "", 20000);
  g_assert_cmpint (symlink (root, link), ==, 0);
  before = folders_measure (root);
  g_assert_cmpint (before, >=, 170000);

  g_assert_cmpint (folders_remove (root, (const char *[]) { "other", "../" OLD, NULL }), ==, 0);
  freed = folders_remove (root, (const char *[]) { OLD, OLD, NULL });
  after = folders_measure (root);
  g_assert_cmpint (freed, >=, 150000);
  g_assert_cmpint (after, >=, 20000);
  g_assert_cmpint (before - after, ==, freed);

  g_assert_cmpint (folders_remove (root, (const char *[]) { NEW, NULL }), >=, 20000);
  g_assert_cmpint (folders_remove (root, (const char *[]) { NEW, NULL }), ==, 0);
  g_assert_cmpint (g_rmdir (root), ==, 0);
  g_assert_cmpint (folders_measure (root), ==, 0);
  g_assert_cmpint (folders_remove (root, (const char *[]) { NEW, NULL }), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/folders/removed", test_removed);
  return g_test_run ();
}
