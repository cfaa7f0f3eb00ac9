/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Group commit:
 *
 *   forever:
 *     wait until there are batches, or calls, or it is to close
 *     group := the batches that wait, up to MAX_GROUP
 *     write all of the group; commit; tell each that it is on the disk
 *       where it fails by one batch's own fault: roll back, and commit each by itself
 *       where there is no space: roll back, tell those that can be refused, and keep the others, which are of runs that
 *         were accepted; try them again with what comes next, or after RETRY_INTERVAL
 *       where it fails otherwise: roll back, and tell each why
 *     one slice of the first call; if there is more of it, it goes to the end of the queue
 */

#include "journal/myrmex-journal-store-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-crash-point-private.h"
#include "base/myrmex-error.h"

/* How many batches are committed at once, at most. */
#define MAX_GROUP 4096

/* How long after a try in vain there may be space again, in microseconds. */
#define RETRY_INTERVAL G_USEC_PER_SEC

typedef struct
{
  MyrmexJournalBatch         *batch;
  MyrmexJournalCommittedFunc  committed;
  gpointer                    user_data;
  gsize                       size;
} Waiting;

typedef struct
{
  MyrmexJournalCallFunc  func;
  gpointer               data;
  GCancellable          *cancellable;
  MyrmexJournalDoneFunc  done;
  gpointer               done_data;
} Call;

typedef enum
{
  STATE_NEW,
  STATE_OPEN,      /* or opening */
  STATE_CLOSING,
  STATE_CLOSED,
} State;

struct _MyrmexJournalStore
{
  gatomicrefcount        ref_count;   /* the thread has one from opening to closing */
  char                  *path;
  char                  *vfs;
  gboolean               is_unsafe;
  gsize                  max_waiting;

  GMutex                 lock;
  GCond                  more;        /* for the thread */
  GCond                  room;        /* for those who append */
  State                  state;
  GThread               *thread;      /* only compared */
  GArray                *batches;     /* of Waiting */
  guint                  n_kept;      /* of these, from the first: those that there was no space for */
  gint64                 retry_time;  /* monotonic, of those */
  GQueue                 calls;       /* of Call */
  gsize                  n_waiting;   /* bytes, those of the group that is being written included */
  MyrmexJournalDoneFunc  closed;
  gpointer               closed_data;
  char                  *set_aside;   /* set before opening is told */
  guint64                n_commits;

  /* The thread's. */
  MyrmexJournalDatabase *database;
  GArray                *kept;        /* of Waiting: of the group that is being written, what there is no space for */
  gsize                  n_told;      /* bytes, likewise */
};

typedef enum
{
  FAULT_DISK,
  FAULT_SPACE,
  FAULT_OWN,    /* of one batch */
} Fault;

MyrmexJournalStore *
myrmex_journal_store_new (const MyrmexJournalSettings *settings)
{
  MyrmexJournalStore *self = g_new0 (MyrmexJournalStore, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->path = g_strdup (settings->path);
  self->vfs = g_strdup (settings->vfs);
  self->is_unsafe = settings->is_unsafe;
  self->max_waiting = settings->max_waiting > 0 ? settings->max_waiting : MYRMEX_JOURNAL_MAX_WAITING;
  self->batches = g_array_new (FALSE, FALSE, sizeof (Waiting));
  self->kept = g_array_new (FALSE, FALSE, sizeof (Waiting));
  g_mutex_init (&self->lock);
  g_cond_init (&self->more);
  g_cond_init (&self->room);
  return self;
}

MyrmexJournalStore *
myrmex_journal_store_ref (MyrmexJournalStore *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
myrmex_journal_store_unref (MyrmexJournalStore *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_array_unref (self->batches);
  g_array_unref (self->kept);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->more);
  g_cond_clear (&self->room);
  g_free (self->set_aside);
  g_free (self->path);
  g_free (self->vfs);
  g_free (self);
}

/* Something that it rests on is not there. */
static gboolean
check_chain (MyrmexJournalStore  *self,
             const Waiting       *waiting,
             GError             **error)
{
  MyrmexJournalChain *chain = myrmex_journal_batch_get_chain (waiting->batch);

  if (chain == NULL || !myrmex_journal_chain_is_broken (chain))
    return TRUE;

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL,
               _("What came before could not be written to the journal “%s”"), self->path);
  return FALSE;
}

static gboolean
write_batch (MyrmexJournalStore  *self,
             const Waiting       *waiting,
             Fault               *fault,
             GError             **error)
{
  gboolean own_fault = TRUE;

  if (check_chain (self, waiting, error) &&
      myrmex_journal_database_write (self->database, waiting->batch, &own_fault, error))
    return TRUE;
  *fault = own_fault ? FAULT_OWN : self->database->is_full ? FAULT_SPACE : FAULT_DISK;
  myrmex_journal_database_roll_back (self->database);
  return FALSE;
}

