/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void message_print       (const char *text);
void message_print_error (const char *format,
                          ...) G_GNUC_PRINTF (1, 2);
void message_print_errors (const GError *error);

G_END_DECLS
