/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "completion.h"

#include <stdio.h>
#include <string.h>

#include "base/myrmex-escape-private.h"
#include "run-info.h"
#include "service.h"

/* Runs that are offered, the newest ones, and tasks. */
#define MAX_RUNS  (50)
#define MAX_TASKS (1000)

/* One word, if it begins as what is being typed. */
void
completion_offer (Completion *self,
                  const char *word,
                  const char *about)
{
  g_autofree char *shown = about != NULL ? myrmex_escape_text (about, MYRMEX_ESCAPE_LINE) : NULL;

  if (!g_str_has_prefix (word, self->current))
    return;
  printf ("%s%s", self->prefix, word);
  if (shown != NULL && shown[0] != '\0')
    printf ("\t%s", shown);
  putchar ('\n');
}

/* --- Runs --- */

typedef struct
{
  const char *command;
  gboolean    several;     /* takes more than one run */
  gboolean    active;      /* does nothing to one that has ended */
  gboolean    takes_task;  /* behind the run */
} Taker;

static const Taker *
find_taker (Completion *self)
{
  static const Taker takers[] = {
    { "cancel", TRUE, TRUE, FALSE },
    { "delete", TRUE, FALSE, FALSE },
    { "log", FALSE, FALSE, TRUE },
    { "pause", TRUE, TRUE, FALSE },
    { "report", FALSE, FALSE, FALSE },
    { "resume", TRUE, TRUE, FALSE },
    { "retry", FALSE, FALSE, FALSE },
    { "status", FALSE, FALSE, FALSE },
    { "watch", FALSE, FALSE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (takers); i++)
    {
      if (g_str_equal (takers[i].command, self->command->name))
        return &takers[i];
    }
  return NULL;
}

/* What can be typed, and means one run. */
static gboolean
is_plain (const char *name)
{
  return name[0] != '\0' && name[strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-")] == '\0';
}

static void
offer_run (Completion    *self,
           const RunInfo *run,
           gboolean       is_newest)
{
  const char *status = myrmex_run_status_get_label (run->status);
  g_autofree char *about = g_strdup_printf ("%s, %s, %u/%u", run->name, status, run_info_count_ended (run), run->total);
  g_autofree char *id = run_info_dup_id (run);

  completion_offer (self, id, about);
  if (is_newest && is_plain (run->name))
    {
      g_autofree char *about_name = g_strdup_printf ("%s, %s, %u/%u", id, status, run_info_count_ended (run), run->total);

      completion_offer (self, run->name, about_name);
    }
}

/* A name means the newest of its runs. */
static gboolean
is_newest (GArray *runs,
           guint   index)
{
  for (guint i = 0; i < index; i++)
    {
      if (g_str_equal (g_array_index (runs, RunInfo, i).name, g_array_index (runs, RunInfo, index).name))
        return FALSE;
    }
  return TRUE;
}

/* Those that have not ended come first. */
static void
offer_runs (Completion  *self,
            const Taker *taker)
{
  gboolean bus_found;
  g_autoptr (Service) service = service_connect (&bus_found, NULL);
  g_autoptr (GVariant) runs = service != NULL ? service_list_runs (service, NULL, 0, MAX_RUNS, NULL) : NULL;
  g_autoptr (GArray) list = runs != NULL ? run_info_list (runs) : NULL;

  if (list == NULL)
    return;
  puts (":nosort");
  for (int active = TRUE; active >= (taker->active ? TRUE : FALSE); active--)
    {
      for (guint i = 0; i < list->len; i++)
        {
          const RunInfo *run = &g_array_index (list, RunInfo, i);

          if (run_info_is_active (run) == active)
            offer_run (self, run, is_newest (list, i));
        }
    }
}

/* --- Their tasks --- */

/* Of the run of the service that the command line names. */
void
completion_offer_tasks (Completion *self)
{
  gboolean bus_found;
  g_autoptr (Service) service = service_connect (&bus_found, NULL);
  g_autofree char *path = service != NULL ? service_find_run (service, self->files->pdata[0], NULL) : NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) tasks = NULL;

  if (path != NULL)
    reply = service_call_run (service, path, "ListTasks", g_variant_new ("(a{sv}uu)", NULL, 0, MAX_TASKS), "(aa{sv}u)",
                              NULL);
  if (reply == NULL)
    return;
  tasks = g_variant_get_child_value (reply, 0);
  for (gsize i = 0; i < g_variant_n_children (tasks); i++)
    {
      g_autoptr (GVariant) task = g_variant_get_child_value (tasks, i);
      const char *name = "", *status = NULL;

      g_variant_lookup (task, "name", "&s", &name);
      g_variant_lookup (task, "status", "&s", &status);
      completion_offer (self, name, status);
    }
}

/* What stands behind a command that is about runs of the service. Returns whether it is one. */
gboolean
completion_offer_of_service (Completion *self)
{
  const Taker *taker = find_taker (self);

  if (taker == NULL)
    return FALSE;
  if (taker->several || self->files->len == 0)
    offer_runs (self, taker);
  else if (taker->takes_task && self->files->len == 1)
    completion_offer_tasks (self);
  return TRUE;
}
