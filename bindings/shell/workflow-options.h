/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "command.h"
#include "definition.h"

G_BEGIN_DECLS

/* What a command line says of the workflow that is to be run, wherever it runs. */
typedef struct
{
  Choice    choice;
  char    **parameters;
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
    N_("Stop the run after S seconds, whatever the workflow says"), N_("S") }

void       workflow_options_clear (WorkflowOptions        *self);
ExitStatus workflow_options_load  (const WorkflowOptions  *self,
                                   const Command          *command,
                                   const char             *path,
                                   MyrmexWorkflow        **workflow,
                                   GVariant              **parameters);

G_END_DECLS
