/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-worker-pool-private.h"

#include <pthread.h>
#include <string.h>

#include "gate.h"

/* A source of work that does what its test says. */
typedef struct _Source Source;
struct _Source
{
  int        ref_count;     /* atomic */
  int        priority;
  int        is_offered;
  int        n_works;       /* atomic: calls that have ended */
  int        n_forsaken;    /* atomic */
  GFreeFunc  gone;
  gpointer   gone_data;
  void    (* work) (Source       *source,
                    MyrmexWorker *worker);
  gpointer   data;
};

static Source *
source_new (void     (* work) (Source *, MyrmexWorker *),
            gpointer data)
{
  Source *source = g_new0 (Source, 1);

  source->ref_count = 1;
  source->work = work;
  source->data = data;
  return source;
}

static gpointer
source_ref (gpointer data)
{
  g_atomic_int_inc (&((Source *) data)->ref_count);
  return data;
}

static void
source_unref (gpointer data)
{
  Source *source = data;

  if (!g_atomic_int_dec_and_test (&source->ref_count))
    return;
  if (source->gone != NULL)
    source->gone (source->gone_data);
  g_free (source);
}

static void
source_work (gpointer      data,
             MyrmexWorker *worker)
{
  Source *source = data;

  g_assert_true (worker->holds_slot);
  source->work (source, worker);
  g_atomic_int_inc (&source->n_works);
}

static void
source_forsake (gpointer      data,
                MyrmexWorker *worker)
{
  g_atomic_int_inc (&((Source *) data)->n_forsaken);
}

static const MyrmexWorkSourceFuncs funcs = { source_ref, source_unref, source_work, source_forsake };

static void
offer (MyrmexWorkerPool *pool,
       Source           *source)
{
  myrmex_worker_pool_offer (pool, source, source->priority, &source->is_offered);
}

/* How many threads of the pool there are. */
static guint
count_threads (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", name, "comm", NULL);
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL) && g_str_has_prefix (text, "myrmex-worker"))
        n++;
    }
  return n;
}

static void
await_threads (guint n)
{
  while (count_threads () != n)
    g_usleep (200);
}

static void
await (int *counter,
       int  n)
{
  while (g_atomic_int_get (counter) < n)
    g_usleep (50);
}

static void
close_pool (MyrmexWorkerPool *pool)
{
  myrmex_worker_pool_close (pool);
  myrmex_worker_pool_unref (pool);
  await_threads (0);
}

static void
work_nothing (Source       *source,
              MyrmexWorker *worker)
{
}

static void
work_gate (Source       *source,
           MyrmexWorker *worker)
{
  g_autoptr (Gate) gate = gate_ref (source->data);

  gate_pass (gate, NULL);
}

static void
test_no_threads_before_work (void)
{
  MyrmexWorkerPool *pool = myrmex_worker_pool_new (&funcs, 4);

  g_assert_cmpuint (count_threads (), ==, 0);
  close_pool (pool);
}

static void
test_offer_once (void)
{
  MyrmexWorkerPool *pool = myrmex_worker_pool_new (&funcs, 1);
  g_autoptr (Gate) gate = gate_new ();
  Source *holder = source_new (work_gate, gate);
  Source *source = source_new (work_nothing, NULL);

  offer (pool, holder);
  gate_await (gate, 1);
  for (guint i = 0; i < 10; i++)
    offer (pool, source);
  g_assert_true (source->is_offered);
  gate_open (gate);
  await (&source->n_works, 1);
  g_assert_false (g_atomic_int_get (&source->is_offered));
  offer (pool, source);
  await (&source->n_works, 2);
  source_unref (holder);
  source_unref (source);
  close_pool (pool);
}

static void
test_bound (void)
{
  MyrmexWorkerPool *pool = myrmex_worker_pool_new (&funcs, 3);
  g_autoptr (Gate) gate = gate_new ();
  Source *sources[8];

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      sources[i] = source_new (work_gate, gate);
      offer (pool, sources[i]);
    }
  gate_await (gate, 3);
  g_usleep (2000);
  g_assert_cmpuint (gate_n_arrived (gate), ==, 3);
  g_assert_false (myrmex_worker_pool_try_slot (pool));
  gate_open (gate);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      await (&sources[i]->n_works, 1);
      source_unref (sources[i]);
    }
  g_assert_cmpuint (gate_n_most (gate), <=, 3);
  g_assert_cmpuint (count_threads (), <=, 3);
  close_pool (pool);
}

