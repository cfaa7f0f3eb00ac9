/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What was found, how it is told, and programs that are asked. */

#include "doctor.h"

#include <glib/gi18n.h>
#include <myrmex.h>
#include <stdio.h>
#include <string.h>

#include "base/myrmex-escape-private.h"
#include "line.h"

/* For a program to say what it is asked for; an interpreter takes its time on a busy machine. */
#define PATIENCE_S (20)

static void
finding_free (gpointer data)
{
  DoctorFinding *self = data;

  g_free (self->text);
  g_free (self->advice);
  g_free (self);
}

Doctor *
doctor_new (void)
{
  Doctor *self = g_new0 (Doctor, 1);

  self->findings = g_ptr_array_new_with_free_func (finding_free);
  return self;
}

void
doctor_free (Doctor *self)
{
  g_ptr_array_unref (self->findings);
  g_free (self);
}

/* @text and @advice (nullable) are taken over. */
void
doctor_add (Doctor      *self,
            const char  *check,
            DoctorLevel  level,
            char        *text,
            char        *advice)
{
  DoctorFinding *finding = g_new0 (DoctorFinding, 1);

  finding->check = check;
  finding->level = level;
  finding->text = text;
  finding->advice = advice;
  g_ptr_array_add (self->findings, finding);
}

gboolean
doctor_has_problem (Doctor *self)
{
  for (guint i = 0; i < self->findings->len; i++)
    {
      const DoctorFinding *finding = self->findings->pdata[i];

      if (finding->level == DOCTOR_PROBLEM)
        return TRUE;
    }
  return FALSE;
}

static int
column_width (Doctor *self)
{
  int width = 0;

  for (guint i = 0; i < self->findings->len; i++)
    {
      const DoctorFinding *finding = self->findings->pdata[i];

      width = MAX (width, (int) strlen (finding->check));
    }
  return width;
}

/* A line each; what to do stands behind what is wrong. */
void
doctor_print_text (Doctor *self)
{
  const char *words[] = { _("ok"), _("note"), _("problem") };
  const int width = column_width (self);
  int word_width = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    word_width = MAX (word_width, text_columns (words[i]));
  for (guint i = 0; i < self->findings->len; i++)
    {
      const DoctorFinding *finding = self->findings->pdata[i];
      const char *word = words[finding->level];
      g_autofree char *line = finding->advice != NULL ? g_strdup_printf ("%s; %s", finding->text, finding->advice)
                                                      : g_strdup (finding->text);
      g_autofree char *shown = myrmex_escape_text (line, MYRMEX_ESCAPE_LINE);

      printf ("%s%*s  %-*s  %s\n", word, word_width - text_columns (word), "", width, finding->check, shown);
    }
}

static GVariant *
describe (const DoctorFinding *finding)
{
  static const char * const levels[] = { "ok", "note", "problem" };
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "check", "s", finding->check);
  g_variant_dict_insert (&dict, "level", "s", levels[finding->level]);
  g_variant_dict_insert (&dict, "text", "s", finding->text);
  if (finding->advice != NULL)
    g_variant_dict_insert (&dict, "advice", "s", finding->advice);
  return g_variant_dict_end (&dict);
}

void
doctor_print_json (Doctor *self)
{
  g_autoptr (GVariant) all = NULL;
  g_autofree char *text = NULL;
  GVariantBuilder builder;
  GVariantDict dict;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->findings->len; i++)
    g_variant_builder_add_value (&builder, describe (self->findings->pdata[i]));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "ok", "b", !doctor_has_problem (self));
  g_variant_dict_insert_value (&dict, "checks", g_variant_builder_end (&builder));
  all = g_variant_ref_sink (g_variant_dict_end (&dict));
  text = myrmex_value_to_json (all, TRUE);
  puts (text);
}

/* --- Programs --- */

typedef struct
{
  GMainLoop    *loop;
  GCancellable *cancellable;
  GError       *error;
  char         *output;
  char         *complaint;
} Asked;

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  Asked *asked = data;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, &asked->output, &asked->complaint,
                                        &asked->error);
  g_main_loop_quit (asked->loop);
}

static gboolean
patience_cb (gpointer data)
{
  Asked *asked = data;

  g_cancellable_cancel (asked->cancellable);
  return G_SOURCE_CONTINUE;
}

/* The last line tells what it is about, in Python and in GJS. */
static char *
take_last_line (const char *text)
{
  g_autofree char *copy = g_strdup (text != NULL ? text : "");
  const char *newline;

  g_strchomp (copy);
  newline = strrchr (copy, '\n');
  return g_strdup (newline != NULL ? newline + 1 : copy);
}

/* @complaint (optional): why not. */
char *
doctor_ask_program (const char * const  *argv,
                    char               **complaint)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_autoptr (GSource) patience = g_timeout_source_new_seconds (PATIENCE_S);
  g_autofree char *output = NULL, *errors = NULL;
  Asked asked = { .loop = loop, .cancellable = cancellable };

  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  if (process == NULL)
    {
      if (complaint != NULL)
        *complaint = g_strdup (error->message);
      return NULL;
    }

  g_main_context_push_thread_default (context);
  g_source_set_callback (patience, patience_cb, &asked, NULL);
  g_source_attach (patience, context);
  g_subprocess_communicate_utf8_async (process, NULL, cancellable, answered_cb, &asked);
  g_main_loop_run (loop);
  g_source_destroy (patience);
  g_main_context_pop_thread_default (context);
  if (asked.error != NULL)
    g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);

  output = asked.output;
  errors = asked.complaint;
  if (asked.error == NULL && g_subprocess_get_successful (process))
    return g_strchomp (g_steal_pointer (&output));
  if (complaint != NULL)
    *complaint = asked.error != NULL ? g_strdup (asked.error->message) : take_last_line (errors);
  g_clear_error (&asked.error);
  return NULL;
}
