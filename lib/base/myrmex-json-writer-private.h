/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Appends JSON to a GString; the caller sees to it that keys and values alternate in objects. What it writes is
 * always valid UTF-8 and free of anything that a terminal or a script would act on: control characters, line
 * and paragraph separators and bidirectional marks are escaped, bytes that are no UTF-8 become U+FFFD. */
typedef struct
{
  GString  *out;    /* borrowed */
  gboolean  pretty; /* two spaces a level, one member a line */
  guint     depth;
  gboolean  more;   /* something stands before, so that a comma is due */
  gboolean  keyed;  /* a key was written, its value is due */
} MyrmexJsonWriter;

void myrmex_json_writer_init         (MyrmexJsonWriter *writer,
                                      GString          *out,
                                      gboolean          pretty);
void myrmex_json_writer_begin_object (MyrmexJsonWriter *writer);
void myrmex_json_writer_end_object   (MyrmexJsonWriter *writer);
void myrmex_json_writer_begin_array  (MyrmexJsonWriter *writer);
void myrmex_json_writer_end_array    (MyrmexJsonWriter *writer);
void myrmex_json_writer_key          (MyrmexJsonWriter *writer,
                                      const char       *key);
void myrmex_json_writer_null         (MyrmexJsonWriter *writer);
void myrmex_json_writer_boolean      (MyrmexJsonWriter *writer,
                                      gboolean          value);
void myrmex_json_writer_int          (MyrmexJsonWriter *writer,
                                      gint64            value);
void myrmex_json_writer_uint         (MyrmexJsonWriter *writer,
                                      guint64           value);
void myrmex_json_writer_double       (MyrmexJsonWriter *writer,
                                      double            value);
void myrmex_json_writer_string       (MyrmexJsonWriter *writer,
                                      const char       *text);
void myrmex_json_writer_string_len   (MyrmexJsonWriter *writer,
                                      const char       *text,
                                      gsize             length);
void myrmex_json_writer_value        (MyrmexJsonWriter *writer,
                                      GVariant         *value);

void myrmex_json_append_string       (GString          *out,
                                      const char       *text,
                                      gsize             length);

G_END_DECLS
