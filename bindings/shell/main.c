/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The command `myrmex`: finds which of its commands is meant. */

#include <errno.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <myrmex.h>
#include <signal.h>
#include <stdio.h>

#include "base/myrmex-nearest-private.h"
#include "command.h"
#include "complete.h"
#include "message.h"

static const Command * const commands[] = {
  &command_run,
  &command_validate,
  &command_plan,
  &command_graph,
  &command_list,
  &command_explain,
  &command_new,
  &command_config,
  &command_doctor,
  &command_submit,
  &command_status,
  &command_watch,
  &command_log,
  &command_cancel,
  &command_pause,
  &command_resume,
  &command_retry,
  &command_report,
  &command_delete,
  &command_prune,
};

static const Command *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (g_str_equal (commands[i]->name, name))
        return commands[i];
    }
  return NULL;
}

static ExitStatus
print_help (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append (text, _("Usage: myrmex COMMAND [OPTION…] [FILE|FOLDER|NAME|RUN…]\n\nRuns workflows: graphs of tasks, "
                           "defined in JSON, and folders of scripts.\n\nCommands:\n"));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      /* From it on they are about the service. */
      if (commands[i] == &command_submit)
        g_string_append (text, _("\nCommands for the service, which runs workflows in the background:\n"));
      g_string_append_printf (text, "  %-10s %s\n", commands[i]->name, _(commands[i]->summary));
    }
  g_string_append (text, _("\nOptions:\n"
                           "  -h, --help     Show this; “myrmex COMMAND --help” tells about a command\n"
                           "  --version      Show the version\n"
                           "\nExit status: 0 done, 1 a task failed, 2 wrong usage, 65 errors in the definition,\n"
                           "69 there is no service, 124 out of time, 130 interrupted.\n"));
  g_print ("%s", text->str);
  return EXIT_STATUS_DONE;
}

static ExitStatus
complain_command (const char *name)
{
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, name);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    myrmex_nearest_offer (&nearest, commands[i]->name);

  if (name[0] == '-')
    message_print_error (_("There is no option “%s” before the command. Try “myrmex --help”."), name);
  else if (nearest.best != NULL)
    message_print_error (_("There is no command “%s”; did you mean “%s”?"), name, nearest.best);
  else if (g_file_test (name, G_FILE_TEST_EXISTS))
    message_print_error (_("There is no command “%s”; to run that file: myrmex run %s"), name, name);
  else
    message_print_error (_("There is no command “%s”. Try “myrmex --help”."), name);
  return EXIT_STATUS_USAGE;
}

/* `myrmex help run` is `myrmex run --help`. */
static ExitStatus
help (char **arguments)
{
  const Command *command;

  if (arguments[1] == NULL)
    return print_help ();
  command = find_command (arguments[1]);
  if (command == NULL)
    return complain_command (arguments[1]);
  return command->run (command, (char *[]) { arguments[1], (char *) "--help", NULL });
}

/* A text that did not get out is no success; that nobody reads it to its end is none of our business. */
static ExitStatus
check_output (ExitStatus status)
{
  errno = 0;
  if ((fflush (stdout) == 0 && !ferror (stdout)) || errno == EPIPE)
    return status;

  message_print_error (_("Standard output can not be written"));
  return status == EXIT_STATUS_DONE ? EXIT_STATUS_FAILED : status;
}

static ExitStatus
dispatch (int    argc,
          char **argv)
{
  const Command *command;

  if (argc < 2)
    {
      message_print_error (_("Which command? Try “myrmex --help”."));
      return EXIT_STATUS_USAGE;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
    return print_help ();
  if (g_str_equal (argv[1], "help"))
    return help (argv + 1);
  if (g_str_equal (argv[1], "--version"))
    {
      g_print ("myrmex %s\n", MYRMEX_VERSION);
      return EXIT_STATUS_DONE;
    }

  /* For the completion of shells, and no command for people. */
  if (g_str_equal (argv[1], "__complete"))
    {
      complete (commands, G_N_ELEMENTS (commands), argv + 2);
      return EXIT_STATUS_DONE;
    }

  command = find_command (argv[1]);
  return command != NULL ? command->run (command, argv + 1) : complain_command (argv[1]);
}

int
main (int    argc,
      char **argv)
{
  setlocale (LC_ALL, "");
  textdomain (GETTEXT_PACKAGE);

  /* A reader that went away is an error of write(), not the end of tasks that run. */
  signal (SIGPIPE, SIG_IGN);

  return check_output (dispatch (argc, argv));
}
