/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a new definition may begin with; the first one is the default. */
extern const char * const template_names[];

G_END_DECLS
