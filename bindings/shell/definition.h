/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "exit-status.h"

G_BEGIN_DECLS

/* The tasks that a person wants of a workflow; %NULL: all, and none to skip. */
typedef struct
{
  char **only;
  char **tags;
  char **skip;
} Choice;

void choice_clear (Choice *choice);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Choice, choice_clear)

#define CHOICE_OPTIONS(choice) \
  { "only", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING_ARRAY, &(choice)->only, \
    N_("Only tasks whose names match, and what they depend on; repeatable"), N_("PATTERN") }, \
  { "tag", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING_ARRAY, &(choice)->tags, \
    N_("Only tasks with this tag, and what they depend on; repeatable"), N_("TAG") }, \
  { "skip", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING_ARRAY, &(choice)->skip, \
    N_("Skip tasks whose names match, as by a false condition; repeatable"), N_("PATTERN") }

ExitStatus definition_load             (const char          *argument,
                                        MyrmexWorkflow     **workflow);
ExitStatus definition_choose           (const Choice        *choice,
                                        MyrmexWorkflow     **workflow);
void       definition_print_diagnostics (GPtrArray          *diagnostics,
                                         MyrmexSeverity      least);
ExitStatus definition_plan             (const char          *path,
                                        MyrmexWorkflow      *workflow,
                                        MyrmexPlan         **plan);
ExitStatus definition_parse_parameters (MyrmexWorkflow      *workflow,
                                        char               **texts,
                                        GVariant           **parameters);

G_END_DECLS