static gboolean
write_group (MyrmexJournalStore  *self,
             const Waiting       *group,
             guint                n,
             Fault               *fault,
             GError             **error)
{
  *fault = FAULT_DISK;
  if (!myrmex_journal_database_begin (self->database, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (!write_batch (self, &group[i], fault, error))
        return FALSE;
    }
  MYRMEX_CRASH_POINT ("journal-commit");
  if (!myrmex_journal_database_commit (self->database, error))
    {
      *fault = self->database->is_full ? FAULT_SPACE : FAULT_DISK;
      myrmex_journal_database_roll_back (self->database);
      return FALSE;
    }
  MYRMEX_CRASH_POINT ("journal-committed");
  self->n_commits++;
  return TRUE;
}

static void
tell (MyrmexJournalStore *self,
      const Waiting      *group,
      guint               n,
      const GError       *error)
{
  for (guint i = 0; i < n; i++)
    {
      MyrmexJournalChain *chain = myrmex_journal_batch_get_chain (group[i].batch);

      if (error != NULL && chain != NULL)
        myrmex_journal_chain_break (chain);
      if (group[i].committed != NULL)
        group[i].committed (error, group[i].user_data);
      self->n_told += group[i].size;
      myrmex_journal_batch_free (group[i].batch);
    }
}

/* What has come of a run that was accepted is not given up for want of space: it waits, and so does what rests on it. A
 * run that is not there yet is refused. */
static gboolean
is_patient (const Waiting *waiting)
{
  guint n;
  const MyrmexJournalRecord *records = myrmex_journal_batch_get_records (waiting->batch, &n);

  return myrmex_journal_batch_get_chain (waiting->batch) != NULL &&
         (n == 0 || records[0].kind != MYRMEX_JOURNAL_RECORD_RUN);
}

static void
refuse_or_keep (MyrmexJournalStore *self,
                const Waiting      *group,
                guint               n,
                const GError       *error)
{
  for (guint i = 0; i < n; i++)
    {
      if (is_patient (&group[i]))
        g_array_append_val (self->kept, group[i]);
      else
        tell (self, &group[i], 1, error);
    }
}

/* One by one. After one that is kept, no other one of an accepted run goes ahead. */
static void
commit_each (MyrmexJournalStore *self,
             const Waiting      *group,
             guint               n,
             gboolean            may_keep)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      Fault fault;

      if (self->kept->len > 0 && is_patient (&group[i]))
        g_array_append_val (self->kept, group[i]);
      else if (!write_group (self, &group[i], 1, &fault, &error) && fault == FAULT_SPACE && may_keep)
        refuse_or_keep (self, &group[i], 1, error);
      else
        tell (self, &group[i], 1, error);
    }
}

static void
commit_group (MyrmexJournalStore *self,
              const Waiting      *group,
              guint               n,
              gboolean            may_keep)
{
  g_autoptr (GError) error = NULL;
  Fault fault;

  if (write_group (self, group, n, &fault, &error))
    {
      tell (self, group, n, NULL);
    }
  else if (fault == FAULT_OWN && n > 1)
    {
      commit_each (self, group, n, may_keep);
    }
  else if (fault == FAULT_SPACE && may_keep)
    {
      refuse_or_keep (self, group, n, error);
      /* Perhaps there is enough without what was refused. */
      if (self->kept->len > 0 && self->kept->len < n)
        {
          g_autoptr (GArray) rest = g_steal_pointer (&self->kept);

          self->kept = g_array_new (FALSE, FALSE, sizeof (Waiting));
          commit_each (self, (const Waiting *) (gpointer) rest->data, rest->len, TRUE);
        }
    }
  else
    {
      tell (self, group, n, error);
    }
  myrmex_journal_database_checkpoint (self->database);
}

static void
call_free (Call *call)
{
  g_clear_object (&call->cancellable);
  g_free (call);
}

/* Returns whether there is more of it. */
static gboolean
do_slice (MyrmexJournalStore *self,
          Call               *call)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = FALSE;

  if (!g_cancellable_set_error_if_cancelled (call->cancellable, &error))
    call->func (self->database, call->data, &is_done, &error);
  if (error == NULL && !is_done)
    return TRUE;

  if (error != NULL)
    myrmex_journal_database_roll_back (self->database);
  call->done (error, call->done_data);
  return FALSE;
}

/* With the lock. Those that there was no space for are tried with what came after them, or when it is time. */
static gboolean
has_batches (MyrmexJournalStore *self)
{
  if (self->n_kept > 0 && self->batches->len == self->n_kept && self->state == STATE_OPEN)
    return g_get_monotonic_time () >= self->retry_time;
  return self->batches->len > 0;
}

