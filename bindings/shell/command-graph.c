/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex graph: a workflow as a graph, for programs that draw them, or as a picture. */

#include <glib/gi18n.h>
#include <stdio.h>

#include "command.h"
#include "definition.h"
#include "message.h"

static const struct
{
  const char *name;
  const char *suffix;
  const char *format; /* what the library calls it */
} formats[] = {
  { "dot", ".dot", "dot" },
  { "mermaid", ".mmd", "mermaid" },
  { "svg", ".svg", "graph" },
};

/* From what was asked for, or from the end of the file's name; %NULL where neither tells, which has been said.
 * */
static const char *
find_format (const Command *self,
             const char    *name,
             const char    *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      if (name != NULL ? g_str_equal (name, formats[i].name)
                       : path != NULL && g_str_has_suffix (path, formats[i].suffix))
        return formats[i].format;
    }

  if (name != NULL)
    command_complain (self, _("There is no format “%s”; there are dot, mermaid and svg"), name);
  else if (path != NULL)
    command_complain (self, _("“%s” ends in none of .dot, .mmd and .svg: name a --format"), path);
  else
    return "dot";
  return NULL;
}

static ExitStatus
write_graph (const char *text,
             const char *path)
{
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    {
      fputs (text, stdout);
      return EXIT_STATUS_DONE;
    }
  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0666, &error))
    return EXIT_STATUS_DONE;

  message_print_error ("%s", error->message);
  return EXIT_STATUS_FAILED;
}

static ExitStatus
draw (const char *definition,
      const char *format,
      const char *path)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexPlan) plan = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  ExitStatus status = definition_load (definition, &workflow);

  if (status == EXIT_STATUS_DONE)
    status = definition_plan (definition, workflow, &plan);
  if (status != EXIT_STATUS_DONE)
    return status;

  text = myrmex_plan_to_graph (plan, format, &error);
  if (text != NULL)
    return write_graph (text, path);
  message_print_error ("%s", error->message);
  return EXIT_STATUS_FAILED;
}

static ExitStatus
graph (const Command  *self,
       char          **arguments)
{
  g_auto (GStrv) files = NULL;
  g_autofree char *name = NULL;
  g_autofree char *output = NULL;
  const GOptionEntry options[] = {
    { "format", 'f', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &name,
      N_("Write dot, mermaid or svg; svg needs Graphviz (default: by the end of the output’s name, or dot)"),
      N_("FORMAT") },
    { "output", 'o', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &output,
      N_("Write to a file in place of standard output"), N_("PATH") },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL },
    { NULL }
  };
  ExitStatus status;
  const char *definition, *format;

  if (!command_parse (self, options, arguments, &status))
    return status;
  definition = command_one_file (self, files);
  format = definition != NULL ? find_format (self, name, output) : NULL;
  return format != NULL ? draw (definition, format, output) : EXIT_STATUS_USAGE;
}

const Command command_graph = {
  .name = "graph",
  .usage = N_("FILE|FOLDER|NAME"),
  .summary = N_("Write the graph of a workflow, for Graphviz, Mermaid or the eye"),
  .details = N_("FILE is a definition in JSON, or “-” for standard input; FOLDER has executable scripts in it;\n"
                "NAME is a workflow that “myrmex list” shows.\n"
                "\n"
                "Exit status: 0 done, 1 the graph can not be drawn or written, 2 wrong usage or a file that can not\n"
                "be read, 65 errors in the definition."),
  .run = graph,
};
