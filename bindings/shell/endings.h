/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "line.h"
#include "output.h"

G_BEGIN_DECLS

/* The lines that stay on a terminal: of each task that ended, and at the end of the run. Tasks that did not run
 * for the same reason share a line. */
typedef struct _Endings Endings;

Endings *endings_new     (const Look  *look,
                          int          name_width);
void     endings_free    (Endings     *endings);
void     endings_set_width (Endings    *self,
                          int         width);
void     endings_add     (Endings     *endings,
                          Output      *output,
                          const Event *event);
void     endings_note    (Endings     *endings,
                          const char  *text);
char    *endings_take    (Endings     *endings) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
