/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "actions/myrmex-action-registry-private.h"
#include "actions/myrmex-command-action-private.h"

#include <glib/gi18n-lib.h>

static const MyrmexActionKey noop_key = {
  "noop", N_("object"), NULL, N_("Does nothing; for other tasks to depend on."),
};

/* One line a type that comes with the library. */
const MyrmexBuiltinAction myrmex_builtin_actions[] = {
  { "command", myrmex_command_action_get_type, &myrmex_command_key, myrmex_command_keys,
    N_("Runs a program with arguments; its value is what the program prints") },
  { "shell", myrmex_command_action_get_type, &myrmex_shell_key, myrmex_command_keys,
    N_("Runs a script of /bin/sh; its value is what the script prints") },
  { "noop", NULL, &noop_key, NULL, N_("Does nothing; for other tasks to depend on") },
};

const guint myrmex_n_builtin_actions = G_N_ELEMENTS (myrmex_builtin_actions);
