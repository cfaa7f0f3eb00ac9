/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-scheduler-private.h"
#include "journal/myrmex-journal-record-private.h"

G_BEGIN_DECLS

/* A run that was cut off, as its events tell it. */
typedef struct
{
  guint32  seed;          /* of its scheduler */
  gboolean has_started;
  gboolean has_ended;
  gint64   offset;        /* what to add to a time of the journal to get one of the scheduler */
  gint64   last;          /* when the last event was, as a time of the scheduler */
  GArray  *in_flight;     /* guint32: tasks with an attempt that did not end */
  GArray  *lingering;     /* guint32: tasks whose attempt was given up, and had not returned */
  GArray  *asked;         /* guint32: tasks whose condition was asked for, and not decided */
} MyrmexJournalReplay;

gboolean myrmex_journal_replay_init   (MyrmexJournalReplay  *self,
                                       const GArray         *events,
                                       gint64                wall,
                                       gint64                now,
                                       GError              **error);
gboolean myrmex_journal_replay_run    (MyrmexJournalReplay  *self,
                                       const GArray         *events,
                                       const MyrmexPlan     *plan,
                                       MyrmexScheduler      *scheduler,
                                       GError              **error);
void     myrmex_journal_replay_clear  (MyrmexJournalReplay  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MyrmexJournalReplay, myrmex_journal_replay_clear)

G_END_DECLS
