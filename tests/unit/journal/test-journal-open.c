/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "journal-fixture.h"

static MyrmexJournal *
open_journal (JournalFixture *fixture)
{
  g_autoptr (MyrmexJournal) journal = myrmex_journal_new (fixture->path);
  g_autoptr (GError) error = NULL;

  myrmex_journal_open (journal, NULL, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&journal);
}

static void
close_journal (MyrmexJournal *journal)
{
  g_autoptr (GError) error = NULL;

  myrmex_journal_close (journal, NULL, &error);
  g_assert_no_error (error);
  g_object_unref (journal);
}

static void
add_run (MyrmexJournal *journal,
         const char    *id)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GError) error = NULL;

  journal_fixture_add_run (batch, id, 1);
  journal_fixture_add_event (batch, id, 0);
  journal_fixture_add_result (batch, id, 0, g_variant_new_string ("value"));
  myrmex_journal_append_sync (journal, batch, &error);
  g_assert_no_error (error);
}

static guint
count_runs (MyrmexJournal *journal)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) runs = NULL;
  guint total;

  runs = myrmex_journal_list_runs (journal, NULL, 0, 0, &total, NULL, &error);
  g_assert_no_error (error);
  return total;
}

/* Opening fails, with that. */
static void
assert_refused (JournalFixture *fixture,
                int             code,
                const char     *says)
{
  g_autoptr (MyrmexJournal) journal = myrmex_journal_new (fixture->path);
  g_autoptr (GError) error = NULL;

  g_assert_false (myrmex_journal_open (journal, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, code);
  g_assert_nonnull (strstr (error->message, says));
}

static char *
read_file (const char *path,
           gsize      *length)
{
  g_autoptr (GError) error = NULL;
  char *content = NULL;

  g_file_get_contents (path, &content, length, &error);
  g_assert_no_error (error);
  return content;
}

static void
execute (const char *path,
         const char *sql)
{
  sqlite3 *handle = NULL;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  if (sqlite3_exec (handle, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s", message);
  sqlite3_close (handle);
}

static mode_t
get_mode (const char *path)
{
  GStatBuf info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  return info.st_mode & 0777;
}

static void
test_again (void)
{
  JournalFixture fixture;
  MyrmexJournal *journal;

  journal_fixture_init (&fixture);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *id = g_strdup_printf ("run-%u", i);

      journal = open_journal (&fixture);
      g_assert_cmpuint (count_runs (journal), ==, i);
      add_run (journal, id);
      g_assert_null (myrmex_journal_dup_set_aside_path (journal));
      close_journal (journal);
    }
  journal_fixture_clear (&fixture);
}

/* One object, opened again. */
static void
test_reopen (void)
{
  JournalFixture fixture;
  g_autoptr (MyrmexJournal) journal = NULL;
  g_autoptr (GError) error = NULL;

  journal_fixture_init (&fixture);
  journal = open_journal (&fixture);
  g_assert_false (myrmex_journal_open (journal, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_true (myrmex_journal_close (journal, NULL, NULL));
  g_assert_true (myrmex_journal_close (journal, NULL, NULL));
  g_assert_null (myrmex_journal_load_run (journal, "one", NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL);
  g_assert_true (myrmex_journal_open (journal, NULL, NULL));
  add_run (journal, "one");
  g_assert_true (myrmex_journal_close (journal, NULL, NULL));
  journal_fixture_clear (&fixture);
}

static void
test_default_path (void)
{
  g_autoptr (MyrmexJournal) journal = myrmex_journal_new (NULL);
  g_autofree char *expected = g_build_filename (g_get_user_state_dir (), "myrmex", "journal.db", NULL);
  g_autofree char *folder = g_path_get_dirname (expected);
  g_autofree char *default_path = myrmex_journal_dup_default_path ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (myrmex_journal_get_path (journal), ==, expected);
  g_assert_cmpstr (default_path, ==, expected);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  myrmex_journal_open (journal, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (get_mode (folder), ==, 0700);
  myrmex_journal_close (journal, NULL, NULL);
}

/* Nobody else may read any of it, whatever the mask is and was. */
static void
test_modes (void)
{
  static const char *const names[] = { "", "-wal", ".lock" };
  JournalFixture fixture;
  MyrmexJournal *journal;
  mode_t before = umask (0);

  journal_fixture_init (&fixture);
  g_assert_cmpint (close (open (fixture.path, O_CREAT | O_WRONLY, 0666)), ==, 0);
  journal = open_journal (&fixture);
  add_run (journal, "one");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat (fixture.path, names[i], NULL);

      g_assert_cmpuint (get_mode (path), ==, 0600);
    }
  close_journal (journal);
  umask (before);
  journal_fixture_clear (&fixture);
}

/* In this process and in another. */
static void
test_locked (void)
{
  JournalFixture fixture;
  MyrmexJournal *journal;
  g_autofree char *pid = g_strdup_printf ("process %d", (int) getpid ());
  const char *argv[] = { NULL, "--open", NULL, NULL };
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *said = NULL;

  journal_fixture_init (&fixture);
  journal = open_journal (&fixture);
  assert_refused (&fixture, MYRMEX_ERROR_BUSY, pid);
  argv[0] = self;
  argv[2] = fixture.path;
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said, NULL, NULL,
                               NULL));
  g_assert_nonnull (strstr (said, pid));
  close_journal (journal);
  close_journal (open_journal (&fixture));
  journal_fixture_clear (&fixture);
}

/* Another program looks into it with SQLite. */
static void
test_locked_by_sqlite (void)
{
  JournalFixture fixture;
  sqlite3 *handle = NULL;

  journal_fixture_init (&fixture);
  close_journal (open_journal (&fixture));
  g_assert_cmpint (sqlite3_open (fixture.path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL), ==,
                   SQLITE_OK);
  assert_refused (&fixture, MYRMEX_ERROR_BUSY, "another program");
  sqlite3_close (handle);
  close_journal (open_journal (&fixture));
  journal_fixture_clear (&fixture);
}

/* It is refused, and not a byte of it changes. */
static void
test_newer (void)
{
  JournalFixture fixture;
  MyrmexJournal *journal;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize n_before, n_after;

  journal_fixture_init (&fixture);
  journal = open_journal (&fixture);
  add_run (journal, "one");
  close_journal (journal);
  execute (fixture.path, "PRAGMA user_version = 1000");
  before = read_file (fixture.path, &n_before);
  assert_refused (&fixture, MYRMEX_ERROR_NOT_SUPPORTED, "1000");
  after = read_file (fixture.path, &n_after);
  g_assert_cmpmem (before, n_before, after, n_after);
  journal_fixture_clear (&fixture);
}

static void
test_other_database (void)
{
  JournalFixture fixture;

  journal_fixture_init (&fixture);
  execute (fixture.path, "CREATE TABLE songs (title TEXT)");
  assert_refused (&fixture, MYRMEX_ERROR_INVALID_ARGUMENT, "no journal");
  execute (fixture.path, "SELECT title FROM songs");
  journal_fixture_clear (&fixture);
}

static void
test_no_folder (void)
{
  JournalFixture fixture;
  g_autofree char *path = NULL;

  journal_fixture_init (&fixture);
  path = g_steal_pointer (&fixture.path);
  g_assert_true (g_file_set_contents (path, "a file", -1, NULL));
  fixture.path = g_build_filename (path, "journal.db", NULL);
  assert_refused (&fixture, MYRMEX_ERROR_JOURNAL, path);
  journal_fixture_clear (&fixture);
}

static void
copy_file (const char *from,
           const char *to)
{
  gsize length;
  g_autofree char *content = read_file (from, &length);

  g_assert_true (g_file_set_contents (to, content, (gssize) length, NULL));
}

/* A copy of a journal that is open is what a power cut leaves. */
static void
copy_while_open (JournalFixture *from,
                 JournalFixture *to)
{
  g_autofree char *wal = g_strconcat (from->path, "-wal", NULL);
  g_autofree char *wal_copy = g_strconcat (to->path, "-wal", NULL);

  copy_file (from->path, to->path);
  copy_file (wal, wal_copy);
}

static void
test_unclean (void)
{
  JournalFixture fixture, copy;
  MyrmexJournal *journal;

  journal_fixture_init (&fixture);
  journal_fixture_init (&copy);
  journal = open_journal (&fixture);
  add_run (journal, "one");
  copy_while_open (&fixture, &copy);
  close_journal (journal);
  journal = open_journal (&copy);
  g_assert_cmpuint (count_runs (journal), ==, 1);
  g_assert_null (myrmex_journal_dup_set_aside_path (journal));
  close_journal (journal);
  journal_fixture_clear (&fixture);
  journal_fixture_clear (&copy);
}

/* Of an unclean journal, as @damage leaves it: it is set aside as it is, and an empty one takes its place. */
static void
check_set_aside (void (* damage) (JournalFixture *fixture))
{
  JournalFixture fixture, copy;
  g_autofree char *set_aside = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize n_before, n_after;
  MyrmexJournal *journal;

  journal_fixture_init (&fixture);
  journal_fixture_init (&copy);
  journal = open_journal (&fixture);
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *id = g_strdup_printf ("run-%u", i);

      add_run (journal, id);
    }
  close_journal (journal);
  journal = open_journal (&fixture);
  copy_while_open (&fixture, &copy);
  close_journal (journal);
  damage (&copy);
  before = read_file (copy.path, &n_before);

  journal = open_journal (&copy);
  g_assert_cmpuint (count_runs (journal), ==, 0);
  set_aside = myrmex_journal_dup_set_aside_path (journal);
  g_assert_true (g_str_has_prefix (set_aside, copy.path));
  g_assert_nonnull (strstr (set_aside, ".broken-"));
  after = read_file (set_aside, &n_after);
  g_assert_cmpmem (before, n_before, after, n_after);
  add_run (journal, "one");
  close_journal (journal);
  journal = open_journal (&copy);
  g_assert_cmpuint (count_runs (journal), ==, 1);
  g_assert_null (myrmex_journal_dup_set_aside_path (journal));
  close_journal (journal);
  journal_fixture_clear (&fixture);
  journal_fixture_clear (&copy);
}

static void
overwrite (const char *path,
           off_t       offset,
           gsize       length)
{
  g_autofree char *noise = g_malloc (length);
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  memset (noise, 0xa5, length);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pwrite (fd, noise, length, offset), ==, length);
  close (fd);
}

static void
damage_header (JournalFixture *fixture)
{
  overwrite (fixture->path, 0, 64);
}

static void
damage_page (JournalFixture *fixture)
{
  overwrite (fixture->path, 4096 * 6, 4096);
}

static void
damage_end (JournalFixture *fixture)
{
  GStatBuf info;

  g_assert_cmpint (g_stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (truncate (fixture->path, info.st_size / 2), ==, 0);
}

static void
damage_tables (JournalFixture *fixture)
{
  execute (fixture->path, "DROP TABLE results");
}

static void
test_damaged (gconstpointer damage)
{
  check_set_aside ((void (*) (JournalFixture *)) damage);
}

/* Bytes that are no text, in the name of the file and in what it holds: all that is said of it is text. */
static void
test_unusual_bytes (void)
{
  static const char expected[] = "*is damaged, and was set aside as*journal\357\277\275.db.broken-*option: r\357\277\275*";
  JournalFixture fixture;
  g_autoptr (MyrmexJournal) other = NULL;
  g_autoptr (GError) error = NULL;
  MyrmexJournal *journal;

  journal_fixture_init (&fixture);
  g_free (fixture.path);
  fixture.path = g_build_filename (fixture.folder, "journal\377.db", NULL);
  journal = open_journal (&fixture);
  g_assert_false (myrmex_journal_open (journal, NULL, &error));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_clear_error (&error);
  other = myrmex_journal_new (fixture.path);
  g_assert_false (myrmex_journal_open (other, NULL, &error));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  close_journal (journal);

  execute (fixture.path, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE results(r) r' || "
                         "CAST(x'a5a5' AS TEXT) WHERE name = 'results'");
  g_test_expect_message ("Myrmex", G_LOG_LEVEL_MESSAGE, expected);
  journal = open_journal (&fixture);
  g_test_assert_expected_messages ();
  close_journal (journal);
  journal_fixture_clear (&fixture);
}

/* A crash between the two renames of setting aside: the log must not be played into the new database. */
static void
test_orphaned_log (void)
{
  JournalFixture fixture, copy;
  g_autofree char *set_aside = NULL;
  g_autofree char *log = NULL;
  MyrmexJournal *journal;

  journal_fixture_init (&fixture);
  journal_fixture_init (&copy);
  journal = open_journal (&fixture);
  add_run (journal, "one");
  copy_while_open (&fixture, &copy);
  close_journal (journal);
  g_assert_cmpint (g_unlink (copy.path), ==, 0);
  journal = open_journal (&copy);
  g_assert_cmpuint (count_runs (journal), ==, 0);
  set_aside = myrmex_journal_dup_set_aside_path (journal);
  log = g_strconcat (set_aside, "-wal", NULL);
  g_assert_true (g_file_test (log, G_FILE_TEST_IS_REGULAR));
  close_journal (journal);
  journal_fixture_clear (&fixture);
  journal_fixture_clear (&copy);
}

/* Bytes changed at random: it opens or is set aside, whatever there is can be read or is told, and nothing is
 * lost of what was there. */
static void
test_mutations (void)
{
  const guint n_mutations = g_getenv ("MYRMEX_TEST_FULL") != NULL ? 1000 : 60;
  JournalFixture fixture, copy;
  MyrmexJournal *journal;
  guint n_set_aside = 0, n_refused = 0, n_told = 0;
  g_autoptr (GRand) rand = g_rand_new_with_seed (20);

  journal_fixture_init (&fixture);
  journal = open_journal (&fixture);
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *id = g_strdup_printf ("run-%u", i);

      add_run (journal, id);
    }
  close_journal (journal);
  journal = open_journal (&fixture);

  for (guint i = 0; i < n_mutations; i++)
    {
      g_autoptr (MyrmexJournal) opened = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *set_aside = NULL;
      GStatBuf info;
      off_t offset;

      journal_fixture_init (&copy);
      copy_while_open (&fixture, &copy);
      g_assert_cmpint (g_stat (copy.path, &info), ==, 0);
      /* Half of them where a page says what is in it. */
      offset = g_rand_int_range (rand, 0, (int) info.st_size - 64);
      if (i % 2 == 0)
        offset = offset / 4096 * 4096 + g_rand_int_range (rand, 0, 64);
      overwrite (copy.path, offset, (gsize) g_rand_int_range (rand, 1, 64));
      opened = myrmex_journal_new (copy.path);
      if (!myrmex_journal_open (opened, NULL, &error))
        {
          if (!g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT) &&
              !g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED))
            g_error ("mutation %u at %d: %s", i, (int) offset, error->message);
          n_refused++;
        }
      else
        {
          g_autoptr (GVariant) runs = myrmex_journal_list_runs (opened, NULL, 0, 100, NULL, NULL, &error);
          g_autoptr (GVariant) results = NULL;

          if (error == NULL)
            results = myrmex_journal_load_results (opened, "run-7", NULL, &error);
          set_aside = myrmex_journal_dup_set_aside_path (opened);
          n_set_aside += set_aside != NULL;
          n_told += error != NULL && set_aside == NULL;
          myrmex_journal_close (opened, NULL, NULL);
        }
      journal_fixture_clear (&copy);
    }
  close_journal (journal);
  journal_fixture_clear (&fixture);
  g_test_message ("%u mutations: %u set aside, %u refused, %u told when read, %u harmless", n_mutations, n_set_aside,
                  n_refused, n_told, n_mutations - n_set_aside - n_refused - n_told);
  g_assert_cmpuint (n_set_aside, >, 0);
}

