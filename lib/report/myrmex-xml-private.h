/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void myrmex_xml_append_text   (GString    *out,
                               const char *text);
void myrmex_xml_append_number (GString    *out,
                               double      number);
void myrmex_xml_append        (GString    *out,
                               const char *pattern,
                               ...);

G_END_DECLS
