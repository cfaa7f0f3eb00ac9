/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "command.h"
#include "definition.h"
#include "session.h"

G_BEGIN_DECLS

/* What a command line says of the workflow that is to be run, wherever it runs. */
typedef struct
{
  Choice    choice;
  char    **parameters;
  char    **env;
  char    **settings;
  char     *log_directory;
  char     *timeout;
  gboolean  keep_going;
} WorkflowOptions;

#define WORKFLOW_OPTIONS(given) \
  { "param", 'p', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &(given)->parameters, \
    N_("Give a parameter of the workflow a value; may be repeated"), N_("NAME=VALUE") }, \
  CHOICE_OPTIONS (&(given)->choice), \
  { "keep-going", 'k', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &(given)->keep_going, \
    N_("After a failure, go on with what does not depend on it"), NULL }, \
  { "timeout", 't', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &(given)->timeout, \
    N_("Stop the run after S seconds, whatever the workflow says"), N_("S") }, \
  { "log-dir", 'l', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &(given)->log_directory, \
    N_("Keep the output of the tasks in folder D"), N_("D") }, \
  { "env", 'e', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &(given)->env, \
    N_("Give the commands a variable of the environment; may be repeated"), N_("NAME[=VALUE]") }, \
  { "config", 'c', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &(given)->settings, \
    N_("Set a key of the configuration for this run; may be repeated"), N_("KEY=VALUE") }

void       workflow_options_clear (WorkflowOptions        *self);
ExitStatus workflow_options_load  (const WorkflowOptions  *self,
                                   const Command          *command,
                                   const char             *path,
                                   MyrmexWorkflow        **workflow,
                                   GVariant              **parameters);
void       workflow_options_apply (const WorkflowOptions  *self,
                                   MyrmexConfig           *config,
                                   MyrmexWorkflow         *workflow,
                                   GVariant               *parameters,
                                   SessionOptions         *session);

G_END_DECLS
