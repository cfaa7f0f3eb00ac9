/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "actions/myrmex-action-registry-private.h"
#include "actions/myrmex-command-action.h"

G_BEGIN_DECLS

/* The keys that name `command` and `shell`, and the further keys of a task that both take. */
extern const MyrmexActionKey myrmex_command_key;
extern const MyrmexActionKey myrmex_shell_key;
extern const MyrmexActionKey myrmex_command_keys[];

typedef enum
{
  MYRMEX_OUTPUT_TEXT,
  MYRMEX_OUTPUT_JSON,
  MYRMEX_OUTPUT_LINES,
  MYRMEX_OUTPUT_BYTES,
  MYRMEX_OUTPUT_NONE,
} MyrmexOutputKind;

/* What to run, with nothing left to look up or fill in. */
typedef struct
{
  char             **argv;
  char             **environment;
  char              *directory;
  GVariant          *allowed_exit_codes;  /* array of numbers, or NULL for 0 alone */
  char              *input;               /* for standard input, or NULL */
  double             grace;               /* seconds */
  MyrmexOutputKind   output;
} MyrmexCommand;

gboolean  myrmex_command_check       (const char         *type_name,
                                      GVariant           *spec,
                                      GError            **error);
gboolean  myrmex_command_init        (MyrmexCommand      *self,
                                      const char         *type_name,
                                      MyrmexTaskContext  *context,
                                      GError            **error);
void      myrmex_command_clear       (MyrmexCommand      *self);
gboolean  myrmex_command_allows      (const MyrmexCommand *self,
                                      int                 code);
char     *myrmex_command_action_dup_cookie (const char    *run_id,
                                      guint32             task,
                                      guint32             attempt);
gboolean  myrmex_command_make_value  (const MyrmexCommand *self,
                                      GBytes             *bytes,
                                      GVariant          **value,
                                      GError            **error);

G_END_DECLS
