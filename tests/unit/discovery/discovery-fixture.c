/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "discovery-fixture.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
fixture_set_up (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("myrmex-discovery-XXXXXX", &error);
  g_assert_no_error (error);
}

static int
remove_cb (const char        *path,
           const struct stat *status,
           int                kind,
           struct FTW        *walk)
{
  return remove (path);
}

void
fixture_tear_down (Fixture       *fixture,
                   gconstpointer  data)
{
  g_assert_cmpint (nftw (fixture->folder, remove_cb, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
  g_free (fixture->folder);
}

/* The path of what is in the folder; the folders that it is in are made. */
char *
fixture_path (Fixture    *fixture,
              const char *name)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return path;
}

void
fixture_write (Fixture    *fixture,
               const char *name,
               const char *text)
{
  g_autofree char *path = fixture_path (fixture, name);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error);
  g_assert_no_error (error);
}

void
fixture_script (Fixture    *fixture,
                const char *name,
                const char *text)
{
  g_autofree char *path = fixture_path (fixture, name);
  g_autofree char *script = g_strconcat ("#!/bin/sh\n", text, "\n", NULL);

  fixture_write (fixture, name, script);
  g_assert_cmpint (g_chmod (path, 0755), ==, 0);
}

void
fixture_link (Fixture    *fixture,
              const char *name,
              const char *target)
{
  g_autofree char *path = fixture_path (fixture, name);

  g_assert_cmpint (symlink (target, path), ==, 0);
}

void
fixture_folder (Fixture    *fixture,
                const char *name)
{
  g_autofree char *path = fixture_path (fixture, name);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
}

/* The diagnostics, one a line, with the folder left out. */
char *
fixture_describe (Fixture   *fixture,
                  GPtrArray *diagnostics)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *prefix = g_strconcat (fixture->folder, "/", NULL);

  for (guint i = 0; i < diagnostics->len; i++)
    {
      g_autofree char *line = myrmex_diagnostic_to_string (diagnostics->pdata[i]);

      g_string_append_printf (text, "%s\n", line);
    }
  g_string_replace (text, prefix, "", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
