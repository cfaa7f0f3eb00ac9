/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gate.h"

struct _Gate
{
  gatomicrefcount ref_count;
  GMutex          lock;
  GCond           cond;
  gboolean        open;
  guint           n_arrived;
  guint           n_waiting;
  guint           n_most;
};

Gate *
gate_new (void)
{
  Gate *self = g_new0 (Gate, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  return self;
}

Gate *
gate_ref (Gate *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
gate_unref (Gate *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

void
gate_open (Gate *self)
{
  g_mutex_lock (&self->lock);
  self->open = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

gboolean
gate_is_open (Gate *self)
{
  gboolean open;

  g_mutex_lock (&self->lock);
  open = self->open;
  g_mutex_unlock (&self->lock);
  return open;
}

static void
cancelled_cb (GCancellable *cancellable,
              Gate         *self)
{
  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

gboolean
gate_pass (Gate         *self,
           GCancellable *cancellable)
{
  gboolean open;
  gulong id = 0;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);

  g_mutex_lock (&self->lock);
  self->n_arrived++;
  self->n_waiting++;
  self->n_most = MAX (self->n_most, self->n_waiting);
  g_cond_broadcast (&self->cond);
  while (!self->open && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&self->cond, &self->lock);
  self->n_waiting--;
  open = self->open;
  g_mutex_unlock (&self->lock);

  g_cancellable_disconnect (cancellable, id);
  return open;
}

void
gate_await (Gate  *self,
            guint  n_arrived)
{
  g_mutex_lock (&self->lock);
  while (self->n_arrived < n_arrived)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

guint
gate_n_arrived (Gate *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->n_arrived;
  g_mutex_unlock (&self->lock);
  return n;
}

guint
gate_n_waiting (Gate *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->n_waiting;
  g_mutex_unlock (&self->lock);
  return n;
}

guint
gate_n_most (Gate *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->n_most;
  g_mutex_unlock (&self->lock);
  return n;
}
