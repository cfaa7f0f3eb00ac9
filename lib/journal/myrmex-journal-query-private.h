/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "journal/myrmex-journal-store-private.h"

G_BEGIN_DECLS

/* What can be read from a journal, as calls of a store: fill in what is asked, hand the func with it to
 * myrmex_journal_store_call(), and take the answer when it is done. All starts as zeros. */

/* How many rows a slice reads. */
#define MYRMEX_JOURNAL_SLICE_ROWS 256

typedef struct
{
  gint64  number;
  guint64 cursor;   /* how far it is */
} MyrmexJournalPosition;

/* One run, as it stands. */
typedef struct
{
  char             *id;
  MyrmexJournalRun *run;   /* the answer */
} MyrmexJournalRunQuery;

/* What came of the tasks of a run, in the order of definition. */
typedef struct
{
  char                  *id;
  GArray                *results;   /* the answer, of MyrmexJournalResult */
  GArray                *kept;      /* of MyrmexJournalEvent: those of its tasks that are of another run */
  guint                  n_taken;   /* of them */
  MyrmexJournalPosition  position;
} MyrmexJournalResultsQuery;

/* What went into the scheduler of a run, in order. */
typedef struct
{
  char                  *id;
  GArray                *events;    /* the answer, of MyrmexJournalEvent */
  MyrmexJournalPosition  position;
} MyrmexJournalEventsQuery;

/* Which runs. Texts are NULL, and times 0, where they do not matter. */
typedef struct
{
  guint  statuses;          /* a bit each; 0: all */
  char  *name;
  char  *owner;
  char  *id_prefix;
  char  *idempotency_key;
  gint64 since;             /* submitted at or after, µs since 1970 */
  gint64 until;             /* submitted before */
} MyrmexJournalFilter;

/* Runs, the newest first. */
typedef struct
{
  MyrmexJournalFilter  filter;
  guint                offset;
  guint                limit;
  GPtrArray           *runs;        /* the answer, of MyrmexJournalRun, without definitions and options */
  guint                total;       /* and how many the filter lets through */
  gint64               last_submitted;
  gint64               last_number;
} MyrmexJournalListQuery;

/* The row of a run without its definition and options, in this order. */
#define MYRMEX_JOURNAL_RUN_COLUMNS \
  "number, id, name, status, reason, submitted, started, finished, n_tasks, completed, failed, skipped, cancelled, " \
  "owner, idempotency_key, log_directory, error, workflow, submitter, digest, token, retried_from"

MyrmexJournalRun *myrmex_journal_read_run    (MyrmexJournalDatabase      *database,
                                              sqlite3_stmt               *statement,
                                              GError                    **error);

/* What a run is known by. */
typedef enum
{
  MYRMEX_JOURNAL_FIND_ID,
  MYRMEX_JOURNAL_FIND_TOKEN,
  MYRMEX_JOURNAL_FIND_KEY,      /* of idempotency, and its owner */
  MYRMEX_JOURNAL_FIND_NAME,     /* the one that was submitted last */
  MYRMEX_JOURNAL_FIND_PREFIX,   /* of an id; two where there are several */
} MyrmexJournalFindKind;

/* The first kind of those in question that there is a run of, by index. */
typedef struct
{
  MyrmexJournalFindKind  kinds[5];
  guint                  n_kinds;
  char                  *text;
  char                  *owner;   /* or NULL */
  GPtrArray             *runs;    /* the answer, of MyrmexJournalRun; none if there is no such run */
} MyrmexJournalFindQuery;

gboolean  myrmex_journal_query_find          (MyrmexJournalDatabase      *database,
                                              gpointer                    data,
                                              gboolean                   *is_done,
                                              GError                    **error);
void      myrmex_journal_find_query_free     (MyrmexJournalFindQuery     *self);

gboolean  myrmex_journal_query_run           (MyrmexJournalDatabase      *database,
                                              gpointer                    data,
                                              gboolean                   *is_done,
                                              GError                    **error);
gboolean  myrmex_journal_query_results       (MyrmexJournalDatabase      *database,
                                              gpointer                    data,
                                              gboolean                   *is_done,
                                              GError                    **error);
gboolean  myrmex_journal_query_events        (MyrmexJournalDatabase      *database,
                                              gpointer                    data,
                                              gboolean                   *is_done,
                                              GError                    **error);
gboolean  myrmex_journal_query_list          (MyrmexJournalDatabase      *database,
                                              gpointer                    data,
                                              gboolean                   *is_done,
                                              GError                    **error);

void      myrmex_journal_run_query_free      (MyrmexJournalRunQuery      *self);
void      myrmex_journal_results_query_free  (MyrmexJournalResultsQuery  *self);
void      myrmex_journal_events_query_free   (MyrmexJournalEventsQuery   *self);
void      myrmex_journal_list_query_free     (MyrmexJournalListQuery     *self);

gboolean  myrmex_journal_filter_parse        (MyrmexJournalFilter        *self,
                                              GVariant                   *options,
                                              GError                    **error);
void      myrmex_journal_filter_clear        (MyrmexJournalFilter        *self);

GVariant *myrmex_journal_run_to_variant      (const MyrmexJournalRun     *self);

/* Of a run that is there; fails with MYRMEX_ERROR_NOT_FOUND otherwise. */
gboolean  myrmex_journal_find_number         (MyrmexJournalDatabase      *database,
                                              const char                 *id,
                                              gint64                     *number,
                                              GError                    **error);

G_END_DECLS
