/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What /proc may tell of a caller, made by hand. */

#include "sandbox.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <myrmex.h>
#include <unistd.h>

#define CALLER  (100)
#define SESSION (200)

typedef struct
{
  char *folder;
  int   fd;
} Fixture;

static void
put (Fixture    *self,
     int         pid,
     const char *name,
     const char *text)
{
  g_autofree char *number = g_strdup_printf ("%d", pid);
  g_autofree char *path = g_build_filename (self->folder, number, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
take (Fixture    *self,
      int         pid,
      const char *name)
{
  g_autofree char *number = g_strdup_printf ("%d", pid);
  g_autofree char *path = g_build_filename (self->folder, number, name, NULL);

  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
link_to (Fixture    *self,
         int         pid,
         const char *name,
         const char *target)
{
  g_autofree char *number = g_strdup_printf ("%d", pid);
  g_autofree char *path = g_build_filename (self->folder, number, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_remove (path);
  g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
add_process (Fixture *self,
             int      pid)
{
  g_autofree char *root = g_strdup_printf ("%s/%d/root", self->folder, pid);

  link_to (self, pid, "ns/mnt", "mnt:[1]");
  link_to (self, pid, "ns/user", "user:[2]");
  link_to (self, pid, "ns/pid", "pid:[3]");
  put (self, pid, "cgroup", "0::/user.slice/user-1000.slice/app.slice/gnome-terminal.scope\n");
  put (self, pid, "stat",
       "100 (a ) b) S 1 100 100 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 1000 200 18446744073709551615 1 1\n");
  g_assert_cmpint (g_mkdir (root, 0700), ==, 0);
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("myrmex-proc-XXXXXX", &error);
  g_assert_no_error (error);
  add_process (self, CALLER);
  add_process (self, SESSION);
  self->fd = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (self->fd, >=, 0);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  const char *argv[] = { "rm", "-r", "--", self->folder, NULL };

  close (self->fd);
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_free (self->folder);
}

static void
assert_refused (Fixture    *self,
                const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (sandbox_check (self->fd, CALLER, SESSION, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” is not like “%s”", error->message, pattern);
}

static void
assert_let_in (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (sandbox_check (self->fd, CALLER, SESSION, &error));
  g_assert_no_error (error);
}

static void
test_outside (Fixture       *self,
              gconstpointer  data)
{
  assert_let_in (self);
  put (self, CALLER, "attr/current", "unconfined\n");
  assert_let_in (self);
}

static void
test_namespaces (Fixture       *self,
                 gconstpointer  data)
{
  static const char * const kinds[] = { "mnt", "user", "pid" };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *name = g_strconcat ("ns/", kinds[i], NULL);
      g_autofree char *other = g_strconcat (kinds[i], ":[9]", NULL);
      g_autofree char *same = g_strdup_printf ("%s:[%d]", kinds[i], (int) i + 1);
      g_autofree char *pattern = g_strdup_printf ("*another %s namespace*", kinds[i]);

      link_to (self, CALLER, name, other);
      assert_refused (self, pattern);
      take (self, CALLER, name);
      assert_refused (self, "*can not be told*");
      link_to (self, CALLER, name, same);
      assert_let_in (self);
      take (self, SESSION, name);
      assert_refused (self, "*can not be told*");
      link_to (self, SESSION, name, same);
    }
}

static void
test_flatpak (Fixture       *self,
              gconstpointer  data)
{
  put (self, CALLER, "root/.flatpak-info", "");
  assert_refused (self, "*Flatpak*");
  take (self, CALLER, "root/.flatpak-info");
  assert_let_in (self);
  /* One that leads nowhere is there, all the same. */
  link_to (self, CALLER, "root/.flatpak-info", "/nowhere");
  assert_refused (self, "*Flatpak*");
  take (self, CALLER, "root/.flatpak-info");
  take (self, CALLER, "root");
  assert_refused (self, "*can not be told*");
}

static void
test_label (Fixture       *self,
            gconstpointer  data)
{
  put (self, CALLER, "attr/current", "snap.firefox.firefox (enforce)\n");
  assert_refused (self, "*label*");
  take (self, CALLER, "attr/current");
  link_to (self, CALLER, "attr/current", "current");
  assert_refused (self, "*can not be told*");
}

static void
test_cgroup (Fixture       *self,
             gconstpointer  data)
{
  put (self, CALLER, "cgroup", "0::/user.slice/snap.firefox.firefox-1234.scope\n");
  assert_refused (self, "*cgroup*");
  put (self, CALLER, "cgroup", "0::/user.slice/app.slice/app-flatpak-org.example.App-12.scope\n");
  assert_refused (self, "*cgroup*");
  take (self, CALLER, "cgroup");
  assert_refused (self, "*can not be told*");
}

static void
test_start_time (Fixture       *self,
                 gconstpointer  data)
{
  static const char * const broken[] = { "", "100", "100 (x", "100 (x) S 1 2 3", "1 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x 20 21" };
  guint64 time = 0;

  g_assert_true (sandbox_get_start_time (self->fd, CALLER, &time, NULL));
  g_assert_cmpuint (time, ==, 4711);
  g_assert_false (sandbox_get_start_time (self->fd, 300, &time, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      put (self, CALLER, "stat", broken[i]);
      g_assert_false (sandbox_get_start_time (self->fd, CALLER, &time, NULL));
    }
}

/* The real one knows this process. */
static void
test_real (void)
{
  int fd = open ("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (GError) error = NULL;
  guint64 time;

  g_assert_true (sandbox_get_start_time (fd, getpid (), &time, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (time, >, 0);
  close (fd);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add ("/sandbox/outside", Fixture, NULL, set_up, test_outside, tear_down);
  g_test_add ("/sandbox/namespaces", Fixture, NULL, set_up, test_namespaces, tear_down);
  g_test_add ("/sandbox/flatpak", Fixture, NULL, set_up, test_flatpak, tear_down);
  g_test_add ("/sandbox/label", Fixture, NULL, set_up, test_label, tear_down);
  g_test_add ("/sandbox/cgroup", Fixture, NULL, set_up, test_cgroup, tear_down);
  g_test_add ("/sandbox/start-time", Fixture, NULL, set_up, test_start_time, tear_down);
  g_test_add_func ("/sandbox/real", test_real);
  return g_test_run ();
}
