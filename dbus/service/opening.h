/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

G_BEGIN_DECLS

/* Called where another process has the journal: whether that is about to leave, or @error, which may be replaced, is
 * what it comes to. */
typedef gboolean (* OpeningBusyFunc) (gpointer   data,
                                      GError   **error);
/* Called once; @error is %NULL where the journal is open. */
typedef void     (* OpeningDoneFunc) (const GError *error,
                                      gpointer      data);

void opening_begin (MyrmexJournal   *journal,
                    OpeningBusyFunc  busy,
                    OpeningDoneFunc  done,
                    gpointer         data);

G_END_DECLS
