/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What happened while nobody listened.
 *
 * A list of how all tasks stand is told as if it had been heard: what is ahead of what is known, by the time at which
 * it happened, an attempt's begin before its end. Attempts between the one that is known and the newest are not told
 * one by one: nobody knows any more when they failed. */

#include "client/myrmex-service-run-private.h"

#include "client/myrmex-service-words-private.h"
#include "engine/myrmex-plan-private.h"

typedef struct
{
  gint64      time;    /* µs since 1970 */
  guint       order;
  const char *task;
  const char *status;
  GVariant   *details;
} Missed;

static void
missed_clear (gpointer data)
{
  g_clear_pointer (&((Missed *) data)->details, g_variant_unref);
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  const Missed *one = a, *other = b;

  if (one->time != other->time)
    return one->time < other->time ? -1 : 1;
  return one->order < other->order ? -1 : one->order > other->order;
}

static void
add (GArray     *missed,
     gint64      time,
     const char *task,
     const char *status,
     GVariant   *details)
{
  Missed entry = { time, missed->len, task, status, g_variant_ref_sink (details) };

  g_array_append_val (missed, entry);
}

/* That an attempt began is told before how it ended. */
static void
add_begin (GArray     *missed,
           const char *task,
           guint       attempts,
           gint64      started)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "attempt", "u", attempts);
  g_variant_dict_insert (&dict, "started", "x", started);
  add (missed, started, task, "running", g_variant_dict_end (&dict));
}

/* How a task stands. */
typedef struct
{
  GVariant         *details;
  const char       *word;
  MyrmexTaskStatus  status;
  guint             attempts;
  gint64            started;
  gint64            time;    /* of what it stands at */
} Standing;

static void
read_standing (MyrmexServiceRun *self,
               GVariant         *entry,
               Standing         *standings)
{
  g_autoptr (GVariant) details = NULL;
  Standing standing = { 0 };
  const char *task;
  guint index;

  g_variant_get (entry, "{&sv}", &task, &details);
  index = MYRMEX_RUN_OPS (self)->find_task (MYRMEX_RUN (self), task);
  if (index >= self->n_tasks || standings[index].details != NULL ||
      !g_variant_is_of_type (details, G_VARIANT_TYPE_VARDICT) ||
      !g_variant_lookup (details, "status", "&s", &standing.word) ||
      !myrmex_service_words_to_task_status (standing.word, &standing.status) ||
      standing.status == MYRMEX_TASK_STATUS_PENDING)
    return;
  /* Of one that ran in an earlier run there is nothing to tell. */
  if (g_variant_lookup (details, "kept_from", "&s", NULL))
    {
      standings[index].status = standing.status;
      return;
    }
  g_variant_lookup (details, "attempts", "u", &standing.attempts);
  g_variant_lookup (details, "started", "x", &standing.started);
  /* Of one that waits for another attempt it is not known since when; it is after the begin of the last. */
  if (!myrmex_task_status_is_final (standing.status) || !g_variant_lookup (details, "finished", "x", &standing.time))
    standing.time = standing.started;
  standing.details = g_steal_pointer (&details);
  standings[index] = standing;
}

/* One for each task. */
static Standing *
read_standings (MyrmexServiceRun *self,
                GPtrArray        *results)
{
  Standing *standings = g_new0 (Standing, MAX (self->n_tasks, 1));

  for (guint i = 0; i < results->len; i++)
    read_standing (self, results->pdata[i], standings);
  return standings;
}

static void
free_standings (MyrmexServiceRun *self,
                Standing         *standings)
{
  for (guint i = 0; i < self->n_tasks; i++)
    g_clear_pointer (&standings[i].details, g_variant_unref);
  g_free (standings);
}

/* A task is told after what it depends on: clocks are set, and several of them told these times. */
static void
put_after_dependencies (Standing          *standings,
                        const MyrmexGraph *graph,
                        guint32            task)
{
  Standing *standing = &standings[task];

  for (guint32 i = graph->dep_start[task]; i < graph->dep_start[task + 1]; i++)
    standing->started = MAX (standing->started, standings[graph->deps[i]].time);
  standing->time = MAX (standing->time, standing->started);
}

static void
add_standing (MyrmexServiceRun *self,
              GArray           *missed,
              guint             index,
              Standing         *standing)
{
  const char *task = self->names[index];

  if (standing->details == NULL)
    return;
  if (standing->attempts > 0 && standing->status != MYRMEX_TASK_STATUS_RUNNING)
    add_begin (missed, task, standing->attempts, standing->started);
  add (missed, standing->time, task, standing->word, standing->details);
}

static gboolean
waits_for_all (MyrmexWorkflow *workflow,
               guint           task)
{
  MyrmexTriggerRule rule = myrmex_task_get_trigger_rule (myrmex_workflow_get_nth_task (workflow, task));

  return rule != MYRMEX_TRIGGER_RULE_ONE_SUCCESS && rule != MYRMEX_TRIGGER_RULE_ONE_FAILED;
}

/* A page of the list is of one moment, the next one of a later one: there a task may have begun, and what it waited for
 * has not ended in the page before. Then all that came of it since is among the changes that are told after the list,
 * which were asked for before it. */
static gboolean
is_ahead (const Standing    *standings,
          const MyrmexGraph *graph,
          guint32            task,
          gboolean           of_all)
{
  const guint32 n = graph->dep_start[task + 1] - graph->dep_start[task];
  guint32 n_open = 0;

  for (guint32 i = graph->dep_start[task]; i < graph->dep_start[task + 1]; i++)
    n_open += !myrmex_task_status_is_final (standings[graph->deps[i]].status);
  return standings[task].attempts > 0 && n_open > 0 && (of_all || n_open == n);
}

