/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tells the thread sanitizer what GLib orders. GLib has locks, counts and queues of its own making, which the
 * sanitizer does not see in a GLib that was not built with it: everything that they guard would look like a race. This
 * is preloaded into programs that were built with the sanitizer. Each function of GLib here is passed on to GLib, with
 * a word to the sanitizer before or after; in a program without the sanitizer it is silent.
 *
 *   lock, unlock      the sanitizer's own notion of a mutex, so that it finds wrong orders of locks as well
 *   counts            who lets go comes before who frees
 *   sources, queues   who sends comes before who receives
 *   tasks             who hands one over comes before its thread, and who returns from it before who is told
 *
 * Functions that GLib calls in itself are not seen. Memory that GLib alone writes is not looked at either. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <gio/gio.h>

#pragma GCC visibility push(default)
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define WEAK __attribute__ ((weak))

/* Commands that tests start have it preloaded too, and no GLib. */
#pragma weak g_idle_funcs
#pragma weak g_timeout_funcs
#pragma weak g_malloc
#pragma weak g_malloc0
#pragma weak g_free
#pragma weak g_main_context_default
#pragma weak g_object_get_data
#pragma weak g_object_set_data

void __tsan_acquire (void *) WEAK;
void __tsan_release (void *) WEAK;
void __tsan_mutex_pre_lock (void *, unsigned) WEAK;
void __tsan_mutex_post_lock (void *, unsigned, int) WEAK;
int  __tsan_mutex_pre_unlock (void *, unsigned) WEAK;
void __tsan_mutex_post_unlock (void *, unsigned) WEAK;

/* Of the sanitizer's interface */
#define LINKER_INIT     (1u << 0)
#define WRITE_REENTRANT (1u << 1)
#define READ_LOCK       (1u << 3)
#define TRY_LOCK        (1u << 4)
#define TRY_LOCK_FAILED (1u << 5)

