/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex new: a definition to begin with. */

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <myrmex.h>
#include <string.h>
#include <unistd.h>

#include "base/myrmex-nearest-private.h"
#include "command.h"
#include "message.h"
#include "templates-resources.h"
#include "templates.h"

#define FOLDER       "/org/codomyrmex/Myrmex/templates/"
#define SUFFIX       ".json"
#define DEFAULT_PATH "workflow.json"

static const char *
find_template (const Command *self,
               const char    *name)
{
  MyrmexNearest nearest;

  if (name == NULL)
    return template_names[0];

  myrmex_nearest_init (&nearest, name);
  for (gsize i = 0; template_names[i] != NULL; i++)
    {
      if (g_str_equal (template_names[i], name))
        return template_names[i];
      myrmex_nearest_offer (&nearest, template_names[i]);
    }
  if (nearest.best != NULL)
    command_complain (self, _("There is no template “%s”; did you mean “%s”?"), name, nearest.best);
  else
    command_complain (self, _("There is no template “%s”; there are commands, scripts and parameters"), name);
  return NULL;
}

/* What is in the name of a file and may not be in that of a workflow becomes a dash. */
static char *
make_name (const char *path)
{
  g_autofree char *file = g_path_get_basename (path);

  if (g_str_equal (path, "-"))
    return g_strdup ("workflow");
  if (g_str_has_suffix (file, SUFFIX) && strlen (file) > strlen (SUFFIX))
    file[strlen (file) - strlen (SUFFIX)] = '\0';
  file[MIN (strlen (file), MYRMEX_MAX_NAME_BYTES)] = '\0';
  return g_strcanon (g_steal_pointer (&file), G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-", '-');
}

static char *
fill_in (const char *template,
         const char *path)
{
  g_autofree char *resource = g_strconcat (FOLDER, template, SUFFIX, NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (templates_get_resource (), resource,
                                                        G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autofree char *name = make_name (path);
  g_autoptr (GString) text = NULL;
  gsize length;
  const char *data;

  g_assert (bytes != NULL);
  data = g_bytes_get_data (bytes, &length);
  text = g_string_new_len (data, (gssize) length);
  g_string_replace (text, "@NAME@", name, 1);
  g_string_replace (text, "@SCHEMA@", MYRMEX_SCHEMA, 1);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
write_all (int         fd,
           const char *text)
{
  gsize left = strlen (text);

  while (left > 0)
    {
      gssize n = write (fd, text, left);

      if (n < 0 && errno != EINTR)
        return FALSE;
      if (n > 0)
        {
          text += n;
          left -= (gsize) n;
        }
    }
  return TRUE;
}

/* Never over what is there. */
static ExitStatus
save (const char *path,
      const char *text)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  gboolean is_written;

  if (fd < 0 && errno == EEXIST)
    {
      message_print_error (_("“%s” is there already, and stays as it is; name another file"), path);
      return EXIT_STATUS_USAGE;
    }
  if (fd < 0)
    {
      message_print_error (_("“%s” can not be made: %s"), path, g_strerror (errno));
      return EXIT_STATUS_FAILED;
    }

  is_written = write_all (fd, text);
  if (close (fd) != 0 || !is_written)
    {
      message_print_error (_("“%s” can not be written: %s"), path, g_strerror (errno));
      unlink (path);
      return EXIT_STATUS_FAILED;
    }
  return EXIT_STATUS_DONE;
}

/* A name becomes that of a file. */
static char *
make_path (char **files)
{
  if (files == NULL)
    return g_strdup (DEFAULT_PATH);
  if (g_str_equal (files[0], "-") || g_str_has_suffix (files[0], SUFFIX))
    return g_strdup (files[0]);
  return g_strconcat (files[0], SUFFIX, NULL);
}

static ExitStatus
write_template (const char *template,
                const char *path)
{
  g_autofree char *text = fill_in (template, path);
  g_autofree char *quoted = NULL;
  g_autofree char *note = NULL;
  ExitStatus status;

  if (g_str_equal (path, "-"))
    {
      g_print ("%s", text);
      return EXIT_STATUS_DONE;
    }

  status = save (path, text);
  if (status != EXIT_STATUS_DONE)
    return status;
  quoted = g_shell_quote (path);
  note = g_strdup_printf (_("“%s” is written. To see what would run, and to run it:\n  myrmex plan %s\n  myrmex run %s"),
                          path, quoted, quoted);
  message_print (note);
  return EXIT_STATUS_DONE;
}

static ExitStatus
new (const Command  *self,
     char          **arguments)
{
  g_autofree char *template = NULL;
  g_auto (GStrv) files = NULL;
  const GOptionEntry options[] = {
    { "template", 't', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &template,
      N_("Begin with TEMPLATE: commands (the default), scripts or parameters"), N_("TEMPLATE") },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL },
    { NULL }
  };
  g_autofree char *path = NULL;
  const char *found;
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  if (files != NULL && g_strv_length (files) > 1)
    return command_complain (self, _("One file at a time, not %u"), g_strv_length (files));
  if (files != NULL && files[0][0] == '\0')
    return command_complain (self, _("A file needs a name"));
  found = find_template (self, template);
  if (found == NULL)
    return EXIT_STATUS_USAGE;

  path = make_path (files);
  return write_template (found, path);
}

const char * const template_names[] = { "commands", "scripts", "parameters", NULL };

const Command command_new = {
  .name = "new",
  .usage = N_("[FILE]"),
  .summary = N_("Write a definition to begin with, with comments"),
  .details = N_("FILE is “workflow.json” where it is not named, and “-” is standard output; without “.json” at its\n"
                "end, that is added. What is there already is never overwritten.\n"
                "\n"
                "Templates: commands that depend on each other, scripts that hand values on, and parameters.\n"
                "\n"
                "Exit status: 0 done, 1 it can not be written, 2 wrong usage or it is there already."),
  .run = new,
};