/* With the lock: what is kept is ahead of what came meanwhile. */
static void
put_back (MyrmexJournalStore *self,
          gboolean            had_space)
{
  if (had_space && self->kept->len > 0)
    g_message ("The journal “%s” has no space left; what comes of its runs waits until there is some", self->path);
  else if (!had_space && self->kept->len == 0)
    g_message ("The journal “%s” has space again", self->path);
  g_array_prepend_vals (self->batches, self->kept->data, self->kept->len);
  self->n_kept = self->kept->len;
  self->retry_time = g_get_monotonic_time () + RETRY_INTERVAL;
  g_array_set_size (self->kept, 0);
}

/* With the lock, which is dropped meanwhile. */
static void
work_batches (MyrmexJournalStore *self)
{
  g_autofree Waiting *group = NULL;
  gboolean had_space = self->n_kept == 0;
  gboolean may_keep = self->state == STATE_OPEN;
  guint n = had_space ? MIN (self->batches->len, MAX_GROUP) : self->batches->len;

  if (!has_batches (self))
    return;
  group = g_memdup2 (self->batches->data, n * sizeof *group);
  g_array_remove_range (self->batches, 0, n);
  self->n_kept = 0;
  self->n_told = 0;
  g_mutex_unlock (&self->lock);

  commit_group (self, group, n, may_keep);

  g_mutex_lock (&self->lock);
  self->n_waiting -= self->n_told;
  if (may_keep && (self->kept->len > 0 || !had_space))
    put_back (self, had_space);
  g_cond_broadcast (&self->room);
}

/* With the lock, which is dropped meanwhile. */
static void
work_call (MyrmexJournalStore *self)
{
  Call *call = g_queue_pop_head (&self->calls);
  gboolean has_more;

  if (call == NULL)
    return;
  g_mutex_unlock (&self->lock);
  has_more = do_slice (self, call);
  if (!has_more)
    call_free (call);
  g_mutex_lock (&self->lock);
  if (has_more)
    g_queue_push_tail (&self->calls, call);
}

static void
close_database (MyrmexJournalStore *self)
{
  g_autoptr (GError) error = NULL;

  if (self->database != NULL)
    myrmex_journal_database_close (g_steal_pointer (&self->database), &error);
  g_mutex_lock (&self->lock);
  self->state = STATE_CLOSED;
  g_mutex_unlock (&self->lock);
  if (self->closed != NULL)
    self->closed (error, self->closed_data);
}

typedef struct
{
  MyrmexJournalStore    *store;
  MyrmexJournalDoneFunc  done;
  gpointer               data;
} Opening;

/* Calls and batches that came while it was being opened in vain. */
static void
refuse_all (MyrmexJournalStore *self,
            const GError       *error)
{
  g_autoptr (GArray) batches = NULL;
  GQueue calls;
  Call *call;

  g_mutex_lock (&self->lock);
  self->state = STATE_CLOSED;
  batches = self->batches;
  self->batches = g_array_new (FALSE, FALSE, sizeof (Waiting));
  calls = self->calls;
  g_queue_init (&self->calls);
  self->n_waiting = 0;
  g_cond_broadcast (&self->room);
  g_mutex_unlock (&self->lock);

  tell (self, (const Waiting *) (gpointer) batches->data, batches->len, error);
  while ((call = g_queue_pop_head (&calls)) != NULL)
    {
      call->done (error, call->done_data);
      call_free (call);
    }
}

static gpointer
store_thread (gpointer data)
{
  g_autofree Opening *opening = data;
  MyrmexJournalStore *self = opening->store;
  MyrmexJournalLocation location = { self->path, self->vfs, self->is_unsafe };
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->lock);
  self->thread = g_thread_self ();
  g_mutex_unlock (&self->lock);

  self->database = myrmex_journal_database_open (&location, &error);
  if (self->database != NULL)
    self->set_aside = g_strdup (self->database->set_aside);
  else
    refuse_all (self, error);
  opening->done (error, opening->data);

  g_mutex_lock (&self->lock);
  while (self->database != NULL)
    {
      while (!has_batches (self) && self->calls.length == 0 && self->state == STATE_OPEN)
        {
          if (self->n_kept > 0)
            g_cond_wait_until (&self->more, &self->lock, self->retry_time);
          else
            g_cond_wait (&self->more, &self->lock);
        }
      if (self->batches->len == 0 && self->calls.length == 0)
        break;
      work_batches (self);
      work_call (self);
    }
  g_mutex_unlock (&self->lock);

  close_database (self);
  myrmex_journal_store_unref (self);
  return NULL;
}

