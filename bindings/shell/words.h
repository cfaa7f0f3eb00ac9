/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

G_BEGIN_DECLS

/* What is the same word in each line that the command writes, in the language of who reads it. */
const char *word_run_event (const char       *status);
char       *word_count     (MyrmexTaskStatus  status,
                            guint             n) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
