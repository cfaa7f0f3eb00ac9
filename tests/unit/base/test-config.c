/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-config-private.h"
#include "base/myrmex-error.h"

typedef struct
{
  char *folder;
  char *file;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("myrmex-config-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->file = g_build_filename (fixture->folder, "my.conf", NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_unlink (fixture->file);
  g_rmdir (fixture->folder);
  g_free (fixture->file);
  g_free (fixture->folder);
}

static void
write_file (Fixture    *fixture,
            const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (fixture->file, text, -1, &error);
  g_assert_no_error (error);
}

/* What a file, whose name is “%s” in @expected, is told to be wrong with. */
static void
assert_refused (Fixture    *fixture,
                const char *text,
                const char *expected)
{
  g_autoptr (MyrmexConfig) config = myrmex_config_new ();
  g_auto (GStrv) parts = g_strsplit (expected, "%s", -1);
  g_autofree char *message = g_strjoinv (fixture->file, parts);
  g_autoptr (GError) error = NULL;

  write_file (fixture, text);
  g_assert_false (myrmex_config_add_file (config, fixture->file, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, message);
  /* Nothing of it was taken. */
  g_assert_cmpint (myrmex_config_get_origin (config, "run.grace", NULL), ==, MYRMEX_CONFIG_ORIGIN_DEFAULT);
}

static void
test_defaults (void)
{
  g_autoptr (MyrmexConfig) config = myrmex_config_new ();
  g_auto (GStrv) keys = myrmex_config_list_keys ();
  g_auto (GStrv) reports = myrmex_config_dup_strings (config, "run.reports");

  g_assert_cmpuint (g_strv_length (keys), ==, MYRMEX_CONFIG_N_KEYS);
  for (gsize i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GVariant) value = myrmex_config_get_value (config, keys[i]);
      g_autoptr (GVariant) about = myrmex_config_describe_key (keys[i], NULL);
      g_autoptr (GVariant) fallback = g_variant_lookup_value (about, "default", NULL);
      char *place = (char *) "";

      g_assert_true (g_variant_equal (value, fallback));
      g_assert_cmpint (myrmex_config_get_origin (config, keys[i], &place), ==, MYRMEX_CONFIG_ORIGIN_DEFAULT);
      g_assert_null (place);
    }
  g_assert_cmpuint (myrmex_config_get_uint (config, "run.max-parallel"), ==, 0);
  g_assert_cmpfloat (myrmex_config_get_seconds (config, "run.grace"), ==, 5);
  g_assert_null (myrmex_config_get_string (config, "run.log-dir"));
  g_assert_cmpstr (myrmex_config_get_string (config, "display.colour"), ==, "auto");
  g_assert_cmpuint (g_strv_length (reports), ==, 0);
  g_assert_null (myrmex_config_get_value (config, "run"));
  g_assert_null (myrmex_config_get_value (config, ""));
  g_assert_cmpuint (myrmex_config_get_uint (config, "run.grace"), ==, 0);
}

static void
test_file (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (MyrmexConfig) config = myrmex_config_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *place = NULL;
  g_autofree char *expected = g_strdup_printf ("%s:5", fixture->file);
  g_autofree char *logs = g_build_filename (g_get_home_dir (), "logs", NULL);
  g_auto (GStrv) reports = NULL;

  write_file (fixture, "# mine\n\n[display]\r\n  colour = never\t\n[run]\nmax-parallel=3\n log-dir = ~/logs\n"
                       "reports = a\\;b.md;~/x y.svg;\n[display]\nprogress=lines");
  g_assert_true (myrmex_config_add_file (config, fixture->file, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_config_get_uint (config, "run.max-parallel"), ==, 3);
  g_assert_cmpstr (myrmex_config_get_string (config, "display.colour"), ==, "never");
  g_assert_cmpstr (myrmex_config_get_string (config, "display.progress"), ==, "lines");
  g_assert_cmpstr (myrmex_config_get_string (config, "run.log-dir"), ==, logs);
  reports = myrmex_config_dup_strings (config, "run.reports");
  g_assert_cmpuint (g_strv_length (reports), ==, 2);
  g_assert_cmpstr (reports[0], ==, "a;b.md");
  g_assert_true (g_str_has_suffix (reports[1], "/x y.svg"));
  g_assert_true (g_path_is_absolute (reports[1]));

  expected[strlen (expected) - 1] = '6';
  g_assert_cmpint (myrmex_config_get_origin (config, "run.max-parallel", &place), ==, MYRMEX_CONFIG_ORIGIN_FILE);
  g_assert_cmpstr (place, ==, expected);
}

static void
test_mistakes (Fixture       *fixture,
               gconstpointer  data)
{
  const struct
  {
    const char *text;
    const char *expected;
  } cases[] = {
    { "[run]\ngarce=2", "%s:2: There is no key “garce” in [run]; did you mean “grace”?" },
    { "[run]\nfrobnicate=2", "%s:2: There is no key “frobnicate” in [run]" },
    { "[run]\ncolour=never", "%s:2: There is no key “colour” in [run]; it is in [display]" },
    { "[run]\ngrace[de]=2", "%s:2: There is no key “grace[de]” in [run]" },
    { "\n[rnu]\ngrace=1", "%s:2: There is no group [rnu]; did you mean [run]?" },
    { "[desktop entry]", "%s:1: There is no group [desktop entry]" },
    { "[run", "%s:1: A group stands between “[” and “]”, alone on its line" },
    { "[run] grace=1", "%s:1: A group stands between “[” and “]”, alone on its line" },
    { "grace=1", "%s:1: Before a key there must be its group, as in [run]" },
    { "[run]\ngrace", "%s:2: This is neither a group, as in [run], nor a key with “=” and a value, nor a comment "
                      "after “#”" },
    { "[run]\ngrace=1\n\ngrace=2", "%s:4: “grace” has a value in line 2 already" },
    { "[run]\ngrace=1\nreports=\xff", "%s:3: This line is not in UTF-8" },
    { "[run]\ngrace=soon", "%s:2: “grace” must be a number of seconds from 0 to 3600, not “soon”" },
    { "[run]\ngrace=", "%s:2: “grace” must be a number of seconds from 0 to 3600, not “”" },
    { "[run]\ngrace=-1", "%s:2: “grace” must be a number of seconds from 0 to 3600, not “-1”" },
    { "[run]\ngrace=nan", "%s:2: “grace” must be a number of seconds from 0 to 3600, not “nan”" },
    { "[run]\ngrace=3601", "%s:2: “grace” must be a number of seconds from 0 to 3600, not “3601”" },
    { "[run]\nmax-parallel=1.5", "%s:2: “max-parallel” must be a whole number from 0 to 32767, not “1.5”" },
    { "[run]\nmax-parallel=-1", "%s:2: “max-parallel” must be a whole number from 0 to 32767, not “-1”" },
    { "[run]\nmax-parallel=32768", "%s:2: “max-parallel” must be a whole number from 0 to 32767, not “32768”" },
    { "[run]\nlog-dir=a\\qb", "%s:2: “log-dir” has a backslash that begins no escape; a backslash is written “\\\\”" },
    { "[run]\nlog-dir=\\q\\", "%s:2: “log-dir” has a backslash that begins no escape; a backslash is written “\\\\”" },
    { "[display]\ncolour=allways",
      "%s:2: “colour” must be one of auto, always, never, not “allways”; did you mean “always”?" },
    { "[display]\ncolour=\x1b[2J", "%s:2: “colour” must be one of auto, always, never, not “\\x1b[2J”" },
    { "[run]\ngrace=1\n[x]\nmax-parallel=z\n[run]\nmax-parallel=z\ny=1",
      "%s:3: There is no group [x]\n"
      "%s:7: There is no key “y” in [run]\n"
      "%s:6: “max-parallel” must be a whole number from 0 to 32767, not “z”" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (fixture, cases[i].text, cases[i].expected);
}

static void
assert_unreadable (const char *path,
                   int         code)
{
  g_autoptr (MyrmexConfig) config = myrmex_config_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (myrmex_config_add_file (config, path, &error));
  g_assert_error (error, MYRMEX_ERROR, code);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_strange_files (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *large = g_strnfill (MYRMEX_MAX_CONFIG_BYTES + 1, '#');

  assert_unreadable (fixture->file, MYRMEX_ERROR_NOT_FOUND);
  assert_unreadable (fixture->folder, MYRMEX_ERROR_INVALID_ARGUMENT);
  write_file (fixture, large);
  assert_unreadable (fixture->file, MYRMEX_ERROR_LIMIT);
  g_file_set_contents (fixture->file, "[run]\0", 6, &error);
  g_assert_no_error (error);
  assert_unreadable (fixture->file, MYRMEX_ERROR_INVALID_ARGUMENT);
  g_unlink (fixture->file);
  g_assert_cmpint (mkfifo (fixture->file, 0600), ==, 0);
  assert_unreadable (fixture->file, MYRMEX_ERROR_INVALID_ARGUMENT);
}

static void
test_environment (void)
{
  static const struct
  {
    const char *entry;
    const char *expected;
  } mistakes[] = {
    { "MYRMEX_GRACE=soon", "The environment variable “MYRMEX_GRACE” must be a number of seconds from 0 to 3600, "
                           "not “soon”" },
    { "MYRMEX_GARCE=1", "There is no environment variable “MYRMEX_GARCE”; did you mean “MYRMEX_GRACE”?" },
    { "MYRMEX_LOG_DIR=\xff", "The environment variable “MYRMEX_LOG_DIR” must be a path in UTF-8" },
  };
  static const char * const good[] = {
    "PATH=/bin", "MYRMEX_MAX_PARALLEL=7", "MYRMEX_REPORTS=a.md;b.svg", "MYRMEX_PROGRESS_FD=5", "MYRMEX_TASK=x",
    "MYRMEX_DEBUG=all", "MYRMEX_OTHER_THING=x", "MYRMEX_", "strange", NULL,
  };
  g_autoptr (MyrmexConfig) config = myrmex_config_new ();
  g_autoptr (GError) none = NULL;
  g_autofree char *place = NULL;
  g_auto (GStrv) reports = NULL;

  g_assert_true (myrmex_config_add_environment (config, good, &none));
  g_assert_no_error (none);
  g_assert_cmpuint (myrmex_config_get_uint (config, "run.max-parallel"), ==, 7);
  g_assert_cmpint (myrmex_config_get_origin (config, "run.max-parallel", &place), ==, MYRMEX_CONFIG_ORIGIN_ENVIRONMENT);
  g_assert_cmpstr (place, ==, "MYRMEX_MAX_PARALLEL");
  reports = myrmex_config_dup_strings (config, "run.reports");
  g_assert_cmpuint (g_strv_length (reports), ==, 2);

  for (gsize i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      const char *environment[] = { "MYRMEX_MAX_PARALLEL=9", mistakes[i].entry, NULL };
      g_autoptr (GError) error = NULL;

      g_assert_false (myrmex_config_add_environment (config, environment, &error));
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
      g_assert_cmpstr (error->message, ==, mistakes[i].expected);
      g_assert_cmpuint (myrmex_config_get_uint (config, "run.max-parallel"), ==, 7);
    }
}

static void
assert_not_set (const char *key,
                const char *text,
                int         code,
                const char *message)
{
  g_autoptr (MyrmexConfig) config = myrmex_config_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (myrmex_config_set (config, key, text, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_set (void)
{
  g_autoptr (MyrmexConfig) config = myrmex_config_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *place = NULL;

  g_assert_true (myrmex_config_set (config, "run.grace", "0.5", "--grace", &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (myrmex_config_get_seconds (config, "run.grace"), ==, 0.5);
  g_assert_cmpint (myrmex_config_get_origin (config, "run.grace", &place), ==, MYRMEX_CONFIG_ORIGIN_OPTION);
  g_assert_cmpstr (place, ==, "--grace");

  assert_not_set ("run.garce", "1", MYRMEX_ERROR_NOT_FOUND, "There is no key “run.garce”; did you mean “run.grace”?");
  assert_not_set ("grace", "1", MYRMEX_ERROR_NOT_FOUND, "There is no key “grace”; did you mean “run.grace”?");
  assert_not_set ("frobnicate", "1", MYRMEX_ERROR_NOT_FOUND,
                  "There is no key “frobnicate”; “myrmex config” lists them");
  assert_not_set ("run.grace", "x", MYRMEX_ERROR_INVALID_ARGUMENT,
                  "“run.grace” must be a number of seconds from 0 to 3600, not “x”");
}

static void
put (const char *path,
     const char *text)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static char *
dup_place (MyrmexConfig *config,
           const char   *key)
{
  char *place;

  myrmex_config_get_origin (config, key, &place);
  return place;
}

static void
assert_place (MyrmexConfig *config,
              const char   *key,
              const char   *file,
              guint         line)
{
  g_autofree char *place = dup_place (config, key);
  g_autofree char *expected = g_strdup_printf ("%s:%u", file, line);

  g_assert_cmpstr (place, ==, expected);
}

/* The XDG folders are those of this process, which main() has made. */
static void
test_precedence (void)
{
  g_auto (GStrv) files = myrmex_config_list_files ();
  g_autoptr (MyrmexConfig) config = NULL;
  g_autoptr (MyrmexConfig) broken = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *place = NULL;
  g_autofree char *expected = NULL;

  g_assert_cmpuint (g_strv_length (files), ==, 3);
  g_assert_true (g_str_has_suffix (files[0], "/second/myrmex/myrmex.conf"));
  g_assert_true (g_str_has_suffix (files[1], "/first/myrmex/myrmex.conf"));
  g_assert_true (g_str_has_suffix (files[2], "/home/myrmex/myrmex.conf"));

  put (files[0], "[run]\ngrace=1\ntimeout=1\nmax-parallel=1\nlog-dir=/1\n");
  put (files[1], "[run]\ngrace=2\ntimeout=2\nmax-parallel=2\n");
  put (files[2], "\n[run]\ngrace=3\ntimeout=3\n");
  g_setenv ("MYRMEX_GRACE", "4", TRUE);
  config = myrmex_config_new_for_user (&error);
  g_assert_no_error (error);
  g_assert_cmpfloat (myrmex_config_get_seconds (config, "run.grace"), ==, 4);
  place = dup_place (config, "run.grace");
  g_assert_cmpstr (place, ==, "MYRMEX_GRACE");
  g_assert_cmpfloat (myrmex_config_get_seconds (config, "run.timeout"), ==, 3);
  assert_place (config, "run.timeout", files[2], 4);
  g_assert_cmpuint (myrmex_config_get_uint (config, "run.max-parallel"), ==, 2);
  assert_place (config, "run.max-parallel", files[1], 4);
  assert_place (config, "run.log-dir", files[0], 5);

  /* All that is wrong anywhere is told at once. */
  put (files[0], "[run]\ngrace=x\n");
  put (files[2], "[ruin]\n");
  g_setenv ("MYRMEX_GRACE", "y", TRUE);
  broken = myrmex_config_new_for_user (&error);
  g_assert_null (broken);
  expected = g_strdup_printf ("%s:2: “grace” must be a number of seconds from 0 to 3600, not “x”\n"
                              "%s:1: There is no group [ruin]; did you mean [run]?\n"
                              "The environment variable “MYRMEX_GRACE” must be a number of seconds from 0 to 3600, "
                              "not “y”", files[0], files[2]);
  g_assert_cmpstr (error->message, ==, expected);
  g_unsetenv ("MYRMEX_GRACE");
  for (gsize i = 0; files[i] != NULL; i++)
    g_unlink (files[i]);
}

static void
remove_folders (const char *root)
{
  static const char * const folders[] = { "home", "first", "second" };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *folder = g_build_filename (root, folders[i], NULL);
      g_autofree char *own = g_build_filename (folder, "myrmex", NULL);

      g_rmdir (own);
      g_rmdir (folder);
    }
  g_rmdir (root);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *root = g_dir_make_tmp ("myrmex-config-XXXXXX", NULL);
  g_autofree char *home = g_build_filename (root, "home", NULL);
  g_autofree char *folders = g_strdup_printf ("%s/first:%s/second", root, root);
  int status;

  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_setenv ("XDG_CONFIG_DIRS", folders, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add ("/config/file", Fixture, NULL, set_up, test_file, tear_down);
  g_test_add ("/config/mistakes", Fixture, NULL, set_up, test_mistakes, tear_down);
  g_test_add ("/config/strange-files", Fixture, NULL, set_up, test_strange_files, tear_down);
  g_test_add_func ("/config/environment", test_environment);
  g_test_add_func ("/config/set", test_set);
  g_test_add_func ("/config/precedence", test_precedence);
  status = g_test_run ();
  remove_folders (root);
  return status;
}
