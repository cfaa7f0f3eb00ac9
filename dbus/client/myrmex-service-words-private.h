/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-enums.h"

G_BEGIN_DECLS

/* The words that enumerations have on the bus. A word that is not known leaves what was there. */

gboolean myrmex_service_words_to_run_status  (const char       *word,
                                              MyrmexRunStatus  *status);
gboolean myrmex_service_words_to_task_status (const char       *word,
                                              MyrmexTaskStatus *status);
gboolean myrmex_service_words_to_reason      (const char       *word,
                                              MyrmexReason     *reason);

G_END_DECLS