/* Two offers in a row: the second needs a thread of its own, even if the first has not woken up the idle one yet. */
static void
test_offers_in_a_row (void)
{
  for (guint i = 0; i < 300; i++)
    {
      MyrmexWorkerPool *pool = myrmex_worker_pool_new (&funcs, 2);
      g_autoptr (Gate) gate = gate_new ();
      Source *warm = source_new (work_nothing, NULL);
      Source *a = source_new (work_gate, gate);
      Source *b = source_new (work_gate, gate);

      offer (pool, warm);
      await (&warm->n_works, 1);
      while (g_atomic_int_get (&warm->ref_count) > 1)
        g_thread_yield ();
      g_usleep (100);
      offer (pool, a);
      offer (pool, b);
      gate_await (gate, 2);
      gate_open (gate);
      await (&a->n_works, 1);
      await (&b->n_works, 1);
      source_unref (warm);
      source_unref (a);
      source_unref (b);
      close_pool (pool);
    }
}

/* A slot that went elsewhere and comes back lets the next one begin. */
static void
work_hand_on (Source       *source,
              MyrmexWorker *worker)
{
  worker->holds_slot = FALSE;
}

static void
test_slot_elsewhere (void)
{
  MyrmexWorkerPool *pool = myrmex_worker_pool_new (&funcs, 2);
  Source *source = source_new (work_hand_on, NULL);
  Source *other = source_new (work_nothing, NULL);

  offer (pool, source);
  await (&source->n_works, 1);
  offer (pool, source);
  await (&source->n_works, 2);
  g_assert_false (myrmex_worker_pool_try_slot (pool));
  offer (pool, other);
  g_usleep (2000);
  g_assert_cmpint (g_atomic_int_get (&other->n_works), ==, 0);
  myrmex_worker_pool_release_slot (pool);
  await (&other->n_works, 1);
  myrmex_worker_pool_release_slot (pool);
  while (g_atomic_int_get (&other->ref_count) > 1)
    g_thread_yield ();
  g_assert_true (myrmex_worker_pool_try_slot (pool));
  g_assert_true (myrmex_worker_pool_try_slot (pool));
  g_assert_false (myrmex_worker_pool_try_slot (pool));
  source_unref (source);
  source_unref (other);
  close_pool (pool);
}

typedef struct
{
  Gate         *gate;
  MyrmexWorker *worker;
} Stuck;

static void
work_stuck (Source       *source,
            MyrmexWorker *worker)
{
  Stuck *stuck = source->data;

  stuck->worker = worker;
  gate_pass (stuck->gate, NULL);
  myrmex_worker_pool_unstuck (worker->pool, worker);
}

/* A function that was given up holds nobody up, and its thread is not one too many when it comes back. */
static void
test_stuck (void)
{
  MyrmexWorkerPool *pool = myrmex_worker_pool_new (&funcs, 2);
  g_autoptr (Gate) gate = gate_new ();
  Stuck stuck[6];
  Source *sources[6];
  Source *quick = source_new (work_nothing, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (stuck); i++)
    {
      stuck[i] = (Stuck) { gate, NULL };
      sources[i] = source_new (work_stuck, &stuck[i]);
      offer (pool, sources[i]);
      gate_await (gate, i + 1);
      myrmex_worker_pool_stuck (pool, stuck[i].worker);
      myrmex_worker_pool_stuck (pool, stuck[i].worker);
    }
  offer (pool, quick);
  await (&quick->n_works, 1);
  gate_open (gate);
  for (guint i = 0; i < G_N_ELEMENTS (stuck); i++)
    {
      await (&sources[i]->n_works, 1);
      source_unref (sources[i]);
    }
  for (int i = 2; i < 50; i++)
    {
      offer (pool, quick);
      await (&quick->n_works, i);
    }
  while (count_threads () > 2)
    g_usleep (200);
  while (g_atomic_int_get (&quick->ref_count) > 1)
    g_thread_yield ();
  g_assert_true (myrmex_worker_pool_try_slot (pool));
  g_assert_true (myrmex_worker_pool_try_slot (pool));
  g_assert_false (myrmex_worker_pool_try_slot (pool));
  source_unref (quick);
  close_pool (pool);
}

static void
work_exit (Source       *source,
           MyrmexWorker *worker)
{
  pthread_exit (NULL);
}

static void
test_thread_ends (void)
{
  MyrmexWorkerPool *pool = myrmex_worker_pool_new (&funcs, 2);
  Source *source = source_new (work_exit, NULL);
  Source *quick = source_new (work_nothing, NULL);

  for (int i = 1; i <= 20; i++)
    {
      offer (pool, source);
      offer (pool, quick);
      await (&source->n_forsaken, i);
      await (&quick->n_works, i);
    }
  while (g_atomic_int_get (&source->ref_count) > 1 || g_atomic_int_get (&quick->ref_count) > 1)
    g_thread_yield ();
  source_unref (source);
  source_unref (quick);
  close_pool (pool);
}

static void
drop_pool (gpointer pool)
{
  myrmex_worker_pool_close (pool);
  myrmex_worker_pool_unref (pool);
}

/* The last one to hold the pool may be a thread of it. */
static void
test_dropped_inside (void)
{
  for (guint i = 0; i < 50; i++)
    {
      MyrmexWorkerPool *pool = myrmex_worker_pool_new (&funcs, 2);
      g_autoptr (Gate) gate = gate_new ();
      Source *source = source_new (work_gate, gate);

      source->gone = drop_pool;
      source->gone_data = pool;
      offer (pool, source);
      gate_await (gate, 1);
      source_unref (source);
      gate_open (gate);
      await_threads (0);
    }
}

