/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A run for programs: one JSON object a line, one line an event. The last one is about the run. */

#include "output.h"

/* A reader that does not keep up loses reports of progress, never the start or the end of a task. */
#define MAX_PENDING_BYTES (4 * 1024 * 1024)

static void
add_details (GVariantBuilder *line,
             GVariant        *details)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, details);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    g_variant_builder_add (line, "{sv}", key, value);
}

/* What came of a task, which the events of a run leave to those who ask. */
static void
add_result (Output          *self,
            const Event     *event,
            GVariantBuilder *line)
{
  g_autoptr (MyrmexTaskResult) result = NULL;
  GVariant *value;

  if (event->task_status == MYRMEX_TASK_STATUS_COMPLETED)
    {
      result = myrmex_run_dup_result (self->run, event->task);
      value = myrmex_task_result_get_value (result);
      if (!myrmex_value_is_null (value))
        g_variant_builder_add (line, "{sv}", "value", value);
    }
  if (self->keeps_logs && event->attempt > 0)
    {
      g_autofree char *path = myrmex_run_dup_log_path (self->run, event->task);
      g_autofree char *shown = g_filename_display_name (path);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        g_variant_builder_add (line, "{sv}", "log", g_variant_new_string (shown));
    }
}

static gboolean
is_wanted (Output      *self,
           const Event *event)
{
  if (event->is_end)
    return TRUE;
  if (self->quiet)
    return event->task != NULL && event->task_status == MYRMEX_TASK_STATUS_FAILED;
  return !event->is_report || stream_get_pending (self->stream) < MAX_PENDING_BYTES;
}

static void
tell (Output      *self,
      const Event *event)
{
  g_autoptr (GVariant) variant = NULL;
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  GVariantBuilder builder;

  if (!is_wanted (self, event))
    return;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "time",
                         g_variant_new_double ((double) (event->when != 0 ? event->when : g_get_real_time ()) /
                                               G_USEC_PER_SEC));
  if (event->task != NULL)
    {
      g_variant_builder_add (&builder, "{sv}", "task", g_variant_new_string (event->task));
    }
  else
    {
      g_variant_builder_add (&builder, "{sv}", "workflow", g_variant_new_string (myrmex_run_get_name (self->run)));
      g_variant_builder_add (&builder, "{sv}", "run", g_variant_new_string (myrmex_run_get_id (self->run)));
    }
  g_variant_builder_add (&builder, "{sv}", "status", g_variant_new_string (event->status));
  add_details (&builder, event->details);
  if (event->task != NULL && myrmex_task_status_is_final (event->task_status))
    add_result (self, event, &builder);

  variant = g_variant_ref_sink (g_variant_builder_end (&builder));
  text = myrmex_value_to_json (variant, FALSE);
  line = g_strconcat (text, "\n", NULL);
  stream_add (self->stream, line);
}

Output *
output_json_new (Stream *stream)
{
  static const OutputClass klass = { tell, NULL, (void (*) (Output *)) g_free };
  Output *self = g_new0 (Output, 1);

  self->klass = &klass;
  self->stream = stream;
  return self;
}
