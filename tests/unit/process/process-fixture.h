/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <signal.h>

#include "base/myrmex-error.h"
#include "process/myrmex-process-private.h"

/* A host, a folder for its commands, and waiting for their ends. The helper program escape.c is at HELPER, under a
 * name that only this test has, so that what other tests left, or run just now, is not taken for its own. */

#define HELPER (fixture_helper ())

/* Nothing here takes so long, in microseconds, but on a very slow machine. */
#define PATIENCE (60 * G_USEC_PER_SEC)

/* A script's first words: it runs. */
#define READY "echo 1/1 ready >&3; "

/* Among the flags of a host: it is remote, with a supervisor of its own. */
#define FIXTURE_REMOTE (1 << 16)

typedef struct
{
  MyrmexProcessHost *host;
  char              *folder;
  char              *socket;  /* of the supervisor, if there is one */
  char              *cgroup;  /* folder of the control group that this process is in for now, or NULL */
  char              *cgroup_before;
} Fixture;

typedef struct
{
  const char *name;
  void      (* func)        (Fixture *, gconstpointer);
  gboolean     is_of_here; /* no supervisor can do it: it does not tell of output as it comes */
} FixtureTest;

const char        *fixture_helper          (void);
void               fixture_add_tests       (const char               *prefix,
                                            int                       flags,
                                            const FixtureTest        *tests,
                                            gsize                     n_tests);
void               fixture_add_local_tests (const char               *prefix,
                                            const FixtureTest        *tests,
                                            gsize                     n_tests);
gboolean           fixture_has_supervisor  (void);
char              *fixture_read_file       (Fixture                  *self,
                                            const char               *name);
void               fixture_renew_remote    (Fixture                  *self);
int                fixture_connect         (Fixture                  *self);
int                fixture_listen          (Fixture                  *self);
GArray            *fixture_find_pair       (Fixture                  *self);
void               fixture_await_no_pair   (Fixture                  *self);
void               fixture_kill_cgroup     (Fixture                  *self);

/* What one command came to. */
typedef struct
{
  GMutex            lock;
  GCond             changed;
  gboolean          over;
  guint             calls;         /* of ended */
  MyrmexProcessEnd  end;
  int               code;
  GError           *error;
  gboolean          stopped;
  gboolean          killed;
  guint             strays;
  guint             strays_left;
  char             *value;         /* with a NUL at its end */
  gsize             value_length;
  gboolean          value_over_limit;
  guint64           output_bytes;
  guint64           log_bytes;
  gboolean          log_over_limit;
  char             *log_error;
  char             *tail;
  gsize             tail_length;
  gint64            duration;
  guint64           max_rss;
  GString          *progress;      /* "done/total message;" for each */
  GString          *streams[2];    /* from the output callback */
} Outcome;

void               fixture_set_up          (Fixture                  *self,
                                            gconstpointer             flags);
void               fixture_tear_down       (Fixture                  *self,
                                            gconstpointer             flags);
Outcome           *outcome_new             (void);
void               outcome_free            (Outcome                  *self);
void               outcome_wait            (Outcome                  *self);
void               outcome_wait_output     (Outcome                  *self,
                                            const char               *text);
MyrmexProcess     *try_command             (MyrmexProcessHost        *host,
                                            MyrmexProcessSpec        *spec,
                                            Outcome                  *outcome,
                                            GError                  **error);
MyrmexProcess     *start_command           (MyrmexProcessHost        *host,
                                            MyrmexProcessSpec        *spec,
                                            Outcome                  *outcome);
MyrmexProcess     *adopt_command           (MyrmexProcessHost        *host,
                                            const char               *cookie,
                                            Outcome                  *outcome);
MyrmexProcess     *fixture_start_script    (Fixture                  *self,
                                            const char               *script,
                                            const char               *cookie,
                                            Outcome                  *outcome);
void               fixture_touch           (Fixture                  *self,
                                            const char               *name);
void               outcome_wait_progress   (Outcome                  *self,
                                            const char               *text);
GError            *start_error             (Fixture                  *self,
                                            MyrmexProcessSpec        *spec);
Outcome           *run_spec                (Fixture                  *self,
                                            MyrmexProcessSpec        *spec);
Outcome           *run_command             (Fixture                  *self,
                                            const char               *argument,
                                            ...) G_GNUC_NULL_TERMINATED;
Outcome           *run_shell               (Fixture                  *self,
                                            const char               *script);
guint              sweep                   (Fixture                  *self,
                                            const char               *cookie_prefix);
guint              count_descriptors       (Fixture                  *self);
guint              count_escaped           (void);
guint              count_carriers          (const char               *cookie_prefix);
void               assert_no_children      (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Outcome, outcome_free)

#define assert_exited(outcome, status) \
  G_STMT_START { \
    g_assert_cmpint ((outcome)->end, ==, MYRMEX_PROCESS_EXITED); \
    g_assert_cmpint ((outcome)->code, ==, (status)); \
  } G_STMT_END

#define assert_signalled(outcome, number) \
  G_STMT_START { \
    g_assert_cmpint ((outcome)->end, ==, MYRMEX_PROCESS_SIGNALED); \
    g_assert_cmpint ((outcome)->code, ==, (number)); \
  } G_STMT_END
