/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is told to the person on standard error. */

#include "message.h"

#include <stdio.h>

#include "base/myrmex-escape-private.h"

/* Lines as they are, but for what a terminal would act on. */
void
message_print (const char *text)
{
  g_autofree char *shown = myrmex_escape_text (text, MYRMEX_ESCAPE_LINES);

  g_printerr ("%s\n", shown);
}

/* “myrmex: what is wrong” */
void
message_print_error (const char *format,
                     ...)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  line = g_strconcat ("myrmex: ", text, NULL);
  message_print (line);
}

/* Each line of an error that has several. */
void
message_print_errors (const GError *error)
{
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);

  for (gsize i = 0; lines[i] != NULL; i++)
    message_print_error ("%s", lines[i]);
}
