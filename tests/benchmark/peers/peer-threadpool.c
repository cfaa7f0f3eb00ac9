/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bare GThreadPool, and what one would write around it: a counter for each task of what it still waits for. */

#include <string.h>

#include <glib.h>

#include "peer-graph.h"

typedef struct
{
  GThreadPool *pool;
  gint        *waits;   /* atomic */
  uint32_t    *first;   /* into successors, for each task and one more */
  uint32_t    *successors;
  uint32_t     n;
  gint         ran;     /* atomic */
  GMutex       lock;
  GCond        over;
} Graph;

static void
build (Graph     *self,
       PeerShape  shape)
{
  uint32_t on[PEER_MAX_DEPENDENCIES];
  g_autofree uint32_t *filled = g_new (uint32_t, self->n + 1);

  for (uint32_t i = 0; i < self->n; i++)
    {
      self->waits[i] = (gint) peer_dependencies (shape, self->n, i, on);
      for (gint j = 0; j < self->waits[i]; j++)
        self->first[on[j] + 1]++;
    }
  for (uint32_t i = 0; i < self->n; i++)
    self->first[i + 1] += self->first[i];

  self->successors = g_new (uint32_t, self->first[self->n] + 1);
  memcpy (filled, self->first, (self->n + 1) * sizeof *filled);
  for (uint32_t i = 0; i < self->n; i++)
    {
      peer_dependencies (shape, self->n, i, on);
      for (gint j = 0; j < self->waits[i]; j++)
        self->successors[filled[on[j]]++] = i;
    }
}

static void
work_cb (gpointer data,
         gpointer user_data)
{
  Graph *self = user_data;
  const uint32_t task = GPOINTER_TO_UINT (data) - 1;

  for (uint32_t i = self->first[task]; i < self->first[task + 1]; i++)
    if (g_atomic_int_dec_and_test (&self->waits[self->successors[i]]))
      g_thread_pool_push (self->pool, GUINT_TO_POINTER (self->successors[i] + 1), NULL);

  if (g_atomic_int_add (&self->ran, 1) + 1 == (gint) self->n)
    {
      g_mutex_lock (&self->lock);
      g_cond_signal (&self->over);
      g_mutex_unlock (&self->lock);
    }
}

static double
run (PeerShape shape,
     uint32_t  n)
{
  Graph self = { .n = n };
  uint32_t on[PEER_MAX_DEPENDENCIES];
  const int64_t begin = peer_now ();

  g_mutex_init (&self.lock);
  g_cond_init (&self.over);
  self.waits = g_new (gint, n);
  self.first = g_new0 (uint32_t, n + 1);
  build (&self, shape);
  self.pool = g_thread_pool_new (work_cb, &self, (gint) g_get_num_processors (), FALSE, NULL);
  for (uint32_t i = 0; i < n; i++)
    if (peer_dependencies (shape, n, i, on) == 0)
      g_thread_pool_push (self.pool, GUINT_TO_POINTER (i + 1), NULL);

  g_mutex_lock (&self.lock);
  while (g_atomic_int_get (&self.ran) < (gint) n)
    g_cond_wait (&self.over, &self.lock);
  g_mutex_unlock (&self.lock);
  g_thread_pool_free (self.pool, FALSE, TRUE);
  g_free (self.waits);
  g_free (self.first);
  g_free (self.successors);
  g_mutex_clear (&self.lock);
  g_cond_clear (&self.over);
  return (double) (peer_now () - begin);
}

int
main (int    argc,
      char **argv)
{
  return peer_main (argc, argv, run);
}
