/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "command.h"

G_BEGIN_DECLS

/* A command line that is to be completed. */
typedef struct
{
  const Command  *command;
  GArray         *options;    /* CommandOption */
  GPtrArray      *files;      /* what stands there that is no option, borrowed */
  const char     *current;    /* what is being typed */
  const char     *prefix;     /* what stands before it in its word: “--param=” */
  const char     *option;     /* nullable: whose value it is */
  gboolean        no_options; /* after “--” */
} Completion;

void     completion_offer            (Completion *self,
                                      const char *word,
                                      const char *about);
void     completion_offer_tasks      (Completion *self);
gboolean completion_offer_of_service (Completion *self);

G_END_DECLS