/* Starts the thread, which opens the journal. Once. */
void
myrmex_journal_store_open (MyrmexJournalStore    *self,
                           MyrmexJournalDoneFunc  done,
                           gpointer               data)
{
  Opening *opening = g_new (Opening, 1);

  *opening = (Opening) { myrmex_journal_store_ref (self), done, data };
  g_mutex_lock (&self->lock);
  g_assert (self->state == STATE_NEW);
  self->state = STATE_OPEN;
  g_mutex_unlock (&self->lock);
  g_thread_unref (g_thread_new ("myrmex-journal", store_thread, opening));
}

/* All that was appended is written, all that was asked is answered, and then the journal is closed. @done may
 * be NULL. After this, nothing is taken any more. */
void
myrmex_journal_store_close (MyrmexJournalStore    *self,
                            MyrmexJournalDoneFunc  done,
                            gpointer               data)
{
  gboolean is_late;

  g_mutex_lock (&self->lock);
  is_late = self->state != STATE_OPEN;
  if (!is_late)
    {
      self->state = STATE_CLOSING;
      self->closed = done;
      self->closed_data = data;
      g_cond_broadcast (&self->room);
      g_cond_signal (&self->more);
    }
  g_mutex_unlock (&self->lock);
  if (is_late && done != NULL)
    done (NULL, data);
}

static void
set_closed_error (MyrmexJournalStore  *self,
                  GError             **error)
{
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL, _("The journal “%s” is not open"), self->path);
}

/* From any thread. Takes @batch. Where it returns FALSE nothing of it will be written, and @committed is not
 * called. */
gboolean
myrmex_journal_store_append (MyrmexJournalStore          *self,
                             MyrmexJournalBatch          *batch,
                             MyrmexJournalAppendMode      mode,
                             MyrmexJournalCommittedFunc   committed,
                             gpointer                     user_data,
                             GError                     **error)
{
  Waiting waiting = { batch, committed, user_data, myrmex_journal_batch_get_size (batch) };
  gboolean has_room, is_open;

  g_mutex_lock (&self->lock);
  /* One that is larger than all the room is taken when nothing else waits. */
  while (!(has_room = self->n_waiting == 0 || self->n_waiting + waiting.size <= self->max_waiting) &&
         mode == MYRMEX_JOURNAL_APPEND_WAIT && self->state == STATE_OPEN && self->thread != g_thread_self ())
    g_cond_wait (&self->room, &self->lock);
  is_open = self->state == STATE_OPEN;
  has_room = has_room || mode != MYRMEX_JOURNAL_APPEND_TRY;
  if (is_open && has_room)
    {
      self->n_waiting += waiting.size;
      g_array_append_val (self->batches, waiting);
      if (self->batches->len == self->n_kept + 1)
        g_cond_signal (&self->more);
    }
  g_mutex_unlock (&self->lock);
  if (is_open && has_room)
    return TRUE;

  myrmex_journal_batch_free (batch);
  if (!is_open)
    set_closed_error (self, error);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                 _("More than %zu bytes wait to be written to the journal “%s”; try again later"), self->max_waiting,
                 self->path);
  return FALSE;
}

/* From any thread. @done is called in any case, here if the journal is not open. */
void
myrmex_journal_store_call (MyrmexJournalStore    *self,
                           MyrmexJournalCallFunc  func,
                           gpointer               data,
                           GCancellable          *cancellable,
                           MyrmexJournalDoneFunc  done,
                           gpointer               done_data)
{
  Call *call = NULL;

  g_mutex_lock (&self->lock);
  if (self->state == STATE_OPEN)
    {
      call = g_new (Call, 1);
      *call = (Call) { func, data, cancellable != NULL ? g_object_ref (cancellable) : NULL, done, done_data };
      g_queue_push_tail (&self->calls, call);
      g_cond_signal (&self->more);
    }
  g_mutex_unlock (&self->lock);
  if (call == NULL)
    {
      g_autoptr (GError) error = NULL;

      set_closed_error (self, &error);
      done (error, done_data);
    }
}

/* Where waiting for the journal would be waiting for oneself. */
gboolean
myrmex_journal_store_is_own_thread (MyrmexJournalStore *self)
{
  gboolean is_own;

  g_mutex_lock (&self->lock);
  is_own = self->thread == g_thread_self ();
  g_mutex_unlock (&self->lock);
  return is_own;
}

/* After opening was told: what a damaged journal was renamed to, or NULL. */
const char *
myrmex_journal_store_get_set_aside (MyrmexJournalStore *self)
{
  return self->set_aside;
}

/* How many transactions there were; for the journal's thread, and after closing. */
guint64
myrmex_journal_store_get_n_commits (MyrmexJournalStore *self)
{
  return self->n_commits;
}
