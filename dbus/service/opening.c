/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The journal is opened, or waited for: a service that leaves has it until nothing of its runs is left. */

#include "opening.h"

/* How long another process is waited for, and how often it is tried meanwhile. It gives its commands their grace. */
#define PATIENCE_US (30 * G_TIME_SPAN_SECOND)
#define RETRY_MS    (20)

typedef struct
{
  MyrmexJournal   *journal;
  OpeningBusyFunc  busy;
  OpeningDoneFunc  done;
  gpointer         data;
  gint64           until;
} Opening;

static void try_opening (Opening *self);

static gboolean
retry_cb (gpointer data)
{
  try_opening (data);
  return G_SOURCE_REMOVE;
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  Opening *self = data;
  g_autoptr (GError) error = NULL;

  if (!myrmex_journal_open_finish (self->journal, result, &error) &&
      g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY) && g_get_monotonic_time () < self->until &&
      self->busy (self->data, &error))
    {
      g_timeout_add (RETRY_MS, retry_cb, self);
      return;
    }
  self->done (error, self->data);
  g_object_unref (self->journal);
  g_free (self);
}

static void
try_opening (Opening *self)
{
  myrmex_journal_open_async (self->journal, NULL, opened_cb, self);
}

void
opening_begin (MyrmexJournal   *journal,
               OpeningBusyFunc  busy,
               OpeningDoneFunc  done,
               gpointer         data)
{
  Opening *self = g_new (Opening, 1);

  *self = (Opening) { g_object_ref (journal), busy, done, data, g_get_monotonic_time () + PATIENCE_US };
  try_opening (self);
}
