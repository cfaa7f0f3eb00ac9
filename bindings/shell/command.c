/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What all commands do alike: options, help, and complaints about either. */

#include "command.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/myrmex-nearest-private.h"
#include "message.h"

/* Says what is wrong with the command line, and where to read more. */
ExitStatus
command_complain (const Command *self,
                  const char    *format,
                  ...)
{
  g_autofree char *text = NULL;
  g_autofree char *more = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  more = g_strdup_printf (_("Try “myrmex %s --help”."), self->name);
  message_print_error ("%s: %s\n%s", self->name, text, more);
  return EXIT_STATUS_USAGE;
}

/* The option that GOption does not know: it only tells which one in the words of a person. */
static const char *
find_unknown (const GOptionEntry  *options,
              char               **arguments,
              MyrmexNearest       *nearest,
              char               **name)
{
  for (gsize i = 1; arguments[i] != NULL && !g_str_equal (arguments[i], "--"); i++)
    {
      const GOptionEntry *option = options;

      if (!g_str_has_prefix (arguments[i], "--"))
        continue;
      g_free (*name);
      *name = g_strndup (arguments[i] + 2, strcspn (arguments[i] + 2, "="));
      myrmex_nearest_init (nearest, *name);
      for (; option->long_name != NULL && !g_str_equal (*name, option->long_name); option++)
        myrmex_nearest_offer (nearest, option->long_name);
      if (option->long_name == NULL && !g_str_equal (*name, "help"))
        return arguments[i];
    }
  return NULL;
}

static void
complain_option (const Command       *self,
                 const GOptionEntry  *options,
                 char               **arguments,
                 const GError        *error)
{
  g_autofree char *name = NULL;
  MyrmexNearest nearest;

  if (!g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION) ||
      find_unknown (options, arguments, &nearest, &name) == NULL)
    command_complain (self, "%s", error->message);
  else if (nearest.best != NULL)
    command_complain (self, _("There is no option “--%s”; did you mean “--%s”?"), name, nearest.best);
  else
    command_complain (self, _("There is no option “--%s”"), name);
}

/* Where set, commands tell their options in place of doing what they do. */
static GArray *collected;

static void
collect (const GOptionEntry *options)
{
  for (const GOptionEntry *option = options; option->long_name != NULL; option++)
    {
      CommandOption line = { option->long_name, option->description, option->short_name,
                             option->arg != G_OPTION_ARG_NONE };

      if (option->long_name[0] != '\0' && (option->flags & G_OPTION_FLAG_HIDDEN) == 0)
        g_array_append_val (collected, line);
    }
}

/* The options that a command takes, of CommandOption, but for --help. */
GArray *
command_list_options (const Command *self)
{
  GArray *options = g_array_new (FALSE, FALSE, sizeof (CommandOption));

  collected = options;
  self->run (self, (char *[]) { (char *) self->name, NULL });
  collected = NULL;
  return options;
}

/* What --help says behind the options. */
static char *
describe (const Command *self)
{
  if (!self->takes_run)
    return g_strdup (self->details != NULL ? _(self->details) : NULL);
  return g_strconcat (_("RUN is a run of the service: its id, the first four or more characters of it, or its name, which\n"
                        "means the newest run of that name."), "\n\n", _(self->details), NULL);
}

/* Returns whether to go on; otherwise all has been said, and *@status is what to end with. */
gboolean
command_parse (const Command       *self,
               const GOptionEntry  *options,
               char               **arguments,
               ExitStatus          *status)
{
  g_autoptr (GOptionContext) context = g_option_context_new (self->usage);
  g_auto (GStrv) copy = g_strdupv (arguments);
  g_autofree char *name = g_strconcat ("myrmex ", self->name, NULL);
  g_autofree char *details = NULL;
  g_autoptr (GError) error = NULL;
  gboolean wants_help = FALSE;
  const GOptionEntry help[] = {
    { "help", 'h', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &wants_help, N_("Show this"), NULL },
    { NULL }
  };

  *status = EXIT_STATUS_DONE;
  if (collected != NULL)
    {
      collect (options);
      return FALSE;
    }

  /* GOption's own --help leaves the process. */
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, self->summary);
  details = describe (self);
  g_option_context_set_description (context, details);
  g_option_context_add_main_entries (context, options, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, help, GETTEXT_PACKAGE);
  g_free (copy[0]);
  copy[0] = g_steal_pointer (&name);
  g_set_prgname (copy[0]);

  *status = EXIT_STATUS_USAGE;
  if (!g_option_context_parse_strv (context, &copy, &error))
    {
      complain_option (self, options, arguments, error);
      return FALSE;
    }
  if (wants_help)
    {
      g_autofree char *text = g_option_context_get_help (context, TRUE, NULL);

      g_print ("%s", text);
      *status = EXIT_STATUS_DONE;
      return FALSE;
    }
  return TRUE;
}

/* The only argument, or %NULL when there is another number of them, which has been complained about. */
const char *
command_one_file (const Command  *self,
                  char          **files)
{
  guint n = files != NULL ? g_strv_length (files) : 0;

  if (n == 1)
    return files[0];

  if (n == 0)
    command_complain (self, _("Name a file, a folder of scripts, a workflow that “myrmex list” shows, or “-” for standard input"));
  else
    command_complain (self, _("One file at a time, not %u"), n);
  return NULL;
}