/* In the order of the graph. */
static void
put_in_order (MyrmexServiceRun  *self,
              Standing          *standings,
              const MyrmexGraph *graph,
              guint32            task)
{
  if (is_ahead (standings, graph, task, waits_for_all (self->workflow, task)))
    {
      g_clear_pointer (&standings[task].details, g_variant_unref);
      standings[task] = (Standing) { .status = MYRMEX_TASK_STATUS_PENDING };
    }
  put_after_dependencies (standings, graph, task);
}

static GArray *
list_missed (MyrmexServiceRun *self,
             GPtrArray        *results)
{
  GArray *missed = g_array_new (FALSE, FALSE, sizeof (Missed));
  Standing *standings = read_standings (self, results);
  g_autoptr (MyrmexPlan) plan = self->workflow != NULL ? myrmex_plan_new (self->workflow, NULL) : NULL;
  g_autofree guint32 *order = plan != NULL ? myrmex_graph_dup_topology (&plan->graph) : NULL;

  g_array_set_clear_func (missed, missed_clear);
  for (guint i = 0; i < self->n_tasks; i++)
    {
      guint index = order != NULL ? order[i] : i;

      if (plan != NULL)
        put_in_order (self, standings, &plan->graph, index);
      add_standing (self, missed, index, &standings[index]);
    }
  free_standings (self, standings);
  g_array_sort (missed, compare);
  return missed;
}

static void
tell_missed (MyrmexServiceRun *self,
             GPtrArray        *results)
{
  g_autoptr (GArray) missed = list_missed (self, results);

  for (guint i = 0; i < missed->len && !self->has_ended; i++)
    {
      const Missed *entry = &g_array_index (missed, Missed, i);

      myrmex_service_run_merge (self, entry->task, entry->status, entry->details, FALSE);
    }
}

static void
take_quietly (MyrmexServiceRun *self,
              GPtrArray        *results,
              gboolean          kept_alone)
{
  for (guint i = 0; i < results->len; i++)
    {
      g_autoptr (GVariant) details = NULL;
      const char *task, *status;

      g_variant_get (results->pdata[i], "{&sv}", &task, &details);
      if (g_variant_is_of_type (details, G_VARIANT_TYPE_VARDICT) && g_variant_lookup (details, "status", "&s", &status) &&
          (!kept_alone || g_variant_lookup (details, "kept_from", "&s", NULL)))
        myrmex_service_run_merge (self, task, status, details, TRUE);
    }
}

/* Of a run that is told from its begin: what came before that. */
void
myrmex_service_run_take_kept (MyrmexServiceRun *self,
                              GPtrArray        *results)
{
  take_quietly (self, results, TRUE);
}

/* It ended while nobody listened. */
static void
end (MyrmexServiceRun *self,
     GVariant         *properties,
     MyrmexRunStatus   status)
{
  g_autoptr (GVariant) details = NULL;
  GVariantDict dict;
  const char *reason;
  gint64 started = 0, finished = 0;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "total_tasks", "u", self->n_tasks);
  for (int i = MYRMEX_TASK_STATUS_COMPLETED; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    g_variant_dict_insert (&dict, myrmex_task_status_to_string (i), "u", self->counts[i]);
  if (g_variant_lookup (properties, "Reason", "&s", &reason) && !g_str_equal (reason, "none"))
    g_variant_dict_insert (&dict, "reason", "s", reason);
  g_variant_lookup (properties, "Started", "x", &started);
  g_variant_lookup (properties, "Finished", "x", &finished);
  g_variant_dict_insert (&dict, "started", "x", started);
  g_variant_dict_insert (&dict, "finished", "x", finished);
  g_variant_dict_insert (&dict, "elapsed", "d", (double) MAX (0, finished - started) / G_USEC_PER_SEC);
  details = g_variant_ref_sink (g_variant_dict_end (&dict));
  myrmex_service_run_end (self, myrmex_run_status_to_string (status), details);
}

/* Takes over what GetAll() and GetResults() told. Of a new run, quietly: nobody can have connected to it. */
void
myrmex_service_run_catch_up (MyrmexServiceRun *self,
                             GVariant         *properties,
                             GPtrArray        *results,
                             gboolean          is_new)
{
  g_autoptr (MyrmexServiceRun) kept = g_object_ref (self);
  MyrmexRunStatus status = MYRMEX_RUN_STATUS_RUNNING;
  const char *word;

  if (g_variant_lookup (properties, "Status", "&s", &word))
    myrmex_service_words_to_run_status (word, &status);
  if (is_new)
    {
      take_quietly (self, results, FALSE);
      self->told_started = status != MYRMEX_RUN_STATUS_QUEUED;
      self->told_paused = status == MYRMEX_RUN_STATUS_PAUSED;
    }
  else
    {
      myrmex_service_run_catch_up_run (self, properties, status);
      tell_missed (self, results);
    }
  if (self->has_ended)
    return;
  if (myrmex_run_status_is_final (status))
    {
      end (self, properties, status);
      return;
    }

  g_mutex_lock (&self->lock);
  self->status = status;
  g_variant_lookup (properties, "Started", "x", &self->started);
  g_mutex_unlock (&self->lock);
  myrmex_run_notify_status (MYRMEX_RUN (self));
  myrmex_run_notify_counts (MYRMEX_RUN (self));
  if (is_new)
    return;
  myrmex_service_run_wish_again (self, properties);
  myrmex_service_run_tell (self);
}
