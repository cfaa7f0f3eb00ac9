/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "model/myrmex-workflow-private.h"

/* What was set wrongly in a workflow, one a line: exactly this, and no more. */
static inline void
assert_problems (MyrmexWorkflow *workflow,
                 const char     *expected)
{
  g_autoptr (GPtrArray) problems = myrmex_workflow_dup_problems (workflow);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < problems->len; i++)
    {
      GError *problem = problems->pdata[i];

      g_assert_true (problem->domain == MYRMEX_ERROR);
      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", problem->message);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

/* Joined by spaces, since that is easy to compare. */
static inline void
assert_dependencies (MyrmexTask *task,
                     const char *expected)
{
  g_auto (GStrv) names = myrmex_task_dup_dependencies (task);
  g_autofree char *joined = g_strjoinv (" ", names);

  g_assert_cmpstr (joined, ==, expected);
}

/* Functions that are never called; their data counts how often it is freed. */
G_GNUC_UNUSED
static GVariant *
work_cb (MyrmexTaskContext  *context,
         gpointer            data,
         GError            **error)
{
  g_assert_not_reached ();
}

G_GNUC_UNUSED
static void
begin_cb (MyrmexTaskContext *context,
          gpointer           data)
{
  g_assert_not_reached ();
}

G_GNUC_UNUSED
static gboolean
decide_cb (MyrmexTaskContext  *context,
           gpointer            data,
           GError            **error)
{
  g_assert_not_reached ();
}

G_GNUC_UNUSED
static GVariant *
change_cb (MyrmexTaskContext  *context,
           GVariant           *value,
           gpointer            data,
           GError            **error)
{
  g_assert_not_reached ();
}

G_GNUC_UNUSED
static void
count_cb (gpointer data)
{
  guint *n_freed = data;

  *n_freed += 1;
}
