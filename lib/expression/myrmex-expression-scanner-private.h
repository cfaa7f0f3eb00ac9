/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads the text of an expression for the parser, and says what is wrong there. It stops at the first mistake. */
typedef struct
{
  const char *text;
  const char *at;
  const char *end;
  gsize       error_offset;
  GError     *error; /* owned; %NULL while all is well */
} MyrmexScanner;

const char *myrmex_scanner_skip_space    (MyrmexScanner *self);
gboolean    myrmex_scanner_looking_at    (MyrmexScanner *self,
                                          const char    *symbol);
gboolean    myrmex_scanner_accept        (MyrmexScanner *self,
                                          const char    *symbol);
gboolean    myrmex_scanner_is_name_start (char           c);
gsize       myrmex_scanner_measure_name  (MyrmexScanner *self);
GVariant   *myrmex_scanner_read_string   (MyrmexScanner *self) G_GNUC_WARN_UNUSED_RESULT;
GVariant   *myrmex_scanner_read_number   (MyrmexScanner *self) G_GNUC_WARN_UNUSED_RESULT;

gboolean    myrmex_scanner_fail          (MyrmexScanner *self,
                                          const char    *at,
                                          const char    *format,
                                          ...) G_GNUC_PRINTF (3, 4);
gboolean    myrmex_scanner_fail_value    (MyrmexScanner *self);
gboolean    myrmex_scanner_fail_operator (MyrmexScanner *self,
                                          const char    *opened,
                                          const char    *closing);
const char *myrmex_scanner_find_hint     (MyrmexScanner *self);

G_END_DECLS
