/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/myrmex-limits.h"
#include "definition/myrmex-definition.h"

static const char minimal[] = "{ \"myrmex\": 1, \"tasks\": { \"a\": { \"noop\": {} } } }";

typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("myrmex-definition-XXXXXX", &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
}

static char *
write_file (Fixture    *fixture,
            const char *name,
            const char *text)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  return path;
}

static void
test_directory (Fixture       *fixture,
                gconstpointer  data)
{
  static const struct
  {
    const char *own;
    const char *directory; /* below the folder of the file, or absolute */
  } cases[] = {
    { "", NULL },
    { "\"directory\": \"work/here\",", "work/here" },
    { "\"directory\": \"..\",", ".." },
    { "\"directory\": \"/somewhere\",", "/somewhere" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{ \"myrmex\": 1, %s \"tasks\": {} }", cases[i].own);
      g_autofree char *path = write_file (fixture, "a.json", text);
      g_autofree char *expected = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new_from_file (path, &error);

      g_assert_no_error (error);
      if (cases[i].directory == NULL)
        expected = g_strdup (fixture->folder);
      else if (g_path_is_absolute (cases[i].directory))
        expected = g_strdup (cases[i].directory);
      else
        expected = g_build_filename (fixture->folder, cases[i].directory, NULL);
      g_assert_cmpstr (myrmex_workflow_get_directory (workflow), ==, expected);
    }
}

/* A relative path is one from where the process is now, not from where it will be when the workflow runs. */
static void
test_relative (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *before = g_get_current_dir ();
  g_autofree char *path = write_file (fixture, "a.json", minimal);
  g_autofree char *base = g_path_get_basename (fixture->folder);
  g_autofree char *parent = g_path_get_dirname (fixture->folder);
  g_autofree char *relative = g_build_filename (base, "a.json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexWorkflow) nearer = NULL;

  g_assert_cmpint (g_chdir (parent), ==, 0);
  workflow = myrmex_workflow_new_from_file (relative, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (myrmex_workflow_get_directory (workflow), ==, fixture->folder);

  g_assert_cmpint (g_chdir (fixture->folder), ==, 0);
  nearer = myrmex_workflow_new_from_file ("a.json", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (myrmex_workflow_get_directory (nearer), ==, fixture->folder);
  g_assert_cmpint (g_chdir (before), ==, 0);
}

/* Diagnostics name the file as the caller did. */
static void
test_diagnostics (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *path = write_file (fixture, "a.json", "{ \"myrmex\": 1 }");
  g_autofree char *expected = g_strdup_printf ("%s:1:1: The key “tasks” is missing; it has the tasks by their names",
                                               path);
  g_autoptr (GError) error = NULL;

  g_assert_null (myrmex_workflow_new_from_file (path, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_DEFINITION);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
assert_refused (const char *path,
                int         code,
                const char *format)
{
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

  expected = g_strconcat (parts[0], path, parts[1], NULL);
  g_assert_null (myrmex_workflow_new_from_file (path, &error));
  g_assert_error (error, MYRMEX_ERROR, code);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_missing (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "none.json", NULL);
  g_autofree char *file = write_file (fixture, "a.json", minimal);
  g_autofree char *below = g_build_filename (file, "b.json", NULL);

  assert_refused (path, MYRMEX_ERROR_NOT_FOUND, "“%s” can not be read: No such file or directory");
  assert_refused (below, MYRMEX_ERROR_NOT_FOUND, "“%s” can not be read: Not a directory");
  assert_refused ("", MYRMEX_ERROR_NOT_FOUND, "“%s” can not be read: No such file or directory");
}

static void
test_not_allowed (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *path = write_file (fixture, "a.json", minimal);

  if (geteuid () == 0)
    {
      g_test_skip ("nothing is forbidden to the superuser");
      return;
    }
  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  assert_refused (path, MYRMEX_ERROR_ACCESS_DENIED, "“%s” can not be read: Permission denied");
}

/* A fifo without a writer, and with one that says nothing, must not keep anyone waiting. */
static void
test_fifo (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "fifo.json", NULL);
  int fd;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_refused (path, MYRMEX_ERROR_INVALID_ARGUMENT, "“%s” is no regular file");

  fd = open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  assert_refused (path, MYRMEX_ERROR_INVALID_ARGUMENT, "“%s” is no regular file");
  close (fd);
}

static void
test_other_kinds (Fixture       *fixture,
                  gconstpointer  data)
{
  assert_refused (fixture->folder, MYRMEX_ERROR_INVALID_ARGUMENT, "“%s” is a folder; name the file in it");
  assert_refused ("/dev/null", MYRMEX_ERROR_INVALID_ARGUMENT, "“%s” is no regular file");
  assert_refused ("/dev/zero", MYRMEX_ERROR_INVALID_ARGUMENT, "“%s” is no regular file");
}

static void
test_socket (Fixture       *fixture,
             gconstpointer  data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *path = g_build_filename (fixture->folder, "s", NULL);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpuint (g_strlcpy (address.sun_path, path, sizeof address.sun_path), <, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  assert_refused (path, MYRMEX_ERROR_FAILED, "“%s” can not be read: No such device or address");
  close (fd);
}

static void
test_too_large (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *path = write_file (fixture, "a.json", minimal);

  g_assert_cmpint (truncate (path, MYRMEX_MAX_DEFINITION_BYTES + 1), ==, 0);
  assert_refused (path, MYRMEX_ERROR_LIMIT, "“%s” is too large; it may have 8388608 bytes");
}

/* What a file holds behind a NUL counts. */
static void
test_nul (Fixture       *fixture,
          gconstpointer  data)
{
  g_autofree char *path = write_file (fixture, "a.json", minimal);
  g_autofree char *expected = g_strdup_printf ("%s:1:%zu: The text has a NUL byte", path, strlen (minimal) + 1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (truncate (path, (off_t) strlen (minimal) + 1), ==, 0);
  g_assert_null (myrmex_workflow_new_from_file (path, &error));
  g_assert_cmpstr (error->message, ==, expected);
}

/* All that there is to say comes out, warnings as well, and the workflow is that of the constructor. */
static void
test_check (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *good = write_file (fixture, "good.json", minimal);
  g_autofree char *bad = write_file (fixture, "bad.json", "{ \"myrmex\": 1 }");
  g_autofree char *none = g_build_filename (fixture->folder, "none.json", NULL);
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (GPtrArray) nothing = NULL;
  g_autoptr (GPtrArray) diagnostics = NULL;
  g_autoptr (GError) error = NULL;

  nothing = myrmex_definition_check_file (good, &workflow, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (nothing->len, ==, 0);
  g_assert_cmpstr (myrmex_workflow_get_directory (workflow), ==, fixture->folder);
  g_clear_object (&workflow);

  diagnostics = myrmex_definition_check_file (bad, &workflow, &error);
  g_assert_no_error (error);
  g_assert_null (workflow);
  g_assert_cmpuint (diagnostics->len, ==, 1);
  g_assert_cmpstr (myrmex_diagnostic_get_filename (diagnostics->pdata[0]), ==, bad);
  g_clear_pointer (&diagnostics, g_ptr_array_unref);

  diagnostics = myrmex_definition_check_file (bad, NULL, NULL);
  g_assert_cmpuint (diagnostics->len, ==, 1);

  g_assert_null (myrmex_definition_check_file (none, &workflow, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_assert_null (workflow);
}

#define ADD(name, func) g_test_add ("/definition-file/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("directory", test_directory);
  ADD ("relative", test_relative);
  ADD ("diagnostics", test_diagnostics);
  ADD ("check", test_check);
  ADD ("missing", test_missing);
  ADD ("not-allowed", test_not_allowed);
  ADD ("fifo", test_fifo);
  ADD ("other-kinds", test_other_kinds);
  ADD ("socket", test_socket);
  ADD ("too-large", test_too_large);
  ADD ("nul", test_nul);

  return g_test_run ();
}
