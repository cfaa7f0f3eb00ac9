/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "discovery/myrmex-remark-private.h"

GPtrArray *
myrmex_remarks_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_diagnostic_unref);
}

/* @path may be any bytes; it is only shown. */
void
myrmex_remark (GPtrArray      *remarks,
               const char     *path,
               MyrmexSeverity  severity,
               const char     *format,
               ...)
{
  g_autofree char *shown = g_filename_display_name (path);
  char *filename = g_ref_string_new (shown);
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (remarks, myrmex_diagnostic_new (filename, 0, 0, severity, g_strdup_vprintf (format, arguments)));
  va_end (arguments);
  g_ref_string_release (filename);
}
