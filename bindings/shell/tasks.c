/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tasks.h"

#include "base/myrmex-escape-private.h"

/* When the next attempt is, of a task that had failed before anybody looked. */
#define NOT_KNOWN (G_MAXINT64)

typedef struct
{
  GList  link;      /* in one of the two queues */
  char  *name;
  char  *message;   /* escaped, nullable */
  gint64 started;   /* the attempt, by the monotonic clock */
  gint64 next;      /* the next attempt, NOT_KNOWN, or -1: it runs */
  double fraction;
  guint  attempt;
} TaskUnderWay;

struct _Tasks
{
  GHashTable *by_name;
  GQueue      running;
  GQueue      waiting;
  double      busy;    /* seconds of all attempts that have ended */
  guint       n_busy;  /* how many those were */
};

static void
task_free (gpointer data)
{
  TaskUnderWay *task = data;

  g_free (task->name);
  g_free (task->message);
  g_free (task);
}

Tasks *
tasks_new (void)
{
  Tasks *self = g_new0 (Tasks, 1);

  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, task_free);
  return self;
}

void
tasks_free (Tasks *self)
{
  g_hash_table_unref (self->by_name);
  g_free (self);
}

static GQueue *
queue_of (Tasks        *self,
          TaskUnderWay *task)
{
  return task->next < 0 ? &self->running : &self->waiting;
}

/* The task, at the end of the queue that its next attempt says. */
static TaskUnderWay *
put (Tasks      *self,
     const char *name,
     gint64      next)
{
  TaskUnderWay *task = g_hash_table_lookup (self->by_name, name);

  if (task != NULL)
    {
      g_queue_unlink (queue_of (self, task), &task->link);
    }
  else
    {
      task = g_new0 (TaskUnderWay, 1);
      task->name = g_strdup (name);
      task->link.data = task;
      g_hash_table_insert (self->by_name, task->name, task);
    }
  task->next = next;
  g_queue_push_tail_link (queue_of (self, task), &task->link);
  return task;
}

/* Its attempt, if one was running, is over. */
static void
count_attempt (Tasks              *self,
               const TaskUnderWay *task,
               gint64              now)
{
  if (task == NULL || task->next >= 0)
    return;
  self->busy += (double) (now - task->started) / G_USEC_PER_SEC;
  self->n_busy++;
}

static void
set_message (TaskUnderWay *task,
             const char   *message)
{
  g_free (task->message);
  task->message = message != NULL ? myrmex_escape_text (message, MYRMEX_ESCAPE_LINE) : NULL;
}

static void
report (Tasks       *self,
        const Event *event)
{
  TaskUnderWay *task = g_hash_table_lookup (self->by_name, event->task);

  /* A report may be told after the end of the attempt that it was made in. */
  if (task == NULL || task->next >= 0)
    return;
  task->fraction = event->fraction;
  set_message (task, event->message);
}

static void
end (Tasks      *self,
     const char *name,
     gint64      now)
{
  TaskUnderWay *task = g_hash_table_lookup (self->by_name, name);

  if (task == NULL)
    return;
  count_attempt (self, task, now);
  g_queue_unlink (queue_of (self, task), &task->link);
  g_hash_table_remove (self->by_name, name);
}

/* @now is by the monotonic clock. */
void
tasks_update (Tasks       *self,
              const Event *event,
              gint64       now)
{
  TaskUnderWay *task;

  if (event->is_report)
    {
      report (self, event);
    }
  else if (event->task_status == MYRMEX_TASK_STATUS_RUNNING)
    {
      task = put (self, event->task, -1);
      task->started = now;
      task->attempt = event->attempt;
      task->fraction = -1;
      set_message (task, NULL);
    }
  else if (event->task_status == MYRMEX_TASK_STATUS_RETRYING)
    {
      count_attempt (self, g_hash_table_lookup (self->by_name, event->task), now);
      task = put (self, event->task, event->delay < 0 ? NOT_KNOWN : now + (gint64) (event->delay * G_USEC_PER_SEC));
      task->attempt = event->attempt;
      set_message (task, event->error);
    }
  else
    {
      end (self, event->task, now);
    }
}

guint
tasks_get_count (Tasks *self)
{
  return g_hash_table_size (self->by_name);
}

guint
tasks_count_running (Tasks *self)
{
  return self->running.length;
}

/* How much of those that run is done: 0 to their number. What a task says of itself counts; of one that says nothing
 * it is believed that it has as much before it as others have taken. */
double
tasks_sum_fractions (Tasks  *self,
                     gint64  now)
{
  const double mean = self->n_busy > 0 ? self->busy / self->n_busy : 0;
  double sum = 0;

  for (GList *l = self->running.head; l != NULL; l = l->next)
    {
      const TaskUnderWay *task = l->data;
      const double elapsed = MAX (0, (double) (now - task->started) / G_USEC_PER_SEC);

      if (task->fraction >= 0)
        sum += MIN (task->fraction, 1);
      else if (mean > 0)
        sum += elapsed / (elapsed + mean);
    }
  return sum;
}

static double
get_delay (const TaskUnderWay *task,
           gint64              now)
{
  if (task->next == NOT_KNOWN)
    return FRAME_NOT_KNOWN;
  return task->next < 0 ? -1 : (double) MAX (0, task->next - now) / G_USEC_PER_SEC;
}

static void
add_queue (GArray *list,
           GQueue *queue,
           guint   max,
           gint64  now)
{
  for (GList *l = queue->head; l != NULL && list->len < max; l = l->next)
    {
      TaskUnderWay *task = l->data;
      FrameTask shown = {
        .name = task->name,
        .message = task->message,
        .elapsed = (double) (now - task->started) / G_USEC_PER_SEC,
        .fraction = task->fraction,
        .delay = get_delay (task, now),
        .attempt = task->attempt,
      };

      g_array_append_val (list, shown);
    }
}

/* The first of them, those that run before those that wait. The texts are valid until the next change. */
GArray *
tasks_list (Tasks  *self,
            guint   max,
            gint64  now)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (FrameTask));

  add_queue (list, &self->running, max, now);
  add_queue (list, &self->waiting, max, now);
  return list;
}
