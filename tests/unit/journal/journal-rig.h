/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sqlite3.h>

/* A disk in memory, as a VFS of SQLite, that fails when told to, and loses what was not synced when its power
 * is cut.
 *
 * It is as unkind as Linux: what an fsync that failed did not write is taken for written by the next one. Of
 * what was written and not synced, a cut keeps any part, down to single sectors. */

typedef enum
{
  JOURNAL_RIG_READ = 1 << 0,   /* and size, and whether it is there */
  JOURNAL_RIG_WRITE = 1 << 1,
  JOURNAL_RIG_SYNC = 1 << 2,
  JOURNAL_RIG_OTHER = 1 << 3,  /* open, truncate, delete */
} JournalRigCalls;

typedef struct _JournalRig JournalRig;

JournalRig *journal_rig_new         (guint32          seed);
void        journal_rig_free        (JournalRig      *self);
const char *journal_rig_get_name    (JournalRig      *self);

/* Of the calls that are in @calls, counted from 1 from now on, @n_failing from the @first one on fail with
 * @code. */
void        journal_rig_fail        (JournalRig      *self,
                                     JournalRigCalls  calls,
                                     guint            first,
                                     guint            n_failing,
                                     int              code);
/* The power goes at the call @first: it and all after it do nothing. 0: it stays. */
void        journal_rig_cut         (JournalRig      *self,
                                     guint            first);
/* How many of the calls were counted, and how many failed. */
guint       journal_rig_get_n_calls (JournalRig      *self);
guint       journal_rig_get_n_failed (JournalRig     *self);

/* The power is back. With no file open. */
void        journal_rig_reboot      (JournalRig      *self);
