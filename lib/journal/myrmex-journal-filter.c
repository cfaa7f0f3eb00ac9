/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What callers say as dictionaries, and are told as such. */

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "base/myrmex-nearest-private.h"
#include "journal/myrmex-journal-query-private.h"

static const struct
{
  const char *name;
  const char *type;
} table[] = {
  { "status", "s" }, { "statuses", "as" }, { "name", "s" },  { "owner", "s" },
  { "id", "s" },     { "since", "x" },     { "until", "x" }, { "idempotency_key", "s" },
};

static gboolean
check_key (const char  *name,
           GVariant    *value,
           GError     **error)
{
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, name);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      myrmex_nearest_offer (&nearest, table[i].name);
      if (!g_str_equal (name, table[i].name))
        continue;
      if (g_variant_is_of_type (value, G_VARIANT_TYPE (table[i].type)))
        return TRUE;
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("“%s” in a filter of runs must be of type “%s”, not “%s”"), name, table[i].type,
                   g_variant_get_type_string (value));
      return FALSE;
    }

  if (nearest.best != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                 _("Runs can not be filtered by “%s”; did you mean “%s”?"), name, nearest.best);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                 _("Runs can not be filtered by “%s”; there are status, statuses, name, owner, id, since, until and idempotency_key"),
                 name);
  return FALSE;
}

static gboolean
add_status (MyrmexJournalFilter  *self,
            const char           *word,
            GError              **error)
{
  for (int status = 0; status <= MYRMEX_RUN_STATUS_CANCELLED; status++)
    {
      if (g_str_equal (word, myrmex_run_status_to_string (status)))
        {
          self->statuses |= 1u << status;
          return TRUE;
        }
    }
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("A run has no status “%s”; there are queued, running, paused, completed, failed and cancelled"), word);
  return FALSE;
}

/* A dictionary may have a key twice: the last one counts. */
static void
set_text (char     **text,
          GVariant  *value)
{
  g_free (*text);
  *text = g_variant_dup_string (value, NULL);
}

static gboolean
take_key (MyrmexJournalFilter  *self,
          const char           *name,
          GVariant             *value,
          GError              **error)
{
  g_autofree const char **words = NULL;

  if (!check_key (name, value, error))
    return FALSE;
  if (g_str_equal (name, "status"))
    return add_status (self, g_variant_get_string (value, NULL), error);
  if (g_str_equal (name, "statuses"))
    words = g_variant_get_strv (value, NULL);
  else if (g_str_equal (name, "since"))
    self->since = g_variant_get_int64 (value);
  else if (g_str_equal (name, "until"))
    self->until = g_variant_get_int64 (value);
  else if (g_str_equal (name, "name"))
    set_text (&self->name, value);
  else if (g_str_equal (name, "owner"))
    set_text (&self->owner, value);
  else if (g_str_equal (name, "id"))
    set_text (&self->id_prefix, value);
  else
    set_text (&self->idempotency_key, value);

  for (gsize i = 0; words != NULL && words[i] != NULL; i++)
    {
      if (!add_status (self, words[i], error))
        return FALSE;
    }
  return TRUE;
}

/* @options may be NULL, or a{sv}. */
gboolean
myrmex_journal_filter_parse (MyrmexJournalFilter  *self,
                             GVariant             *options,
                             GError              **error)
{
  gsize n;

  if (options != NULL && !g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("A filter of runs must be a dictionary of type “a{sv}”, not “%s”"),
                   g_variant_get_type_string (options));
      return FALSE;
    }

  n = options != NULL ? g_variant_n_children (options) : 0;
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *name = NULL;
      g_autoptr (GVariant) value = NULL;

      g_variant_get_child (options, i, "{sv}", &name, &value);
      if (!take_key (self, name, value, error))
        return FALSE;
    }
  return TRUE;
}

void
myrmex_journal_filter_clear (MyrmexJournalFilter *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->owner, g_free);
  g_clear_pointer (&self->id_prefix, g_free);
  g_clear_pointer (&self->idempotency_key, g_free);
}

static void
add_text (GVariantBuilder *builder,
          const char      *key,
          const char      *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text));
}

/* The words of myrmex_run_dup_summary(), as far as they are the same. Floating. */
GVariant *
myrmex_journal_run_to_variant (const MyrmexJournalRun *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_text (&builder, "id", self->id);
  add_text (&builder, "name", self->name);
  add_text (&builder, "workflow", self->workflow);
  add_text (&builder, "status", myrmex_run_status_to_string (self->state.status));
  add_text (&builder, "reason", myrmex_reason_to_string (self->state.reason));
  g_variant_builder_add (&builder, "{sv}", "submitted", g_variant_new_int64 (self->submitted));
  g_variant_builder_add (&builder, "{sv}", "started", g_variant_new_int64 (self->state.started));
  g_variant_builder_add (&builder, "{sv}", "finished", g_variant_new_int64 (self->state.finished));
  g_variant_builder_add (&builder, "{sv}", "total_tasks", g_variant_new_uint32 (self->n_tasks));
  for (int status = MYRMEX_TASK_STATUS_COMPLETED; status <= MYRMEX_TASK_STATUS_CANCELLED; status++)
    g_variant_builder_add (&builder, "{sv}", myrmex_task_status_to_string (status),
                           g_variant_new_uint32 (self->state.counts[status]));
  add_text (&builder, "error", self->state.error);
  add_text (&builder, "owner", self->owner);
  add_text (&builder, "idempotency_key", self->idempotency_key);
  add_text (&builder, "log_directory", self->log_directory);
  add_text (&builder, "retried_from", self->retried_from);
  add_text (&builder, "definition", self->definition);
  if (self->options != NULL)
    g_variant_builder_add (&builder, "{sv}", "options", self->options);
  return g_variant_builder_end (&builder);
}