/* The function of GLib that has the name of the one this is used in. */
#define NEXT(name) \
  ({ \
    static void *next; \
    void *found = __atomic_load_n (&next, __ATOMIC_RELAXED); \
    if (found == NULL) \
      { \
        found = dlsym (RTLD_NEXT, #name); \
        __atomic_store_n (&next, found, __ATOMIC_RELAXED); \
      } \
    (__typeof__ (&name)) found; \
  })

static inline void
acquire (gconstpointer address)
{
  if (__tsan_acquire != NULL && address != NULL)
    __tsan_acquire ((void *) address);
}

static inline void
release (gconstpointer address)
{
  if (__tsan_release != NULL && address != NULL)
    __tsan_release ((void *) address);
}

static inline void
pass (gconstpointer address)
{
  acquire (address);
  release (address);
}

static inline void
pre_lock (void    *address,
          unsigned flags)
{
  if (__tsan_mutex_pre_lock != NULL)
    __tsan_mutex_pre_lock (address, flags | LINKER_INIT);
}

static inline void
post_lock (void    *address,
           unsigned flags)
{
  if (__tsan_mutex_post_lock != NULL)
    __tsan_mutex_post_lock (address, flags | LINKER_INIT, 0);
}

static inline void
pre_unlock (void    *address,
            unsigned flags)
{
  if (__tsan_mutex_pre_unlock != NULL)
    __tsan_mutex_pre_unlock (address, flags | LINKER_INIT);
}

static inline void
post_unlock (void    *address,
             unsigned flags)
{
  if (__tsan_mutex_post_unlock != NULL)
    __tsan_mutex_post_unlock (address, flags | LINKER_INIT);
}

/* Locks */

#define LOCKS(Type, lock, trylock, unlock, flags) \
  void lock (Type *self) \
  { \
    pre_lock (self, (flags)); \
    NEXT (lock) (self); \
    post_lock (self, (flags)); \
  } \
  gboolean trylock (Type *self) \
  { \
    gboolean locked; \
    pre_lock (self, (flags) | TRY_LOCK); \
    locked = NEXT (trylock) (self); \
    post_lock (self, (flags) | TRY_LOCK | (locked ? 0 : TRY_LOCK_FAILED)); \
    return locked; \
  } \
  void unlock (Type *self) \
  { \
    pre_unlock (self, (flags)); \
    NEXT (unlock) (self); \
    post_unlock (self, (flags)); \
  }

LOCKS (GMutex, g_mutex_lock, g_mutex_trylock, g_mutex_unlock, 0)
LOCKS (GRecMutex, g_rec_mutex_lock, g_rec_mutex_trylock, g_rec_mutex_unlock, WRITE_REENTRANT)
LOCKS (GRWLock, g_rw_lock_writer_lock, g_rw_lock_writer_trylock, g_rw_lock_writer_unlock, 0)
LOCKS (GRWLock, g_rw_lock_reader_lock, g_rw_lock_reader_trylock, g_rw_lock_reader_unlock, READ_LOCK)

void
g_cond_wait (GCond  *cond,
             GMutex *mutex)
{
  pre_unlock (mutex, 0);
  post_unlock (mutex, 0);
  NEXT (g_cond_wait) (cond, mutex);
  pre_lock (mutex, 0);
  post_lock (mutex, 0);
}

gboolean
g_cond_wait_until (GCond  *cond,
                   GMutex *mutex,
                   gint64  end_time)
{
  gboolean signalled;

  pre_unlock (mutex, 0);
  post_unlock (mutex, 0);
  signalled = NEXT (g_cond_wait_until) (cond, mutex, end_time);
  pre_lock (mutex, 0);
  post_lock (mutex, 0);
  return signalled;
}

#undef g_once_init_enter
#undef g_once_init_leave

gboolean
(g_once_init_enter) (volatile void *location)
{
  gboolean first = NEXT (g_once_init_enter) (location);

  acquire ((gconstpointer) location);
  return first;
}

void
(g_once_init_leave) (volatile void *location,
                     gsize          result)
{
  release ((gconstpointer) location);
  NEXT (g_once_init_leave) (location, result);
}

gpointer
g_once_impl (GOnce       *once,
             GThreadFunc  func,
             gpointer     data)
{
  gpointer result = NEXT (g_once_impl) (once, func, data);

  pass (once);
  pass ((gconstpointer) &once->status);
  return result;
}

/* Counts */

#undef g_atomic_ref_count_dec

gboolean
(g_atomic_ref_count_dec) (gatomicrefcount *count)
{
  gboolean gone;

  release (count);
  gone = NEXT (g_atomic_ref_count_dec) (count);
  if (gone)
    acquire (count);
  return gone;
}

#define UNREF(Type, unref) \
  void (unref) (Type self) \
  { \
    pass (self); \
    NEXT (unref) (self); \
  }

#undef g_object_unref
UNREF (gpointer, g_object_unref)
UNREF (GVariant *, g_variant_unref)
UNREF (GBytes *, g_bytes_unref)
UNREF (GHashTable *, g_hash_table_unref)
UNREF (GArray *, g_array_unref)
UNREF (GPtrArray *, g_ptr_array_unref)
UNREF (GByteArray *, g_byte_array_unref)
UNREF (GSource *, g_source_unref)
UNREF (GSource *, g_source_destroy)
UNREF (GMainContext *, g_main_context_unref)
UNREF (GClosure *, g_closure_unref)
UNREF (GThread *, g_thread_unref)

gpointer
g_weak_ref_get (GWeakRef *ref)
{
  gpointer object = NEXT (g_weak_ref_get) (ref);

  acquire (object);
  return object;
}

/* Sources: what was done before one was made ready comes before what it does. */

typedef struct
{
  GSourceFuncs        seen;   /* first: GLib has this address */
  const GSourceFuncs *own;
} Funcs;

static const GSourceFuncs *
get_own (GSource *source)
{
  acquire (source);
  return ((Funcs *) source->source_funcs)->own;
}

static gboolean
prepare (GSource *source,
         gint    *timeout)
{
  return get_own (source)->prepare (source, timeout);
}

static gboolean
check (GSource *source)
{
  return get_own (source)->check (source);
}

static gboolean
dispatch (GSource     *source,
          GSourceFunc  callback,
          gpointer     data)
{
  return get_own (source)->dispatch (source, callback, data);
}

static void
finalize (GSource *source)
{
  get_own (source)->finalize (source);
}

/* One for each set of functions, kept for ever; there are few. */
static GSourceFuncs *
get_funcs (GSourceFuncs *own)
{
  static GMutex lock;
  static Funcs *all[256];
  Funcs *funcs = NULL;
  gsize i;

  g_mutex_lock (&lock);
  for (i = 0; i < G_N_ELEMENTS (all) && all[i] != NULL && all[i]->own != own; i++);
  if (i < G_N_ELEMENTS (all) && all[i] == NULL)
    {
      all[i] = g_new0 (Funcs, 1);
      all[i]->seen = (GSourceFuncs) {
        own->prepare != NULL ? prepare : NULL, own->check != NULL ? check : NULL,
        own->dispatch != NULL ? dispatch : NULL, own->finalize != NULL ? finalize : NULL,
        own->closure_callback, own->closure_marshal,
      };
      all[i]->own = own;
    }
  if (i < G_N_ELEMENTS (all))
    funcs = all[i];
  g_mutex_unlock (&lock);
  return funcs != NULL ? &funcs->seen : own;
}

GSource *
g_source_new (GSourceFuncs *funcs,
              guint         size)
{
  return NEXT (g_source_new) (get_funcs (funcs), size);
}

void
g_source_set_ready_time (GSource *source,
                         gint64   ready_time)
{
  release (source);
  NEXT (g_source_set_ready_time) (source, ready_time);
}

guint
g_source_attach (GSource      *source,
                 GMainContext *context)
{
  release (source);
  return NEXT (g_source_attach) (source, context);
}

/* What is to be called once, by a source that is GLib's own. */
typedef struct
{
  GSourceFunc    func;
  gpointer       data;
  GDestroyNotify destroy;
} Callback;

static Callback *
callback_new (GSourceFunc    func,
              gpointer       data,
              GDestroyNotify destroy)
{
  Callback *callback = g_new (Callback, 1);

  *callback = (Callback) { func, data, destroy };
  release (callback);
  return callback;
}

static gboolean
call_cb (gpointer data)
{
  Callback *callback = data;

  acquire (callback);
  return callback->func (callback->data);
}

static void
callback_free (gpointer data)
{
  Callback *callback = data;

  acquire (callback);
  if (callback->destroy != NULL)
    callback->destroy (callback->data);
  g_free (callback);
}

void
g_source_set_callback (GSource        *source,
                       GSourceFunc     func,
                       gpointer        data,
                       GDestroyNotify  destroy)
{
  release (source);
  if (source->source_funcs == &g_idle_funcs || source->source_funcs == &g_timeout_funcs)
    NEXT (g_source_set_callback) (source, call_cb, callback_new (func, data, destroy), callback_free);
  else
    NEXT (g_source_set_callback) (source, func, data, destroy);
}

guint
g_idle_add_full (gint            priority,
                 GSourceFunc     func,
                 gpointer        data,
                 GDestroyNotify  destroy)
{
  return NEXT (g_idle_add_full) (priority, call_cb, callback_new (func, data, destroy), callback_free);
}

guint
(g_idle_add) (GSourceFunc func,
              gpointer    data)
{
  return g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, func, data, NULL);
}

