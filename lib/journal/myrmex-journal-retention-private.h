/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "journal/myrmex-journal-store-private.h"

G_BEGIN_DECLS

/* Removing runs, as a call of a store. A run is marked first, in one transaction, and is gone for everyone; its
 * rows follow in slices, also after a crash. */

typedef enum
{
  MYRMEX_JOURNAL_REMOVAL_PICK,
  MYRMEX_JOURNAL_REMOVAL_ROWS,
  MYRMEX_JOURNAL_REMOVAL_SPACE,
} MyrmexJournalRemovalStage;

typedef struct
{
  char                      *id;              /* that run alone; or NULL, and what is to stay: */
  guint                      statuses;        /* not 0: those go of which all is true that is asked, a bit for each
                                                 status; max_runs counts those by when they were submitted then */
  guint                      max_removed;     /* with statuses: no more than these at once; 0: no bound */
  gint64                     finished_before; /* µs since 1970: those that ended earlier go; 0: none */
  gint64                     max_runs;        /* of those that have ended; -1: no bound */
  gint64                     max_bytes;       /* of the database; -1: no bound */

  MyrmexJournalRemovalStage  stage;
  gint64                     bytes_before;
  gint64                     n_ended;         /* runs that had ended when it began */
  guint                      n_runs;          /* the answer: how many are gone, */
  gint64                     n_bytes;         /* how much smaller the database is, */
  GPtrArray                 *ids;             /* which, */
  GPtrArray                 *names;           /* their tokens, or ids, */
  GPtrArray                 *logs;            /* and which files and folders were theirs */
  gint64                     last_submitted;  /* with statuses: of those that stay by their number, */
  gint64                     last_number;     /* the oldest */
} MyrmexJournalRemoval;

gboolean myrmex_journal_remove       (MyrmexJournalDatabase  *database,
                                      gpointer                data,
                                      gboolean               *is_done,
                                      GError                **error);
void     myrmex_journal_removal_free (MyrmexJournalRemoval   *self);

G_END_DECLS