/* A database of each version before, as SQL: it opens, and what was in it is there. */
static void
test_version_1 (void)
{
  JournalFixture fixture;
  g_autofree char *name = g_test_build_filename (G_TEST_DIST, "fixtures", "journal", "version-1.sql", NULL);
  gsize length;
  g_autofree char *sql = read_file (name, &length);
  g_autoptr (GVariant) run = NULL;
  g_autoptr (GVariant) results = NULL;
  g_autoptr (GVariant) result = NULL;
  g_autoptr (MyrmexJournalStore) store = NULL;
  g_autoptr (GArray) events = NULL;
  g_autoptr (GError) error = NULL;
  const char *text = NULL;
  MyrmexJournal *journal;

  journal_fixture_init (&fixture);
  execute (fixture.path, sql);
  journal = open_journal (&fixture);
  run = myrmex_journal_load_run (journal, "old", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (run, "status", "&s", &text));
  g_assert_cmpstr (text, ==, "running");
  results = myrmex_journal_load_results (journal, "old", NULL, &error);
  g_assert_no_error (error);
  result = g_variant_lookup_value (results, "task-0", G_VARIANT_TYPE_VARDICT);
  g_assert_true (g_variant_lookup (result, "value", "&s", &text));
  g_assert_cmpstr (text, ==, "value");
  store = myrmex_journal_ref_store (journal);
  events = journal_fixture_get_events (store, "old", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (events->len, ==, 4);
  add_run (journal, "new");
  close_journal (journal);
  journal_fixture_clear (&fixture);
}

static const MyrmexJournalStep good_step = { 3, "ALTER TABLE runs ADD COLUMN colour TEXT" };
static const MyrmexJournalStep bad_step = { 4, "CREATE TABLE colours (name TEXT); INSERT INTO nothing VALUES (1)" };

static gboolean
upgrade_slice (MyrmexJournalDatabase  *database,
               gpointer                data,
               gboolean               *is_done,
               GError                **error)
{
  *is_done = TRUE;
  return myrmex_journal_schema_upgrade (database, data, 1, error);
}

static gboolean
count_colours (MyrmexJournalDatabase  *database,
               gpointer                data,
               gboolean               *is_done,
               GError                **error)
{
  *is_done = TRUE;
  return myrmex_journal_database_get_number (database, "SELECT count(*) FROM sqlite_schema WHERE name = 'colours'",
                                             data, error);
}

/* A step is taken once and whole, or not at all. */
static void
test_steps (void)
{
  JournalFixture fixture;
  MyrmexJournalSettings settings = { NULL };
  g_autoptr (GError) error = NULL;
  MyrmexJournalStore *store;
  gint64 n = -1;

  journal_fixture_init (&fixture);
  settings.path = fixture.path;
  store = journal_fixture_open_store (&settings, NULL);
  g_assert_true (journal_fixture_call (store, upgrade_slice, (gpointer) &good_step, NULL));
  g_assert_true (journal_fixture_call (store, upgrade_slice, (gpointer) &good_step, NULL));
  g_assert_false (journal_fixture_call (store, upgrade_slice, (gpointer) &bad_step, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL);
  g_assert_true (journal_fixture_call (store, count_colours, &n, NULL));
  g_assert_cmpint (n, ==, 0);
  g_assert_true (journal_fixture_close_store (store, NULL));
  assert_refused (&fixture, MYRMEX_ERROR_NOT_SUPPORTED, " 3");
  journal_fixture_clear (&fixture);
}

/* What another process is told that opens it. */
static int
open_and_tell (const char *path)
{
  g_autoptr (MyrmexJournal) journal = myrmex_journal_new (path);
  g_autoptr (GError) error = NULL;

  if (myrmex_journal_open (journal, NULL, &error))
    myrmex_journal_close (journal, NULL, NULL);
  g_print ("%s\n", error != NULL ? error->message : "open");
  return 0;
}

int
main (int    argc,
      char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--open"))
    return open_and_tell (argv[2]);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/journal/open/again", test_again);
  g_test_add_func ("/journal/open/reopen", test_reopen);
  g_test_add_func ("/journal/open/default-path", test_default_path);
  g_test_add_func ("/journal/open/modes", test_modes);
  g_test_add_func ("/journal/open/locked", test_locked);
  g_test_add_func ("/journal/open/locked-by-sqlite", test_locked_by_sqlite);
  g_test_add_func ("/journal/open/newer", test_newer);
  g_test_add_func ("/journal/open/other-database", test_other_database);
  g_test_add_func ("/journal/open/no-folder", test_no_folder);
  g_test_add_func ("/journal/open/unclean", test_unclean);
  g_test_add_func ("/journal/open/unusual-bytes", test_unusual_bytes);
  g_test_add_data_func ("/journal/open/damaged/header", damage_header, test_damaged);
  g_test_add_data_func ("/journal/open/damaged/page", damage_page, test_damaged);
  g_test_add_data_func ("/journal/open/damaged/end", damage_end, test_damaged);
  g_test_add_data_func ("/journal/open/damaged/tables", damage_tables, test_damaged);
  g_test_add_func ("/journal/open/orphaned-log", test_orphaned_log);
  g_test_add_func ("/journal/open/mutations", test_mutations);
  g_test_add_func ("/journal/open/version-1", test_version_1);
  g_test_add_func ("/journal/open/steps", test_steps);
  return g_test_run ();
}