typedef struct
{
  MyrmexWorkerPool *pool;
  Source           *sources[4];
  guint             seed;
} Storm;

static void
work_random (Source       *source,
             MyrmexWorker *worker)
{
  guint r = (guint) g_atomic_int_add (&source->n_forsaken, 1) % 7;

  if (r == 0)
    {
      myrmex_worker_pool_stuck (worker->pool, worker);
      g_thread_yield ();
      myrmex_worker_pool_unstuck (worker->pool, worker);
    }
  else if (r == 1)
    {
      worker->holds_slot = FALSE;
      myrmex_worker_pool_release_slot (worker->pool);
    }
}

static gpointer
storm_thread (gpointer data)
{
  Storm *storm = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (storm->seed);

  for (guint i = 0; i < 5000; i++)
    offer (storm->pool, storm->sources[g_rand_int_range (rand, 0, G_N_ELEMENTS (storm->sources))]);
  return NULL;
}

/* However offers, slots and lost threads fall together: each offer is taken, and no slot is lost or made. */
static void
test_storm (void)
{
  MyrmexWorkerPool *pool = myrmex_worker_pool_new (&funcs, 3);
  Storm storms[3] = { 0 };
  GThread *threads[3];
  Source *sources[4];

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    sources[i] = source_new (work_random, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      storms[i].pool = pool;
      storms[i].seed = (guint) g_test_rand_int ();
      memcpy (storms[i].sources, sources, sizeof sources);
      threads[i] = g_thread_new ("storm", storm_thread, &storms[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      while (g_atomic_int_get (&sources[i]->ref_count) > 1)
        g_thread_yield ();
      g_assert_cmpint (g_atomic_int_get (&sources[i]->n_works), >, 0);
      source_unref (sources[i]);
    }
  for (guint i = 0; i < 3; i++)
    g_assert_true (myrmex_worker_pool_try_slot (pool));
  g_assert_false (myrmex_worker_pool_try_slot (pool));
  close_pool (pool);
}

static void
work_writes (Source       *source,
             MyrmexWorker *worker)
{
  /* One place: nobody else writes now. */
  g_string_append_printf (source->data, "%d ", source->priority);
}

/* Those of a higher priority first, those of the same in the order in which they came. */
static void
test_priorities (void)
{
  static const int priorities[] = { 0, -5, 3, 0, 7, -5, 3, 1000, -1000 };
  MyrmexWorkerPool *pool = myrmex_worker_pool_new (&funcs, 1);
  g_autoptr (Gate) gate = gate_new ();
  g_autoptr (GString) order = g_string_new (NULL);
  Source *first = source_new (work_gate, gate);
  Source *sources[G_N_ELEMENTS (priorities)];
  int none = FALSE, one = TRUE;

  g_assert_false (myrmex_worker_pool_has_urgent (pool, -1000));
  offer (pool, first);
  gate_await (gate, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (priorities); i++)
    {
      sources[i] = source_new (work_writes, order);
      sources[i]->priority = priorities[i];
      offer (pool, sources[i]);
    }
  g_assert_true (myrmex_worker_pool_has_urgent (pool, 999));
  g_assert_false (myrmex_worker_pool_has_urgent (pool, 1000));
  g_assert_true (myrmex_worker_pool_has_waiting (pool, 1000, &none));
  g_assert_true (myrmex_worker_pool_has_waiting (pool, 1000, &one));
  gate_open (gate);
  for (gsize i = 0; i < G_N_ELEMENTS (priorities); i++)
    {
      await (&sources[i]->n_works, 1);
      source_unref (sources[i]);
    }
  g_assert_cmpstr (order->str, ==, "1000 7 3 3 0 0 -5 -5 -1000 ");
  g_assert_false (myrmex_worker_pool_has_urgent (pool, -1000));
  source_unref (first);
  close_pool (pool);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/engine/worker-pool/no-threads-before-work", test_no_threads_before_work);
  g_test_add_func ("/engine/worker-pool/priorities", test_priorities);
  g_test_add_func ("/engine/worker-pool/offer-once", test_offer_once);
  g_test_add_func ("/engine/worker-pool/bound", test_bound);
  g_test_add_func ("/engine/worker-pool/offers-in-a-row", test_offers_in_a_row);
  g_test_add_func ("/engine/worker-pool/slot-elsewhere", test_slot_elsewhere);
  g_test_add_func ("/engine/worker-pool/stuck", test_stuck);
  g_test_add_func ("/engine/worker-pool/thread-ends", test_thread_ends);
  g_test_add_func ("/engine/worker-pool/dropped-inside", test_dropped_inside);
  g_test_add_func ("/engine/worker-pool/storm", test_storm);
  return g_test_run ();
}
