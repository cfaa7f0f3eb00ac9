/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The report for programs. Its keys and their meaning are those of data/schema/myrmex-report-1.schema.json. */

#include "base/myrmex-json-writer-private.h"
#include "report/myrmex-report-words-private.h"

#define FORMAT_VERSION (1)

/* A larger value is not repeated in a report. */
#define MAX_VALUE_BYTES (16 * 1024)

static const char * const bound_names[MYRMEX_N_BOUNDS] = { "dependencies", "slots", "retries", "idle" };
static const char * const link_names[] = { "start", "dependency", "slot" };

static void
add_text (MyrmexJsonWriter *json,
          const char       *key,
          const char       *text)
{
  myrmex_json_writer_key (json, key);
  if (text != NULL)
    myrmex_json_writer_string (json, text);
  else
    myrmex_json_writer_null (json);
}

static void
add_seconds (MyrmexJsonWriter *json,
             const char       *key,
             gint64            microseconds)
{
  myrmex_json_writer_key (json, key);
  myrmex_json_writer_double (json, (double) microseconds / G_USEC_PER_SEC);
}

static void
add_uint (MyrmexJsonWriter *json,
          const char       *key,
          guint64           value)
{
  myrmex_json_writer_key (json, key);
  myrmex_json_writer_uint (json, value);
}

static void
add_time (MyrmexJsonWriter *json,
          const char       *key,
          gint64            microseconds)
{
  g_autofree char *time = microseconds != 0 ? myrmex_words_iso_time (microseconds) : NULL;
  g_autofree char *whole = NULL;

  if (time != NULL)
    whole = g_strdup_printf ("%s.%06dZ", time, (int) (microseconds % G_USEC_PER_SEC));
  add_text (json, key, whole);
}

static void
add_dependencies (MyrmexJsonWriter   *json,
                  const MyrmexReport *self,
                  guint32             index)
{
  if (!self->has_graph)
    return;

  myrmex_json_writer_key (json, "dependencies");
  myrmex_json_writer_begin_array (json);
  for (guint32 i = 0; i < myrmex_report_count_deps (self, index); i++)
    myrmex_json_writer_string (json, self->tasks[myrmex_report_get_dep (self, index, i)].name);
  myrmex_json_writer_end_array (json);
}

static void
add_task (MyrmexJsonWriter   *json,
          const MyrmexReport *self,
          guint32             index)
{
  const MyrmexReportTask *task = &self->tasks[index];

  myrmex_json_writer_begin_object (json);
  add_text (json, "name", task->name);
  add_text (json, "action", task->action);
  add_dependencies (json, self, index);
  add_text (json, "status", myrmex_task_status_to_string (task->status));
  add_text (json, "reason", myrmex_reason_to_string (task->reason));
  add_uint (json, "attempts", task->attempts);
  add_time (json, "started", task->kept_from != NULL ? task->kept_started : task->started);
  add_time (json, "finished", task->kept_from != NULL ? task->kept_finished : task->finished);
  add_seconds (json, "execution_time", task->execution_time);
  if (task->kept_from != NULL)
    add_text (json, "kept_from", task->kept_from);
  if (task->error != NULL)
    add_text (json, "error", task->error);
  if (task->error_name != NULL)
    add_text (json, "error_name", task->error_name);
  if (task->value != NULL && g_variant_get_size (task->value) <= MAX_VALUE_BYTES)
    {
      myrmex_json_writer_key (json, "value");
      myrmex_json_writer_value (json, task->value);
    }
  else if (task->value != NULL)
    {
      add_uint (json, "value_bytes", g_variant_get_size (task->value));
    }
  if (task->explanation != NULL)
    add_text (json, "explanation", task->explanation);
  if (task->log_path != NULL)
    {
      g_autofree char *path = g_filename_display_name (task->log_path);

      add_text (json, "log", path);
    }
  if (task->log_tail != NULL)
    add_text (json, "log_tail", task->log_tail);
  myrmex_json_writer_end_object (json);
}

static void
add_counts (MyrmexJsonWriter   *json,
            const MyrmexReport *self)
{
  myrmex_json_writer_key (json, "counts");
  myrmex_json_writer_begin_object (json);
  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    add_uint (json, myrmex_task_status_to_string ((MyrmexTaskStatus) i), self->counts[i]);
  myrmex_json_writer_end_object (json);
}

static void
add_analysis (MyrmexJsonWriter   *json,
              const MyrmexReport *self)
{
  myrmex_json_writer_key (json, "bound");
  myrmex_json_writer_begin_object (json);
  add_text (json, "by", self->path->len > 0 ? bound_names[self->bound] : NULL);
  for (int i = 0; i < MYRMEX_N_BOUNDS; i++)
    add_seconds (json, bound_names[i], self->bounds[i]);
  myrmex_json_writer_end_object (json);

  myrmex_json_writer_key (json, "critical_path");
  myrmex_json_writer_begin_array (json);
  for (guint i = 0; i < self->path->len; i++)
    {
      const MyrmexPathStep *step = &g_array_index (self->path, MyrmexPathStep, i);

      myrmex_json_writer_begin_object (json);
      add_text (json, "task", self->tasks[step->task].name);
      add_text (json, "link", link_names[step->link]);
      add_seconds (json, "slot_wait", step->slot_wait);
      myrmex_json_writer_end_object (json);
    }
  myrmex_json_writer_end_array (json);
}

char *
myrmex_report_to_json (const MyrmexReport *self)
{
  g_autoptr (GString) out = g_string_new (NULL);
  MyrmexJsonWriter json;

  myrmex_json_writer_init (&json, out, TRUE);
  myrmex_json_writer_begin_object (&json);
  add_uint (&json, "myrmex_report", FORMAT_VERSION);
  add_text (&json, "id", self->id);
  add_text (&json, "name", self->name);
  add_text (&json, "status", myrmex_run_status_to_string (self->status));
  add_text (&json, "reason", myrmex_reason_to_string (self->reason));
  add_time (&json, "started", self->started);
  add_time (&json, "finished", self->finished);
  add_seconds (&json, "elapsed", self->elapsed);
  add_seconds (&json, "execution_time", self->execution_time);
  add_uint (&json, "total_tasks", self->n_tasks);
  add_counts (&json, self);
  add_uint (&json, "max_parallel", self->max_parallel);
  add_uint (&json, "peak_parallel", self->peak);
  add_analysis (&json, self);
  myrmex_json_writer_key (&json, "tasks");
  myrmex_json_writer_begin_array (&json);
  for (guint32 i = 0; i < self->n_tasks; i++)
    add_task (&json, self, i);
  myrmex_json_writer_end_array (&json);
  myrmex_json_writer_end_object (&json);
  g_string_append_c (out, '\n');
  return g_string_free (g_steal_pointer (&out), FALSE);
}
