/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "workflow-options.h"

#include <glib/gi18n.h>

#include "settings.h"

#define MAX_SECONDS (1e9)

void
workflow_options_clear (WorkflowOptions *self)
{
  choice_clear (&self->choice);
  g_strfreev (self->parameters);
  g_strfreev (self->env);
  g_strfreev (self->settings);
  g_free (self->log_directory);
  g_free (self->timeout);
}

static gboolean
parse_timeout (const Command *command,
               const char    *text,
               double        *seconds)
{
  char *end;

  *seconds = g_ascii_strtod (text, &end);
  if (end != text && *end == '\0' && *seconds >= 0 && *seconds <= MAX_SECONDS)
    return TRUE;
  command_complain (command, _("--timeout needs a number of seconds from 0 to %d, where 0 is no limit, not “%s”"),
                    (int) MAX_SECONDS, text);
  return FALSE;
}

/* What the command line says in place of the definition. */
static gboolean
apply (const WorkflowOptions *self,
       const Command         *command,
       MyrmexWorkflow        *workflow)
{
  double seconds;

  if (self->keep_going)
    myrmex_workflow_set_fail_fast (workflow, FALSE);
  if (self->timeout == NULL)
    return TRUE;
  if (!parse_timeout (command, self->timeout, &seconds))
    return FALSE;
  myrmex_workflow_set_timeout (workflow, seconds);
  return TRUE;
}

/* The workflow as it is to be run, and all its parameters. */
ExitStatus
workflow_options_load (const WorkflowOptions  *self,
                       const Command          *command,
                       const char             *path,
                       MyrmexWorkflow        **workflow,
                       GVariant              **parameters)
{
  ExitStatus status = definition_load (path, workflow);

  if (status == EXIT_STATUS_DONE)
    status = definition_choose (&self->choice, workflow);
  if (status != EXIT_STATUS_DONE)
    return status;
  if (!apply (self, command, *workflow))
    return EXIT_STATUS_USAGE;
  return definition_parse_parameters (*workflow, self->parameters, parameters);
}

/* How it is run and shown: what the command line says, then the configuration. What is borrowed by the session stays
 * the caller's. */
void
workflow_options_apply (const WorkflowOptions *self,
                        MyrmexConfig          *config,
                        MyrmexWorkflow        *workflow,
                        GVariant              *parameters,
                        SessionOptions        *session)
{
  session->workflow = workflow;
  session->parameters = parameters;
  session->log_directory = self->log_directory;
  settings_apply (config, workflow, session);
  /* Nothing the configuration says takes back “--timeout 0”. */
  if (self->timeout != NULL)
    session->timeout = 0;
}
