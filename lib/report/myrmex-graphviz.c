/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A picture of a graph, drawn by Graphviz's `dot`, in colours that follow the reader's choice of light or dark. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "process/myrmex-process-file-limit-private.h"
#include "report/myrmex-palette-private.h"

typedef struct
{
  GSubprocess *process;
  char        *out;
  char        *err;
  GError      *error;
  gboolean     has_answered;
  gboolean     is_late;
} Drawing;

static void
answer_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  Drawing *drawing = data;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, &drawing->out, &drawing->err, &drawing->error);
  drawing->has_answered = TRUE;
}

/* It is killed, and then answers. */
static gboolean
late_cb (gpointer data)
{
  Drawing *drawing = data;

  drawing->is_late = TRUE;
  g_subprocess_force_exit (drawing->process);
  return G_SOURCE_REMOVE;
}

/* Runs to its end on a main context of its own, so that nothing of the caller's goes on in between. */
static void
draw (Drawing    *drawing,
      const char *dot,
      guint       timeout)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) source = g_timeout_source_new_seconds (timeout);

  g_main_context_push_thread_default (context);
  g_source_set_callback (source, late_cb, drawing, NULL);
  g_source_attach (source, context);
  g_subprocess_communicate_utf8_async (drawing->process, dot, NULL, answer_cb, drawing);
  while (!drawing->has_answered)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (source);
  g_main_context_pop_thread_default (context);
}

static void
add_rules (GString  *css,
           gboolean  dark)
{
  g_string_append_printf (css, "text{fill:%s}\n.node path,.node polygon{fill:%s;stroke:%s}\n", dark ? "#e6e8eb" : "#1f2328",
                          dark ? "#2a2d32" : "#f4f5f7", dark ? "#7a818c" : "#6b717b");
  g_string_append_printf (css, ".edge path{stroke:%s}\n.edge polygon{fill:%s;stroke:%s}\n", dark ? "#7a818c" : "#8b929d",
                          dark ? "#7a818c" : "#8b929d", dark ? "#7a818c" : "#8b929d");
  g_string_append_printf (css, ".edge.critical path{stroke:%s}\n.edge.critical polygon{fill:%s;stroke:%s}\n",
                          dark ? "#ffffff" : "#1f2328", dark ? "#ffffff" : "#1f2328", dark ? "#ffffff" : "#1f2328");
  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      const MyrmexPaint *paint = myrmex_palette_get ((MyrmexTaskStatus) i);

      g_string_append_printf (css, ".node.%s path{fill:%s;stroke:%s}\n", paint->name,
                              dark ? paint->dark_tint : paint->light_tint, dark ? paint->dark : paint->light);
    }
  g_string_append_printf (css, ".node.critical path{stroke:%s}\n", dark ? "#ffffff" : "#1f2328");
}

/* Puts the style sheet, and a ground to stand on, into what Graphviz wrote. */
static char *
add_style (const char  *svg,
           GError     **error)
{
  g_autoptr (GString) out = NULL;
  const char *tag = strstr (svg, "<svg");
  const char *inside = tag != NULL ? strchr (tag, '>') : NULL;

  if (inside == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("Graphviz did not write a picture"));
      return NULL;
    }

  out = g_string_new_len (svg, inside + 1 - svg);
  g_string_append (out, "\n<style>\n.ground{fill:#ffffff}\n");
  add_rules (out, FALSE);
  g_string_append (out, "@media (prefers-color-scheme: dark){\n.ground{fill:#1b1d21}\n");
  add_rules (out, TRUE);
  g_string_append (out, "}\n</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>");
  g_string_append (out, inside + 1);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Draws @dot; @timeout is in seconds. */
char *
myrmex_graphviz_render (const char  *dot,
                        guint        timeout,
                        GError     **error)
{
  g_autofree char *program = g_find_program_in_path ("dot");
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                               G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GSubprocess) process = NULL;
  Drawing drawing = { 0 };
  char *svg = NULL;

  if (program == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                   _("A picture of the graph needs Graphviz, and there is no program “dot”: install the package "
                     "graphviz, or write a .dot or .mmd file instead"));
      return NULL;
    }

  if (myrmex_process_has_raised_limit ())
    g_subprocess_launcher_set_child_setup (launcher, myrmex_process_restore_file_limit, NULL, NULL);
  process = g_subprocess_launcher_spawn (launcher, error, program, "-Tsvg", NULL);
  if (process == NULL)
    return NULL;

  drawing.process = process;
  draw (&drawing, dot, timeout);
  if (drawing.is_late)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TIMED_OUT,
                   g_dngettext (GETTEXT_PACKAGE, "Graphviz did not draw the graph within %u second",
                                "Graphviz did not draw the graph within %u seconds", timeout), timeout);
    }
  else if (drawing.error != NULL || !g_subprocess_get_successful (process))
    {
      const char *said = drawing.error != NULL ? drawing.error->message : drawing.err != NULL ? drawing.err : "";
      g_autofree char *valid = g_utf8_make_valid (said, -1);

      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("Graphviz can not draw the graph: %s"), g_strstrip (valid));
    }
  else
    {
      svg = add_style (drawing.out, error);
    }

  g_free (drawing.out);
  g_free (drawing.err);
  g_clear_error (&drawing.error);
  return svg;
}
