/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process layer against make: the same number of `true`, so many at a time, with logs and values.
 *
 *   bench-process [COMMANDS [AT-A-TIME [ROUNDS [embedded|owner|no-pidfd|remote]]]]
 *
 * "remote" is through a supervisor, MYRMEX_SUPERVISOR, which is told to forget each command when it has ended.
 *
 * Rounds of both take turns, since machines are never quiet; the best of each counts. */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "process/myrmex-process-private.h"

typedef struct
{
  MyrmexProcessHost *host;
  const char        *log;
  guint              started; /* atomic */
  guint              ended;   /* atomic */
  guint              total;
  GMutex             lock;
  GCond              over;
} Bench;

static void ended_cb (MyrmexProcess             *process,
                      const MyrmexProcessResult *result,
                      gpointer                   user_data);

/* One command. */
typedef struct
{
  Bench *bench;
  char  *cookie;
} Command;

static void
start_next (Bench *self)
{
  static int serial;
  Command *command = g_new (Command, 1);
  static const char *const argv[] = { "true", NULL };
  MyrmexProcessSpec spec = {
    .argv = argv, .keep_output = TRUE, .log_path = self->log, .grace = 5, .ended = ended_cb, .user_data = command,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexProcess) process = NULL;

  *command = (Command) { self, g_strdup_printf ("bench.%d.%d", (int) getpid (), g_atomic_int_add (&serial, 1)) };
  spec.cookie = command->cookie;
  process = myrmex_process_start (self->host, &spec, &error);
  if (process == NULL)
    g_error ("%s", error->message);
}

static void
ended_cb (MyrmexProcess             *process,
          const MyrmexProcessResult *result,
          gpointer                   user_data)
{
  Command *command = user_data;
  Bench *self = command->bench;
  const char *cookies[] = { command->cookie, NULL };

  if (result->end != MYRMEX_PROCESS_EXITED || result->code != 0 || result->value == NULL)
    g_error ("a command failed");
  myrmex_process_host_forget (self->host, cookies);
  g_free (command->cookie);
  g_free (command);

  if ((guint) g_atomic_int_add (&self->started, 1) < self->total)
    start_next (self);
  if ((guint) g_atomic_int_add (&self->ended, 1) + 1 == self->total)
    {
      g_mutex_lock (&self->lock);
      g_cond_signal (&self->over);
      g_mutex_unlock (&self->lock);
    }
}

static MyrmexProcessHostFlags
parse_mode (const char *mode)
{
  if (g_str_equal (mode, "owner"))
    return MYRMEX_PROCESS_HOST_OWNER;
  if (g_str_equal (mode, "no-pidfd"))
    return MYRMEX_PROCESS_HOST_NO_PIDFD;
  return MYRMEX_PROCESS_HOST_EMBEDDED;
}

static double
run_host (const char *mode,
          guint       total,
          guint       at_a_time,
          const char *folder)
{
  g_autofree char *socket = g_build_filename (folder, "supervisor", NULL);
  g_autofree char *log = g_build_filename (folder, "log", NULL);
  g_autoptr (GError) error = NULL;
  Bench bench = { .log = log, .total = total };
  gint64 began = g_get_monotonic_time ();
  gint64 ended;

  if (g_str_equal (mode, "remote"))
    bench.host = myrmex_process_host_new_remote (socket, &error);
  else
    bench.host = myrmex_process_host_new (parse_mode (mode), &error);
  if (bench.host == NULL)
    g_error ("%s", error->message);

  for (guint i = 0; i < at_a_time; i++)
    if ((guint) g_atomic_int_add (&bench.started, 1) < total)
      start_next (&bench);

  g_mutex_lock (&bench.lock);
  while ((guint) g_atomic_int_get (&bench.ended) < total)
    g_cond_wait (&bench.over, &bench.lock);
  g_mutex_unlock (&bench.lock);

  ended = g_get_monotonic_time ();
  myrmex_process_host_free (bench.host);
  return (double) (ended - began) / G_USEC_PER_SEC;
}

static char *
write_makefile (const char *folder,
                guint       total)
{
  g_autoptr (GString) text = g_string_new ("all:");
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (folder, "Makefile", NULL);

  for (guint i = 0; i < total; i++)
    g_string_append_printf (text, " t%u", i);
  g_string_append_c (text, '\n');
  for (guint i = 0; i < total; i++)
    g_string_append_printf (text, "t%u:\n\t@true\n", i);
  if (!g_file_set_contents (path, text->str, (gssize) text->len, &error))
    g_error ("%s", error->message);
  return path;
}

static double
run_make (const char *makefile,
          guint       at_a_time)
{
  g_autofree char *jobs = g_strdup_printf ("-j%u", at_a_time);
  const char *argv[] = { "make", "-s", jobs, "-f", makefile, NULL };
  g_autoptr (GError) error = NULL;
  gint64 began = g_get_monotonic_time ();
  int status = 0;

  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error) ||
      !g_spawn_check_wait_status (status, &error))
    g_error ("%s", error->message);
  return (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC;
}

/* Processor time of this process and all it has waited for, in seconds. On a busy machine, better to compare. */
static double
processor_time (void)
{
  struct rusage own;
  struct rusage children;

  getrusage (RUSAGE_SELF, &own);
  getrusage (RUSAGE_CHILDREN, &children);
  return (double) (own.ru_utime.tv_sec + own.ru_stime.tv_sec + children.ru_utime.tv_sec + children.ru_stime.tv_sec) +
         (double) (own.ru_utime.tv_usec + own.ru_stime.tv_usec + children.ru_utime.tv_usec +
                   children.ru_stime.tv_usec) / 1e6;
}

int
main (int    argc,
      char **argv)
{
  const guint total = argc > 1 ? (guint) atoi (argv[1]) : 5000;
  const guint at_a_time = argc > 2 ? (guint) atoi (argv[2]) : 2;
  const guint rounds = argc > 3 ? (guint) atoi (argv[3]) : 5;
  const char *mode = argc > 4 ? argv[4] : "embedded";
  g_autofree char *folder = g_dir_make_tmp ("myrmex-bench-XXXXXX", NULL);
  g_autofree char *makefile = write_makefile (folder, total);
  g_autofree char *make = g_find_program_in_path ("make");
  double best_host = G_MAXDOUBLE;
  double best_make = G_MAXDOUBLE;
  double best_host_cpu = G_MAXDOUBLE;
  double best_make_cpu = G_MAXDOUBLE;

  for (guint i = 0; i < rounds; i++)
    {
      double cpu_0 = processor_time ();
      double host = run_host (mode, total, at_a_time, folder);
      double cpu_1 = processor_time ();
      double other = make != NULL ? run_make (makefile, at_a_time) : 0;
      double cpu_2 = processor_time ();

      g_print ("%u x true, %u at a time: myrmex %.3f s (processor %.3f), make %.3f s (processor %.3f)\n",
               total, at_a_time, host, cpu_1 - cpu_0, other, cpu_2 - cpu_1);
      best_host = MIN (best_host, host);
      best_make = MIN (best_make, other);
      best_host_cpu = MIN (best_host_cpu, cpu_1 - cpu_0);
      best_make_cpu = MIN (best_make_cpu, cpu_2 - cpu_1);
    }

  g_print ("best: myrmex %.3f s, %.0f a second", best_host, total / best_host);
  if (make != NULL)
    g_print (", make %.3f s: ratio %.3f (of processor time %.3f)", best_make, best_host / best_make,
             best_host_cpu / best_make_cpu);
  g_print ("\n");

  g_unlink (makefile);
  g_rmdir (folder);
  return 0;
}
