/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "run-info.h"

#include "base/myrmex-escape-private.h"

static void
read_counts (RunInfo *self)
{
  g_autoptr (GVariant) counts = g_variant_lookup_value (self->properties, "Counts", G_VARIANT_TYPE ("a{su}"));

  for (int i = 0; counts != NULL && i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    g_variant_lookup (counts, myrmex_task_status_to_string (i), "u", &self->counts[i]);
}

/* From the properties of a run, a{sv}. */
void
run_info_init (RunInfo  *self,
               GVariant *properties)
{
  const char *status = "";

  *self = (RunInfo) { .id = "", .name = "", .workflow = "", .error = "", .reason = "", .retried_from = "" };
  self->properties = g_variant_ref_sink (properties);
  g_variant_lookup (properties, "Id", "&s", &self->id);
  g_variant_lookup (properties, "Name", "&s", &self->name);
  g_variant_lookup (properties, "Workflow", "&s", &self->workflow);
  g_variant_lookup (properties, "Error", "&s", &self->error);
  g_variant_lookup (properties, "Reason", "&s", &self->reason);
  g_variant_lookup (properties, "RetriedFrom", "&s", &self->retried_from);
  g_variant_lookup (properties, "TotalTasks", "u", &self->total);
  g_variant_lookup (properties, "Submitted", "x", &self->submitted);
  g_variant_lookup (properties, "Started", "x", &self->started);
  g_variant_lookup (properties, "Finished", "x", &self->finished);
  g_variant_lookup (properties, "Status", "&s", &status);
  for (int i = 0; i <= MYRMEX_RUN_STATUS_CANCELLED; i++)
    {
      if (g_str_equal (status, myrmex_run_status_to_string (i)))
        self->status = i;
    }
  read_counts (self);
}

void
run_info_clear (RunInfo *self)
{
  g_clear_pointer (&self->properties, g_variant_unref);
}

/* Of a list of them, aa{sv}: RunInfo. */
GArray *
run_info_list (GVariant *runs)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (RunInfo));

  g_array_set_clear_func (list, (GDestroyNotify) run_info_clear);
  for (gsize i = 0; i < g_variant_n_children (runs); i++)
    {
      g_autoptr (GVariant) properties = g_variant_get_child_value (runs, i);
      RunInfo info;

      run_info_init (&info, properties);
      g_array_append_val (list, info);
    }
  return list;
}

/* As it is shown: the begin of it. */
char *
run_info_dup_id (const RunInfo *self)
{
  g_autofree char *start = g_utf8_substring (self->id, 0, MIN (RUN_INFO_SHORT_ID, g_utf8_strlen (self->id, -1)));

  return myrmex_escape_text (start, MYRMEX_ESCAPE_LINE);
}

char *
run_info_dup_name (const RunInfo *self)
{
  return myrmex_escape_text (self->name, MYRMEX_ESCAPE_LINE);
}

gboolean
run_info_is_active (const RunInfo *self)
{
  return !myrmex_run_status_is_final (self->status);
}

guint
run_info_count_ended (const RunInfo *self)
{
  guint n = 0;

  for (int i = MYRMEX_TASK_STATUS_COMPLETED; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    n += self->counts[i];
  return n;
}

/* Seconds that it has taken so far, or took; below 0: it has not started. */
double
run_info_get_elapsed (const RunInfo *self)
{
  gint64 end = self->finished != 0 ? self->finished : g_get_real_time ();

  if (self->started == 0)
    return -1;
  return (double) MAX (0, end - self->started) / G_USEC_PER_SEC;
}

static void
add_time (GVariantDict *dict,
          const char   *key,
          gint64        time)
{
  if (time != 0)
    g_variant_dict_insert (dict, key, "d", (double) time / G_USEC_PER_SEC);
}

/* For programs, in the words that the events of a run have. */
void
run_info_describe (const RunInfo *self,
                   GVariantDict  *dict)
{
  g_variant_dict_insert (dict, "run", "s", self->id);
  g_variant_dict_insert (dict, "name", "s", self->name);
  g_variant_dict_insert (dict, "workflow", "s", self->workflow);
  g_variant_dict_insert (dict, "status", "s", myrmex_run_status_to_string (self->status));
  if (self->reason[0] != '\0' && !g_str_equal (self->reason, "none"))
    g_variant_dict_insert (dict, "reason", "s", self->reason);
  if (self->error[0] != '\0')
    g_variant_dict_insert (dict, "error", "s", self->error);
  if (self->retried_from[0] != '\0')
    g_variant_dict_insert (dict, "retried_from", "s", self->retried_from);
  g_variant_dict_insert (dict, "total_tasks", "u", self->total);
  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    g_variant_dict_insert (dict, myrmex_task_status_to_string (i), "u", self->counts[i]);
  add_time (dict, "submitted", self->submitted);
  add_time (dict, "started", self->started);
  add_time (dict, "finished", self->finished);
  if (self->started != 0)
    g_variant_dict_insert (dict, "elapsed", "d", run_info_get_elapsed (self));
}

/* One object on one line. */
char *
run_info_to_json (const RunInfo *self)
{
  g_autoptr (GVariant) value = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  run_info_describe (self, &dict);
  value = g_variant_ref_sink (g_variant_dict_end (&dict));
  return myrmex_value_to_json (value, FALSE);
}