guint
g_timeout_add_full (gint            priority,
                    guint           interval,
                    GSourceFunc     func,
                    gpointer        data,
                    GDestroyNotify  destroy)
{
  return NEXT (g_timeout_add_full) (priority, interval, call_cb, callback_new (func, data, destroy), callback_free);
}

guint
(g_timeout_add) (guint       interval,
                 GSourceFunc func,
                 gpointer    data)
{
  return g_timeout_add_full (G_PRIORITY_DEFAULT, interval, func, data, NULL);
}

void
g_main_context_invoke_full (GMainContext   *context,
                            gint            priority,
                            GSourceFunc     func,
                            gpointer        data,
                            GDestroyNotify  destroy)
{
  NEXT (g_main_context_invoke_full) (context, priority, call_cb, callback_new (func, data, destroy), callback_free);
}

void
g_main_context_invoke (GMainContext *context,
                       GSourceFunc   func,
                       gpointer      data)
{
  g_main_context_invoke_full (context, G_PRIORITY_DEFAULT, func, data, NULL);
}

/* Whoever iterates a context comes after whoever did before. */
gboolean
g_main_context_acquire (GMainContext *context)
{
  gboolean acquired = NEXT (g_main_context_acquire) (context);

  if (acquired)
    acquire (context != NULL ? context : g_main_context_default ());
  return acquired;
}

void
g_main_context_release (GMainContext *context)
{
  release (context != NULL ? context : g_main_context_default ());
  NEXT (g_main_context_release) (context);
}

