/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-worker-pool-private.h"

#include <pthread.h>

/* Functions that were given up hold their threads; beyond this many no further thread takes a place, so that a
 * workflow of functions that all hang can not take the whole process's threads. */
#define MAX_STUCK_WORKERS 512

struct _MyrmexWorkerPool
{
  gatomicrefcount        ref_count;
  MyrmexWorkSourceFuncs  funcs;
  GMutex                 lock;
  GCond                  cond;
  GQueue                 offers;     /* of Offer, those of a higher priority first */
  int                    n_slots;
  int                    n_stuck;
  int                    n_threads;
  int                    n_idle;     /* those that wait, and those that were woken but do not run yet */
  int                    free_slots; /* atomic; may only be waited for under the lock */
  int                    n_waiting;  /* atomic: length of offers */
  int                    highest;    /* atomic: the priority of the first of them; G_MININT where there is none */
  gboolean               is_closed;
};

typedef struct
{
  gpointer  source;
  int       priority;
  int      *is_offered;
} Offer;

MyrmexWorkerPool *
myrmex_worker_pool_new (const MyrmexWorkSourceFuncs *funcs,
                        guint                        n_slots)
{
  MyrmexWorkerPool *self = g_new0 (MyrmexWorkerPool, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->funcs = *funcs;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->offers);
  self->n_slots = (int) CLAMP (n_slots, 1, G_MAXINT16);
  self->free_slots = self->n_slots;
  self->highest = G_MININT;
  return self;
}

