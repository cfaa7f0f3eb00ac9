/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A length of time as people write it: a number with s, m, h, d or w behind it, such as “30d”; in seconds. */
gboolean duration_parse (const char *text,
                         double     *seconds);

G_END_DECLS
