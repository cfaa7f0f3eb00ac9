/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A process that writes is killed at any moment. What it told through a pipe, each after it was told itself, is
 * the ledger: all of that must be there, and nothing half. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal-fixture.h"

/* How many batches a process writes before it is killed, at most. */
#define MAX_TOLD 300

/* In the thread of the journal. */
static void
told_cb (const GError *error,
         gpointer      data)
{
  guint32 number = GPOINTER_TO_UINT (data);

  g_assert_no_error (error);
  g_assert_cmpint (write (STDOUT_FILENO, &number, sizeof number), ==, sizeof number);
}

/* Writes until it is killed: from @number on, an event and a result each. */
G_NORETURN static void
write_for_ever (const char *path,
                guint32     number)
{
  MyrmexJournalSettings settings = { .path = path, .max_waiting = 20000 };
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GError) error = NULL;
  MyrmexJournalStore *store = journal_fixture_open_store (&settings, &error);

  g_assert_no_error (error);
  if (number == 0)
    {
      journal_fixture_add_run (batch, "one", 1);
      journal_fixture_append (store, batch, &error);
      g_assert_no_error (error);
    }
  else
    {
      myrmex_journal_batch_free (batch);
    }
  for (;; number++)
    {
      g_autofree char *text = g_strnfill (number % 7 == 0 ? 9000 : 20, 'x');

      batch = myrmex_journal_batch_new ();
      journal_fixture_add_event (batch, "one", number);
      journal_fixture_add_result (batch, "one", number, g_variant_new_string (text));
      g_assert_true (myrmex_journal_store_append (store, batch, MYRMEX_JOURNAL_APPEND_WAIT, told_cb,
                                                  GUINT_TO_POINTER (number), NULL));
    }
}

/* Reads what was told, kills the process after @n_wanted of it, and reads the rest. Returns the last number, or
 * -1. */
static gint64
kill_after (GPid  pid,
            int   fd,
            guint n_wanted)
{
  gint64 last = -1;
  guint32 number;
  guint n = 0;
  ssize_t got;

  if (n_wanted == 0)
    kill (pid, SIGKILL);
  while ((got = read (fd, &number, sizeof number)) != 0)
    {
      if (got < 0)
        {
          g_assert_cmpint (errno, ==, EINTR);
          continue;
        }
      g_assert_cmpint (got, ==, sizeof number);
      last = number;
      if (++n == n_wanted)
        kill (pid, SIGKILL);
    }
  close (fd);
  return last;
}

/* Returns how many there are. */
static guint
check (JournalFixture *fixture,
       gint64          last_told)
{
  MyrmexJournalSettings settings = { .path = fixture->path };
  g_autoptr (GError) error = NULL;
  MyrmexJournalStore *store = journal_fixture_open_store (&settings, &error);
  g_autoptr (GArray) events = NULL;
  g_autoptr (GArray) results = NULL;
  guint n;

  g_assert_no_error (error);
  g_assert_null (myrmex_journal_store_get_set_aside (store));
  events = journal_fixture_get_events (store, "one", &error);
  results = events != NULL ? journal_fixture_get_results (store, "one", &error) : NULL;
  if (results == NULL && last_told < 0)
    g_clear_error (&error);
  g_assert_no_error (error);
  n = events != NULL ? events->len : 0;
  g_assert_cmpint (n, >, last_told);
  g_assert_cmpuint (n, ==, results != NULL ? results->len : 0);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (g_array_index (events, MyrmexJournalEvent, i).task, ==, i);
      g_assert_cmpuint (g_array_index (results, MyrmexJournalResult, i).task, ==, i);
    }
  journal_fixture_close_store (store, &error);
  g_assert_no_error (error);
  return n;
}

static void
test_kill (void)
{
  const guint n_kills = g_getenv ("MYRMEX_TEST_FULL") != NULL ? 1000 : 40;
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  JournalFixture fixture;
  guint n = 0, n_told = 0;

  journal_fixture_init (&fixture);
  for (guint i = 0; i < n_kills; i++)
    {
      g_autofree char *from = g_strdup_printf ("%u", n);
      const char *argv[] = { self, "--write", fixture.path, from, NULL };
      g_autoptr (GError) error = NULL;
      gint64 last;
      GPid pid;
      int fd, status;

      g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL, &fd,
                                NULL, &error);
      g_assert_no_error (error);
      last = kill_after (pid, fd, (guint) g_test_rand_int_range (0, MAX_TOLD));
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
      n_told += last >= n ? (guint) (last - n) + 1 : 0;
      n = check (&fixture, last);
      /* A journal that grows for ever makes the test slow, not better. */
      if (n > 3000)
        {
          journal_fixture_clear (&fixture);
          journal_fixture_init (&fixture);
          n = 0;
        }
    }
  journal_fixture_clear (&fixture);
  g_test_message ("%u kills: %u batches told as committed, 0 lost, 0 halves", n_kills, n_told);
  g_assert_cmpuint (n_told, >, 0);
}

int
main (int    argc,
      char **argv)
{
  if (argc == 4 && g_str_equal (argv[1], "--write"))
    write_for_ever (argv[2], (guint32) g_ascii_strtoull (argv[3], NULL, 10));

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/journal/kill", test_kill);
  return g_test_run ();
}