MyrmexWorkerPool *
myrmex_worker_pool_ref (MyrmexWorkerPool *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
myrmex_worker_pool_unref (MyrmexWorkerPool *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->offers.length == 0);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

/* No work will come any more: idle threads end, busy ones after what they do. */
void
myrmex_worker_pool_close (MyrmexWorkerPool *self)
{
  g_mutex_lock (&self->lock);
  self->is_closed = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

gboolean
myrmex_worker_pool_try_slot (MyrmexWorkerPool *self)
{
  int free_slots = g_atomic_int_get (&self->free_slots);

  while (free_slots > 0)
    {
      if (g_atomic_int_compare_and_exchange (&self->free_slots, free_slots, free_slots - 1))
        return TRUE;
      free_slots = g_atomic_int_get (&self->free_slots);
    }
  return FALSE;
}

void
myrmex_worker_pool_release_slot (MyrmexWorkerPool *self)
{
  g_atomic_int_inc (&self->free_slots);
  if (g_atomic_int_get (&self->n_waiting) > 0)
    {
      g_mutex_lock (&self->lock);
      g_cond_signal (&self->cond);
      g_mutex_unlock (&self->lock);
    }
}

/* Whether another source waits than the one whose mark @is_offered is, and is as urgent as that. */
gboolean
myrmex_worker_pool_has_waiting (MyrmexWorkerPool *self,
                                int               priority,
                                const int        *is_offered)
{
  return g_atomic_int_get (&self->n_waiting) > g_atomic_int_get (is_offered) &&
         g_atomic_int_get (&self->highest) >= priority;
}

/* Whether a source waits that comes before those of a priority. */
gboolean
myrmex_worker_pool_has_urgent (MyrmexWorkerPool *self,
                               int               priority)
{
  return g_atomic_int_get (&self->highest) > priority;
}

static GPrivate current_worker = G_PRIVATE_INIT (NULL);

/* The worker that this thread is, or NULL. */
MyrmexWorker *
myrmex_worker_pool_get_worker (void)
{
  return g_private_get (&current_worker);
}

static gpointer worker_main (gpointer data);

/* Under the lock. */
static void
add_thread (MyrmexWorkerPool *self)
{
  GThread *thread;

  self->n_threads++;
  thread = g_thread_try_new ("myrmex-worker", worker_main, myrmex_worker_pool_ref (self), NULL);
  if (thread == NULL)
    {
      /* Those that there are do the work, later. Without any, nothing would ever be done. */
      if (--self->n_threads == 0)
        g_error ("Myrmex can not start any thread");
      myrmex_worker_pool_unref (self);
      return;
    }
  g_thread_unref (thread);
}

/* Under the lock: there are as many threads to take offers as there are offers, if there may be. An idle thread counts
 * for one offer only: it may have been woken for another one. */
static void
wake_for_offers (MyrmexWorkerPool *self)
{
  if (self->n_idle < (int) self->offers.length &&
      self->n_threads - self->n_stuck < self->n_slots && self->n_stuck <= MAX_STUCK_WORKERS)
    add_thread (self);
  else if (self->n_idle > 0)
    g_cond_signal (&self->cond);
}

/* Under the lock. */
static void
set_highest (MyrmexWorkerPool *self)
{
  const Offer *first = g_queue_peek_head (&self->offers);

  g_atomic_int_set (&self->highest, first != NULL ? first->priority : G_MININT);
}

/* Under the lock: behind those of the same priority. Where all have the same, that is the end. */
static void
add_offer (MyrmexWorkerPool *self,
           Offer            *offer)
{
  GList *before = self->offers.tail;

  while (before != NULL && ((Offer *) before->data)->priority < offer->priority)
    before = before->prev;
  if (before != NULL)
    g_queue_insert_after (&self->offers, before, offer);
  else
    g_queue_push_head (&self->offers, offer);
  set_highest (self);
}

/* @is_offered is the source's own mark; it is set here and cleared when a worker takes the source, so that a
 * source is offered once at a time. */
void
myrmex_worker_pool_offer (MyrmexWorkerPool *self,
                          gpointer          source,
                          int               priority,
                          int              *is_offered)
{
  Offer *offer;

  g_mutex_lock (&self->lock);
  if (!*is_offered && !self->is_closed)
    {
      g_atomic_int_set (is_offered, TRUE);
      offer = g_new (Offer, 1);
      offer->source = self->funcs.ref (source);
      offer->priority = priority;
      offer->is_offered = is_offered;
      add_offer (self, offer);
      g_atomic_int_inc (&self->n_waiting);
      wake_for_offers (self);
    }
  g_mutex_unlock (&self->lock);
}

/* The function that @worker runs was given up: its slot is free for others, and another thread takes its place. */
void
myrmex_worker_pool_stuck (MyrmexWorkerPool *self,
                          MyrmexWorker     *worker)
{
  g_mutex_lock (&self->lock);
  if (!worker->is_stuck)
    {
      worker->is_stuck = TRUE;
      self->n_stuck++;
      if (worker->holds_slot)
        {
          worker->holds_slot = FALSE;
          g_atomic_int_inc (&self->free_slots);
        }
      if (self->offers.length > 0)
        wake_for_offers (self);
    }
  g_mutex_unlock (&self->lock);
}

/* The function that was given up has returned after all. Returns whether it had been. */
gboolean
myrmex_worker_pool_unstuck (MyrmexWorkerPool *self,
                            MyrmexWorker     *worker)
{
  gboolean was_stuck;

  g_mutex_lock (&self->lock);
  was_stuck = worker->is_stuck;
  if (was_stuck)
    {
      worker->is_stuck = FALSE;
      self->n_stuck--;
    }
  g_mutex_unlock (&self->lock);

  return was_stuck;
}

/* Under the lock: waits for a source and a slot, and takes both. NULL when the thread should end. */
static gpointer
wait_for_work (MyrmexWorkerPool *self)
{
  for (;;)
    {
      if (self->n_threads - self->n_stuck > self->n_slots)
        return NULL;
      if (self->offers.length > 0 && myrmex_worker_pool_try_slot (self))
        {
          Offer *offer = g_queue_pop_head (&self->offers);
          gpointer source = offer->source;

          g_atomic_int_set (offer->is_offered, FALSE);
          g_free (offer);
          g_atomic_int_add (&self->n_waiting, -1);
          set_highest (self);
          return source;
        }
      if (self->is_closed && self->offers.length == 0)
        return NULL;

      self->n_idle++;
      g_cond_wait (&self->cond, &self->lock);
      self->n_idle--;
    }
}

static void
worker_leave (MyrmexWorker *worker)
{
  MyrmexWorkerPool *self = worker->pool;

  /* It may have been woken for an offer that it did not take. */
  g_mutex_lock (&self->lock);
  self->n_threads--;
  if (self->offers.length > 0)
    wake_for_offers (self);
  g_mutex_unlock (&self->lock);

  g_clear_pointer (&worker->context, myrmex_task_context_unref);
  myrmex_worker_pool_unref (self);
  g_free (worker);
}

static void
give_back (MyrmexWorker *worker)
{
  gboolean held;

  /* Under the lock, since the function may be given up at any time. */
  g_mutex_lock (&worker->pool->lock);
  held = worker->holds_slot;
  worker->holds_slot = FALSE;
  g_mutex_unlock (&worker->pool->lock);
  if (held)
    myrmex_worker_pool_release_slot (worker->pool);
}

/* Somebody's function ended the thread itself: its attempt fails, and another thread takes the place. */
static void
worker_cleanup (gpointer data)
{
  MyrmexWorker *worker = data;
  gpointer source = g_steal_pointer (&worker->source);

  if (source != NULL)
    {
      worker->pool->funcs.forsake (source, worker);
      worker->pool->funcs.unref (source);
    }
  myrmex_worker_pool_unstuck (worker->pool, worker);
  give_back (worker);
  worker_leave (worker);
}

static gpointer
worker_main (gpointer data)
{
  MyrmexWorker *worker = g_new0 (MyrmexWorker, 1);
  MyrmexWorkerPool *self = data;

  worker->pool = self;
  g_private_set (&current_worker, worker);
  pthread_cleanup_push (worker_cleanup, worker);

  for (;;)
    {
      gpointer source;

      g_mutex_lock (&self->lock);
      source = wait_for_work (self);
      worker->holds_slot = source != NULL;
      g_mutex_unlock (&self->lock);
      if (source == NULL)
        break;

      worker->source = source;
      self->funcs.work (source, worker);
      worker->source = NULL;
      give_back (worker);
      self->funcs.unref (source);
    }

  pthread_cleanup_pop (1);
  return NULL;
}