gboolean
g_main_context_iteration (GMainContext *context,
                          gboolean      may_block)
{
  GMainContext *own = context != NULL ? context : g_main_context_default ();
  gboolean dispatched;

  pass (own);
  dispatched = NEXT (g_main_context_iteration) (context, may_block);
  pass (own);
  return dispatched;
}

/* Queues and cancellables */

void
g_async_queue_push (GAsyncQueue *queue,
                    gpointer     data)
{
  release (queue);
  NEXT (g_async_queue_push) (queue, data);
}

#define POP(pop, parameters, arguments) \
  gpointer pop parameters \
  { \
    gpointer data = NEXT (pop) arguments; \
    acquire (queue); \
    return data; \
  }

POP (g_async_queue_pop, (GAsyncQueue *queue), (queue))
POP (g_async_queue_try_pop, (GAsyncQueue *queue), (queue))
POP (g_async_queue_timeout_pop, (GAsyncQueue *queue, guint64 timeout), (queue, timeout))

void
g_cancellable_cancel (GCancellable *cancellable)
{
  pass (cancellable);
  NEXT (g_cancellable_cancel) (cancellable);
  pass (cancellable);
}

gboolean
g_cancellable_is_cancelled (GCancellable *cancellable)
{
  gboolean cancelled = NEXT (g_cancellable_is_cancelled) (cancellable);

  if (cancelled)
    acquire (cancellable);
  return cancelled;
}

gulong
g_cancellable_connect (GCancellable   *cancellable,
                       GCallback       callback,
                       gpointer        data,
                       GDestroyNotify  destroy)
{
  pass (cancellable);
  return NEXT (g_cancellable_connect) (cancellable, callback, data, destroy);
}

void
g_cancellable_disconnect (GCancellable *cancellable,
                          gulong        id)
{
  pass (cancellable);
  NEXT (g_cancellable_disconnect) (cancellable, id);
  pass (cancellable);
}

/* Tasks */

typedef struct
{
  GAsyncReadyCallback func;
  gpointer            data;
} Reply;

static void
reply_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      data)
{
  Reply *reply = data;
  Reply own;

  acquire (result);
  acquire (reply);
  own = *reply;
  g_free (reply);
  own.func (source, result, own.data);
}

GTask *
g_task_new (gpointer             source,
            GCancellable        *cancellable,
            GAsyncReadyCallback  func,
            gpointer             data)
{
  Reply *reply;

  if (func == NULL)
    return NEXT (g_task_new) (source, cancellable, NULL, data);
  reply = g_new (Reply, 1);
  *reply = (Reply) { func, data };
  release (reply);
  return NEXT (g_task_new) (source, cancellable, reply_cb, reply);
}

static void
thread_cb (GTask        *task,
           gpointer      source,
           gpointer      data,
           GCancellable *cancellable)
{
  GTaskThreadFunc func;

  acquire (task);
  func = (GTaskThreadFunc) g_object_get_data ((GObject *) task, "races-thread-func");
  func (task, source, data, cancellable);
  release (task);
}

void
g_task_run_in_thread (GTask           *task,
                      GTaskThreadFunc  func)
{
  g_object_set_data ((GObject *) task, "races-thread-func", (gpointer) func);
  release (task);
  NEXT (g_task_run_in_thread) (task, thread_cb);
}

void
g_task_run_in_thread_sync (GTask           *task,
                           GTaskThreadFunc  func)
{
  g_object_set_data ((GObject *) task, "races-thread-func", (gpointer) func);
  release (task);
  NEXT (g_task_run_in_thread_sync) (task, thread_cb);
  acquire (task);
}

#define RETURN(name, parameters, arguments) \
  void name parameters \
  { \
    release (task); \
    NEXT (name) arguments; \
  }

RETURN (g_task_return_pointer, (GTask *task, gpointer value, GDestroyNotify destroy), (task, value, destroy))
RETURN (g_task_return_boolean, (GTask *task, gboolean value), (task, value))
RETURN (g_task_return_int, (GTask *task, gssize value), (task, value))
RETURN (g_task_return_error, (GTask *task, GError *error), (task, error))

#define PROPAGATE(Type, name) \
  Type name (GTask *task, GError **error) \
  { \
    acquire (task); \
    return NEXT (name) (task, error); \
  }

PROPAGATE (gpointer, g_task_propagate_pointer)
PROPAGATE (gboolean, g_task_propagate_boolean)
PROPAGATE (gssize, g_task_propagate_int)
