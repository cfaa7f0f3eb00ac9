/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "exit-status.h"

G_BEGIN_DECLS

/* A command of `myrmex`, as in `myrmex run`. */
typedef struct _Command Command;

struct _Command
{
  const char *name;
  const char *usage;   /* what follows the options */
  const char *summary; /* to be translated */
  const char *details; /* to be translated, nullable; comes after the options */
  gboolean    takes_run; /* of the service, which --help then tells about */

  ExitStatus (* run) (const Command  *self,
                      char          **arguments); /* from the command's name on */
};

/* An option of a command, for who completes command lines. */
typedef struct
{
  const char *name;
  const char *description; /* to be translated, nullable */
  char        letter;      /* 0: none */
  gboolean    has_value;
} CommandOption;

extern const Command command_cancel;
extern const Command command_config;
extern const Command command_delete;
extern const Command command_doctor;
extern const Command command_explain;
extern const Command command_graph;
extern const Command command_list;
extern const Command command_log;
extern const Command command_new;
extern const Command command_pause;
extern const Command command_plan;
extern const Command command_prune;
extern const Command command_report;
extern const Command command_resume;
extern const Command command_retry;
extern const Command command_run;
extern const Command command_status;
extern const Command command_submit;
extern const Command command_validate;
extern const Command command_watch;

gboolean    command_parse    (const Command        *self,
                              const GOptionEntry   *options,
                              char                **arguments,
                              ExitStatus           *status);
ExitStatus  command_complain (const Command        *self,
                              const char           *format,
                              ...) G_GNUC_PRINTF (2, 3);
GArray     *command_list_options (const Command     *self) G_GNUC_WARN_UNUSED_RESULT;
const char *command_one_file (const Command        *self,
                              char                **files);

G_END_DECLS
