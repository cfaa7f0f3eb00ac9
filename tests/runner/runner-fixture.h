/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

G_BEGIN_DECLS

/* What is promised of a run, tested without knowing what executes it. A kind of runner says how one is made, and
 * how a task is made that does as a word says:
 *
 *   ok                 completes at once
 *   value TEXT         completes with a string
 *   show DEPENDENCY    completes with the value of a direct dependency
 *   fail               fails
 *   fail N             fails N times, then completes with the number of its attempt, as a string
 *   sick NAME          fails until fixture_open() is called for the gate, then completes
 *   gate NAME          runs until fixture_open() is called for the gate, or until it is interrupted
 *   deaf NAME          the same, but does not listen when it is interrupted
 *
 * There is a single run in a test unless it starts others itself; it is told on the default main context. */

typedef struct _Fixture Fixture;

typedef struct
{
  const char   *name;                                   /* in test paths */
  gboolean      is_deaf;                                /* whether `deaf` may be asked for */
  gboolean      has_commands;                           /* whether the tasks are commands */
  gboolean      is_mirror;                              /* what it knows of a run comes by the main context */
  MyrmexRunner *(* make_runner) (guint          max_parallel);  /* 0: the default */
  void          (* set_up)      (Fixture       *self);
  void          (* tear_down)   (Fixture       *self);
  MyrmexTask   *(* add)         (Fixture       *self,
                                 const char    *name,
                                 const char    *word,
                                 const char    *argument);
  void          (* open)        (Fixture       *self,
                                 const char    *gate);
} RunnerKind;

struct _Fixture
{
  const RunnerKind *kind;
  MyrmexRunner     *runner;
  MyrmexWorkflow   *workflow;
  MyrmexRun        *run;
  GString          *told;        /* " workflow:started a:running …", as it was told */
  guint             n_events;
  gboolean          is_finished; /* the signal was emitted */
  gpointer          data;        /* the kind's */
};

typedef void (* FixtureFunc) (Fixture *self);

/* Adds a test for a kind of runner: /runner/KIND/NAME. */
void        fixture_add_test      (const RunnerKind *kind,
                                   const char       *name,
                                   FixtureFunc       func);
#define FIXTURE_TEST(kind, name, func) fixture_add_test ((kind), (name), (func))

/* A new runner in place of that of the test. */
void        fixture_limit         (Fixture          *self,
                                   guint             max_parallel);
/* @dependencies is a list of names with spaces between them, or NULL. */
MyrmexTask *fixture_add           (Fixture          *self,
                                   const char       *name,
                                   const char       *does,
                                   const char       *dependencies);
MyrmexTask *fixture_retry         (MyrmexTask       *task,
                                   int               max_attempts,
                                   double            delay);
void        fixture_open          (Fixture          *self,
                                   const char       *gate);

MyrmexRun  *fixture_start         (Fixture          *self,
                                   GVariant         *options);
/* A run that retries that of the test takes its place, and what was told begins anew. Returns the earlier one. */
MyrmexRun  *fixture_retry_failed  (Fixture          *self,
                                   GVariant         *options);
void        fixture_renew         (Fixture          *self);
void        fixture_fails         (Fixture          *self,
                                   GVariant         *options,
                                   int               code,
                                   const char       *pattern);
/* Iterates the main context until an event was told: "a:running". */
void        fixture_await         (Fixture          *self,
                                   const char       *event);
/* Iterates the main context until the run has ended. */
void        fixture_finish        (Fixture          *self);
/* Iterates the main context, without waiting for anything, some times. */
void        fixture_settle        (Fixture          *self);

/* @expected tells all tasks: "a:completed b:failed/timed_out c:skipped". Without a reason, any will do. */
void        fixture_assert_tasks  (Fixture          *self,
                                   const char       *expected);
void        fixture_assert_run    (Fixture          *self,
                                   const char       *expected);
void        fixture_assert_value  (Fixture          *self,
                                   const char       *task,
                                   const char       *expected);
/* The position at which an event was first told, or -1. */
gssize      fixture_find          (Fixture          *self,
                                   const char       *event);
guint       fixture_count         (Fixture          *self,
                                   const char       *event);
void        fixture_assert_before (Fixture          *self,
                                   const char       *first,
                                   const char       *second);
/* Runs to its end and checks both. */
void        fixture_run           (Fixture          *self,
                                   const char       *run,
                                   const char       *tasks);

extern const RunnerKind functions_kind; /* LocalRunner, tasks are functions in workers */
extern const RunnerKind main_kind;      /* LocalRunner, tasks are functions on the main context */
extern const RunnerKind commands_kind;  /* LocalRunner, tasks are commands */
extern const RunnerKind service_kind;   /* ServiceRunner, tasks are commands */

G_END_DECLS
